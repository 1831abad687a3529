"""The figures of what networks hold: similarity, neurons, complexity.

They are chosen from more rows than a page should carry: what is not drawn is left out, and figures
are rounded to `DIGITS`.
"""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.measures.spectrum import PCS_80_INTERPOLATED
from ticketscope.report.drawing.axes import by_replicate, shades, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import (
    between_seeds,
    beyond_control,
    drift_chart,
    level_pair_chart,
    level_pair_data,
    named,
    with_dense,
)
from ticketscope.report.drawing.drawn_rows import DIGITS, dense_as_level_0, drawn_at
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.tables.representations import LOCALIZATION

SIMILARITIES: Final = {
    "cka_debiased": "debiased CKA",
    "svcca": "SVCCA",
    "pwcca": "PWCCA",
    "maxcorr": "best correlation of a neuron",
    "maxlinreg": "linear fit of a neuron",
    "cka": "CKA",
}
"""Measures of similarity.csv as the page names them, the one shown first in front."""
COMPLEXITIES: Final = {
    "participation_ratio": "participation ratio",
    "effective_rank": "effective rank",
    PCS_80_INTERPOLATED: "components for 80 % of the variance",
    "two_nn": "TwoNN dimension",
}
"""Measures of complexity.csv that are drawn, likewise."""
_PLACE: Final = ("arm", "replicate", "level", "layer", "measure", "drawn_at")

# ----------------------------------------------------------------------------- similarity


def layer_pair_data(similarity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per pair of levels and pair of their layers; one column per measure, named as in the
    table.

    The means over replicates.
    """
    return level_pair_data(
        of_module(similarity, module), cast, SIMILARITIES, ["layer", "other_layer"]
    )


def layer_pair_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of layers by layers, one measure and pair of levels at a time."""
    return level_pair_chart(data, cast, SIMILARITIES)


def same_layer_data(similarity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per arm, replicate, level, layer and measure: similarity with the same dense
    layer."""
    rows = drawn_at(with_dense(of_module(similarity, module), cast), cast)
    rows = rows[rows["layer"] == rows["other_layer"]]
    return named(rows, SIMILARITIES)[[*_PLACE, "value", "lower", "upper"]]


def reference_data(similarity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """Horizontal lines, one row per layer, measure and `reference`: the dense models of other
    replicates with the same layer of the dense model (the mean), and the highest noise floor."""
    same = of_module(similarity, module)
    same = same[same["layer"] == same["other_layer"]]
    keys = ["layer", "measure"]
    other_seed = between_seeds(same, cast).groupby(keys, sort=False)["value"].mean()
    floor = with_dense(same, cast).groupby(keys, sort=False)["floor"].max()
    lines = {"another seed": other_seed, "noise floor": floor}
    rows = pd.concat(
        [line.rename("value").reset_index().assign(reference=name) for name, line in lines.items()]
    )
    return named(rows, SIMILARITIES)


def same_layer_chart(
    data: pd.DataFrame, cast: Cast, band: pd.DataFrame, references: pd.DataFrame
) -> alt.LayerChart:
    """Similarity against sparsity with the control as a band, one measure and layer at a time."""
    return drift_chart(data, cast, band, references, "layer")


def beyond_control_data(similarity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per ticket, layer and measure: its similarity with the same dense layer less the
    control's of its replicate and level, with the interval of that difference."""
    rows = beyond_control(drawn_at(with_dense(of_module(similarity, module), cast), cast))
    return named(rows, SIMILARITIES)[[*_PLACE, "value", "lower", "upper"]]


def localization_data(similarity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per model and layer: how far what it shares with the other layers of the dense model
    sits in single neurons."""
    rows = drawn_at(of_module(similarity, module), cast)
    return _without_measure(rows[rows["measure"] == LOCALIZATION], "value").round(DIGITS)


def localization_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Localization against sparsity, one layer at a time."""
    choosers = row_choosers(data, cast, "layer")
    value = Told("best correlation minus SVCCA", SCORE)
    return figure(series(data, cast, value, False, choosers), choosers=choosers)


# ----------------------------------------------------------------------------- neurons


def kept_data(neurons: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per level and layer: the share of its neurons whose best match in the same layer of
    the dense model is the neuron in the same place."""
    rows = drawn_at(with_dense(of_module(neurons, module), cast), cast)
    rows = rows[rows["layer"] == rows["other_layer"]]
    return _without_measure(_with_share(rows), "value", "num_matched", "num_neurons")


def kept_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Neurons kept against sparsity, one layer at a time."""
    choosers = row_choosers(data, cast, "layer")
    value = Told("neurons whose best match is themselves", SHARE)
    return figure(series(data, cast, value, False, choosers), choosers=choosers)


def through_layers_data(neurons: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per ticket and layer above the first: the share of neurons of its layer 1 whose best
    match in that layer is in the same place. The dense model is level 0 of each arm."""
    rows = neurons[
        (neurons["module"] == module)
        & (neurons["layer"] == 1)
        & (neurons["other_layer"] > 1)
        & (neurons["other_arm"] == neurons["arm"])
        & (neurons["other_replicate"] == neurons["replicate"])
        & (neurons["other_level"] == neurons["level"])
    ]
    columns = ["arm", "replicate", "level", "sparsity_prunable", "other_layer", "value"]
    return _with_share(dense_as_level_0(rows, cast))[columns].round(DIGITS)


def through_layers_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Neurons of layer 1 found again against the layer, one line per level and replicate."""
    choosers = row_choosers(data, cast, "arm")
    value = Told("neurons of layer 1 found again", SHARE)
    base = chart_of(data, choosers).encode(
        x=alt.X("other_layer:O", title="layer", axis=alt.Axis(labelAngle=0)),
        y=value_axis(value),
        color=shades("level", "level (0: dense)"),
        detail=alt.Detail("replicate:N"),
    )
    lines = base.mark_line().encode(strokeDash=by_replicate(data))
    points = base.mark_point(filled=True, size=40, opacity=1.0)
    told = {"value": value, "other_layer": Told("layer")}
    return figure([lines, pointed(points, cast, data.columns, told)], choosers=choosers)


# ----------------------------------------------------------------------------- complexity


def complexity_data(complexity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per model, layer and measure of `COMPLEXITIES`."""
    rows = named(drawn_at(of_module(complexity, module), cast), COMPLEXITIES)
    return rows[[*_PLACE, "value", "lower", "upper"]]


def complexity_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Complexity against sparsity, one measure and layer at a time."""
    choosers = row_choosers(data, cast, "measure", "layer")
    value = Told("complexity (dimensions)", ".2f")
    return figure(series(data, cast, value, True, choosers), choosers=choosers)


# ----------------------------------------------------------------------------- shared parts


def of_module(rows: pd.DataFrame, module: str) -> pd.DataFrame:
    """The rows of the encoder or of the decoder."""
    return rows[rows["module"] == module]


def _without_measure(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The place of each row and these columns, where all rows are of one measure."""
    return rows[[*(column for column in _PLACE if column != "measure"), *columns]]


def _with_share(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(value=rows["num_matched"] / rows["num_neurons"])
