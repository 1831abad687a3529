"""A gate on a run: its tables, which must be whole and of its settings, and the rules."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ticketscope.claims import last_held, studied_arms
from ticketscope.errors import InputError
from ticketscope.gate.judging import judge
from ticketscope.gate.material import Material
from ticketscope.gate.rules import GateRules
from ticketscope.gate.rules_file import Places, read_rules
from ticketscope.gate.suggested_rules import suggestion
from ticketscope.gate.verdict import GateOutcome
from ticketscope.report.reading.unedited import AGAIN, check_unedited
from ticketscope.runs.seals import DamagedError
from ticketscope.steps import all_tables
from ticketscope.study.staleness import are_stale
from ticketscope.tables.table import NotMeasured, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import read_view
from ticketscope.tables.views import CORPUS_VIEW

if TYPE_CHECKING:
    import pandas as pd

    from ticketscope.study.opened_run import OpenedRun


def gate(run: "OpenedRun", rules: GateRules | Path | str) -> GateOutcome:
    """Judge the networks of a run by rules, or by the rules of a file.

    Raises `InputError` for wrong rules, for a figure that was not measured, and for tables that
    are missing, altered or of earlier settings.
    """
    asked, places = (rules, Places()) if isinstance(rules, GateRules) else read_rules(Path(rules))
    return judge(asked, material_of(run), places)


def suggest(run: "OpenedRun") -> str:
    """The text of a file of rules to begin with. Raises `InputError` as `gate` does."""
    level, why = _level(run)
    return suggestion(material_of(run), str(run.files.root), level, why)


def material_of(run: "OpenedRun") -> Material:
    """What a gate judges of a run. Raises `InputError` for tables that no gate should trust."""
    root, study = run.files.root, run.study
    try:
        check_unedited(root, edited=False, mend=AGAIN)
        if run.files.checksums.is_file() and are_stale(run.files):
            raise InputError(
                f"{run.files.checksums}: the tables are of earlier settings than config.json has; "
                "let the command of this run finish"
            )
    except DamagedError as error:
        # Code 1 is for a rule that fails: here nothing can be judged.
        raise InputError(str(error)) from None
    corpus = read_view(root, CORPUS_VIEW)
    splits = {} if isinstance(corpus, NotMeasured) else corpus.splits
    return Material(
        cast=study.cast,
        num_replicates=1 if study.cast.is_given else study.replicates,
        schema={table.name: table for table in all_tables()},
        read=_reader(run),
        in_domain=study.in_domain,
        num_sentences={name: split.kept for name, split in splits.items()},
    )


def _reader(run: "OpenedRun") -> "Callable[[Table], pd.DataFrame | NotMeasured]":
    """Reads each table once."""
    by_name = {table.name: table for table in all_tables()}

    @cache
    def read(name: str) -> "pd.DataFrame | NotMeasured":
        return read_table(run.files.root, by_name[name], run.study.cast)

    return lambda table: read(table.name)


def _level(run: "OpenedRun") -> tuple[int | None, str]:
    """The level of a lottery that is likeliest to be used, the last at which quality holds or else
    the last of all, and why it is this one."""
    from ticketscope.study.writing import claim_tables

    cast = run.study.cast
    first = [each for each in studied_arms(cast) if each.arm == cast.first_name]
    if cast.is_given or not first:
        return None, ""
    last = last_held(claim_tables(run.files, run.study), first[0])
    return last.level, last.note
