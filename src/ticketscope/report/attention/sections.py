"""The section on attention: do heads still attend to the same words, and to what?"""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.attention import figures, head_figures
from ticketscope.report.attention.map_view import map_view
from ticketscope.report.attention.published_heads import published_attention
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.compared_networks import (
    beyond_control_chart,
    control_band_data,
    drift_chart,
)
from ticketscope.report.drawing.drawn_rows import without_control
from ticketscope.report.parts.part import Figure, Gap, MappedNetwork, Part, Prose, Table
from ticketscope.report.parts.sample import replicates, with_control
from ticketscope.report.parts.wording import count, listed, number, percent, plural
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import (
    AttendedView,
    AttentionMapsView,
    AttentionViewData,
    MappedNetworkView,
)

_JACKKNIFE = "Bars are 95 % jackknife intervals over blocks of sentences"


def attention_parts(run: RunTables) -> Iterator[Part]:
    """Similarity of heads, their roles, what they do, which count; and maps to look at."""
    yield Prose(
        "A head says, for every word, how much weight goes to each word that it may see. "
        "Self-attention reads its own sentence, encoder-decoder attention the source. Heads are "
        "compared one by one, never averaged."
    )
    view = run.attention_view
    if isinstance(view, NotMeasured):
        yield Gap(view.reason)
    else:
        yield from measured_on(view)
    attention = run.attention
    if isinstance(attention, NotMeasured):
        yield Gap(attention.reason)
    else:
        yield from _similarity(run, attention)
        yield from published_attention(run, attention)
        yield from _roles(run, attention)
        yield from _doings(run, attention)
        yield from _importance(run, attention)
    if not isinstance(view, NotMeasured):
        yield _maps(view.maps, run.cast)


# ----------------------------------------------------------------------------- the sentences


def measured_on(view: AttentionViewData) -> Iterator[Part]:
    """How many sentences and words the figures rest on, what was left out, and the gold data."""
    told = [_told(attended) for attended in view.replicates]
    if len(set(told)) > 1:
        told = [f"{on} in replicate {place}" for place, on in enumerate(told)]
    else:
        told = told[:1]
    yield Prose(f"Measured on {'; '.join(told)}.")
    if view.gold:
        yield Prose(f"Gold data: {listed(view.gold)}.")
    else:
        yield Gap(
            "There are no gold data, so it is not known what heads read of syntax, coreference "
            "and alignment. A corpus of the grammar has them; for other text, attention.syntax, "
            "attention.coreference and attention.alignments name files."
        )


def _told(attended: AttendedView) -> str:
    of_one_key = sum(attended.num_rows_of_one_key.values())
    flat = sum(attended.num_rows_without_variance.values())
    return (
        f"{count(attended.num_sentences)} sentences with {count(attended.num_words)} words "
        f"({count(attended.num_words_with_syntactic_head)} with a gold syntactic head, "
        f"{count(attended.num_words_with_antecedent)} with an antecedent, "
        f"{count(attended.num_aligned_words)} aligned; left out: "
        f"{plural(attended.num_without_piece, 'word')} without a piece in the vocabulary, "
        f"{_left_out('sentence', attended.num_empty, attended.num_too_long)}, "
        f"{_left_out('gold sentence', attended.num_gold_empty, attended.num_gold_too_long)}, and "
        f"of the similarity of heads {count(of_one_key)} rows with one key, of correlations "
        f"{count(flat)} more without variance)"
    )


def _left_out(what: str, num_empty: int, num_too_long: int) -> str:
    return (
        f"{plural(num_empty, what)} with a side without words, {plural(num_too_long, what)} too "
        "long for the model"
    )


# ----------------------------------------------------------------------------- similarity


def _similarity(run: RunTables, attention: pd.DataFrame) -> Iterator[Part]:
    pairs = figures.layer_pair_data(attention, run.cast)
    if not pairs.empty:
        yield Figure(
            "Whose heads resemble whose between two levels",
            "Each cell compares the heads of a layer of the first model of the pair with those of "
            "a layer of the second, both of one replicate. On the diagonal, both are the same "
            "layer. "
            + with_control(
                pairs, run.cast, "Choose the control to see what training on alone does. "
            )
            + f"The mean over n = {replicates(run)}; no interval here.",
            figures.layer_pair_heat_map(pairs, run.cast),
        )
    same = figures.same_layer_data(attention, run.cast)
    if same["arm"].isin((run.cast.control_name,)).all():
        yield Gap("No heads of a pruned model were compared with those of the dense one.")
        return
    yield _drift(run, attention, same)
    beyond = figures.beyond_control_data(attention, run.cast)
    if beyond.empty:
        yield Gap(
            f"Change of heads beyond the control needs the arm {run.cast.control_name}, compared "
            "with the dense model."
        )
    else:
        yield Figure(
            "Which layers' heads leave the dense model farther than the control does",
            "Where the whole bar is below 0, pruning moved the heads farther from the dense model "
            "than training on did. Each point is the similarity with the dense model, minus that "
            f"of the control of its replicate and level. {_JACKKNIFE}, with the same block left "
            f"out of both networks. Each is of one replicate and says nothing about other seeds; "
            f"n = {replicates(run)}.",
            beyond_control_chart(beyond, run.cast, "kind", "measure", "arm"),
        )
    matched = figures.matched_data(attention, run.cast)
    if not matched.empty:
        yield Figure(
            "How many heads still match themselves",
            "The share of a layer's heads that correlate more with the same head of the dense "
            "model than with any other head of its layer"
            + with_control(
                matched,
                run.cast,
                ". Compare an arm with the control: only pruning sets the two apart",
            )
            + f". A layer has {_heads_per_layer(attention)}, and one head is too coarse a step for "
            f"an interval over sentences; n = {replicates(run)}."
            f"{coinciding(matched, run.cast)}",
            figures.matched_chart(matched, run.cast),
        )
    localized = figures.localization_data(attention, run.cast)
    if localized.empty:
        yield Gap("Localization of attention needs two layers of one kind.")
        return
    yield Figure(
        "How much of what heads share sits in single heads",
        "The higher, the more of what layers share sits in single heads rather than in all heads "
        "of the layer together: the best correlation of a head minus CKA of all heads, the mean "
        "over the other layers of that kind in the dense model of the replicate. These layers are "
        "the same for every arm, so that arms can be compared. The study drew this for "
        "encoder-decoder attention, as the mean over all layers of all its networks. "
        f"n = {replicates(run)}; no interval is measured.{coinciding(localized, run.cast)}",
        figures.localization_chart(localized, run.cast),
    )


def _drift(run: RunTables, attention: pd.DataFrame, same: pd.DataFrame) -> Figure:
    band = control_band_data(same, run.cast)
    seeds = figures.reference_data(attention, run.cast)
    control = (
        " The band is the control at the same levels: all replicates with their intervals. A "
        f"{run.cast.nouns.ticket} inside the band may still have moved farther; the next figure "
        "tests that."
        if not band.empty
        else ""
    )
    other_seed = (
        " The dashed line is the mean over the dense models of other replicates. Their heads come "
        "in another order: for both correlations the line is that of heads matched one to one, for "
        "Jensen-Shannon that of the best head."
        if not seeds.empty
        else ""
    )
    return Figure(
        "How far the heads of each layer leave the dense model",
        "Similarity with the heads of the same layer of the dense model of the replicate, each "
        "with its best match or all matched one to one; 1 means the same weights."
        f"{control}{other_seed} {_JACKKNIFE}; n = {replicates(run)}."
        f"{coinciding(without_control(same, run.cast), run.cast)}",
        drift_chart(same, run.cast, band, seeds, "attention"),
    )


# ----------------------------------------------------------------------------- heads


def _roles(run: RunTables, attention: pd.DataFrame) -> Iterator[Part]:
    counts = head_figures.role_count_data(attention, run.cast)
    if counts.empty:
        yield Gap("No head was given a role.")
        return
    yield Figure(
        "Which roles the heads take at each level",
        "A head has the role of the words that get most of its weight, if that is a third or "
        "more; other heads are broad. Gold relations must also beat what the distance of words "
        "alone would give. Each bar is all heads of one kind and arm at one level, "
        f"n = {replicates(run)} together; heads are counted, so there is no interval.",
        head_figures.role_count_chart(counts, run.cast),
    )
    cells, networks = head_figures.role_map_data(attention, run.cast)
    yield Figure(
        "How each head moves between roles",
        "Each row is a head (layer.head, both from 1), each column a level. A row of one colour "
        "kept its role. A head attends to: the previous word, the same, the next, the end of "
        "sentence, the start symbol, the syntactic head (syntax), coreferent words (coref), words "
        "aligned to the one read or predicted. One network at a time, of "
        f"n = {replicates(run)}; no interval is measured.",
        head_figures.role_map_chart(cells, run.cast, networks),
    )


def _doings(run: RunTables, attention: pd.DataFrame) -> Iterator[Part]:
    for kind, name in figures.KINDS.items():
        data = head_figures.doing_data(attention, run.cast, kind)
        if data.empty:
            continue
        floors = any(str(column).endswith(head_figures.BY_DISTANCE) for column in data)
        yield Figure(
            f"What {name.replace('self', 'self-attention')} heads do",
            "Each point is the mean over the heads of a layer; lines start at the dense model. "
            + with_control(
                data, run.cast, "Compare an arm with the control: only pruning sets the two apart. "
            )
            + ("Grey ticks are what weights by distance alone would give. " if floors else "")
            + f"n = {replicates(run)} of {_heads_per_layer(attention)} per layer; no interval is "
            f"measured.{coinciding(head_figures.doings(data), run.cast)}",
            head_figures.doing_chart(data, run.cast),
        )


def _importance(run: RunTables, attention: pd.DataFrame) -> Iterator[Part]:
    data, tickets = head_figures.importance_data(attention, run.cast)
    called = run.cast.nouns.ticket
    if not tickets:
        yield Gap(
            f"The importance of heads was not measured. That takes a {called}, and "
            "attention.importance_sentences above 0: on so many sentences heads are masked one by "
            "one."
        )
        return
    on = count(run.study.attention.importance_sentences)
    sample = f"n = {replicates(run)}; the intervals are in the table"
    yield Figure(
        f"Do the same heads count in the dense model and in the {called}",
        f"Importance is how much the loss of the first {on} sentences rises, in nats per target "
        "piece, when the head is masked (Michel et al. 2019). Each point is a head. Heads on the "
        f"dashed line count as much in the {called} as in the dense model. "
        + with_control(
            attention, run.cast, "Choose the control to see what training on alone does. "
        )
        + f"{sample}.",
        head_figures.importance_chart(data, run.cast, tickets),
    )
    ranks = head_figures.importance_ranks(attention, run.cast)
    if not ranks.empty:
        yield _rank_table(ranks, run.cast)
    if isinstance(run.sparsity, NotMeasured):
        yield Gap(f"Whether heads that count are pruned less: {run.sparsity.reason}")
        return
    zeros, pruned = head_figures.pruned_head_data(attention, run.cast, run.sparsity)
    if pruned and not zeros.empty:
        yield Figure(
            "Are heads that count pruned less",
            "Each point is a head: the share of zeros among its weights (its part of q, k, v and "
            "out) against its importance in the dense model. Magnitude pruning knows nothing of "
            f"importance; {sample}, zeros are counted.",
            head_figures.pruned_head_chart(zeros, run.cast, pruned),
        )


def _rank_table(ranks: pd.DataFrame, cast: Cast) -> Table:
    return Table(
        title="Rank correlation of the importance of heads with the dense model's",
        columns=(
            "importance by",
            "attention",
            "arm",
            "level",
            "zeros, prunable",
            "mean",
            "over replicates",
            "control",
        ),
        rows=tuple(
            (
                row["measure"],
                row["kind"],
                cast[row["arm"]].title,
                str(row["level"]),
                percent(row["drawn_at"]),
                number(row["value"], 2),
                f"{number(row['lowest'], 2)} to {number(row['highest'], 2)}",
                "" if pd.isna(row["control"]) else number(row["control"], 2),
            )
            for row in ranks.to_dict("records")
        ),
        num_text=3,
        folded=True,
    )


# ----------------------------------------------------------------------------- maps


def _maps(maps: AttentionMapsView | None, cast: Cast) -> Part:
    if maps is None:
        return Gap(f"No attention maps were kept: that takes a {cast.nouns.ticket}.")
    arm = cast[maps.networks[-1].arm].title
    return map_view(
        f"Attention maps, the dense model beside a {cast.nouns.ticket}",
        maps,
        [_names(network, cast) for network in maps.networks],
        chooser="level",
        of_which=f"Replicate {maps.replicate} of {arm}",
    )


def _names(network: MappedNetworkView, cast: Cast) -> MappedNetwork:
    if network.arm == cast.dense.name:
        return MappedNetwork("dense model", "", "dense")
    level = f"{network.level} ({percent(network.sparsity_prunable)} zero)"
    return MappedNetwork(f"{cast[network.arm].title}, level {level}", level, cast.nouns.ticket)


# ----------------------------------------------------------------------------- shared parts


def _heads_per_layer(attention: pd.DataFrame) -> str:
    return plural(int(attention["head"].max()) + 1, "head")
