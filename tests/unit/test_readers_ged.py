"""Grammatical errors: words and labels, what is refused, and MultiGED."""

import pytest
from reader_fixture import PLACE, num_words, sentences, sentences_of_file
from reader_samples import MULTIGED

from tests_support import data_folder
from ticketscope.annotation.readers import ged
from ticketscope.errors import InputError


def test_sentences_by_hand():
    first, second = sentences(ged.read, MULTIGED)
    assert (first.words, first.errors) == (("Ann", "sleep", "."), (False, True, False))
    assert (second.words, second.errors) == (("i",), (True,))


@pytest.mark.parametrize("row", ["Ann", "Ann c", "Ann\tC", "Ann\t", "Ann\tc\tc", "\tc", "c\tAnn"])
def test_malformed_rows_are_refused_where_they_stand(row):
    with pytest.raises(InputError) as error:
        sentences(ged.read, f"{MULTIGED}\na\tc\n{row}")
    assert str(error.value).startswith(f"{PLACE}:9: {row!r} is not a word and a label; ")


def test_a_word_with_a_line_break_is_refused_where_its_sentence_begins():
    with pytest.raises(InputError, match=f"^{PLACE}:2: .* word 2, .* holds a tab or a line break"):
        sentences(ged.read, "\na\tc\nb\u2028c\tc")


def test_multiged_is_read_whole():
    found = sentences_of_file(ged.read, data_folder("ged_multiged") / "en_realec_dev.tsv.gz")
    assert (len(found), num_words(found)) == (4067, 88008)
    assert sum(sum(sentence.errors or ()) for sentence in found) == 8103
