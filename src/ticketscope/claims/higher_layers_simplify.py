"""C3: the higher layers become less complex than their dense counterparts."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim_tables import ONE_LAYER, ClaimTables, Studied, where
from ticketscope.claims.dose import EIGHT, Curve, Measured, Missing
from ticketscope.claims.grids import Grids, grids, missing, to_control
from ticketscope.claims.higher_layers_diverge import NO_DECODER
from ticketscope.claims.verdicts import Statistic
from ticketscope.measures.spectrum import PCS_80_INTERPOLATED

DECIDING = PCS_80_INTERPOLATED
"""The measure in complexity.csv that decides. Whole counts do not: among the few components of a
narrow network all replicates may agree by chance, and then nothing is known of their spread."""
_OF = "of the words' vectors in {arm} minus the same of {reference}"
_PCS = (
    "log of the number of principal components for 80 % of the variance, the last one counted in "
    f"part, {_OF}"
)
LAST = Statistic(
    "components of the last layer",
    "below",
    f"In the encoder's last layer, the {_PCS}",
    per_round=True,
)
LAST_MINUS_FIRST = Statistic(
    "components, last minus first third",
    "below",
    f"Mean over the last third of the encoder's layers, less the mean over the first third, of the "
    f"{_PCS}",
    per_round=True,
)
CHECKS = {
    measure: Statistic(
        f"{name} of the last layer",
        "below",
        f"In the encoder's last layer, the log of the {name} {_OF}",
        per_round=True,
    )
    for measure, name in (
        ("participation_ratio", "participation ratio"),
        ("effective_rank", "effective rank"),
    )
}
DECODER = Statistic(
    "components of the decoder's last layer",
    "below",
    f"In the decoder's last layer, the {_PCS}",
    per_round=True,
)
DEAD = "a layer has no component at all: its neurons are dead, and 0 has no logarithm"
RULE = (
    "Supported where the last layer of the encoder needs fewer components in {arm} than in "
    "{control}"
)


def last(by_layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the last layer, ``[..., layers]`` to ``[...]``."""
    return by_layer[..., -1]


def thirds(by_layer: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the last third minus that of the first, ``[..., layers]`` to ``[...]``; a third is
    rounded down but has a layer at least."""
    size = max(1, by_layer.shape[-1] // 3)
    found: NDArray[np.float64] = by_layer[..., -size:].mean(-1) - by_layer[..., :size].mean(-1)
    return found


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C3 on an arm."""
    margin = tables.registered.c3 / EIGHT
    deciding, in_decoder = LAST.with_margin(margin), DECODER.with_margin(margin)
    found = _logs(tables.complexity, DECIDING, studied)
    if isinstance(found, str):
        return missing((deciding, LAST_MINUS_FIRST, *CHECKS.values(), in_decoder), found)
    assert tables.complexity is not None
    return (
        *found.curves(deciding, last),
        _difference(found),
        *_checks(tables.complexity, studied),
        _decoder(tables.complexity, studied, in_decoder),
    )


def _difference(found: Grids) -> Curve | Missing:
    if found.num_places < 2:
        return Missing(LAST_MINUS_FIRST, "control", ONE_LAYER)
    return found.to_control(LAST_MINUS_FIRST, thirds)


def _checks(complexity: pd.DataFrame, studied: Studied) -> Iterator[Curve | Missing]:
    for name, statistic in CHECKS.items():
        yield to_control(_logs(complexity, name, studied), statistic, last)


def _decoder(complexity: pd.DataFrame, studied: Studied, statistic: Statistic) -> Curve | Missing:
    if not complexity["module"].eq("decoder").any():
        return Missing(statistic, "control", NO_DECODER)
    return to_control(_logs(complexity, DECIDING, studied, "decoder"), statistic, last)


def _logs(
    complexity: pd.DataFrame | None, name: str, studied: Studied, module: str = "encoder"
) -> Grids | str:
    """Logs of a measure of the layers from 1."""
    rows = None
    if complexity is not None:
        rows = where(complexity, {"module": module, "measure": name})
        compared = (studied.arm, studied.control, studied.dense, studied.repeated)
        rows = rows[(rows["layer"] >= 1) & rows["arm"].isin(compared)]
        if rows["value"].le(0).any():
            return DEAD
        figures = [name for name in ("value", "lower", "upper") if name in rows]
        rows = rows.assign(**{of: np.log(rows[of]) for of in figures})
    return grids(rows, "complexity", studied, "layer")
