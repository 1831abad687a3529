"""A run as a notebook sees it: its settings, tables and networks, once it is done or opened."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ticketscope.config import Experiment, Study, from_stored
from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import require_plain
from ticketscope.runs.store import LevelId, Run

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from ticketscope.corpus.stored_texts import ParallelText
    from ticketscope.gate.rules import GateRules
    from ticketscope.gate.verdict import GateOutcome
    from ticketscope.networks.network import Network
    from ticketscope.networks.panel import Panel


@dataclass(frozen=True, eq=False)
class OpenedRun:
    """A run directory, finished or not. What it holds is read when it is asked for.

    Every table is an attribute, too: `run.quality` is `run.table("quality")`.

    Args:
        files: where everything lies in it.
        experiment: its settings.
        edited_tables: whether tables are taken even if somebody has changed them.
    """

    files: Run
    study: Study = field(repr=False)
    edited_tables: bool = False

    @cached_property
    def panel(self) -> "Panel":
        """All networks that are planned, trained or not, and which is compared with which."""
        from ticketscope.steps.bench import panel_of_study

        return panel_of_study(self.files, self.study)

    @property
    def labels(self) -> list[LevelId]:
        """Every label that a network of it can have, level by level, by replicate and arm. Unlike
        the panel this needs no network library."""
        study = self.study
        return [
            LevelId(replicate, arm, level)
            for level in range(study.last_level + 1)
            for replicate in range(study.replicates)
            for arm in study.cast
        ]

    def network(self, arm: str, *, replicate: int = 0, level: int = 0) -> "Network":
        """A trained network: that of an arm from level 1 on, or the dense one, of level 0.

        Raises `InputError` for one that the run does not have, or does not have yet.
        """
        label = LevelId(replicate, arm, level)
        if label not in self.panel.networks:
            meant = did_you_mean(arm, {label.arm for label in self.panel.labels} - {arm})
            raise InputError(
                f"{self.files.root}: no network {label}; {meant}it has {self._networks_in_words()}"
            )
        if isinstance(self.study, Experiment) and not self.files.level(label).is_done():
            raise InputError(
                f"{self.files.root}: {label} is not trained yet; ticketscope run goes on with it"
            )
        return self.panel[label]

    def table(self, name: str) -> "pd.DataFrame":
        """A table, with the columns that docs/run-directory.md lists.

        Text columns hold text ("" where a cell is empty), columns of whole numbers integers, the
        others floats; a missing number is NaN, or <NA> among integers.

        Raises `InputError` for a table that there is none of, or that was not measured, and
        `JobError` where a table is not as it was written.
        """
        from ticketscope.report.reading.unedited import check_unedited
        from ticketscope.steps import all_tables
        from ticketscope.tables.table import NotMeasured
        from ticketscope.tables.typed import read_table

        known = {table.name: table for table in all_tables()}
        if name not in known:
            raise InputError(
                f"{name}: no such table; {did_you_mean(name, known)}valid: {', '.join(known)}"
            )
        check_unedited(self.files.root, edited=self.edited_tables)
        found = read_table(self.files.root, known[name], self.study.cast)
        if isinstance(found, NotMeasured):
            raise InputError(
                f"{self.files.root}: {found.reason.rstrip('.')}; give the command of this run "
                "again: it measures what the settings ask for"
            )
        return found

    def held_out(self, name: str) -> "ParallelText":
        """The raw sentences, `source` and `target`, of a test set or of "validation".

        Raises `InputError` for a name that is neither, and `JobError` where there is no corpus yet.
        """
        from ticketscope.corpus.stored_texts import StoredTexts

        corpus = StoredTexts(self.files.corpus)
        known = corpus.names
        if name not in known:
            raise InputError(
                f"{name}: no held-out set of {self.files.root}; {did_you_mean(name, known)}"
                f"valid: {', '.join(known)}"
            )
        return corpus.text(name)

    def gate(self, rules: "GateRules | Path | str") -> "GateOutcome":
        """Judge its networks by rules, or by a TOML file of rules (docs/gate.md).

        Raises `InputError` for wrong rules, for a figure that was not measured, and where tables
        are missing, not as they were written, or of earlier settings.
        """
        from ticketscope.study.gating import gate

        return gate(self, rules)

    def suggested_rules(self) -> str:
        """The text of a TOML file of rules to begin with, whose bounds come from this run.

        Raises `InputError` as `gate` does.
        """
        from ticketscope.study.gating import suggest

        return suggest(self)

    def __getattr__(self, name: str) -> "pd.DataFrame":
        if name not in _table_names():
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.table(name)

    def __dir__(self) -> Iterable[str]:
        return (*super().__dir__(), *_table_names())

    def _networks_in_words(self) -> str:
        """Which levels each arm has, and which replicates there are."""
        labels = sorted(self.panel.labels, key=lambda label: label.arm)
        levels = {
            arm: sorted({label.level for label in of_arm})
            for arm, of_arm in groupby(labels, key=lambda label: label.arm)
        }
        arms = dict.fromkeys(label.arm for label in self.panel.labels)
        of_arms = (f"{arm} ({_span('level', levels[arm])})" for arm in arms)
        replicates = sorted({label.replicate for label in self.panel.labels})
        return f"{', '.join(of_arms)}; {_span('replicate', replicates)}"


def open_run(path: Path | str, *, edited_tables: bool = False) -> OpenedRun:
    """Open a run directory that exists.

    Args:
        path: the directory.
        edited_tables: take tables even if somebody has changed them since ticketscope wrote them.

    Raises `InputError` where there is no run, and `JobError` where its config is damaged.
    """
    run = Run(Path(path))
    if not run.config.is_file():
        raise InputError(f"{path}: no config.json here; give the directory of a ticketscope run")
    require_plain(run.root)
    experiment = from_stored(run.stored("config"), where=str(run.config))
    return OpenedRun(run, experiment, edited_tables)


def run(experiment: Experiment, out: Path | str, *, console: "Console | None" = None) -> OpenedRun:
    """Do or resume a whole experiment, from parallel text to the report; then open it.

    The work is done in processes of their own: in a script, call it below
    ``if __name__ == "__main__":``.

    Args:
        experiment: its settings, such as `ticketscope.recipe` gives.
        out: the run directory, there or not.
        console: where to say how far it is; None: nothing is said.

    Raises `InputError` for whatever `ticketscope run` refuses, before anything is made, and
    `JobError` when the job cannot be finished.
    """
    from rich.console import Console

    from ticketscope.study.main_job import run_experiment

    run_experiment(experiment, Path(out), console or Console(quiet=True, file=StringIO()))
    return open_run(out)


def _table_names() -> tuple[str, ...]:
    from ticketscope.steps import all_tables

    return tuple(table.name for table in all_tables())


def _span(noun: str, numbers: list[int]) -> str:
    """The first and the last of numbers without gaps: "level 0", "levels 1 to 3"."""
    first, last = numbers[0], numbers[-1]
    return f"{noun} {first}" if first == last else f"{noun}s {first} to {last}"
