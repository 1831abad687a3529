"""What the report reads from a run directory: config.json, tables/*.csv, views/*.json.

Everything is checked here, so that nothing past this module meets a missing column, a text where a
number belongs or a dict of unknown shape. What a run has not measured is `NotMeasured` with the
reason: a section without figures, never a crash. What is there and wrong is an `InputError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from pydantic import TypeAdapter

from ticketscope import config
from ticketscope.arms.dense import DENSE_MODEL
from ticketscope.arms.dense_continued import DENSE_CONTINUED
from ticketscope.errors import InputError
from ticketscope.report.reading.identity import Identity
from ticketscope.report.reading.run_files import contents, listed_files
from ticketscope.report.reading.unedited import check_unedited
from ticketscope.steps import all_tables
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.probes import PROBES
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.representations import COMPLEXITY, NEURONS, SIMILARITY
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import checked_json, read_view
from ticketscope.tables.views import (
    ATTENTION_VIEW,
    BEHAVIOUR_VIEW,
    CORPUS_VIEW,
    PROBING_VIEW,
    REPRESENTATIONS_VIEW,
    TRAINING_VIEW,
    AttentionViewData,
    BehaviourView,
    CorpusView,
    ProbingView,
    RepresentationsView,
    TrainingView,
)
from ticketscope.tables.weights import SPARSITY, WEIGHTS

DENSE, CONTROL = DENSE_MODEL.name, DENSE_CONTINUED.name


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
    identity = _identity(run / "config.json")
    files = listed_files(run)
    enclosed = {table.file for table in all_tables()}
    return RunTables(
        identity=identity,
        experiment=config.from_mapping(identity.config, where=f"{run / 'config.json'}: config"),
        quality=read_table(run, QUALITY),
        sparsity=read_table(run, SPARSITY),
        similarity=read_table(run, SIMILARITY),
        neurons=read_table(run, NEURONS),
        complexity=read_table(run, COMPLEXITY),
        attention=read_table(run, ATTENTION),
        behaviour=read_table(run, BEHAVIOUR),
        weights=read_table(run, WEIGHTS),
        probes=read_table(run, PROBES),
        speed=read_table(run, SPEED),
        claims=read_table(run, CLAIM_VERDICTS),
        claims_by_level=read_table(run, CLAIMS_BY_LEVEL),
        corpus=read_view(run, CORPUS_VIEW),
        training=read_view(run, TRAINING_VIEW),
        representations=read_view(run, REPRESENTATIONS_VIEW),
        attention_view=read_view(run, ATTENTION_VIEW),
        behaviour_view=read_view(run, BEHAVIOUR_VIEW),
        probing=read_view(run, PROBING_VIEW),
        files=files,
        contents=contents(run, [name for name in files if name in enclosed]),
    )


def _identity(path: Path) -> Identity:
    try:
        return checked_json(path, TypeAdapter(Identity), "it is not what ticketscope writes")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"{path.parent}: no config.json here; give the directory of a ticketscope run"
        ) from None
