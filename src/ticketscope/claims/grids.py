"""Figures of networks level by level, as arrays: an arm beside what it is compared with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.claims.claim_tables import Studied, alike, gap, levels, matrix, where
from ticketscope.claims.dose import Curve, Missing, Reference
from ticketscope.claims.verdicts import NORMAL, Statistic, over_sentences, pooled
from ticketscope.measures.estimate import Estimate

Array = NDArray[np.float64]
Of = Callable[[Array], Array]
"""From differences of figures ``[replicates, levels, places]`` to a statistic's numbers
``[replicates, levels]``."""


_OF_LAYERS = ("layer", "place")
"""Columns of places that are layers, or heads in layers."""


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
    errors: Mapping[Reference, Array] = field(default_factory=dict)
    """Of a network that others made: the standard errors over sentences of its differences to a
    reference, ``[places]``; those that the table tells."""

    @property
    def num_places(self) -> int:
        """How many layers or tasks."""
        return len(self.ticket[0, 0])

    def curves(self, statistic: Statistic, of: Of) -> Iterator[Curve | Missing]:
        """A statistic against the control, against the dense model, and of the floor."""
        yield self.to_control(statistic, of)
        dense = self.curve(statistic, "dense", of(self.ticket - self.dense))
        yield self._over_sentences(dense, of)
        if self.repeated is not None and not isinstance(self.control, str):
            yield self.curve(
                floor_of(statistic, self.repeated_name), "control", of(self.repeated - self.control)
            )

    def to_control(
        self, statistic: Statistic, of: Of, *, is_linear: bool = True
    ) -> Curve | Missing:
        """A statistic against the control alone."""
        if isinstance(self.control, str):
            return Missing(statistic, "control", self.control)
        curve = self.curve(statistic, "control", of(self.ticket - self.control))
        return self._over_sentences(curve, of) if is_linear else curve

    def _over_sentences(self, curve: Curve, of: Of) -> Curve:
        """With its error over sentences, where that is known of every place.

        All places have the same sentences, so their errors are not independent. Those of a weighted
        sum are added up as if all went the same way, which no correlation exceeds.
        """
        if curve.reference not in self.errors:
            return curve
        weights = np.abs(of(np.eye(self.num_places)))
        error = float(weights @ self.errors[curve.reference])
        return replace(curve, sentence_errors=(error,))

    def curve(self, statistic: Statistic, reference: Reference, numbers: Array) -> Curve:
        """Numbers ``[replicates, levels]`` of a statistic at these levels."""
        return Curve(statistic, reference, self.levels, self.sparsities, numbers)


def to_control(found: Grids | str, statistic: Statistic, of: Of) -> Curve | Missing:
    """A statistic against the control alone, or why there are no figures."""
    if isinstance(found, str):
        return Missing(statistic, "control", found)
    return found.to_control(statistic, of)


def likely(numbers: Array, error: float, studied: Studied) -> Estimate:
    """The mean of the numbers of replicates, and where it would lie with other sentences (of which
    it has this standard error) and other seeds; of networks that others made, with other
    sentences."""
    if studied.is_given:
        return over_sentences(float(numbers.mean()), error)
    return pooled(numbers, error)


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
    if studied.loses_layers and place in _OF_LAYERS:
        return f"{studied.arm} removes layers, so that those left are not those of the same number"
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
    if studied.is_given and (apart := _unlike(found, studied, place)):
        return apart
    alike(found, name)
    ticket = found[studied.arm]
    shape = (len(ticket), len(there), -1)
    arrays = {arm: each.to_numpy().reshape(shape) for arm, each in found.items()}
    if of_dense is None:
        of_dense_model = matrix(where(rows, {"arm": studied.dense}), [place], name)
        of_first_level = ticket.columns.get_level_values("level") == there[0]
        at_first_level = ticket.loc[:, of_first_level].droplevel("level", axis=1)
        both = {studied.arm: at_first_level, studied.dense: of_dense_model}
        if studied.is_given and (apart := _unlike(both, studied, place)):
            return apart
        alike(both, name)
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
        errors=_errors(at, rows, studied, place, of_dense) if studied.is_given else {},
    )


def _unlike(found: Mapping[str, pd.DataFrame], studied: Studied, place: str) -> str:
    """Why networks that others made cannot be set side by side, place by place; or ""."""
    own = found[studied.arm].columns
    unlike = [name for name, other in found.items() if not other.columns.equals(own)]
    if not unlike:
        return ""
    noun = "layers" if place == "place" else f"{place.replace('_', ' ')}s"
    shown = "; the section on layers compares all of them with all of the base's"
    return f"{studied.arm} and {unlike[0]} have not the same {noun}" + shown * (noun == "layers")


def _errors(
    at: pd.DataFrame, rows: pd.DataFrame, studied: Studied, place: str, of_dense: float | None
) -> dict[Reference, Array]:
    """Standard errors over sentences of the differences to the control and to the dense model, in
    the order of places, where the table tells any: of the difference itself, if it has that
    (paired), or of both figures."""
    own = where(at, {"arm": studied.arm})
    others: dict[Reference, pd.DataFrame] = {
        "control": where(at, {"arm": studied.control}),
        # Without rows of the dense model the figures are likenesses to it.
        "dense": where(rows, {"arm": studied.dense}) if of_dense is None else own.head(0),
    }
    found: dict[Reference, Array] = {}
    for reference, other in others.items():
        paired = _half(own, place, f"difference_{reference}_")
        halves = [_half(each, place, "") for each in (own, other) if len(each)]
        half = sum(halves[1:], start=halves[0]) if paired.isna().any() else paired
        if half.notna().all():
            found[reference] = np.asarray(half / NORMAL, dtype=np.float64)
    return found


def _half(rows: pd.DataFrame, place: str, of: str) -> "pd.Series[float]":
    """Half of the interval in each place; missing where there is none."""
    lower, upper = (rows.get(f"{of}{end}", np.nan) for end in ("lower", "upper"))
    return rows.assign(half=(upper - lower) / 2).groupby(place)["half"].mean()


def _matrix(rows: pd.DataFrame, name: str, arm: str, place: str) -> pd.DataFrame:
    return matrix(where(rows, {"arm": arm}), ["level", place], name)
