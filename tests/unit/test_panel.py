"""The networks of a run, and which is compared with which."""

from pathlib import Path

import pytest
from hypothesis import given

from ticketscope.arms.cast import lottery_cast
from ticketscope.arms.dense import DENSE
from ticketscope.config import Lottery
from ticketscope.lottery.lineage import planned_levels
from ticketscope.runs.store import LevelId, dense_of
from unit.panel_fixture import LOTTERIES, THREE, of_lottery, panel_with


def test_the_relations_of_two_replicates_of_three_arms() -> None:
    panel = panel_with()
    assert panel.labels == (
        dense_of(0),
        dense_of(1),
        *(LevelId(r, arm, level) for level in (1, 2) for r in (0, 1) for arm in THREE),
    )
    assert panel.dense == (dense_of(0), dense_of(1))
    ticket, control, random = (LevelId(1, arm, 2) for arm in THREE)
    assert panel[ticket].label == ticket
    assert panel[ticket].directory == Path("run/replicate-1/lr_rewinding/level-02/ticket")
    for label in (ticket, control, random):
        assert panel.reference(label) == panel.reference_or_self(label) == dense_of(1)
    assert panel.reference(dense_of(1)) is None
    assert panel.reference_or_self(dense_of(1)) == dense_of(1)
    assert panel.control(ticket) == panel.control(random) == control
    assert panel.control(control) is None
    assert panel.control(dense_of(1)) is None
    assert {label.arm for label in panel.studied} == {"lr_rewinding"}
    assert {label.arm for label in panel.pruned} == {"lr_rewinding", "random_pruning"}


def test_figures_are_less_by_what_there_is() -> None:
    panel = panel_with()
    assert panel.baselines(dense_of(0)) == {}
    assert panel.baselines(LevelId(0, "dense_continued", 1)) == {"dense": dense_of(0)}
    assert panel.baselines(LevelId(0, "lr_rewinding", 1)) == {
        "dense": dense_of(0),
        "control": LevelId(0, "dense_continued", 1),
    }
    alone = panel_with(arms=("lr_rewinding",))
    assert alone.baselines(LevelId(0, "lr_rewinding", 1)) == {"dense": dense_of(0)}


@pytest.mark.parametrize("replicates", [1, 2, 4])
def test_twins_are_the_dense_networks_of_earlier_replicates(replicates: int) -> None:
    panel = panel_with(replicates=replicates)
    for number, label in enumerate(panel.dense):
        assert panel.twins(label) == tuple(dense_of(earlier) for earlier in range(number))


def test_what_a_reader_looks_at() -> None:
    first, *tickets = dense_of(0), *(LevelId(0, "lr_rewinding", level) for level in (1, 2, 3))
    panel = panel_with(levels=3, arms=("random_pruning", "lr_rewinding", "dense_continued"))
    assert panel.shown(0) == (first, tickets[2])
    assert panel.shown(1) == (first, tickets[0], tickets[2])
    assert panel.shown(3) == (first, tickets[2])
    assert panel_with(arms=("dense_continued",)).shown(1) == (first,)


def test_the_first_arm_of_tables_and_views_is_that_of_the_page() -> None:
    arms = ("one_shot-wanda", "random_pruning", "one_shot", "lr_rewinding-snip")
    assert panel_with(arms=arms).first_arm == lottery_cast(arms).first_name == "lr_rewinding-snip"


def test_before_is_in_the_order_of_the_plan() -> None:
    panel = panel_with(replicates=1, arms=("lr_rewinding", "random_pruning"))
    assert panel.before(dense_of(0)) == ()
    assert panel.before(LevelId(0, "lr_rewinding", 2)) == (
        dense_of(0),
        LevelId(0, "lr_rewinding", 1),
        LevelId(0, "random_pruning", 1),
    )


@given(LOTTERIES)
def test_relations_hold_for_every_lottery(lottery: Lottery) -> None:
    panel = of_lottery(lottery)
    assert list(panel.labels) == planned_levels(lottery)
    assert panel.studied <= panel.pruned <= set(panel.references)
    assert set(panel.dense) == {label for label in panel.labels if label.arm == DENSE}
    for number, label in enumerate(panel.labels):
        assert len(panel.before(label)) == number
        for other in panel.baselines(label).values():
            assert other.replicate == label.replicate
            assert other in panel.labels
        if reference := panel.reference(label):
            assert reference in panel.before(label), "what a network starts from is before it"
        if control := panel.control(label):
            assert control.level == label.level
            assert control not in panel.studied
    assert set(panel.shown(1)) <= set(panel.labels)
