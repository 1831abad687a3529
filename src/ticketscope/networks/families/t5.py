"""T5, mT5, UMT5 and what is made like them, such as MADLAD: pre-norm, with distances for positions.

transformers 5 ties the output of every T5 to its embedding, whatever config.json says: what is
stored decides here. T5 1.0 scales its states before the output, and those that came later do not.
transformers 4 scaled wherever config.json ties the output. Of that transformers 5 keeps
`scale_decoder_outputs` of T5, nothing of mT5, which never scales, and of UMT5 its own word that all
are tied, so that it scales them all. Here T5 and UMT5 scale as in version 4, mT5 as in version 5.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field
from torch import nn
from transformers import (
    MT5Config,
    MT5ForConditionalGeneration,
    PreTrainedConfig,
    PreTrainedModel,
    T5Config,
    T5ForConditionalGeneration,
    UMT5Config,
    UMT5ForConditionalGeneration,
)

from ticketscope.errors import InputError
from ticketscope.networks.families.family import (
    ENCODER_DECODER,
    AttentionBlock,
    Family,
    Matrices,
    Output,
)
from ticketscope.networks.families.role import Block, Role
from ticketscope.networks.families.shape import NO_LIMIT, Dropouts, Norm, Shape, Size, Sizes

SHARED, OUTPUT = "shared.weight", "lm_head.weight"


class T5Shape(Shape):
    """Sizes by the names that T5 gave them."""

    model_type: Literal["t5", "mt5", "umt5"]
    norm: ClassVar[Norm] = "pre"
    d_kv: Size
    d_ff: Size
    num_layers: Size
    num_decoder_layers: Size | None = None
    num_heads: Size
    relative_attention_num_buckets: Size = 32
    relative_attention_max_distance: Size = 128
    layer_norm_epsilon: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-6
    initializer_factor: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    feed_forward_proj: Literal["relu", "gated-gelu", "gated-silu", "gelu"] = "relu"
    tie_word_embeddings: bool = True
    """With False an output matrix must be stored."""
    scale_decoder_outputs: bool | None = None
    """What files of transformers 5 say of the same."""

    @property
    def scales_outputs(self) -> bool:
        """Whether the decoder's states are divided by the root of the width before the output, as
        far as config.json knows it."""
        said = self.scale_decoder_outputs
        return self.tie_word_embeddings if said is None else said

    def for_transformers(self) -> PreTrainedConfig:
        """The scale is told in the words of version 5."""
        ours = {"model_type", "scale_decoder_outputs", "tie_word_embeddings"}
        config = self.config_class(**self.model_dump(exclude=ours))
        config.scale_decoder_outputs = self.scales_outputs
        return config

    def set_dropouts(self, config: PreTrainedConfig, dropouts: Dropouts) -> None:
        """One share for all."""
        config.dropout_rate = dropouts.states

    @property
    def layers(self) -> dict[str, int]:
        """The decoder has as many as the encoder, unless it is said."""
        return {"encoder": self.num_layers, "decoder": self.num_decoder_layers or self.num_layers}

    @property
    def heads(self) -> dict[str, int]:
        """As many in either; together they may be narrower or wider than the network."""
        return {"encoder": self.num_heads, "decoder": self.num_heads}

    @property
    def widths(self) -> dict[str, int]:
        """One for both."""
        return {"encoder": self.d_ff, "decoder": self.d_ff}

    def resized(self, sizes: Sizes) -> dict[str, int]:
        """Feed-forward blocks have one width for both stacks."""
        if sizes.widths["encoder"] != sizes.widths["decoder"]:
            raise InputError(
                f"a network of kind {self.model_type} has one feed-forward width (d_ff), not "
                f"{sizes.widths['encoder']} in the encoder and {sizes.widths['decoder']} in the "
                "decoder; remove as many neurons from either"
            )
        return {
            "num_layers": sizes.layers["encoder"],
            "num_decoder_layers": sizes.layers["decoder"],
            "d_ff": sizes.widths["encoder"],
        } | ({} if sizes.rows is None else {"vocab_size": sizes.rows})

    @property
    def max_positions(self) -> int:
        """Any number: only distances are known."""
        return NO_LIMIT

    @property
    def sizes(self) -> tuple[str, ...]:
        """Rows, widths, and what the table of distances is made of."""
        return ("vocab_size", "d_model", "d_ff", "relative_attention_num_buckets", "num_heads")

    @property
    def depths(self) -> tuple[str, ...]:
        """Of either stack."""
        return ("num_layers", "num_decoder_layers")

    def check(self, path: Path) -> None:
        """Distances as well."""
        super().check(path)
        # A distance is sorted into buckets up to it.
        if self.relative_attention_max_distance <= self.relative_attention_num_buckets // 4:
            raise InputError(
                f"{path}: relative_attention_max_distance is "
                f"{self.relative_attention_max_distance}, too few for "
                f"{self.relative_attention_num_buckets} buckets; take the config.json that was "
                "stored with the weights"
            )


class OriginalShape(T5Shape):
    """The shape of T5 itself, 1.0 and 1.1, and of MADLAD."""

    network_class: ClassVar[type[PreTrainedModel]] = T5ForConditionalGeneration
    config_class: ClassVar[type[PreTrainedConfig]] = T5Config


class MT5Shape(T5Shape):
    """The shape of mT5."""

    network_class: ClassVar[type[PreTrainedModel]] = MT5ForConditionalGeneration
    config_class: ClassVar[type[PreTrainedConfig]] = MT5Config

    @property
    def scales_outputs(self) -> bool:
        """Never."""
        return False


class UMT5Shape(T5Shape):
    """The shape of UMT5, in which each layer has distances of its own."""

    network_class: ClassVar[type[PreTrainedModel]] = UMT5ForConditionalGeneration
    config_class: ClassVar[type[PreTrainedConfig]] = UMT5Config


_PARAMETER = re.compile(
    r"(?P<module>encoder|decoder)\.block\.(?P<layer>\d+)\.layer\.\d\."
    r"((?P<part>SelfAttention|EncDecAttention|DenseReluDense)"
    r"\.(?P<projection>[qkvo]|wi|wi_0|wi_1|wo|relative_attention_bias)|layer_norm)\.weight"
)
_BLOCKS = {
    "SelfAttention": "self_attention",
    "EncDecAttention": "cross_attention",
    "DenseReluDense": "feed_forward",
}
_PROJECTIONS = {"o": "out", "wi": "fc1", "wi_0": "gate", "wi_1": "fc1", "wo": "fc2"}
_FINAL_NORM = re.compile(r"(?P<module>encoder|decoder)\.final_layer_norm\.weight")
_NORM = re.compile(
    r"(?P<module>encoder|decoder)\.block\.\d+\.layer\.(?P<place>\d)\.layer_norm\.weight"
)
_SAME = (SHARED, "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")


class T5(Family):
    """T5ForConditionalGeneration, MT5ForConditionalGeneration, UMT5ForConditionalGeneration."""

    name = "T5"
    shapes: ClassVar[Mapping[str, type[Shape]]] = {
        "t5": OriginalShape,
        "mt5": MT5Shape,
        "umt5": UMT5Shape,
    }
    unread: ClassVar[tuple[str, ...]] = (
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",
    )

    def role(self, name: str) -> Role | None:
        """By the name; `wi_0` goes through the activation, `wi_1` does not."""
        if name == SHARED:
            return Role("shared", None, "embedding", "", "weight")
        if name == OUTPUT:
            return Role("decoder", None, "embedding", "out", "weight")
        fields: dict[str, Any]
        if final := _FINAL_NORM.fullmatch(name):
            fields = {"module": final["module"], "layer": None, "block": "layer_norm"}
            return Role(**fields, projection="", kind="weight")
        match = _PARAMETER.fullmatch(name)
        if match is None:
            return None
        is_bias = match["projection"] == "relative_attention_bias"
        fields = {
            "module": match["module"],
            "layer": int(match["layer"]) + 1,
            "block": "positions" if is_bias else _BLOCKS.get(match["part"], "layer_norm"),
            "projection": ""
            if is_bias
            else _PROJECTIONS.get(match["projection"], match["projection"] or ""),
            "kind": "weight",
        }
        return Role(**fields)

    def normed(self, name: str) -> Block | None:
        """By the place in the layer: encoder-decoder attention stands between the other blocks of
        the decoder."""
        match = _NORM.fullmatch(name)
        if match is None:
            return None
        blocks: dict[str, tuple[Block, ...]] = {
            "encoder": ("self_attention", "feed_forward"),
            "decoder": ("self_attention", "cross_attention", "feed_forward"),
        }
        return blocks[match["module"]][int(match["place"])]

    def matrices(self, shape: Shape) -> Matrices:
        """One embedding for both sides; the output is another one where it is stored."""
        assert isinstance(shape, T5Shape)
        return Matrices({SHARED: _SAME}, OUTPUT, SHARED, shape.tie_word_embeddings)

    def stack(self, model: PreTrainedModel, module: str) -> nn.Module:
        """At the top of the network."""
        stack: nn.Module = model.get_submodule(module)
        return stack

    def layers(self, model: PreTrainedModel, module: str) -> nn.ModuleList:
        """Its modules named `block`."""
        layers = model.get_submodule(f"{module}.block")
        assert isinstance(layers, nn.ModuleList)
        return layers

    def first_norm(self, layer: nn.Module) -> nn.Module:
        """The norm of self-attention: of the root of the mean square alone."""
        return layer.get_submodule("layer.0.layer_norm")

    def last_norm(self, model: PreTrainedModel, module: str) -> nn.Module:
        """Every stack ends with one."""
        return self.stack(model, module).get_submodule("final_layer_norm")

    def attention(self, layer: nn.Module, kind: str) -> AttentionBlock:
        """`EncDecAttention` joins the decoder to the encoder."""
        place = "layer.1.EncDecAttention" if kind == ENCODER_DECODER else "layer.0.SelfAttention"
        block: Any = layer.get_submodule(place)
        return AttentionBlock(block.n_heads, block.o)

    def feed_forward(self, layer: nn.Module) -> nn.Module:
        """It comes last in a layer."""
        block = list(layer.get_submodule("layer").children())[-1]
        return block.get_submodule("DenseReluDense.wo")

    def is_of_stack(self, name: str, shape: Shape) -> bool:
        """Distances, which the first layer holds for all; in UMT5 each layer has its own."""
        return shape.model_type != "umt5" and "relative_attention_bias" in name

    def row_axis(self, name: str) -> tuple[str, int] | None:
        """Rows come first."""
        if name == OUTPUT:
            return "target", 0
        return ("source", 0) if name in _SAME else None

    def output(self, model: PreTrainedModel) -> Output:
        """With the scale of the first T5; without a bias."""
        config = model.config
        # A UMT5 with an output matrix of its own was tied by nobody but transformers 5.
        scales = config.scale_decoder_outputs
        if config.model_type == "umt5":
            scales = config.tie_word_embeddings
        return Output(model.lm_head.weight, None, model.config.d_model**-0.5 if scales else None)

    def specification(self, model: PreTrainedModel) -> Any:
        """As the loader of T5 or UMT5 makes it, but for the scale."""
        from ctranslate2.converters.transformers import T5Loader, UMT5Loader
        from ctranslate2.specs.model_spec import OPTIONAL

        loader = UMT5Loader() if model.config.model_type == "umt5" else T5Loader()
        spec = loader.get_model_spec(model)
        # The loader asks the config whether the output is tied, and transformers 5 always says so.
        scale = self.output(model).scale
        spec.decoder.scale_outputs = OPTIONAL if scale is None else scale
        return spec
