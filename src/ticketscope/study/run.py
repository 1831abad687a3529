"""The main job: one experiment from parallel text to the report, done or resumed."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

from rich.console import Console

from ticketscope import machine
from ticketscope.config import SCHEMA_VERSION, Experiment, digest, from_mapping
from ticketscope.config import training_identity as identity_of
from ticketscope.console.terminal import clock, say
from ticketscope.controls import printable
from ticketscope.errors import InputError
from ticketscope.files import require_plain, sweep
from ticketscope.lottery.arms import parent, planned_levels
from ticketscope.lottery.training_log import read_whole_log
from ticketscope.runs.executors import EXECUTORS, num_workers
from ticketscope.runs.jobs import Job, Resources, Status, name_of
from ticketscope.runs.journal import journalled
from ticketscope.runs.seals import read_sealed, write_sealed
from ticketscope.runs.stages import (
    CORPUS,
    MINIMAL_PAIRS,
    PROBE_DATA,
    REPORT,
    SITTING,
    TABLES,
    TRAIN,
)
from ticketscope.runs.store import DENSE, MEND_CONFIG, LevelId, Run
from ticketscope.study.overview import as_table, overview, roughly
from ticketscope.study.progress import Sitting, shown


def run_experiment(experiment: Experiment, out: Path, console: Console) -> Path:
    """Do all that is not done yet and end with the report; returns its path.

    Raises `InputError` for all that `ticketscope.study.checks` refuses, and `JobError` when the job
    cannot be finished.
    """
    from ticketscope.corpus.encoded import EncodedCorpus
    from ticketscope.lottery.levels import dense_updates, level_updates
    from ticketscope.report import build_report
    from ticketscope.steps import held_out, tables
    from ticketscope.study import checks

    for warning in checks.check(experiment, out):
        say(console, warning, style="yellow")
    run = Run(out)
    with run.locked(), journalled(run.costs, SITTING):
        checks.run_directory(checks.Start(experiment, out))  # it may have been made meanwhile
        sweep(run.root)
        # A job of its own, since stopping a job means killing it: training a vocabulary does not
        # listen to signals.
        job = Job(CORPUS, None, prepare_corpus, (run.root, experiment))
        _run(run, experiment, [job], _nothing)
        corpus = EncodedCorpus(run.corpus)
        checks.check_encoded(corpus, experiment)
        _prepare_probes(run, experiment, console)
        for later in (held_out.warning(corpus, experiment), another_machine(run)):
            if later:
                say(console, later, style="yellow")
        # From here on the directory belongs to these settings.
        write_sealed(run.config, describe(experiment))
        levels = planned_levels(experiment.lottery)
        _verify(run, levels, console)
        jobs = _jobs(run, levels, experiment)
        updates = level_updates(experiment.lottery, dense_updates(experiment, corpus))
        sitting = Sitting(run, experiment, tuple(jobs), updates)
        with shown(sitting, console) as watch:
            _run(run, experiment, jobs, watch)
        shutil.rmtree(run.features, ignore_errors=True)  # of probes of other settings
        say(console, f"{clock()} writing the tables and the report", style="dim")
        with journalled(run.costs, TABLES):
            tables.write_all(run, levels, experiment)
        with journalled(run.costs, REPORT):
            report = build_report(run.root)
    console.print(as_table(overview(run, experiment, running=()), title=experiment.name))
    console.print(f"report: {report}", soft_wrap=True)
    return report


def _prepare_probes(run: Run, experiment: Experiment, console: Console) -> None:
    """Read the gold data of probes, and say what they will take, before anything is trained."""
    if not experiment.probing.is_asked:
        return
    from ticketscope.steps.probes import data as probe_data
    from ticketscope.steps.probes import features
    from ticketscope.steps.probes import measure as probing

    say(console, f"{clock()} preparing the gold data of the probes", style="dim")
    job = Job(PROBE_DATA, None, probe_data.prepare_data, (run.root, experiment))
    _run(run, experiment, [job], _nothing)
    data = probe_data.load(run)
    encoders = len(probing.probed_levels(experiment)) + experiment.lottery.replicates
    seconds = probing.seconds(data, experiment) * encoders / num_workers(experiment)
    index = data.index
    lines = [
        f"probes: {len(data.tasks)} tasks on {index['num_sentences']:,} sentences "
        f"({index['num_words']:,} words, {index['num_without_piece']:,} of them without a piece), "
        f"{encoders} encoders, the untrained among them; about {roughly(seconds)}, and "
        f"{features.feature_bytes(index['num_words'], experiment) / 1e6:,.0f} MB on disk for each "
        "encoder at work, deleted when it is done",
        *(f"probes: no data for {task}: {reason}" for task, reason in index["absent"].items()),
    ]
    for line in lines:
        say(console, line)


def prepare_corpus(root: Path, experiment: Experiment) -> None:
    """Read, clean and encode the corpus, telling standard output how far it is."""
    from ticketscope.corpus.prepare import prepare

    prepare(experiment, Run(root).corpus, lambda text: print(clock(), printable(text), flush=True))


def describe(experiment: Experiment) -> dict[str, Any]:
    """What config.json holds."""
    return {
        "schema": SCHEMA_VERSION,
        "ticketscope": metadata.version("ticketscope"),
        "training_digest": digest(identity_of(experiment)),
        "training_identity": identity_of(experiment),
        "config": experiment.model_dump(mode="json"),
        **machine.description(),
    }


def open_run(root: Path) -> tuple[Run, Experiment]:
    """A run directory that exists, with its config. Raises `InputError` when it is none."""
    run = Run(root)
    if not run.config.is_file():
        raise InputError(f"{root}: no config.json here; give the directory of a ticketscope run")
    require_plain(root)
    return run, from_mapping(run.stored("config"), where=str(run.config))


def another_machine(run: Run) -> str:
    """What to tell whoever goes on with a run on another machine than it was begun on; or ""."""
    if not run.config.exists():
        return ""
    changes = machine.changes(read_sealed(run.config, MEND_CONFIG), machine.description())
    if not changes:
        return ""
    return (
        f"{run.root}: earlier sittings computed with {', '.join(changes)}; figures of this one may "
        "differ from theirs in the last digits"
    )


def known_dense_updates(experiment: Experiment, out: Path) -> int | None:
    """Updates of a dense model, where they are given or the run's corpus is encoded already."""
    from ticketscope.corpus.encoded import EncodedCorpus
    from ticketscope.lottery.levels import dense_updates

    run = Run(out)
    if experiment.training.updates:
        return experiment.training.updates
    if not run.is_encoded:
        return None
    return dense_updates(experiment, EncodedCorpus(run.corpus))


# ----------------------------------------------------------------------------- jobs


def _verify(run: Run, levels: list[LevelId], console: Console) -> None:
    """Check the checksums of all that earlier sittings finished."""
    done = [level for level in levels if run.level(level).is_done()]
    if done:
        say(
            console,
            f"{clock()} {len(done)} of {len(levels)} levels are there already, "
            f"{len(levels) - len(done)} to do; checking those that are there",
            style="dim",
        )
    for level in done:
        folder = run.level(level)
        folder.verify()
        read_whole_log(folder.log, folder.facts()["num_updates"], folder.mend)


def _jobs(run: Run, levels: list[LevelId], experiment: Experiment) -> list[Job]:
    from ticketscope.lottery.levels import make_level
    from ticketscope.steps.attention import importance as head_importance
    from ticketscope.steps.attention import measure as attention
    from ticketscope.steps.behaviour import contrasts
    from ticketscope.steps.behaviour import measure as behaviour
    from ticketscope.steps.probes import measure as probing
    from ticketscope.steps.quality import measure as quality
    from ticketscope.steps.representations import measure as representations
    from ticketscope.steps.speed import measure as speed
    from ticketscope.steps.weights import measure as weights

    jobs = []
    for level in levels:
        above = parent(level)
        needs = _trained(above) if above else frozenset()
        jobs.append(Job(TRAIN, level, make_level, (run.root, level, experiment), needs))
    for level in levels:
        needs = _trained(level)
        arguments = (run.root, level, experiment)
        jobs.append(Job("quality", level, quality.measure_ticket, arguments, needs))
        for step in (weights, representations, attention):
            trained = _trained(level, *step.compared_with(level, experiment.lottery))
            jobs.append(Job(step.STEP, level, step.measure_ticket, arguments, trained))
        if experiment.attention.importance_sentences:
            measure = head_importance.measure_ticket
            jobs.append(Job(head_importance.STEP, level, measure, arguments, needs))
    if contrasts.are_asked(experiment):
        pairs = Job(MINIMAL_PAIRS, None, contrasts.prepare, (run.root, experiment))
        jobs.append(pairs)
        for level in levels:
            needs = _trained(level) | {pairs.name}
            arguments = (run.root, level, experiment)
            jobs.append(Job(behaviour.STEP, level, behaviour.measure_ticket, arguments, needs))
    for level in probing.probed_levels(experiment):
        arguments = (run.root, level, experiment)
        jobs.append(Job(probing.STEP, level, probing.measure_ticket, arguments, _trained(level)))
        if level.arm == DENSE:
            untrained = probing.random_encoder(level.replicate)
            of_replicate = (run.root, level.replicate, experiment)
            jobs.append(Job(probing.STEP, untrained, probing.measure_random_encoder, of_replicate))
    # Speed is measured when nothing else runs.
    everything = frozenset(job.name for job in jobs)
    of_run = (run.root, levels, experiment)
    jobs.append(Job("speed", None, speed.measure_run, of_run, everything))
    return jobs


def _trained(*levels: LevelId) -> frozenset[str]:
    """The names of the jobs that train them."""
    return frozenset(name_of(TRAIN, level) for level in levels)


def _run(
    run: Run, experiment: Experiment, jobs: list[Job], watch: Callable[[Status], None]
) -> None:
    resources = Resources(experiment.training.threads)
    executor = EXECUTORS[experiment.execution.executor](run.root, experiment)
    executor.run([replace(job, resources=resources) for job in jobs], watch)


def _nothing(_status: Status) -> None:
    pass
