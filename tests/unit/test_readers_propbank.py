"""Semantic roles: arcs to head words, layouts, what is refused, the English Web Treebank."""

from functools import partial

import pytest
from reader_fixture import PLACE, assert_refused, num_words, sentences, sentences_of_file
from reader_samples import CONLL_2005, KNOWN_OF_PROPBANK, PROPBANK, WORDS_OF_PROPBANK

from tests_support import data_folder
from ticketscope.annotation.phrase_trees import bracketed
from ticketscope.annotation.readers import conllu, propbank, trees
from ticketscope.annotation.sentence import AnnotatedSentence, Arc, Malformed
from ticketscope.errors import InputError

TREE = (
    "(S (NP (NP (DT The) (NN bank)) (PP (IN in) (NP (NNP Rome)))) (VP (VBD gave) (NP (PRP it))"
    " (PRT (RP up)) (PRN (-LRB- -LRB-) (S (VP (TO to) (VP (VB buy) (NP (NN oil) (NNS rigs)))))"
    " (-RRB- -RRB-))))"
)
read_alone = partial(propbank.read, known={})
read_with_heads = partial(propbank.read, known=KNOWN_OF_PROPBANK)


def test_sentences_with_known_heads_by_hand():
    first, second = sentences(read_with_heads, PROPBANK)
    assert (first.name, first.words) == ("s-1", WORDS_OF_PROPBANK)
    assert first.space_after == KNOWN_OF_PROPBANK["s-1"].space_after
    assert first.xpos == (
        *("DT", "NN", "IN", "NNP", "VBD", "PRP", "RP"),
        *("-LRB-", "TO", "VB", "NN", "NNS", "-RRB-"),
    )
    assert first.tree
    assert bracketed(first.tree) == TREE
    assert first.arguments == (
        Arc(4, 1, "ARG0"),
        Arc(4, 5, "ARG1"),
        Arc(4, 6, "C-V"),
        Arc(4, 9, "ARGM-PRP"),
        Arc(9, 11, "ARG1"),
    )
    assert (second.name, second.words, second.arguments) == ("s-2", ("***",), ())


def test_without_known_sentences_heads_follow_from_the_tree():
    first, _ = sentences(read_alone, PROPBANK)
    assert first.space_after is None
    assert first.arguments == (
        Arc(4, 1, "ARG0"),
        Arc(4, 5, "ARG1"),
        Arc(4, 6, "C-V"),
        Arc(4, 8, "ARGM-PRP"),
        Arc(9, 11, "ARG1"),
    )


def test_of_several_words_with_heads_outside_the_first_counts():
    text = "1\ta\tX\t*\t-\t-\t(A*\n2\tb\tX\t*\t-\t-\t*)\n3\tc\tX\t*\tc\tc.01\t(V*)"
    known = {"n": AnnotatedSentence(words=("a", "b", "c"), name="n", heads=(2, 2, -1))}
    (sentence,) = propbank.read(f"# sent_id = n\n{text}".split("\n"), PLACE, known)
    assert sentence.arguments == (Arc(2, 0, "A"),)
    (sentence,) = sentences(read_alone, text)
    assert (sentence.arguments, sentence.tree) == ((Arc(2, 1, "A"),), None)


WORD_FIRST = """\
#     #    (S1(S(NP*   *      -      (A1*     *
5     CD   *)          *      -      *)       *
fell  VBD  (VP*)       *      fall   (V*)     *
in    IN   (PP*        *      -      (AM-LOC* *
Rome  NNP  (NP*))))    (LOC*) say    *)       (V*)
"""


@pytest.mark.parametrize(
    "text",
    [
        CONLL_2005,
        WORD_FIRST,
        WORD_FIRST.replace("(LOC*)", "*"),
        WORD_FIRST.replace(" fall ", " 01 fall ")
        .replace(" - ", " - - ")
        .replace(" say ", " - say "),
        "\n".join(line[:23] + line[30:] for line in WORD_FIRST.split("\n")),
    ],
)
def test_layouts_with_the_word_first(text):
    (sentence,) = sentences(read_alone, text)
    assert sentence.words == ("#", "5", "fell", "in", "Rome")
    assert sentence.xpos == ("#", "CD", "VBD", "IN", "NNP")
    assert sentence.tree
    assert bracketed(sentence.tree) == (
        "(S (NP (# #) (CD 5)) (VP (VBD fell)) (PP (IN in) (NP (NNP Rome))))"
    )
    assert sentence.arguments == (Arc(2, 1, "A1"), Arc(2, 3, "AM-LOC"))


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("7\tup\tRP\t(PRT*)", "7\tup\tRP", 8, "7 columns, unlike the 8 of line 2"),
        ("7\tup", "8\tup", 8, "number '8' instead of 7"),
        ("DT\t(TOP(S(NP(NP*", "DT\tTOP(S", 2, "8 columns of no known layout"),
        ("# newpar", "# newpar\n", 16, "comments without words"),
    ],
)
def test_malformed_files_are_refused_where_they_go_wrong(old, new, line, problem):
    assert PROPBANK.count(old) == 1
    assert_refused(read_alone, PROPBANK.replace(old, new), line, problem)


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("buy.01\t*", "-\t*", 2, "1 predicates but 2 columns of arguments"),
        ("(PRT*)", "(PRT)", 2, "not a bracketed tree"),
        ("(PRT*)", "(PRT*", 2, "not a bracketed tree"),
        ("(ARG1*)", "(ARG1)", 7, "'(ARG1)' is no piece of a span"),
        ("(ARG1*)", "(*)", 7, "'(*)' is no piece of a span"),
        ("(ARG1*)", "*)", 7, "'*)' closes no span"),
        ("(ARG1*)", "(ARG1*", 14, "the span ARG1 of the sentence is not closed"),
        ("\tup\t", "\tu p\t", 2, "more than a label and its word"),
    ],
)
def test_sentences_with_a_malformed_layer_keep_the_rest(old, new, line, problem):
    assert PROPBANK.count(old) == 1
    first, *_ = sentences(read_alone, PROPBANK.replace(old, new))
    of_tree = ["tree", "arguments"]  # heads of arguments follow from it
    expected = ["arguments"] if line > 2 or "predicates" in problem else of_tree
    assert [malformed.layer for malformed in first.malformed] == expected
    assert first.malformed[0].reason.startswith(f"{PLACE}:{line}: ")
    assert problem in first.malformed[0].reason


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("s-2", "s-3", 18, "the sentence 's-3' is not in the CoNLL-U file"),
        ("# sent_id = s-2", "# newdoc", 18, "the sentence '' is not in the CoNLL-U file"),
        ("it\t", "It\t", 2, "'s-1' has 'It' as word 6 where the CoNLL-U file has 'it'"),
        ("(TOP(X*))\t-\t-", "(X*\t-\t-\n2\t*\tX\t*)\t-\t-", 18, "has 2 words where .* has 1"),
    ],
)
def test_a_sentence_must_be_the_known_one(old, new, line, problem):
    with pytest.raises(InputError, match=problem) as error:
        sentences(read_with_heads, PROPBANK.replace(old, new))
    assert str(error.value).startswith(f"{PLACE}:{line}: ")


def test_a_hyphen_as_a_tag_is_none():
    first, *_ = sentences(read_alone, PROPBANK.replace("\tup\tRP", "\tup\t-"))
    assert (first.words[6], first.xpos[6], first.malformed) == ("up", "_", ())


def test_malformed_heads_of_known_sentences_are_told_with_their_place():
    bad = Malformed("heads", "words.conllu:3: no tree")
    known = {**KNOWN_OF_PROPBANK, "s-2": AnnotatedSentence(words=("***",), malformed=(bad,))}
    _, second = propbank.read(PROPBANK.split("\n"), PLACE, known)
    assert second.malformed[0].reason.startswith("words.conllu:3: no tree")


def test_known_sentences_must_have_heads():
    known = {**KNOWN_OF_PROPBANK, "s-2": AnnotatedSentence(words=("***",))}
    first, second = propbank.read(PROPBANK.split("\n"), PLACE, known)
    assert (first.malformed, second.arguments) == ((), None)
    (malformed,) = second.malformed
    assert malformed.layer == "arguments"
    assert malformed.reason.startswith(f"{PLACE}:18: the sentence 's-2' has no heads")


@pytest.mark.parametrize(
    ("part", "num_sentences", "words", "num_arguments"),
    [("train", 12524, 204221, 81415), ("dev", 1967, 24891, 9583), ("test", 2056, 24940, 9337)],
)
def test_the_arguments_of_the_web_treebank_are_read_whole(
    part, num_sentences, words, num_arguments
):
    path = data_folder("ud_english_ewt") / f"en_ewt-ud-{part}.conllu.gz"
    known = {one.name: one for one in sentences_of_file(conllu.read, path)}
    folder = data_folder("ewt_propbank_const")
    found = sentences_of_file(
        partial(propbank.read, known=known), folder / f"ewt_pb_{part}.conll.gz"
    )
    assert (len(found), num_words(found)) == (num_sentences, words)
    assert sum(len(one.arguments or ()) for one in found) == num_arguments


def test_trees_and_tags_are_those_of_the_bracketed_files():
    folder = data_folder("ewt_propbank_const")
    found = sentences_of_file(read_alone, folder / "ewt_pb_dev.conll.gz")
    of_trees = sentences_of_file(trees.read, folder / "ewt_const_dev.mrg.gz")
    assert [one.tree for one in found] == [one.tree for one in of_trees]
    assert [one.xpos for one in found] == [one.xpos for one in of_trees]
