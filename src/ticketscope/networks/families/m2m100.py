"""M2M100 and NLLB: pre-norm, positions from sinusoids."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    PreTrainedConfig,
    PreTrainedModel,
)

from ticketscope.networks.families.bart_like import POSITIONS, BartLike, BartShape
from ticketscope.networks.families.shape import Norm, Shape


class M2M100Shape(BartShape):
    """The shape of either."""

    model_type: Literal["m2m_100"]
    norm: ClassVar[Norm] = "pre"
    network_class: ClassVar[type[PreTrainedModel]] = M2M100ForConditionalGeneration
    config_class: ClassVar[type[PreTrainedConfig]] = M2M100Config


class M2M100(BartLike):
    """M2M100ForConditionalGeneration."""

    name = "M2M100"
    shapes: ClassVar[Mapping[str, type[Shape]]] = {"m2m_100": M2M100Shape}
    normalizes_embedding: ClassVar[bool] = False
    optional: ClassVar[tuple[str, ...]] = ()

    def is_computed(self, name: str) -> bool:
        """Sinusoids, which are not even in a file that transformers writes."""
        return POSITIONS in name

    def specification(self, model: PreTrainedModel) -> Any:
        """As its loader makes it, but for where positions begin."""
        from ctranslate2.converters.transformers import M2M100Loader

        spec = self.specified_by(M2M100Loader(), model)
        for module in ("encoder", "decoder"):
            # transformers counts positions from pad + 1 on, the loader from 2 on.
            table: Any = self.stack(model, module).get_submodule(POSITIONS)
            first = table.padding_idx + 1
            num_rows = first + model.config.max_position_embeddings
            rows = table.get_embedding(num_rows, table.embedding_dim, table.padding_idx)
            getattr(spec, module).position_encodings.encodings = rows[first:]
        return spec
