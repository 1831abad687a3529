"""Annotated sentences, and the targets of every task by hand."""

from dataclasses import replace

import pytest
from annotation_fixture import BARE, SENTENCE
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.annotation.conjuncts import conjunct_spans
from ticketscope.annotation.phrase_trees import parse
from ticketscope.annotation.sentence import Adposition, AnnotatedSentence, Arc, Span
from ticketscope.annotation.tasks import TASKS, Target, target_record
from ticketscope.errors import InputError


def test_the_tasks_are_the_18_of_the_study_and_ours():
    assert list(TASKS) == [
        *("pos", "ner", "ccg", "constituency_parent", "constituency_grandparent"),
        *("constituency_greatgrandparent", "chunking", "error_detection", "conjuncts"),
        *("dependency_prediction", "dependency_labels", "semantic_tags"),
        *("adposition_function", "adposition_role", "event_factuality"),
        *("semantic_prediction", "semantic_labels", "coreference", "word_sense"),
    ]
    assert [task.id for task in TASKS.values() if not task.of_study] == ["word_sense"]
    assert all(task_id == task.id for task_id, task in TASKS.items())
    groups = [task.group for task in TASKS.values() if task.of_study]
    assert [groups.count(group) for group in ("morphology", "syntax", "semantics")] == [2, 9, 7]


@pytest.mark.parametrize(
    ("task_id", "labels"),
    [
        ("pos", "NNP CC NNP VBD PRP$ NN IN NNP"),
        ("ccg", "NP conj NP (S\\NP)/NP NP/N N PP/NP NP"),
        ("semantic_tags", "PER AND PER EPS HAS CON REL GPE"),
        ("constituency_parent", "NP S NP VP NP NP PP NP"),
        ("constituency_grandparent", "S None S S VP VP VP PP"),
        ("constituency_greatgrandparent", "None None None None S S S VP"),
        ("error_detection", "c c c c c i c c"),
    ],
)
def test_token_tasks_label_every_word(task_id, labels):
    task = TASKS[task_id]
    assert task.kind == "token"
    assert task.targets(SENTENCE, 1) == tuple(
        Target((word, word + 1), None, label) for word, label in enumerate(labels.split())
    )


@pytest.mark.parametrize(
    ("task_id", "kind", "spans"),
    [
        ("ner", "bio", [(0, 1, "PER"), (2, 3, "PER"), (7, 8, "LOC")]),
        (
            "chunking",
            "bio",
            [(0, 1, "NP"), (2, 3, "NP"), (3, 4, "VP"), (4, 6, "NP"), (6, 7, "PP"), (7, 8, "NP")],
        ),
        ("conjuncts", "bio", [(0, 1, "CONJ"), (2, 3, "CONJ")]),
        ("adposition_role", "selected", [(6, 7, "Locus")]),
        ("adposition_function", "selected", [(6, 7, "Place")]),
        ("event_factuality", "regression", [(3, 4, 2.5)]),
        ("word_sense", "selected", [(5, 6, "money")]),
    ],
)
def test_tasks_of_spans_take_them_in_order(task_id, kind, spans):
    task = TASKS[task_id]
    assert task.kind == kind
    assert task.targets(SENTENCE, 1) == tuple(Target((a, b), None, label) for a, b, label in spans)


@pytest.mark.parametrize(
    ("task_id", "pairs"),
    [
        (
            "dependency_labels",
            [
                *((0, 3, "nsubj"), (1, 2, "cc"), (2, 0, "conj"), (4, 5, "nmod:poss")),
                *((5, 3, "obj"), (6, 7, "case"), (7, 3, "obl")),
            ],
        ),
        ("semantic_labels", [(3, 0, "ARG0"), (3, 5, "ARG1"), (5, 4, "ARG1")]),
    ],
)
def test_tasks_of_labels_take_the_true_arcs(task_id, pairs):
    assert TASKS[task_id].targets(SENTENCE, 1) == tuple(
        Target((a, a + 1), (b, b + 1), label) for a, b, label in pairs
    )


def _pairs(task_id, sentence, label, seed=1):
    return [
        (target.span1[0], target.span2[0])
        for target in TASKS[task_id].targets(sentence, seed)
        if target.label == label
    ]


ARCS = {(0, 3), (1, 2), (2, 0), (4, 5), (5, 3), (6, 7), (7, 3)}


@given(st.integers(0, 50))
def test_each_dependency_arc_has_one_random_non_head_beside_it(seed):
    positives = _pairs("dependency_prediction", SENTENCE, "arc", seed)
    negatives = _pairs("dependency_prediction", SENTENCE, "no arc", seed)
    assert set(positives) == ARCS
    assert [word for word, _ in negatives] == [word for word, _ in positives]
    assert not ARCS & set(negatives)
    assert all(word != other for word, other in negatives)


@given(st.integers(0, 50))
def test_each_predicate_has_as_many_other_words_as_arguments(seed):
    positives = _pairs("semantic_prediction", SENTENCE, "arc", seed)
    negatives = _pairs("semantic_prediction", SENTENCE, "no arc", seed)
    assert set(positives) == {(3, 0), (3, 5), (5, 4)}
    assert sorted(predicate for predicate, _ in negatives) == [3, 3, 5]
    assert len({*positives, *negatives}) == 6
    assert all(predicate != other for predicate, other in negatives)


def test_an_argument_with_two_labels_is_one_arc():
    twice = replace(SENTENCE, arguments=(Arc(3, 0, "ARG0"), Arc(3, 0, "ARG1")))
    assert _pairs("semantic_prediction", twice, "arc") == [(3, 0)]
    assert len(TASKS["semantic_labels"].targets(twice, 1)) == 2


def test_there_is_no_negative_without_another_word():
    pair = AnnotatedSentence(words=("Go", "!"), heads=(-1, 0), relations=("root", "punct"))
    assert TASKS["dependency_prediction"].targets(pair, 1) == (Target((1, 2), (0, 1), "arc"),)


@given(st.integers(0, 50))
def test_coreference_negatives_share_the_later_mention_of_a_positive(seed):
    positive, negative = TASKS["coreference"].targets(SENTENCE, seed)
    assert positive == Target((0, 1), (4, 5), "coreferent")
    assert negative == Target((2, 3), (4, 5), "not coreferent")


def test_coreference_falls_back_on_other_pairs_and_ends_where_there_are_none():
    first_three = replace(SENTENCE, mentions=tuple(Span(i, i + 1, "a") for i in range(3)))
    assert len(TASKS["coreference"].targets(first_three, 1)) == 3
    later = replace(first_three, mentions=(*first_three.mentions, Span(5, 6, "b")))
    negatives = TASKS["coreference"].targets(later, 1)[3:]
    assert sorted(target.span1 for target in negatives) == [(0, 1), (1, 2), (2, 3)]
    assert {target.span2 for target in negatives} == {(5, 6)}


def test_random_pairs_depend_on_the_seed_and_the_words_alone():
    for task_id in ("dependency_prediction", "semantic_prediction"):
        draws = {TASKS[task_id].targets(SENTENCE, seed) for seed in range(10)}
        assert len(draws) > 1
        same_again = replace(SENTENCE, lemmas=SENTENCE.words)
        assert TASKS[task_id].targets(same_again, 3) == TASKS[task_id].targets(SENTENCE, 3)


def test_random_pairs_stay_the_same_from_version_to_version():
    """Golden values: another draw would change probes that were already run."""
    assert _pairs("dependency_prediction", SENTENCE, "no arc") == [
        *((0, 4), (1, 7), (2, 7), (4, 1), (5, 4), (6, 2), (7, 1)),
    ]


def test_a_task_without_its_annotation_is_none_and_one_without_targets_is_empty():
    assert all(task.targets(BARE, 1) is None for task in TASKS.values())
    assert TASKS["ner"].targets(replace(BARE, entities=()), 1) == ()
    heads_only = replace(BARE, heads=(-1, 0))
    assert TASKS["dependency_labels"].targets(heads_only, 1) is None


# ----------------------------------------------------------------------------- conjuncts


@pytest.mark.parametrize(
    ("words", "heads", "relations", "expected"),
    [
        (  # modifiers belong to their conjunct, links do not
            "old cats , dogs in Rome , and mice sleep",
            (1, 9, 3, 1, 5, 3, 8, 8, 1, -1),
            "amod nsubj punct conj case nmod punct cc conj root",
            ["old cats", "dogs in Rome", "mice"],
        ),
        (  # nested: the innermost stay, whatever holds them goes
            "read and see cats and dogs",
            (-1, 2, 0, 2, 5, 3),
            "root cc conj obj cc conj",
            ["read", "cats", "dogs"],
        ),
        (  # a dependent beyond the other conjunct is not contiguous with the first
            "boys and girls there sleep",
            (4, 2, 0, 0, -1),
            "nsubj cc conj advmod root",
            ["boys", "girls"],
        ),
        ("cats sleep", (1, -1), "nsubj root", []),
        ("and sleep", (1, -1), "cc conj", []),
    ],
)
def test_conjuncts_come_from_the_dependency_tree(words, heads, relations, expected):
    spans = conjunct_spans(heads, relations.split())
    assert [" ".join(words.split()[span.start : span.end]) for span in spans] == expected


@st.composite
def dependency_trees(draw):
    """Heads of one tree over words in random order, and relations."""
    order = draw(st.permutations(range(draw(st.integers(1, 9)))))
    heads = [-1] * len(order)
    for place, word in enumerate(order[1:], start=1):
        heads[word] = order[draw(st.integers(0, place - 1))]
    relation = st.sampled_from(("conj", "cc", "punct", "obj", "conj:and"))
    return tuple(heads), tuple("root" if head < 0 else draw(relation) for head in heads)


@given(dependency_trees(), st.integers(0, 9))
def test_every_dependency_tree_gives_spans_apart_and_balanced_pairs(tree, seed):
    heads, relations = tree
    words = tuple(map(str, range(len(heads))))
    sentence = AnnotatedSentence(words=words, heads=heads, relations=relations)
    ends = 0
    for span in conjunct_spans(heads, relations):
        assert ends <= span.start < span.end <= len(heads)
        ends = span.end
    num_arcs = len(heads) - 1
    expected = num_arcs * (2 if len(heads) > 2 else 1)
    assert len(TASKS["dependency_prediction"].targets(sentence, seed)) == expected


# ----------------------------------------------------------------------------- value types


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"words": ()}, "no words"),
        ({"words": ("a", " ")}, "word 2, ' '"),
        ({"words": ("a\tb", "c")}, "word 1"),
        ({"xpos": ("NN",)}, "1 tags for 2 words"),
        ({"space_after": (True,) * 3}, "3 flags of spaces for 2"),
        ({"tree": parse("(NN a)", "here")}, "1 leaves of the tree"),
        ({"entities": (Span(1, 1, "X"),)}, r"entity \[1, 1\)"),
        ({"mentions": (Span(0, 3, "X"),)}, r"mention \[0, 3\)"),
        ({"entities": (Span(0, 2, "X"), Span(1, 2, "Y"))}, "entities overlap"),
        ({"adpositions": (Adposition(-1, 1, "X", "Y"),)}, "adposition"),
        ({"factuality": ((2, 1.0),)}, "factuality of"),
        ({"factuality": ((0, 3.1),)}, "factuality 3.1 of word 1"),
        ({"factuality": ((0, float("nan")),)}, "factuality nan"),
        ({"senses": ((5, "x"),)}, "sense of"),
        ({"sentence_starts": (1,)}, "not 0"),
        ({"sentence_starts": (0, 2)}, "past its 2 words"),
        ({"arguments": (Arc(2, 0, "A0"),)}, "start of an arc"),
        ({"arguments": (Arc(0, 2, "A0"),)}, "end of an arc"),
        ({"errors": ()}, "0 flags of errors"),
        ({"xpos": ("NN", "V\x1b[2JB")}, r"a label holds a control character, \\x1b"),
        ({"relations": ("root", "a\rb")}, r"a label holds a control character, \\r"),
        ({"entities": (Span(0, 1, "\x9b2J"),)}, r"a label holds a control character, \\x9b"),
        ({"adpositions": (Adposition(0, 1, "p.X", "\u2028"),)}, r"control character, \\u2028"),
        ({"arguments": (Arc(0, 1, "A\x07"),)}, r"control character, \\x07"),
        ({"senses": ((1, "a\tb"),)}, r"control character, \\t"),
        ({"heads": (-1, 2)}, "head of word 2"),
        ({"heads": (-1, -2)}, "head of word 2"),
        ({"heads": (-1, -1)}, "2 roots"),
        ({"heads": (1, 0)}, "0 roots"),
        ({"words": ("a", "b", "c"), "heads": (-1, 2, 1)}, "cycle through word 2"),
        ({"words": ("a", "b"), "heads": (-1, 1)}, "cycle through word 2"),
    ],
)
def test_layers_that_do_not_fit_are_refused_in_one_line(change, problem):
    with pytest.raises(InputError, match=problem) as error:
        replace(BARE, **change)
    assert "\n" not in str(error.value)


def test_targets_are_written_in_the_form_of_edge_probing():
    targets = (Target((0, 1), None, "é"), Target((0, 1), (1, 2), 0.5))
    assert [target_record(target) for target in targets] == [
        {"span1": [0, 1], "label": "é"},
        {"span1": [0, 1], "span2": [1, 2], "label": 0.5},
    ]
