"""All that is known of a sentence, read off its derivation and its English tree."""

from collections.abc import Iterator
from itertools import groupby

from ticketscope.annotation.phrase_trees import Tree
from ticketscope.annotation.sentence import Adposition, AnnotatedSentence, Span
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
)
from ticketscope.corpus.grammar.english_tree import Node, spaces
from ticketscope.corpus.grammar.expressed import Expressed, expressed
from ticketscope.corpus.grammar.expressions import CaseMark, DeterminerWord, NounWord, OfPhrase
from ticketscope.corpus.grammar.facts import factuality
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.semantic_arcs import arguments
from ticketscope.corpus.grammar.supertags import supertags


def annotated(derivation: Sentence, tree: Node) -> AnnotatedSentence:
    """Every layer but grammatical errors; `tree` is the English tree of the derivation."""
    words = list(tree.words())
    said = expressed(tree)
    heads, relations = _dependencies(tree, said.position)
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
        entities=tuple(_entities(said)),
        adpositions=tuple(_adpositions(words)),
        factuality=tuple(
            sorted(
                (said.verbs[id(clause)], round(value, 3))
                for clause, value in factuality(derivation)
                if id(clause) in said.verbs
            )
        ),
        arguments=tuple(arguments(derivation, said)),
        mentions=tuple(_mentions(tree, said.position)),
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


# ----------------------------------------------------------------------------- spans


def _entities(said: Expressed) -> Iterator[Span]:
    labels = {"l": "LOC", "o": "ORG"}
    spans = []
    for node in said.phrases.values():
        match node.of:
            case Named(name=name):
                start = said.position[id(node.head)]
                spans.append(Span(start, start + 1, labels.get(name.kind, "PER")))
    yield from sorted(spans, key=lambda span: span.start)


def _adpositions(words: list[Node]) -> Iterator[Adposition]:
    """Role and function of each adposition; one of several words is one."""
    marks = ((index, word) for index, word in enumerate(words) if isinstance(word.of, CaseMark))
    for marked, group in groupby(marks, key=_marked):
        (start, first), *others = group
        role, function = _supersenses(marked, first.lemma)
        yield Adposition(start, start + 1 + len(others), role, function)


def _marked(mark: tuple[int, Node]) -> object:
    assert isinstance(mark[1].of, CaseMark)
    return mark[1].of.marked


def _supersenses(marked: object, preposition: str) -> tuple[str, str]:
    """Role and function (Schneider et al. 2018), as they are in the STREUSLE corpus."""
    match marked:
        case Prepositional():
            return marked.preposition.role, marked.preposition.function
        case Time():
            return closed.TIME_ROLES[preposition]
        case OfPhrase(owned):
            kinds = set(owned.noun.kinds)
            return next(roles for some, roles in closed.OF_ROLES if not some or kinds & set(some))
        case Clause() if marked.indirect:
            return "Recipient", "Goal"
        case Clause():
            usual = closed.GOVERNED_ROLES[preposition]
            return closed.ROLES_BY_VERB.get(marked.verb.english, usual)
        case _:
            raise AssertionError(f"{preposition}: an adposition of nothing known")


def _mentions(tree: Node, position: dict[int, int]) -> Iterator[Span]:
    """All phrases that speak of someone or something; the outermost of nested ones.

    Who speaks and who is spoken to is one in all of a sentence, possessives included.
    """

    def visit(node: Node, outer: object) -> Iterator[Span]:
        of = node.of
        match of:
            case DeterminerWord(phrase) if phrase.determiner.owner:
                index = position[id(node)]
                yield Span(index, index + 1, _owner(phrase))
            case Common() | Named() | Pronoun() | Conjoined() | Indefinite() if of is not outer:
                inside = [position[id(word)] for word in node.words()]
                yield Span(min(inside), max(inside) + 1, _entity(of))
        for _, child in node.children:
            yield from visit(child, of if of is not None else outer)

    yield from sorted(visit(tree, None), key=lambda span: (span.start, -span.end))


def _entity(phrase: Phrase) -> str:
    if isinstance(phrase, Pronoun) and phrase.entry.person < 3:
        return phrase.entry.code
    return f"e{phrase.referent}"


def _owner(phrase: Common) -> str:
    """The referent; of who speaks and who is spoken to, the code."""
    return phrase.determiner.owner if phrase.owner is None else f"e{phrase.owner}"


def _senses(words: list[Node]) -> Iterator[tuple[int, str]]:
    for index, word in enumerate(words):
        match word.of:
            case NounWord(phrase):
                sense = phrase.noun.sense
            case Clause() as clause:
                sense = clause.verb.sense
            case Described() as described:
                sense = described.adjective.sense
            case _:
                continue
        if sense:
            yield index, sense
