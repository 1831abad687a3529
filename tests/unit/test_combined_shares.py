"""Gaps of shares and their changes: Newcombe's for two shares, F1 by its counts, coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.measures.clustered import clustered_difference, clustered_share
from ticketscope.measures.combined_shares import Term, combined
from ticketscope.measures.estimate import Estimate

seeds = st.integers(0, 2**32 - 1)


def counts(seed: int) -> tuple[np.ndarray, ...]:
    """Events of each of twelve groups, and how many are hit in four ways."""
    generator = np.random.default_rng(seed)
    num = generator.integers(1, 6, 12)
    return num, *(generator.integers(0, num + 1) for _ in range(4))


def same(found: Estimate, known: Estimate) -> bool:
    return (found.value, found.lower, found.upper) == pytest.approx(
        (known.value, known.lower, known.upper), abs=1e-12
    )


@given(seeds)
def test_one_term_is_a_share_and_two_are_a_difference(seed: int) -> None:
    num, ours, theirs, _, _ = counts(seed)
    assert same(combined([Term(1, ours, num)]), clustered_share(ours, num))
    difference = clustered_difference(ours, num, theirs, num)
    assert same(combined([Term(1, ours, num), Term(-1, theirs, num)]), difference)


@given(seeds)
def test_the_change_of_a_gap_turns_round_with_its_sides(seed: int) -> None:
    num, a, b, c, d = counts(seed)
    terms = [Term(1, a, num), Term(-1, b, num), Term(-1, c, num), Term(1, d, num)]
    change, turned = combined(terms), combined([term.minus() for term in terms])
    assert same(turned, Estimate(-change.value, -change.upper, -change.lower))
    assert change.lower < change.value < change.upper
    shares = [hit.sum() / num.sum() for hit in (a, b, c, d)]
    assert change.value == pytest.approx(shares[0] - shares[1] - shares[2] + shares[3])


def test_f1_follows_from_the_share_of_jaccard() -> None:
    # 6 right of 8 that are male, and 2 more that are said to be: precision and recall are 6/8.
    term = Term(1, np.array([3, 3]), np.array([5, 5]), is_f1=True)
    assert term.estimate().value == pytest.approx(0.75)
    assert 0.4 < term.estimate().lower < 0.75 < term.estimate().upper < 1


def test_no_change_is_certain_where_all_is_right_or_nothing_differs() -> None:
    num, ours, theirs, _, _ = counts(3)
    for one, other in ((ours, theirs), (num, num), (0 * num, 0 * num)):
        gap = [Term(1, one, num), Term(-1, other, num)]
        change = combined([*gap, *(term.minus() for term in gap)])
        assert change.value == 0
        assert change.lower < 0 < change.upper


@pytest.mark.slow
def test_intervals_of_a_change_cover_it() -> None:
    """Forty groups of four sentences for and four against, whose groups differ; a second network
    answers most as the first does."""
    generator = np.random.default_rng(0)

    def drawn(num_groups: int) -> list[np.ndarray]:
        tends = generator.normal(size=(num_groups, 1))
        found = []
        for start, sign in ((1.4, 1), (0.0, -1)):
            chance = 1 / (1 + np.exp(-start - sign * tends))
            first, changed, again = generator.random((3, num_groups, 4))
            ours = first < chance
            theirs = np.where(changed < 0.2, again < chance - 0.1 * (1 - sign), ours)
            found += [ours.sum(axis=1), theirs.sum(axis=1)]
        return found

    def gaps(of: list[np.ndarray], num: np.ndarray) -> tuple[Estimate, Estimate]:
        gap = [Term(1, of[0], num), Term(-1, of[2], num)]
        other = [Term(-1, of[1], num), Term(1, of[3], num)]
        return combined(gap), combined([*gap, *other])

    many = np.full(200_000, 4)
    truth = [each.value for each in gaps(drawn(len(many)), many)]
    few = np.full(40, 4)
    covered = np.array(
        [
            [
                e.lower <= true <= e.upper
                for e, true in zip(gaps(drawn(40), few), truth, strict=True)
            ]
            for _ in range(400)
        ]
    ).mean(axis=0)
    assert (covered > 0.93).all(), covered
