"""What a word or a phrase stands for, where that is no element of the derivation itself.

Words of both languages know what they put into words: an element, or one of the expressions below.
Elements are compared by identity and expressions by what they hold, so that two words that put the
same thing into words, in one language or in two, are told by equality.
"""

from dataclasses import dataclass
from typing import Literal

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Conjoined,
    Described,
    Phrase,
    Prepositional,
    Time,
)
from ticketscope.corpus.grammar.lexicon.entries import Adverb


@dataclass(frozen=True, slots=True)
class OfPhrase:
    """The phrase behind *of* that says whose something is."""

    owned: Common


@dataclass(frozen=True, slots=True)
class CaseMark:
    """A word of an adposition: of an adjunct, an of-phrase, or (`Clause`) one its verb asks for."""

    marked: Prepositional | Time | OfPhrase | Clause


@dataclass(frozen=True, slots=True)
class NounWord:
    """The noun of a phrase."""

    phrase: Common


@dataclass(frozen=True, slots=True)
class DeterminerWord:
    """The article, numeral or possessive of a phrase."""

    phrase: Common


@dataclass(frozen=True, slots=True)
class AdverbWord:
    """A word of an adverb; the same adverb may stand in another clause too."""

    clause: Clause
    adverb: Adverb


@dataclass(frozen=True, slots=True)
class ModalWord:
    """The modal verb of a clause, that of the future included."""

    clause: Clause


@dataclass(frozen=True, slots=True)
class NegationWord:
    """The *not* of a clause."""

    clause: Clause


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """What a question asks for with this verb."""

    clause: Clause


@dataclass(frozen=True, slots=True)
class RelativeClause:
    """A clause that describes a noun."""

    described: Common


Function = Literal[
    "perfect",
    "do",
    "passive",
    "copula",
    "particle",
    "expletive",
    "infinitive",
    "subordinator",
    "relative",
    "conjunction",
    "degree",
    "article",
    "comma",
    "end",
]


@dataclass(frozen=True, slots=True)
class FunctionWord:
    """Any other word, or mark, that serves an element.

    A clause: auxiliaries (`perfect`, `do`, `passive`), the `copula`, the `particle` of the verb
    (in German its separable prefix), the `expletive` of "there is", the `infinitive` marker, the
    `subordinator`, the `relative` pronoun, the `comma` that parts it from the one before it or
    behind it, the `end` of a sentence by its main clause. What comes second (a clause, two joined
    phrases): the `conjunction`. An adjective: the adverb of `degree`. A time: its `article`.
    """

    served: Clause | Conjoined | Described | Time
    function: Function


Expression = (
    Clause
    | Phrase
    | Prepositional
    | Time
    | Adverb
    | Described
    | OfPhrase
    | CaseMark
    | NounWord
    | DeterminerWord
    | AdverbWord
    | ModalWord
    | NegationWord
    | QuestionWord
    | RelativeClause
    | FunctionWord
)
