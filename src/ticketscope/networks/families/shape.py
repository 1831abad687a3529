"""What a stored network's config.json says of its shape, typed and bounded.

A config.json may come from anywhere. The network is built from the fields of its shape and from
nothing else: an entry that is unknown here (an attention implementation, dropout, settings of
`generate`) has no effect, and one that would need code or files from elsewhere, or gives the
weights another meaning, is refused by name.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from transformers import PreTrainedConfig, PreTrainedModel

from ticketscope.config.kinds import Positions
from ticketscope.errors import InputError

CONFIG: Final = "config.json"

Norm = Literal["pre", "post"]
Size = Annotated[int, Field(ge=1)]
Id = Annotated[int, Field(ge=0)]
Width = Annotated[int, Field(ge=4)]
InitStd = Annotated[float, Field(gt=0.0, le=1.0)]
Activation = Literal["relu", "gelu", "gelu_new", "silu", "swish"]


@dataclass(frozen=True)
class Dropouts:
    """Shares of what is dropped in training: of states, attention weights and hidden units of
    feed-forward blocks."""

    states: float
    attention: float
    activation: float


@dataclass(frozen=True)
class Sizes:
    """What structured removal changes of a network.

    Args:
        layers: of `encoder` and `decoder`.
        widths: neurons of each of their feed-forward blocks.
        rows: of every embedding; None: as many as before.
    """

    layers: Mapping[str, int]
    widths: Mapping[str, int]
    rows: int | None


NO_LIMIT: Final[Positions] = 65_536
"""Positions of a network that knows distances alone: as many as any setting here may ask for."""

_FOREIGN_CODE = (
    "code from elsewhere is never fetched or run; if the network needs none, take the entry out"
)
_OTHER_WEIGHTS = "store the network without it, as plain weights"
_REFUSED = {
    "auto_map": _FOREIGN_CODE,
    "use_kernels": _FOREIGN_CODE,
    "kernel_config": _FOREIGN_CODE,
    "quantization_config": _OTHER_WEIGHTS,
    "compression_config": _OTHER_WEIGHTS,
    "pruned_heads": _OTHER_WEIGHTS,
    "per_layer_config": _OTHER_WEIGHTS,
    "fusion_config": _OTHER_WEIGHTS,
    "transformers_weights": _OTHER_WEIGHTS,
}
_ATTENTION = re.compile(r"_?attn_implementation\w*")
_DTYPES = (None, "float32", "float16", "bfloat16")
_MEND = "take the config.json that was stored with the weights"


class Shape(BaseModel, ABC):
    """The shape of an encoder-decoder: its fields are named as in config.json.

    Whatever the family calls them, every shape has `d_model`, the numbers of layers, heads and
    rows, and the special ids.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    model_type: str
    vocab_size: Size
    d_model: Width
    pad_token_id: Id
    eos_token_id: Id
    decoder_start_token_id: Id | None

    norm: ClassVar[Norm]
    """Where the layer norm stands."""
    network_class: ClassVar[type[PreTrainedModel]]
    """The class of transformers' that computes it."""
    config_class: ClassVar[type[PreTrainedConfig]]
    """The class of transformers' for its settings."""

    # ------------------------------------------------------------------- what all have

    @abstractmethod
    def for_transformers(self) -> PreTrainedConfig:
        """The same as the class wants it."""

    @abstractmethod
    def set_dropouts(self, config: PreTrainedConfig, dropouts: Dropouts) -> None:
        """Have the network that is made of `config` train with these, and with no other noise."""

    @property
    @abstractmethod
    def layers(self) -> dict[str, int]:
        """Numbers of layers of `encoder` and `decoder`."""

    @property
    @abstractmethod
    def heads(self) -> dict[str, int]:
        """Heads of each attention block of `encoder` and `decoder`."""

    @property
    @abstractmethod
    def widths(self) -> dict[str, int]:
        """Neurons of each feed-forward block of `encoder` and `decoder`."""

    @abstractmethod
    def resized(self, sizes: Sizes) -> dict[str, int]:
        """The entries of config.json for a network of other sizes.

        Raises `InputError` for sizes that networks of this kind cannot have.
        """

    def resized_config(self, raw: Mapping[str, Any], sizes: Sizes) -> dict[str, Any]:
        """A config.json for a network of other sizes. Raises as `resized`."""
        config = {**raw, **self.resized(sizes)}
        if "num_hidden_layers" in raw:  # older files repeat the encoder's
            config["num_hidden_layers"] = sizes.layers["encoder"]
        return config

    @property
    @abstractmethod
    def max_positions(self) -> int:
        """Of a side, special symbols included; `NO_LIMIT` where only distances are known."""

    @property
    def target_vocab_size(self) -> int:
        """Rows of the output matrix."""
        return self.vocab_size

    # ------------------------------------------------------------------- checks

    @property
    @abstractmethod
    def sizes(self) -> tuple[str, ...]:
        """The fields that are lengths of some tensor, which bound what a config may ask for."""

    @property
    @abstractmethod
    def depths(self) -> tuple[str, ...]:
        """The fields that are numbers of layers."""

    def check(self, path: Path) -> None:
        """Compare fields with one another. Raises `InputError` naming the first that is wrong."""
        self._check_ids(path)

    def _check_ids(self, path: Path) -> None:
        for key in ("pad_token_id", "eos_token_id", "decoder_start_token_id"):
            number = getattr(self, key)
            if number is not None and number >= self.target_vocab_size:
                raise InputError(
                    f"{path}: {key} is {number}, but the vocabulary has "
                    f"{self.target_vocab_size} rows; {_MEND}"
                )

    @classmethod
    def read(cls, raw: dict[str, Any], path: Path) -> Self:
        """The shape that a config.json describes.

        Raises `InputError` naming the file and the first entry that is wrong.
        """
        _refuse_what_is_not_plain(raw, path)
        try:
            shape = cls.model_validate(raw)
        except ValidationError as error:
            raise InputError(f"{path}: {_explained(error)}") from None
        shape.check(path)
        return shape


def divides(key: str, heads: int, of: str, width: int, path: Path) -> None:
    """Raise `InputError` unless each head gets as many numbers as the others."""
    if width % heads:
        raise InputError(f"{path}: {key} is {heads}, which does not divide {of} ({width}); {_MEND}")


def _refuse_what_is_not_plain(raw: dict[str, Any], path: Path) -> None:
    for key, value in raw.items():
        if value and key in _REFUSED:
            raise InputError(f"{path}: {key} is not supported: {_REFUSED[key]}")
        # A plain name is an implementation inside transformers, and eager or SDPA is used instead;
        # any other one is a place to fetch code from.
        if value is not None and _ATTENTION.fullmatch(key) and not _is_name(value):
            raise InputError(f"{path}: {key} is not supported: {_FOREIGN_CODE}")
        # The weights themselves say which type they have.
        if key in ("dtype", "torch_dtype") and value not in _DTYPES:
            raise InputError(
                f"{path}: {key} is {shown(value)}; only float32, float16 and bfloat16 are read: "
                "store the network as one of them"
            )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\w+", value) is not None


def _explained(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"{key} is missing; {_MEND}"
    problem = first["msg"][:1].lower() + first["msg"][1:]
    return f"{key} is {shown(first['input'])}: {problem}; {_MEND}"


def shown(value: object) -> str:
    """An entry of a config.json in a line for people."""
    return json.dumps(value)[:60]
