"""Control tasks: labels of word forms that mean nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.probing.control import control_labels

COUNTS = [50, 0, 30, 20]
FORMS = [f"word{i}" for i in range(3_000)]
words = st.lists(st.sampled_from(["a", "A", "the", "dog", "größe"]), max_size=8)


def test_labels_follow_the_distribution_of_the_task():
    labels = control_labels(FORMS, COUNTS, seed=1)
    shares = np.bincount(labels, minlength=4) / len(FORMS)
    assert shares == pytest.approx(np.array(COUNTS) / 100, abs=0.03)
    assert shares[1] == 0
    assert set(control_labels(FORMS, [0, 1, 0, 1], seed=1)) == {1, 3}


@given(words, words, st.integers(0, 9))
def test_a_form_has_one_label_wherever_it_stands(train, test, seed):
    together = control_labels(train + test, COUNTS, seed)
    apart = [control_labels(split, COUNTS, seed) for split in (train, test)]
    assert (together == np.concatenate(apart)).all()
    assert together.dtype == np.int64
    label_of = dict(zip(train + test, together, strict=True))
    assert [label_of[word] for word in train + test] == together.tolist()


def test_seed_and_spelling_decide():
    labels = control_labels(FORMS, COUNTS, seed=1)
    chance = sum((count / 100) ** 2 for count in COUNTS)
    for others in (
        control_labels(FORMS, COUNTS, seed=2),
        control_labels([form.upper() for form in FORMS], COUNTS, seed=1),
    ):
        assert np.mean(labels == others) == pytest.approx(chance, abs=0.04)


def test_the_draw_never_changes():
    """Stored probes were trained on these labels."""
    labels = control_labels(["the", "The", "cat", "sat", "on", "a", "mat", "."], COUNTS, seed=1)
    assert labels.tolist() == [3, 0, 2, 3, 0, 2, 2, 3]
