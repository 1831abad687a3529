"""Which categories a row of supertags derives: a chart of combinatory categorial grammar.

Application, composition (harmonic and crossed), coordination, absorption of punctuation, and three
changes of type: N to NP, a clause that lacks a noun phrase to a relative clause, and a subject
raised to S/(S\\NP) (Steedman 2000; Hockenmaier and Steedman 2007).
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple


class Atom(NamedTuple):
    name: str
    feature: str = ""


class Function(NamedTuple):
    result: "Category"
    slash: str
    argument: "Category"


Category = Atom | Function
PUNCTUATION = (Atom(","), Atom("."))
CONJUNCTION = Atom("conj")


@cache
def parse(text: str) -> Category:
    """A category as it is written; slashes associate to the left."""
    depth = 0
    for at in range(len(text) - 1, 0, -1):
        depth += (text[at] in ")]") - (text[at] in "([")
        if depth == 0 and text[at] in "/\\":
            return Function(parse(text[:at]), text[at], parse(text[at + 1 :]))
    if text.startswith("("):
        return parse(text[1:-1])
    name, _, feature = text.partition("[")
    return Atom(name, feature.rstrip("]"))


Features = frozenset[tuple[str, str]]
"""What S and NP without a feature have to be, by their names."""


class Clash(Exception):
    """Two categories that are not the same, or one feature that would have to be two."""


def _unified(one: Category, other: Category, inside: bool = False) -> Features:
    """The features that what is open in both has to get to make them the same.

    S is open; NP is so inside of a function only (an adverb modifies S\\NP and S\\NP[thr] alike,
    but NP[thr], there, is the subject of a verb that asks for it).
    """
    match one, other:
        case Atom(name), Atom() if name == other.name:
            if one.feature == other.feature:
                return frozenset()
            if (one.feature and other.feature) or not (name == "S" or inside):
                raise Clash
            return frozenset({(name, one.feature or other.feature)})
        case Function(), Function() if one.slash == other.slash:
            found = _unified(one.result, other.result, True)
            found |= _unified(one.argument, other.argument, True)
            if len(dict(found)) < len(found):
                raise Clash
            return found
    raise Clash


def _filled(category: Category, features: Features) -> Category:
    """With these features wherever there are none."""
    if not features:
        return category
    if isinstance(category, Function):
        result, argument = _filled(category.result, features), _filled(category.argument, features)
        return Function(result, category.slash, argument)
    return Atom(category.name, category.feature or dict(features).get(category.name, ""))


def _awaited(argument: Category, features: Features) -> Category:
    """An argument that composition passes on: the same S, but a noun phrase of its own."""
    return _filled(argument, frozenset(each for each in features if each[0] == "S"))


@cache
def _combined(left: Category, right: Category) -> tuple[Category, ...]:
    return tuple(_combinations(left, right))


def _combinations(left: Category, right: Category) -> Iterator[Category]:
    if left in PUNCTUATION:
        yield right
    if right in PUNCTUATION:
        yield left
    if left == CONJUNCTION and right not in PUNCTUATION:
        yield Function(right, "\\", right)
    for function, other, slash in ((left, right, "/"), (right, left, "\\")):
        if isinstance(function, Function) and function.slash == slash:
            with suppress(Clash):
                yield _filled(function.result, _unified(function.argument, other))
            # composition, into an argument or into the one before it
            with suppress(Clash):
                if isinstance(other, Function):
                    features = _unified(function.argument, other.result)
                    result = _filled(function.result, features)
                    yield Function(result, other.slash, _awaited(other.argument, features))
            with suppress(Clash):
                if isinstance(other, Function) and isinstance(other.result, Function):
                    inner = other.result
                    features = _unified(function.argument, inner.result)
                    result = _filled(function.result, features)
                    result = Function(result, inner.slash, _awaited(inner.argument, features))
                    yield Function(result, other.slash, _awaited(other.argument, features))


RAISED = parse(r"S/(S\NP[other])")
"""Other than there: a verb that asks for NP[thr] takes no raised subject."""
RELATIVE = parse(r"NP\NP")
LACKING = parse("S[dcl]/NP")
SENTENCES = (Atom("S", "dcl"), Atom("S", "q"), Atom("S", "wq"))


def _with_changed_types(category: Category) -> Iterator[Category]:
    yield category
    if category == Atom("N"):
        yield Atom("NP")
    if category in (Atom("N"), Atom("NP")):
        yield RAISED
    if category == LACKING:
        yield RELATIVE


def derives_sentence(supertags: Sequence[str]) -> bool:
    """Whether these categories combine to a statement or a question."""
    num = len(supertags)
    chart: dict[tuple[int, int], set[Category]] = {}
    for start, tag in enumerate(supertags):
        chart[start, start + 1] = set(_with_changed_types(parse(tag)))
    for width in range(2, num + 1):
        for start in range(num - width + 1):
            end = start + width
            chart[start, end] = {
                changed
                for middle in range(start + 1, end)
                for left in chart[start, middle]
                for right in chart[middle, end]
                for combined in _combined(left, right)
                for changed in _with_changed_types(combined)
            }
    return not chart[0, num].isdisjoint(SENTENCES)
