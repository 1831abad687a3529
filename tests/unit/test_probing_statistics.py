"""Bootstraps against loops with the same draws, pairing and Holm's correction."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ticketscope.measures.resampling import p_below_zero, p_two_sided, resample
from ticketscope.probing.scores import score, sentence_statistics
from ticketscope.probing.statistics import (
    Scored,
    bootstrap,
    difference,
    enough_resamples,
    estimate,
    holm,
    mean_over_seeds,
)


def probe(share_right, shape=(2, 3), num_sentences=40, seed=1):
    """Statistics of accuracy of layers x seeds that hit a share of 5 items a sentence."""
    generator = np.random.default_rng(seed)
    sentences = np.repeat(np.arange(num_sentences), 5)
    gold = np.zeros(len(sentences), dtype=np.int64)
    predicted = (generator.random((*shape, len(sentences))) > share_right).astype(np.int64)
    return sentence_statistics("accuracy", gold, predicted, sentences, num_sentences)


# ----------------------------------------------------------------------------- bootstrap


def test_the_bootstrap_is_that_of_a_loop_over_the_same_draws():
    statistics = np.random.default_rng(2).integers(0, 9, size=(2, 3, 20, 3)).astype(np.float64)
    found = bootstrap("span_f1", statistics, resample(20, 15, seed=4))
    assert (found.values.shape, found.resampled.shape) == ((2, 3), (15, 2, 3))
    drawn = np.random.default_rng(4).choice(20, size=(15, 20))
    for number, sentences in enumerate(drawn):
        for layer in range(2):
            for seed in range(3):
                hits, gold, predicted = statistics[layer, seed, sentences].sum(axis=0)
                f1 = 2 * hits / (gold + predicted)
                assert found.resampled[number, layer, seed] == pytest.approx(f1, abs=1e-14)
    assert (found.values == score("span_f1", statistics.sum(axis=-2))).all()


def test_a_probe_is_the_same_whatever_is_bootstrapped_beside_it():
    statistics = probe(0.7)
    resamples = resample(40, 50, seed=1)
    together, alone = (bootstrap("accuracy", s, resamples) for s in (statistics, statistics[1, 2]))
    assert (together.resampled[:, 1, 2] == alone.resampled).all()


def test_the_interval_of_an_accuracy_is_the_normal_one():
    statistics = probe(0.7, shape=(), num_sentences=600)
    found = bootstrap("accuracy", statistics, resample(600, 4_000, seed=1))
    limits = estimate(found)
    error = (statistics[:, 0] / 5).std() / np.sqrt(600)
    assert found.values == pytest.approx(0.7, abs=4 * error)
    assert limits.lower == pytest.approx(found.values - 1.96 * error, abs=0.1 * error)
    assert limits.upper == pytest.approx(found.values + 1.96 * error, abs=0.1 * error)


def test_the_mean_over_seeds_is_narrower_but_seeds_are_not_drawn():
    """Three seeds that err alike are worth no more than one."""
    resamples = resample(40, 400, seed=1)
    statistics = probe(0.7, shape=(3, 2))
    scored = bootstrap("accuracy", statistics, resamples)
    mean = mean_over_seeds(scored)
    assert mean.values == pytest.approx(scored.values.mean(axis=0))
    assert mean.resampled == pytest.approx(scored.resampled.mean(axis=1))

    def width(scored):
        return np.ptp(np.quantile(scored.resampled, (0.025, 0.975), axis=0), axis=0)

    assert (width(mean) < width(scored).min(axis=0)).all()
    alike = bootstrap("accuracy", np.stack([statistics[0]] * 3), resamples)
    assert width(mean_over_seeds(alike)) == pytest.approx(width(scored)[0])


def test_resamples_of_other_sentences_are_refused():
    with pytest.raises(ValueError, match="resamples of 39 sentences for 40"):
        bootstrap("accuracy", probe(0.7), resample(39, 5, seed=1))


def test_a_task_takes_well_under_a_second():
    statistics = probe(0.7, shape=(7, 3), num_sentences=2_000)
    start = time.process_time()
    resamples = resample(2_000, 1_000, seed=1)
    found = mean_over_seeds(bootstrap("accuracy", np.moveaxis(statistics, 1, 0), resamples))
    estimate(Scored(found.values[0], found.resampled[:, 0]))
    assert time.process_time() - start < 1.0  # measured: 0.03


# ----------------------------------------------------------------------------- differences


def test_identical_predictions_do_not_differ():
    scored = bootstrap("accuracy", probe(0.7), resample(40, 100, seed=1))
    same = difference(scored, scored)
    assert (same.values == 0).all()
    assert (same.resampled == 0).all()
    assert (p_two_sided(same.resampled) == 1).all()
    assert (p_below_zero(same.resampled) == 1).all()


def test_differences_are_paired_by_sentence():
    """Two probes that differ in one item of a sentence in ten."""
    worse = probe(0.5, shape=(), num_sentences=500)
    better = worse.copy()
    better[::10, 0] = np.minimum(better[::10, 0] + 1, 5)
    resamples = resample(500, 2_000, seed=1)
    scores = [bootstrap("accuracy", statistics, resamples) for statistics in (worse, better)]
    change = difference(*scores)
    gain = (better - worse)[:, 0] / 5
    limits, error = estimate(change), gain.std() / np.sqrt(500)
    assert change.values == pytest.approx(-gain.mean())
    assert limits.upper - limits.lower == pytest.approx(2 * 1.96 * error, rel=0.1)
    alone = estimate(scores[0])
    assert limits.upper - limits.lower < (alone.upper - alone.lower) / 3
    assert (p_below_zero(change.resampled), p_two_sided(change.resampled)) == (1 / 2_001, 2 / 2_001)
    mirrored = difference(scores[1], scores[0])
    assert p_below_zero(mirrored.resampled) == 1.0
    assert p_two_sided(mirrored.resampled) == 2 / 2_001


def test_of_equally_good_probes_as_many_are_called_different_as_asked():
    num_pairs = 400
    resamples = resample(60, 400, seed=1)
    a, b = (bootstrap("accuracy", probe(0.6, (num_pairs,), 60, seed), resamples) for seed in (5, 6))
    called = np.count_nonzero(p_two_sided(difference(a, b).resampled) < 0.05)
    assert 0.02 * num_pairs < called < 0.09 * num_pairs


# ----------------------------------------------------------------------------- many tests


def test_holm_by_hand():
    # sorted .01 .02 .03 .04 times 4 3 2 1: .04 .06 .06 .04, of which each is at least the last
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([[0.5, 0.9]]).tolist() == [[1.0, 1.0]]
    assert holm([0.2]).tolist() == [0.2]
    assert holm([]).tolist() == []


p_values = arrays(
    np.float64, array_shapes(max_dims=2, max_side=6), elements=st.floats(0, 1, width=32)
)


@given(p_values)
def test_holm_keeps_the_order_and_lies_between_raw_and_bonferroni(raw):
    adjusted = holm(raw)
    assert adjusted.shape == raw.shape
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(raw * raw.size, 1)).all()
    in_order = adjusted.ravel()[np.argsort(raw, axis=None)]
    assert (np.diff(in_order) >= 0).all()
    assert adjusted.min() == min(raw.min() * raw.size, 1)


@given(p_values, st.sampled_from([0.01, 0.05, 0.5]))
def test_holm_rejects_as_its_steps_do(raw, alpha):
    """From the smallest on, each against alpha over how many are left, until the first fails."""
    rejected = set()
    in_order = sorted(raw.ravel())
    for number, p in enumerate(in_order):
        if p * (raw.size - number) > alpha:
            break
        rejected.add(p)
    assert set(raw[holm(raw) <= alpha]) == rejected


@given(st.integers(1, 2_000), st.sampled_from([0.01, 0.05, 0.1]))
def test_with_enough_resamples_one_test_of_many_can_be_significant(num_tests, alpha):
    def found(num_resamples):
        cells = np.ones((num_tests, 1))
        cells[0] = 1 / (num_resamples + 1)  # all resamples below zero
        return (holm(cells) <= alpha).sum()

    enough = enough_resamples(num_tests, alpha)
    assert found(enough) == 1
    assert found(enough - 2) == 0


def test_a_thousand_resamples_are_not_enough_for_all_tasks_and_levels():
    assert enough_resamples(18 * 15) == 5_400
