"""The word vectors of an encoder on disk, in RUN/features, while its probes are trained on them."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ticketscope.config import States
from ticketscope.errors import JobError
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.panel import Extent
from ticketscope.networks.trace import trace
from ticketscope.probing.prepared import Spans
from ticketscope.runs.seals import DamagedError, verify, write_sealed
from ticketscope.text.tokenizer import AlignedSentence

_INDEX = "index.json"
_SENTENCES_AT_ONCE = 2_000
_log = logging.getLogger(__name__)


def feature_bytes(num_words: int, shape: Extent) -> int:
    """What the word vectors of one encoder take on disk."""
    return num_words * (shape.encoder_layers + 1) * shape.width * 2


def is_extracted(folder: Path) -> bool:
    """Whether a sitting that was killed left the word vectors whole."""
    if not folder.exists():
        return False
    try:
        verify(folder / _INDEX, "it is made again")
    except DamagedError as error:
        _log.warning("%s", error)
        return False
    return True


def extract(
    network: LoadedNetwork,
    sentences: Sequence[AlignedSentence],
    folder: Path,
    *,
    states: States,
    max_tokens: int,
    max_positions: int,
) -> None:
    """Write the vectors of all words that have a piece, one float16 file per layer, sentence by
    sentence, and seal them. Raises `JobError` for values that float16 cannot hold."""
    num_words = sum(bool(pieces) for s in sentences for pieces in s.pieces_of_words)
    layers: list[np.memmap[Any, np.dtype[np.float16]]] = []
    done = 0
    for start in range(0, len(sentences), _SENTENCES_AT_ONCE):
        found = trace(
            network,
            sentences[start : start + _SENTENCES_AT_ONCE],
            states=states,
            max_tokens=max_tokens,
            max_positions=max_positions,
            device=network.device,
        ).encoder
        if not layers:
            layers = [
                _mapped(folder / f"{number}.npy", (num_words, layer.shape[1]))
                for number, layer in enumerate(found)
            ]
        end = done + len(found[0])
        for number, (kept, layer) in enumerate(zip(layers, found, strict=True)):
            if not (np.abs(layer) < np.finfo(np.float16).max).all():
                raise JobError(
                    f"layer {number} of {network.model.name_or_path or 'the encoder'} has "
                    "activations that are not finite or too large to keep: the training diverged; "
                    "lower training.peak_rate"
                )
            kept[done:end] = layer
        done = end
    for kept in layers:
        kept.flush()
    write_sealed(folder / _INDEX, {}, folder.iterdir())


def _mapped(path: Path, shape: tuple[int, int]) -> np.memmap[Any, np.dtype[np.float16]]:
    """A file of float16 to write to. Its room is taken at once: where a disk is full, writing to
    a mapped file would kill the process."""
    mapped = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return mapped


@dataclass(frozen=True)
class Features:
    """The word vectors of an encoder on disk.

    Args:
        folder: one file ``[words with a piece, d]`` per layer.
        row_of_word: ``[num_words]``, where each word is in these files; -1 for one without a piece.
    """

    folder: Path
    row_of_word: NDArray[np.int64]

    @classmethod
    def of(cls, folder: Path, sentences: Sequence[AlignedSentence]) -> "Features":
        """The features of these sentences."""
        has_piece = np.array([bool(p) for s in sentences for p in s.pieces_of_words])
        return cls(folder, np.where(has_piece, np.cumsum(has_piece) - 1, -1))

    def vectors(self, spans: Spans) -> Tensor:
        """The mean vectors of spans of words in every layer, ``[layers, num_spans, d]``, float32.

        Words without a piece count for nothing; a span of such words alone is the zero vector.
        """
        lengths = spans[:, 1] - spans[:, 0]
        offsets = np.cumsum(lengths) - lengths
        words = np.arange(lengths.sum()) + np.repeat(spans[:, 0] - offsets, lengths)
        rows = self.row_of_word[words]
        bag_of_word = np.repeat(np.arange(len(spans)), lengths)[rows >= 0]
        needed, places = np.unique(rows[rows >= 0], return_inverse=True)
        starts = np.searchsorted(bag_of_word, np.arange(len(spans)))
        files = sorted(self.folder.glob("*.npy"), key=lambda path: int(path.stem))
        maps = [np.load(path, mmap_mode="r") for path in files]
        vectors = torch.empty(len(maps), len(spans), maps[0].shape[1])
        for layer, on_disk in zip(vectors, maps, strict=True):
            layer[:] = functional.embedding_bag(
                torch.from_numpy(places),
                torch.from_numpy(on_disk[needed].astype(np.float32)),
                torch.from_numpy(starts),
                mode="mean",
            )
        return vectors
