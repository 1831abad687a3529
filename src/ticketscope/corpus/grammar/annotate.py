"""All that is known of a sentence, read off its derivation and its English tree."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ticketscope.annotation.sentence import Adposition, AnnotatedSentence, Arc, Span
from ticketscope.annotation.trees import Tree
from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Described,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Sentence,
    Time,
    phrases_of,
)
from ticketscope.corpus.grammar.english import Node, spaces
from ticketscope.corpus.grammar.factuality import factuality
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.entries import Adverb
from ticketscope.corpus.grammar.supertags import supertags


def annotated(derivation: Sentence, tree: Node) -> AnnotatedSentence:
    """Every layer but grammatical errors; `tree` is the English tree of the derivation."""
    words = list(tree.words())
    position = {id(word): index for index, word in enumerate(words)}
    heads, relations = _dependencies(tree, position)
    expressed = _Expressed(tree, position)
    return AnnotatedSentence(
        words=tuple(word.form for word in words),
        space_after=tuple(spaces(tree)),
        lemmas=tuple(word.lemma for word in words),
        upos=tuple(word.upos for word in words),
        xpos=tuple(word.label for word in words),
        heads=heads,
        relations=relations,
        tree=_constituents(tree),
        supertags=tuple(supertags(tree)),
        semantic_tags=tuple(word.semantic_tag for word in words),
        entities=tuple(_entities(expressed)),
        adpositions=tuple(_adpositions(words)),
        factuality=tuple(
            sorted(
                (expressed.verbs[id(clause)], round(value, 3))
                for clause, value in factuality(derivation)
                if id(clause) in expressed.verbs
            )
        ),
        arguments=tuple(_arguments(derivation, expressed)),
        mentions=tuple(_mentions(tree, position)),
        senses=tuple(_senses(words)),
    )


def _constituents(node: Node) -> Tree:
    if not node.children:
        return Tree(node.label, word=node.form)
    return Tree(node.label, tuple(_constituents(child) for _, child in node.children))


def _dependencies(tree: Node, position: dict[int, int]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Heads and relations of all words; a conjunction belongs to what follows it."""
    heads = [-1] * len(position)
    relations = ["root"] * len(position)

    def visit(node: Node) -> int:
        if not node.children:
            return position[id(node)]
        reached = [(relation, visit(child)) for relation, child in node.children]
        head = next(word for relation, word in reached if relation == "head")
        second = next((word for relation, word in reached if relation == "conj"), head)
        for index, (relation, word) in enumerate(reached):
            if relation != "head":
                leads = relation == "cc" or (relation == "punct" and index < len(reached) - 1)
                heads[word] = second if leads else head
                relations[word] = relation
        return head

    visit(tree)
    return tuple(heads), tuple(relations)


# ----------------------------------------------------------------------------- what says what


@dataclass(slots=True)
class _Expressed:
    """Which words put an element of the derivation into words, by the identity of the element."""

    tree: Node
    position: dict[int, int]
    phrases: dict[int, Node] = field(init=False)
    verbs: dict[int, int] = field(init=False)
    negations: dict[int, int] = field(init=False)
    relative_pronouns: dict[int, int] = field(init=False)

    def __post_init__(self) -> None:
        self.phrases, self.verbs, self.negations, self.relative_pronouns = {}, {}, {}, {}
        self._visit(self.tree)

    def _visit(self, node: Node) -> None:
        match node.of:
            case Clause():
                if not node.children:
                    self.verbs[id(node.of)] = self.position[id(node)]
            case ("not", Clause() as clause):
                self.negations[id(clause)] = self.position[id(node)]
            case ("relative pronoun", Clause() as clause):
                self.relative_pronouns[id(clause)] = self.position[id(node)]
            case tuple() | None:
                pass
            case _:
                self.phrases.setdefault(id(node.of), node)
        for _, child in node.children:
            self._visit(child)

    def head(self, element: object) -> int:
        return self.position[id(self.phrases[id(element)].head)]


def _entities(expressed: _Expressed) -> Iterator[Span]:
    labels = {"l": "LOC", "o": "ORG"}
    named = [node for node in expressed.phrases.values() if isinstance(node.of, Named)]
    spans = []
    for node in named:
        assert isinstance(node.of, Named)
        start = expressed.position[id(node.head)]
        spans.append(Span(start, start + 1, labels.get(node.of.name.kind, "PER")))
    yield from sorted(spans, key=lambda span: span.start)


def _adpositions(words: list[Node]) -> Iterator[Adposition]:
    """Role and function of each adposition; one of several words is one."""
    start = 0
    while start < len(words):
        of = words[start].of
        end = start + 1
        if isinstance(of, tuple) and of[0] == "case":
            while end < len(words) and _same_case(words[end].of, of):
                end += 1
            role, function = _supersenses(of[1], words[start].lemma)
            yield Adposition(start, end, role, function)
        start = end


def _same_case(one: object, other: tuple[str, object]) -> bool:
    return isinstance(one, tuple) and one[0] == "case" and one[1] is other[1]


def _supersenses(of: object, preposition: str) -> tuple[str, str]:
    match of:
        case Prepositional():
            return of.preposition.role, of.preposition.function
        case Time():
            return closed.TIME_ROLES[preposition]
        case ("of", Common() as phrase):
            kinds = phrase.noun.kinds
            return next(
                role for some, role in closed.OF_ROLES if not some or set(some) & set(kinds)
            ), "Gestalt"
        case Clause() if of.indirect:
            return "Recipient", "Goal"
        case Clause():
            role = closed.GOVERNED_ROLES.get(of.verb.english, "Theme")
            return role, closed.GOVERNED_FUNCTIONS[preposition]
        case _:
            raise AssertionError(f"{preposition}: an adposition of nothing known")


def _mentions(tree: Node, position: dict[int, int]) -> Iterator[Span]:
    """All phrases that speak of someone or something; the outermost of nested ones."""

    def visit(node: Node, outer: object) -> Iterator[Span]:
        of = node.of
        match of:
            case ("owner", Common() as phrase) if phrase.owner is not None:
                index = position[id(node)]
                yield Span(index, index + 1, f"e{phrase.owner}")
            case Common() | Named() | Pronoun() | Conjoined() | Indefinite() if of is not outer:
                inside = [position[id(word)] for word in node.words()]
                yield Span(min(inside), max(inside) + 1, f"e{of.referent}")
        for _, child in node.children:
            yield from visit(child, of if of is not None else outer)

    yield from sorted(visit(tree, None), key=lambda span: (span.start, -span.end))


def _senses(words: list[Node]) -> Iterator[tuple[int, str]]:
    for index, word in enumerate(words):
        match word.of:
            case ("noun", Common() as phrase):
                sense = phrase.noun.sense
            case Clause() as clause:
                sense = clause.verb.sense
            case Described() as described:
                sense = described.adjective.sense
            case _:
                continue
        if sense:
            yield index, sense


# ----------------------------------------------------------------------------- semantic arcs

_ADJUNCT_LABELS = {
    "manner": "ARGM-MNR",
    "past": "ARGM-TMP",
    "present": "ARGM-TMP",
    "future": "ARGM-TMP",
    "frequency": "ARGM-TMP",
    "event": "ARGM-TMP",
    "interval": "ARGM-TMP",
    "duration": "ARGM-TMP",
    "place": "ARGM-LOC",
    "direction": "ARGM-DIR",
    "stance": "ARGM-ADV",
    "companion": "ARGM-COM",
    "instrument": "ARGM-MNR",
    "means": "ARGM-MNR",
    "beneficiary": "ARGM-GOL",
    "employer": "ARGM-GOL",
}


def _arguments(derivation: Sentence, expressed: _Expressed) -> Iterator[Arc]:
    """PropBank style (Palmer et al. 2005): from each verb to the heads of its arguments.

    Arguments that stand elsewhere count: the controller of an infinitive, the noun that a relative
    clause describes, the subject of two joined predicates.
    """
    arcs = {
        Arc(source, target, label)
        for clause, subject in _clauses(derivation)
        if (source := expressed.verbs.get(id(clause))) is not None
        for target, label in _arguments_of(clause, subject, expressed)
        if source != target
    }
    if derivation.fronted and id(derivation.main) in expressed.verbs:
        source = expressed.verbs[id(derivation.main)]
        arcs.add(
            Arc(source, expressed.head(derivation.fronted), _adjunct_label(derivation.fronted))
        )
    yield from sorted(arcs, key=lambda arc: (arc.source, arc.target, arc.label))


def _clauses(derivation: Sentence) -> Iterator[tuple[Clause, Phrase | None]]:
    """Each clause with who its subject is, said there or elsewhere."""
    for clause in (derivation.main, derivation.subordinate, derivation.coordinated):
        if clause:
            yield from _with_inner(clause, clause.subject)


def _with_inner(clause: Clause, subject: Phrase | None) -> Iterator[tuple[Clause, Phrase | None]]:
    yield clause, subject
    if clause.joined:
        yield from _with_inner(clause.joined, subject)
    if clause.content:
        inner = clause.content.clause
        yield from _with_inner(inner, inner.subject or clause.content.controller)
    for phrase in phrases_of(clause):
        if isinstance(phrase, Common) and phrase.relative:
            relative = phrase.relative
            yield from _with_inner(relative, relative.subject or phrase)


def _adjunct_label(adjunct: object) -> str:
    match adjunct:
        case Adverb():
            return _ADJUNCT_LABELS[adjunct.use]
        case Prepositional():
            return _ADJUNCT_LABELS[adjunct.preposition.use]
        case _:
            return "ARGM-TMP"


def _arguments_of(
    clause: Clause, subject: Phrase | None, expressed: _Expressed
) -> Iterator[tuple[int, str]]:
    def said(element: object, label: str) -> Iterator[tuple[int, str]]:
        if id(element) in expressed.phrases:
            yield expressed.head(element), label

    if subject:
        yield from said(subject, "ARG1" if clause.passive or clause.existential else "ARG0")
    for element, label in (
        (clause.direct, "ARG1"),
        (clause.indirect, "ARG2"),
        (clause.governed, "ARG1"),
    ):
        if element:
            yield from said(element, label)
    if clause.agent:
        yield from said(clause.agent.object, "ARG0")
    for adjunct in (*clause.adjuncts, clause.place):
        if adjunct:
            yield from said(adjunct, _adjunct_label(adjunct))
    if clause.negated:
        yield expressed.negations[id(clause)], "ARGM-NEG"
    if clause.content and id(clause.content.clause) in expressed.verbs:
        label = "ARG2" if clause.direct else "ARG1"
        yield expressed.verbs[id(clause.content.clause)], label
