"""Which categories a row of supertags derives: a chart of combinatory categorial grammar.

Application, composition (harmonic and crossed), coordination, absorption of punctuation, and three
changes of type: N to NP, a clause that lacks a noun phrase to a relative clause, and a subject
raised to S/(S\\NP) (Steedman 2000; Hockenmaier and Steedman 2007).
"""

from collections.abc import Iterator, Sequence
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


def _unified(one: Category, other: Category) -> str | None:
    """The feature of S that makes them the same (empty: they are), or None; one open suffices."""
    match one, other:
        case Atom(), Atom():
            if one.name != other.name:
                return None
            if one.feature and other.feature and one.feature != other.feature:
                return None
            return (one.feature or other.feature) if one.feature != other.feature else ""
        case Function(), Function() if one.slash == other.slash:
            results = _unified(one.result, other.result)
            arguments = _unified(one.argument, other.argument)
            if results is None or arguments is None:
                return None
            return results or arguments
    return None


def _filled(category: Category, feature: str) -> Category:
    """With this feature at each S that has none."""
    if not feature:
        return category
    if isinstance(category, Function):
        result, argument = _filled(category.result, feature), _filled(category.argument, feature)
        return Function(result, category.slash, argument)
    return Atom("S", feature) if category == Atom("S") else category


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
            feature = _unified(function.argument, other)
            if feature is not None:
                yield _filled(function.result, feature)
            # composition, into an argument or into the one before it
            if isinstance(other, Function):
                feature = _unified(function.argument, other.result)
                if feature is not None:
                    result = _filled(function.result, feature)
                    yield Function(result, other.slash, _filled(other.argument, feature))
                if isinstance(other.result, Function):
                    feature = _unified(function.argument, other.result.result)
                    if feature is not None:
                        inner = other.result
                        result = _filled(function.result, feature)
                        result = Function(result, inner.slash, inner.argument)
                        yield Function(result, other.slash, other.argument)


RAISED = parse(r"S/(S\NP)")
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
