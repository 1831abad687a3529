"""Damage that a reader can see: kinds of it, each counted from source, reference and translation.

A kind is one file and one line here. Nothing else lists kinds.
"""

from ticketscope.damage.empty import EMPTY
from ticketscope.damage.kind import Kind
from ticketscope.damage.numbers import NUMBERS

KINDS: tuple[Kind, ...] = (
    NUMBERS,
    EMPTY,
)
