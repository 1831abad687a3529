"""Factuality: the table joined to words and tags, what is refused, and UDS It-Happened."""

from dataclasses import replace
from functools import partial

import pytest
from reader_fixture import PLACE, assert_refused, sentences, sentences_of_file
from reader_samples import KNOWN_OF_UDS, UDS

from tests_support import data_folder
from ticketscope.annotation.readers import conllu, factuality
from ticketscope.errors import InputError

read = partial(factuality.read, known=KNOWN_OF_UDS)


def test_only_words_that_are_verbs_in_the_known_sentence_count():
    first, second = sentences(read, UDS)
    values = ((0, 3.0), (3, -1.4318))
    assert first == replace(KNOWN_OF_UDS["s-1"], factuality=values, upos=None, heads=None)
    assert second == replace(KNOWN_OF_UDS["s-2"], factuality=((2, -3.0),), upos=None)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("tok_id\t", "tok\t", 1, "no column 'tok_id'"),
        ("\t-1.4318", "", 2, "5 columns instead of 6"),
        ("go\t", "went\t", 2, "'went' is 'go' in the sentence 's-1'"),
        ("s-3", "s-4", 5, "the sentence 's-4' is not in"),
        ("s-1\t1\tsaw", "s-1\t4\tgo", 4, "these words had a row already"),
        *(
            ("-1.4318", value, 2, f"the value {value!r} is no number from -3.0 to 3.0")
            for value in ("", "nan", "inf", "3.01", "-4", "1_0", "1,5", "٣", "9" * 5000, "1e999")
        ),
        ("1e0", "9", 5, "the value '9' is no number from -3.0 to 3.0"),
    ],
)
def test_malformed_tables_are_refused_where_they_go_wrong(old, new, line, problem):
    assert_refused(read, UDS.replace(old, new), line, problem)


def test_a_table_needs_known_sentences_with_universal_tags():
    with pytest.raises(InputError, match=f"^{PLACE}: .*; give their CoNLL-U file, too"):
        list(factuality.read(UDS.split("\n"), PLACE, {}))
    known = {name: replace(sentence, upos=None) for name, sentence in KNOWN_OF_UDS.items()}
    with pytest.raises(InputError, match=f"^{PLACE}:2: the sentence 's-1' has no universal tags"):
        list(factuality.read(UDS.split("\n"), PLACE, known))


def test_a_file_without_verbs_is_refused():
    with pytest.raises(InputError, match="holds no sentences"):
        sentences(read, "sent_id\ttok_id\tword\tvalue\ns-3\t2\ttrip\t1")


@pytest.mark.parametrize(
    ("part", "num_predicates", "num_not_verbs"),
    [("train", 22206, 113), ("dev", 2646, 19), ("test", 2548, 12)],
)
def test_uds_is_read_whole(part, num_predicates, num_not_verbs):
    path = data_folder("ud_english_ewt") / f"en_ewt-ud-{part}.conllu.gz"
    known = {one.name: one for one in sentences_of_file(conllu.read, path)}
    found = sentences_of_file(
        partial(factuality.read, known=known),
        data_folder("uds_decomp") / f"factuality_{part}.tsv.gz",
    )
    values = [value for one in found for _, value in one.factuality or ()]
    assert len(values) == num_predicates - num_not_verbs
    assert -2.5 < min(values) < -1.5 < 1.5 < max(values) < 2.5
