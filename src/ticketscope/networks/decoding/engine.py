"""Translations and log-probabilities by CTranslate2, from ids to ids.

A frame's special ids are handed over by name: those around a source as a part of it, what the
decoder is fed beside its start symbol as a prefix of the target, which no translation holds.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, TypeVar

import ctranslate2
import numpy as np

from ticketscope.errors import InputError
from ticketscope.networks.batches import Pairs, PieceIds, longer_side, ordered_batches
from ticketscope.networks.decoding.engine_folder import EngineFolder
from ticketscope.networks.loss import SentenceLosses
from ticketscope.networks.trace.rows import check_lengths
from ticketscope.text.tokenizer import Frame

T = TypeVar("T")
ComputeType = Literal["float32", "int8", "default"]

ENGINE: Final = f"ctranslate2-{ctranslate2.__version__}"
"""What computes, as a signature names it."""


class Engine:
    """A network in memory, as CTranslate2 has it.

    Attributes:
        max_positions: of a side, special symbols included.
        num_bytes: of its weights in memory, in the type in which it computes.
    """

    def __init__(
        self, folder: Path, frame: Frame, *, threads: int, compute_type: ComputeType
    ) -> None:
        """Load a directory of CTranslate2's.

        Args:
            folder: the directory.
            frame: the ids around the pieces of its texts; ids are its rows.
            threads: how many threads compute.
            compute_type: the weights are brought into it now; `default` is that in which they are
                stored.
        """
        stored = EngineFolder(folder)
        self._engine = _loaded(folder, threads, compute_type)
        self.max_positions: Final = stored.max_positions
        self.num_bytes: Final = stored.header.num_bytes_in(self._engine.compute_type)
        self._frame: Final = frame
        self._read, self._said = stored.names
        self._ids: Final = {name: number for number, name in enumerate(self._said)}
        self._suppressed: Final = [[self._said[i]] for i in frame.silent(len(self._said))]
        self._before, self._after = stored.around(frame)
        self._fed: Final = [self._said[number] for number in frame.target_before[1:]]
        # A network without a start symbol of its own takes the first that it is given.
        starts = frame.target_before[:1] if stored.start is None else ()
        self._given: Final = [*(self._said[number] for number in starts), *self._fed]

    @property
    def longest(self) -> int:
        """The most pieces that a translation can have, end of sentence included."""
        return self.max_positions - len(self._fed)

    @property
    def longest_window(self) -> int:
        """The most pieces of a source that are read at once."""
        return self.max_positions - self._frame.num_source

    def translate(
        self,
        sources: Sequence[Sequence[int]],
        *,
        beam: int,
        length_penalty: float,
        max_decoding_length: int,
        batch_size: int,
    ) -> list[list[int]]:
        """Translate sentences given as ids without what the frame adds; ids in their order.

        The score of a hypothesis is its log-probability over its length to the power
        `length_penalty`, end of sentence included. A sentence without pieces stays empty. One
        that is longer than the model has positions is translated in windows of that length, each in
        the whole frame, so that nothing is dropped. Batches are made of neighbours in length, ties
        in the order given: the same sentences in the same order always give the same translations.

        Raises `InputError` when `max_decoding_length` exceeds the positions of the model.
        """
        if max_decoding_length > self.longest:
            raise InputError(
                f"max_decoding_length: {max_decoding_length} pieces, but the model has "
                f"{self.longest} positions; lower it to that"
            )
        longest = self.longest_window
        windows = [
            (sentence, self._source(pieces[start : start + longest]))
            for sentence, pieces in enumerate(sources)
            for start in range(0, len(pieces), longest)
        ]
        by_length = sorted(range(len(windows)), key=lambda window: len(windows[window][1]))
        decoded: list[list[int]] = [[]] * len(windows)
        num_fed = len(self._fed)
        for batch in batched(by_length, batch_size):
            results = self._engine.translate_batch(
                [windows[window][1] for window in batch],
                target_prefix=[self._given for _ in batch] if self._given else None,
                beam_size=beam,
                length_penalty=length_penalty,
                max_decoding_length=num_fed + max_decoding_length,
                min_decoding_length=0,
                max_input_length=0,
                suppress_sequences=self._suppressed,
            )
            for window, result in zip(batch, results, strict=True):
                decoded[window] = [self._ids[name] for name in result.hypotheses[0][num_fed:]]
        translations: list[list[int]] = [[] for _ in sources]
        for (sentence, _), pieces in zip(windows, decoded, strict=True):
            translations[sentence].extend(pieces)
        return translations

    def losses(self, pairs: Pairs, *, max_tokens: int) -> SentenceLosses:
        """The loss of every pair, in their order: over its pieces and its end, not over what the
        frame forces.

        Unlike in torch here, ids that are never said have their share of probabilities. Raises
        `InputError` for a sentence longer than the model has positions.
        """
        check_lengths(self._frame, self.max_positions, pairs.source_lengths, pairs.target_lengths)
        nll = np.zeros(len(pairs))
        for indices in ordered_batches(longer_side(pairs), max_tokens):
            scored = self._engine.score_batch(
                [self._source(pairs.source(int(i))) for i in indices],
                [[*self._given, *(self._said[n] for n in pairs.target(int(i)))] for i in indices],
                max_input_length=0,
            )
            nll[indices] = [
                -np.sum(one.log_probs[len(self._fed) :], dtype=np.float64) for one in scored
            ]
        return SentenceLosses(nll, pairs.target_lengths.astype(np.int64) + 1)

    def _source(self, pieces: PieceIds) -> list[str]:
        return [*self._before, *(self._read[number] for number in pieces), *self._after]


def _loaded(folder: Path, threads: int, compute_type: ComputeType) -> ctranslate2.Translator:
    try:
        return ctranslate2.Translator(
            str(folder),
            device="cpu",
            compute_type=compute_type,
            inter_threads=1,
            intra_threads=threads,
        )
    except (RuntimeError, ValueError) as error:
        raise InputError(
            f"{folder}: CTranslate2 {ctranslate2.__version__} cannot load it "
            f"({str(error).splitlines()[0][:200]}); convert the network again"
        ) from None


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter; nothing is read further ahead."""
    iterator = iter(items)
    return iter(lambda: list(itertools.islice(iterator, size)), [])
