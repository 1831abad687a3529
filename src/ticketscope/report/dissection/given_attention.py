"""What the heads of each network attend to, beside those of the base."""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.attention.figures import KINDS, SIMILARITIES, in_order, layers_compared
from ticketscope.report.attention.head_figures import DOINGS, IMPORTANCES
from ticketscope.report.attention.map_view import map_view
from ticketscope.report.attention.sections import measured_on
from ticketscope.report.dissection.given_layers import JACKKNIFE
from ticketscope.report.drawing.choosers import row_choosers
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.compared_networks import (
    between_seeds,
    beyond_control,
    named,
    with_dense,
)
from ticketscope.report.drawing.given_networks import depth_lines, drawn, grouped_rows, with_depth
from ticketscope.report.drawing.pointing import SCORE, Told
from ticketscope.report.parts.part import (
    AttentionView,
    Figure,
    Gap,
    MappedNetwork,
    Part,
    Prose,
)
from ticketscope.report.parts.wording import count
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import AttentionMapsView, MappedNetworkView

_FIRST: Final = 1
"""The first layer of tables of attention."""
_SHOWN: Final = {**SIMILARITIES, "matched": "heads that match themselves"}
_ORDER: Final = "heads of networks that were trained apart come in another order"


def attention_parts(run: RunTables) -> Iterator[Part]:
    """How alike the heads of each layer are to those of the base, and what heads do."""
    yield Prose(
        "A head says, for every word, how much weight goes to each word that it may see. Weights "
        "are compared word by word, so networks with other pieces can be compared, too. Heads are "
        "compared one by one, never averaged."
    )
    attention = run.attention
    if isinstance(attention, NotMeasured):
        yield Gap(attention.reason)
        return
    cast = run.cast
    if not isinstance(run.attention_view, NotMeasured):
        of_base = run.attention_view.replicates[:1]
        yield from measured_on(run.attention_view.model_copy(update={"replicates": of_base}))
    same = same_layer_data(attention, cast)
    if same.empty:
        yield Gap("No layer of heads was compared with that of the base.")
    else:
        yield Figure(
            "How far the heads of each layer are from the base",
            "Similarity with the heads of the same layer of the base, each with its best match or "
            f"all matched one to one; 1 means the same weights. Of twins, {_ORDER}. {JACKKNIFE}. "
            "Networks of another depth have no such layer beyond the last that both have.",
            depth_lines(
                same,
                cast,
                Told("similarity with the base", SCORE),
                row_choosers(same, cast, "kind", "measure"),
            ),
        )
    beyond = beyond_data(attention, cast)
    if not beyond.empty:
        yield Figure(
            "Which layers' heads are farther from the base than the control's",
            "Where the whole bar is below 0, the heads are farther from the base than training on "
            f"alone took them. {JACKKNIFE}, with the same block left out of both networks.",
            depth_lines(
                beyond,
                cast,
                Told("similarity less the control's", "+.4f"),
                row_choosers(beyond, cast, "kind", "measure"),
            ),
        )
    doing = doing_data(attention, cast)
    if not doing.empty:
        yield Figure(
            "What heads do",
            "Each point is the mean over the heads of a layer. Networks may differ in their number "
            "of heads and layers; no interval is measured."
            f"{coinciding(doing, cast, ('network',), along='depth')}",
            depth_lines(
                doing,
                cast,
                Told("mean over the heads of the layer", SCORE),
                row_choosers(doing, cast, "kind", "measure"),
            ),
        )
    yield _importance(run, attention)
    if not isinstance(run.attention_view, NotMeasured):
        yield _maps(run.attention_view.maps, cast)


def _maps(maps: AttentionMapsView | None, cast: Cast) -> AttentionView | Gap:
    if maps is None:
        return Gap(
            "No attention maps were kept: that takes a variant or control which has a short "
            "sentence in common with the base, with a piece for the same words."
        )
    several = len({(network.kinds, network.num_heads) for network in maps.networks}) > 1
    shapes = (
        " Where the other network has other layers or heads, choose its own." if several else ""
    )
    return map_view(
        "Attention maps, the base beside another network",
        maps,
        [_names(network, cast) for network in maps.networks],
        chooser="network",
        of_which=(
            "Weights of pieces are added up by word, so networks may have other pieces."
            f"{shapes} All networks are to choose from that show their attention, but the twins"
        ),
    )


def _names(network: MappedNetworkView, cast: Cast) -> MappedNetwork:
    title = cast[network.arm].title
    return MappedNetwork(title, title, network.arm)


def _importance(run: RunTables, attention: pd.DataFrame) -> Figure | Gap:
    data = importance_data(attention, run.cast)
    if data.empty:
        return Gap(
            "Whether the same heads count was not measured: that takes "
            "attention.importance_sentences above 0, and a network with as many heads as the base."
        )
    on = count(run.study.attention.importance_sentences)
    return Figure(
        "Do the same heads count as in the base",
        "Right is the same order of heads. The importance of a head is how much the loss of the "
        f"first {on} sentences rises when it is masked (Michel et al. 2019), or the gradient of "
        "its mask, as chosen. Each point is its rank correlation with that in the base, over the "
        "heads of one kind; it has no interval. attention.csv has every head.",
        grouped_rows(
            data,
            run.cast,
            "kind",
            Told("rank correlation with the base", SCORE),
            row_choosers(data, run.cast, "measure"),
        ),
    )


def importance_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, kind and way to measure: the rank correlation of the importance of heads
    with the base's."""
    rows = in_order(named(attention, IMPORTANCES))
    return drawn(rows.assign(kind=rows["kind"].map(KINDS)), cast, "kind", "measure")


def same_layer_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, kind, layer and measure: its heads with those of the base."""
    rows = _same(attention)
    seeds = between_seeds(rows, cast)
    seeds = seeds[(seeds["other_replicate"] == 0) & (seeds["measure"] != "matched")]
    rows = named(pd.concat([with_dense(rows, cast), seeds]), _SHOWN)
    return _placed(rows, cast)


def beyond_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per variant, kind, layer and measure: its similarity with the base less the
    control's."""
    rows = named(beyond_control(with_dense(_same(attention), cast)), SIMILARITIES)
    return _placed(rows, cast)


def doing_data(attention: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    """One row per network, kind, layer and measure of what a head does: the mean over heads."""
    of_heads = attention["head"].notna() & attention["other_arm"].eq("")
    rows = named(attention[of_heads], DOINGS).astype({"layer": int})
    keys = ["arm", "replicate", "kind", "measure", "layer"]
    means = rows.groupby(keys, sort=False)["value"].mean().reset_index()
    return _placed(in_order(means), cast)


def _same(attention: pd.DataFrame) -> pd.DataFrame:
    rows = layers_compared(attention)
    return rows[rows["layer"] == rows["other_layer"]]


def _placed(rows: pd.DataFrame, cast: Cast) -> pd.DataFrame:
    rows = with_depth(rows, _FIRST)
    data = drawn(
        rows.assign(kind=rows["kind"].map(KINDS)), cast, "kind", "measure", "layer", "depth"
    )
    order = list(_SHOWN.values()) + list(DOINGS.values())
    return data.sort_values("measure", key=lambda of: of.map(order.index), kind="stable")
