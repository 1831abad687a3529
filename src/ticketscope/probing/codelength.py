"""How many bits the gold classes take when probes transmit them: online coding.

Voita and Titov (2020): the first block of items is sent by a uniform code; each further block by
the probe that was trained on all blocks before. The fewer bits, the easier the classes are to read
off a layer, the work of learning included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log, log2

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.probing.descent import LIU, Protocol
from ticketscope.probing.items import Items
from ticketscope.probing.probes import train as train_probes
from ticketscope.tables.probes import CAPPED

FRACTIONS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Codelength:
    """The cost of the gold classes of the training items.

    Args:
        bits: `[layers, seeds]`, by online coding.
        uniform_bits: what they cost if every class is as likely as any other.
        num_capped: `[layers, seeds]`, how many probes of blocks were cut off before they had
            learned, which makes the code longer than need be.
        num_probes: blocks that probes send, in each layer and seed.
    """

    bits: NDArray[np.float64]
    uniform_bits: float
    num_capped: NDArray[np.int64]
    num_probes: int


def codelength(
    features: Tensor,
    train: Items,
    validation: Items,
    *,
    num_classes: int,
    seeds: Sequence[int],
    protocol: Protocol = LIU,
    hidden: int | None = None,
) -> Codelength:
    """The online codelength of the classes of `train`, in bits, for each layer and seed.

    Items are sent in the order they come in; blocks are cut at `FRACTIONS` of the items, each at
    the next end of a sentence, and fractions that end in the same sentence are one. `validation`
    stops training early and is not counted. Features may be standardised over all of `train`: both
    ends know the words, only classes are sent. Otherwise as `probes.train`.
    """
    cuts = _cuts(train.starts())
    per_item = log2(num_classes)
    first_block = cuts[0] * per_item
    nats = np.zeros((len(features), len(seeds)))
    num_capped = np.zeros(nats.shape, dtype=np.int64)
    for known, upto in pairwise(cuts):
        block = train.part(known, upto)
        probed = train_probes(
            features,
            train.part(0, known),
            validation,
            block,
            num_classes=num_classes,
            seeds=seeds,
            protocol=protocol,
            hidden=hidden,
        )
        nats += probed.test.losses * len(block)
        num_capped += probed.stopped == CAPPED
    return Codelength(first_block + nats / log(2), len(train) * per_item, num_capped, len(cuts) - 1)


def _cuts(starts: NDArray[np.int64]) -> list[int]:
    """Where blocks end; the last one ends with the last item. `starts` as `Items.starts` gives."""
    num_items = int(starts[-1])
    ends = starts[1:]
    wanted = [ceil(fraction * num_items) for fraction in FRACTIONS]
    return sorted({int(ends[np.searchsorted(ends, number)]) for number in wanted})
