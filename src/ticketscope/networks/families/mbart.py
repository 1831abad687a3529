"""mBART and mBART-50: pre-norm, with learned positions and a norm on the embeddings."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from transformers import (
    MBartConfig,
    MBartForConditionalGeneration,
    PreTrainedConfig,
    PreTrainedModel,
)

from ticketscope.networks.families.bart_like import BartLike, BartShape
from ticketscope.networks.families.shape import Id, Norm, Shape


class MBartShape(BartShape):
    """The shape of either."""

    model_type: Literal["mbart"]
    decoder_start_token_id: Id | None = None
    """Of mBART-25 the code of the target language, which its files may leave to the user."""
    norm: ClassVar[Norm] = "pre"
    network_class: ClassVar[type[PreTrainedModel]] = MBartForConditionalGeneration
    config_class: ClassVar[type[PreTrainedConfig]] = MBartConfig


class MBart(BartLike):
    """MBartForConditionalGeneration."""

    name = "mBART"
    shapes: ClassVar[Mapping[str, type[Shape]]] = {"mbart": MBartShape}
    normalizes_embedding: ClassVar[bool] = True
