"""What is timed: a network in each engine that computes it.

A network of transformers' is converted for CTranslate2 in float32 and in int8; one of CTranslate2's
is timed as it is stored. The first dense network is timed in transformers, too, so that what an
engine gains can be seen beside what pruning does.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal, Protocol

import torch

from ticketscope.config import Study
from ticketscope.networks.decoding.conversion import ComputeType, convert
from ticketscope.networks.decoding.engine import Engine, batched
from ticketscope.networks.decoding.engine_folder import EngineFolder
from ticketscope.networks.generate import generated
from ticketscope.networks.network import Network
from ticketscope.networks.stored_weights import all_files
from ticketscope.runs.store import LevelId

FLOAT: Final = "ctranslate2-float32"
INT8: Final = "ctranslate2-int8"
TORCH: Final = "transformers-float32"
_CONVERTED: Final[tuple[ComputeType, ...]] = ("float32", "int8")

Pieces = Sequence[int]


class Decode(Protocol):
    """Translates sentences, from pieces to pieces."""

    def __call__(self, read: Sequence[Pieces], *, beam: int, batch: int) -> list[list[int]]:
        """Translations in the order of `read`; `batch` sentences are decoded together."""


@dataclass(frozen=True)
class Opened:
    """A network in memory, ready to be timed.

    Args:
        decode: translates with it.
        num_bytes: of its weights in memory.
    """

    decode: Decode
    num_bytes: int


@dataclass(frozen=True, eq=False)
class Timed:
    """A network as an engine has it on disk.

    Args:
        label: of the network.
        engine: what it is called in the table.
        read: the sentences, in its pieces.
        num_bytes: of its weights on disk.
        open: reads it; given the number of threads.
    """

    label: LevelId
    engine: str
    read: list[list[int]]
    num_bytes: int
    open: Callable[[int], Opened]


def threads_of(study: Study) -> tuple[int, ...]:
    """With how many threads networks are timed."""
    return study.speed.threads or (study.threads,)


def timed(
    network: Network, texts: Sequence[str], folder: Path, study: Study, *, in_torch: bool
) -> Iterator[Timed]:
    """A network in each engine that it is timed in; the first is that in which its quality is
    measured. `folder` is for what is converted, and must stay."""
    stored, tokenizer, label = network.stored, network.tokenizer, network.label
    assert label is not None
    read = tokenizer.source.encode(texts)
    if isinstance(stored, EngineFolder):
        name = stored.header.compute_type.removesuffix("_float32")
        opened = partial(_in_engine, network, stored.path, "default", study)
        yield Timed(label, f"ctranslate2-{name}", read, stored.num_bytes, opened)
        return
    for kind in _CONVERTED:
        place = folder / kind
        convert(stored, tokenizer, place, kind)
        opened = partial(_in_engine, network, place, kind, study)
        yield Timed(label, f"ctranslate2-{kind}", read, EngineFolder(place).num_bytes, opened)
    if in_torch:
        longest = network.max_positions - tokenizer.frame.num_source
        num_bytes = sum(file.stat().st_size for file in all_files(stored.stored))
        short = [pieces[:longest] for pieces in read]
        yield Timed(label, TORCH, short, num_bytes, partial(_in_torch, network, study))


def _in_engine(
    network: Network,
    place: Path,
    kind: ComputeType | Literal["default"],
    study: Study,
    threads: int,
) -> Opened:
    engine = Engine(place, network.tokenizer.frame, threads=threads, compute_type=kind)

    def decode(read: Sequence[Pieces], *, beam: int, batch: int) -> list[list[int]]:
        return engine.translate(
            read,
            beam=beam,
            length_penalty=study.quality.length_penalty,
            max_decoding_length=study.quality.max_decoding_length,
            batch_size=batch,
        )

    return Opened(decode, engine.num_bytes)


def _in_torch(network: Network, study: Study, threads: int) -> Opened:
    loaded = network.load(dtype="float32")

    def decode(read: Sequence[Pieces], *, beam: int, batch: int) -> list[list[int]]:
        said: list[list[int]] = [[] for _ in read]
        # Batches are of neighbours in length, as in `Engine.translate`.
        by_length = sorted(range(len(read)), key=lambda number: len(read[number]))
        with _threads(threads):
            for numbers in batched(by_length, batch):
                found = generated(
                    loaded,
                    [read[number] for number in numbers],
                    study.quality.max_decoding_length,
                    beam=beam,
                    length_penalty=study.quality.length_penalty,
                )
                for number, pieces in zip(numbers, found, strict=True):
                    said[number] = pieces
        return said

    return Opened(decode, int(loaded.model.get_memory_footprint()))


@contextmanager
def _threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
