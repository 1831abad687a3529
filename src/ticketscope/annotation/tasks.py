"""The probing tasks of Liu et al. (2019), each a function from an annotated sentence to targets.

Targets are the labelled items of edge probing (Tenney et al. 2019): one span or two, and a label.
Random negatives are drawn by the seed, the task and the words alone, so that a sentence gives the
same pairs wherever it stands.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from random import Random
from typing import Literal

from ticketscope import seeds
from ticketscope.annotation import phrase_trees
from ticketscope.annotation.chunks import chunks
from ticketscope.annotation.conjuncts import conjunct_spans
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence, Span

ARC, NO_ARC = "arc", "no arc"
COREFERENT, NOT_COREFERENT = "coreferent", "not coreferent"
ERROR, CORRECT = "i", "c"
NO_PHRASE = "None"
"""The label beyond the root of a tree."""

Group = Literal["morphology", "syntax", "semantics"]
Metric = Literal["accuracy", "span_f1", "error_f1", "pearson"]
Kind = Literal["token", "selected", "bio", "pair", "regression"]


@dataclass(frozen=True, slots=True)
class Target:
    """One labelled item: words [start, end), for pairs a second span, and the gold label."""

    span1: tuple[int, int]
    span2: tuple[int, int] | None
    label: str | float


Targets = tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A probing task.

    Args:
        id: its name in tables and on the command line.
        group: what kind of knowledge it asks for.
        title: its name in words.
        metric: accuracy of labels, F1 of labelled spans, F1 of the label "i", or Pearson's r.
        kind: what a target is: `token` every word, `selected` some words or short spans, `bio`
            a span of a segmentation, `pair` two spans, `regression` a word with a number.
        of_study: whether it is one of the 18 of the study.
        layer: of the sentence, that its targets are made of.
        targets: of a sentence and a seed; None where the sentence lacks the annotation.
    """

    id: str
    group: Group
    title: str
    metric: Metric
    kind: Kind
    of_study: bool
    layer: str
    targets: Callable[[AnnotatedSentence, int], Targets | None]


def target_record(target: Target) -> dict[str, object]:
    """A target as a JSON object; span2 only where there is one."""
    span2 = {} if target.span2 is None else {"span2": list(target.span2)}
    return {"span1": list(target.span1), **span2, "label": target.label}


# ----------------------------------------------------------------------------- tokens and spans


def _of_words(labels: Sequence[str] | None) -> Targets | None:
    if labels is None:
        return None
    return tuple(_of_word(word, label) for word, label in enumerate(labels))


def _of_word(word: int, label: str | float) -> Target:
    return Target((word, word + 1), None, label)


def _of_spans(spans: Iterable[Span] | None) -> Targets | None:
    if spans is None:
        return None
    in_order = sorted(spans, key=lambda span: span.start)
    return tuple(Target((span.start, span.end), None, span.label) for span in in_order)


def _pos(sentence: AnnotatedSentence, _: int) -> Targets | None:
    return _of_words(sentence.xpos)


def _supertags(sentence: AnnotatedSentence, _: int) -> Targets | None:
    return _of_words(sentence.supertags)


def _semantic_tags(sentence: AnnotatedSentence, _: int) -> Targets | None:
    return _of_words(sentence.semantic_tags)


def _errors(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.errors is None:
        return None
    return _of_words([ERROR if wrong else CORRECT for wrong in sentence.errors])


def _ancestor(sentence: AnnotatedSentence, _: int, *, distance: int) -> Targets | None:
    if sentence.tree is None:
        return None
    paths = phrase_trees.ancestors(sentence.tree)
    return _of_words([path[distance] if distance < len(path) else NO_PHRASE for path in paths])


def _entities(sentence: AnnotatedSentence, _: int) -> Targets | None:
    return _of_spans(sentence.entities)


def _chunks(sentence: AnnotatedSentence, _: int) -> Targets | None:
    return None if sentence.tree is None else _of_spans(chunks(sentence.tree))


def _conjuncts(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.heads is None or sentence.relations is None:
        return None
    if NO_ENTRY in sentence.relations:  # it may be the one that tells a conjunct
        return None
    return _of_spans(conjunct_spans(sentence.heads, sentence.relations))


def _adposition_functions(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.adpositions is None:
        return None
    return tuple(Target((one.start, one.end), None, one.function) for one in sentence.adpositions)


def _adposition_roles(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.adpositions is None:
        return None
    return tuple(Target((one.start, one.end), None, one.role) for one in sentence.adpositions)


def _factuality(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.factuality is None:
        return None
    return tuple(_of_word(word, float(value)) for word, value in sentence.factuality)


def _senses(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.senses is None:
        return None
    return tuple(_of_word(word, sense) for word, sense in sentence.senses)


# ----------------------------------------------------------------------------- pairs of words


def _of_pair(word1: int, word2: int, label: str) -> Target:
    return Target((word1, word1 + 1), (word2, word2 + 1), label)


def _dependency_labels(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.heads is None or sentence.relations is None:
        return None
    arcs = enumerate(zip(sentence.heads, sentence.relations, strict=True))
    return tuple(_of_pair(word, head, relation) for word, (head, relation) in arcs if head >= 0)


def _dependency_prediction(sentence: AnnotatedSentence, seed: int) -> Targets | None:
    if sentence.heads is None:
        return None
    heads_of = {dependent: {head} for dependent, head in enumerate(sentence.heads) if head >= 0}
    return _arcs_and_as_many_others(
        sentence, heads_of, _random(sentence, seed, "dependency_prediction")
    )


def _semantic_labels(sentence: AnnotatedSentence, _: int) -> Targets | None:
    if sentence.arguments is None:
        return None
    return tuple(_of_pair(arc.source, arc.target, arc.label) for arc in sentence.arguments)


def _semantic_prediction(sentence: AnnotatedSentence, seed: int) -> Targets | None:
    if sentence.arguments is None:
        return None
    arguments_of: dict[int, set[int]] = {}
    for arc in sentence.arguments:
        arguments_of.setdefault(arc.source, set()).add(arc.target)
    return _arcs_and_as_many_others(
        sentence, arguments_of, _random(sentence, seed, "semantic_prediction")
    )


def _arcs_and_as_many_others(
    sentence: AnnotatedSentence, arcs: dict[int, set[int]], random: Random
) -> Targets:
    """For each word its arcs, and as many other words at random, as far as there are any."""
    targets = []
    for word, linked in arcs.items():
        others = [other for other in range(len(sentence.words)) if other not in {word, *linked}]
        chosen = random.sample(others, min(len(linked), len(others)))
        targets += [_of_pair(word, other, ARC) for other in sorted(linked)]
        targets += [_of_pair(word, other, NO_ARC) for other in sorted(chosen)]
    return tuple(targets)


def _random(sentence: AnnotatedSentence, seed: int, task_id: str) -> Random:
    return Random(seeds.derive(seed, task_id, *sentence.words))


# ----------------------------------------------------------------------------- coreference


def _coreference(sentence: AnnotatedSentence, seed: int) -> Targets | None:
    """All pairs of mentions that corefer, and as many that do not, as far as there are any.

    A negative shares its later mention with a positive pair while such pairs last.
    """
    if sentence.mentions is None:
        return None
    mentions = sorted(sentence.mentions, key=lambda mention: (mention.start, mention.end))
    pairs = list(combinations(mentions, 2))
    positives = [pair for pair in pairs if pair[0].label == pair[1].label]
    negatives = _negatives(pairs, positives, _random(sentence, seed, "coreference"))
    return (
        *(_of_mentions(*pair, COREFERENT) for pair in positives),
        *(_of_mentions(*pair, NOT_COREFERENT) for pair in negatives),
    )


Pair = tuple[Span, Span]


def _negatives(pairs: Sequence[Pair], positives: Sequence[Pair], random: Random) -> list[Pair]:
    pairs_to: dict[Span, list[Pair]] = {}
    for earlier, later in pairs:
        if earlier.label != later.label:
            pairs_to.setdefault(later, []).append((earlier, later))

    chosen: list[Pair] = []
    for _, later in positives:
        candidates = pairs_to.get(later, [])
        if candidates:
            chosen.append(candidates.pop(random.randrange(len(candidates))))
    remaining = [pair for candidates in pairs_to.values() for pair in candidates]
    num_missing = len(positives) - len(chosen)
    return chosen + random.sample(remaining, min(num_missing, len(remaining)))


def _of_mentions(mention1: Span, mention2: Span, label: str) -> Target:
    return Target((mention1.start, mention1.end), (mention2.start, mention2.end), label)


# ----------------------------------------------------------------------------- the registry

_parent, _grandparent, _greatgrandparent = (partial(_ancestor, distance=d) for d in range(3))

# fmt: off
_ALL = (
    Task("pos", "morphology", "part of speech", "accuracy", "token", True, "xpos", _pos),
    Task("ner", "morphology", "named entities", "span_f1", "bio", True, "entities", _entities),
    Task("ccg", "syntax", "CCG supertags", "accuracy", "token", True, "supertags", _supertags),
    Task("constituency_parent", "syntax", "phrase of the word",
         "accuracy", "token", True, "tree", _parent),
    Task("constituency_grandparent", "syntax", "phrase above the word's",
         "accuracy", "token", True, "tree", _grandparent),
    Task("constituency_greatgrandparent", "syntax", "second phrase above the word's",
         "accuracy", "token", True, "tree", _greatgrandparent),
    Task("chunking", "syntax", "chunks", "span_f1", "bio", True, "tree", _chunks),
    Task("error_detection", "syntax", "grammatical errors",
         "error_f1", "token", True, "errors", _errors),
    Task("conjuncts", "syntax", "conjuncts", "span_f1", "bio", True, "heads", _conjuncts),
    Task("dependency_prediction", "syntax", "dependency arcs",
         "accuracy", "pair", True, "heads", _dependency_prediction),
    Task("dependency_labels", "syntax", "labels of dependency arcs",
         "accuracy", "pair", True, "heads", _dependency_labels),
    Task("semantic_tags", "semantics", "semantic tags",
         "accuracy", "token", True, "semantic_tags", _semantic_tags),
    Task("adposition_function", "semantics", "functions of adpositions",
         "accuracy", "selected", True, "adpositions", _adposition_functions),
    Task("adposition_role", "semantics", "roles of adpositions",
         "accuracy", "selected", True, "adpositions", _adposition_roles),
    Task("event_factuality", "semantics", "factuality of events",
         "pearson", "regression", True, "factuality", _factuality),
    Task("semantic_prediction", "semantics", "semantic arcs",
         "accuracy", "pair", True, "arguments", _semantic_prediction),
    Task("semantic_labels", "semantics", "labels of semantic arcs",
         "accuracy", "pair", True, "arguments", _semantic_labels),
    Task("coreference", "semantics", "coreference",
         "accuracy", "pair", True, "mentions", _coreference),
    Task("word_sense", "semantics", "word senses",
         "accuracy", "selected", False, "senses", _senses),
)
# fmt: on
TASKS: dict[str, Task] = {task.id: task for task in _ALL}
"""All tasks by id: the 18 of the study in its order, then those added here."""
