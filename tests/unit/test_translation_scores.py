"""Quality statistics against sacreBLEU itself, closed forms and degenerate input."""

import random
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.metrics.ter import TER
from sacrebleu.significance import PairedTest

from ticketscope.measures import resampling
from ticketscope.measures import translation_scores as scores
from ticketscope.measures.estimate import Estimate

METRICS = {"bleu": BLEU, "chrf": CHRF, "ter": TER}
TEXT = "Ein Mann in einem Hut sieht Hunde , die schnell laufen . über die Straße rot"
WORDS = TEXT.split()


def sentences(count, seed):
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, 12))) for _ in range(count)]


def spoiled(references, share, seed):
    """The references with a share of the words gone and some clauses turned round."""
    rng = random.Random(seed)
    hypotheses = []
    for reference in references:
        words = [word for word in reference.split() if rng.random() > share]
        hypotheses.append(" ".join(words[::-1] if rng.random() < share else words))
    return hypotheses


words = st.lists(st.sampled_from([*WORDS, "Hut.", "größe", "3,5", "&quot;"]), max_size=9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=6))
def test_score_is_sacrebleus_to_the_last_digit(pairs):
    hypotheses = [" ".join(hypothesis) for hypothesis, _ in pairs]
    references = [" ".join(reference) for _, reference in pairs]
    for name, stats in scores.sentence_statistics(hypotheses, references).items():
        metric = METRICS[name]()
        assert scores.score(stats) == metric.corpus_score(hypotheses, [references]).score
        assert stats.signature == str(metric.get_signature())


def test_metrics_are_sacrebleus_defaults_and_bleu_is_cased():
    stats = scores.sentence_statistics(["ein mann in einem hut"], ["Ein Mann in einem Hut"])
    assert list(stats) == ["bleu", "chrf", "ter"]
    assert "case:mixed" in stats["bleu"].signature
    assert "tok:13a" in stats["bleu"].signature
    assert scores.score(stats["bleu"]) < 50
    signature = scores.bootstrap_signature(stats["chrf"], 1000, 12345)
    assert signature == stats["chrf"].signature + "|bs:1000|seed:12345"


def sacrebleus_p(value, differences):
    sizes = np.abs(differences)
    return (np.count_nonzero(sizes - sizes.mean() > abs(value)) + 1) / (len(sizes) + 1)


def test_resamples_are_sacrebleus_for_the_same_seed_but_p_is_that_of_the_interval(monkeypatch):
    references = sentences(80, seed=1)
    systems = {"b": spoiled(references, 0.3, seed=2), "a": spoiled(references, 0.27, seed=3)}
    monkeypatch.setenv("SACREBLEU_SEED", "77")
    test = PairedTest(
        list(systems.items()),
        {name: metric() for name, metric in METRICS.items()},
        [references],
        test_type="bs",
        n_samples=200,
    )
    theirs = dict(zip(METRICS, list(test()[1].values())[1:], strict=True))

    monkeypatch.setenv("SACREBLEU_SEED", "12")  # ours comes from the argument alone
    resamples = resampling.resample(80, 200, seed=77)
    a, b = (scores.sentence_statistics(systems[name], references) for name in "ab")
    for name, (_, expected) in theirs.items():
        boot_a, boot_b = (scores.bootstrap(stats[name], resamples) for stats in (a, b))
        difference = scores.paired_difference(a[name], boot_a, b[name], boot_b)
        assert sacrebleus_p(difference.value, boot_a - boot_b) == expected.p_value
        # Its p asks on one side how far beyond the mean |Δ| lies; this one asks on both sides.
        assert difference.p == resampling.p_two_sided(boot_a - boot_b)
        assert expected.p_value < difference.p < 1
        assert boot_a.mean() == pytest.approx(expected.mean, rel=1e-6)
        assert difference.value == scores.score(a[name]) - scores.score(b[name])
        assert difference.lower < difference.value < difference.upper


def test_resamples_draw_with_replacement_and_depend_on_the_seed_alone():
    resamples = resampling.resample(50, 30, seed=5)
    assert (resamples.sum(axis=1) == 50).all()
    assert (resamples == resampling.resample(50, 30, seed=5)).all()
    assert (resamples != resampling.resample(50, 30, seed=6)).any()
    drawn = np.random.default_rng(5).choice(50, size=(30, 50))  # all at once, as sacreBLEU does
    assert (resamples == [np.bincount(row, minlength=50) for row in drawn]).all()


def test_interval_of_the_loss_is_the_normal_one_for_equal_lengths():
    nats = np.random.default_rng(3).normal(40.0, 10.0, size=400)
    stats = scores.loss_statistics(nats, np.full(400, 10))
    boot = scores.bootstrap(stats, resampling.resample(400, 10_000, seed=1))
    estimate = scores.estimate(stats, boot)
    error = nats.std() / 10 / np.sqrt(400)
    assert estimate.value == pytest.approx(nats.mean() / 10, abs=1e-7)
    # The percentiles themselves are known to about 0.03 errors from 10,000 resamples.
    assert estimate.lower == pytest.approx(estimate.value - 1.96 * error, abs=0.1 * error)
    assert estimate.upper == pytest.approx(estimate.value + 1.96 * error, abs=0.1 * error)


def test_interval_of_a_difference_is_paired():
    generator = np.random.default_rng(4)
    nats = generator.gamma(2.0, 20.0, size=1_000)
    change = generator.normal(1.0, 2.0, size=1_000)
    tokens = np.full(1_000, 10)
    a = scores.loss_statistics(nats + change, tokens)
    b = scores.loss_statistics(nats, tokens)
    resamples = resampling.resample(1_000, 2_000, seed=1)
    boots = [scores.bootstrap(stats, resamples) for stats in (a, b)]
    difference = scores.paired_difference(a, boots[0], b, boots[1])
    error = change.std() / 10 / np.sqrt(1_000)
    assert difference.value == pytest.approx(change.mean() / 10, abs=1e-7)
    assert difference.upper - difference.lower == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert difference.p == 2 / 2_001
    mirrored = scores.paired_difference(b, boots[1], a, boots[0])
    assert (mirrored.value, mirrored.p) == (-difference.value, difference.p)
    assert mirrored.lower == pytest.approx(-difference.upper)


def test_of_equally_good_systems_one_in_twenty_is_called_different():
    """What each of two systems loses of a sentence follows the same distribution."""
    num_pairs, num_sentences = 1_000, 300
    losses = np.random.default_rng(11).gamma(2.0, 2.0, size=(2, num_sentences, num_pairs))
    changes = losses[0] - losses[1]
    sums = resampling.resampled_sums(changes, resampling.resample(num_sentences, 800, seed=1))
    assert np.mean(resampling.p_two_sided(sums) < 0.05) == pytest.approx(0.05, abs=0.015)
    one_sided = [sacrebleus_p(*pair) for pair in zip(changes.sum(axis=0), sums.T, strict=True)]
    assert np.mean(np.array(one_sided) < 0.05) > 0.09


def test_sums_do_not_depend_on_order():
    generator = np.random.default_rng(5)
    nats, tokens = generator.gamma(2.0, 20.0, size=999) / 3, generator.integers(1, 30, size=999)
    order = generator.permutation(999)
    stats = scores.loss_statistics(nats, tokens)
    shuffled = scores.loss_statistics(nats[order], tokens[order])
    resamples = resampling.resample(999, 50, seed=1)
    assert scores.score(stats) == scores.score(shuffled)
    boots = scores.bootstrap(stats, resamples), scores.bootstrap(shuffled, resamples[:, order])
    assert (boots[0] == boots[1]).all()


def test_chunks_do_not_change_the_bootstrap(monkeypatch):
    stats = scores.sentence_statistics(sentences(40, 1), sentences(40, 2))["chrf"]
    resamples = resampling.resample(40, 33, seed=1)
    whole = scores.bootstrap(stats, resamples)
    monkeypatch.setattr(resampling, "_CHUNK_CELLS", 100)
    assert (scores.bootstrap(stats, resamples) == whole).all()


def test_several_systems_are_bootstrapped_as_each_is():
    references = sentences(40, seed=1)
    systems = [
        stats
        for seed in (2, 3)
        for stats in scores.sentence_statistics(spoiled(references, 0.4, seed), references).values()
    ]
    systems.append(scores.loss_statistics(np.linspace(0.1, 9, 40), np.arange(1, 41)))
    resamples = resampling.resample(40, 33, seed=1)
    together = scores.bootstraps(systems, resamples)
    assert len(together) == len(systems) == 2 * 3 + 1
    for stats, boot in zip(systems, together, strict=True):
        assert (boot == scores.bootstrap(stats, resamples)).all()


def test_identical_systems_do_not_differ():
    references = sentences(30, seed=1)
    hypotheses = spoiled(references, 0.3, seed=2)
    resamples = resampling.resample(30, 100, seed=1)
    for stats in scores.sentence_statistics(hypotheses, references).values():
        boot = scores.bootstrap(stats, resamples)
        difference = scores.paired_difference(stats, boot, stats, boot)
        assert difference == scores.Difference(value=0.0, lower=0.0, upper=0.0, p=1.0)


def test_empty_hypotheses_score_without_error():
    references = sentences(20, seed=1)
    resamples = resampling.resample(20, 50, seed=1)
    stats = scores.sentence_statistics([""] * 20, references)
    expected = {"bleu": 0.0, "chrf": 0.0, "ter": 100.0}
    for name, value in expected.items():
        estimate = scores.estimate(stats[name], scores.bootstrap(stats[name], resamples))
        assert estimate == Estimate(value, value, value)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="2 hypotheses for 1 references"):
        scores.sentence_statistics(["a", "b"], ["a"])
    with pytest.raises(ValueError, match="no sentence"):
        scores.sentence_statistics([], [])
    with pytest.raises(ValueError, match="shapes"):
        scores.loss_statistics([1.0, 2.0], [1])
    with pytest.raises(ValueError, match="needs a target token"):
        scores.loss_statistics([1.0, 2.0], [1, 0])
    with pytest.raises(ValueError, match="finite"):
        scores.loss_statistics([1.0, float("nan")], [1, 1])
    with pytest.raises(ValueError, match="no metric of this tool"):
        scores.SentenceStatistics("meteor", np.ones((1, 1)), "")
    with pytest.raises(ValueError, match="needs a sentence"):
        resampling.resample(0, 10, seed=1)

    three, two = (scores.loss_statistics(np.ones(n), np.ones(n)) for n in (3, 2))
    boot = scores.bootstrap(three, resampling.resample(3, 10, seed=1))
    with pytest.raises(ValueError, match="resamples of 3 sentences for 2"):
        scores.bootstrap(two, resampling.resample(3, 10, seed=1))
    with pytest.raises(ValueError, match="same sentences"):
        scores.paired_difference(three, boot, two, boot)
    text = scores.sentence_statistics(["a"] * 3, ["a"] * 3)["bleu"]
    with pytest.raises(ValueError, match="cannot compare loss with bleu"):
        scores.paired_difference(three, boot, text, boot)


def test_the_loss_per_word_is_the_same_whatever_the_pieces():
    nats = np.array([3.0, 5.0, 1.0])
    few, many = (scores.loss_statistics(nats, tokens) for tokens in ([2, 3, 1], [4, 6, 1]))
    references = ["one two", " three\tfour  five ", ""]
    by_word = [scores.loss_by_word(stats, references) for stats in (few, many)]
    assert [scores.score(stats) for stats in by_word] == [9 / 5] * 2
    assert {stats.signature for stats in by_word} == {"unit:nats|per:word"}
    of_engine = replace(few, signature=f"{few.signature}|engine:x-1")
    assert scores.loss_by_word(of_engine, references).signature == "unit:nats|per:word|engine:x-1"
    assert scores.are_comparable(*by_word)
    assert not scores.are_comparable(few, many), "pieces of another size"
    assert scores.are_comparable(few, scores.loss_statistics(2 * nats, [2, 3, 1]))
    # a resample of nothing but sentences without a word is a number
    assert np.isfinite(scores.bootstrap(by_word[0], np.array([[2, 2, 2]], dtype=np.uint16))).all()


def test_statistics_cannot_be_changed():
    mine = np.ones((2, 2))
    stats = scores.SentenceStatistics("loss", mine, "")
    mine[0] = 7.0
    assert scores.score(stats) == 1.0
    with pytest.raises(ValueError, match="read-only"):
        stats.statistics[0] = 1.0


def test_a_thousand_resamples_of_four_metrics_take_well_under_a_second():
    generator = np.random.default_rng(1)
    counts = generator.integers(1, 40, size=(1_000, 18)).astype(float)
    stats = [
        scores.SentenceStatistics("bleu", counts[:, :10], ""),
        scores.SentenceStatistics("chrf", counts, ""),
        scores.SentenceStatistics("ter", counts[:, :2], ""),
        scores.SentenceStatistics("loss", counts[:, :2], ""),
    ]
    start = time.process_time()
    resamples = resampling.resample(1_000, 1_000, seed=1)
    for each in stats:
        scores.bootstrap(each, resamples)
    assert time.process_time() - start < 1.0  # measured: 0.07
