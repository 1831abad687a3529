"""What was registered of the claims, and whether that was before there were figures to choose by.

Smallest effects of interest, levels and looks that are chosen after a look at the results let
anything be shown. So a run directory keeps what was registered when its first level was trained,
and whoever changes it is told, and so is the reader of the report.
"""

from collections.abc import Mapping
from typing import Any, Final

from ticketscope.config import Claims

REPLICATES: Final = "lottery.replicates"


def registered(claims: Claims, replicates: int | None) -> dict[str, Any]:
    """What a run directory keeps: setting and value.

    The number of replicates is part of it where no looks are: to add some because a verdict was
    undecided is to look twice. None: networks that others made have none.
    """
    settings = {f"claims.{key}": value for key, value in claims.model_dump(mode="json").items()}
    return settings if claims.looks or replicates is None else {**settings, REPLICATES: replicates}


def changed(kept: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    """What is registered otherwise now than it was, as a clause; "" where nothing is.

    kept: what the run directory has; None where levels were trained before anything was registered.
    """
    if kept is None:
        return "nothing was registered of the claims when its first level was trained"
    differing = [
        f"{key} was {_in_words(kept[key])} and is {_in_words(now[key])}"
        for key in sorted(kept.keys() & now.keys())
        if kept[key] != now[key]
    ]
    if not differing:
        return ""
    listed = "; ".join(differing)
    return f"when its first level was trained, the claims were registered otherwise: {listed}"


def _in_words(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
