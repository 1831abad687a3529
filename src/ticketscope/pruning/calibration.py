"""Pairs that a network reads, so that criteria see what it makes of text.

Padding never counts: each figure is over real positions, so that it depends neither on which pairs
share a batch nor on their order, but for rounding.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch

from ticketscope.corpus.parallel import Pair, pairs_of_files
from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.errors import InputError
from ticketscope.networks.batches import (
    Batch,
    Pairs,
    PairsInMemory,
    collate,
    epoch_batches,
    longer_side,
    num_batches,
    ordered_batches,
)
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import total_loss
from ticketscope.networks.network import MAX_TOKENS, Network
from ticketscope.networks.positions import positions_needed

SENTENCES = 128
"""How many pairs are enough to rank weights (Sun et al. 2024 take as many texts)."""

STEP_TOKENS = 512
"""Padded positions of a batch at the most where the network is trained on the pairs: few, since
what counts is how many steps they give."""

STEPS = 200
"""Of such a training at the least; then it ends with the pass through the pairs that it is in."""

_LOGITS = 2**27
"""Of a batch at the most: of a large vocabulary they are the largest tensor by far."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A network, and pairs that it can read.

    Args:
        network: reads it from disk, in evaluation mode, on the device where it shall compute; each
            call gives another one, which may be changed.
        pairs: in its pieces.
        max_tokens: padded positions of a batch at the most.
        rate: at which criteria that train the network move its weights.
    """

    network: Callable[[], LoadedNetwork]
    pairs: Pairs
    max_tokens: int = MAX_TOKENS
    rate: float = 1e-4

    def batches(self, network: LoadedNetwork) -> Iterator[Batch]:
        """All pairs, for a network that `network` has given."""
        return self._batches(network, self.max_tokens)

    def with_logits(self, network: LoadedNetwork) -> Iterator[Batch]:
        """The same for passes that compute logits, which take half a gigabyte at the most."""
        return self._batches(network, self._most_logits(network))

    def each(self, network: LoadedNetwork) -> Iterator[Batch]:
        """Every pair by itself."""
        return self._batches(network, 1)

    def training(self, network: LoadedNetwork, seed: int) -> Iterator[Batch]:
        """The batches of a training on the pairs, which a seed draws anew for each pass."""
        lengths, max_tokens = longer_side(self.pairs), _step_tokens(self.max_tokens)
        for number in range(self.trained.passes):
            for indices in epoch_batches(lengths, max_tokens, seed, number):
                yield collate(self.pairs, indices, network.frame).to(network.device)

    @property
    def trained(self) -> "Trained":
        """How many batches these are."""
        return trained_on(self.pairs, self.max_tokens)

    def loss(self, network: LoadedNetwork) -> float:
        """Negative log-likelihood of all targets, in nats. Raises as `total_loss`."""
        return total_loss(network, self.with_logits(network))

    def _batches(self, network: LoadedNetwork, max_tokens: int) -> Iterator[Batch]:
        for indices in ordered_batches(longer_side(self.pairs), max_tokens):
            yield collate(self.pairs, indices, network.frame).to(network.device)

    def _most_logits(self, network: LoadedNetwork) -> int:
        """As many positions as a batch may have where each has a logit per row of the output."""
        first, last = network.frame.labels
        return max(1, min(self.max_tokens, _LOGITS // (last - first)))

    def together(self, network: LoadedNetwork) -> Batch:
        """All pairs in one batch."""
        return collate(self.pairs, range(len(self.pairs)), network.frame).to(network.device)


class Trained(NamedTuple):
    """How long a network is trained on calibration pairs."""

    passes: int
    """Through all of them."""
    steps: int
    """In all passes together."""


def trained_on(pairs: Pairs, max_tokens: int) -> Trained:
    """How long a network is trained on these pairs: `STEPS`, rounded up to whole passes."""
    of_pass = num_batches(longer_side(pairs), _step_tokens(max_tokens))
    passes = math.ceil(STEPS / of_pass)
    return Trained(passes, passes * of_pass)


def _step_tokens(max_tokens: int) -> int:
    return min(max_tokens, STEP_TOKENS)


def drawn_of(pairs: Pairs, num: int, seed: int) -> PairsInMemory:
    """At most so many of pairs that are encoded already, drawn by a seed, in their order."""
    generator = np.random.default_rng(seed)
    chosen = generator.choice(len(pairs), min(num, len(pairs)), replace=False)
    chosen.sort()
    return PairsInMemory(
        [list(pairs.source(int(i))) for i in chosen], [list(pairs.target(int(i))) for i in chosen]
    )


# ----------------------------------------------------------------------------- from files


@dataclass(frozen=True, kw_only=True)
class CalibrationText:
    """Pairs drawn from files for a network.

    Args:
        text: those that it can read, in the order of the files.
        num_read: how many pairs the files have.
        num_empty: how many of them lack a side; these are not drawn.
        num_too_long: how many were drawn and are longer than the network has positions.
    """

    text: ParallelText
    num_read: int
    num_empty: int
    num_too_long: int

    def __str__(self) -> str:
        left_out = [
            f"{num:,} {why}"
            for num, why in (
                (self.num_empty, "without a side left out"),
                (self.num_too_long, "drawn and left out as too long for the network"),
            )
            if num
        ]
        taken = f"{len(self.text.source):,} of {self.num_read:,} pairs"
        return "; ".join([taken, *left_out])

    @property
    def num_words(self) -> int:
        """Of all targets; a word is a run of characters that are not blank."""
        return sum(len(target.split()) for target in self.text.target)


@dataclass(frozen=True, kw_only=True)
class CalibrationFiles:
    """Pairs in files, and how a network reads them.

    Args:
        prefix: the path of both files without the language that ends it.
        source, target: the languages: en, de.
        sentences: how many pairs are drawn from them.
        device, dtype: where the network reads them, and in which type. float16 is none of these:
            gradients vanish in it.
        batch_tokens: padded positions of a batch at the most.
        called: what messages call them.

    Raises `InputError` for settings that cannot be.
    """

    prefix: str
    source: str
    target: str
    sentences: int = SENTENCES
    device: str = "cpu"
    dtype: Literal["float32", "bfloat16"] = "float32"
    batch_tokens: int = MAX_TOKENS
    called: str = "calibration"

    def __post_init__(self) -> None:
        for name in ("sentences", "batch_tokens"):
            if getattr(self, name) < 1:
                raise InputError(f"{self.called}: {name} is {getattr(self, name)}; give 1 or more")
        if self.dtype not in ("float32", "bfloat16"):
            raise InputError(f"{self.called}: dtype is {self.dtype}; give float32 or bfloat16")
        if self.device != "cpu" and not torch.cuda.is_available():
            raise InputError(
                f"{self.called}: device is {self.device}, but this machine has no GPU that torch "
                "can use; give cpu"
            )

    def drawn(self, network: Network, seed: int) -> CalibrationText:
        """Draw pairs for a network, each with both sides as likely as any other. The files are
        streamed.

        Raises `InputError` for a file that is not there or damaged, and where no pair is left.
        """
        pairs = pairs_of_files(self.called, self.prefix, (self.source, self.target))
        drawn, num_read, num_empty = _drawn(pairs, self.sentences, seed)
        sides = [source for source, _ in drawn], [target for _, target in drawn]
        fits = positions_needed(network.tokenizer, *sides) <= network.max_positions
        kept = [pair for pair, is_short in zip(drawn, fits, strict=True) if is_short]
        if not kept:
            raise InputError(
                f"{self.called}: {self.prefix}: no pair is left: of {num_read:,} pairs "
                f"{num_empty:,} lack a side, and {len(drawn)} that were drawn are longer than the "
                f"{network.max_positions} positions of the network"
            )
        sources, targets = zip(*kept, strict=True)
        return CalibrationText(
            text=ParallelText(sources, targets),
            num_read=num_read,
            num_empty=num_empty,
            num_too_long=len(drawn) - len(kept),
        )

    def read(self, network: Network, text: CalibrationText) -> Calibration:
        """A network with the pairs that were drawn for it."""
        return Calibration(
            network=lambda: network.load(device=self.device, dtype=self.dtype),
            pairs=network.pairs(text.text.source, text.text.target),
            max_tokens=self.batch_tokens,
        )


def _drawn(pairs: Iterable[Pair], num: int, seed: int) -> tuple[list[Pair], int, int]:
    """At most `num` pairs in their order, how many there are, and how many of these lack a side
    (reservoir sampling: Vitter 1985, algorithm R)."""
    generator = random.Random(seed)
    reservoir: list[tuple[int, Pair]] = []
    num_read = num_whole = 0
    for pair in pairs:
        num_read += 1
        if not all(pair):
            continue
        num_whole += 1
        if len(reservoir) < num:
            reservoir.append((num_read, pair))
        elif (place := generator.randrange(num_whole)) < num:
            reservoir[place] = (num_read, pair)
    return [pair for _, pair in sorted(reservoir)], num_read, num_read - num_whole
