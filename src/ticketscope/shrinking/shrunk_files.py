"""The directory of a smaller network."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from safetensors.torch import save_file

from ticketscope.errors import InputError
from ticketscope.files import write_text
from ticketscope.networks.families import CONFIG
from ticketscope.networks.network import Network
from ticketscope.networks.stored_weights import WEIGHTS
from ticketscope.pruning.one_shot import copied
from ticketscope.shrinking.smaller import Smaller
from ticketscope.shrinking.vocabulary.trimming import Trimmed
from ticketscope.text.input_files import read_json_object

GENERATION: Final = "generation_config.json"
_SETTINGS: Final = (CONFIG, GENERATION)

_WORDS: Final = ("bad_words_ids",)
_LISTS: Final = ("suppress_tokens", "begin_suppress_tokens")
_OTHERS: Final = ("force_words_ids", "forced_decoder_ids", "sequence_bias", "constraints")


def write_directory(
    network: Network, smaller: Smaller, vocabulary: Trimmed | None, folder: Path
) -> None:
    """Write weights, settings and tokenizer of a smaller network to a folder that is there.

    Each tensor keeps the type in which it is stored; all are in one file. What else lies beside the
    network is copied. config.json comes last: without it nobody loads what a kill leaves.

    Raises `InputError` for sizes that networks of this kind cannot have, and for settings of
    generation in which ids cannot be numbered anew.
    """
    settings = {}
    for name in _SETTINGS:
        if (path := network.directory / name).is_file():
            raw = read_json_object(path)
            settings[name] = raw if vocabulary is None else _renumbered(raw, vocabulary, path)
    settings[CONFIG] = smaller.shape.resized_config(settings[CONFIG], smaller.sizes)
    stored = network.folder.stored
    tensors = [smaller.tensor(name, stored.as_stored(name)) for name in stored.shapes]
    save_file(dict(one for one in tensors if one), folder / WEIGHTS, {"format": "pt"})
    changed = dict(vocabulary.files) if vocabulary else {}
    left_out = vocabulary.left_out if vocabulary else ()
    for file in copied(network.directory):
        if file.name not in (*settings, *changed, *left_out):
            shutil.copyfile(file, folder / file.name)
    for name, content in changed.items():
        (folder / name).write_bytes(content)
    for name in (GENERATION, CONFIG):
        if name in settings:
            write_text(folder / name, json.dumps(settings[name], indent=2) + "\n")


def _renumbered(raw: Mapping[str, Any], vocabulary: Trimmed, path: Path) -> dict[str, Any]:
    """Settings with the new ids. What may not be said and is gone is left out."""
    ids = vocabulary.new_ids
    found = dict(raw)
    for key, value in raw.items():
        if value is None:
            continue
        if key in _OTHERS:
            raise InputError(
                f"{path}: {key} names pieces by their ids, which are not numbered anew; take it "
                "out, or leave out --vocabulary"
            )
        if key.endswith("_token_id"):
            found[key] = [ids[one] for one in value] if isinstance(value, list) else ids[value]
        elif key in _WORDS:
            found[key] = [[ids[one] for one in word] for word in value if set(word) <= ids.keys()]
        elif key in _LISTS:
            found[key] = [ids[one] for one in value if one in ids]
    return found
