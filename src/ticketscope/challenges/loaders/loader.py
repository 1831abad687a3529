"""What a loader of challenge sets is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ticketscope.challenges.challenge_items import Item
from ticketscope.challenges.records import Record
from ticketscope.errors import InputError
from ticketscope.text.languages import same_language

Direction = tuple[str, str]
"""Source and target language."""


@dataclass(frozen=True)
class Loader:
    """Args:
    name: of the kind, as the user gives it behind a file.
    knows: whether these are the fields of the first record of such a file.
    read: what a file asks networks of a direction; raises `InputError` with file and line.
    languages: source and target language of all such files; None where a file says it itself.
    """

    name: str
    knows: Callable[[Sequence[str]], bool]
    read: Callable[[Path, Direction], Iterator[Item]]
    languages: Direction | None = None


def has(*names: str) -> Callable[[Sequence[str]], bool]:
    """Whether a record has all these fields."""
    return lambda fields: set(names) <= set(fields)


def is_same_direction(one: Direction, other: Direction) -> bool:
    """Whether both lead from one language to another."""
    return all(map(same_language, one, other))


def is_of_others(record: Record, languages: Direction) -> bool:
    """Whether a record says that it is of another pair of languages, as in ``langpair: en-de``.

    Raises `InputError` where that is no pair.
    """
    if "langpair" not in record.fields:
        return False
    said = record.text("langpair")
    source, _, target = said.partition("-")
    if not (source and target):
        raise InputError(
            f"{record.place}: langpair must be two languages such as en-de, not {said!r}; mend the "
            "line"
        )
    return not is_same_direction((source, target), languages)
