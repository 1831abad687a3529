"""Sentences that break every time, on translations that no network made."""

from collections.abc import Sequence

import numpy as np
import pytest
from panel_fixture import panel_with

from ticketscope.steps.behaviour import broken, broken_rates
from ticketscope.steps.behaviour.casualties import System
from ticketscope.steps.behaviour.slices import Bucket


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
    others[1].append(as_system([100, 100, 10, 100, 11]))
    bad = broken.of_translations(ours, others, exact=False)
    assert bad.could.tolist() == [True, True, False, True, True], "nothing is 10 below 10"
    others[1].pop()
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


def test_shares_stand_beside_chance_and_slices_beside_the_others() -> None:
    failed = np.zeros((2, 60), dtype=np.bool_)
    failed[:, :12] = True  # both fail on the first slice alone
    failed[0, 20:30] = failed[1, 30:40] = True
    could = np.ones(60, dtype=np.bool_)
    could[40:] = False
    failures = broken.Failures("exact", could, failed)
    row = broken_rates.of_all(failures, np.repeat([0, 1, 2], 20))
    assert (row["num_broken"], row["num_sentences"], row["value"]) == (12, 40, 0.3)
    assert row["chance"] == pytest.approx((22 / 40) ** 2)
    assert row["chance_by_length"] == pytest.approx((20 * 0.6**2 + 20 * 0.5**2) / 40)
    assert row["p_chance"] > 0.5
    first, second = Bucket("length", "a", np.arange(20)), Bucket("tag", "b", np.arange(10, 60))
    found = broken_rates.of_buckets(failures, [first, second, Bucket("tag", "c", np.arange(60))])
    assert [row["bucket"] for row in found] == ["a", "b"], "all sentences are no slice"
    assert found[0]["difference_others"] == pytest.approx(12 / 20)
    assert found[0]["difference_others_lower"] > 0
    low, high = sorted(row["p_others"] for row in found)
    assert sorted(row["p_others_holm"] for row in found) == [2 * low, max(2 * low, high)]
    nothing = broken.Failures("exact", could, np.zeros((2, 60), dtype=np.bool_))
    assert broken_rates.of_buckets(nothing, [first, second]) == []
    assert broken_rates.of_all(nothing, np.zeros(60, dtype=np.int64))["upper"] > 0.05
