"""Which words a translation leaves out, and which it makes up, as the network tells that all others
were made from.

A source word is left out where the translation is at least as likely without it (contrastive
conditioning, Vamvas and Sennrich 2022). A word of the translation is made up where it is at least
as likely if nothing is read at all: its mutual information with the source is not above 0 (after
van der Poel et al. 2022). Attention cannot tell either (docs/log.md): where a word is left out, the
network looks at it, since it expects it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticketscope.damage.partners import places
from ticketscope.networks.network import Network
from ticketscope.networks.next_pieces import next_pieces
from ticketscope.networks.trace import raw_words
from ticketscope.steps.bench import Bench
from ticketscope.steps.word_maps import Side, fits

NO_PIECES: Final = "networks that are scored by CTranslate2 show no losses of single words"
Pair = tuple[str, str]
"""A source and a translation."""


class Contrasted(NamedTuple):
    """Of a pair: source words that are not said, and made-up words; None where nothing tells."""

    unsaid: list[int] | None
    unsupported: list[int] | None


def contrasted(base: Network, pairs: Sequence[Pair], bench: Bench) -> dict[Pair, Contrasted]:
    """Of each pair what it leaves out and makes up; those that the base cannot read at once are not
    there."""
    readable = [pair for pair in dict.fromkeys(pairs) if _fits(base, pair)]
    made_up: Sequence[list[int] | None] = [None] * len(readable)
    if not bench.panel.scores_by_engine:
        made_up = _unsupported(base, readable, bench)
    found = map(Contrasted, unsaid(base, readable, bench), made_up)
    return dict(zip(readable, found, strict=True))


def _fits(base: Network, pair: Pair) -> bool:
    source, target = base.tokenizer.source, base.tokenizer.target
    sides = Side.of(source.align(raw_words(pair[0]))), Side.of(target.align(raw_words(pair[1])))
    return fits(base.tokenizer.frame, base.max_positions, *sides)


def unsaid(base: Network, pairs: Sequence[Pair], bench: Bench) -> list[list[int]]:
    """Of each pair the source words without which the translation is at least as likely."""
    without = [
        (number, place, _without(source, place), target)
        for number, (source, target) in enumerate(pairs)
        for place in places(source)
    ]
    sources = [*(source for source, _ in pairs), *(source for _, _, source, _ in without)]
    targets = [*(target for _, target in pairs), *(target for _, _, _, target in without)]
    found: list[list[int]] = [[] for _ in pairs]
    if pairs:
        with bench.scoring(base) as losses_of:
            losses = losses_of(base.pairs(sources, targets)).negative_log_likelihood
        whole, rest = losses[: len(pairs)], losses[len(pairs) :]
        for (number, place, _, _), loss in zip(without, rest, strict=True):
            if loss <= whole[number]:
                found[number].append(place)
    return found


def _without(source: str, place: int) -> str:
    words = source.split()
    return " ".join((*words[:place], *words[place + 1 :]))


def _unsupported(base: Network, pairs: Sequence[Pair], bench: Bench) -> list[list[int]]:
    if not pairs:
        return []
    sources, targets = zip(*pairs, strict=True)
    loaded = base.load(device=bench.device)

    def losses(read: Sequence[str]) -> list[NDArray[np.float64]]:
        batch = base.pairs(read, targets)
        found = next_pieces(loaded, batch, max_tokens=bench.max_tokens, device=bench.device)
        return np.split(found.loss, np.cumsum(found.num_pieces)[:-1])

    align = base.tokenizer.target.align
    by_target = zip(targets, losses(sources), losses([""] * len(pairs)), strict=True)
    return [
        without_support(target, align(raw_words(target)).pieces_of_words, read, blind)
        for target, read, blind in by_target
    ]


def without_support(
    target: str,
    pieces_of_words: Sequence[Sequence[int]],
    read: NDArray[np.float64],
    blind: NDArray[np.float64],
) -> list[int]:
    """The words of a translation that are at least as likely if nothing is read.

    `pieces_of_words` are those of every word; `read` and `blind` the losses of all pieces with the
    source and without, in nats ``[num_pieces]``. A word without a piece is none.
    """
    gained = blind - read
    return [
        place
        for place in places(target)
        if pieces_of_words[place] and gained[list(pieces_of_words[place])].sum() <= 0
    ]
