"""A stored translation network: what every step measures.

A ticket is a network with a mask and a place in a run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor

from ticketscope.config import States, digest
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.decoding.engine_folder import EngineFolder, is_engine_folder
from ticketscope.networks.decoding.engine_opening import Stored, engine_of, stored_network
from ticketscope.networks.families import CONFIG, Role, Shape, read_shape, role
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import SentenceLosses, sentence_losses
from ticketscope.networks.mask_file import MASKS, mask_inside
from ticketscope.networks.masks import Mask
from ticketscope.networks.model import Sparsity
from ticketscope.networks.precision import Dtype
from ticketscope.networks.stored_weights import all_files
from ticketscope.networks.trace import SentenceAttention, Trace, attended, raw_words, trace
from ticketscope.networks.trace.rows import check_lengths, check_pairs
from ticketscope.networks.translate import translating
from ticketscope.runs.store import LevelFolder, LevelId, level_of
from ticketscope.text.tokenizer import PLAIN, Conventions, Tokenizer

MAX_TOKENS = 4_096
"""Padded positions of a batch at the most, where no run says how many."""


@dataclass(frozen=True, eq=False)
class Network:
    """A network on disk. Nothing is read before it is asked for; weights and masks, which are
    large, are read each time and not kept.

    Args:
        directory: a model directory of transformers' or a directory of CTranslate2's.
        label: its place among the networks of a run; None outside any.
        conventions: how it wants its texts.
        tokenizer_directory: where the tokenizer of one of CTranslate2's lies; None: beside it.
        dtype: in which type it computes.
        counted: its shares of zeroed weights, where they are known already.
    """

    directory: Path
    label: LevelId | None = None
    conventions: Conventions = PLAIN
    tokenizer_directory: Path | None = None
    dtype: Dtype = "float32"
    counted: Sparsity | None = None

    @classmethod
    def from_directory(
        cls,
        directory: Path | str,
        *,
        source_code: str = "",
        target_code: str = "",
        prefix: str = "",
        tokenizer: Path | str | None = None,
    ) -> "Network":
        """A network from any directory.

        Args:
            directory: a model directory of transformers' or a directory of CTranslate2's.
            source_code: of the source language, as the tokenizer writes it: ``eng_Latn``.
            target_code: of the target language.
            prefix: a text in front of every source: ``translate English to German: ``.
            tokenizer: the directory with the tokenizer of a network of CTranslate2's, where it does
                not lie beside.

        Raises `InputError` for a directory without a complete network, and `JobError`
        for a ticket of a run of which a file is missing or altered.
        """
        conventions = Conventions(source_code, target_code, prefix)
        place = Path(tokenizer) if tokenizer else None
        network = cls(Path(directory), conventions=conventions, tokenizer_directory=place)
        _ = network.stored
        return network

    @cached_property
    def stored(self) -> Stored:
        """The files, checked. Raises as `from_directory`."""
        return stored_network(self.directory, self.tokenizer_directory)

    @property
    def has_states(self) -> bool:
        """Whether it can be looked into: CTranslate2 shows no states, attention or weights."""
        return not is_engine_folder(self.directory)

    @property
    def folder(self) -> ModelFolder:
        """The files of a network with states, checked.

        Raises as `from_directory`, and `InputError` for a network without states.
        """
        stored = self.stored
        if not isinstance(stored, ModelFolder):
            raise InputError(
                f"{self.directory}: a network of CTranslate2 can translate and score, but shows no "
                "states, attention or weights; give the network that it was converted from"
            )
        return stored

    @property
    def name(self) -> str:
        """What to call it: its place in the run, else its directory."""
        return str(self.label or self.directory)

    @cached_property
    def shape(self) -> Shape:
        """Numbers of layers and heads, widths, special ids. Reads no weight, nor checks any.

        Raises `InputError` for a network without states.
        """
        if not self.has_states:
            _ = self.folder
        return read_shape(self.directory / CONFIG)

    @cached_property
    def starts_from_nothing(self) -> bool:
        """Whether its decoder starts from zeros: without a row, or from one that is zero."""
        if isinstance(stored := self.stored, EngineFolder):
            return stored.starts_from_nothing
        return not stored.row_said(self.tokenizer.frame.target_before[0]).any()

    @property
    def max_positions(self) -> int:
        """Of a side, special symbols included."""
        stored = self.stored
        if isinstance(stored, EngineFolder):
            return stored.max_positions
        return self.shape.max_positions

    @property
    def level(self) -> LevelFolder | None:
        """The complete level whose ticket it is; None for a network from elsewhere."""
        return level_of(self.directory)

    @cached_property
    def digest(self) -> str:
        """Identity of what is computed with it: weights, and the mask and moments of a ticket; of
        other networks also what says how they read and compute."""
        if self.level and self.dtype == "float32":
            return self.level.digest()
        how = {"tokenizer": self.tokenizer.digest, "dtype": self.dtype}
        if isinstance(self.stored, EngineFolder):
            return digest({file.name: _checksum(file) for file in self.stored.files} | how)
        mask = self.directory / MASKS
        files = [*all_files(self.folder.stored), *([mask] if mask.is_file() else [])]
        files.append(self.directory / CONFIG)
        return digest({file.name: _checksum(file) for file in files} | how)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Its tokenizer. Raises `InputError` where it does not fit the network."""
        return self.stored.tokenizer(self.conventions)

    @property
    def mask(self) -> Mask | None:
        """Which prunable weights it has kept; None for a network without a mask.

        That of a ticket lies beside its directory, that of another network in it, where
        `ticketscope prune` puts it. Raises `InputError` for one that does not fit the weights.
        """
        return Mask.load(self.level.masks_verified()) if self.level else mask_inside(self.folder)

    @property
    def kept(self) -> Mask:
        """Which prunable weights are left: by its mask, else those that are not zero."""
        return self.mask or Mask(
            {
                name: self.folder.weight(name) != 0
                for name, role in self.parameters.items()
                if role.is_prunable
            }
        )

    @cached_property
    def sparsity(self) -> Sparsity:
        """Shares of zeroed weights: by its mask, else the zeros that are there. In int8 what was
        rounded to zero is among these."""
        if self.counted:
            return self.counted
        if self.level:
            facts = self.level.facts()
            return Sparsity(
                prunable=facts["sparsity_prunable"],
                total=facts["sparsity_total"],
                non_embedding=facts["sparsity_non_embedding"],
            )
        if isinstance(self.stored, EngineFolder):
            return self.stored.sparsity
        return self.sparsity_of(self.kept)

    def sparsity_of(self, mask: Mask) -> Sparsity:
        """Shares of the weights that a mask of this network takes away."""
        shapes, roles = self.folder.parameter_shapes, self.parameters
        tensors = {name: torch.empty(size, device="meta") for name, size in shapes.items()}
        embeddings = any(roles[name].block == "embedding" for name in mask.kept)
        return model.mask_sparsity(mask, model.count(tensors, embeddings=embeddings))

    @property
    def parameters(self) -> dict[str, Role]:
        """What each trainable parameter does, by name, in the order of names."""
        return {name: role(name) for name in sorted(self.folder.parameter_names)}

    def weights(self) -> dict[str, Tensor]:
        """The trainable parameters by name, in the order of names. Raises as `load`."""
        return dict(sorted(self.folder.weights().items()))

    def load(
        self,
        *,
        attention: Literal["sdpa", "eager"] = "sdpa",
        device: str = "cpu",
        dtype: Dtype | None = None,
    ) -> LoadedNetwork:
        """The network in evaluation mode; with eager attention its maps are seen.

        Raises `InputError` or, for a ticket of a run, `JobError` for a weight that is not finite.
        """
        model = self.folder.network(attention=attention, dtype=dtype or self.dtype).to(device)
        return LoadedNetwork(model, self.tokenizer.frame, self.shape.max_positions)

    # ------------------------------------------------------------------- what it does with texts

    def translate(
        self,
        texts: Sequence[str],
        *,
        beam: int = 4,
        length_penalty: float = 1.0,
        max_decoding_length: int | None = None,
        threads: int = 1,
    ) -> list[str]:
        """Translations of texts, in their order; that of an empty text is empty.

        Each call converts the network for CTranslate2 anew, so give all texts at once. A text that
        is longer than the network has positions is translated in windows.

        Args:
            texts: one sentence each, not split into words or pieces.
            beam: width of the beam; 1 is greedy.
            length_penalty: the log-probability of a hypothesis is divided by its length to this
                power.
            max_decoding_length: the most pieces of a translation; None: 256, or the positions of
                the network if these are fewer.
            threads: how many threads decode.

        Raises `InputError` for a setting that cannot be, or a vocabulary that does not fit.
        """
        _refuse_one_text("texts", texts)
        for name, number in (("beam", beam), ("threads", threads)):
            if number < 1:
                raise InputError(f"{name}: {number}; give 1 or more")
        if max_decoding_length is not None and max_decoding_length < 1:
            raise InputError(f"max_decoding_length: {max_decoding_length}; give 1 or more, or None")
        with translating(
            self.stored,
            self.tokenizer,
            None,
            beam=beam,
            length_penalty=length_penalty,
            max_decoding_length=max_decoding_length,
            threads=threads,
        ) as translate:
            return translate(texts)

    def losses(self, sources: Sequence[str], targets: Sequence[str]) -> SentenceLosses:
        """How unlikely it finds each target, given its source and the pieces before: in nats per
        sentence, with the number of target pieces, end of sentence included.

        `losses(...).mean` is the loss in nats per target piece that table `quality` has. The
        network is read anew at each call, so give all sentences at once.

        Raises `InputError` for no sources, for targets that are not one per source, and for a
        sentence longer than the network has positions.
        """
        _refuse_one_text("sources", sources)
        _refuse_one_text("targets", targets)
        check_pairs(sources, targets)
        read, said = self.tokenizer.source.encode(sources), self.tokenizer.target.encode(targets)
        pairs = PairsInMemory(read, said)
        check_lengths(self.tokenizer.frame, self.max_positions, map(len, read), map(len, said))
        if not self.has_states:
            with engine_of(self.stored, self.tokenizer, None, threads=1) as engine:
                return engine.losses(pairs, max_tokens=MAX_TOKENS)
        network = self.load()
        return sentence_losses(network, pairs, max_tokens=MAX_TOKENS, device=network.device)

    def pairs(self, sources: Sequence[str], targets: Sequence[str]) -> PairsInMemory:
        """Texts and their translations in its pieces."""
        tokenizer = self.tokenizer
        return PairsInMemory(tokenizer.source.encode(sources), tokenizer.target.encode(targets))

    def activations(
        self,
        sentences: Sequence[str],
        targets: Sequence[str] | None = None,
        *,
        states: States = "normed",
    ) -> Trace:
        """What each layer makes of every word of sentences, and of their translations if these are
        given: for each layer from 0, the embeddings, on, ``[num_words, d]``.

        A word is a run of characters that are not blank. Sentences longer than the network has
        positions are read in windows. See `networks.trace.trace` for what exactly a vector is. The
        network is read anew at each call, so give all sentences at once.

        Args:
            sentences: texts for the encoder.
            targets: one translation each, for the decoder.
            states: of a pre-norm network "normed", what the layer above reads, through its layer
                norm, or "raw", what it normalises; a post-norm network has the same of either.

        Raises `InputError` for no sentences, for targets that are not one per sentence, and for
        other `states`.
        """
        if states not in get_args(States):
            raise InputError(f"states: {states!r}; give {' or '.join(get_args(States))}")
        _refuse_one_text("sentences", sentences)
        _refuse_one_text("targets", targets)
        source, target = self.tokenizer.source, self.tokenizer.target
        network = self.load()
        return trace(
            network,
            [source.align(raw_words(text)) for text in sentences],
            targets=None
            if targets is None
            else [target.align(raw_words(text)) for text in targets],
            states=states,
            max_tokens=MAX_TOKENS,
            max_positions=network.max_positions,
            device=network.device,
        )

    def attention(
        self, sources: Sequence[str], targets: Sequence[str] | None = None
    ) -> list[SentenceAttention]:
        """What its heads attend to: the maps of each sentence, in the order given.

        `maps["encoder_self"]` is ``[layers, heads, query, key]`` over the source positions; with
        targets there are `decoder_self` and `encoder_decoder` too, in which the query is a decoder
        position. A row sums to 1. Layers and heads count from 0 here; in the tables layers count
        from 1. All maps are in memory at once: their size grows with the square of the length.

        Raises `InputError` for no sources, for targets that are not one per source, and for a
        sentence longer than the network has positions.
        """
        _refuse_one_text("sources", sources)
        _refuse_one_text("targets", targets)
        tokenizer = self.tokenizer
        read = tokenizer.source.encode(sources)
        forced = None if targets is None else tokenizer.target.encode(targets)
        network = self.load(attention="eager")
        found = chain.from_iterable(attended(network, read, forced, device=network.device))
        frame, names, target_names = tokenizer.frame, tokenizer.source.names, tokenizer.target.names
        return [
            SentenceAttention(
                maps=one.maps,
                source=tuple(
                    names[i] for i in (*frame.source_before, *read[one.index], *frame.source_after)
                ),
                target=tuple(target_names[i] for i in (*frame.target_before, *forced[one.index]))
                if forced
                else (),
            )
            for one in sorted(found, key=lambda one: one.index)
        ]


def _checksum(file: Path) -> str:
    """Of a file, read once per process as long as it does not change: it may be large."""
    about = file.stat()
    return _checksum_of(file, about.st_size, about.st_mtime_ns)


@cache
def _checksum_of(file: Path, _size: int, _changed: int) -> str:
    return sha256(file)


def _refuse_one_text(name: str, texts: Sequence[str] | None) -> None:
    """Raise `InputError` for a text in place of a list of texts: its letters would be taken."""
    if isinstance(texts, str):
        raise InputError(f"{name}: one text where a list of texts belongs; write [text]")
