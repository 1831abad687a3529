"""Intervals from blocks, against closed forms; p-values against intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ticketscope.measures import similarity
from ticketscope.measures.bounds import BOUNDS, CORRELATION, SHARE, Bounds
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import (
    NUM_BLOCKS,
    bootstrap,
    jackknife,
    p_below_zero,
    p_two_sided,
    with_percentiles,
)


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.random.default_rng(1).normal(size=NUM_BLOCKS)
    left_out = [(values.sum() - value) / (NUM_BLOCKS - 1) for value in values]
    interval = jackknife(float(values.mean()), left_out)
    half = 2.093024 * values.std(ddof=1) / np.sqrt(NUM_BLOCKS)
    assert interval.lower == pytest.approx(values.mean() - half)
    assert interval.upper == pytest.approx(values.mean() + half)


finite = st.floats(-2, 2)


@given(
    value=st.floats(0, 1),
    left_out=st.lists(finite, min_size=NUM_BLOCKS, max_size=NUM_BLOCKS),
    bounds=st.sampled_from([SHARE, CORRELATION]),
)
def test_an_interval_stays_within_what_its_measure_can_be(value, left_out, bounds):
    plain, cut = jackknife(value, left_out), jackknife(value, left_out, bounds)
    assert bounds.lowest <= cut.lower <= value <= cut.upper <= bounds.highest
    assert cut.lower == max(plain.lower, bounds.lowest)
    assert cut.upper == min(plain.upper, bounds.highest)
    # What could lie on the bound still does: claims ask whether an interval reaches 1.
    assert (cut.upper == bounds.highest) == (plain.upper >= bounds.highest)


def test_differences_reach_as_far_as_two_figures_can_differ():
    assert CORRELATION.of_differences == Bounds(-2.0, 2.0)
    rounded = np.nextafter(1.0, 2.0)
    assert SHARE.cut(0.9, rounded, 1.1) == (0.9, rounded)


def test_every_measure_of_similarity_has_bounds():
    assert set(BOUNDS).issuperset(similarity.MEASURES)


def test_figures_that_agree_have_no_width():
    interval = jackknife(2.0, [2.0] * NUM_BLOCKS)
    assert (interval.lower, interval.upper) == (2.0, 2.0)


def test_the_bootstrap_draws_as_many_blocks_as_there_are_and_repeats_itself():
    values = np.random.default_rng(2).normal(size=NUM_BLOCKS)
    drawn = []

    def figures(counts):
        drawn.append(int(counts.sum()))
        return {"mean": float(counts @ values) / NUM_BLOCKS, "one": 1.0}

    values_by_name = {"mean": float(values.mean()), "one": 1.0}
    found = bootstrap(values_by_name, figures, 2_000, seed=3)
    assert set(drawn) == {NUM_BLOCKS}
    assert found["one"] == Estimate(1.0, 1.0, 1.0)
    half = 1.96 * values.std() / np.sqrt(NUM_BLOCKS)
    assert found["mean"].upper - found["mean"].lower == pytest.approx(2 * half, rel=0.08)
    assert bootstrap(values_by_name, figures, 2_000, seed=3) == found


# ----------------------------------------------------------------------------- p-values


def test_p_values_by_hand():
    """Of 9 resamples there are the quantiles 0, 1/8, ... 1; the value 0 is at 7/8."""
    draws = np.array([-3.0, -2, -1, -1, -1, -1, -1, 0, 2])
    assert p_below_zero(draws) == pytest.approx(1 / 8)
    assert p_two_sided(draws) == pytest.approx(2 / 8)
    between = np.array([-2.0, -1.0, 3.0, 4.0, 5.0])  # 0 is a quarter of the second of four steps
    assert p_two_sided(between) == pytest.approx(2 * 1.25 / 4)
    assert p_two_sided(np.array([-1.0, 0, 0, 1])) == 1
    assert p_below_zero(np.array([-1.0, -1, -1])) == 1 / 4
    assert p_below_zero(np.zeros(5)) == 1
    assert p_two_sided(np.full((1, 2), 3.0)).tolist() == [1, 1], "one resample tells nothing"


@given(arrays(np.int64, 201, elements=st.integers(-20, 6)), st.integers(-9, 9))
def test_p_is_below_5_percent_exactly_where_the_interval_leaves_0_out(drawn, shift):
    """201 resamples, of which the percentiles are the sixth from both ends, without rounding."""
    resampled = (drawn + shift).astype(np.float64)
    limits = with_percentiles(0.0, resampled)
    assert (p_two_sided(resampled) < 0.05) == (limits.upper < 0 or limits.lower > 0)
    assert (p_below_zero(resampled) < 0.05) == (np.quantile(resampled, 0.95) < 0)
    assert p_two_sided(resampled) == p_two_sided(-resampled)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
def test_p_is_where_the_interval_of_that_confidence_just_reaches_0(confidence):
    resampled = np.random.default_rng(4).normal(1.0, 0.5, size=1_001)
    tail = (1 - confidence) / 2
    moved = resampled - np.quantile(resampled, tail)
    assert p_two_sided(moved) == pytest.approx(1 - confidence, abs=1e-9)
    assert p_below_zero(np.quantile(resampled, 1 - tail) * -1 + resampled) == pytest.approx(tail)
