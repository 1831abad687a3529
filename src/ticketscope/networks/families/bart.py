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

    @property
    def norm(self) -> Norm:
        """As of every shape."""
        return "post"

    @property
    def network_class(self) -> type[PreTrainedModel]:
        """As of every shape."""
        found: type[PreTrainedModel] = BartForConditionalGeneration
        return found

    def config_class(self) -> type[PreTrainedConfig]:
        """As of every shape of BART's kind."""
        found: type[PreTrainedConfig] = BartConfig
        return found


class Bart(BartLike):
    """BartForConditionalGeneration."""

    name = "BART"
    shapes: ClassVar[Mapping[str, type[Shape]]] = {"bart": OwnShape}
    normalizes_embedding: ClassVar[bool] = True

    def first_norm(self, _layer: nn.Module) -> None:
        """As of every family."""
        return
