"""Metrics as functions of summed statistics, against naive code over all items at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from probing_fixture import spans_of_tags

from ticketscope.annotation.tasks import CORRECT, ERROR
from ticketscope.probing.scores import Scale, score, sentence_statistics
from ticketscope.probing.span_tags import tag_inventory

LABELS = {
    "accuracy": ("a", "b", "c"),
    "error_f1": (CORRECT, ERROR),
    "span_f1": tag_inventory(["X", "Y"]),
    "pearson": (),
}
METRICS = tuple(LABELS)
LENGTHS = (3, 0, 5, 1, 4, 0)  # sentences without items, one of them the last
SENTENCES = np.repeat(np.arange(len(LENGTHS)), LENGTHS)


def drawn(metric, seed, shape=(2, 3)):
    """Gold and predictions of the sentences, the latter for several layers and seeds."""
    generator = np.random.default_rng(seed)
    num_items = len(SENTENCES)
    if metric == "pearson":
        gold = generator.normal(1.0, 1.0, num_items)
        return gold, (gold + generator.normal(size=(*shape, num_items))).astype(np.float32)
    num_labels = len(LABELS[metric])
    gold = generator.integers(num_labels, size=num_items)
    wrong = generator.random((*shape, num_items)) < 0.4
    return gold, np.where(wrong, generator.integers(num_labels, size=wrong.shape), gold)


def statistics(metric, gold, predicted, scale=None):
    scale = scale or Scale()
    return sentence_statistics(
        metric, gold, predicted, SENTENCES, len(LENGTHS), labels=LABELS[metric], scale=scale
    )


def naive_f1(truth, guesses):
    hits = len(truth & guesses)
    if not hits:
        return 0.0
    precision, recall = hits / len(guesses), hits / len(truth)
    return 2 * precision * recall / (precision + recall)


def naive_score(metric, gold, predicted):
    labels = LABELS[metric]
    match metric:
        case "accuracy":
            return sum(g == p for g, p in zip(gold, predicted, strict=True)) / len(gold)
        case "error_f1":
            return naive_f1(
                *(
                    {i for i, one in enumerate(side) if labels[one] == ERROR}
                    for side in (gold, predicted)
                )
            )
        case "span_f1":
            return naive_f1(
                *(
                    {
                        (sentence, span)
                        for sentence in range(len(LENGTHS))
                        for span in spans_of_tags([labels[i] for i in side[sentence == SENTENCES]])
                    }
                    for side in (gold, predicted)
                )
            )
        case "pearson":
            return np.corrcoef(gold, predicted)[0, 1]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_naive_code_for_every_layer_and_seed(metric, seed):
    gold, predicted = drawn(metric, seed)
    of_sentences = statistics(metric, gold, predicted)
    assert of_sentences.shape[:-1] == (2, 3, len(LENGTHS))
    scores = score(metric, of_sentences.sum(axis=-2))
    expected = [[naive_score(metric, gold, one) for one in layer] for layer in predicted]
    assert scores == pytest.approx(np.array(expected), abs=1e-5 if metric == "pearson" else 1e-12)
    assert len(np.unique(scores)) > 1


@pytest.mark.parametrize("metric", METRICS)
def test_a_sentence_has_the_statistics_it_has_alone(metric):
    gold, predicted = drawn(metric, 7)
    of_sentences = statistics(metric, gold, predicted)
    for number, length in enumerate(LENGTHS):
        its = number == SENTENCES
        alone = sentence_statistics(
            metric,
            gold[its],
            predicted[..., its],
            np.zeros(length, dtype=np.int64),
            1,
            labels=LABELS[metric],
        )
        assert (alone[..., 0, :] == of_sentences[..., number, :]).all()


@given(
    st.sampled_from(METRICS),
    st.lists(st.integers(0, 4), min_size=1, max_size=5),
    st.lists(st.integers(0, 4), min_size=1, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_statistics_of_two_sets_together_are_those_of_each(metric, lengths_a, lengths_b, seed):
    generator = np.random.default_rng(seed)
    parts = []
    for lengths in (lengths_a, lengths_b):
        sentences = np.repeat(np.arange(len(lengths)), lengths)
        gold, predicted = (
            generator.normal(size=len(sentences))
            if metric == "pearson"
            else generator.integers(len(LABELS[metric]), size=len(sentences))
            for _ in range(2)
        )
        parts.append((gold, predicted, sentences))

    (gold_a, predicted_a, in_a), (gold_b, predicted_b, in_b) = parts
    num_a, num_b, labels = len(lengths_a), len(lengths_b), LABELS[metric]
    a = sentence_statistics(metric, gold_a, predicted_a, in_a, num_a, labels=labels)
    b = sentence_statistics(metric, gold_b, predicted_b, in_b, num_b, labels=labels)
    both = sentence_statistics(
        metric,
        np.concatenate([gold_a, gold_b]),
        np.concatenate([predicted_a, predicted_b]),
        np.concatenate([in_a, in_b + num_a]),
        num_a + num_b,
        labels=labels,
    )
    assert (both == np.concatenate([a, b])).all()
    sums = a.sum(axis=0) + b.sum(axis=0)
    assert score(metric, sums) == score(metric, both.sum(axis=0))
    assert -1 <= score(metric, sums) <= 1


def test_columns_by_hand():
    tags = LABELS["span_f1"]
    gold = np.array([tags.index(tag) for tag in ["B-X", "I-X", "B-Y", "O", "I-X"]])
    predicted = np.array([tags.index(tag) for tag in ["B-X", "I-X", "I-X", "O", "I-X"]])
    found = sentence_statistics(
        "span_f1", gold, predicted, np.array([0, 0, 0, 1, 1]), 2, labels=tags
    )
    assert found.tolist() == [[0, 2, 1], [1, 1, 1]]
    errors = sentence_statistics(
        "error_f1",
        np.array([0, 1, 1]),
        np.array([1, 1, 0]),
        np.array([0, 0, 2]),
        3,
        labels=(CORRECT, ERROR),
    )
    assert errors.tolist() == [[1, 1, 2], [0, 0, 0], [0, 1, 0]]
    hits = sentence_statistics("accuracy", np.array([0, 1]), np.array([0, 2]), np.array([0, 0]), 1)
    assert hits.tolist() == [[1, 2]]


def test_a_span_ends_with_its_sentence():
    tags = tag_inventory(["X"])
    ids = np.array([1, 2])
    two = sentence_statistics("span_f1", ids, ids, np.array([0, 1]), 2, labels=tags)
    assert two.tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("metric", METRICS)
def test_what_is_not_defined_scores_zero(metric):
    nothing = np.zeros(0, dtype=np.int64)
    empty = sentence_statistics(metric, nothing, nothing, nothing, 2, labels=LABELS[metric])
    assert score(metric, empty.sum(axis=0)) == 0
    sums = np.stack([empty.sum(axis=0), statistics(metric, *drawn(metric, 1, ())).sum(axis=0)])
    assert score(metric, sums)[0] == 0
    assert score(metric, sums)[1] != 0


def test_without_a_hit_or_a_label_f1_is_zero():
    gold, predicted, sentences = np.array([0, 1]), np.array([1, 0]), np.array([0, 0])
    for labels in ((CORRECT, ERROR), (CORRECT, "x")):
        found = sentence_statistics("error_f1", gold, predicted, sentences, 1, labels=labels)
        assert score("error_f1", found.sum(axis=0)) == 0


@pytest.mark.parametrize("constant", [0.0, 0.1, -2.9, 1e4])
def test_a_constant_correlates_with_nothing(constant):
    gold, _ = drawn("pearson", 1)
    constants = np.full(gold.shape, constant)
    for pair in ((gold, constants), (constants, gold), (constants, constants)):
        assert score("pearson", statistics("pearson", *pair).sum(axis=0)) == 0


def test_a_constant_far_off_the_scale_is_one_although_its_sums_are_rounded():
    gold = np.random.default_rng(1).normal(size=100_000)
    constants = np.full(gold.shape, 12_345.678)
    sums = sentence_statistics("pearson", gold, constants, np.zeros(len(gold), dtype=np.int64), 1)
    num, _, p, _, pp, _ = sums[0]
    assert num * pp != p * p
    for in_order in (sums, sums[:, [0, 2, 1, 4, 3, 5]]):
        assert score("pearson", in_order[0]) == 0


@pytest.mark.parametrize(("centre", "unit"), [(0.0, 1.0), (1e6, 0.5), (-3.0, 1e-6), (2000.0, 9.0)])
def test_pearson_is_the_same_wherever_the_numbers_lie(centre, unit):
    gold, predicted = drawn("pearson", 3)
    expected = [[np.corrcoef(gold, one)[0, 1] for one in layer] for layer in predicted]
    moved, guesses = centre + unit * gold, centre + unit * predicted.astype(np.float64)
    found = statistics("pearson", moved, guesses, Scale.of(moved)).sum(axis=-2)
    assert score("pearson", found) == pytest.approx(np.array(expected), abs=1e-5)


def test_the_sums_of_pearson_do_not_depend_on_order():
    generator = np.random.default_rng(5)
    sentences = np.repeat(np.arange(3_000), 4)
    gold = generator.normal(1.0, 1.5, len(sentences))
    found = sentence_statistics("pearson", gold, gold / 3 + 0.1, sentences, 3_000)
    assert (found.sum(axis=0) == found[generator.permutation(3_000)].sum(axis=0)).all()


def test_a_scale_of_equal_numbers_leaves_them_their_unit():
    assert Scale.of([0.1] * 7).unit == 1.0
    assert Scale.of([1.0, 3.0]) == Scale(2.0, 1.0)
