"""Intervals of sums and differences of shares: a gap between two groups, and its change.

The gap of a network is a difference of two shares, such as of right answers about the one and the
other kind of sentences. How much wider it is than that of another network is a difference of two
differences on the same sentences. What Newcombe's method 10 does for two shares is done here for
any number of them: the distances to the ends of their own intervals are added up by how far the
shares go together (MOVER: Zou and Donner 2008, with the correlations of dependent shares).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from ticketscope.measures.clustered import Counts, clustered_share, together
from ticketscope.measures.estimate import Estimate


@dataclass(frozen=True, eq=False)
class Term:
    """A share over events that hang together in groups, with its sign in a sum.

    Args:
        sign: 1 or −1.
        num_hit: of each group, ``[num_groups]``.
        num: likewise; some group has an event.
        is_f1: the share is that of Jaccard, hits of all that are one or said to be one, and F1 is
            meant, which follows from it: 2 J / (1 + J) (its interval so: Lam and Wong 2023).
    """

    sign: int
    num_hit: Counts
    num: Counts
    is_f1: bool = False

    def estimate(self) -> Estimate:
        """The share, or F1, with its own interval."""
        share = clustered_share(self.num_hit, self.num)
        assert share.lower is not None
        assert share.upper is not None
        ends = (share.value, share.lower, share.upper)
        return Estimate(*(2 * end / (1 + end) for end in ends)) if self.is_f1 else share

    def minus(self) -> "Term":
        """The same with the other sign."""
        return Term(-self.sign, self.num_hit, self.num, self.is_f1)


def combined(terms: Sequence[Term]) -> Estimate:
    """The sum of all terms by their signs, with its 95 % interval.

    All terms are about the same groups. With two of opposite signs it is `clustered_difference`.
    Raises `ValueError` as `clustered_share` does.
    """
    found = [term.estimate() for term in terms]
    value = sum(term.sign * each.value for term, each in zip(terms, found, strict=True))
    correlations = [[_correlation(one, other) for other in terms] for one in terms]

    def reach(is_upper: bool) -> float:
        """How far one end lies from the value."""
        signed = []
        for term, each in zip(terms, found, strict=True):
            assert each.lower is not None
            assert each.upper is not None
            goes_up = is_upper == (term.sign > 0)
            signed.append(
                term.sign * (each.upper - each.value if goes_up else each.value - each.lower)
            )
        square = sum(
            a * b * correlation
            for a, row in zip(signed, correlations, strict=True)
            for b, correlation in zip(signed, row, strict=True)
        )
        return sqrt(max(square, 0.0))

    return Estimate(value, value - reach(False), value + reach(True))


def _correlation(one: Term, other: Term) -> float:
    if one is other:
        return 1.0
    return together((one.num_hit, one.num), (other.num_hit, other.num))
