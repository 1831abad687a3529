"""Coreference: nested and crossing mentions, documents, what is refused, and LitBank."""

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_fixture import PLACE, assert_refused, num_words, sentences
from reader_samples import LITBANK, ONTONOTES

from tests_support import data_folder
from ticketscope.annotation.readers import conll2012
from ticketscope.annotation.sentence import Span
from ticketscope.errors import InputError


def test_documents_by_hand():
    first, second = sentences(conll2012.read, ONTONOTES)
    assert first.name == second.name == "bc/cctv/00/cctv_0000"
    assert first.words == ("#", "b", "c", ".", "d")
    assert first.sentence_starts == (0, 4)
    assert first.mentions == (
        Span(0, 3, "12"),
        Span(0, 2, "7"),
        Span(1, 2, "12"),
        Span(4, 5, "7"),
    )
    assert (second.words, second.sentence_starts, second.mentions) == (("e",), (0,), ())


def test_the_columns_of_litbank():
    (document,) = sentences(conll2012.read, LITBANK)
    assert (document.name, document.words) == ("x_brat", ("The", "old man", "slept", "."))
    assert document.mentions == (Span(0, 2, "3"), Span(1, 4, "4"))


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("#begin", "# begin", 1, "stands outside of documents"),
        ("(x_brat)", "x_brat", 1, "names none"),
        ("; part 0", "; part ٣", 1, "names none"),
        ("#end document", "#end document\n#", 8, "stands outside of documents"),
        ("#end document\n", "", 1, "the document 'x_brat' is not closed"),
        ("#end document", "#begin document (y)", 1, "the document 'x_brat' is not closed"),
        ("\t_\t_\t_\t_\t_\t_\t_\t_\t4)", "", 5, "4 columns instead of 5 or more"),
        ("4)", "", 3, "the mention of '4' that begins here is not closed"),
        ("3)|(4", "3)|(4|(5", 3, "the mention of '5' that begins here is not closed"),
        ("\t4)", "\t5)", 5, "'5)' closes no mention"),
        ("\t4)", "\t4", 5, "'4' begins and ends no mentions"),
        ("\t4)", "\t4)|", 5, "'4)|' begins and ends no mentions"),
        ("\t(3", "\t((3", 2, "'((3' begins and ends no mentions"),
        ("old man", "", 1, "word 2, '', is empty"),
    ],
)
def test_malformed_files_are_refused_where_they_go_wrong(old, new, line, problem):
    assert_refused(conll2012.read, LITBANK.replace(old, new), line, problem)


def test_a_mention_across_sentences_is_refused():
    with pytest.raises(InputError, match=f"^{PLACE}:3: the mention of '4' that begins here"):
        sentences(conll2012.read, LITBANK.replace("x_brat\t0\t3", "\nx_brat\t0\t0"))


def test_a_document_without_words_is_refused():
    with pytest.raises(InputError, match=f"^{PLACE}:1: .* has no words"):
        sentences(conll2012.read, "#begin document (a)\n\n#end document")


@st.composite
def mentions(draw: st.DrawFn) -> list[Span]:
    """Any spans over six words, but those of one entity do not cross."""
    ends = st.tuples(st.integers(0, 5), st.integers(1, 6)).filter(lambda ends: ends[0] < ends[1])
    found: list[Span] = []
    for start, end in draw(st.lists(ends, max_size=8, unique=True)):
        span = Span(start, end, str(draw(st.integers(0, 2))))
        crosses = any(
            other.label == span.label
            and (other.start < start < other.end < end or start < other.start < end < other.end)
            for other in found
        )
        if not crosses:
            found.append(span)
    return found


@given(mentions())
def test_written_mentions_are_read_back(spans):
    lines = ["#begin document (d)"]
    for word in range(6):
        closing = [s for s in spans if s.end == word + 1 and s.end - s.start > 1]
        single = [s for s in spans if s == Span(word, word + 1, s.label)]
        opening = [s for s in spans if s.start == word and s.end - s.start > 1]
        pieces = [f"{s.label})" for s in closing] + [f"({s.label})" for s in single]
        pieces += [f"({s.label}" for s in opening]
        lines.append(f"d 0 {word} w {'|'.join(pieces) or '-'}")
    (document,) = conll2012.read([*lines, "#end document"], PLACE)
    assert sorted(map(str, document.mentions or ())) == sorted(map(str, spans))


def test_litbank_is_read_whole():
    path = data_folder("litbank_coref") / "coref_conll.tar.gz"
    with tarfile.open(path) as archive:
        files = [archive.extractfile(member) for member in archive if member.isfile()]
        texts = [file.read().decode("utf-8") for file in files if file]
    found = [document for text in texts for document in sentences(conll2012.read, text)]
    assert len(found) == len({document.name for document in found}) == 100
    assert num_words(found) == 210532
    assert sum(len(document.sentence_starts) for document in found) == 8562
    assert sum(len(document.mentions or ()) for document in found) == 29103
