"""A picture as small as a word or two: a statistic against sparsity, with the control as a line.

Everything is in the units of the drawing, so that the template writes coordinates alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from ticketscope.claims.dose import at_most
from ticketscope.report.first_screen.quality import Row
from ticketscope.report.parts.part import Dot, SmallPicture
from ticketscope.report.parts.wording import about, significant

WIDTH, HEIGHT = 220, 72
_EDGE: Final = 6
"""Units between what is drawn and the edge."""


@dataclass(frozen=True)
class _Level:
    """What a row of claims_by_level.csv says, with ends at the mean where there are none."""

    share: float
    value: float
    lower: float
    upper: float
    margin: float

    @classmethod
    def of(cls, row: Row) -> "_Level":
        value: float = row["value"]
        known = not pd.isna(row["lower"])
        return cls(
            share=row["sparsity_prunable"],
            value=value,
            lower=row["lower"] if known else value,
            upper=row["upper"] if known else value,
            margin=0.0 if pd.isna(row["margin"]) else row["margin"],
        )


def small_picture(
    rows: Sequence[Row], null: float, up_to: float, *, one_sided: bool
) -> SmallPicture | None:
    """Of the levels of a statistic; None without any.

    `null`: where there is no effect; `up_to`: the share up to which levels are registered;
    `one_sided`: only what lies below `null` by the margin matters.
    """
    if not rows:
        return None
    levels = [_Level.of(row) for row in rows]
    shares = [level.share for level in levels]
    above = [null if one_sided else null + level.margin for level in levels]
    below = [null - level.margin for level in levels]
    values = [level.value for level in levels]
    # An interval over two replicates may be a hundred times as wide as what is to be seen.
    reach = 3 * max(abs(value - null) for value in (*values, *above, *below)) or 1.0
    within = [(max(level.lower, null - reach), min(level.upper, null + reach)) for level in levels]
    lowest = min(null, *below, *(low for low, _ in within))
    highest = max(null, *above, *(high for _, high in within))

    def x(share: float) -> float:
        return round(_EDGE + (WIDTH - 2 * _EDGE) * share / shares[-1], 1)

    def y(value: float) -> float:
        room = HEIGHT - 2 * _EDGE
        return round(_EDGE + room * (highest - value) / ((highest - lowest) or 1.0), 1)

    margins = {level.margin for level in levels}
    grows = len(margins) > 1
    start = (null, null) if grows else (above[0], below[0])
    corners = [(0.0, start[0]), *zip(shares, above, strict=True)]
    corners += [*zip(shares[::-1], below[::-1], strict=True), (0.0, start[1])]
    return SmallPicture(
        dots=tuple(
            Dot(x(share), y(value), y(low), y(high), at_most(share, up_to))
            for share, value, (low, high) in zip(shares, values, within, strict=True)
        ),
        null=y(null),
        band=" ".join(f"{x(share)},{y(value)}" for share, value in corners) if any(margins) else "",
        ends=(about(0.0), about(shares[-1])),
        text="; ".join(
            f"{about(share)} pruned: {significant(value)}"
            for share, value in zip(shares, values, strict=True)
        ),
    )
