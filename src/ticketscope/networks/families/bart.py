"""BART: post-norm, with learned positions and a norm on the embeddings."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from torch import nn
from transformers import BartConfig, BartForConditionalGeneration, PreTrainedConfig, PreTrainedModel

from ticketscope.networks.families.bart_like import BartLike, BartShape
from ticketscope.networks.families.shape import Norm, Shape


class OwnShape(BartShape):
    """The shape of BART itself."""

    model_type: Literal["bart"]
    norm: ClassVar[Norm] = "post"
    network_class: ClassVar[type[PreTrainedModel]] = BartForConditionalGeneration
    config_class: ClassVar[type[PreTrainedConfig]] = BartConfig


class Bart(BartLike):
    """BartForConditionalGeneration."""

    name = "BART"
    shapes: ClassVar[Mapping[str, type[Shape]]] = {"bart": OwnShape}
    normalizes_embedding: ClassVar[bool] = True

    def first_norm(self, _layer: nn.Module) -> None:
        """None: each layer ends with its norm."""
        return
