"""Intervals over the seeds of a probe, by hand."""

import pytest

from ticketscope.measures.bounds import Bounds
from ticketscope.steps.probes.over_seeds import over_seeds, selectivity_of

T = 4.302653
"""The 97.5 % quantile of Student's t of three seeds."""


def test_a_centre_has_students_interval_within_the_layers():
    found = over_seeds([2.0, 3.0, 4.0], Bounds(0, 12))
    assert found.value == 3.0
    assert (found.lower, found.upper) == pytest.approx((3 - T / 3**0.5, 3 + T / 3**0.5), abs=1e-5)
    assert over_seeds([2.0, 3.0, 4.0], Bounds(0, 4)).upper == 4.0


def test_one_seed_has_no_interval():
    assert over_seeds([2.5], Bounds(0, 4)).cells() == {"value": 2.5}


def test_selectivity_is_taken_seed_by_seed():
    """All seeds are as selective, however much their accuracies differ."""
    kept = {
        "accuracy": [[0.5] * 3, [0.90, 0.85, 0.80]],
        "control_accuracy": [[0.5] * 3, [0.60, 0.545, 0.505]],
    }
    found = selectivity_of(kept, 1)
    half = T * 0.005 / 3**0.5
    assert found.value == pytest.approx(0.3)
    assert (found.lower, found.upper) == pytest.approx((0.3 - half, 0.3 + half), abs=1e-5)
