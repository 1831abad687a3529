"""Shares of events in sentences: Wilson's and Newcombe's for one per sentence; coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.measures.clustered import clustered_difference, clustered_share, effective_number
from ticketscope.measures.proportions import paired_difference, wilson

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


@given(pairs)
def test_one_event_per_sentence_is_wilson_and_newcombe(answers: list[tuple[bool, bool]]) -> None:
    ours, theirs = (np.array(side) for side in zip(*answers, strict=True))
    each = np.ones(len(ours), dtype=np.int64)
    share = clustered_share(ours.astype(int), each)
    known = wilson(int(ours.sum()), len(ours))
    assert (share.value, share.lower, share.upper) == pytest.approx(
        (known.value, known.lower, known.upper), abs=1e-12
    )
    found = clustered_difference(ours.astype(int), each, theirs.astype(int), each)
    newcombe = paired_difference(ours, theirs)
    assert (found.value, found.lower, found.upper) == pytest.approx(
        (newcombe.value, newcombe.lower, newcombe.upper), abs=1e-12
    )


def test_events_that_go_together_count_once() -> None:
    num = np.full(200, 4)
    whole = np.where(np.arange(200) % 2, 4, 0)
    assert effective_number(whole, num) == pytest.approx(200, rel=0.01)
    # Two of four in each sentence: the sentences are as alike as can be, and all 800 events count.
    assert effective_number(np.full(200, 2), num) == pytest.approx(800)


@given(pairs, st.integers(2, 5))
def test_events_that_are_all_or_none_of_a_sentence_are_one_event(
    answers: list[tuple[bool, bool]], times: int
) -> None:
    ours, theirs = (np.array(side, dtype=np.int64) for side in zip(*answers, strict=True))
    each = np.ones(len(ours), dtype=np.int64)
    once = clustered_difference(ours, each, theirs, each)
    often = clustered_difference(*(times * counts for counts in (ours, each, theirs, each)))
    assert (often.lower, often.upper) == pytest.approx((once.lower, once.upper), abs=1e-9)


def test_nothing_is_certain_where_nothing_broke() -> None:
    num = np.array([5, 1, 2, 2])
    share = clustered_share(np.zeros(4, dtype=int), num)
    # As few as whole sentences would be: 10² / (25 + 1 + 4 + 4).
    assert (share.lower, share.upper) == (0.0, pytest.approx(wilson_upper(100 / 34)))
    difference = clustered_difference(num, num, num, num)
    assert difference.value == 0
    assert difference.lower < -0.3
    assert difference.upper > 0.3


def wilson_upper(num: float) -> float:
    squared = 1.959964**2
    return squared / num / (1 + squared / num)


@given(st.integers(0, 2**32 - 1))
def test_sentences_without_events_and_the_order_change_nothing(seed: int) -> None:
    generator = np.random.default_rng(seed)
    num, other = generator.integers(1, 6, (2, 12))
    hit, other_hit = generator.integers(0, num + 1), generator.integers(0, other + 1)
    order = generator.permutation(15)

    def among_empty(counts: np.ndarray) -> np.ndarray:
        return np.concatenate([counts, [0, 0, 0]])[order]

    four = hit, num, other_hit, other
    found, again = clustered_difference(*four), clustered_difference(*map(among_empty, four))
    assert (found.lower, found.upper) == pytest.approx((again.lower, again.upper), abs=1e-12)
    back = clustered_difference(other_hit, other, hit, num)
    assert (found.lower, found.upper) == pytest.approx((-back.upper, -back.lower), abs=1e-12)
    assert -1 <= found.lower <= found.value <= found.upper <= 1


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_the_interval_covers_the_truth_as_often_as_it_says(correlation: float) -> None:
    generator = np.random.default_rng(3)
    covered = []
    for _ in range(400):
        num = generator.integers(1, 5, 60)
        at_once = generator.random(60) < correlation
        broken = np.where(
            at_once, num * (generator.random(60) < 0.15), generator.binomial(num, 0.15)
        )
        found = clustered_share(broken, num)
        covered.append(found.lower <= 0.15 <= found.upper)
    assert 0.92 < np.mean(covered) < 0.985


def test_what_is_no_share_is_refused() -> None:
    none, one, two = np.zeros(2, int), np.ones(2, int), np.full(2, 2)
    for hit, num, words in ((none, none, "no event"), (two, one, "hits"), (one, one[:1], "shapes")):
        with pytest.raises(ValueError, match=words):
            clustered_share(hit, num)
    with pytest.raises(ValueError, match="sentences"):
        clustered_difference(one, two, one[:1], two[:1])
