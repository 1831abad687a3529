"""Layers of the Parallel Meaning Bank: columns, names, spaces, what is refused, and release 4."""

import pytest
from reader_fixture import assert_refused, num_words, sentences, sentences_of_file
from reader_samples import PMB

from tests_support import data_folder
from ticketscope.annotation.readers import pmb
from ticketscope.text.lines import text_lines
from ticketscope.text.words import join_words


def test_sentences_by_hand():
    first, second, third = sentences(pmb.read, PMB)
    assert [first.name, second.name, third.name] == ["p00/d0004", "p00/d0004", "p00/d0005"]
    assert first.words == ("New York", "is", "n't", "#", "!")
    assert first.semantic_tags == ("GPE", "NOW", "NOT", "IST", "NIL")
    assert first.supertags == (
        "n",
        "(s:dcl\\np)/(s:adj\\np)",
        "(s\\np)\\(s\\np)",
        "s:adj\\np",
        ".",
    )
    assert join_words(first.words, first.space_after).text == "New York isn't #!"
    assert (second.words, second.space_after) == (("A", "goalkeeper", "."), None)
    assert (third.words, third.semantic_tags, third.supertags) == (("Ja",), ("UNK",), None)


def test_columns_without_names_are_those_of_release_4():
    (sentence,) = sentences(pmb.read, "Ja\tJa\tja\tUNK\ts\tO\t[]")
    assert (sentence.words, sentence.semantic_tags) == (("Ja",), ("UNK",))
    assert (sentence.supertags, sentence.name) == (("s",), "")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (PMB.replace("\tNOW", ""), 7, "6 columns that are not empty instead of 7"),
        (PMB.replace("NOW", ""), 7, "6 columns that are not empty instead of 7"),
        (PMB.replace("UNK\tJa", "Ja"), 19, "1 columns that are not empty instead of 2"),
        (PMB.replace("tok:gold\nUNK", "cat:gold\nUNK"), 18, "'sem cat', none of tokens"),
        (PMB.replace("Ja", "~"), 17, "word 1, ' ', is empty"),
        ("### Generated", 1, "has no words"),
    ],
)
def test_malformed_files_are_refused_where_they_go_wrong(text, line, problem):
    assert_refused(pmb.read, text, line, problem)


@pytest.mark.parametrize(
    ("part", "num_documents", "num_sentences", "words", "num_other_texts"),
    [
        ("train", 7668, 7745, 50408, 18),
        ("dev", 1169, 1174, 7368, 1),
        ("test", 1048, 1053, 6821, 2),
        ("eval", 830, 841, 5710, 2),
    ],
)
def test_release_4_is_read_whole(part, num_documents, num_sentences, words, num_other_texts):
    path = data_folder("pmb4_layers") / f"en_{part}.conll.gz"
    found = sentences_of_file(pmb.read, path)
    assert len({sentence.name for sentence in found}) == num_documents
    assert (len(found), num_words(found)) == (num_sentences, words)

    prefix = "# raw sent = "
    texts = [line[len(prefix) :] for line in text_lines(path) if line.startswith(prefix)]
    rebuilt = [join_words(sentence.words, sentence.space_after).text for sentence in found]
    others = [text for mine, text in zip(rebuilt, texts, strict=True) if mine != text]
    assert len(others) == num_other_texts


def test_the_training_data_have_all_labels():
    found = sentences_of_file(pmb.read, data_folder("pmb4_layers") / "en_train.conll.gz")
    assert len({tag for sentence in found for tag in sentence.semantic_tags or ()}) == 69
    assert len({category for sentence in found for category in sentence.supertags or ()}) == 294
