"""Bracketed trees: what is stripped, where trees end, what is refused, and those of EWT."""

import pytest
from reader_fixture import assert_refused, num_words, sentences, sentences_of_file
from reader_samples import TREES

from tests_support import data_folder
from ticketscope.annotation.phrase_trees import bracketed, parse
from ticketscope.annotation.readers import trees
from ticketscope.errors import InputError


def test_trees_by_hand():
    found = sentences(trees.read, TREES)
    assert [bracketed(sentence.tree) for sentence in found if sentence.tree] == [
        "(S (NP (NNP Ann)) (VP (VBZ waits) (S (PP (-LRB- -LRB-) (IN in) (NP (NN|JJ oil))))))",
        "(NP (NN a))",
        "(X (NN b) (NN c))",
        "(S (NN d))",
    ]
    assert found[0].words == ("Ann", "waits", "-LRB-", "in", "oil")
    assert found[0].xpos == ("NNP", "VBZ", "-LRB-", "IN", "NN|JJ")


def test_a_technical_root_of_several_phrases_stays():
    (sentence,) = sentences(trees.read, "(TOP (NN a) (NN b))")
    assert sentence.tree == parse("(TOP (NN a) (NN b))", "here")


def test_the_deepest_tree_is_read():
    (sentence,) = sentences(trees.read, "(S " * 199 + "(NN a)" + ")" * 199)
    assert sentence.words == ("a",)


def test_a_blank_line_inside_of_a_tree_ends_nothing():
    text = "( (S (NP (NN rain))\n\n (VP (VBZ falls))) )\n( (S (NP (NN snow)) (VP (VBZ melts))) )\n"
    first, second = sentences(trees.read, text)
    assert (first.words, second.words) == (("rain", "falls"), ("snow", "melts"))


def test_a_tree_that_does_not_end_does_not_swallow_the_file():
    lines = iter(["(S (NN a))", "(S (NN b)", *["(S (NN c))", ""] * 11_000])
    with pytest.raises(InputError, match=r"^x:2: the tree that begins here does not end within"):
        list(trees.read(lines, "x"))
    assert sum(1 for _ in lines) > 1_000


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("(S (NN a)\n\n(S (NN b))", 1, "1 brackets are not closed"),
        ("(S (NN a))\n\n(S\n (NN b)", 3, "1 brackets are not closed"),
        ("(S (NN a)))", 1, "')' before the first bracket"),
        ("(S (NN a))\n# text\n(S (NN b))", 2, "'#' before the first bracket"),
        ("\n(S (NN a)) b", 2, "'b' before the first bracket"),
        ("only words", 1, "'only' before the first bracket"),
        ("\n(S\n (NP-SBJ))", 2, "'NP-SBJ' has neither word nor phrases"),
        ("\n(=1 (NN a))", 2, "must be symbols"),
        ("(S (NN a))\n(S (NP (-NONE- *)))", 2, "holds no word"),
        ("(S (NN a))\n(S (NP\x1b[2J (NN a)))", 2, r"a label holds a control character, \x1b"),
        ("(S " * 5000, 1, "more than 200 brackets"),
        ("(S " * 200 + "(NN a)" + ")" * 200, 1, "more than 200 brackets"),
    ],
)
def test_malformed_trees_are_refused_where_they_begin(text, line, problem):
    assert_refused(trees.read, text, line, problem)


@pytest.mark.parametrize(
    ("part", "num_sentences", "words", "num_roots_of_several"),
    [("train", 12524, 204221, 9), ("dev", 1967, 24891, 0), ("test", 2056, 24940, 0)],
)
def test_the_trees_of_the_web_treebank_are_read_whole(
    part, num_sentences, words, num_roots_of_several
):
    path = data_folder("ewt_propbank_const") / f"ewt_const_{part}.mrg.gz"
    found = sentences_of_file(trees.read, path)
    assert (len(found), num_words(found)) == (num_sentences, words)
    roots = [sentence.tree.label for sentence in found if sentence.tree]
    assert roots.count("TOP") == num_roots_of_several
