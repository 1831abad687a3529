"""A run that gets replicates until its claims are decided: `ticketscope run … --until-decided`.

After how many replicates the verdicts are looked at is registered before the first of them, in the
run's config; each look then has its own, stricter level (`ticketscope.claims.looks`). Nothing else
is kept of where it stands: an interrupted run goes on at the look that its config says.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pandas as pd
from rich.console import Console

from ticketscope.arms.cast import Cast
from ticketscope.claims import CLAIM
from ticketscope.claims.claim import plural
from ticketscope.claims.looks import nominal
from ticketscope.config import Experiment
from ticketscope.console.terminal import Column, FittingTable, clock, roughly, say
from ticketscope.errors import InputError
from ticketscope.lottery.lineage import planned_levels
from ticketscope.runs.costs import ReplicateCost, cost_of_replicates
from ticketscope.runs.executors import num_workers
from ticketscope.runs.store import Run
from ticketscope.study.main_job import known_dense_updates, run_experiment
from ticketscope.study.opened_run import open_run
from ticketscope.study.overview import which_look
from ticketscope.study.plan import plan_sizes, plan_work
from ticketscope.tables.claims import CLAIM_VERDICTS
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.typed import read_table

LOOKS: Final = (3, 5, 8, 12)
"""After how many replicates the verdicts are looked at where nothing else is registered."""
_OPEN: Final = "undecided"
_NOT_MEASURED: Final = "not measured"


def registered(experiment: Experiment, out: Path, most: int | None) -> Experiment:
    """The experiment with its looks, none after more than `most` replicates, at the look to go on
    with: the first, or in a directory that has replicates already the one that they belong to.

    Without `most` a directory keeps the looks that it has, unless the experiment says others, which
    `checks.looks` refuses. Raises `InputError` where there is no look to go on with, and where no
    claim could be decided.
    """
    cast = experiment.cast
    if not any(arm.control in cast for arm in cast.studied):
        raise InputError(
            "--until-decided: no claim can be decided without an arm under study and its control; "
            "add lr_rewinding and dense_continued to lottery.arms"
        )
    stored = open_run(out).study if Run(out).config.is_file() else None
    looks = experiment.claims.looks or LOOKS
    if most is None:
        kept = stored.claims.looks if stored else ()
        if kept and (not experiment.claims.looks or kept == _cut(looks, kept[-1])):
            looks = kept
    elif most > looks[-1]:
        raise InputError(
            f"--max-replicates {most}: the last look is after {looks[-1]} replicates; register "
            f"later ones, such as --set claims.looks={[*looks, most]}"
        )
    else:
        looks = _cut(looks, most)
    begun = stored.replicates if stored else 0
    if begun > looks[-1]:
        raise InputError(
            f"{out}: has {begun} replicates, more than the last look is after ({looks[-1]}); "
            "register later looks in claims.looks"
        )
    claims = experiment.claims.model_copy(update={"looks": looks})
    there = next(look for look in looks if look >= begun)
    return at_look(experiment.model_copy(update={"claims": claims}), there)


def _cut(looks: Iterable[int], most: int) -> tuple[int, ...]:
    """The same looks, but none after more than `most` replicates."""
    return tuple(sorted({min(look, most) for look in looks}))


def at_look(experiment: Experiment, look: int) -> Experiment:
    """The experiment with as many replicates as a look is after."""
    lottery = experiment.lottery.model_copy(update={"replicates": look})
    return experiment.model_copy(update={"lottery": lottery})


def run_until_decided(experiment: Experiment, out: Path, console: Console) -> Path:
    """Do or resume look by look, from the one that `experiment` is at, until every claim on every
    arm under study is decided or the last look is reached; returns the path of the report.

    Raises as `run_experiment` does.
    """
    looks, first = experiment.claims.looks, experiment.lottery.replicates
    for look in (look for look in looks if look >= first):
        at = at_look(experiment, look)
        say(console, f"{clock()} {which_look(at)}; {_cost(at, out)}")
        report = run_experiment(at, out, console)
        verdicts = _verdicts(out, at.cast)
        say(console, f"{clock()} {which_look(at)}, is done")
        for line in _in_words(verdicts):
            say(console, line)
        if verdicts["verdict"].eq(_NOT_MEASURED).all():
            say(console, "no claim can be measured, the report says why: no replicate is added")
            break
        if not verdicts["verdict"].eq(_OPEN).any():
            say(console, "every claim that can be measured is decided: no replicate is added")
            break
        if look == looks[-1]:
            say(console, "that was the last look: what is undecided now stays undecided")
    return report


def print_looks(experiment: Experiment, out: Path, console: Console) -> None:
    """The looks of an experiment for a terminal, and what those to come cost."""
    looks, level = experiment.claims.looks, nominal(experiment.claims.looks).direction
    columns = ("look", "replicates", "networks", "disk, MB", "training")
    dense_updates = known_dense_updates(experiment, out)
    rows = []
    for number, look in enumerate(looks, start=1):
        at = at_look(experiment, look)
        sizes = plan_sizes(at)
        work = plan_work(at, sizes, dense_updates)
        dense_updates = work.dense_updates
        disk = f"{sizes.disk_bytes / 1e6:,.0f}"
        rows.append((str(number), str(look), f"{sizes.num_tickets:,}", disk, roughly(work.seconds)))
    console.print()
    title = "looks, each with all that is before it"
    console.print(FittingTable(tuple(map(Column, columns)), tuple(rows), title=title))
    say(
        console,
        "It stops at the first look at which every claim is decided. Each look has a one-sided "
        f"level of {level:.4f}, so that all together err in 5 % at most.",
    )
    say(console, f"next: {which_look(experiment)}; {_cost(experiment, out)}")


# ----------------------------------------------------------------------------- costs


def _cost(experiment: Experiment, out: Path) -> str:
    """What the replicates of a look that are not complete will take."""
    run = Run(out)
    complete = _complete(run, experiment)
    missing = experiment.lottery.replicates - len(complete)
    if not missing:
        return "all its networks are trained"
    counted = plural(missing, "more replicate" if complete else "replicate")
    each: ReplicateCost | None = cost_of_replicates(run, complete) if complete else None
    if each is None:
        sizes = plan_sizes(experiment)
        work = plan_work(experiment, sizes, known_dense_updates(experiment, out))
        return (
            f"{counted} will take about {roughly(work.seconds)} of training (estimated from this "
            f"machine's speed) and {sizes.disk_bytes / 1e6:,.0f} MB"
        )
    cpu_seconds = missing * each.cpu_seconds
    workers = num_workers(experiment)
    return (
        f"{counted} will take about {cpu_seconds / 60:,.1f} CPU-minutes "
        f"({roughly(cpu_seconds / workers)} with {workers} job(s) at a time) and "
        f"{missing * each.disk_bytes / 1e6:,.1f} MB, as the {len(complete)} before did"
    )


def _complete(run: Run, experiment: Experiment) -> list[int]:
    """The replicates of which every network is trained."""
    missing = {
        level.replicate
        for level in planned_levels(experiment.lottery)
        if not run.level(level).is_done()
    }
    return [each for each in range(experiment.lottery.replicates) if each not in missing]


# ----------------------------------------------------------------------------- verdicts


def _verdicts(out: Path, cast: Cast) -> pd.DataFrame:
    """The rows of the claims on the arms under study."""
    found = read_table(out, CLAIM_VERDICTS, cast)
    assert not isinstance(found, NotMeasured)
    of_studied = found["arm"].isin([arm.name for arm in cast.studied])
    return found[found["statistic"].eq(CLAIM) & of_studied]


def _in_words(verdicts: pd.DataFrame) -> Iterator[str]:
    """One line per arm: the verdict of each claim, and of what is undecided what it needs."""
    for arm, of_arm in verdicts.groupby("arm", sort=False):
        told = []
        for claim, verdict, needed in zip(
            of_arm["claim"], of_arm["verdict"], of_arm["replicates_needed"], strict=True
        ):
            needs = f" (about {needed} replicates would decide)" if needed else ""
            told.append(f"{claim} {verdict}{needs}")
        yield f"{arm}: {'; '.join(told)}"
