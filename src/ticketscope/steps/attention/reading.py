"""What a network attends to in the sentences of a run, in a file: it reads them once.

Its heads are described and compared with those of all others from there, so that one network at a
time is in memory, and the maps of a few sentences.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ticketscope.files import appearing
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.network import Network
from ticketscope.networks.trace import (
    DECODER_SELF,
    ENCODER_DECODER,
    ENCODER_SELF,
    KINDS,
    attended,
)
from ticketscope.steps.word_maps import Side, Unfit, WordMaps, fits, of_words, unfit

Sides = tuple[Side, Side | None]
"""A sentence by words, and its translation where that is read."""
MODULES: Mapping[str, str] = {
    ENCODER_SELF: "encoder",
    DECODER_SELF: "decoder",
    ENCODER_DECODER: "decoder",
}
"""The stack that the heads of a kind are in."""


class Reading:
    """The maps of the sentences that a network can read at once.

    `sides` are all sentences, in the order of the run; all have a translation, or none.
    `num_heads`: by kind, of each layer; `num_maps`: by kind, of all layers.
    """

    def __init__(self, network: Network, sides: Sequence[Sides], path: Path) -> None:
        self.sides, self._path = sides, path
        self.kinds = KINDS if all(target for _, target in sides) else KINDS[:1]
        shape, self._tokenizer = network.shape, network.tokenizer
        self._room = self._tokenizer.frame, network.max_positions
        self.num_heads = {kind: shape.heads[MODULES[kind]] for kind in self.kinds}
        self.num_maps = {
            kind: shape.heads[module] * shape.layers[module]
            for kind, module in MODULES.items()
            if kind in self.kinds
        }

    @classmethod
    def of(
        cls,
        network: Network,
        sides: Sequence[Sides],
        path: Path,
        load: Callable[[], LoadedNetwork],
    ) -> "Reading":
        """What is at `path`; if nothing is there yet, the network is loaded and reads."""
        found = cls(network, sides, path)
        if not path.exists():
            with appearing(path) as file:
                found._write(load(), file)
        return found

    @cached_property
    def unfits(self) -> list[Unfit | None]:
        """Why a sentence has no map of words, None where it has one."""
        return [unfit(*self._room, *sides) for sides in self.sides]

    @cached_property
    def read(self) -> list[bool]:
        """Whether a sentence was read: it has the positions for it."""
        return [fits(*self._room, *sides) for sides in self.sides]

    def sees_pieces_of(self, other: "Reading") -> bool:
        """Whether both networks read the same pieces."""
        ours, theirs = self._tokenizer, other._tokenizer
        return (ours.digest, ours.frame) == (theirs.digest, theirs.frame)

    # ------------------------------------------------------------------- maps

    def maps(self, place: int) -> dict[str, NDArray[np.float32]]:
        """Of the pieces of a sentence that was read: by kind ``[heads of all layers, query, key]``,
        of `decoder_self` exactly 0 for later keys."""
        shapes = self._shapes(place)
        sizes = [prod(shape) for shape in shapes.values()]
        numbers = np.fromfile(
            self._path, np.float32, sum(sizes), offset=int(self._first_bytes[place])
        )
        parts = np.split(numbers, np.cumsum(sizes)[:-1])
        return {
            kind: part.reshape(shape)
            for (kind, shape), part in zip(shapes.items(), parts, strict=True)
        }

    def word_maps(self, place: int) -> WordMaps:
        """Of the words of a sentence that has such maps."""
        return of_words(self.maps(place), self._tokenizer.frame, *self.sides[place])

    def _write(self, network: LoadedNetwork, path: Path) -> None:
        places = [place for place, was_read in enumerate(self.read) if was_read]
        sources = [self.sides[place][0].ids for place in places]
        targets = [side.ids for place in places if (side := self.sides[place][1])]
        with path.open("wb") as file:
            if not places:
                return
            for batch in attended(network, sources, targets or None, device=network.device):
                for one in batch:
                    file.seek(int(self._first_bytes[places[one.index]]))
                    for kind in self.kinds:
                        file.write(one.maps[kind].tobytes())

    def _shapes(self, place: int) -> dict[str, tuple[int, int, int]]:
        source, target = self.sides[place]
        frame, _ = self._room
        num_source = len(source.ids) + frame.num_source
        num_target = len(target.ids) + frame.num_target if target else 0
        positions = {
            ENCODER_SELF: (num_source, num_source),
            DECODER_SELF: (num_target, num_target),
            ENCODER_DECODER: (num_target, num_source),
        }
        return {kind: (self.num_maps[kind], *positions[kind]) for kind in self.kinds}

    @cached_property
    def _first_bytes(self) -> NDArray[np.int64]:
        """Where in the file each sentence begins."""
        sizes = [
            sum(map(prod, self._shapes(place).values())) if was_read else 0
            for place, was_read in enumerate(self.read)
        ]
        numbers = np.array(sizes, dtype=np.int64)
        return (np.cumsum(numbers) - numbers) * np.dtype(np.float32).itemsize
