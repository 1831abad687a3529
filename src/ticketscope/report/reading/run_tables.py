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
from ticketscope.arms.cast import Cast
from ticketscope.errors import InputError
from ticketscope.report.reading.identity import Identity
from ticketscope.report.reading.run_files import contents, listed_files
from ticketscope.report.reading.translated import Translated, read_translated
from ticketscope.report.reading.unedited import check_unedited
from ticketscope.steps import all_tables
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.probes import PROBES
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.representations import COMPLEXITY, NEURONS, SIMILARITY, STRONGEST_NEURONS
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import checked_json, read_view
from ticketscope.tables.views import (
    ATTENTION_VIEW,
    BEHAVIOUR_VIEW,
    CORPUS_VIEW,
    DAMAGE_VIEW,
    PROBING_VIEW,
    QUALITY_VIEW,
    REPRESENTATIONS_VIEW,
    TRAINING_VIEW,
    WORD_CLASSES_VIEW,
    AttentionViewData,
    BehaviourView,
    CorpusView,
    DamageView,
    ProbingView,
    QualityView,
    RepresentationsView,
    TrainingView,
    WordClassesView,
)
from ticketscope.tables.weights import SPARSITY, WEIGHTS
from ticketscope.tables.word_classes import WORD_CLASSES

ReadTable = pd.DataFrame | NotMeasured


@dataclass(frozen=True)
class RunTables:
    """All that a report is made from."""

    identity: Identity
    study: config.Study
    tables: Mapping[str, ReadTable]
    """By name all tables that a run may have, but packed ones, of which the page draws nothing."""
    corpus: CorpusView | NotMeasured
    training: tuple[TrainingView, ...] | NotMeasured
    representations: RepresentationsView | NotMeasured
    word_classes_view: WordClassesView | NotMeasured
    attention_view: AttentionViewData | NotMeasured
    quality_view: QualityView | NotMeasured
    behaviour_view: BehaviourView | NotMeasured
    damage_view: DamageView | NotMeasured
    probing: ProbingView | NotMeasured
    translated: Translated | NotMeasured
    files: tuple[str, ...]
    """Every table and view of the run, as paths relative to it."""
    contents: Mapping[str, bytes] = field(repr=False)
    """Those of them that are tables, as they lie on disk; a packed one unpacked, where it is small
    enough for a page."""

    @property
    def experiment(self) -> config.Experiment:
        """The study of a lottery, for what only lotteries have."""
        assert isinstance(self.study, config.Experiment), "no lottery: a section of its own is due"
        return self.study

    @property
    def cast(self) -> Cast:
        """Who plays in the run."""
        return self.study.cast

    # Tables with a section of their own.

    @property
    def quality(self) -> ReadTable:
        return self.tables[QUALITY.name]

    @property
    def sparsity(self) -> ReadTable:
        return self.tables[SPARSITY.name]

    @property
    def similarity(self) -> ReadTable:
        return self.tables[SIMILARITY.name]

    @property
    def neurons(self) -> ReadTable:
        return self.tables[NEURONS.name]

    @property
    def complexity(self) -> ReadTable:
        return self.tables[COMPLEXITY.name]

    @property
    def strongest_neurons(self) -> ReadTable:
        return self.tables[STRONGEST_NEURONS.name]

    @property
    def word_classes(self) -> ReadTable:
        return self.tables[WORD_CLASSES.name]

    @property
    def attention(self) -> ReadTable:
        return self.tables[ATTENTION.name]

    @property
    def behaviour(self) -> ReadTable:
        return self.tables[BEHAVIOUR.name]

    @property
    def weights(self) -> ReadTable:
        return self.tables[WEIGHTS.name]

    @property
    def probes(self) -> ReadTable:
        return self.tables[PROBES.name]

    @property
    def speed(self) -> ReadTable:
        return self.tables[SPEED.name]

    @property
    def claims(self) -> ReadTable:
        return self.tables[CLAIM_VERDICTS.name]

    @property
    def claims_by_level(self) -> ReadTable:
        return self.tables[CLAIMS_BY_LEVEL.name]


def read_run(run: Path, *, edited: bool = False) -> RunTables:
    """Read and check a run directory, of which the tables and views may have been `edited`.

    Raises `InputError` when it is none, or a file in it is not what ticketscope writes, and
    `DamagedError` for one that is not as it was written.
    """
    check_unedited(run, edited=edited)
    identity = _identity(run / "config.json")
    study = config.from_stored(identity.config, where=f"{run / 'config.json'}: config")
    files = listed_files(run)
    enclosed = {table.file for table in all_tables()}
    return RunTables(
        identity=identity,
        study=study,
        tables={
            table.name: read_table(run, table, study.cast)
            for table in all_tables()
            if not table.packed
        },
        corpus=read_view(run, CORPUS_VIEW),
        training=read_view(run, TRAINING_VIEW),
        representations=read_view(run, REPRESENTATIONS_VIEW),
        word_classes_view=read_view(run, WORD_CLASSES_VIEW),
        attention_view=read_view(run, ATTENTION_VIEW),
        quality_view=read_view(run, QUALITY_VIEW),
        behaviour_view=read_view(run, BEHAVIOUR_VIEW),
        damage_view=read_view(run, DAMAGE_VIEW),
        probing=read_view(run, PROBING_VIEW),
        translated=read_translated(run, study.cast),
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
