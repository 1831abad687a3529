"""One column of a table: its name, what its cells hold, and what they mean."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Literal

from ticketscope.arms.cast import Cast

Kind = Literal["text", "whole", "number"]
Known = Callable[[Cast], Collection[str]]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of text, of whole numbers, or of finite numbers.

    Args:
        name: as in the first line of the file.
        kind: what its cells hold.
        says: what they mean, in Markdown without links; neighbours with one meaning are told
            together.
        optional: whether a cell may be empty, which means that it does not apply.
        known: gives the names that a run may have, where cells are such names.
        later: whether runs of older versions lack it: all its cells are empty, then.
    """

    name: str
    kind: Kind
    says: str
    optional: bool = False
    known: Known | None = None
    later: bool = False

    def __post_init__(self) -> None:
        assert self.optional or not self.later, f"{self.name}: what may lack may be empty"

    def holds(self, value: Any, cast: Cast) -> bool:
        """Whether a cell may have this value in a run of that cast; None and "" make an empty
        cell."""
        if value is None or value == "":
            return self.optional
        if self.kind == "text":
            return isinstance(value, str) and (self.known is None or value in self.known(cast))
        if isinstance(value, bool):
            return False
        if self.kind == "whole":
            return isinstance(value, Integral)
        return isinstance(value, Real) and math.isfinite(value)


def text(
    *names: str,
    says: str,
    optional: bool = False,
    known: Known | None = None,
    later: bool = False,
) -> tuple[Column, ...]:
    """Columns of text with one meaning."""
    return tuple(
        Column(name=name, kind="text", says=says, optional=optional, known=known, later=later)
        for name in names
    )


def whole(
    *names: str, says: str, optional: bool = False, later: bool = False
) -> tuple[Column, ...]:
    """Columns of whole numbers with one meaning."""
    return tuple(
        Column(name=name, kind="whole", says=says, optional=optional, later=later) for name in names
    )


def number(
    *names: str, says: str, optional: bool = False, later: bool = False
) -> tuple[Column, ...]:
    """Columns of finite numbers with one meaning."""
    return tuple(
        Column(name=name, kind="number", says=says, optional=optional, later=later)
        for name in names
    )
