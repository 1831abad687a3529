"""Columns with BIO tags: the schemes, the layouts, what is refused, and Universal NER."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_fixture import PLACE, assert_refused, num_words, sentences, sentences_of_file
from reader_samples import CONLL_2003, UNER

from tests_support import data_folder
from ticketscope.annotation.readers import bio
from ticketscope.annotation.sentence import NO_ENTRY, Span
from ticketscope.errors import InputError
from ticketscope.text.words import join_words


def test_conll_2003_by_hand():
    first, second = sentences(bio.read, CONLL_2003)
    assert first.words == ("U.N.", "official", "Rolf", "Ekeus", "Ann", ".")
    assert first.entities == (Span(0, 1, "ORG"), Span(2, 4, "PER"), Span(4, 5, "PER"))
    assert (first.name, first.space_after) == ("", None)
    assert (second.words, second.entities) == (("#",), ())


def test_chunks_are_the_third_of_four_columns():
    first, second = bio.read(CONLL_2003.split("\n"), PLACE, chunks=True)
    assert first.entities == (Span(0, 5, "NP"),)
    assert second.entities == (Span(0, 1, "NP"),)
    for line in ("a B-X", "a NN B-X", "a a NN B-Y B-X", "# sent_id = d\n1\ta\tB-X\t-\tann"):
        (one,) = bio.read(line.split("\n"), PLACE, chunks=True)
        assert one.entities == (Span(0, 1, "X"),)
    with pytest.raises(InputError, match=f"^{PLACE}:1: 'NN' in column 3 is no BIO tag; .*third of"):
        list(bio.read(["a a NN B-X"], PLACE, chunks=True))


def test_universal_ner_by_hand():
    first, second = sentences(bio.read, UNER)
    assert first.name == "d-1"
    assert first.words == ("Al", "-", "Zaman", ":", "see", "Mr", "Bo", ",", "Oslo")
    assert first.entities == (
        Span(0, 3, "ORG"),
        Span(5, 6, NO_ENTRY),  # OTH, of the pre-release
        Span(6, 7, "PER"),
        Span(7, 8, NO_ENTRY),  # a name called O
        Span(8, 9, "LOC"),
    )
    assert join_words(first.words, first.space_after).text == "Al-Zaman: see Mr Bo, Oslo"
    assert (second.words, second.entities, second.space_after) == (("Hi",), (), None)


def test_what_says_nothing_is_outside():
    first, second = sentences(bio.read, "a B-X\nb -\nc _\n\nd -")
    assert (first.entities, second.entities) == ((Span(0, 1, "X"),), ())


@pytest.mark.parametrize(
    ("columns", "entities"),
    [
        (["- B-LOC x", "- O x"], [Span(0, 1, "LOC")]),
        (["B-LOC - x", "- - x"], [Span(0, 1, "LOC")]),
        (["B-LOC B-PER x", "- B-PER x"], [Span(0, 1, "LOC")]),
        (["- - x", "- - x"], []),
    ],
)
def test_the_tags_of_universal_ner_are_where_something_is_said(columns, entities):
    rows = [f"{number}\tw\t{row}" for number, row in enumerate(columns, start=1)]
    text = "\n".join(["# sent_id = 1", *(row.replace(" ", "\t") for row in rows)])
    (sentence,) = sentences(bio.read, text)
    assert sentence.entities == tuple(entities)


def test_a_hashtag_is_a_word_and_other_labels_stay_without_ids():
    (sentence,) = sentences(bio.read, "#newdoc\tO\nOslo\tB-OTH")
    assert sentence.words == ("#newdoc", "Oslo")
    assert sentence.entities == (Span(1, 2, "OTH"),)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("O I-A I-A B-A I-B O", [(1, 3, "A"), (3, 4, "A"), (4, 5, "B")]),
        ("B-A I-A B-A O I-A", [(0, 2, "A"), (2, 3, "A"), (4, 5, "A")]),
        ("S-A B-A I-A E-A S-B S-B", [(0, 1, "A"), (1, 4, "A"), (4, 5, "B"), (5, 6, "B")]),
        ("U-A B-A L-A L-A I-A", [(0, 1, "A"), (1, 3, "A"), (3, 4, "A"), (4, 5, "A")]),
        (
            "E-A I-A B-A E-B I-A-B",
            [(0, 1, "A"), (1, 2, "A"), (2, 3, "A"), (3, 4, "B"), (4, 5, "A-B")],
        ),
    ],
)
def test_the_spans_of_all_schemes(tags, spans):
    (sentence,) = sentences(bio.read, "\n".join(f"word {tag}" for tag in tags.split()))
    assert sentence.entities == tuple(Span(*span) for span in spans)


@st.composite
def segmentations(draw: st.DrawFn) -> tuple[int, list[Span]]:
    """A number of words and spans among them, some touching, some alike."""
    spans, end = [], 0
    for gap, length, label in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("AB")))
    ):
        spans.append(Span(end + gap, end + gap + length, label))
        end += gap + length
    return end + draw(st.integers(1, 2)), spans


@given(segmentations(), st.sampled_from(["BIBI", "BIES", "BILU", "IOB1"]))
def test_a_segmentation_is_the_same_in_every_scheme(segmentation, scheme):
    num_words, spans = segmentation
    tags = ["O"] * num_words
    for span in spans:
        touches = span.start > 0 and tags[span.start - 1][1:] == f"-{span.label}"
        first, inside, last, only = (
            ("B" if touches else "I") + "I" * 3 if scheme == "IOB1" else scheme
        )
        if scheme == "IOB1":
            only = first
        elif scheme == "BIBI":
            last, only = "I", "B"
        middle = [inside] * (span.end - span.start - 2)
        letters = [only] if span.end - span.start == 1 else [first, *middle, last]
        tags[span.start : span.end] = [f"{letter}-{span.label}" for letter in letters]
    (sentence,) = sentences(bio.read, "\n".join(f"word\t{tag}" for tag in tags))
    assert sentence.entities == tuple(spans)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("\na B-X\nb", 3, "a row of 1 columns where the sentence begins with 2"),
        ("a", 1, "a row of 1 columns"),
        ("a B-X\nb NN O", 2, "a row of 3 columns"),
        ("a NN", 1, "'NN' in column 2 is no BIO tag"),
        ("a B", 1, "'B' in column 2"),
        ("a\tO\nb\tI-", 2, "'I-' in column 2"),
        ("a M-X", 1, "'M-X' in column 2"),
        (UNER.replace("5\tsee", "6\tsee"), 8, "the row of '6' is not id 5"),
        (UNER.replace("4\t:\tO", "4\tO"), 7, "the row of '4' is not id 4, a word and a tag"),
        (UNER.replace("\tsee\t", "\t\t"), 1, "word 5, '', is empty"),
        ("a O\n\n# sent_id = d", 3, "has no words"),
    ],
)
def test_malformed_rows_are_refused_where_they_stand(text, line, problem):
    assert_refused(bio.read, text, line, problem)


@pytest.mark.parametrize(
    ("part", "num_sentences", "words", "num_entities"),
    [
        (
            "train.prerelease",
            12543,
            204579,
            {"LOC": 2698, "PER": 2873, "ORG": 1434, NO_ENTRY: 540 + 888},
        ),
        ("dev", 2001, 25149, {"LOC": 399, "PER": 343, "ORG": 224}),
        ("test", 2077, 25097, {"LOC": 317, "PER": 449, "ORG": 322}),
    ],
)
def test_universal_ner_is_read_whole(part, num_sentences, words, num_entities):
    path = data_folder("uner_english_ewt") / f"en_ewt-ud-{part}.iob2.gz"
    found = sentences_of_file(bio.read, path)
    assert (len(found), num_words(found)) == (num_sentences, words)
    labels = Counter(span.label for sentence in found for span in sentence.entities or ())
    assert labels == num_entities
    assert all(sentence.space_after for sentence in found)
