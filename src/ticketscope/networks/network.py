"""A stored translation network: what every step measures.

A ticket is a network with a mask and a place in a run.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from torch import Tensor
from transformers import PreTrainedModel

from ticketscope.config import digest
from ticketscope.files import scratch_folder, sha256
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask
from ticketscope.networks.model import Role, Sparsity
from ticketscope.networks.stored_config import NetworkConfig
from ticketscope.networks.translate import BATCH_SIZE, Translator, convert
from ticketscope.networks.weight_file import WEIGHTS
from ticketscope.runs.store import LevelFolder, LevelId, level_of
from ticketscope.text.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Network:
    """A network on disk. Nothing is read before it is asked for, and then once.

    Args:
        directory: a model directory of transformers'.
        label: its place among the networks of a run; None outside any.
    """

    directory: Path
    label: LevelId | None = None

    @classmethod
    def from_directory(cls, directory: Path | str) -> "Network":
        """A network from any directory.

        Raises `InputError` for a directory without a complete network, and `JobError`
        for a ticket of a run of which a file is missing or altered.
        """
        network = cls(Path(directory))
        _ = network.folder
        return network

    @cached_property
    def folder(self) -> ModelFolder:
        """The files, checked. Raises as `from_directory`."""
        return ModelFolder(self.directory)

    @property
    def name(self) -> str:
        """What to call it: its place in the run, else its directory."""
        return str(self.label or self.directory)

    @property
    def shape(self) -> NetworkConfig:
        """Numbers of layers and heads, widths, special ids."""
        return self.folder.config

    @cached_property
    def level(self) -> LevelFolder | None:
        """The complete level whose ticket it is; None for a network from elsewhere."""
        return level_of(self.directory)

    @cached_property
    def digest(self) -> str:
        """Identity of what is computed with it: weights, and the mask and moments of a ticket."""
        if self.level:
            return self.level.digest()
        return digest({WEIGHTS: sha256(self.directory / WEIGHTS)})

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Its tokenizer. Raises `InputError` where it does not fit the network."""
        return self.folder.vocabulary()

    @cached_property
    def mask(self) -> Mask | None:
        """Which prunable weights a ticket has kept; None for a network without a mask."""
        return Mask.load(self.level.masks_verified()) if self.level else None

    @cached_property
    def sparsity(self) -> Sparsity:
        """Shares of zeroed weights: of a ticket by its mask, else the zeros that are there."""
        if self.level:
            facts = self.level.facts()
            return Sparsity(
                prunable=facts["sparsity_prunable"],
                total=facts["sparsity_total"],
                non_embedding=facts["sparsity_non_embedding"],
            )
        weights = self.weights()
        zeros = {
            name: int((tensor == 0).sum())
            for name, tensor in model.prunable(weights, embeddings=False).items()
        }
        counts = model.count(weights, embeddings=False)
        return model.sparsity(counts, sum(zeros.values()), num_pruned_embedding=0)

    @property
    def parameters(self) -> dict[str, Role]:
        """What each trainable parameter does, by name, in the order of names."""
        return {name: model.role(name) for name in sorted(self.folder.parameter_names)}

    def weights(self) -> dict[str, Tensor]:
        """The trainable parameters by name, in the order of names. Raises as `load`."""
        return dict(sorted(self.folder.weights().items()))

    def load(
        self, *, attention: Literal["sdpa", "eager"] = "sdpa", device: str = "cpu"
    ) -> PreTrainedModel:
        """The network in float32 and in evaluation mode; with eager attention its maps are seen.

        Raises `InputError` or, for a ticket of a run, `JobError` for a weight that is not finite.
        """
        return self.folder.network(attention=attention).to(device)

    @contextmanager
    def translator(
        self,
        scratch: Path,
        *,
        beam: int,
        length_penalty: float,
        max_decoding_length: int,
        threads: int,
    ) -> Iterator["Translating"]:
        """What translates texts with it; `scratch` is a folder to convert it in."""
        with scratch_folder(scratch) as folder:
            convert(self.folder, folder / "model")
            engine = Translator(folder / "model", threads=threads, compute_type="float32")
            yield Translating(engine, self.vocabulary, beam, length_penalty, max_decoding_length)


@dataclass(frozen=True, eq=False)
class Translating:
    """A converted network with the settings of its beam search."""

    engine: Translator
    vocabulary: Vocabulary
    beam: int
    length_penalty: float
    max_decoding_length: int

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """Translations in the order of `texts`."""
        translations = self.engine.translate(
            [self.vocabulary.pieces(text) for text in texts],
            beam=self.beam,
            length_penalty=self.length_penalty,
            max_decoding_length=self.max_decoding_length,
            batch_size=BATCH_SIZE,
        )
        return [self.vocabulary.decode_pieces(pieces) for pieces in translations]
