"""What a comparison says: the runs and claims side by side, then figures that show all of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

import pandas as pd

from ticketscope.report.claims.sections import claims_table
from ticketscope.report.comparison import figures
from ticketscope.report.comparison.compared_runs import ComparedRun, cast_of, together
from ticketscope.report.comparison.unlike_settings import settings_parts, unlike_first
from ticketscope.report.drawing.coincidence import coinciding
from ticketscope.report.drawing.metrics import worse_of_given
from ticketscope.report.first_screen.cards import verdict_cards
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Section, Table, Verdicts
from ticketscope.report.parts.wording import count, listed, plural, significant
from ticketscope.report.sections import first_screen
from ticketscope.report.summary import synthetic
from ticketscope.tables.compute import COMPUTE
from ticketscope.tables.table import NotMeasured

Rows = pd.DataFrame | NotMeasured


def comparison_sections(runs: Sequence[ComparedRun]) -> tuple[Section, ...]:
    """All sections in the order of the page."""
    if runs[0].tables.cast.is_given:
        return (
            Section("runs", "What was compared", tuple(_runs(runs))),
            Section("networks", "All networks", tuple(_networks(runs))),
            Section("settings", "Settings", tuple(settings_parts(runs))),
        )
    return (
        Section("runs", "What was run", tuple(_runs(runs))),
        Section("claims", "What holds", tuple(_claims(runs))),
        Section("settings", "Settings", tuple(settings_parts(runs))),
        Section("compute", "Compute", tuple(_compute(runs))),
        Section("quality", "Quality", tuple(_quality(runs))),
        Section("representations", "What the networks hold", tuple(_representations(runs))),
        Section("attention", "Attention", tuple(_attention(runs))),
        Section("probes", "What probes read off the layers", tuple(_probes(runs))),
        Section("behaviour", "What broke", tuple(_behaviour(runs))),
    )


# ----------------------------------------------------------------------------- the first screen


def _runs(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    told = [dict(first_screen(run.tables).facts) for run in runs]
    labels = list(dict.fromkeys(chain.from_iterable(told)))
    rows = (
        (
            "Sentences",
            *("SYNTHETIC" if synthetic(run.tables) else "written by people" for run in runs),
        ),
        *((label, *(of_run.get(label, "") for of_run in told)) for label in labels),
    )
    yield Table(
        title=f"{plural(len(runs), 'run')} side by side",
        columns=("", *(run.name for run in runs)),
        rows=(*rows, ("Directory", *(run.path for run in runs))),
        num_text=1,
        num_sentences=len(runs),
        marked=unlike_first(rows),
    )


def _networks(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    """What sets the networks of each dissection apart from its base, and what is decided there."""
    for run in runs:
        first = first_screen(run.tables)
        for part in (*first.overview, first.verdicts):
            if isinstance(part, Table):
                yield replace(part, title=f"{run.name}: {part.title}")
            elif isinstance(part, Gap):
                yield Gap(f"{run.name}: {part.reason}")
    yield Prose(
        "Each network is set beside the base of its own dissection. Intervals are over sentences; "
        "no network is compared with one of another dissection."
    )


def _claims(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    cards = []
    for run in runs:
        found = verdict_cards(run.tables)
        if isinstance(found, Verdicts):
            cards.append((run.name, found))
        else:
            assert isinstance(found, Gap)
            yield Gap(f"{run.name}: {found.reason}")
    if not cards:
        return
    yield claims_table(cards)
    yield Prose(
        "Each verdict is about one run, with the control and the seeds of that run. If a claim "
        "holds in one run and is undecided in another, the runs need not differ. Brackets hold t "
        "intervals over replicates."
    )


def _compute(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    """Whether the arms of the runs had the same compute, and what each took."""
    took: dict[tuple[str, int], dict[str, tuple[int, float]]] = {}
    for run in runs:
        compute = run.tables.tables[COMPUTE.name]
        if isinstance(compute, NotMeasured):
            yield Gap(f"{run.name}: {compute.reason}")
            continue
        for row in (
            compute.groupby(["arm", "level"], sort=False, as_index=False)[
                ["updates", "operations_in_all"]
            ]
            .mean()
            .to_dict("records")
        ):
            of_level = took.setdefault((row["arm"], row["level"]), {})
            of_level[run.name] = (round(row["updates"]), row["operations_in_all"])
    names = [run.name for run in runs if any(run.name in of_run for of_run in took.values())]
    shared = {key: of_run for key, of_run in took.items() if len(of_run) == len(names) > 1}
    if not shared:
        return
    unlike = [key for key, of_run in shared.items() if len(set(of_run.values())) > 1]
    rows = tuple(
        (
            arm,
            str(level),
            *(count(shared[arm, level][name][0]) for name in names),
            *(significant(shared[arm, level][name][1]) for name in names),
        )
        for arm, level in shared
    )
    if unlike:
        yield Prose(
            f"Compute differs at {len(unlike)} of the {len(shared)} levels that the runs share: "
            "what sets their networks apart may be that."
        )
    else:
        yield Prose("At every level that the runs share they took the same compute.")
    yield Table(
        title="Updates of each level, and operations in all, search included",
        columns=(
            "arm",
            "level",
            *(f"updates, {name}" for name in names),
            *(f"operations, {name}" for name in names),
        ),
        rows=rows,
        num_text=1,
        folded=True,
    )


# ----------------------------------------------------------------------------- figures


def _quality(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    def rows(run: ComparedRun) -> Rows:
        quality = run.tables.quality
        return (
            quality
            if isinstance(quality, NotMeasured)
            else figures.quality_data(quality, run.tables.cast)
        )

    cast = cast_of(runs)

    def draw(data: pd.DataFrame) -> Figure:
        return Figure(
            "BLEU lost to pruning, run by run",
            f"Below 0 {cast.nouns.tickets} are worse than the control of their level, or than the "
            f"dense model that they came from, as chosen. {_given(runs)}{_points(data)}. A BLEU "
            "point is not the same on different corpora."
            f"{coinciding(data, cast, ('run', 'test_set'))}",
            figures.quality_chart(data, cast, _names(runs)),
        )

    yield from _shown(runs, rows, draw, figures.QUALITY_OF)


def _given(runs: Sequence[ComparedRun]) -> str:
    """What is told of metrics whose scores others gave, beside BLEU."""
    tables = [run.tables.quality for run in runs]
    known = [table for table in tables if not isinstance(table, NotMeasured)]
    told = dict.fromkeys(worse_of_given(table).strip() for table in known)
    return "".join(f"{sentence} " for sentence in told if sentence)


def _representations(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    def rows(run: ComparedRun) -> Rows:
        table = run.tables.similarity
        if isinstance(table, NotMeasured):
            return table
        return figures.layer_data(table, run.tables.cast, run.arms, run.last_registered)

    def draw(data: pd.DataFrame) -> Figure:
        return Figure(
            "How far each layer leaves the dense model, run by run",
            "Debiased CKA with the same layer of the dense model, at the last level that the "
            f"claims are decided over ({_levels(runs)}); layer 0 is the embeddings. "
            f"{_points(data)}."
            f"{coinciding(data, cast_of(runs), ('run', 'arm'), along='layer')}",
            figures.layer_chart(data, cast_of(runs), _names(runs)),
        )

    yield from _shown(runs, rows, draw, figures.LAYERS_OF)


def _attention(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    def rows(run: ComparedRun) -> Rows:
        table = run.tables.attention
        if isinstance(table, NotMeasured):
            return table
        return figures.matched_data(table, run.tables.cast, run.arms, run.last_registered)

    def draw(data: pd.DataFrame) -> Figure:
        return Figure(
            "How many heads still match themselves, run by run",
            "The share of a layer's heads that correlate more with the same head of the dense "
            "model than with any other head of its layer, at the last level that the claims are "
            f"decided over ({_levels(runs)}). {_points(data)}."
            f"{coinciding(data, cast_of(runs), ('run', 'arm'), along='layer')}",
            figures.matched_chart(data, cast_of(runs), _names(runs)),
        )

    yield from _shown(runs, rows, draw, figures.MATCHED_OF)


def _probes(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    def rows(run: ComparedRun) -> Rows:
        probes = run.tables.probes
        return (
            probes
            if isinstance(probes, NotMeasured)
            else figures.probe_data(probes, run.tables.cast)
        )

    def draw(data: pd.DataFrame) -> Figure:
        return Figure(
            "Which kind of knowledge goes first, run by run",
            "How the mean score of the tasks of a group changed in per cent, each task at its best "
            f"layer. {_points(data)}. Runs may have been probed with different tasks."
            f"{coinciding(data, cast_of(runs), ('run',))}",
            figures.probe_chart(data, cast_of(runs), _names(runs)),
        )

    yield from _shown(runs, rows, draw, figures.PROBES_OF)


def _behaviour(runs: Sequence[ComparedRun]) -> Iterator[Part]:
    def rows(run: ComparedRun) -> Rows:
        table = run.tables.behaviour
        return (
            table if isinstance(table, NotMeasured) else figures.pairs_data(table, run.tables.cast)
        )

    def draw(data: pd.DataFrame) -> Figure:
        return Figure(
            "What pruning does to minimal pairs, run by run",
            f"Below 0 the {cast_of(runs).nouns.tickets} pass fewer pairs than the model compared "
            "with. A pair is a source with a right and a wrong translation; a model passes it "
            "where the right one is likelier. "
            f"{_points(data)}.{coinciding(data, cast_of(runs), ('run', 'test_set'))}",
            figures.pairs_chart(data, cast_of(runs), _names(runs)),
        )

    yield from _shown(runs, rows, draw, figures.PAIRS_OF)


# ----------------------------------------------------------------------------- shared parts


def _shown(
    runs: Sequence[ComparedRun],
    rows: Callable[[ComparedRun], Rows],
    draw: Callable[[pd.DataFrame], Figure],
    alike: Sequence[str],
) -> Iterator[Part]:
    """The figure of what two runs or more have, and which run lacks what."""
    found = together(runs, rows, alike)
    if not found.rows.empty:
        yield draw(found.rows)
    elif len(found.lacking) < len(runs):
        yield Prose("No two of these runs measured the same here, so nothing is compared.")
    yield from (Gap(f"{name}: {reason}") for name, reason in found.lacking)


def _points(data: pd.DataFrame) -> str:
    """What points and bars are, and over how many replicates of each run."""
    numbers = data.groupby("run", sort=False)["replicates"].max()
    replicates = [f"{plural(int(num), 'replicate')} of {run}" for run, num in numbers.items()]
    means = (
        "Each point is the mean over replicates, and its bar the 95 % t interval over them"
        if (numbers > 1).any()
        else "Each point is one replicate"
    )
    single = (
        "; the interval of a single replicate is over sentences and says nothing about other seeds"
        if (numbers == 1).any() and data["lower"].notna().any()
        else ""
    )
    return f"{means}{single}; n = {listed(replicates)}"


def _names(runs: Sequence[ComparedRun]) -> list[str]:
    return [run.name for run in runs]


def _levels(runs: Sequence[ComparedRun]) -> str:
    return listed([f"level {run.last_registered} of {run.name}" for run in runs])
