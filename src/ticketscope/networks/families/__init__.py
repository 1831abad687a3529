"""Families of translation networks: each a file of this folder, and one line in `FAMILIES`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from ticketscope.errors import InputError
from ticketscope.networks.families.bart import Bart
from ticketscope.networks.families.family import Family
from ticketscope.networks.families.m2m100 import M2M100
from ticketscope.networks.families.marian import Marian
from ticketscope.networks.families.mbart import MBart
from ticketscope.networks.families.role import Role
from ticketscope.networks.families.shape import CONFIG, Shape, shown
from ticketscope.networks.families.t5 import T5
from ticketscope.text.input_files import read_json_object

__all__ = ["CONFIG", "FAMILIES", "Family", "Role", "Shape", "family_of", "read_shape", "role"]

FAMILIES: tuple[Family, ...] = (
    Marian(),
    M2M100(),
    MBart(),
    Bart(),
    T5(),
)

_BY_TYPE: dict[str, Family] = {kind: family for family in FAMILIES for kind in family.shapes}


def family_of(network: PreTrainedModel | Shape) -> Family:
    """The family of a network, or of its shape."""
    kind = network.model_type if isinstance(network, Shape) else network.config.model_type
    return _BY_TYPE[kind]


def role(name: str) -> Role:
    """The role of a trainable parameter by its name, in whatever family.

    Raises `InputError` for an unknown name.
    """
    for family in FAMILIES:
        if found := family.role(name):
            return found
    raise InputError(f"parameter {name}: of no family of networks that is known here")


def read_shape(path: Path) -> Shape:
    """Read a config.json. Raises `InputError` naming the file and the first entry that is wrong, or
    the class of a network that is not supported and what it would take."""
    raw = read_json_object(path)
    kind = raw.get("model_type")
    family = _BY_TYPE.get(kind) if isinstance(kind, str) else None
    if family is None or kind is None:
        classes = raw.get("architectures")
        named = f", architectures {shown(classes)}" if classes else ""
        raise InputError(
            f"{path}: not a translation model of a kind known here (model_type is "
            f"{shown(kind)}{named}): {_what_it_would_take(raw)}; give one of kind "
            f"{', '.join(_BY_TYPE)}"
        )
    return family.shapes[kind].read(raw, path)


_SPEECH = ("whisper", "speech", "seamless", "wav2vec", "audio", "moonshine", "hubert", "voxtral")


def _what_it_would_take(raw: Mapping[str, Any]) -> str:
    """Why a network is not supported, as far as its config.json tells."""
    said = f"{raw.get('model_type')} {raw.get('architectures')}".lower()
    if any(word in said for word in _SPEECH):
        return "it reads or writes speech, and only text is measured"
    if raw.get("is_encoder_decoder") is True:
        return "an encoder-decoder of another kind takes a family of its own (CONTRIBUTING.md)"
    if "causallm" in said or "lmhead" in said:
        return "it is a decoder alone, and encoder, decoder and what joins them are measured here"
    return "it is no encoder-decoder of transformers'"
