"""Adpositions: conllulex and tables, what is refused, and that both forms of STREUSLE agree."""

from dataclasses import replace
from functools import partial

import pytest
from reader_fixture import PLACE, assert_refused, num_words, sentences, sentences_of_file
from reader_samples import CONLLULEX, KNOWN_OF_STREUSLE, STREUSLE_TABLE, WORDS_OF_STREUSLE

from tests_support import data_folder
from ticketscope.annotation.readers import conllu, streusle
from ticketscope.annotation.sentence import Adposition
from ticketscope.errors import InputError
from ticketscope.text.words import join_words

ADPOSITIONS = (
    Adposition(3, 6, "p.Characteristic", "p.Locus"),
    Adposition(6, 7, "p.SocialRel", "p.Gestalt"),
    Adposition(8, 9, "p.Time", "p.Time"),
)
read_alone = partial(streusle.read, known={})
read_table = partial(streusle.read, known=KNOWN_OF_STREUSLE)


def test_conllulex_by_hand():
    first, second = sentences(read_alone, CONLLULEX)
    assert (first.name, first.words) == ("s-1", WORDS_OF_STREUSLE)
    text = join_words(first.words, first.space_after).text
    assert text == "It isn't on top of my list in time, of need for us"
    assert first.adpositions == ADPOSITIONS
    assert first.upos
    assert first.upos[3:8] == ("ADP", "NOUN", "ADP", "PRON", "NOUN")
    assert (second.name, second.words, second.adpositions) == ("s-2", ("Go",), ())


def test_a_table_by_hand():
    first, second = sentences(read_table, STREUSLE_TABLE)
    assert first == replace(KNOWN_OF_STREUSLE["s-1"], adpositions=ADPOSITIONS, heads=None)
    assert second == replace(
        KNOWN_OF_STREUSLE["s-3"], adpositions=(Adposition(1, 3, "p.Time", "p.Time"),)
    )


def test_a_sentence_with_no_supersense_of_a_table_is_left_out():
    text = STREUSLE_TABLE.replace("s-3\t2-3\tdon't\tP\tp.Time\tp.Time", "s-3\t1\tI\tPRON\t`$\t`$")
    (sentence,) = sentences(read_table, text)
    assert sentence.name == "s-1"


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("\tv.stative\t_", "\tv.stative", 5, "not 19 columns"),
        ("\tv.stative\t", "\t\t", 5, "not 19 columns"),
        ("p.SocialRel\tp.Gestalt", "p.SocialRel\t??", 10, "role 'p.SocialRel' with function '??'"),
        ("15\tus", "16\tus", 19, "id '16' where word 15 should stand"),
    ],
)
def test_malformed_conllulex_is_refused_where_it_goes_wrong(old, new, line, problem):
    assert_refused(read_alone, CONLLULEX.replace(old, new, 1), line, problem)


def test_adpositions_need_no_heads_and_may_lack_their_role_or_function():
    text = CONLLULEX.replace("\t0\troot", "\t8\troot", 1).replace("p.Gestalt", "_")
    first, second = sentences(read_alone, text)
    assert (first.heads, second.heads) == (None, (-1,))
    assert [malformed.layer for malformed in first.malformed] == ["heads"]
    assert first.malformed[0].reason.startswith(f"{PLACE}:3: 0 roots instead of one")
    assert Adposition(6, 7, "p.SocialRel", "_") in first.adpositions


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("\trole\t", "\tRole\t", 1, "no column 'role'"),
        ("for\tP\t??", "for\t??", 5, "5 columns instead of 6"),
        ("s-3", "s-4", 6, "the sentence 's-4' is not in the CoNLL-U file"),
        ("s-1\t4,", "s-2\t4,", 3, "'4,5,6' are no ids of the 1 words of 's-2'"),
        ("s-1\t14", "s-3\t1\tI\tP\tp.A\tp.A\ns-1\t14", 6, "'s-1' stood further up already"),
        ("4,5,6", "4,5", 3, "'on_top_of' is 'on_top' in the sentence 's-1'"),
        ("4,5,6", "4,5,16", 3, "'4,5,16' are no ids of the 15 words"),
        ("4,5,6", "4,5,8.1", 3, "'4,5,8.1' are no ids"),
        ("4,5,6", "6-4", 3, "'6-4' are no ids"),
        ("4,5,6", "0", 3, "'0' are no ids"),
        ("4,5,6", "٤", 3, "'٤' are no ids"),
        ("4,5,6", "9" * 5000, 3, "are no ids"),
        ("s-1\t14\tfor", "s-1\t7\tmy", 5, "these words had a row already"),
        ("??\t??", "p.X\t??", 5, "role 'p.X' with function '??'"),
    ],
)
def test_malformed_tables_are_refused_where_they_go_wrong(old, new, line, problem):
    assert_refused(read_table, STREUSLE_TABLE.replace(old, new), line, problem)


def test_a_table_needs_known_sentences():
    with pytest.raises(InputError, match=f"^{PLACE}: .*; give their CoNLL-U file, too"):
        sentences(read_alone, STREUSLE_TABLE)


@pytest.mark.parametrize(
    ("part", "num_sentences", "num_adpositions"), [("dev", 554, 462), ("test", 535, 485)]
)
def test_both_forms_of_streusle_agree(part, num_sentences, num_adpositions):
    path = data_folder("ud_english_ewt") / f"en_ewt-ud-{part}.conllu.gz"
    known = {one.name: one for one in sentences_of_file(conllu.read, path)}
    folder = data_folder("streusle")
    lexical = sentences_of_file(read_alone, folder / f"streusle.ud_{part}.conllulex.gz")
    assert len(lexical) == num_sentences
    assert sum(len(one.adpositions or ()) for one in lexical) == num_adpositions
    assert [replace(one, adpositions=None) for one in lexical] == [
        known[one.name] for one in lexical
    ]

    table = sentences_of_file(partial(streusle.read, known=known), folder / f"snacs_{part}.tsv")
    assert [(one.name, one.words, one.space_after, one.adpositions) for one in table] == [
        (one.name, one.words, one.space_after, one.adpositions)
        for one in lexical
        if one.adpositions
    ]


def test_the_table_of_streusle_train_is_read_whole():
    path = data_folder("ud_english_ewt") / "en_ewt-ud-train.conllu.gz"
    known = {one.name: one for one in sentences_of_file(conllu.read, path)}
    table = sentences_of_file(
        partial(streusle.read, known=known), data_folder("streusle") / "snacs_train.tsv"
    )
    assert (len(table), sum(len(one.adpositions or ()) for one in table)) == (1911, 4553)
    assert num_words(table) == sum(len(known[one.name].words) for one in table)
