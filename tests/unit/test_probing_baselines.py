"""Baselines that know the words alone, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.annotation.tasks import TASKS, Target
from ticketscope.errors import InputError
from ticketscope.probing.baselines import majority, majority_by_word


def _tagged(text):
    """Words and token targets from word/label."""
    items = [item.split("/") for item in text.split()]
    targets = [Target((i, i + 1), None, label) for i, (_, label) in enumerate(items)]
    return [word for word, _ in items], targets


def test_token_baselines_by_hand():
    train = [_tagged("The/D run/N a/D run/N run/V")]
    test = [_tagged("the/D run/V"), _tagged("a/D dog/N")]
    assert majority(TASKS["pos"], train, test) == 1 / 2  # D and N twice each: the first by name
    assert majority_by_word(TASKS["pos"], train, test) == 2 / 4


def test_error_baselines_are_f1_of_the_error():
    train = [_tagged("he/c go/i she/c go/i it/c")]
    test = [_tagged("he/i go/i it/c go/c")]
    assert majority(TASKS["error_detection"], train, test) == 0
    # guesses c i c i: one hit, two errors, two guesses
    assert majority_by_word(TASKS["error_detection"], train, test) == 2 * 1 / (2 + 2)


def test_selected_spans_are_known_by_all_their_words():
    def example(words, label):
        return words.split(), [Target((0, len(words.split())), None, label)]

    train = [example("because of", "Cause"), example("of", "Gestalt"), example("of", "Gestalt")]
    test = [example("Because of", "Cause"), example("of", "Gestalt"), example("out of", "Source")]
    assert majority(TASKS["adposition_role"], train, test) == pytest.approx(1 / 3)
    assert majority_by_word(TASKS["adposition_role"], train, test) == pytest.approx(2 / 3)


def test_pairs_are_known_by_the_last_words_of_both_spans():
    def example(words, label):
        return words.split(), [Target((0, 2), (2, 3), label)]

    train = [example("the cat it", "yes"), example("a man it", "no"), example("a man he", "no")]
    test = [example("A cat it", "yes"), example("that man it", "no"), example("a cat she", "yes")]
    assert majority(TASKS["coreference"], train, test) == pytest.approx(1 / 3)
    assert majority_by_word(TASKS["coreference"], train, test) == pytest.approx(2 / 3)


def test_numbers_get_the_mean_of_their_word():
    def example(*items):
        words = [word for word, _ in items]
        return words, [Target((i, i + 1), None, value) for i, (_, value) in enumerate(items)]

    train = [example(("go", 1.0), ("go", 3.0), ("stay", -1.0), ("fly", 1.0))]
    # predicted 2 (mean of go), -1, and 1 (mean of all) for what is new
    test = [example(("Go", 2.5), ("stay", -0.5), ("swim", 1.5))]
    assert majority_by_word(TASKS["event_factuality"], train, test) == pytest.approx(1.0)
    assert majority(TASKS["event_factuality"], train, test) == 0
    one = [example(("go", 2.0))]
    assert majority_by_word(TASKS["event_factuality"], train, one) == 0


def test_spans_come_from_the_tags_of_words():
    train = [
        (["in", "New", "York"], [Target((1, 3), None, "LOC")]),
        (["in", "York", "Ann"], [Target((1, 2), None, "LOC"), Target((2, 3), None, "PER")]),
        (["York", "in", "New"], [Target((2, 3), None, "LOC")]),
    ]
    # york: B, I, O once each, the first by name is B-LOC; new: B-LOC
    words = ["new", "York", "Ann", "in"]
    test = [(words, [Target((0, 2), None, "LOC"), Target((2, 3), None, "PER")])]
    # guesses new, York and Ann as spans of their own: one of three is right, of two
    assert majority_by_word(TASKS["ner"], train, test) == pytest.approx(2 * 1 / (3 + 2))
    assert majority(TASKS["ner"], train, test) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(("A", "B", ""))), max_size=6))
def test_spans_of_words_that_are_all_known_are_all_found(pieces):
    words, targets = ["end"], []
    for length, label in pieces:
        start = len(words)
        words += [str(start + i) for i in range(length)]
        if label:
            targets.append(Target((start, start + length), None, label))
    examples = [(words, targets)]
    assert majority_by_word(TASKS["ner"], examples, examples) == (1 if targets else 0)


def test_baselines_without_targets_are_refused():
    with pytest.raises(InputError, match="task pos: no targets"):
        majority(TASKS["pos"], [], [_tagged("a/D")])
    with pytest.raises(InputError, match="task pos: no targets"):
        majority_by_word(TASKS["pos"], [_tagged("a/D")], [(["a"], [])])
