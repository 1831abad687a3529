"""What is to be known of a family of translation networks, beside its shape.

A family is a file of this folder and a line in `FAMILIES`. It says what each tensor is, and from
which modules of transformers' network states, attention and logits come.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn
from transformers import PreTrainedModel

from ticketscope.networks.families.role import Block, Role
from ticketscope.networks.families.shape import Shape

ENCODER_SELF, DECODER_SELF, ENCODER_DECODER = KINDS = (
    "encoder_self",
    "decoder_self",
    "encoder_decoder",
)
"""The kinds of attention."""


@dataclass(frozen=True)
class AttentionBlock:
    """One attention block: how many heads it has, and the projection of what they hand on, in
    whose input they lie one after the other."""

    num_heads: int
    output: nn.Module


@dataclass(frozen=True)
class Output:
    """How last hidden states become logits: `scale` times the state, times `weight_VD`, plus
    `bias_V` where there is one."""

    weight_VD: Tensor
    bias_V: Tensor | None
    scale: float | None


@dataclass(frozen=True)
class Matrices:
    """The embedding matrices of a network of this shape, each with all names that it may have in a
    file; what must be there once, and what is tied where it is not stored.

    Args:
        embeddings: by the name that transformers computes with, the names of the same matrix.
        output: the name of the output matrix.
        output_is: the embedding that it is tied to where no other one is stored.
        may_be_tied: whether config.json lets it be tied.
    """

    embeddings: Mapping[str, tuple[str, ...]]
    output: str
    output_is: str
    may_be_tied: bool


class Family(ABC):
    """A family of networks that transformers computes.

    Attributes:
        name: what to call it.
        shapes: the kinds of config.json, by `model_type`.
    """

    name: ClassVar[str]
    shapes: ClassVar[Mapping[str, type[Shape]]]

    # ------------------------------------------------------------------- tensors

    @abstractmethod
    def role(self, name: str) -> Role | None:
        """What a trainable parameter does; None for a name that is none of this family's."""

    def is_computed(self, _name: str) -> bool:
        """Whether a tensor is computed and never trains, such as a table of sinusoids; a file may
        hold it all the same."""
        return False

    @abstractmethod
    def matrices(self, shape: Shape) -> Matrices:
        """The embedding matrices of a network."""

    @abstractmethod
    def row_axis(self, name: str) -> tuple[str, int] | None:
        """Of a stored tensor with one row per piece, whose pieces (`source` or `target`) and along
        which axis; a matrix that both sides share is named `source`. None for any other tensor."""

    def is_of_stack(self, _name: str, _shape: Shape) -> bool:
        """Whether a tensor in the first layer belongs to all layers of its stack, so that it stays
        when that layer goes."""
        return False

    @abstractmethod
    def normed(self, name: str) -> Block | None:
        """Which block a layer norm goes with, by the name of its parameter: the one that reads
        through it in a pre-norm layer, the one that ends with it in a post-norm layer;
        `embedding` for the norm on the embeddings, None for the norm that ends a stack."""

    optional: ClassVar[tuple[str, ...]] = ()
    """Tensors that a file may lack: they are zero then."""
    unread: ClassVar[tuple[str, ...]] = ()
    """Tensors that old files hold and no network has ever read."""

    # ------------------------------------------------------------------- what it computes

    @abstractmethod
    def stack(self, model: PreTrainedModel, module: str) -> nn.Module:
        """The `encoder` or `decoder` itself. It takes `input_ids` and, of a decoder,
        `encoder_hidden_states` and `encoder_attention_mask`."""

    @abstractmethod
    def layers(self, model: PreTrainedModel, module: str) -> nn.ModuleList:
        """The layers of a stack."""

    @abstractmethod
    def first_norm(self, layer: nn.Module) -> nn.Module | None:
        """The norm through which a layer reads the state below it; None in a post-norm layer."""

    @abstractmethod
    def last_norm(self, model: PreTrainedModel, module: str) -> nn.Module | None:
        """The norm that ends a stack; None where each layer ends with its own."""

    @abstractmethod
    def attention(self, layer: nn.Module, kind: str) -> AttentionBlock:
        """An attention block of a layer of the stack that the kind belongs to."""

    @abstractmethod
    def feed_forward(self, layer: nn.Module) -> nn.Module:
        """The last projection of the feed-forward block of a layer, whose input are its neurons."""

    @abstractmethod
    def output(self, model: PreTrainedModel) -> Output:
        """How logits are made of the decoder's last states."""

    def attention_blocks(self, model: PreTrainedModel) -> dict[str, Sequence[AttentionBlock]]:
        """All attention blocks by kind, layer by layer."""
        stacks = {ENCODER_SELF: "encoder", DECODER_SELF: "decoder", ENCODER_DECODER: "decoder"}
        return {
            kind: [self.attention(layer, kind) for layer in self.layers(model, module)]
            for kind, module in stacks.items()
        }

    # ------------------------------------------------------------------- conversion

    @abstractmethod
    def specification(self, model: PreTrainedModel) -> Any:
        """What CTranslate2 is to compute, with the weights of a network: a `TransformerSpec`
        without vocabularies, whose embeddings may lack the last row, that of pad.

        The network is not asked for its logits afterwards: entries of its config may be added.
        """
