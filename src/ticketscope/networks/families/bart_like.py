"""What Marian, M2M100, mBART and BART have in common: names of tensors, modules, sizes."""

import re
from pathlib import Path
from typing import Any, ClassVar

from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from ticketscope.config.kinds import Positions
from ticketscope.errors import InputError
from ticketscope.networks.families.family import (
    ENCODER_DECODER,
    AttentionBlock,
    Family,
    Matrices,
    Output,
)
from ticketscope.networks.families.role import Block, Role
from ticketscope.networks.families.shape import (
    Activation,
    Dropouts,
    InitStd,
    Shape,
    Size,
    Sizes,
    divides,
)

SHARED = "model.shared.weight"
ENCODER_EMBEDDING = "model.encoder.embed_tokens.weight"
DECODER_EMBEDDING = "model.decoder.embed_tokens.weight"
OUTPUT = "lm_head.weight"
LOGITS_BIAS = "final_logits_bias"
POSITIONS = "embed_positions"


class BartShape(Shape):
    """Sizes by the names that BART gave them."""

    encoder_layers: Size
    decoder_layers: Size
    encoder_ffn_dim: Size
    decoder_ffn_dim: Size
    encoder_attention_heads: Size
    decoder_attention_heads: Size
    max_position_embeddings: Positions  # may be computed, so that no weight file bounds them
    activation_function: Activation
    scale_embedding: bool
    init_std: InitStd = 0.02
    tie_word_embeddings: bool = True

    @property
    def layers(self) -> dict[str, int]:
        """By stack; they may differ."""
        return {"encoder": self.encoder_layers, "decoder": self.decoder_layers}

    @property
    def heads(self) -> dict[str, int]:
        """By stack; CTranslate2 needs them equal."""
        return {"encoder": self.encoder_attention_heads, "decoder": self.decoder_attention_heads}

    @property
    def widths(self) -> dict[str, int]:
        """One per stack."""
        return {"encoder": self.encoder_ffn_dim, "decoder": self.decoder_ffn_dim}

    def resized(self, sizes: Sizes) -> dict[str, int]:
        """Each stack has sizes of its own."""
        return {
            "encoder_layers": sizes.layers["encoder"],
            "decoder_layers": sizes.layers["decoder"],
            "encoder_ffn_dim": sizes.widths["encoder"],
            "decoder_ffn_dim": sizes.widths["decoder"],
        } | ({} if sizes.rows is None else {"vocab_size": sizes.rows})

    @property
    def max_positions(self) -> int:
        """As many as there are vectors, learned or of sinusoids."""
        return self.max_position_embeddings

    @property
    def sizes(self) -> tuple[str, ...]:
        """Rows and widths, of which some tensor has each."""
        return ("vocab_size", "d_model", "encoder_ffn_dim", "decoder_ffn_dim")

    @property
    def depths(self) -> tuple[str, ...]:
        """Of either stack."""
        return ("encoder_layers", "decoder_layers")

    def for_transformers(self) -> PreTrainedConfig:
        """All fields but what is said of ties."""
        # Ties are broken where the file stores another output matrix, not by what is said here.
        return self.config_class(**self.model_dump(exclude={"model_type", "tie_word_embeddings"}))

    def set_dropouts(self, config: PreTrainedConfig, dropouts: Dropouts) -> None:
        """Each has a share of its own, and no layer is ever left out as a whole."""
        config.dropout = dropouts.states
        config.attention_dropout = dropouts.attention
        config.activation_dropout = dropouts.activation
        config.encoder_layerdrop = config.decoder_layerdrop = 0.0

    def check(self, path: Path) -> None:
        """Heads as well: both stacks have as many, and these share the width."""
        # CTranslate2's converter takes the encoder's number for both.
        heads = self.encoder_attention_heads
        if self.decoder_attention_heads != heads:
            raise InputError(
                f"{path}: decoder_attention_heads is {self.decoder_attention_heads} and "
                f"encoder_attention_heads {heads}; CTranslate2 needs them equal"
            )
        divides("encoder_attention_heads", heads, "d_model", self.d_model, path)
        super().check(path)


_PARAMETER = re.compile(
    r"model\.(?P<module>encoder|decoder)\.(layers\.(?P<layer>\d+)\.)?"
    r"(?P<part>self_attn|encoder_attn|fc1|fc2|\w*layer_?norm\w*)"
    r"(\.(?P<projection>[qkv]|out)_proj)?"
    r"\.(?P<kind>weight|bias)"
)
_BLOCKS = {
    "self_attn": "self_attention",
    "encoder_attn": "cross_attention",
    "fc1": "feed_forward",
    "fc2": "feed_forward",
}
_NORMED: dict[str, Block | None] = {
    "self_attn_layer_norm": "self_attention",
    "encoder_attn_layer_norm": "cross_attention",
    "final_layer_norm": "feed_forward",
    "layernorm_embedding": "embedding",
    "layer_norm": None,
}
_OF_NO_LAYER = {
    SHARED: Role("shared", None, "embedding", "", "weight"),
    ENCODER_EMBEDDING: Role("encoder", None, "embedding", "", "weight"),
    DECODER_EMBEDDING: Role("decoder", None, "embedding", "", "weight"),
    OUTPUT: Role("decoder", None, "embedding", "out", "weight"),
    f"model.encoder.{POSITIONS}.weight": Role("encoder", None, "positions", "", "weight"),
    f"model.decoder.{POSITIONS}.weight": Role("decoder", None, "positions", "", "weight"),
}


_ROW_AXES = {
    SHARED: ("source", 0),
    ENCODER_EMBEDDING: ("source", 0),
    DECODER_EMBEDDING: ("target", 0),
    OUTPUT: ("target", 0),
    LOGITS_BIAS: ("target", 1),
}


class BartLike(Family):
    """A family whose networks have BART's modules."""

    optional: ClassVar[tuple[str, ...]] = (LOGITS_BIAS,)
    normalizes_embedding: ClassVar[bool]
    """Whether there is a norm on the embeddings."""

    def role(self, name: str) -> Role | None:
        """By the name, which says module, layer, block and projection."""
        if name in _OF_NO_LAYER:
            return _OF_NO_LAYER[name]
        match = _PARAMETER.fullmatch(name)
        if match is None:
            return None
        part = match["part"]
        fields: dict[str, Any] = {
            "module": match["module"],
            "layer": int(match["layer"]) + 1 if match["layer"] else None,
            "block": _BLOCKS.get(part, "layer_norm"),
            "projection": part if part in ("fc1", "fc2") else match["projection"] or "",
            "kind": match["kind"],
        }
        return Role(**fields)

    def normed(self, name: str) -> Block | None:
        """The norm of the feed-forward block is called `final_layer_norm`."""
        *_, norm, _ = name.split(".")
        return _NORMED[norm]

    def matrices(self, shape: Shape) -> Matrices:
        """One matrix for both sides, to which the output is tied."""
        assert isinstance(shape, BartShape)
        same = (SHARED, ENCODER_EMBEDDING, DECODER_EMBEDDING)
        return Matrices({SHARED: same}, OUTPUT, SHARED, shape.tie_word_embeddings)

    def stack(self, model: PreTrainedModel, module: str) -> nn.Module:
        """Below the module that all stacks share."""
        stack: nn.Module = model.model.get_submodule(module)
        return stack

    def layers(self, model: PreTrainedModel, module: str) -> nn.ModuleList:
        """Its modules named `layers`."""
        layers = model.model.get_submodule(f"{module}.layers")
        assert isinstance(layers, nn.ModuleList)
        return layers

    def attention(self, layer: nn.Module, kind: str) -> AttentionBlock:
        """`encoder_attn` joins the decoder to the encoder."""
        block: Any = layer.get_submodule("encoder_attn" if kind == ENCODER_DECODER else "self_attn")
        return AttentionBlock(block.num_heads, block.out_proj)

    def feed_forward(self, layer: nn.Module) -> nn.Module:
        """Its second projection."""
        return layer.get_submodule("fc2")

    def row_axis(self, name: str) -> tuple[str, int] | None:
        """The bias of the output lies as a row."""
        return _ROW_AXES.get(name)

    def output(self, model: PreTrainedModel) -> Output:
        """Without a scale; the bias is a buffer, so it is no parameter, and is zero in many."""
        buffers = dict(model.named_buffers(recurse=False))
        bias_V = buffers[LOGITS_BIAS][0] if LOGITS_BIAS in buffers else None
        has_bias = bias_V is not None and bool(bias_V.count_nonzero())
        return Output(model.get_output_embeddings().weight, bias_V if has_bias else None, None)

    def first_norm(self, layer: nn.Module) -> nn.Module | None:
        """The norm of self-attention, which comes first in M2M100 and mBART."""
        return layer.get_submodule("self_attn_layer_norm")

    def last_norm(self, model: PreTrainedModel, module: str) -> nn.Module | None:
        """That of M2M100 and mBART."""
        return dict(self.stack(model, module).named_children()).get("layer_norm")

    def specification(self, model: PreTrainedModel) -> Any:
        """As BART's loader makes it."""
        from ctranslate2.converters.transformers import BartLoader

        return self.specified_by(BartLoader(), model)

    def specified_by(self, loader: Any, model: PreTrainedModel) -> Any:
        """What a loader of CTranslate2 makes of a network. It asks for two entries of a config that
        transformers 5 no longer writes."""
        is_pre_norm = self.first_norm(self.layers(model, "encoder")[0]) is not None
        model.config.normalize_before = is_pre_norm
        model.config.normalize_embedding = self.normalizes_embedding
        return loader.get_model_spec(model)
