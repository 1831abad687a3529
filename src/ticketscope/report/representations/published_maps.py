"""CKA of layers with layers that the study published, in maps beside those of this run."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import with_dense
from ticketscope.report.drawing.drawn_rows import drawn_at, pruned_rows
from ticketscope.report.drawing.heat_maps import CELL_HEIGHT, cell_figures, ink
from ticketscope.report.drawing.pointing import SCORE, Told, pointed
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import replicates, with_control
from ticketscope.report.published.beside import NEAR, OTHER_MODEL, at_share_of_level
from ticketscope.report.published.study_tables import published, with_labels
from ticketscope.report.reading.run_tables import RunTables

DENSE_MAP: Final = "dense model"
OWN_MAP: Final = "at the level"
CROSS_MAP: Final = "with the dense"
"""The maps of a column, from top to bottom: two of one network, then of two networks."""
_CELL: Final = ["layer", "other_layer"]
_COLUMNS: Final = [
    *("arm", "panel", "level", "sparsity_prunable", "map", *_CELL, "drawn_at", "value")
]
_NAME_WIDTH: Final = 220
"""Pixels that the name of a panel may need."""
_DIGITS: Final = 3
"""Of the figures in cells, which show two."""


def map_data(similarity: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per cell of every map, of the levels that have a published round within `NEAR` of
    their sparsity; `panel` says whose it is, `arm` is empty for what is published.

    The mean over replicates. Every level has the map of the dense model again.
    """
    rows = similarity[(similarity["module"] == module) & (similarity["measure"] == "cka")]
    rows = drawn_at(rows[(rows["layer"] > 0) & (rows["other_layer"] > 0)], cast)
    ours = pd.concat([_own_maps(rows), with_dense(rows, cast).assign(map=CROSS_MAP)])
    keys = ["arm", "level", "map", *_CELL]
    ours = ours.groupby(keys, sort=False)[["drawn_at", "value"]].mean().reset_index()
    theirs = _published_maps(module)
    levels = _like_levels(ours, cast, theirs)
    parts = []
    for level, (round_, share) in levels.items():
        dense = ours[ours["arm"] == cast.dense.name]
        pruned = at_share_of_level(pruned_rows(ours, cast))
        shown = pd.concat([pruned, ours[ours["arm"] == cast.control_name]])
        for arm in dict.fromkeys(shown.loc[shown["level"] == level, "arm"]):
            of_arm = ours[(ours["arm"] == arm) & (ours["level"] == level)]
            # The dense model is that of the control, too, and is shown once.
            both = of_arm if arm == cast.control_name else pd.concat([dense, of_arm])
            both = both.assign(arm=arm, panel=cast[arm].title)
            parts.append(both.assign(level=level, sparsity_prunable=share))
        beside = theirs[theirs["level"].isin((0, round_))]
        beside = beside.assign(arm="", panel=beside["whose"])
        parts.append(beside.assign(level=level, sparsity_prunable=share))
    if not parts:
        return pd.DataFrame(columns=_COLUMNS)
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return found[_COLUMNS].round(_DIGITS)


def _own_maps(rows: pd.DataFrame) -> pd.DataFrame:
    """The layers of each network with each other; each is itself."""
    own = rows[
        (rows["other_arm"] == rows["arm"])
        & (rows["other_replicate"] == rows["replicate"])
        & (rows["other_level"] == rows["level"])
        & (rows["other_layer"] != rows["layer"])
    ]
    same = own.drop_duplicates(["arm", "replicate", "level", "layer"])
    same = same.assign(other_layer=same["layer"], value=1.0)
    return _with_names(pd.concat([own, same]))


def _published_maps(module: str) -> pd.DataFrame:
    """All maps of the study; of one network it gives each pair of layers once."""
    table = with_labels(published("layer_pairs"))
    table = table[table["module"] == module].rename(columns={"sparsity_prunable": "drawn_at"})
    own = table[table["other_level"] == table["level"]]
    turned = own.rename(columns={"layer": "other_layer", "other_layer": "layer"})
    ends = pd.concat([own, turned]).drop_duplicates(["level", "layer"])
    same = ends.assign(other_layer=ends["layer"], value=1.0)
    cross = table[table["other_level"] != table["level"]].assign(map=CROSS_MAP)
    return pd.concat([_with_names(pd.concat([own, turned, same])), cross])


def _with_names(own: pd.DataFrame) -> pd.DataFrame:
    return own.assign(map=(own["level"] == 0).map({True: DENSE_MAP, False: OWN_MAP}))


def _like_levels(
    ours: pd.DataFrame, cast: Cast, theirs: pd.DataFrame
) -> dict[int, tuple[int, float]]:
    """Levels of tickets with the nearest published round, and their own sparsity."""
    rounds = theirs[theirs["level"] > 0].groupby("level")["drawn_at"].first()
    found = {}
    pruned = at_share_of_level(pruned_rows(ours, cast))
    for level, share in pruned.groupby("level")["drawn_at"].mean().items():
        distances = (rounds - share).abs()
        if distances.min() <= NEAR:
            found[int(str(level))] = (int(distances.idxmin()), float(share))
    return found


def map_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """Three maps for each panel, one pruned arm and level of the run at a time; all have one scale
    of colours."""
    choosers = row_choosers(data, cast, "level")
    for chooser in row_choosers(pruned_rows(data, cast), cast, "arm"):
        with_others = (
            f"datum.arm === arm || datum.arm === '{cast.control_name}' || datum.arm === ''"
        )
        choosers.append(replace(chooser, transform=alt.FilterTransform(filter=with_others)))
    panels, layers = list(dict.fromkeys(data["panel"])), sorted(set(data["layer"]))
    panels.sort(key=lambda panel: panel.startswith("published"))
    num_shown = min(len(panels), 3)
    # On a narrow screen there is room for the first word.
    short = "replace(datum.label, regexp('[ :(].*'), '')"
    label = f"width < {_NAME_WIDTH * num_shown} ? {short} : datum.label"
    names = alt.Axis(
        labelAngle=0, labelExpr=label, labelLimit=_NAME_WIDTH, ticks=False, domain=False
    )
    x = alt.X("panel:N", sort=panels, title=None, axis=names, scale=alt.Scale(paddingInner=0.08))
    across = alt.XOffset("other_layer:O", scale=alt.Scale(domain=layers))
    maps = [DENSE_MAP, OWN_MAP, CROSS_MAP]
    room = alt.Axis(labelPadding=22, ticks=False, domain=False)
    y = alt.Y("map:N", sort=maps, title=None, axis=room, scale=alt.Scale(paddingInner=0.14))
    up = alt.YOffset("layer:O", scale=alt.Scale(domain=layers[::-1]))
    base = chart_of(data, choosers).encode(x=x, xOffset=across, y=y, yOffset=up)
    colour = alt.Color(
        "value:Q",
        scale=alt.Scale(scheme="cividis", domain=[0, 1], clamp=True),
        legend=alt.Legend(format=".1f", title="CKA", gradientLength=160),
    )
    cells = pointed(
        base.mark_rect().encode(color=colour),
        cast,
        ["panel", "map", *_CELL, "drawn_at", "value"],
        {"panel": Told("of"), "map": Told("map"), "value": Told("CKA", SCORE)},
    )
    figures = cell_figures(
        base,
        alt.Text("value:Q", format=".2f"),
        ink("datum.value < .5"),
        num_columns=num_shown * len(layers),
    )
    # Bands inside of bands have no axis of their own.
    rows = data[["level", "map", "layer"]].drop_duplicates()
    left = chart_of(rows, choosers[:1]).mark_text(fontSize=10, color=GREY)
    left = left.encode(x=alt.value(-9), y=y, yOffset=up, text="layer:O")
    columns = data[["level", "arm", "panel", "other_layer"]].drop_duplicates()
    top = chart_of(columns, choosers).mark_text(fontSize=10, color=GREY)
    top = top.encode(x=x, xOffset=across, y=alt.value(-6), text="other_layer:O")
    height = CELL_HEIGHT * len(layers) * len(maps)
    return figure([cells, figures, left, top], height=height, choosers=choosers)


def published_maps(run: RunTables, similarity: pd.DataFrame, module: str) -> Iterator[Part]:
    """Layers with layers, in the run and in the study."""
    data = map_data(similarity, run.cast, module)
    if data.empty:
        return
    yield Figure(
        f"Which layers of the {module} resemble which, in the study and here",
        "Each cell is the linear CKA of two layers, in all maps on one scale of colours. Top: the "
        "layers of the dense model with each other. Middle: those of the network at the level "
        "chosen with each other; its top row says how much of the last layer is in the layers "
        "before. Bottom: those of the network (up) with those of its dense model (across). "
        + with_control(
            data, run.cast, "The dense model of the control is the same, and shown once. "
        )
        + "The last column is published: Movva and Zhao 2020, Transformer-big on WMT16 En-De (one "
        "run, 10,000 words, 6 layers of 1,024 neurons), at the round nearest in sparsity. The maps "
        "come from annotated figures of the authors and differ from their curve below, which is "
        "from another notebook: of the last encoder layer after round 8 it has .855, the map .82. "
        f"CKA is not debiased here, as there. {OTHER_MODEL} The mean over n = {replicates(run)}; "
        "no interval here.",
        map_chart(data, run.cast),
        wide=True,
    )
