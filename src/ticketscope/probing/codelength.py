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

FRACTIONS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Codelength:
    """The cost of the gold classes of the training items.

    Args:
        bits: `[layers, seeds]`, by online coding.
        uniform_bits: what they cost if every class is as likely as any other.
    """

    bits: NDArray[np.float64]
    uniform_bits: float


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
    stops training early and is not counted. Otherwise as `probes.train`.
    """
    cuts = _cuts(train.starts())
    per_item = log2(num_classes)
    first_block = cuts[0] * per_item
    nats: NDArray[np.float64] | float = 0.0
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
        nats = nats + probed.test.losses * len(block)
    bits = np.full((len(features), len(seeds)), first_block) + nats / log(2)
    return Codelength(bits, len(train) * per_item)


def _cuts(starts: NDArray[np.int64]) -> list[int]:
    """Where blocks end; the last one ends with the last item. `starts` as `Items.starts` gives."""
    num_items = int(starts[-1])
    ends = starts[1:]
    wanted = [ceil(fraction * num_items) for fraction in FRACTIONS]
    return sorted({int(ends[np.searchsorted(ends, number)]) for number in wanted})
