"""What lets a reader tell which sense of a word, and which of two things, is meant."""

from collections.abc import Iterator

from ticketscope.corpus.grammar.derivation import (
    Clause,
    Common,
    Named,
    Phrase,
    Pronoun,
    person,
    pronoun_code,
)
from ticketscope.corpus.grammar.draw import (
    Draw,
    Unclear,
    has_one_sense,
    is_clear,
    kinds_described,
    parts,
)

ANY_KIND = "hatlcfdrpisvwgeqbuxnmk"


def require_one_sense(draw: Draw, built: Clause) -> None:
    """Raises `Unclear` where an English verb or noun would have two readings here."""
    subject = draw.kinds_of(built.subject) if built.subject else ANY_KIND
    patient = built.direct or built.governed
    object_kinds = draw.kinds_of(patient) if patient else ""
    if built.passive:
        subject, object_kinds = ANY_KIND, subject
    if not has_one_sense(built.verb, subject, object_kinds):
        raise Unclear
    if not all(is_clear(found, kinds) for found, kinds in _places(built)):
        raise Unclear


def require_apart(first: Clause, second: Clause) -> None:
    """Raises `Unclear` where a clause may by accident speak of what the one before it does.

    The same noun or name again would be another one of that name; a pronoun that stands for nothing
    said before must find nothing there that it could stand for.
    """
    said = {part.referent for part in parts(first)}
    codes = {pronoun_code(part) for part in parts(first)}
    if set(nouns_and_names(first)) & set(nouns_and_names(second)):
        raise Unclear
    for part in parts(second):
        free = isinstance(part, Pronoun) and not part.reflexive and part.referent not in said
        if free and person(part) == 3 and {pronoun_code(part), ""} & codes:
            raise Unclear


def nouns_and_names(built: Clause) -> list[str]:
    """Its nouns and names."""
    return [
        part.noun.english if isinstance(part, Common) else part.name.english
        for part in parts(built)
        if isinstance(part, Common | Named)
    ]


def _places(built: Clause) -> Iterator[tuple[Phrase, str]]:
    """The main phrases of a clause, each with the kinds that its place can hold."""
    verb = built.verb
    if built.subject:
        kinds = verb.objects if built.passive else verb.subjects
        if built.predicate:
            kinds = kinds_described(built.predicate.adjective.english)
        yield built.subject, kinds
    if built.direct:
        yield built.direct, ANY_KIND if built.existential else verb.objects
    if built.governed:
        yield built.governed, verb.objects
