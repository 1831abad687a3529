"""Tags of spans and codes of spans, against conlleval's behaviour by hand and naive reading."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from probing_fixture import spans_of_tags

from ticketscope.annotation.sentence import Span
from ticketscope.errors import InputError
from ticketscope.probing.span_tags import (
    OUTSIDE,
    span_codes,
    tag_inventory,
    tags_of_spans,
)

INVENTORY = tag_inventory(["B", "A-1"])
tag = st.sampled_from(INVENTORY)


def naive_spans(tags):
    """Word by word, as one reads them."""
    spans, before = [], OUTSIDE
    for word, now in enumerate(tags):
        if now.startswith("I-") and before != OUTSIDE and now[2:] == before[2:]:
            spans[-1] = Span(spans[-1].start, word + 1, now[2:])
        elif now != OUTSIDE:
            spans.append(Span(word, word + 1, now[2:]))
        before = now
    return spans


def test_the_inventory_names_every_tag_once():
    assert INVENTORY == ("O", "B-A-1", "I-A-1", "B-B", "I-B")
    assert tag_inventory(["X", "X"]) == ("O", "B-X", "I-X")
    assert tag_inventory([]) == ("O",)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("O O", []),
        ("B-A I-A O", [(0, 2, "A")]),
        ("B-A B-A", [(0, 1, "A"), (1, 2, "A")]),
        ("I-A I-A", [(0, 2, "A")]),  # begins a span at the start of the sentence
        ("O I-A O", [(1, 2, "A")]),
        ("B-A I-B I-B", [(0, 1, "A"), (1, 3, "B")]),  # continues nothing of its label
        ("B-A O I-A", [(0, 1, "A"), (2, 3, "A")]),
        ("I-A B-A I-A", [(0, 1, "A"), (1, 3, "A")]),
        ("B-X-Y I-X-Y I-X", [(0, 2, "X-Y"), (2, 3, "X")]),
        ("", []),
    ],
)
def test_spans_are_read_as_conlleval_reads_them(tags, spans):
    assert spans_of_tags(tags.split()) == [Span(*span) for span in spans]


@given(st.lists(tag, max_size=12))
def test_spans_are_those_of_a_naive_reading(tags):
    assert spans_of_tags(tags) == naive_spans(tags)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["A", "B", ""])), max_size=6))
def test_spans_come_back_from_their_tags(pieces):
    spans, end = [], 0
    for length, label in pieces:
        if label:
            spans.append(Span(end, end + length, label))
        end += length
    tags = tags_of_spans(end, reversed(spans))
    assert spans_of_tags(tags) == spans
    assert set(tags) <= set(tag_inventory(["A", "B"]))


def test_spans_that_cannot_be_tagged_are_refused():
    with pytest.raises(InputError, match=r"Span\(start=1, end=3, label='B'\) overlaps"):
        tags_of_spans(3, [Span(0, 2, "A"), Span(1, 3, "B")])
    with pytest.raises(InputError, match="no span of 2 words"):
        tags_of_spans(2, [Span(1, 3, "A")])


@given(st.lists(st.lists(tag, max_size=5), min_size=1, max_size=4), st.lists(tag, max_size=20))
def test_codes_are_equal_for_equal_spans_alone(rows, others):
    """Several taggings of several sentences at once, against one sentence after the other."""
    sentences = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    gold = [tag for row in rows for tag in row]
    guess = (others + gold)[: len(gold)]
    ids = np.array([[INVENTORY.index(tag) for tag in side] for side in (gold, guess)], dtype=int)
    codes = span_codes(ids, INVENTORY, sentences)

    expected = []
    for side in (gold, guess):
        naive, start = {}, 0
        for row in rows:
            for span in naive_spans(side[start : start + len(row)]):
                naive[start + span.end - 1] = (start + span.start, span.label)
            start += len(row)
        expected.append(naive)
    assert [set(np.flatnonzero(row >= 0)) for row in codes] == [set(side) for side in expected]
    both = set(expected[0]) & set(expected[1])
    for last in both:
        same = expected[0][last] == expected[1][last]
        assert (codes[0, last] == codes[1, last]) == same
