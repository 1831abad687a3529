"""Intervals of shares over events that hang together in sentences, and of differences of two.

Where one sentence has several events, such as numbers to be copied, it may lose all of them at
once, and there are fewer independent ones than there are events. The score intervals of
`proportions` are taken with that smaller, effective number, so they hold at 0 and at 1 as well.
With one event per sentence they are those of `proportions` exactly.
"""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.proportions import newcombe, score_ends

Counts = NDArray[np.integer[Any]]
"""Whole numbers of each sentence, ``[num_sentences]``."""


def clustered_share(num_hit: Counts, num: Counts) -> Estimate:
    """The share of all events that are hit, with its 95 % interval.

    Wilson's interval with the effective number of events (Kott and Liu 2009): all events over the
    design effect, which is the variance of the share over sentences as wholes (a ratio of two sums,
    linearised) by that of independent events. Of how sentences hang together `num_hit` tells little
    where few sentences are hit, and nothing at 0: the estimate is averaged with the design effect
    of sentences that are hit whole or not at all, as if one more sentence had shown that.

    `num_hit` and `num` have one entry per sentence; sentences without events change nothing.
    Raises `ValueError` where there are no events, or more hits than events.
    """
    _check(num_hit, num)
    share = num_hit.sum() / num.sum()
    return Estimate(float(share), *score_ends(float(share), effective_number(num_hit, num)))


def clustered_difference(
    num_hit: Counts, num: Counts, other_hit: Counts, other_num: Counts
) -> Estimate:
    """The share of one network minus that of another on the same sentences, with its 95 % interval.

    Newcombe's method 10 with both effective numbers, and with the correlation of how far each
    sentence lies from the share of its network. The events of the two need not be the same ones:
    words of the translations are events, too.

    All are ``[num_sentences]``. Raises `ValueError` for unequal shapes, and as `clustered_share`.
    """
    _check(num_hit, num)
    _check(other_hit, other_num)
    if num.shape != other_num.shape:
        raise ValueError(f"clustered_difference: {num.shape} and {other_num.shape} sentences")
    return newcombe(
        (float(num_hit.sum() / num.sum()), effective_number(num_hit, num)),
        (float(other_hit.sum() / other_num.sum()), effective_number(other_hit, other_num)),
        together((num_hit, num), (other_hit, other_num)),
    )


def effective_number(num_hit: Counts, num: Counts) -> float:
    """How many independent events would tell the share as well; never more than there are."""
    total = float(num.sum())
    whole_sentences = float(num.astype(float) @ num) / total
    share = float(num_hit.sum()) / total
    num_telling = min(np.count_nonzero(num_hit), np.count_nonzero(num - num_hit))
    found = 0.0
    if 0 < share < 1:
        above = residuals(num_hit, num)
        found = float(above @ above) / (total * share * (1 - share))
    effect = (num_telling * found + whole_sentences) / (num_telling + 1)
    return total / max(effect, 1.0)


def residuals(num_hit: Counts, num: Counts) -> NDArray[np.float64]:
    """By how many hits each sentence is above the share of all, ``[num_sentences]``."""
    return np.asarray(num_hit - num * (num_hit.sum() / num.sum()), dtype=np.float64)


def together(ours: tuple[Counts, Counts], theirs: tuple[Counts, Counts]) -> float:
    """The correlation of the residuals of two shares, each given with its hits and events.

    One above 0 has Newcombe's correction for continuity, by which half of a product of two events
    goes off the sum of products: here of two effective events, each of which is as many events as
    there are to one.
    """
    above, other = residuals(*ours), residuals(*theirs)
    size = sqrt(float(above @ above) * float(other @ other))
    if not size:
        return 0.0
    product = float(above @ other)
    if product <= 0:
        return product / size
    of_one, of_other = (num.sum() / effective_number(hit, num) for hit, num in (ours, theirs))
    return float(max(product - of_one * of_other / 2, 0.0) / size)


def _check(num_hit: Counts, num: Counts) -> None:
    if num_hit.shape != num.shape or num.ndim != 1:
        raise ValueError(f"clustered_share: shapes {num_hit.shape} and {num.shape}")
    if not num.sum():
        raise ValueError("clustered_share: there is no event")
    if (num_hit < 0).any() or (num_hit > num).any():
        raise ValueError("clustered_share: a sentence has fewer events than hits, or hits below 0")
