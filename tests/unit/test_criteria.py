import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.config import Lottery
from ticketscope.errors import JobError
from ticketscope.lottery.criteria import CRITERIA, Evidence
from ticketscope.lottery.criteria.allocation import num_to_prune, prune_globally
from ticketscope.lottery.levels import num_kept_at
from ticketscope.networks.masks import Mask


def _dense(*sizes: int) -> Mask:
    return Mask({f"w{i}": torch.ones(size, dtype=torch.bool) for i, size in enumerate(sizes)})


def _reference(scores: dict[str, np.ndarray], mask: Mask, count: int) -> set[tuple[str, int]]:
    """The weights that go, by a plain sort over (score, name, position)."""
    left = [
        (float(scores[name].ravel()[i]), name, i)
        for name, kept in mask.kept.items()
        for i in np.flatnonzero(kept.numpy().ravel())
    ]
    return {(name, int(i)) for _, name, i in sorted(left)[:count]}


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
        pruned = prune_globally(scores, mask, fraction)
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
    prune_globally({"w0": np.arange(10.0)}, mask, 0.5)
    assert mask.num_pruned == 0


def test_global_not_per_tensor() -> None:
    weights = {"w0": torch.full((10,), 0.1), "w1": torch.full((10,), -5.0)}
    settings = Lottery(prune_fraction=0.5)
    mask = CRITERIA["magnitude"](Evidence(weights=weights), _dense(10, 10), settings, 0)
    assert not mask.kept["w0"].any()
    assert mask.kept["w1"].all()


def test_random_follows_from_its_seed_alone() -> None:
    evidence, settings = Evidence(weights={"w0": torch.randn(500)}), Lottery(prune_fraction=0.2)
    masks = [CRITERIA["random"](evidence, _dense(500), settings, seed) for seed in (1, 1, 2)]
    assert masks[0] == masks[1]
    assert masks[0] != masks[2]
    assert masks[0].num_pruned == masks[2].num_pruned == 100


def test_a_diverged_model_is_not_pruned() -> None:
    with pytest.raises(JobError, match="not a number"):
        prune_globally({"w0": np.array([1.0, np.nan])}, _dense(2), 0.5)


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
        mask = prune_globally({"w0": np.random.default_rng(level).random(1_001)}, mask, 0.36)
        assert mask.num_weights - mask.num_pruned == num_kept_at(level, 1_001, 0.36)
