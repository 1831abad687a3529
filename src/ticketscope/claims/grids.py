"""Figures of networks level by level, as arrays: an arm beside what it is compared with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim_tables import Studied, alike, gap, levels, matrix, where
from ticketscope.claims.dose import Curve, Missing, Reference
from ticketscope.claims.verdicts import Statistic

Array = NDArray[np.float64]
Of = Callable[[Array], Array]
"""From differences of figures ``[replicates, levels, places]`` to a statistic's numbers
``[replicates, levels]``."""


@dataclass(frozen=True)
class Grids:
    """Figures ``[replicates, levels, places]`` at the levels of an arm; a place is a layer, say."""

    levels: tuple[int, ...]
    sparsities: tuple[float, ...]
    ticket: Array
    control: Array | str
    """Or why it is not there."""
    dense: Array
    """Of the dense model: one level."""
    repeated: Array | None
    """Of the control repeated, where the run has that arm."""
    repeated_name: str

    @property
    def num_places(self) -> int:
        """How many layers or tasks."""
        return len(self.ticket[0, 0])

    def curves(self, statistic: Statistic, of: Of) -> Iterator[Curve | Missing]:
        """A statistic against the control, against the dense model, and of the floor."""
        yield self.to_control(statistic, of)
        yield self.curve(statistic, "dense", of(self.ticket - self.dense))
        if self.repeated is not None and not isinstance(self.control, str):
            yield self.curve(
                floor_of(statistic, self.repeated_name), "control", of(self.repeated - self.control)
            )

    def to_control(self, statistic: Statistic, of: Of) -> Curve | Missing:
        """A statistic against the control alone."""
        if isinstance(self.control, str):
            return Missing(statistic, "control", self.control)
        return self.curve(statistic, "control", of(self.ticket - self.control))

    def curve(self, statistic: Statistic, reference: Reference, numbers: Array) -> Curve:
        """Numbers ``[replicates, levels]`` of a statistic at these levels."""
        return Curve(statistic, reference, self.levels, self.sparsities, numbers)


def to_control(found: Grids | str, statistic: Statistic, of: Of) -> Curve | Missing:
    """A statistic against the control alone, or why there are no figures."""
    if isinstance(found, str):
        return Missing(statistic, "control", found)
    return found.to_control(statistic, of)


def mean(by_place: Array) -> Array:
    """Over the places, ``[..., places]`` to ``[...]``."""
    found: Array = by_place.mean(axis=-1)
    return found


def floor_of(statistic: Statistic, repeated: str) -> Statistic:
    """The same statistic of a network that goes on like the control, with other batches."""
    computes = statistic.computes.replace("{arm}", repeated)
    return replace(statistic, name=f"{statistic.name}, {repeated}", computes=computes)


def missing(statistics: Sequence[Statistic], reason: str) -> tuple[Missing, ...]:
    """Of each of these that it was not measured."""
    return tuple(Missing(statistic, "control", reason) for statistic in statistics)


def grids(
    rows: pd.DataFrame | None,
    name: str,
    studied: Studied,
    place: str,
    *,
    of_dense: float | None = None,
) -> Grids | str:
    """Read the figures of a table, or say why there are none.

    Args:
        rows: those of the table that count, with columns `arm`, `replicate`, `level`,
            `sparsity_prunable`, `value` and the place; of several that are of one place the mean.
        name: of the table.
        place: the column of places.
        of_dense: what the dense model has in every place, where the table has no rows of it.

    Raises `InputError` for a table that was cut.
    """
    there = [] if rows is None else levels(rows, studied.arm)
    reason = gap(rows, name, studied, [studied.arm], there)
    if reason:
        return reason
    assert rows is not None
    at = rows[rows["level"].isin(there)]
    found = {studied.arm: _matrix(at, name, studied.arm, place)}
    not_there = gap(rows, name, studied, [studied.control], there)
    if not not_there:
        found[studied.control] = _matrix(at, name, studied.control, place)
    repeated = studied.repeated
    if studied.arm != repeated and not gap(rows, name, studied, [repeated], there):
        found[repeated] = _matrix(at, name, repeated, place)
    alike(found, name)
    ticket = found[studied.arm]
    shape = (len(ticket), len(there), -1)
    arrays = {arm: each.to_numpy().reshape(shape) for arm, each in found.items()}
    if of_dense is None:
        of_dense_model = matrix(where(rows, {"arm": studied.dense}), [place], name)
        of_first_level = ticket.columns.get_level_values("level") == there[0]
        at_first_level = ticket.loc[:, of_first_level].droplevel("level", axis=1)
        alike({studied.arm: at_first_level, studied.dense: of_dense_model}, name)
        dense = of_dense_model.to_numpy()[:, None, :]
    else:
        dense = np.full((len(ticket), 1, arrays[studied.arm].shape[2]), of_dense)
    shares = at[at["arm"] == studied.arm].groupby("level")["sparsity_prunable"].mean()
    return Grids(
        levels=tuple(there),
        sparsities=tuple(float(shares[level]) for level in there),
        ticket=arrays[studied.arm],
        control=not_there or arrays[studied.control],
        dense=dense,
        repeated=arrays.get(repeated),
        repeated_name=repeated,
    )


def _matrix(rows: pd.DataFrame, name: str, arm: str, place: str) -> pd.DataFrame:
    return matrix(where(rows, {"arm": arm}), ["level", place], name)
