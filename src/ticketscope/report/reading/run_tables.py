"""What the report reads from a run directory: config.json, tables/*.csv, views/*.json.

Everything is checked here, so that nothing past this module meets a missing column, a text where a
number belongs or a dict of unknown shape. What a run has not measured is `NotMeasured` with the
reason: a section without figures, never a crash. What is there and wrong is an `InputError`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from ticketscope import config
from ticketscope.annotation.tasks import TASKS
from ticketscope.arms import known_arms
from ticketscope.arms.dense import DENSE_MODEL
from ticketscope.arms.dense_continued import DENSE_CONTINUED
from ticketscope.claims import CLAIMS
from ticketscope.claims.statistics import Verdict
from ticketscope.errors import InputError
from ticketscope.report.reading.run_files import SENTENCES, contents, listed_files
from ticketscope.report.reading.unedited import check_unedited
from ticketscope.report.reading.views import (
    AttentionViewData,
    BehaviourView,
    CorpusView,
    Identity,
    ProbingView,
    RepresentationsView,
    TrainingView,
)

DENSE, CONTROL = DENSE_MODEL.name, DENSE_CONTINUED.name
SPARSITIES = ("sparsity_prunable", "sparsity_total", "sparsity_non_embedding")
"""The share of zeros over prunable, all, and all but embedding weights."""


@dataclass(frozen=True)
class Column:
    """How the cells of a column are read. An optional cell may be empty: it does not apply."""

    kind: Literal["text", "whole", "number"]
    optional: bool = False


TEXT, WHOLE, NUMBER = Column("text"), Column("whole"), Column("number")
MAYBE_TEXT, MAYBE_WHOLE, MAYBE_NUMBER = (
    Column("text", optional=True),
    Column("whole", optional=True),
    Column("number", optional=True),
)
_TICKET = {"arm": TEXT, "replicate": WHOLE, "level": WHOLE} | dict.fromkeys(SPARSITIES, NUMBER)
# The network compared with; empty in a row that compares with none.
_OTHER = {"other_arm": MAYBE_TEXT, "other_replicate": MAYBE_WHOLE, "other_level": MAYBE_WHOLE}
_CONTROL_DIFFERENCE = tuple(f"difference_control{end}" for end in ("", "_lower", "_upper"))
_DENSE_DIFFERENCE = tuple(f"difference_dense{end}" for end in ("", "_lower", "_upper"))

TABLES: dict[str, dict[str, Column]] = {
    "quality": _TICKET
    | {"test_set": TEXT, "metric": TEXT, "value": NUMBER}
    | {"lower": MAYBE_NUMBER, "upper": MAYBE_NUMBER, "signature": MAYBE_TEXT}
    | dict.fromkeys((*_DENSE_DIFFERENCE, "p_dense"), MAYBE_NUMBER)
    | dict.fromkeys((*_CONTROL_DIFFERENCE, "p_control"), MAYBE_NUMBER),
    "sparsity": _TICKET
    | {"module": TEXT, "layer": MAYBE_WHOLE, "block": MAYBE_TEXT, "projection": MAYBE_TEXT}
    | {"kind": TEXT, "head": MAYBE_WHOLE}
    | {"num_pruned": WHOLE, "num_weights": WHOLE, "sparsity": NUMBER},
    "similarity": _TICKET
    | {"module": TEXT, "layer": WHOLE}
    | _OTHER
    | {"other_layer": MAYBE_WHOLE, "measure": TEXT, "value": NUMBER}
    | {"lower": MAYBE_NUMBER, "upper": MAYBE_NUMBER}
    | dict.fromkeys(_CONTROL_DIFFERENCE, MAYBE_NUMBER)
    | {"floor": MAYBE_NUMBER, "num_words": WHOLE},
    "neurons": _TICKET
    | {"module": TEXT, "layer": WHOLE}
    | _OTHER
    | {"other_layer": MAYBE_WHOLE, "num_matched": WHOLE, "num_neurons": WHOLE},
    "complexity": _TICKET
    | {"module": TEXT, "layer": WHOLE, "measure": TEXT, "value": NUMBER}
    | {"lower": MAYBE_NUMBER, "upper": MAYBE_NUMBER},
    "attention": _TICKET
    | {"kind": TEXT, "layer": MAYBE_WHOLE, "head": MAYBE_WHOLE}
    | _OTHER
    | {"other_layer": MAYBE_WHOLE, "measure": TEXT, "value": NUMBER}
    | {"lower": MAYBE_NUMBER, "upper": MAYBE_NUMBER}
    | dict.fromkeys(_CONTROL_DIFFERENCE, MAYBE_NUMBER)
    | {"role": MAYBE_TEXT, "num_rows": MAYBE_WHOLE},
    "behaviour": _TICKET
    | {"bucket_kind": TEXT, "bucket": MAYBE_TEXT, "test_set": TEXT, "metric": TEXT}
    | dict.fromkeys(("value", "lower", "upper"), MAYBE_NUMBER)
    | dict.fromkeys((*_DENSE_DIFFERENCE, *_CONTROL_DIFFERENCE), MAYBE_NUMBER)
    | {"num_sentences": WHOLE},
    "weights": _TICKET
    | {"module": MAYBE_TEXT, "layer": MAYBE_WHOLE, "block": MAYBE_TEXT, "projection": MAYBE_TEXT}
    | {"head": MAYBE_WHOLE}
    | _OTHER
    | {"measure": TEXT, "value": NUMBER},
    "probes": _TICKET
    | {"task": MAYBE_TEXT, "group": TEXT, "layer": MAYBE_WHOLE, "probe": TEXT}
    | {"seed": MAYBE_WHOLE, "split": TEXT, "metric": TEXT, "value": NUMBER}
    | {"lower": MAYBE_NUMBER, "upper": MAYBE_NUMBER}
    | dict.fromkeys((*_DENSE_DIFFERENCE, "p_dense"), MAYBE_NUMBER)
    | dict.fromkeys((*_CONTROL_DIFFERENCE, "p_control"), MAYBE_NUMBER)
    | dict.fromkeys(("p_below_control_holm", "majority", "majority_by_word"), MAYBE_NUMBER)
    | {"random_encoder": MAYBE_NUMBER, "selectivity": MAYBE_NUMBER}
    | {"num_train": MAYBE_WHOLE, "num_test": MAYBE_WHOLE},
    "speed": _TICKET
    | {"engine": TEXT, "threads": WHOLE, "batch": WHOLE, "tokens_per_second": NUMBER}
    | {"bytes": WHOLE, "against_dense": MAYBE_NUMBER},
    "claims": {"claim": TEXT, "statistic": TEXT}
    | dict.fromkeys(("value", "lower", "upper", "detectable"), MAYBE_NUMBER)
    | {"num_replicates": WHOLE, "verdict": TEXT, "reason": MAYBE_TEXT, "sentence": MAYBE_TEXT},
    "claims_by_level": {"level": WHOLE, "sparsity_prunable": NUMBER, "claim": TEXT}
    | {"statistic": TEXT, "value": NUMBER}
    | dict.fromkeys(("lower", "upper", "detectable"), MAYBE_NUMBER)
    | {"num_replicates": WHOLE},
}
"""The tables that the report draws, and their columns; a table may have more, which are left."""

_NAMES: Mapping[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "arm": ("an arm", known_arms),
    "task": ("a task", lambda: ("", *TASKS)),
    "claim": ("a claim", lambda: CLAIMS),
    "verdict": ("a verdict", lambda: get_args(Verdict)),
}
"""Columns of names that ticketscope knows, and those names."""


@dataclass(frozen=True)
class NotMeasured:
    """A table or view that the run does not have."""

    reason: str


@dataclass(frozen=True)
class RunTables:
    """All that a report is made from."""

    identity: Identity
    experiment: config.Experiment
    quality: pd.DataFrame | NotMeasured
    sparsity: pd.DataFrame | NotMeasured
    similarity: pd.DataFrame | NotMeasured
    neurons: pd.DataFrame | NotMeasured
    complexity: pd.DataFrame | NotMeasured
    attention: pd.DataFrame | NotMeasured
    behaviour: pd.DataFrame | NotMeasured
    weights: pd.DataFrame | NotMeasured
    probes: pd.DataFrame | NotMeasured
    speed: pd.DataFrame | NotMeasured
    claims: pd.DataFrame | NotMeasured
    claims_by_level: pd.DataFrame | NotMeasured
    corpus: CorpusView | NotMeasured
    training: tuple[TrainingView, ...] | NotMeasured
    representations: RepresentationsView | NotMeasured
    attention_view: AttentionViewData | NotMeasured
    behaviour_view: BehaviourView | NotMeasured
    probing: ProbingView | NotMeasured
    files: tuple[str, ...]
    """Every table and view of the run, as paths relative to it."""
    contents: Mapping[str, bytes] = field(repr=False)
    """Those of them that are tables behind figures and claims, as they lie on disk, and the table
    of sentences, unpacked, where it is small enough for a page."""


def read_run(run: Path, *, edited: bool = False) -> RunTables:
    """Read and check a run directory, of which the tables and views may have been `edited`.

    Raises `InputError` when it is none, or a file in it is not what ticketscope writes, and
    `DamagedError` for one that is not as it was written.
    """
    check_unedited(run, edited=edited)
    identity = _view(run, "config.json", TypeAdapter(Identity))
    if isinstance(identity, NotMeasured):
        raise InputError(f"{run}: no config.json here; give the directory of a ticketscope run")
    files = listed_files(run)
    enclosed = {*(f"tables/{name}.csv" for name in TABLES), SENTENCES}
    return RunTables(
        identity=identity,
        experiment=config.from_mapping(identity.config, where=f"{run / 'config.json'}: config"),
        quality=read_table(run, "quality"),
        sparsity=read_table(run, "sparsity"),
        similarity=read_table(run, "similarity"),
        neurons=read_table(run, "neurons"),
        complexity=read_table(run, "complexity"),
        attention=read_table(run, "attention"),
        behaviour=read_table(run, "behaviour"),
        weights=read_table(run, "weights"),
        probes=read_table(run, "probes"),
        speed=read_table(run, "speed"),
        claims=read_table(run, "claims"),
        claims_by_level=read_table(run, "claims_by_level"),
        corpus=_view(run, "views/corpus.json", TypeAdapter(CorpusView)),
        training=_view(run, "views/training.json", TypeAdapter(tuple[TrainingView, ...])),
        representations=_view(run, "views/representations.json", TypeAdapter(RepresentationsView)),
        attention_view=_view(run, "views/attention.json", TypeAdapter(AttentionViewData)),
        behaviour_view=_view(run, "views/behaviour.json", TypeAdapter(BehaviourView)),
        probing=_view(run, "views/probing.json", TypeAdapter(ProbingView)),
        files=files,
        contents=contents(run, [name for name in files if name in enclosed]),
    )


def read_table(run: Path, name: str) -> pd.DataFrame | NotMeasured:
    """Read tables/NAME.csv with the column types of `TABLES`.

    Text stays as written ("NA" and "null" are names like others); an empty cell is "" in a text
    column and missing in a number column (`Int64` where numbers are whole and may be missing).
    Arms, tasks, claims and verdicts are those that ticketscope knows.

    Raises `InputError`, naming file, line and column, for a column that lacks or a cell that is
    not what it should be.
    """
    path = run / "tables" / f"{name}.csv"
    try:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False)
    except FileNotFoundError:
        return NotMeasured(f"tables/{name}.csv is not there: the run has not come to it yet.")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a CSV table ({error}); {_MEND}") from None
    lacking = [column for column in TABLES[name] if column not in cells]
    if lacking:
        raise InputError(f"{path}: no column {', '.join(lacking)}; {_MEND}")
    if cells.empty:
        return NotMeasured(f"tables/{name}.csv has no rows: nothing was measured.")
    for column, (needed, names) in _NAMES.items():
        if column in TABLES[name]:
            _refuse(path, cells[column], ~cells[column].isin(list(names())), needed)
    return pd.DataFrame(
        {key: _typed(cells[key], column, path) for key, column in TABLES[name].items()}
    )


_MEND = "delete it and run ticketscope run again to have it written anew"


def _typed(cells: "pd.Series[str]", column: Column, path: Path) -> "pd.Series[Any]":
    """Cells as the column's type; `InputError` for the first that is not."""
    empty = cells == ""
    if column.kind == "text":
        wrong = empty & (not column.optional)
        values: pd.Series[Any] = cells
    else:
        values = pd.to_numeric(cells.mask(empty), errors="coerce").astype(float)
        wrong = ~(values.abs() < np.inf) & ~(empty & column.optional)
        if column.kind == "whole":
            wrong |= (values % 1 != 0) & ~empty
    needed = {"text": "text", "whole": "a whole number", "number": "a number"}[column.kind]
    _refuse(path, cells, wrong, needed)
    if column.kind == "whole":
        return values.astype("Int64" if column.optional else "int64")
    return values


def _refuse(path: Path, cells: "pd.Series[str]", wrong: "pd.Series[bool]", needed: str) -> None:
    """Name the first wrong cell. A row is a line: ticketscope writes no line breaks in cells."""
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        found = json.dumps(cells.iloc[row]) if cells.iloc[row] else "an empty cell"
        where = f"{path}:{row + 2}: column {cells.name}"
        raise InputError(f"{where}: {found} where {needed} belongs; {_MEND}")


_T = TypeVar("_T")


def _view(run: Path, name: str, adapter: TypeAdapter[_T]) -> _T | NotMeasured:
    path = run / name
    try:
        return adapter.validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return NotMeasured(f"{name} is not there: the run has not come to it yet.")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        message = f"{first['msg'].lower()}, not {json.dumps(first['input'], default=str)[:80]}"
        mend = "it is not what ticketscope writes" if name == "config.json" else _MEND
        raise InputError(f"{path}: {place}: {message}; {mend}") from None
