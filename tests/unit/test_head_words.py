"""Head words by rules, on phrases by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.annotation.head_words import heads
from ticketscope.annotation.phrase_trees import Tree, parse, words
from ticketscope.annotation.sentence import AnnotatedSentence


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("(NP (DT the) (NN oil) (NN price))", "price"),
        ("(NP-SBJ (NP (NN price)) (PP (IN of) (NP (NN oil))))", "price"),
        ("(NP (NP (NNP Ann) (POS 's)) (NN oil))", "oil"),
        ("(NP (NNP Ann) (POS 's))", "'s"),
        ("(NP (DT the) (CD two))", "two"),
        ("(NP (DT the) (JJ rich))", "rich"),
        ("(NP (QP (RB about) (CD two)) (DT those))", "about"),
        ("(NP (DT these) (DT all))", "all"),
        ("(PP (RB just) (IN in) (NP (NNP Rome)))", "in"),
        ("(VP (MD will) (VP (VB go)))", "will"),
        ("(VP (ADVP (RB often)) (VBZ goes))", "goes"),
        ("(SBAR (IN that) (S (NP (PRP he)) (VP (VBZ goes))))", "that"),
        ("(ADVP (RB very) (RB often))", "often"),
        ("(ADJP (RB very) (JJ rich))", "rich"),
        ("(FRAG (NP (NN a)) (ADVP (RB b)))", "b"),
        ("(X (NN a) (NN b))", "a"),
        ("(TOP (S (. !) (VP (VB go))))", "go"),
    ],
)
def test_the_head_of_a_phrase(text, head):
    tree = parse(text, "here")
    assert words(tree)[heads(tree).index(-1)] == head


def test_the_heads_of_a_sentence():
    tree = parse(
        "(S (NP (NNP Ann)) (VP (VBD saw) (NP (PRP$ her) (NN bank)) (PP (IN in) (NP (NNP Rome)))))",
        "here",
    )
    assert heads(tree) == (1, -1, 3, 1, 1, 4)


labels = st.sampled_from(["S", "NP", "VP", "PP", "ADVP", "QP", "X", "NN", "IN", "VB", "POS", "-X-"])
any_trees = st.recursive(
    st.builds(lambda label: Tree(label, word="w"), labels),
    lambda below: st.builds(
        lambda label, children: Tree(label, tuple(children)),
        labels,
        st.lists(below, min_size=1, max_size=4),
    ),
    max_leaves=20,
)


@given(any_trees)
def test_heads_form_a_tree_in_which_every_phrase_hangs_on_one_word(tree):
    found = heads(tree)
    AnnotatedSentence(words=words(tree), heads=found)

    def check(phrase: Tree, start: int) -> int:
        end = start + len(words(phrase))
        assert sum(not start <= found[word] < end for word in range(start, end)) == 1
        for child in phrase.children:
            start = check(child, start)
        return end

    check(tree, 0)
