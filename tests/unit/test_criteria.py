"""Which weights go: criteria, cuts, and the selection in passes that they share."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.errors import InputError, JobError
from ticketscope.lottery.starts import num_kept_at
from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria import CRITERIA, Evidence
from ticketscope.pruning.cuts import (
    Cut,
    Global,
    OfTheRest,
    OfTheRestPerRow,
    Pattern,
    PerRow,
    PerTensor,
    num_to_prune,
)
from ticketscope.pruning.lowest import keys, nth_lowest

HALF = Fraction(1, 2)


def _dense(*sizes: int) -> Mask:
    return Mask({f"w{i}": torch.ones(size, dtype=torch.bool) for i, size in enumerate(sizes)})


def _cut(cut: Cut, scores: Mapping[str, np.ndarray], mask: Mask) -> Mask:
    return cut.prune(lambda: iter(sorted(scores.items())), mask)


def _matrix(cut: Cut, rows: list[list[float]], mask: Mask | None = None) -> list[list[int]]:
    """What is kept of one matrix, by magnitude."""
    weights = {"w": torch.tensor(rows)}
    evidence = Evidence(weights=weights)
    pruned = CRITERIA["magnitude"].prune(evidence, mask or Mask.dense(weights), cut, 0)
    return pruned.mask.kept["w"].int().tolist()


def _reference(scores: dict[str, np.ndarray], mask: Mask, count: int) -> set[tuple[str, int]]:
    """The weights that go, by a plain sort over (score, name, position)."""
    left = [
        (float(scores[name].ravel()[i]), name, i)
        for name, kept in mask.kept.items()
        for i in np.flatnonzero(kept.numpy().ravel())
    ]
    return {(name, int(i)) for _, name, i in sorted(left)[:count]}


# ----------------------------------------------------------------------------- the lowest


@given(
    values=st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=40),
    parts=st.integers(1, 4),
    bits=st.sampled_from([32, 64]),
)
@settings(deadline=None)
def test_the_nth_lowest_is_that_of_a_sorted_list(values, parts, bits) -> None:
    array = np.array(values, dtype=f"f{bits // 8}")

    def passes() -> Iterator[np.ndarray]:
        for part in np.array_split(array, parts):
            yield keys(part)

    in_order = np.sort(array)
    for n in range(1, len(values) + 1):
        found, num_equal = nth_lowest(passes, n)
        assert found == keys(in_order[n - 1 : n])[0]
        assert num_equal == n - (array < in_order[n - 1]).sum()


def test_both_zeros_are_one_number() -> None:
    zeros = keys(np.array([0.0, -0.0], dtype=np.float32))
    assert zeros[0] == zeros[1]


# ----------------------------------------------------------------------------- what a level removes


@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4),
    fraction=st.floats(0.01, 0.99),
    rounds=st.integers(1, 4),
    values=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
@settings(deadline=None)
def test_removes_exactly_the_lowest_ties_in_order(sizes, fraction, rounds, values, seed) -> None:
    generator = np.random.default_rng(seed)
    mask = _dense(*sizes)
    for _ in range(rounds):
        # Few distinct values, so that ties are the rule.
        scores = {
            name: generator.integers(values, size=k.shape) / 1.0 for name, k in mask.kept.items()
        }
        num_kept = mask.num_weights - mask.num_pruned
        count = num_to_prune(num_kept, fraction)
        pruned = _cut(OfTheRest(fraction), scores, mask)
        assert pruned.within(mask)
        gone = {
            (name, int(i))
            for name, kept in mask.kept.items()
            for i in np.flatnonzero(kept.numpy() & ~pruned.kept[name].numpy())
        }
        assert gone == _reference(scores, mask, count)
        mask = pruned


def test_the_given_mask_is_left_alone() -> None:
    mask = _dense(10)
    _cut(OfTheRest(0.5), {"w0": np.arange(10.0)}, mask)
    assert mask.num_pruned == 0


def test_a_diverged_model_is_not_pruned() -> None:
    with pytest.raises(JobError, match="not a number"):
        _cut(OfTheRest(0.5), {"w0": np.array([1.0, np.nan])}, _dense(2))


def test_the_ladder_of_the_study() -> None:
    num_prunable, num_total = 176_295_936, 209_911_808
    of_prunable, of_total = [], []
    for level in range(1, 9):
        num_pruned = num_prunable - num_kept_at(level, num_prunable, 0.2)
        of_prunable.append(round(num_pruned / num_prunable, 3))
        of_total.append(round(num_pruned / num_total, 3))
    assert of_prunable == [0.2, 0.36, 0.488, 0.59, 0.672, 0.738, 0.79, 0.832]
    assert of_total == [0.168, 0.302, 0.41, 0.496, 0.565, 0.62, 0.664, 0.699]


def test_the_ladder_is_what_pruning_does() -> None:
    mask = _dense(1_001)
    for level in range(1, 6):
        mask = _cut(OfTheRest(0.36), {"w0": np.random.default_rng(level).random(1_001)}, mask)
        assert mask.num_weights - mask.num_pruned == num_kept_at(level, 1_001, 0.36)


# ----------------------------------------------------------------------------- one cut


def test_global_not_per_tensor() -> None:
    weights = {"w0": torch.full((10,), 0.1), "w1": torch.full((10,), -5.0)}
    dense, evidence = Mask.dense(weights), Evidence(weights=weights)
    for cut in (OfTheRest(0.5), Global(HALF)):
        mask = CRITERIA["magnitude"].prune(evidence, dense, cut, 0).mask
        assert not mask.kept["w0"].any()
        assert mask.kept["w1"].all()
    mask = CRITERIA["magnitude"].prune(evidence, dense, PerTensor(HALF), 0).mask
    for kept in mask.kept.values():
        assert kept.tolist() == [False] * 5 + [True] * 5, "among equals the first go"


def test_golden_values_of_rows_and_patterns() -> None:
    """Those of Wanda (Sun et al. 2024) where all inputs have one norm: it is then row-wise
    magnitude. W = 1 … 8 at 2:4 becomes [0, 0, 3, 4, 0, 0, 7, 8]."""
    assert _matrix(Pattern(2, 4), [[1, 2, 3, 4, 5, 6, 7, 8.0]]) == [[0, 0, 1, 1, 0, 0, 1, 1]]
    assert _matrix(PerRow(HALF), [[1, 2, 3, 4, 5, 6, 7, 8.0]]) == [[0, 0, 0, 0, 1, 1, 1, 1]]
    assert _matrix(Pattern(4, 8), [[8, -1, 7, 2, -6, 3, 5, 4.0]]) == [[1, 0, 1, 0, 1, 0, 1, 0]]
    rows = [[4, -1, 2, 3.0], [0.1, 0.4, -0.2, 0.3]]
    assert _matrix(PerRow(HALF), rows) == [[1, 0, 0, 1], [0, 1, 0, 1]]
    assert _matrix(PerRow(Fraction("0.7")), [[3, 2, 1.0]]) == [[1, 0, 0]], "2.1 of 3 are 2"
    assert _matrix(Pattern(1, 2), [[5, 5, 5, 5.0]]) == [[0, 1, 0, 1]], "among equals the first go"


def test_a_share_is_the_decimal_that_was_written() -> None:
    """100 · .29 is 28.999… in floats."""
    [kept] = _matrix(PerRow(Fraction("0.29")), [[float(i) for i in range(100)]])
    assert kept == [0] * 29 + [1] * 71


@pytest.mark.parametrize("cut", [PerRow(HALF), Pattern(1, 2)])
def test_biases_have_no_rows(cut: Cut) -> None:
    scores = {"b": np.zeros(4), "w": np.ones((2, 4))}
    pruned = _cut(cut, scores, Mask.dense({n: torch.from_numpy(s) for n, s in scores.items()}))
    assert pruned.kept["b"].all()
    assert pruned.num_pruned == 4


def test_groups_that_do_not_fill_the_rows_are_refused() -> None:
    with pytest.raises(InputError, match="2:4 does not fit w, the rows of which have 6 weights"):
        _matrix(Pattern(2, 4), [[1.0] * 6])


CUTS = {
    "global": Global,
    "tensor": PerTensor,
    "row": PerRow,
    "pattern": lambda share: Pattern(int(4 * (1 - share)), 4),
}


@given(
    name=st.sampled_from(sorted(CUTS)),
    seed=st.integers(0, 2**32),
    values=st.sampled_from([2, 1_000]),
)
@settings(deadline=None, max_examples=40)
def test_counts_are_exact_masks_nest_and_what_is_gone_counts_in(name, seed, values) -> None:
    generator = np.random.default_rng(seed)
    shapes = {"a.bias": (5,), "a.weight": (5, 8), "b.weight": (3, 4)}
    scores = {n: generator.integers(values, size=s).astype("f4") for n, s in shapes.items()}
    dense = Mask({n: torch.ones(s, dtype=torch.bool) for n, s in shapes.items()})
    lower, higher = (CUTS[name](share) for share in (Fraction(1, 4), Fraction(3, 4)))
    quarter, most = _cut(lower, scores, dense), _cut(higher, scores, dense)
    assert most.within(quarter)
    assert quarter.within(dense)
    assert _cut(higher, scores, quarter) == most, "in one step or in two"
    assert _cut(lower, scores, most) == most, "nothing comes back"
    gone = {n: int((~kept).sum()) for n, kept in quarter.kept.items()}
    # 57 weights; 5 biases, of which a tensor by itself loses 1.25, rows and groups nothing
    if name == "global":
        assert quarter.num_pruned == 14
    elif name == "tensor":
        assert gone == {"a.bias": 1, "a.weight": 10, "b.weight": 3}
    else:
        assert gone == {"a.bias": 0, "a.weight": 10, "b.weight": 3}


@given(share=st.floats(0.01, 0.99), rounds=st.integers(1, 3), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_a_level_by_rows_removes_as_many_as_one_over_all_and_from_each_row_its_share(
    share, rounds, seed
) -> None:
    generator = np.random.default_rng(seed)
    shapes = {"a.bias": (5,), "a.weight": (5, 8), "b.weight": (3, 4)}
    by_rows = all_together = Mask({n: torch.ones(s, dtype=torch.bool) for n, s in shapes.items()})
    for _ in range(rounds):
        scores = {n: generator.random(s) for n, s in shapes.items()}
        before = {name: np.atleast_2d(kept.numpy()) for name, kept in by_rows.kept.items()}
        by_rows = _cut(OfTheRestPerRow(share), scores, by_rows)
        all_together = _cut(OfTheRest(share), scores, all_together)
        assert by_rows.num_pruned == all_together.num_pruned
        for name, kept in before.items():
            left = np.atleast_2d(by_rows.kept[name].numpy())
            assert not (left & ~kept).any()
            gone = (kept & ~left).sum(axis=1)
            assert (np.abs(gone - share * kept.sum(axis=1)) < 1 + 1e-6).all()
            for row in range(len(kept)):
                ranked = np.atleast_2d(scores[name])[row]
                lowest, highest = ranked[kept[row] & ~left[row]], ranked[left[row]]
                assert not (lowest.size and highest.size) or lowest.max() < highest.min()


def test_random_follows_from_its_seed_alone() -> None:
    evidence = Evidence(weights={"w0": torch.randn(500)})
    masks = [
        CRITERIA["random"].prune(evidence, _dense(500), OfTheRest(0.2), seed).mask
        for seed in (1, 1, 2)
    ]
    assert masks[0] == masks[1]
    assert masks[0] != masks[2]
    assert masks[0].num_pruned == masks[2].num_pruned == 100
