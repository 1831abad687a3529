"""What cuts a text into pieces and gives them ids, whichever library does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ticketscope.text.pieces import Surface


@dataclass(frozen=True)
class Spelled:
    """The pieces of a text.

    Args:
        ids: of the pieces.
        surfaces: what each spells.
    """

    ids: list[int]
    surfaces: list[Surface]


class PieceModel(Protocol):
    """Pieces and ids of one side. No text becomes a special symbol: a literal ``</s>`` is text.

    Attributes:
        ids: of all names, those of special symbols included.
        special: names that no text becomes.
        unknown: id of what has no other.
        around: what the stored tokenizer puts before and behind the pieces of a text.
        identity: digest of what decides the ids of every text.
        remarks: what a reader should know of it.
    """

    @property
    def ids(self) -> Mapping[str, int]: ...

    @property
    def special(self) -> frozenset[str]: ...

    @property
    def unknown(self) -> int: ...

    @property
    def around(self) -> tuple[tuple[int, ...], tuple[int, ...]]: ...

    @property
    def identity(self) -> str: ...

    @property
    def remarks(self) -> tuple[str, ...]: ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text."""

    def spelled(self, text: str) -> Spelled:
        """The pieces of a text with what they spell."""

    def decode(self, names: Sequence[str]) -> str:
        """The text of names, none of them special or the unknown one."""
