"""Which networks are compared: by their weights, by their masks, by what they hold."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given

from ticketscope.config import Lottery
from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.neighbours import neighbours
from ticketscope.steps.weights.compared import overlapping
from ticketscope.steps.weights.step import MaskOverlap, Weights
from toy import toy_experiment
from unit.panel_fixture import LOTTERIES, THREE, of_lottery, panel_with

Compared = Callable[[LevelId, Panel], Sequence[LevelId]]


def pairs(compared: Compared, panel: Panel) -> list[frozenset[LevelId]]:
    return [frozenset((a, b)) for a in panel.labels for b in compared(a, panel)]


def test_masks_are_compared_with_those_that_differ_in_one_respect() -> None:
    panel = panel_with(arms=("random_pruning", "lr_rewinding"), replicates=3, levels=3)
    assert overlapping(LevelId(1, "lr_rewinding", 3), panel) == [
        LevelId(0, "lr_rewinding", 3),
        LevelId(1, "lr_rewinding", 1),
        LevelId(1, "lr_rewinding", 2),
    ]
    assert overlapping(LevelId(1, "random_pruning", 2), panel) == [
        LevelId(0, "random_pruning", 2),
        LevelId(1, "lr_rewinding", 2),
        LevelId(1, "random_pruning", 1),
    ]
    assert overlapping(LevelId(0, "lr_rewinding", 1), panel) == []
    assert overlapping(dense_of(0), panel) == []
    assert overlapping(LevelId(0, "dense_continued", 2), panel_with()) == []


@given(LOTTERIES)
def test_each_pair_of_masks_that_differs_in_one_respect_comes_once(lottery: Lottery) -> None:
    panel = of_lottery(lottery)
    expected = [
        frozenset((a, b))
        for a, b in combinations(panel.pruned - panel.shrunk, 2)
        if (a.replicate != b.replicate) + (a.arm != b.arm) + (a.level != b.level) == 1
    ]
    assert Counter(pairs(overlapping, panel)) == Counter(expected)


def test_the_tickets_that_must_be_complete_before() -> None:
    lottery = Lottery(arms=THREE, replicates=3, levels=3)
    bench = Bench.of(Path("run"), toy_experiment(Path("unused"), lottery=lottery))
    assert list(Weights().compared_with(dense_of(1), bench)) == []
    for arm in THREE:
        assert list(Weights().compared_with(LevelId(1, arm, 2), bench)) == [dense_of(1)]
    later = [label for label in bench.panel.pruned if label != LevelId(0, "lr_rewinding", 1)]
    assert set(MaskOverlap().subjects(bench)) == set(later), "the first has none before it"


def test_neighbours() -> None:
    panel = panel_with(replicates=3, levels=3)
    assert neighbours(dense_of(2), panel) == [dense_of(0), dense_of(1)]
    assert neighbours(LevelId(1, "lr_rewinding", 3), panel) == [
        dense_of(1),
        LevelId(1, "lr_rewinding", 1),
        LevelId(1, "lr_rewinding", 2),
    ]
    for control in ("dense_continued", "random_pruning"):
        assert neighbours(LevelId(1, control, 3), panel) == [dense_of(1)]
    assert neighbours(dense_of(0), panel) == []


@given(LOTTERIES)
def test_each_pair_of_neighbours_comes_once(lottery: Lottery) -> None:
    panel = of_lottery(lottery)
    found = pairs(neighbours, panel)
    assert len(set(found)) == len(found)
    assert {frozenset(pair) for pair in combinations(panel.dense, 2)} <= set(found)
    for label in panel.labels:
        reference = panel.reference(label)
        assert reference is None or reference in neighbours(label, panel)
        assert label not in neighbours(label, panel)


@pytest.mark.parametrize("compared", [overlapping, neighbours])
@given(LOTTERIES)
def test_more_levels_keep_the_pairs_that_a_run_has(compared: Compared, lottery: Lottery) -> None:
    panel = of_lottery(lottery)
    longer = of_lottery(lottery.model_copy(update={"levels": lottery.levels + 2}))
    for label in panel.labels:
        assert compared(label, longer) == compared(label, panel)


@pytest.mark.parametrize("compared", [overlapping, neighbours])
@given(LOTTERIES)
def test_more_replicates_keep_the_pairs_that_a_run_has(
    compared: Compared, lottery: Lottery
) -> None:
    panel = of_lottery(lottery)
    wider = of_lottery(lottery.model_copy(update={"replicates": lottery.replicates + 1}))
    for label in panel.labels:
        assert compared(label, wider) == compared(label, panel)
