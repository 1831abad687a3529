"""Sentences that break every time, on translations that no network made."""

from collections.abc import Sequence

import numpy as np
from panel_fixture import panel_with

from ticketscope.steps.behaviour import broken
from ticketscope.steps.behaviour.casualties import System


def as_system(chrf: Sequence[float]) -> System:
    scores = np.array(chrf, dtype=np.float64)
    return System([""] * len(scores), scores, scores == 100)


def test_what_breaks_every_time_fell_in_all_networks() -> None:
    ours = [as_system([100, 40, 85, 40, 40]), as_system([40, 40, 85, 40, 40])]
    others = [
        [as_system([100, 100, 90, 100, 100]), as_system([100, 100, 100, 45, 100])],
        [as_system([100, 100, 100, 100, 100]), as_system([100, 100, 100, 100, 100])],
    ]
    found = broken.of_translations(ours, others, exact=False)
    assert found.kind == "chrf"
    assert found.broken.tolist() == [False, True, False, False, True]
    assert found.could.all()
    exact = broken.of_translations(ours, others, exact=True)
    assert exact.kind == "exact"
    assert exact.could.tolist() == [True, True, False, False, True], "all are right"
    assert exact.failed.tolist() == [[False, *[True] * 4], [True] * 5]
    assert exact.broken.tolist() == [False, True, False, False, True]


def test_networks_are_grouped_by_arm_and_level_and_in_a_dissection_together() -> None:
    panel = panel_with(replicates=2, levels=2)
    found = list(broken.groups(panel, is_given=False))
    assert [(group.arm, group.level) for group in found] == [
        ("lr_rewinding", 1),
        ("lr_rewinding", 2),
    ]
    assert [label.replicate for label in found[0].labels] == [0, 1]
    [together] = broken.groups(panel, is_given=True)
    assert (together.arm, len(together.labels)) == ("", 4)
