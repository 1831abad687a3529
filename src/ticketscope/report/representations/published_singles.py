"""Single figures of the encoder, published and of the run, as tables."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.compared_networks import with_dense
from ticketscope.report.drawing.drawn_rows import dense_as_level_0, drawn_at
from ticketscope.report.parts.part import Table
from ticketscope.report.parts.wording import number, percent
from ticketscope.report.published.beside import at_nearest_level
from ticketscope.report.published.study_tables import published, with_labels

_COMPONENTS = "80 % of the variance"
_KEPT = "dense model, same layer"
_THROUGH = "layer 1 in the last"


@dataclass(frozen=True)
class Single:
    """A figure of a dense model (None: does not apply) and of one pruned from it, in neurons or
    dimensions of `width`; `lowest` and `highest` differ for a range over layers."""

    name: str
    whose: str
    width: int
    drawn_at: float
    dense: float | None
    lowest: float
    highest: float


def components(complexity: pd.DataFrame, cast: Cast, width: int) -> tuple[Single, ...]:
    """The published figure of the variance of the last layer, above the run's: the mean over
    replicates, by arm, at the level of the nearest sparsity. `width` of the run's model, in
    neurons."""
    return _beside(_published_components(), _components(complexity, cast, width))


def neurons_in_place(neurons: pd.DataFrame, cast: Cast, width: int) -> tuple[Single, ...]:
    """The published figures of neurons that are found again, above the run's."""
    encoder = neurons[neurons["module"] == "encoder"]
    return (
        *_beside(_published_kept(), _kept(encoder, cast, width)),
        *_beside(_published_through(), _through(encoder, cast, width)),
    )


def singles_table(title: str, first: str, found: tuple[Single, ...]) -> Table:
    """One row per figure and whose it is; `first` heads their names."""
    return Table(
        title=title,
        columns=(first, "source", "width", "dense", "later", "later / dense", "at sparsity"),
        rows=tuple(
            (
                single.name,
                single.whose,
                str(single.width),
                "" if single.dense is None else _short(single.dense),
                " to ".join(dict.fromkeys([_short(single.lowest), _short(single.highest)])),
                number(single.lowest / single.dense, 2) if single.dense else "",
                percent(single.drawn_at),
            )
            for single in found
        ),
        num_text=2,
    )


def _beside(theirs: Single, ours: Iterator[Single]) -> tuple[Single, ...]:
    """Published figures stand beside the run's, never alone."""
    rows = tuple(ours)
    return (theirs, *rows) if rows else ()


# ----------------------------------------------------------------------------- published


def _published_components() -> Single:
    dense, pruned = with_labels(published("complexity")).to_dict("records")
    return Single(
        name=_COMPONENTS,
        whose=pruned["whose"],
        width=pruned["num_neurons"],
        drawn_at=pruned["sparsity_prunable"],
        dense=dense["value"],
        lowest=pruned["value"],
        highest=pruned["value"],
    )


def _published_kept() -> Single:
    table = with_labels(published("neurons"))
    return _published_neurons(_KEPT, table[table["layer"].isna()], None)


def _published_through() -> Single:
    table = with_labels(published("neurons"))
    inside = table[table["layer"] == 1]
    dense = inside.loc[inside["level"] == 0, "lowest"].item()
    return _published_neurons(_THROUGH, inside[inside["level"] > 0], dense)


def _published_neurons(name: str, rows: pd.DataFrame, dense: float | None) -> Single:
    (row,) = rows.to_dict("records")
    return Single(
        name=name,
        whose=row["whose"],
        width=row["num_neurons"],
        drawn_at=row["sparsity_prunable"],
        dense=dense,
        lowest=row["lowest"],
        highest=row["highest"],
    )


# ----------------------------------------------------------------------------- of the run


def _components(complexity: pd.DataFrame, cast: Cast, width: int) -> Iterator[Single]:
    rows = complexity[(complexity["module"] == "encoder") & (complexity["measure"] == "pcs_80")]
    last = rows[rows["layer"] == rows["layer"].max()]
    yield from _changes(_COMPONENTS, cast, last, "value", width)


def _through(neurons: pd.DataFrame, cast: Cast, width: int) -> Iterator[Single]:
    inside = neurons[
        (neurons["layer"] == 1)
        & (neurons["other_layer"] == neurons["other_layer"].max())
        & (neurons["other_arm"] == neurons["arm"])
        & (neurons["other_replicate"] == neurons["replicate"])
        & (neurons["other_level"] == neurons["level"])
    ]
    yield from _changes(_THROUGH, cast, inside, "num_matched", width)


def _kept(neurons: pd.DataFrame, cast: Cast, width: int) -> Iterator[Single]:
    rows = drawn_at(with_dense(neurons, cast), cast)
    same = rows[(rows["layer"] == rows["other_layer"]) & (rows["layer"] > 0)]
    for arm, at, level in _nearest(same):
        layers = level.groupby("layer")["num_matched"].mean()
        yield Single(_KEPT, arm, width, at, None, layers.min(), layers.max())


def _changes(
    name: str, cast: Cast, rows: pd.DataFrame, column: str, width: int
) -> Iterator[Single]:
    """What dense models have, and the level of each arm."""
    with_zero = dense_as_level_0(drawn_at(rows, cast), cast)
    dense = rows.loc[rows["arm"] == cast.dense.name, column].mean()
    for arm, at, level in _nearest(with_zero[with_zero["level"] > 0]):
        value = level[column].mean()
        yield Single(name, arm, width, at, dense, value, value)


def _nearest(rows: pd.DataFrame) -> Iterator[tuple[str, float, pd.DataFrame]]:
    """Arms, the sparsity of the level that is nearest to the study's last, and its rows."""
    if rows.empty:
        return
    level = at_nearest_level(rows, published("complexity").query("level > 0"))
    for arm in dict.fromkeys(level["arm"]):
        own = level[level["arm"] == arm]
        yield arm, own["drawn_at"].mean(), own


def _short(value: float) -> str:
    """A count, or the mean of counts."""
    return number(value, 0 if value == round(value) else 1)
