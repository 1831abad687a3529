"""The main job: one experiment from parallel text to the report, done or resumed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ticketscope import machine
from ticketscope.config import (
    SCHEMA_VERSION,
    Experiment,
    Study,
    differing_keys,
    digest,
    training_identity,
)
from ticketscope.console.terminal import clock, say
from ticketscope.controls import printable
from ticketscope.errors import JobError
from ticketscope.files import is_there, remove
from ticketscope.lottery.lineage import planned_levels, sources
from ticketscope.lottery.training_log import read_whole_log
from ticketscope.runs.drivers import driving, in_turn, is_no_job_at_work
from ticketscope.runs.executors import EXECUTORS, Executor, num_cores, patience_of
from ticketscope.runs.jobs import Job, Status, name_of
from ticketscope.runs.journal import journalled
from ticketscope.runs.looking import work_begins
from ticketscope.runs.resources import resources_of
from ticketscope.runs.seals import read_sealed, write_sealed
from ticketscope.runs.stages import CONFIG, CORPUS, REPORT, SITTING, TABLES, TRAIN
from ticketscope.runs.store import MEND_CONFIG, LevelId, Run
from ticketscope.study.overview import as_table, overview
from ticketscope.study.progress import Sitting, shown

if TYPE_CHECKING:
    from ticketscope.steps.bench import Bench


def run_experiment(experiment: Experiment, out: Path, console: Console) -> Path:
    """Do all that is not done yet and end with the report; returns its path.

    Raises `InputError` for all that `ticketscope.study.checks` refuses, and `JobError` when the job
    cannot be finished.
    """
    from ticketscope.lottery.course import dense_updates
    from ticketscope.lottery.levels import level_updates
    from ticketscope.steps.bench import Bench
    from ticketscope.study import checks, registration

    for warning in checks.check(experiment, out):
        say(console, warning, style="yellow")
    run = Run(out)
    with sitting(run, experiment):
        checks.run_directory(checks.Start(experiment, out))  # it may have been made meanwhile
        do_jobs(run, experiment, [corpus_job(run, experiment, quiet=console.quiet)])
        bench = Bench.of(run.root, experiment)
        checks.check_encoded(bench, experiment)
        prepare_steps(bench, console)
        # From here on the directory belongs to these settings.
        with in_turn(run, CONFIG, patience_of(experiment)):
            checks.run_directory(checks.Start(experiment, out))
            if later := another_machine(run):
                say(console, later, style="yellow")
            write_sealed(run.config, describe(experiment, registration.kept(run, experiment)))
        _verify(bench, console)
        updates = level_updates(experiment, dense_updates(experiment, bench.encoded))
        report = do_and_report(bench, jobs_of(bench), updates, console)
    say_done(bench, report, console)
    return report


@contextmanager
def sitting(run: Run, study: Study) -> Iterator[None]:
    """Hold the run for all of a sitting, and note what it costs."""
    patience, is_shared = patience_of(study), executor_of(run, study).is_shared
    with driving(run, patience, is_shared=is_shared), journalled(run, SITTING):
        yield


def do_and_report(
    bench: "Bench", jobs: list[Job], updates: Mapping[LevelId, int], console: Console
) -> Path:
    """Do all jobs, write the tables and the report; returns its path. `updates`: how many each
    network that is trained here trains."""
    from ticketscope.report import build_report
    from ticketscope.study import writing

    run, patience = bench.run, patience_of(bench.study)
    with shown(Sitting(bench, tuple(jobs), updates), console) as watch, _readings_of(run):
        do_jobs(run, bench.study, jobs, watch)
    if is_no_job_at_work(run):
        remove(run.features)  # of probes of other settings
    say(console, f"{clock()} writing the tables and the report", style="dim")
    with in_turn(run, TABLES, patience):
        changed = differing_keys(run.stored("config"), bench.study.model_dump(mode="json"))
        if not all(key.startswith("execution.") for key in changed):
            raise JobError(
                f"{run.root}: another ticketscope gave this run other settings meanwhile; give the "
                "same command again for the tables of these"
            )
        with journalled(run, TABLES):
            writing.write_all(bench)
        with journalled(run, REPORT):
            return build_report(run.root)


@contextmanager
def _readings_of(run: Run) -> Iterator[None]:
    """A sitting keeps what dense networks make of texts, and nothing of it is left for the next: no
    checksum covers it."""
    if is_no_job_at_work(run):
        remove(run.readings)
    try:
        yield
    finally:
        if is_no_job_at_work(run):
            remove(run.readings)


def say_done(bench: "Bench", report: Path, console: Console) -> None:
    """The end of a sitting, and what lacks in what was measured."""
    from ticketscope.steps.work import remarks

    console.print(as_table(overview(bench, at_work=()), title=bench.study.name))
    for line in remarks(bench):
        say(console, line, style="yellow")
    console.print(f"report: {report}", soft_wrap=True)


def prepare_steps(bench: "Bench", console: Console) -> None:
    """Make what steps measure on, and say what they will take, before anything is trained."""
    from ticketscope.steps.work import left_out, preparing_jobs, with_networks

    jobs = preparing_jobs(bench)
    for job in jobs:
        say(console, f"{clock()} preparing: {job.name}", style="dim")
    do_jobs(bench.run, bench.study, jobs)
    for line in left_out(bench):
        say(console, line)
    for step in with_networks(bench):
        for line in step.announce(step.bench(bench)):
            say(console, line)


def corpus_job(run: Run, experiment: Experiment, *, quiet: bool) -> Job:
    """A job of its own, since stopping a job means killing it: training a vocabulary does not
    listen to signals."""
    return Job(CORPUS, None, prepare_corpus, (run.root, experiment, quiet), tells=True)


def prepare_corpus(root: Path, experiment: Experiment, quiet: bool) -> bool:
    """Read, clean and encode the corpus, telling standard output how far it is unless `quiet`;
    returns whether that was done now, and not only checked."""
    from ticketscope.corpus.prepare import prepare
    from ticketscope.lottery.origins import given_tokenizer

    def tell(text: str) -> None:
        if not quiet:
            print(clock(), printable(text), flush=True)

    run = Run(root)
    is_new = not run.is_encoded
    if is_new:
        work_begins()
    given = given_tokenizer(experiment) if is_new else None
    prepare(experiment, run.corpus, tell, given, _threads_of_corpus(experiment))
    return is_new


def _threads_of_corpus(experiment: Experiment) -> int:
    """What the job asks for; on this machine all that there is, since nothing works beside it."""
    execution = experiment.execution
    if cores := execution.asked(CORPUS).cores:
        return cores
    return num_cores(experiment) if execution.is_here else experiment.threads


def describe(experiment: Experiment, of_claims: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What config.json holds of a lottery; `of_claims`: what was registered of the claims when the
    first level was trained."""
    return described(experiment, training_identity(experiment), of_claims)


def described(
    study: Study, identity: Mapping[str, Any], of_claims: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What config.json holds.

    identity: what a run directory is for; it is refused for another one.
    of_claims: what was registered of the claims before there were figures.
    """
    return {
        "schema": SCHEMA_VERSION,
        "ticketscope": metadata.version("ticketscope"),
        "training_digest": digest(identity),
        "training_identity": dict(identity),
        "config": study.model_dump(mode="json"),
        "registered": None if of_claims is None else dict(of_claims),
        **machine.description(),
    }


def another_machine(run: Run) -> str:
    """What to tell whoever goes on with a run on another machine than it was begun on; or ""."""
    if not is_there(run.config):
        return ""
    changes = machine.changes(read_sealed(run.config, MEND_CONFIG), machine.description())
    if not changes:
        return ""
    return (
        f"{run.root}: earlier sittings computed with {', '.join(changes)}; figures of this "
        "sitting may differ in the last digits"
    )


def known_dense_updates(experiment: Experiment, out: Path) -> int | None:
    """Updates of a dense model, where they are given or the run's corpus is encoded already."""
    from ticketscope.corpus.encoded import EncodedCorpus
    from ticketscope.lottery.course import dense_updates

    run = Run(out)
    if experiment.training.updates:
        return experiment.training.updates
    if not run.is_encoded:
        return None
    return dense_updates(experiment, EncodedCorpus(run.corpus))


# ----------------------------------------------------------------------------- jobs


def _verify(bench: "Bench", console: Console) -> None:
    """Check the checksums of all that earlier sittings finished."""
    folders = [bench.run.level(label) for label in bench.panel.labels]
    done = [folder for folder in folders if folder.is_done()]
    if done:
        say(
            console,
            f"{clock()} {len(done)} of {len(folders)} levels are there already, "
            f"{len(folders) - len(done)} to do; checking those that are there",
            style="dim",
        )
    for folder in done:
        folder.verify()
        read_whole_log(folder.log, folder.facts()["num_updates"], folder.mend)


def jobs_of(bench: "Bench") -> list[Job]:
    """All trainings, each after those of what it is made from, and all that is measured."""
    from ticketscope.steps.work import measuring_jobs

    study = bench.study
    trainings = training_jobs(bench.run.root, study) if isinstance(study, Experiment) else []
    return [*trainings, *measuring_jobs(bench, trainings)]


def training_jobs(root: Path, experiment: Experiment) -> list[Job]:
    """One per level of each arm and replicate, after those of the levels that it is made from."""
    from ticketscope.lottery.levels import make_level

    jobs = []
    for level in planned_levels(experiment.lottery):
        needs = frozenset(name_of(TRAIN, source) for source in sources(level))
        jobs.append(Job(TRAIN, level, make_level, (root, level, experiment), needs, tells=True))
    return jobs


def executor_of(run: Run, study: Study) -> Executor:
    """Who does the jobs of a study."""
    return EXECUTORS[study.execution.executor](run.root, study)


def _nothing(_status: Status) -> None:
    pass


def do_jobs(
    run: Run, study: Study, jobs: list[Job], watch: Callable[[Status], None] = _nothing
) -> None:
    """Have the executor of a study do all jobs."""
    executor = executor_of(run, study)
    executor.run([replace(job, resources=resources_of(study, job.stage)) for job in jobs], watch)
