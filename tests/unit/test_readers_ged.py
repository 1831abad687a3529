"""Grammatical errors: words and labels, what is refused, and MultiGED."""

import pytest
from hypothesis import given, settings
from reader_fixture import (
    PLACE,
    assert_read_or_refused,
    damaged,
    junk_lines,
    num_words,
    sentences,
    sentences_of_file,
)

from tests_support import data_folder
from ticketscope.annotation.readers import ged
from ticketscope.errors import InputError

SAMPLE = "Ann\tc\nsleep\ti\n.\tc\n\n\ni\ti\n"


def test_sentences_by_hand():
    first, second = sentences(ged.read, SAMPLE)
    assert (first.words, first.errors) == (("Ann", "sleep", "."), (False, True, False))
    assert (second.words, second.errors) == (("i",), (True,))


@pytest.mark.parametrize("row", ["Ann", "Ann c", "Ann\tC", "Ann\t", "Ann\tc\tc", "\tc", "c\tAnn"])
def test_malformed_rows_are_refused_where_they_stand(row):
    with pytest.raises(InputError) as error:
        sentences(ged.read, f"{SAMPLE}\na\tc\n{row}")
    assert str(error.value).startswith(f"{PLACE}:9: {row!r} is not a word and a label; ")


def test_a_word_with_a_line_break_is_refused_where_its_sentence_begins():
    with pytest.raises(InputError, match=f"^{PLACE}:2: .* word 2, .* holds a tab or a line break"):
        sentences(ged.read, "\na\tc\nb\u2028c\tc")


def test_a_file_without_sentences_is_refused():
    with pytest.raises(InputError, match="holds no sentences"):
        sentences(ged.read, "")


@settings(deadline=None)
@given(junk_lines)
def test_any_text_is_read_or_refused(lines):
    assert_read_or_refused(ged.read, lines)


@settings(deadline=None)
@given(damaged(SAMPLE))
def test_damaged_files_are_read_or_refused(lines):
    assert_read_or_refused(ged.read, lines)


def test_multiged_is_read_whole():
    found = sentences_of_file(ged.read, data_folder("ged_multiged") / "en_realec_dev.tsv.gz")
    assert (len(found), num_words(found)) == (4067, 88008)
    assert sum(sum(sentence.errors or ()) for sentence in found) == 8103
