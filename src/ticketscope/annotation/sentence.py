"""The value types of gold annotation: one sentence or document with all its layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ticketscope.annotation import phrase_trees
from ticketscope.annotation.phrase_trees import Tree
from ticketscope.controls import control_character
from ticketscope.errors import InputError

FACTUALITY_RANGE = (-3.0, 3.0)
NO_ENTRY = "_"
"""Stands in a layer for a label that is missing; it is never a target."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words [start, end) and their label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Adposition:
    """An adposition, words [start, end), with its scene role and its function.

    Supersenses of SNACS (Schneider et al. 2018).
    """

    start: int
    end: int
    role: str
    function: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A labelled arc: from a predicate's word to the head word of its argument, for semantics;
    from the head to the dependent, in an enhanced dependency graph."""

    source: int
    target: int
    label: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A layer of a sentence that is malformed in its file; where, and why.

    The sentence goes without it, which is an error only for what needs the layer.
    """

    layer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedSentence:
    """Words and what is known of them; a layer that was not annotated is None.

    A label that is missing inside a layer is `NO_ENTRY`.

    Args:
        words: the gold words.
        name: what its source calls it (`sent_id`, the name of a document); "" for none.
        sentence_starts: the first word of each sentence, from 0; more than one in a document.
        space_after: whether a space follows each word in the raw text.
        lemmas, upos, xpos: one per word (upos: universal tags; xpos: those of the language).
        features: morphological features, one per word, as CoNLL-U writes them.
        heads: for each word the index of its head, -1 for the root.
        relations: for each word its relation to its head, `root` for the root.
        enhanced: arcs of the enhanced dependency graph between words.
        tree: phrase structure without traces, one leaf per word.
        supertags: CCG categories, one per word.
        semantic_tags: one per word (Abzianidze and Bos 2017).
        entities: named entities; none overlap.
        adpositions: with their supersenses.
        factuality: (word, value), the value in [-3, 3] (White et al. 2016).
        arguments: predicates to heads of their arguments.
        mentions: of entities; the same label means that they corefer.
        senses: (word, sense), for ambiguous words only.
        errors: for each word whether it is ungrammatical.
        malformed: layers that are None because the file has them malformed.

    Raises `InputError` for layers that do not fit the words, and for heads that form no tree.
    """

    words: tuple[str, ...]
    name: str = ""
    sentence_starts: tuple[int, ...] = (0,)
    space_after: tuple[bool, ...] | None = None
    lemmas: tuple[str, ...] | None = None
    upos: tuple[str, ...] | None = None
    xpos: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None
    heads: tuple[int, ...] | None = None
    relations: tuple[str, ...] | None = None
    enhanced: tuple[Arc, ...] | None = None
    tree: Tree | None = None
    supertags: tuple[str, ...] | None = None
    semantic_tags: tuple[str, ...] | None = None
    entities: tuple[Span, ...] | None = None
    adpositions: tuple[Adposition, ...] | None = None
    factuality: tuple[tuple[int, float], ...] | None = None
    arguments: tuple[Arc, ...] | None = None
    mentions: tuple[Span, ...] | None = None
    senses: tuple[tuple[int, str], ...] | None = None
    errors: tuple[bool, ...] | None = None
    malformed: tuple[Malformed, ...] = ()

    def __post_init__(self) -> None:
        for problem in self._problems():
            beginning = " ".join(self.words[:8]) + (" …" if len(self.words) > 8 else "")
            raise InputError(f"annotation of {beginning!r}: {problem}; mend the annotation")

    def check(self, layer: str) -> None:
        """Raise `InputError`, with file and line, where this layer is there but malformed."""
        for malformed in self.malformed:
            if malformed.layer == layer:
                raise InputError(malformed.reason)

    def _problems(self) -> Iterator[str]:
        """What is wrong, if anything; later checks rely on earlier ones."""
        if not self.words:
            yield "it has no words"
        for number, word in enumerate(self.words, start=1):
            if not word.strip() or "\t" in word or len(word.splitlines()) > 1:
                yield f"word {number}, {word!r}, is empty or holds a tab or a line break"
        starts = self.sentence_starts
        if starts[:1] != (0,) or any(next_ <= start for start, next_ in pairwise(starts)):
            yield f"sentences start at {starts}, which is not 0 and then later words"
        if starts[-1:] >= (len(self.words),):
            yield f"a sentence starts at {starts[-1]}, past its {len(self.words)} words"
        for name, layer in self._layers_by_word():
            if layer is not None and len(layer) != len(self.words):
                yield f"{len(layer)} {name} for {len(self.words)} words"
        if found := control_character("".join(self._labels())):
            yield f"a label holds a control character, {found}"
        for name, spans in self._layers_of_spans():
            for start, end in spans:
                if not 0 <= start < end <= len(self.words):
                    yield f"{name} [{start}, {end}) is no span of {len(self.words)} words"
        if self.entities and _overlap(self.entities):
            yield "entities overlap"
        lowest, highest = FACTUALITY_RANGE
        for index, value in self.factuality or ():
            if not lowest <= value <= highest:
                yield f"factuality {value} of word {index + 1} is not in [{lowest}, {highest}]"
        if self.heads is not None:
            yield from problems_of_heads(self.heads)

    def _labels(self) -> Iterator[str]:
        for labels in (self.upos, self.xpos, self.relations, self.supertags, self.semantic_tags):
            yield from labels or ()
        for layer in (self.entities, self.mentions, self.arguments):
            yield from (labelled.label for labelled in layer or ())
        for adposition in self.adpositions or ():
            yield from (adposition.role, adposition.function)
        yield from (sense for _, sense in self.senses or ())
        yield from phrase_trees.labels(self.tree) if self.tree else ()

    def _layers_by_word(self) -> tuple[tuple[str, Sequence[object] | None], ...]:
        return (
            ("flags of spaces", self.space_after),
            ("lemmas", self.lemmas),
            ("universal tags", self.upos),
            ("tags", self.xpos),
            ("features", self.features),
            ("heads", self.heads),
            ("relations", self.relations),
            ("leaves of the tree", phrase_trees.words(self.tree) if self.tree else None),
            ("supertags", self.supertags),
            ("semantic tags", self.semantic_tags),
            ("flags of errors", self.errors),
        )

    def _layers_of_spans(self) -> tuple[tuple[str, list[tuple[int, int]]], ...]:
        arcs = (*(self.arguments or ()), *(self.enhanced or ()))
        return (
            ("entity", [(span.start, span.end) for span in self.entities or ()]),
            ("mention", [(span.start, span.end) for span in self.mentions or ()]),
            ("adposition", [(span.start, span.end) for span in self.adpositions or ()]),
            ("factuality of", [(word, word + 1) for word, _ in self.factuality or ()]),
            ("sense of", [(word, word + 1) for word, _ in self.senses or ()]),
            ("start of an arc", [(arc.source, arc.source + 1) for arc in arcs]),
            ("end of an arc", [(arc.target, arc.target + 1) for arc in arcs]),
        )


def _overlap(spans: Sequence[Span]) -> bool:
    in_order = sorted((span.start, span.end) for span in spans)
    return any(end > start for (_, end), (start, _) in pairwise(in_order))


def problems_of_heads(heads: tuple[int, ...]) -> Iterator[str]:
    """Why these are not the heads of one tree."""
    for word, head in enumerate(heads):
        if not -1 <= head < len(heads):
            yield f"the head of word {word + 1}, index {head}, is no word"
    if heads.count(-1) != 1:
        yield f"{heads.count(-1)} roots instead of one among the heads"
    reaches_root = {-1}
    for word in range(len(heads)):
        path: set[int] = set()
        above = word
        while above not in reaches_root:
            if above in path:
                yield f"the heads form a cycle through word {above + 1}"
            path.add(above)
            above = heads[above]
        reaches_root |= path
