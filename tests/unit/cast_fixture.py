"""The cast of a lottery with every arm there is."""

from collections.abc import Iterable
from typing import Final

from ticketscope.arms import ARMS
from ticketscope.arms.cast import lottery_cast

CAST: Final = lottery_cast(ARMS)


def with_needed(arms: Iterable[str]) -> tuple[str, ...]:
    """The arms, and those whose masks they need."""
    named = tuple(arms)
    needed = (ARMS[arm].takes_from for arm in named)
    return tuple(dict.fromkeys([*named, *filter(None, needed)]))
