"""The figures of attention: how heads differ from the dense model's.

Chosen and rounded as those of `report.representations.figures`.
"""

from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.chart import figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import (
    between_seeds,
    beyond_control,
    level_pair_chart,
    level_pair_data,
    named,
    with_dense,
)
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at
from ticketscope.report.drawing.pointing import SCORE, SHARE, Told
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.tables.attention import LOCALIZATION

KINDS: Final = {
    "encoder_self": "encoder self",
    "decoder_self": "decoder self",
    "encoder_decoder": "encoder-decoder",
}
"""Kinds of attention as the page names them, in the order in which a sentence passes them."""
SIMILARITIES: Final = {
    "pearson": "correlation, best head",
    "pearson_assigned": "correlation, one to one",
    "jensen_shannon": "Jensen-Shannon, best head",
    "cka": "CKA of all heads",
}
"""Measures of two networks as the page names them, the one shown first in front."""
_PLACE: Final = ["arm", "replicate", "level", "attention", "drawn_at"]

# ----------------------------------------------------------------------------- similarity


def layers_compared(attention: pd.DataFrame) -> pd.DataFrame:
    """The rows that compare a layer of one network with a layer of another."""
    rows = attention[attention["head"].isna() & attention["other_layer"].notna()]
    return in_order(rows).astype({"layer": int, "other_layer": int})


def same_layer_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per arm, replicate, level, layer of a kind (`attention`) and measure: the similarity
    of its heads with those of the same layer of the dense model."""
    rows = drawn_at(with_dense(_same_layer(attention), cast), cast)
    return named(_placed(rows), SIMILARITIES)[[*_PLACE, "measure", "value", "lower", "upper"]]


def reference_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """Horizontal lines, one per layer of a kind and measure: the dense models of other
    replicates with the same layer of the dense model, the mean.

    Heads of two seeds have no common order, so they are matched one to one: the best of many heads
    would flatter it.
    """
    seeds = _placed(between_seeds(_same_layer(attention), cast))
    assigned = seeds[seeds["measure"] == "pearson_assigned"]
    others = seeds[seeds["measure"] != "pearson"]
    lines = pd.concat([assigned.assign(measure="pearson"), others])
    means = lines.groupby(["attention", "measure"], sort=False)["value"].mean().reset_index()
    return named(means, SIMILARITIES).assign(reference="another seed")


def beyond_control_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per ticket, kind, layer and measure: its similarity with the same dense layer less
    the control's of its replicate and level, with the interval of that difference."""
    rows = named(beyond_control(with_dense(_same_layer(attention), cast)), SIMILARITIES)
    columns = ["arm", "replicate", "level", "kind", "layer", "measure", "value", "lower", "upper"]
    return rows.assign(kind=rows["kind"].map(KINDS))[columns]


def layer_pair_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per pair of levels, kind and pair of layers, as `level_pair_data` has them."""
    rows = layers_compared(attention)
    rows = rows.assign(kind=rows["kind"].map(KINDS))
    measures = {key: SIMILARITIES[key] for key in SIMILARITIES if key != "pearson_assigned"}
    return level_pair_data(rows, cast, measures, ["kind", "layer", "other_layer"])


def layer_pair_heat_map(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heat map of layers by layers, one kind, measure and pair of levels at a time."""
    return level_pair_chart(data, cast, SIMILARITIES, row_choosers(data, cast, "kind"))


def matched_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per level and layer of a kind: the share of its heads whose best match in the same
    layer of the dense model is the head of the same number."""
    rows = drawn_at(with_dense(_same_layer(attention), cast), cast)
    matched = _placed(rows[rows["measure"] == "matched"])
    return matched[[*_PLACE, "value"]].round(DIGITS)


def matched_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Heads kept against sparsity, one layer of a kind at a time."""
    choosers = row_choosers(data, cast, "attention")
    value = Told("heads that match themselves", SHARE)
    return figure(series(data, cast, value, False, choosers), choosers=choosers)


def localization_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network and layer of a kind: how much more its heads resemble those of the other
    layers of the dense model than it does as a whole."""
    rows = in_order(drawn_at(attention[attention["measure"] == LOCALIZATION], cast))
    return _placed(rows)[[*_PLACE, "value"]].round(DIGITS)


def localization_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Localization against sparsity, one layer of a kind at a time."""
    choosers = row_choosers(data, cast, "attention")
    value = Told("best correlation of a head minus CKA", SCORE)
    return figure(series(data, cast, value, False, choosers), choosers=choosers)


# ----------------------------------------------------------------------------- shared parts


def _same_layer(attention: pd.DataFrame) -> pd.DataFrame:
    rows = layers_compared(attention)
    return rows[rows["layer"] == rows["other_layer"]]


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by kind, in the order of `KINDS`."""
    order = list(KINDS)
    return rows.sort_values("kind", key=lambda kinds: kinds.map(order.index), kind="stable")


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Name which layer of which kind a row is about, in one column: kinds differ in layers."""
    kinds = rows["kind"].map(KINDS)
    return rows.assign(attention=kinds + ", layer " + rows["layer"].astype(str))
