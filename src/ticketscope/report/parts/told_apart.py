"""What differences to the control, or else to the dense model, say of the networks under study."""

from dataclasses import dataclass

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.parts.wording import count, spelled

_OTHERS = {"control": "the control", "dense": "the dense model"}


@dataclass(frozen=True)
class ToldApart:
    """Differences of the networks that a reader asks about: of a lottery those of the first arm at
    its last level, of a dissection all variants.

    Args:
        rows: one per network, with `value`, `lower` and `upper` of its difference.
        other: what they are compared with.
        networks: what they are called, such as "tickets at the last level".
    """

    rows: pd.DataFrame
    other: str
    networks: str

    @property
    def num_above(self) -> int:
        """How many lie above 0 by their whole interval."""
        return int((self.rows["lower"] > 0).sum())

    @property
    def num_below(self) -> int:
        """Likewise below."""
        return int((self.rows["upper"] < 0).sum())

    def of(self, num: int) -> str:
        """ "two of 3 variants", "none of 3 variants"."""
        return f"{spelled(num) if num else 'none'} of {count(len(self.rows))} {self.networks}"


def told_apart(rows: pd.DataFrame, cast: Cast) -> ToldApart | None:
    """The differences among rows of one figure; None where there are none."""
    asked = rows[rows["arm"].isin([arm.name for arm in cast.studied])]
    networks = cast.nouns.tickets
    if not cast.is_given:
        asked = asked[asked["arm"] == cast.first_name]
        asked = asked[asked["level"] == asked["level"].max()]
        networks = f"{networks} of the last level"
    for other, name in _OTHERS.items():
        of = f"difference_{other}"
        known = asked[asked[of].notna()]
        if known.empty:
            continue
        ends = {end: known[f"{of}_{end}"] for end in ("lower", "upper")}
        called = "the base" if cast.is_given and other == "dense" else name
        return ToldApart(known.assign(value=known[of], **ends), called, networks)
    return None
