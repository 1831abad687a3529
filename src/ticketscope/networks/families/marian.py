"""Marian, the networks of OPUS-MT: post-norm, positions from sinusoids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from torch import nn
from transformers import MarianConfig, MarianMTModel, PreTrainedConfig, PreTrainedModel

from ticketscope.errors import InputError
from ticketscope.networks.families.bart_like import (
    DECODER_EMBEDDING,
    ENCODER_EMBEDDING,
    OUTPUT,
    POSITIONS,
    BartLike,
    BartShape,
)
from ticketscope.networks.families.family import Matrices
from ticketscope.networks.families.shape import Norm, Shape, Size, Sizes


class MarianShape(BartShape):
    """With one vocabulary for both sides, or one for each."""

    model_type: Literal["marian"]
    norm: ClassVar[Norm] = "post"
    network_class: ClassVar[type[PreTrainedModel]] = MarianMTModel
    config_class: ClassVar[type[PreTrainedConfig]] = MarianConfig
    share_encoder_decoder_embeddings: bool = True
    decoder_vocab_size: Size | None = None

    @property
    def target_vocab_size(self) -> int:
        """That of the decoder, where it has a vocabulary of its own."""
        return self.decoder_vocab_size or self.vocab_size

    def resized(self, sizes: Sizes) -> dict[str, int]:
        """Both vocabularies have as many rows: they share the id of pad, which is last."""
        entries = super().resized(sizes)
        if sizes.rows is not None and self.decoder_vocab_size is not None:
            entries["decoder_vocab_size"] = sizes.rows
        return entries

    def for_transformers(self) -> PreTrainedConfig:
        """Separate vocabularies are told to transformers only where there are some."""
        if not self.share_encoder_decoder_embeddings:
            return super().for_transformers()
        ours = {
            "model_type",
            "tie_word_embeddings",
            "share_encoder_decoder_embeddings",
            "decoder_vocab_size",
        }
        return MarianConfig(**self.model_dump(exclude=ours))

    def check(self, path: Path) -> None:
        """Vocabularies as well: one that is shared has one size."""
        super().check(path)
        if self.share_encoder_decoder_embeddings and self.target_vocab_size != self.vocab_size:
            raise InputError(
                f"{path}: decoder_vocab_size is {self.decoder_vocab_size} and vocab_size "
                f"{self.vocab_size}, although share_encoder_decoder_embeddings is true; take the "
                "config.json that was stored with the weights"
            )


class Marian(BartLike):
    """MarianMTModel."""

    name = "Marian"
    shapes: ClassVar[Mapping[str, type[Shape]]] = {"marian": MarianShape}
    normalizes_embedding: ClassVar[bool] = False

    optional: ClassVar[tuple[str, ...]] = ()
    """Real networks have a bias of the output that is not zero: none may be lost on the way."""

    def is_computed(self, name: str) -> bool:
        """Sinusoids: transformers registers them as a parameter, and a loaded network even forgets
        that they do not train."""
        return POSITIONS in name

    def matrices(self, shape: Shape) -> Matrices:
        """One matrix per side where the vocabularies are separate."""
        assert isinstance(shape, MarianShape)
        if shape.share_encoder_decoder_embeddings:
            return super().matrices(shape)
        sides = {name: (name,) for name in (ENCODER_EMBEDDING, DECODER_EMBEDDING)}
        return Matrices(sides, OUTPUT, DECODER_EMBEDDING, shape.tie_word_embeddings)

    def first_norm(self, _layer: nn.Module) -> None:
        """None: each layer ends with its norm."""
        return

    def specification(self, model: PreTrainedModel) -> Any:
        """The decoder starts from nothing, and there is no row of pad, unless
        pad has a row elsewhere than at the end or one that is not zero: transformers trains it."""
        from ctranslate2.converters.transformers import MarianMTLoader

        read_VD, said_VD = (
            self.stack(model, side).get_parameter("embed_tokens.weight")
            for side in ("encoder", "decoder")
        )
        pad, start = model.config.pad_token_id, model.config.decoder_start_token_id
        if pad == start == len(read_VD) - 1 == len(said_VD) - 1 and not said_VD[pad].any():
            return self.specified_by(MarianMTLoader(), model)
        return super().specification(model)
