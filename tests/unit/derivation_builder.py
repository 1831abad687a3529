"""Derivations by hand: each function finds its words in the lexicon, German words first."""

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Content,
    Described,
    Indefinite,
    Named,
    Phrase,
    Prepositional,
    Pronoun,
    Sentence,
    Time,
)
from ticketscope.corpus.grammar.english import english
from ticketscope.corpus.grammar.english_tree import text
from ticketscope.corpus.grammar.german import german
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.closed import Determiner, Subordinator
from ticketscope.corpus.grammar.lexicon.entries import Adverb, Verb
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES, ADVERBS
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS


def said(main: Clause, **more) -> tuple[str, str]:
    """What a sentence reads in English and in German."""
    sentence = Sentence(main=main, **more)
    return text(english(sentence)), german(sentence)


def noun(word: str, determiner: str = "the", *adjectives: str, **more) -> Common:
    """`word`: German; `adjectives`: German, as they stand alone."""
    entry = next(entry for entry in NOUNS if entry.german == word)
    described = tuple(Described(adjective(each)) for each in adjectives)
    found = _determiner(determiner, more.get("plural", False))
    return Common(noun=entry, determiner=found, referent=0, described=described, **more)


def _determiner(english_form: str, plural: bool) -> Determiner:
    several = (*closed.PLURAL_DETERMINERS, *closed.NUMERALS) if plural else ()
    possessives = tuple(closed.POSSESSIVES.values())
    known = (*several, *closed.SINGULAR_DETERMINERS, *possessives, closed.BARE, closed.ALL)
    return next(entry for entry in known if entry.english == english_form)


def adjective(word: str):
    return next(entry for entry in ADJECTIVES if entry.german == word)


def adverb(word: str) -> Adverb:
    return next(entry for entry in ADVERBS if entry.german == word)


def name(word: str) -> Named:
    return Named(next(entry for entry in NAMES if entry.german == word), 0)


def pronoun(code: str, **more) -> Pronoun:
    return Pronoun(closed.PERSONAL[code], 0, **more)


def indefinite(word: str) -> Indefinite:
    return Indefinite(next(entry for entry in closed.INDEFINITE if entry.english == word), 0)


def verb(infinitive: str, frame: str = "transitive") -> Verb:
    return next(v for v in VERBS if v.infinitive == infinitive and v.frame == frame)


def preposition(
    use: str, english_form: str, phrase: Phrase | None, german_form: str = ""
) -> Prepositional:
    """`german_form` where one use has two translations."""
    found = (
        each for each in closed.PREPOSITIONS if (each.use, each.english) == (use, english_form)
    )
    return Prepositional(next(each for each in found if german_form in ("", each.german)), phrase)


def time(english_preposition: str, word: str) -> Time:
    found = next(each for each in closed.TIMES if each.english == word)
    return Time(english_preposition, found, dict(found.german)[english_preposition])


def modal(english_form: str):
    return next(each for each in closed.MODALS if each.english == english_form)


def subordinator(english_form: str) -> Subordinator:
    return next(each for each in closed.SUBORDINATORS if each.english == english_form)


def does(subject: Phrase | None, infinitive: str, direct: Phrase | None = None, **more) -> Clause:
    """A clause of a verb with at most one object."""
    frame = more.pop("frame", "transitive" if direct or more.get("gap") else "intransitive")
    return Clause(verb=verb(infinitive, frame), subject=subject, direct=direct, **more)


def is_(subject: Phrase, word: str, **more) -> Clause:
    return Clause(verb=closed.BE, subject=subject, predicate=Described(adjective(word)), **more)


def content(kind: str, clause: Clause, **more) -> Content:
    return Content(kind, clause, **more)
