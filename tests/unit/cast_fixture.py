"""The cast of a lottery with every arm there is."""

from typing import Final

from ticketscope.arms import ARMS
from ticketscope.arms.cast import lottery_cast

CAST: Final = lottery_cast(ARMS)
