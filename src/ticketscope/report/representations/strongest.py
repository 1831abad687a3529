"""The neurons that match the dense model best: how strongly, and how many are themselves."""

from collections.abc import Iterator

import altair as alt
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.drawing.axes import GREY, shades, value_axis
from ticketscope.report.drawing.chart import chart_of, figure
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.compared_networks import between_seeds, with_dense
from ticketscope.report.drawing.drawn_rows import DIGITS, drawn_at, pruned_rows
from ticketscope.report.drawing.pointing import COUNT, SCORE, SHARE, Told, pointed
from ticketscope.report.drawing.sparsity_lines import series
from ticketscope.report.parts.part import Figure, Part
from ticketscope.report.parts.sample import neurons_of, replicates, with_control
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured

_RANK = Told("rank of the match", COUNT)
_CORRELATION = Told("correlation with the best match", SCORE)
_IN_PLACE = Told("of these neurons, matched to themselves", SHARE)


def rank_data(strongest: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per arm, level, layer and rank: the correlation of the neuron of that rank with its
    best match in the same layer of the dense model, the mean over replicates."""
    rows = drawn_at(with_dense(strongest[strongest["module"] == module], cast), cast)
    keys = ["arm", "level", "layer", "rank"]
    return _means(rows, keys)


def seed_rank_data(strongest: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per layer and rank: the same between dense models of different replicates."""
    rows = between_seeds(strongest[strongest["module"] == module], cast)
    return _means(rows, ["layer", "rank"])


def _means(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    means = rows.groupby(keys, sort=False)["correlation"].mean()
    return means.round(DIGITS).reset_index(name="value")


def rank_chart(data: pd.DataFrame, cast: Cast, seeds: pd.DataFrame) -> alt.LayerChart:
    """Correlation against rank, one line per level, one arm and layer at a time; dashed between
    dense models of different seeds."""
    choosers = row_choosers(data, cast, "arm", "layer")
    scale = alt.Scale(type="log", base=2, nice=False)
    ranks = sorted(set(data["rank"]))
    axis = alt.Axis(values=ranks, format="d", gridOpacity=0.4)
    x = alt.X("rank:Q", title=_RANK.title, scale=scale, axis=axis)
    y = value_axis(_CORRELATION, alt.Scale(domain=[0, 1]))
    base = chart_of(data, choosers).encode(x=x, y=y, color=shades("level", "level"))
    points = base.mark_point(filled=True, size=40, opacity=1.0)
    told = {"value": _CORRELATION, "rank": _RANK}
    layers = [base.mark_line(), pointed(points, cast, data.columns, told)]
    if not seeds.empty:
        of_layer = [chooser for chooser in choosers if chooser.parameter.name == "layer"]
        line = chart_of(seeds, of_layer).encode(x=x, y=y)
        line = line.mark_line(strokeDash=[4, 4], color=GREY, point={"color": GREY, "size": 25})
        layers.insert(0, pointed(line, cast, seeds.columns, told))
    return figure(layers, choosers=choosers)


def in_place_data(strongest: pd.DataFrame, cast: Cast, module: str) -> pd.DataFrame:
    """One row per network and layer: of the neurons of the last rank kept and of all before it the
    share that the neuron in the same place matches."""
    rows = drawn_at(with_dense(strongest[strongest["module"] == module], cast), cast)
    rows = rows[rows["rank"] == rows["rank"].max()]
    places = ["arm", "replicate", "level", "layer", "drawn_at"]
    shares = rows.assign(value=rows["num_matched"] / rows["rank"])
    found: pd.DataFrame = shares[[*places, "value", "num_matched"]].round(DIGITS)
    return found


def in_place_chart(data: pd.DataFrame, cast: Cast) -> alt.LayerChart:
    """That share against sparsity, one layer at a time."""
    choosers = row_choosers(data, cast, "layer")
    return figure(series(data, cast, _IN_PLACE, False, choosers), choosers=choosers)


def strongest_parts(run: RunTables, module: str, words: str) -> Iterator[Part]:
    """The figures of a module, where a pruned network was compared with its dense model; `words`
    says on how many words."""
    strongest = run.strongest_neurons
    if isinstance(strongest, NotMeasured):
        return
    data = rank_data(strongest, run.cast, module)
    if pruned_rows(data, run.cast).empty:
        return
    most, width = int(data["rank"].max()), neurons_of(run)
    which = f"the {most} of {width}" if most < width else f"all {width}"
    seeds = seed_rank_data(strongest, run.cast, module)
    another = " Dashed are dense models of two replicates: another seed." if len(seeds) else ""
    yield Figure(
        f"How strongly the best-matched neurons of the {module} match",
        "Neurons of a layer in the order of their correlation with their best match in the same "
        f"layer of the dense model: {which} neurons, the mean over {replicates(run)} at each rank"
        f"{words}."
        f"{another}"
        + with_control(data, run.cast, " Choose the control to see what training on alone does.")
        + " The study drew its 256 strongest of 1,024; no interval is measured.",
        rank_chart(data, run.cast, seeds),
    )
    if most == width:  # the figure of all neurons tells it
        return
    kept = in_place_data(strongest, run.cast, module)
    yield Figure(
        f"How many of the best-matched neurons of the {module} are still themselves",
        f"Of {which} neurons that match most strongly, the share whose best match in the dense "
        "model is the neuron in the same place"
        + with_control(
            kept, run.cast, ". Compare an arm with the control: only pruning sets the two apart"
        )
        + f"{words}; no interval is measured.",
        in_place_chart(kept, run.cast),
    )
