"""Gold word alignments: which German words express what an English word expresses.

Both sentences are made from one derivation, and each word knows what it stands for. Words of both
languages that stand for the same are linked. As in hand-made alignments (Och and Ney 2003) links
are sure or merely possible, and a word without a counterpart has none: an aligner should find all
sure links, and none that is not possible. The guidelines are in docs/grammar.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from ticketscope.annotation.alignment import Alignment, Link
from ticketscope.corpus.grammar.derivation import Clause
from ticketscope.corpus.grammar.english_tree import Node
from ticketscope.corpus.grammar.expressions import (
    AdverbWord,
    DeterminerWord,
    Expression,
    FunctionWord,
    ModalWord,
    NegationWord,
)
from ticketscope.corpus.grammar.german_text import Word


def aligned(tree: Node, german: Sequence[Word]) -> Alignment:
    """The links between the words of an English tree and the German words of its derivation."""
    english = _places([word.of] if word.of else [] for word in tree.words())
    places = _places(word.of for word in german)
    negations = {index for index, word in enumerate(german) if _denies(word)}

    sure: set[Link] = set()
    possible: set[Link] = set()
    for expression, indices in english.items():
        found = places.get(expression, [])
        links = set(_paired(indices, found))
        if isinstance(expression, AdverbWord) and len(indices) != len(found):
            # long ago, vor langer Zeit: no word of one is a word of the other
            sure.add((indices[-1], found[-1]))
        elif not (isinstance(expression, DeterminerWord) and negations & set(found)):
            sure |= links
        possible |= links
    possible |= set(_of_auxiliaries(english, places))
    possible |= {(here, there) for there, here in _of_auxiliaries(places, english)}
    return Alignment(tuple(sorted(sure)), tuple(sorted(sure | possible)))


Places = dict[Expression, list[int]]
"""The words that stand for each expression, in order."""


def _places(words: Iterable[Sequence[Expression]]) -> Places:
    places: Places = defaultdict(list)
    for index, expressions in enumerate(words):
        for expression in expressions:
            places[expression].append(index)
    return dict(places)


def _paired(ours: Sequence[int], theirs: Sequence[int]) -> Iterator[Link]:
    """One by one if there are as many words on both sides, else all with all."""
    return zip(ours, theirs, strict=True) if len(ours) == len(theirs) else product(ours, theirs)


def _denies(word: Word) -> bool:
    """Nicht, or kein, which stands for a determiner too."""
    return any(isinstance(expression, NegationWord) for expression in word.of)


# ----------------------------------------------------------------------------- auxiliaries


def _of_auxiliaries(ours: Places, theirs: Places) -> Iterator[Link]:
    """Auxiliaries that the other language lacks, each with the first verb of its clause.

    That verb is the one which shows tense and person (did not sleep, hat nicht geschlafen).
    """
    for expression, indices in ours.items():
        clause = _clause_of_auxiliary(expression)
        if clause and expression not in theirs:
            first = next(theirs[verb][0] for verb in _chain(clause) if verb in theirs)
            yield from ((index, first) for index in indices)


def _clause_of_auxiliary(expression: Expression) -> Clause | None:
    match expression:
        case ModalWord(clause):
            return clause
        case FunctionWord(Clause() as clause, "perfect" | "do" | "passive"):
            return clause
        case _:
            return None


def _chain(clause: Clause) -> Iterator[Expression]:
    """The verbs that a clause may have, the finite one first."""
    yield ModalWord(clause)
    yield FunctionWord(clause, "perfect")
    yield FunctionWord(clause, "do")
    yield FunctionWord(clause, "passive")
    yield FunctionWord(clause, "copula")
    yield clause
