"""How far a sitting is while it works: what is done, what is at work, about how long is left.

A terminal gets a live table. Elsewhere there is one line per finished job, and one now and then
while no job ends, so that a log file stays short and plain.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from rich.console import Console
from rich.live import Live

from ticketscope.console.terminal import FittingTable, clock, roughly, say
from ticketscope.errors import InputError, JobError
from ticketscope.runs.executors import num_workers
from ticketscope.runs.jobs import Job, Status
from ticketscope.runs.journal import Entry, read_journal, seconds_by_job
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.study.overview import LevelState, as_table, overview
from ticketscope.system_errors import may_pass

_SILENCE: Final = 60.0
"""Seconds after which something is said though no job has ended."""
_LINES_AROUND_A_TABLE: Final = 6


@dataclass(frozen=True)
class Sitting:
    """The jobs of a sitting, and what is known of how long they take.

    Args:
        bench: the run directory, its settings and networks.
        jobs: all of them.
        updates: how many updates each level will train.
    """

    bench: Bench
    jobs: tuple[Job, ...]
    updates: Mapping[LevelId, int]

    def left(self, status: Status, states: list[LevelState]) -> str:
        """About how long the jobs that are not finished will take.

        A training takes as long per update as it did so far, or as the others did; another job as
        long as those of its stage did on average, in this sitting and those before.
        """
        waiting = [job for job in self.jobs if job not in status.finished]
        if not waiting:
            return "nothing left"
        usual = _mean_seconds(read_journal(self.bench.run)[0])
        at_once = self._at_once(status)
        seconds, unknown = 0.0, []
        for stage, number in Counter(job.stage for job in waiting).items():
            if stage == TRAIN and (took := self._training(waiting, states, at_once)) is not None:
                seconds += took
            elif stage != TRAIN and stage in usual:
                seconds += number * usual[stage] / at_once
            else:
                unknown.append(stage)
        if not seconds:
            return "time left not known yet"
        but = f" ({', '.join(unknown)} not counted)" if unknown else ""
        return f"about {roughly(seconds)} left{but}"

    def _at_once(self, status: Status) -> int:
        """How many jobs work side by side: while some wait in the queue of a cluster, no more than
        it has at work now."""
        if status.num_queued:
            return max(1, len(status.running))
        return num_workers(self.bench.study)

    def _training(self, waiting: list[Job], states: list[LevelState], at_once: int) -> float | None:
        """Seconds of the trainings among the jobs; None where none was ever timed."""
        rates = [state.seconds_per_update for state in states if state.seconds_per_update]
        if not rates:
            return None
        usual = sum(rates) / len(rates)
        study, panel = self.bench.study, self.bench.panel
        num_arms = len({label.arm for label in panel.references})
        untrained = {job.network for job in waiting if job.stage == TRAIN}
        seconds = 0.0
        for state in states:
            if state.level in untrained:
                # The levels of an arm wait for each other, and arms for their dense model.
                chains = study.replicates * (1 if state.level in panel.dense else num_arms)
                num_left = max(0, self.updates[state.level] - state.update)
                seconds += num_left * (state.seconds_per_update or usual) / min(at_once, chains)
        return seconds


def _mean_seconds(entries: Iterable[Entry]) -> dict[str, float]:
    """Of a job of each stage, all sittings together."""
    by_stage: dict[str, list[Entry]] = {}
    for entry in entries:
        by_stage.setdefault(entry.stage, []).append(entry)
    return {stage: fmean(seconds_by_job(noted).values()) for stage, noted in by_stage.items()}


@contextmanager
def shown(sitting: Sitting, console: Console) -> Iterator[Callable[[Status], None]]:
    """Gives a function to call with every status; at the end it says what this sitting did."""
    last = Status((), (), len(sitting.jobs))

    def keeping(show: Callable[[Status], None]) -> Callable[[Status], None]:
        def watch(status: Status) -> None:
            nonlocal last
            for failure in status.failed[len(last.failed) :]:
                named = f"{failure.job.name}: "
                why = failure.text.removeprefix(named).rstrip().rpartition("\n")[2]
                say(console, f"{clock()} failed: {named}{why}", style="red")
            last = status
            try:
                show(status)
            except OSError as error:  # the next look shows it
                if not may_pass(error):
                    raise

        return watch

    try:
        if console.is_terminal and not console.is_dumb_terminal:
            with Live(console=console, auto_refresh=False, transient=True) as live:
                yield keeping(
                    lambda status: live.update(
                        _table(sitting, status, console.height), refresh=True
                    )
                )
        else:
            workers = num_workers(sitting.bench.study)
            say(console, f"{clock()} {len(sitting.jobs)} jobs, {workers} at a time")
            yield keeping(PlainLines(sitting, console).show)
    except (InputError, JobError):
        _say_what_was_done(last, console)
        raise
    _say_what_was_done(last, console)


def _say_what_was_done(last: Status, console: Console) -> None:
    num_done = len(last.finished) - len(last.there)
    were_there = f", there already: {len(last.there)} of {last.num_jobs}" if last.there else ""
    failed = f", failed: {len(last.failed)}" if last.failed else ""
    num_left = last.num_jobs - len(last.finished) - len(last.failed)
    left = f", left: {num_left}" if num_left else ""
    say(console, f"{clock()} jobs done in this sitting: {num_done}{were_there}{failed}{left}")


def _table(sitting: Sitting, status: Status, height: int) -> FittingTable:
    states = overview(sitting.bench, _names(status.running))
    title = (
        f"{sitting.bench.study.name}: {len(status.finished)} of {status.num_jobs} jobs done, "
        f"{_queue(status)}{sitting.left(status, states)}"
    )
    if len(states) > height - _LINES_AROUND_A_TABLE:
        states = [state for state in states if state.state in ("training", "measuring")]
    return as_table(states, title)


def _queue(status: Status) -> str:
    return f"{status.num_queued} in the queue, " if status.num_queued else ""


def _names(jobs: Iterable[Job]) -> list[str]:
    return [job.name for job in jobs]


class PlainLines:
    """Prints each job when it is done, and now and then what is at work."""

    def __init__(
        self, sitting: Sitting, console: Console, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._sitting, self._console, self._now = sitting, console, now
        self._num_seen = 0
        self._said_at = now()

    def show(self, status: Status) -> None:
        """To be called often."""
        new = [
            (number, job.name)
            for number, job in enumerate(status.finished, start=1)
            if number > self._num_seen and job not in status.there
        ]
        is_silent = self._now() - self._said_at >= _SILENCE
        is_busy = status.running or status.num_queued
        if not new and not (is_busy and is_silent):
            self._num_seen = len(status.finished)
            return
        states = overview(self._sitting.bench, _names(status.running))
        left = self._sitting.left(status, states)
        journal, _ = read_journal(self._sitting.bench.run)
        took = {entry.job: entry.seconds for entry in journal}
        self._num_seen = len(status.finished)
        for number, name in new:
            seconds = f" ({roughly(took[name])})" if took.get(name, 0.0) >= 1 else ""
            self._say(f"{number}/{status.num_jobs} {name}{seconds}; {left}")
        if not new:
            at_work = "; ".join(_at_work(job, states) for job in status.running) or "none"
            self._say(
                f"{self._num_seen}/{status.num_jobs} done; at work: {at_work}; "
                f"{_queue(status)}{left}"
            )

    def _say(self, text: str) -> None:
        self._said_at = self._now()
        say(self._console, f"{clock()} {text}")


def _at_work(job: Job, states: list[LevelState]) -> str:
    """The name of a job; for a training also how far it is."""
    state = next((state for state in states if state.level == job.network), None)
    if job.stage != TRAIN or state is None or not state.num_updates:
        return job.name
    return (
        f"{job.name} ({state.update:,} of {state.num_updates:,} updates, "
        f"{state.tokens_per_second:,.0f} tokens/s, about {roughly(state.seconds_left)} left)"
    )
