"""The sections of the page, a function a question: from the tables of a run to text and figures."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ticketscope.claims.quality_holds import MARGIN
from ticketscope.report import figures
from ticketscope.report.attention.sections import attention_parts
from ticketscope.report.behaviour.sections import behaviour_parts
from ticketscope.report.claim_sections import claim_parts, level_parts
from ticketscope.report.coincidence import coinciding
from ticketscope.report.controls import control_parts
from ticketscope.report.drawing import pruned_rows
from ticketscope.report.method import corpus_parts, method_parts
from ticketscope.report.parts import Code, Figure, Gap, Part, Prose, Section, Table
from ticketscope.report.probes.sections import probe_parts
from ticketscope.report.published.sections import (
    published_quality,
    published_sources,
    published_sparsity,
)
from ticketscope.report.representations.sections import (
    complexity_parts,
    representation_parts,
    weight_parts,
)
from ticketscope.report.tables import CONTROL, DENSE, NotMeasured, RunTables
from ticketscope.report.wording import count, duration, number, percent, plural, signed, size

METRIC_NAMES = {"bleu": "BLEU", "chrf": "chrF", "ter": "TER", "loss": "Loss"}


def sections(run: RunTables) -> tuple[Section, ...]:
    """All sections in the order of the page, but the last: the downloads take what is left."""
    return (
        Section("claims", "Claims", (*claim_parts(run), *level_parts(run))),
        Section("quality", "Quality", tuple(_quality(run))),
        Section("sparsity", "Where the sparsity went", tuple(_sparsity(run))),
        Section("representations", "What the networks hold", tuple(representation_parts(run))),
        Section("complexity", "How complex it is", tuple(complexity_parts(run))),
        Section("probes", "What probes read off the layers", tuple(probe_parts(run))),
        Section("attention", "Attention", tuple(attention_parts(run))),
        Section("behaviour", "What broke", tuple(behaviour_parts(run))),
        Section("weights", "Weights", tuple(weight_parts(run))),
        Section("controls", "Controls", tuple(control_parts(run))),
        Section("speed", "Speed and size", tuple(_speed(run))),
        Section("training", "Training", tuple(_training(run))),
        Section("corpus", "Corpus", tuple(corpus_parts(run))),
        Section("method", "Method and settings", (*method_parts(run), published_sources())),
    )


# ----------------------------------------------------------------------------- quality


def _quality(run: RunTables) -> Iterator[Part]:
    quality = run.quality
    if isinstance(quality, NotMeasured):
        yield Gap(quality.reason)
        return
    settings = run.experiment.quality
    interval = (
        f"Bars are 95 % bootstrap intervals over sentences ({count(settings.resamples)} resamples)"
    )
    yield Prose(
        f"Every model is decoded with beam {settings.beam} and length penalty "
        f"{settings.length_penalty:g}, and scored with sacreBLEU. Sparsity in figures is the share "
        "of prunable weights that are zero in the tickets of a level; the tables also give it over "
        "all weights and over all but embeddings."
    )
    control = ""
    if quality["arm"].eq(CONTROL).any():
        yield Prose(
            f"{CONTROL} trains for the same updates with nothing pruned: none of its weights are "
            "zero. In figures against sparsity it stands at its level, which is named by the "
            "sparsity of the tickets that it is compared with."
        )
        control = f"Where an arm leaves {CONTROL}, pruning changed the figure. "
    for test_set in dict.fromkeys(quality["test_set"]):
        sample = _sample(run, test_set)
        differences = figures.difference_data(quality, test_set)
        if not differences.empty:
            yield Figure(
                f"BLEU lost to pruning on {test_set}",
                f"Below 0 the ticket is worse than the control of its level; it is not worse by "
                f"{MARGIN:.1f} BLEU where the whole bar is above the lower dashed line. "
                f"{interval} of the paired difference{sample}.{coinciding(differences)}",
                figures.difference_chart(differences, MARGIN),
            )
        for metric in _metrics(quality, test_set):
            data = figures.quality_data(quality, test_set, metric)
            bars = interval if data["lower"].notna().any() else "No interval is measured"
            yield Figure(
                f"{METRIC_NAMES[metric]} against sparsity on {test_set}",
                f"A point is one model; the lines start at the dense model. {control}"
                f"{bars}{sample}.{coinciding(data)}",
                figures.quality_chart(data, metric),
            )
    yield from published_quality(run, quality)
    for test_set in dict.fromkeys(quality["test_set"]):
        for metric in _metrics(quality, test_set):
            yield _quality_table(quality, test_set, metric)
    signatures = [text for text in dict.fromkeys(quality["signature"]) if text]
    if signatures:
        yield Code("sacreBLEU signatures", "\n".join(signatures))


def _metrics(quality: pd.DataFrame, test_set: str) -> list[str]:
    present = set(quality.loc[quality["test_set"] == test_set, "metric"])
    return [metric for metric in METRIC_NAMES if metric in present]


def _sample(run: RunTables, test_set: str) -> str:
    if isinstance(run.corpus, NotMeasured) or test_set not in run.corpus.splits:
        return ""
    return f"; n = {count(run.corpus.splits[test_set].kept)} sentences"


def _quality_table(quality: pd.DataFrame, test_set: str, metric: str) -> Table:
    rows = quality[(quality["test_set"] == test_set) & (quality["metric"] == metric)]
    digits = 3 if metric == "loss" else 2
    return Table(
        title=f"{METRIC_NAMES[metric]} on {test_set}",
        columns=(
            "arm",
            "replicate",
            "level",
            "zero of prunable",
            METRIC_NAMES[metric],
            "95 %",
            "minus control",
            "95 %",
            "p",
            "minus dense",
            "95 %",
            "p",
            *_OTHER_SHARES,
        ),
        rows=tuple(
            (
                *_ticket(row),
                _cell(row["value"], digits),
                _interval(row["lower"], row["upper"], digits),
                *_difference(row, "control", digits),
                *_difference(row, "dense", digits),
                *_other_shares(row),
            )
            for row in rows.to_dict("records")
        ),
        num_text=1,
        folded=metric != "bleu",
    )


_OTHER_SHARES = ("zero of all", "of non-embedding")


def _ticket(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """Which model a row of a table is about."""
    return (
        row["arm"],
        str(row["replicate"]),
        str(row["level"]),
        percent(row["sparsity_prunable"]),
    )


def _other_shares(row: Mapping[Any, Any]) -> tuple[str, str]:
    return percent(row["sparsity_total"]), percent(row["sparsity_non_embedding"])


def _difference(row: Mapping[Any, Any], other: str, digits: int) -> tuple[str, str, str]:
    name = f"difference_{other}"
    return (
        _cell(row[name], digits, with_sign=True),
        _interval(row[f"{name}_lower"], row[f"{name}_upper"], digits, with_sign=True),
        _cell(row[f"p_{other}"], 3),
    )


def _cell(value: float, digits: int, with_sign: bool = False) -> str:
    """A number, or nothing where it does not apply."""
    if pd.isna(value):
        return ""
    return signed(value, digits) if with_sign else number(value, digits)


def _interval(lower: float, upper: float, digits: int, with_sign: bool = False) -> str:
    ends = (_cell(lower, digits, with_sign), _cell(upper, digits, with_sign))
    return " to ".join(ends) if all(ends) else ""


# ----------------------------------------------------------------------------- sparsity


def _sparsity(run: RunTables) -> Iterator[Part]:
    sparsity = run.sparsity
    if isinstance(sparsity, NotMeasured):
        yield Gap(sparsity.reason)
        return
    if pruned_rows(sparsity).empty:
        yield Gap("No model of this run has pruned weights.")
        return
    pooled = f"Pooled over {plural(run.experiment.lottery.replicates, 'replicate')}; no interval, "
    counted = f"{pooled}since zeros are counted, not sampled."
    yield Prose(
        "Magnitude pruning ranks all prunable weights of the model together, so how much of each "
        "part stays is its own choice."
    )
    yield Figure(
        "Which kinds of weight were pruned first",
        "A row is a kind of weight matrix over all layers, a column is a level; a cell is the "
        f"share of its weights that are zero. {counted}",
        figures.role_chart(figures.role_data(sparsity, "weight")),
    )
    biases = figures.role_data(sparsity, "bias")
    if not biases.empty:
        yield Figure(
            "Which kinds of bias were pruned first",
            f"The same for the biases, which are few beside the weights. {counted}",
            figures.role_chart(biases),
        )
    yield Figure(
        "Which layers were pruned most",
        "A row is a kind of weight matrix, a column is a layer (1 is next to the embeddings), at "
        f"the level chosen. {counted}",
        figures.layer_chart(figures.layer_data(sparsity)),
    )
    heads = figures.head_data(sparsity)
    if not heads.empty:
        yield Figure(
            "Which heads were pruned most",
            "A row is the attention of one layer, a column one of its heads (from 1, as layers): "
            f"the share of zeros in its part of q, k, v and out, at the level chosen. {counted}",
            figures.head_chart(heads),
        )
    yield from published_sparsity(run, sparsity)


# ----------------------------------------------------------------------------- speed, training


def _speed(run: RunTables) -> Iterator[Part]:
    yield Prose(
        "Unstructured sparsity does not make dense kernels faster: a zero is multiplied like any "
        "other number, and stored like one. Speeds near 1 and equal sizes are what to expect here; "
        "gains need sparse kernels, structured pruning or compressed storage."
    )
    speed = run.speed
    if isinstance(speed, NotMeasured):
        yield Gap(speed.reason)
        return
    settings = run.experiment.speed
    for engine, threads, batch in (
        speed[["engine", "threads", "batch"]].drop_duplicates().to_numpy()
    ):
        data = figures.speed_data(speed, engine, threads, batch)
        where = f"{engine}, {plural(threads, 'thread')}, batches of {batch}"
        if not data.empty:
            yield Figure(
                f"Decoding speed against sparsity ({where})",
                "Above the dashed line a model is faster than the dense one in float32. Median of "
                f"{plural(settings.rounds, 'round')}, models in turn, over n = "
                f"{count(settings.sentences)} sentences with beam {settings.beam}; no interval is "
                "measured, and differences of a few per cent are noise of the machine."
                f"{coinciding(data)}",
                figures.speed_chart(data),
            )
    yield Table(
        title="Speed and size of every model",
        columns=(
            "engine",
            "arm",
            "replicate",
            "level",
            "zero of prunable",
            "threads",
            "batch",
            "tokens/s",
            "of dense",
            "size",
            *_OTHER_SHARES,
        ),
        rows=tuple(
            (
                row["engine"],
                *_ticket(row),
                str(row["threads"]),
                str(row["batch"]),
                count(round(row["tokens_per_second"])),
                _cell(row["against_dense"], 3),
                size(row["bytes"]),
                *_other_shares(row),
            )
            for row in speed.to_dict("records")
        ),
        num_text=2,
        folded=True,
    )


def _training(run: RunTables) -> Iterator[Part]:
    jobs = run.training
    if isinstance(jobs, NotMeasured):
        yield Gap(jobs.reason)
        return
    for arm in (DENSE, *run.experiment.lottery.arms):
        data = figures.training_data(jobs, arm)
        if not data.empty:
            yield Figure(
                f"Validation loss while {arm} trained",
                "A line is one level of one replicate, a point one validation; lower is better. "
                f"n = {plural(data['replicate'].nunique(), 'replicate')}; no interval."
                f"{coinciding(data, ('level', 'replicate'), along='update', value='loss')}",
                figures.training_chart(data),
            )
    yield Table(
        title="Every training job",
        columns=("arm", "replicate", "level", "updates", "last validation loss", "time"),
        rows=tuple(
            (
                job.arm,
                str(job.replicate),
                str(job.level),
                count(job.updates),
                number(job.validation[-1][1], 3) if job.validation else "",
                duration(job.seconds),
            )
            for job in jobs
        ),
        num_text=1,
        folded=True,
    )
