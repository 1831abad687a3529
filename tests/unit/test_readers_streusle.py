"""Adpositions: conllulex and tables, what is refused, and that both forms of STREUSLE agree."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from reader_fixture import (
    PLACE,
    assert_read_or_refused,
    assert_refused,
    damaged,
    junk_lines,
    num_words,
    sentences,
    sentences_of_file,
)

from tests_support import data_folder
from ticketscope.annotation.readers import conllu, streusle
from ticketscope.annotation.sentence import Adposition, AnnotatedSentence
from ticketscope.errors import InputError
from ticketscope.text.words import join_words

NOTHING = "\t_" * 4
STATE = "p.Characteristic"
SOCIAL = "p.SocialRel\tp.Gestalt"
CONLLULEX = f"""\
# sent_id = s-1
# text = It isn't on top of my list in time, of need for us
1	It	it	PRON	PRP	_	2	nsubj	2:nsubj	_	_	PRON	it	_	_{NOTHING}
2-3	isn't	_	_	_	_	_	_	_	_	_	_	_	_	_{NOTHING}
2	is	be	AUX	VBZ	_	0	root	0:root	_	_	V	be	v.stative	_{NOTHING}
3	n't	not	PART	RB	_	2	advmod	2:advmod	_	_	ADV	not	_	_{NOTHING}
4	on	on	ADP	IN	_	8	case	8:case	_	1:1	P	on top of	{STATE}	p.Locus{NOTHING}
5	top	top	NOUN	NN	_	4	fixed	4:fixed	_	1:2	_	_	_	_{NOTHING}
6	of	of	ADP	IN	_	4	fixed	4:fixed	_	1:3	_	_	_	_{NOTHING}
7	my	my	PRON	PRP$	_	8	det	8:det	_	_	PRON.POSS	my	{SOCIAL}{NOTHING}
8	list	list	NOUN	NN	_	2	obl	2:obl	_	_	N	list	n.COGNITION	_{NOTHING}
8.1	be	be	VERB	VB	_	_	_	2:dep	_	_	_	_	_	_{NOTHING}
9	in	in	ADP	IN	_	10	case	10:case	_	2:1	PP	in time of need	p.Time	p.Time{NOTHING}
10	time	time	NOUN	NN	_	2	obl	2:obl	SpaceAfter=No	2:2	_	_	_	_{NOTHING}
11	,	,	PUNCT	,	_	2	punct	2:punct	_	_	PUNCT	,	_	_{NOTHING}
12	of	of	ADP	IN	_	13	case	13:case	_	2:3	_	_	_	_{NOTHING}
13	need	need	NOUN	NN	_	10	nmod	10:nmod	_	2:4	_	_	_	_{NOTHING}
14	for	for	ADP	IN	_	15	case	15:case	_	_	P	for	??	??{NOTHING}
15	us	we	PRON	PRP	_	13	nmod	13:nmod	_	_	PRON	we	_	_{NOTHING}

# sent_id = s-2
1	Go	go	VERB	VB	_	0	root	0:root	_	_	V	go	v.motion	_{NOTHING}
"""
TABLE = """\
sent_id	tok_ids	words	lexcat	role	function
s-1	7	my	PRON.POSS	p.SocialRel	p.Gestalt
s-1	4,5,6	on_top_of	P	p.Characteristic	p.Locus
s-1	9,10,12,13	in_time_of_need	PP	p.Time	p.Time
s-1	14	for	P	??	??
s-3	2-3	don't	P	p.Time	p.Time
"""
ADPOSITIONS = (
    Adposition(3, 6, "p.Characteristic", "p.Locus"),
    Adposition(6, 7, "p.SocialRel", "p.Gestalt"),
    Adposition(8, 9, "p.Time", "p.Time"),
)
WORDS = (
    *("It", "is", "n't", "on", "top", "of", "my", "list"),
    *("in", "time", ",", "of", "need", "for", "us"),
)
KNOWN = {
    "s-1": AnnotatedSentence(
        words=WORDS,
        name="s-1",
        space_after=tuple(word not in ("is", "time") for word in WORDS),
        heads=(-1, *range(14)),
    ),
    "s-2": AnnotatedSentence(words=("Go",), name="s-2"),
    "s-3": AnnotatedSentence(words=("I", "do", "n't"), name="s-3"),
}
read_alone = partial(streusle.read, known={})
read_table = partial(streusle.read, known=KNOWN)


def test_conllulex_by_hand():
    first, second = sentences(read_alone, CONLLULEX)
    assert (first.name, first.words) == ("s-1", WORDS)
    text = join_words(first.words, first.space_after).text
    assert text == "It isn't on top of my list in time, of need for us"
    assert first.adpositions == ADPOSITIONS
    assert first.upos
    assert first.upos[3:8] == ("ADP", "NOUN", "ADP", "PRON", "NOUN")
    assert (second.name, second.words, second.adpositions) == ("s-2", ("Go",), ())


def test_a_table_by_hand():
    first, second = sentences(read_table, TABLE)
    assert first == replace(KNOWN["s-1"], adpositions=ADPOSITIONS, heads=None)
    assert second == replace(KNOWN["s-3"], adpositions=(Adposition(1, 3, "p.Time", "p.Time"),))


def test_a_sentence_with_no_supersense_of_a_table_is_left_out():
    text = TABLE.replace("s-3\t2-3\tdon't\tP\tp.Time\tp.Time", "s-3\t1\tI\tPRON\t`$\t`$")
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
    assert_refused(read_table, TABLE.replace(old, new), line, problem)


def test_a_table_needs_known_sentences():
    with pytest.raises(InputError, match=f"^{PLACE}: .*; give their CoNLL-U file, too"):
        sentences(read_alone, TABLE)


@pytest.mark.parametrize("text", ["", "\n\n", "sent_id\ttok_ids\twords\trole\tfunction\n"])
def test_a_file_without_sentences_is_refused(text):
    with pytest.raises(InputError, match="holds no sentences"):
        sentences(read_table, text)


@settings(deadline=None)
@given(junk_lines)
def test_any_text_is_read_or_refused(lines):
    assert_read_or_refused(read_table, lines)
    assert_read_or_refused(read_table, [TABLE.split("\n")[0], *lines])


@settings(deadline=None)
@given(damaged(CONLLULEX) | damaged(TABLE))
def test_damaged_files_are_read_or_refused(lines):
    assert_read_or_refused(read_table, lines)


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
