"""Bracketed trees read and written, and the chunks derived from them."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests_support import data_folder
from ticketscope.annotation import phrase_trees
from ticketscope.annotation.chunks import chunks
from ticketscope.annotation.phrase_trees import Tree, bracketed, parse
from ticketscope.errors import InputError

symbols = st.text(
    st.characters(exclude_characters="()", exclude_categories=("Z", "C")), min_size=1, max_size=5
)
all_trees = st.recursive(
    st.builds(lambda tag, word: Tree(tag, word=word), symbols, symbols),
    lambda children: st.builds(
        lambda label, below: Tree(label, tuple(below)),
        symbols,
        st.lists(children, min_size=1, max_size=3),
    ),
    max_leaves=12,
)


@given(all_trees)
def test_a_written_tree_is_read_back(tree):
    assert parse(bracketed(tree), "here") == tree
    assert parse(f" ( {bracketed(tree)}\n) ", "here") == tree
    assert len(phrase_trees.ancestors(tree)) == len(phrase_trees.words(tree))


def test_a_tree_is_what_its_brackets_say():
    tree = parse("( (S (NP-SBJ (NNP Ann)) (VP (VBZ sleeps))) )", "here")
    assert tree == Tree(
        "S",
        (
            Tree("NP-SBJ", (Tree("NNP", word="Ann"),)),
            Tree("VP", (Tree("VBZ", word="sleeps"),)),
        ),
    )
    assert phrase_trees.words(tree) == ("Ann", "sleeps")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "0 brackets are not closed"),
        ("(S (NN a)", "1 brackets are not closed"),
        ("S (NN a)", "'S' before the first"),
        (")", "before the first"),
        ("(NN a))", "after the end"),
        ("(NN a) (NN b)", "after the end"),
        ("(S)", "neither word nor phrases"),
        ("()", "without a label"),
        ("(S ((NN a)))", "without a label"),
        ("( (NN a) (NN b))", "without a label"),
        ("(S a b)", "'S a b' is more than"),
        ("(S a (NN b))", "more than a label"),
        ("(S (NN a) b)", "beside a phrase"),
        ("(S " * 5000, "more than 200 brackets"),
    ],
)
def test_malformed_brackets_are_refused_where_they_stand(text, problem):
    with pytest.raises(InputError, match=problem) as error:
        parse(text, "line 7 of a.mrg")
    assert str(error.value).startswith("line 7 of a.mrg: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "node",
    [
        {"label": ""},
        {"label": "S"},
        {"label": "NN", "word": "a b"},
        {"label": "NN", "word": "("},
        {"label": "S", "word": "a", "children": (Tree("NN", word="a"),)},
    ],
)
def test_nodes_that_are_neither_phrase_nor_preterminal_are_refused(node):
    with pytest.raises(InputError):
        Tree(**node)


def test_ancestors_are_categories_from_the_nearest_to_the_root():
    tree = parse("(S (NP-SBJ-1 (PRT|ADVP (RB up)) (-LRB- -LRB-)) (VP=2 (VB go)))", "here")
    assert phrase_trees.ancestors(tree) == [("PRT", "NP", "S"), ("NP", "S"), ("VP", "S")]


def test_labels_that_begin_with_a_hyphen_are_kept():
    assert [phrase_trees.category(label) for label in ("-NONE-", "-LRB-", "NP-SBJ=2")] == [
        "-NONE-",
        "-LRB-",
        "NP",
    ]


def test_traces_go_with_the_phrases_that_hold_nothing_else():
    tree = parse("(S (NP (-NONE- *)) (VP (VB go) (S (NP (-NONE- *T*)))))", "here")
    without = phrase_trees.without_traces(tree)
    assert without == parse("(S (VP (VB go)))", "here")
    assert phrase_trees.without_traces(parse("(NP (-NONE- *))", "here")) is None


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (  # the example of Tjong Kim Sang and Buchholz (2000): verb chains, not the subject
            "(S (NP-SBJ (NNP Mr.) (NNP Icahn)) (VP (MD may) (RB not) (VP (VB want)"
            " (S (VP (TO to) (VP (VB sell)))))) (. .))",
            "[NP Mr. Icahn] [VP may not want to sell] .",
        ),
        (  # possessives, in a possessor of its own, flat, and with nothing possessed
            "(S (NP (NP (NNP Tom) (POS 's)) (JJ old) (NN house)) (VP (VBZ is) (PP (IN at)"
            " (NP (NP (NNP Ann) (POS 's)))) (NP (NNP May) (CD 5))))",
            "[NP Tom] [NP 's old house] [VP is] [PP at] [NP Ann] [NP 's] [NP May 5]",
        ),
        ("(NP (NML (NNP Alzheimer) (POS 's)) (NN disease))", "[NP Alzheimer] [NP 's disease]"),
        (  # adverbs before the main verb belong to it, later ones and particles do not
            "(S (NP (PRP He)) (ADVP (RB now)) (VP (VBZ has) (ADVP (RB finally))"
            " (VP (VBN grown) (PRT (RP up)) (ADVP (RB fast)))))",
            "[NP He] [ADVP now] [VP has finally grown] [PRT up] [ADVP fast]",
        ),
        (  # a clause that does not follow at once has a chunk of its own
            "(S (VP (VBD went) (ADVP (RB home)) (S (VP (TO to) (VP (VB sleep))))))",
            "[VP went] [ADVP home] [VP to sleep]",
        ),
        (  # coordinated verb phrases are apart, coordinated verbs and nouns together
            "(S (NP (NNS cats) (CC and) (NNS dogs)) (VP (VP (VBP come) (CC and) (VBP eat))"
            " (CC and) (VP (VBP go))))",
            "[NP cats and dogs] [VP come and eat] and [VP go]",
        ),
        (  # an inverted auxiliary has no chunk
            "(SQ (VBZ Does) (NP (PRP it)) (VP (VB work)) (. ?))",
            "Does [NP it] [VP work] ?",
        ),
        (  # prepositions and complementisers with their modifiers
            "(S (PP (ADVP (RB just)) (IN after) (NP (NN noon))) (PP (JJ such) (IN as)"
            " (NP (DT this))) (SBAR (ADVP (RB even)) (IN if) (S (NP (EX there))"
            " (VP (VBZ is) (ADJP (RB very) (JJ much) (PP (IN of) (NP (PRP it))))))))",
            "[PP just after] [NP noon] [PP such as] [NP this] [SBAR even if] [NP there] [VP is]"
            " [ADJP very much] [PP of] [NP it]",
        ),
        (  # phrases within a noun phrase, before its head and after it
            "(NP (NP (DT the) (ADJP (RBS most) (JJ odd)) (QP (CD 20) (CD 000)) (NN form))"
            " (, ,) (ADJP (JJ available)))",
            "[NP the most odd 20 000 form] , [ADJP available]",
        ),
        (
            "(NP (NP (DT the) (NN world) (POS 's)) (JJS poorest))",
            "[NP the world] [NP 's poorest]",
        ),
        (
            "(ADJP (ADVP (NP (DT a) (NN bit)) (RBR more)) (JJ odd))",
            "[NP a bit] [ADVP more] [ADJP odd]",
        ),
        (  # no verb, no verb group
            "(S (NP (PRP it)) (VP (RB not) (NP (DT this))))",
            "[NP it] not [NP this]",
        ),
        (
            "(ADVP (NP (DT a) (NN year)) (RBR earlier))",
            "[NP a year] [ADVP earlier]",
        ),
        (
            "(ADJP (NP (CD 68) (NNS years)) (JJ old))",
            "[NP 68 years] [ADJP old]",
        ),
        (
            "(FRAG (INTJ (UH Oh)) (, ,) (LST (LS 1) (. .)) (NP (NN rain)) (CONJP (CC but)"
            " (RB also)) (SBAR (WHNP (WP$ whose) (NN end)) (S (NP (PRP we)) (VP (VBP see)))))",
            "[INTJ Oh] , [LST 1] . [NP rain] [CONJP but also] [NP whose end] [NP we] [VP see]",
        ),
    ],
)
def test_chunks_are_those_of_conll_2000(tree, expected):
    assert _in_brackets(parse(tree, "here")) == expected


def _in_brackets(tree: Tree) -> str:
    tokens = list(phrase_trees.words(tree))
    for span in chunks(tree):
        tokens[span.start] = f"[{span.label} {tokens[span.start]}"
        tokens[span.end - 1] += "]"
    return " ".join(tokens)


some_phrases = st.sampled_from(("NP", "VP", "S", "ADVP", "PP", "SBAR", "ADJP", "QP", "CONJP", "X"))
some_tags = st.sampled_from(("NN", "DT", "POS", "CC", ",", "VB", "RB", "IN", "JJ", "CD"))
trees_with_chunks = st.recursive(
    st.builds(lambda tag: Tree(tag, word="x"), some_tags),
    lambda children: st.builds(
        lambda label, below: Tree(label, tuple(below)),
        some_phrases,
        st.lists(children, min_size=1, max_size=4),
    ),
    max_leaves=15,
)


@given(trees_with_chunks)
def test_chunks_lie_in_order_within_the_words(tree):
    tags = [leaf.label for leaf in phrase_trees.preterminals(tree)]
    ends = 0
    for span in chunks(tree):
        assert ends <= span.start < span.end <= len(tags)
        assert "POS" not in tags[span.start + 1 : span.end]
        ends = span.end


def test_real_trees_are_read_and_chunks_cover_most_of_their_words():
    """English Web Treebank dev. Measured: 85.3 % of words are in chunks."""
    path = data_folder("ewt_propbank_const") / "ewt_const_dev.mrg.gz"
    num_words = num_covered = 0
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            tree = parse(line, f"line {number}")
            assert parse(bracketed(tree), "again") == tree
            num_words += len(phrase_trees.words(tree))
            num_covered += sum(span.end - span.start for span in chunks(tree))
    assert num_words == 24_891
    assert 0.84 < num_covered / num_words < 0.88
