"""The readings of one English form: what a sentence has to tell apart, and what can be confused.

An entry's rivals are all others of its English form: for a verb, in the same frame and with the
same particle.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from ticketscope.corpus.grammar.lexicon.entries import Adjective, Noun, Verb
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

Entry = TypeVar("Entry")
Form = TypeVar("Form")


def rival_nouns(noun: Noun) -> tuple[Noun, ...]:
    return tuple(other for other in _NOUNS[noun.english] if other is not noun)


def rival_adjectives(adjective: Adjective) -> tuple[Adjective, ...]:
    return tuple(other for other in _ADJECTIVES[adjective.english] if other is not adjective)


def rival_verbs(verb: Verb) -> tuple[Verb, ...]:
    """None for "be", which is in no table of verbs."""
    return tuple(other for other in _VERBS.get(_form_of(verb), ()) if other is not verb)


def _form_of(verb: Verb) -> tuple[str, str, str]:
    return verb.frame, verb.english, verb.particle


def _by_form(
    entries: Iterable[Entry], form_of: Callable[[Entry], Form]
) -> Mapping[Form, tuple[Entry, ...]]:
    found: dict[Form, tuple[Entry, ...]] = defaultdict(tuple)
    for entry in entries:
        found[form_of(entry)] += (entry,)
    return dict(found)


_NOUNS = _by_form(NOUNS, lambda noun: noun.english)
_ADJECTIVES = _by_form(ADJECTIVES, lambda adjective: adjective.english)
_VERBS = _by_form(VERBS, _form_of)
