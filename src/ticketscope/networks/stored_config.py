"""What a stored network's config.json says of its shape, typed and bounded.

A config.json may come from anywhere. The network is built from the fields below and from nothing
else: an entry that is unknown here (an attention implementation, dropout, settings of `generate`)
has no effect, and one that would need code or files from elsewhere, or gives the weights another
meaning, is refused by name.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    PreTrainedConfig,
    PreTrainedModel,
)

from ticketscope.config.kinds import Positions
from ticketscope.errors import InputError
from ticketscope.text.input_files import read_json_object

CONFIG: Final = "config.json"

_Kind = Literal["marian", "m2m_100"]
_Size = Annotated[int, Field(ge=1)]
_Id = Annotated[int, Field(ge=0)]

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


class NetworkConfig(BaseModel):
    """The shape of an encoder-decoder with one embedding matrix; names as in config.json."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    model_type: _Kind
    vocab_size: _Size
    d_model: Annotated[int, Field(ge=4)]
    encoder_layers: _Size
    decoder_layers: _Size
    encoder_ffn_dim: _Size
    decoder_ffn_dim: _Size
    encoder_attention_heads: _Size
    decoder_attention_heads: _Size
    max_position_embeddings: Positions  # computed, so no weight file bounds them
    pad_token_id: _Id
    eos_token_id: _Id
    decoder_start_token_id: _Id
    activation_function: Literal["relu", "gelu", "gelu_new", "silu", "swish"]
    scale_embedding: bool
    init_std: Annotated[float, Field(gt=0.0, le=1.0)] = 0.02
    tie_word_embeddings: Literal[True] = True
    share_encoder_decoder_embeddings: Literal[True] = True
    decoder_vocab_size: _Size | None = None

    @property
    def norm(self) -> Literal["pre", "post"]:
        """Where the layer norm stands."""
        return "post" if self.model_type == "marian" else "pre"

    @property
    def network_class(self) -> type[PreTrainedModel]:
        """The class of transformers' that computes it."""
        found: type[PreTrainedModel] = (
            MarianMTModel if self.model_type == "marian" else M2M100ForConditionalGeneration
        )
        return found

    def for_transformers(self) -> PreTrainedConfig:
        """The same as the class wants it."""
        kind = MarianConfig if self.model_type == "marian" else M2M100Config
        marians = {"model_type", "share_encoder_decoder_embeddings", "decoder_vocab_size"}
        return kind(**self.model_dump(exclude=marians))


def read_network_config(path: Path) -> NetworkConfig:
    """Read a config.json. Raises `InputError` naming the file and the first entry that is wrong."""
    raw = read_json_object(path)
    kinds = get_args(_Kind)
    if raw.get("model_type") not in kinds:
        raise InputError(
            f"{path}: not a translation model of a kind known here (model_type is "
            f"{_shown(raw.get('model_type'))}); give one of kind {' or '.join(kinds)}"
        )
    _refuse_what_is_not_plain(raw, path)
    try:
        config = NetworkConfig.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{path}: {_explained(error)}") from None
    _check_among_themselves(config, path)
    return config


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
                f"{path}: {key} is {_shown(value)}; only float32, float16 and bfloat16 are read: "
                "store the network as one of them"
            )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\w+", value) is not None


def _check_among_themselves(config: NetworkConfig, path: Path) -> None:
    heads = config.encoder_attention_heads
    if config.decoder_attention_heads != heads:
        raise InputError(
            f"{path}: decoder_attention_heads is {config.decoder_attention_heads} and "
            f"encoder_attention_heads {heads}; CTranslate2 needs them equal"
        )
    if config.d_model % heads:
        raise InputError(
            f"{path}: encoder_attention_heads is {heads}, which does not divide d_model "
            f"({config.d_model}); take the config.json that was stored with the weights"
        )
    if config.decoder_vocab_size not in (None, config.vocab_size):
        raise InputError(
            f"{path}: decoder_vocab_size is {config.decoder_vocab_size} and vocab_size "
            f"{config.vocab_size}; only networks with one joint vocabulary are read"
        )
    for key in ("pad_token_id", "eos_token_id", "decoder_start_token_id"):
        number = getattr(config, key)
        if number >= config.vocab_size:
            raise InputError(
                f"{path}: {key} is {number}, but the vocabulary has {config.vocab_size} rows; "
                "take the config.json that was stored with the weights"
            )


def _explained(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(map(str, first["loc"]))
    mend = "take the config.json that was stored with the weights"
    if first["type"] == "missing":
        return f"{key} is missing; {mend}"
    problem = first["msg"][:1].lower() + first["msg"][1:]
    return f"{key} is {_shown(first['input'])}: {problem}; {mend}"


def _shown(value: object) -> str:
    return json.dumps(value)[:60]
