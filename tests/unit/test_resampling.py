"""Intervals from blocks, against closed forms."""

import numpy as np
import pytest

from ticketscope.measures.resampling import NUM_BLOCKS, bootstrap, jackknife


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.random.default_rng(1).normal(size=NUM_BLOCKS)
    left_out = [(values.sum() - value) / (NUM_BLOCKS - 1) for value in values]
    interval = jackknife(float(values.mean()), left_out)
    half = 2.093024 * values.std(ddof=1) / np.sqrt(NUM_BLOCKS)
    assert interval.lower == pytest.approx(values.mean() - half)
    assert interval.upper == pytest.approx(values.mean() + half)


def test_figures_that_agree_have_no_width():
    interval = jackknife(2.0, [2.0] * NUM_BLOCKS)
    assert (interval.lower, interval.upper) == (2.0, 2.0)


def test_the_bootstrap_draws_as_many_blocks_as_there_are_and_repeats_itself():
    values = np.random.default_rng(2).normal(size=NUM_BLOCKS)
    drawn = []

    def figures(counts):
        drawn.append(int(counts.sum()))
        return {"mean": float(counts @ values) / NUM_BLOCKS, "one": 1.0}

    found = bootstrap(figures, 2_000, seed=3)
    assert set(drawn) == {NUM_BLOCKS}
    assert (found["one"].lower, found["one"].upper) == (1.0, 1.0)
    half = 1.96 * values.std() / np.sqrt(NUM_BLOCKS)
    assert found["mean"].upper - found["mean"].lower == pytest.approx(2 * half, rel=0.08)
    assert bootstrap(figures, 2_000, seed=3) == found
