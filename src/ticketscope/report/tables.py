"""What the report reads from a run directory: config.json, tables/*.csv, views/*.json.

Everything is checked here, so that nothing past this module meets a missing column, a text where a
number belongs or a dict of unknown shape. What a run has not measured is `NotMeasured` with the
reason: a section without figures, never a crash. What is there and wrong is an `InputError`.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from ticketscope import config
from ticketscope.annotation.tasks import TASKS
from ticketscope.claims import CLAIMS
from ticketscope.claims.statistics import Verdict
from ticketscope.errors import InputError
from ticketscope.report.run_files import SENTENCES, contents, listed_files
from ticketscope.report.unedited import check_unedited

DENSE = "dense"
CONTROL = "dense_continued"
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

_NAMES = {
    "arm": ("an arm", (DENSE, *config.ARMS)),
    "task": ("a task", ("", *TASKS)),
    "claim": ("a claim", tuple(CLAIMS)),
    "verdict": ("a verdict", get_args(Verdict)),
}
"""Columns of names that ticketscope knows, and those names."""

Count = Annotated[int, Field(ge=0)]


class _View(BaseModel):
    """A frozen view; keys that a later version added are left."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


class SplitView(_View):
    """How many sentence pairs a split has, and why others were left out of it."""

    kept: Count
    read: Count | None = None
    left_out: dict[str, Count] = {}


class TrainedOnView(_View):
    """Sentences of either language that trained the vocabulary, and how many there were."""

    num_sentences: Count
    of: Count


class CorpusView(_View):
    """views/corpus.json"""

    synthetic: bool
    name: str
    splits: dict[str, SplitView]
    vocabulary_size: Count
    vocabulary_trained_on: TrainedOnView | None = None
    """None for a given vocabulary, and where it is not known."""


class TrainingView(_View):
    """One trained level in views/training.json; losses in nats per target piece."""

    arm: str
    replicate: Count
    level: Count
    updates: Count
    validation: tuple[tuple[Count, float], ...]
    seconds: Annotated[float, Field(ge=0.0)]


class MeasuredView(_View):
    """What the representations of one replicate were measured on; words that have a piece."""

    num_sentences: Count
    num_words: Count
    num_without_piece: Count
    num_windowed: Count


class RepresentationsView(_View):
    """views/representations.json: by replicate."""

    replicates: Annotated[tuple[MeasuredView, ...], Field(min_length=1)]


class AttendedView(_View):
    """What the attention of one replicate was measured on; words that have a piece."""

    num_sentences: Count
    num_words: Count
    num_without_piece: Count
    num_empty: Count
    num_too_long: Count
    num_gold_empty: Count
    num_gold_too_long: Count
    num_words_with_syntactic_head: Count
    num_words_with_antecedent: Count
    num_aligned_words: Count
    num_rows_without_variance: dict[str, Count]


class MappedLevelView(_View):
    """A level whose attention is kept; 0 is the dense model."""

    level: Count
    sparsity_prunable: float


class LayersView(_View):
    """Layers of each kind of attention."""

    encoder_self: Count
    decoder_self: Count
    encoder_decoder: Count


class MappedSentenceView(_View):
    """Words of a sentence and of its translation, as written."""

    source: tuple[str, ...]
    target: tuple[str, ...]


class AttentionMapsView(_View):
    """Attention maps of a few sentences.

    `data`: base64 of zlib of a byte a weight (times 255); by sentence, level, kind (in the order of
    `LayersView`), layer, head, query word, key word.
    """

    replicate: Count
    arm: str
    levels: Annotated[tuple[MappedLevelView, ...], Field(min_length=2)]
    kinds: LayersView
    num_heads: Annotated[int, Field(ge=1)]
    sentences: Annotated[tuple[MappedSentenceView, ...], Field(min_length=1)]
    num_left_out: Count
    data: str

    @model_validator(mode="after")
    def _has_every_weight(self) -> Self:
        cells = sum(self._num_cells(sentence) for sentence in self.sentences)
        needed = len(self.levels) * self.num_heads * cells
        inflate = zlib.decompressobj()
        try:
            weights = inflate.decompress(base64.b64decode(self.data, validate=True), needed + 1)
        except (ValueError, zlib.error) as error:
            raise ValueError(f"data: {error}") from None
        if len(weights) != needed or not inflate.eof:
            raise ValueError(f"data: not the {needed} weights of these sentences")
        return self

    def _num_cells(self, sentence: MappedSentenceView) -> int:
        """Of a map of every layer; the last column is the special symbol."""
        words, target_words = len(sentence.source), len(sentence.target)
        return (
            self.kinds.encoder_self * words * (words + 1)
            + self.kinds.decoder_self * target_words * (target_words + 1)
            + self.kinds.encoder_decoder * target_words * (words + 1)
        )


class AttentionViewData(_View):
    """views/attention.json: by replicate, what the gold data are in words, and the maps kept."""

    replicates: Annotated[tuple[AttendedView, ...], Field(min_length=1)]
    gold: tuple[str, ...]
    maps: AttentionMapsView | None


class ChangesView(_View):
    """Sentences whose translation fell below, or rose above, those compared with."""

    fell: Count
    rose: Count


class ComparedView(_View):
    """How many sentences changed; None where there is no control."""

    ticket_from_both: ChangesView | None
    """Compared with both the dense model and the control."""
    ticket_from_dense: ChangesView
    control_from_dense: ChangesView | None


class TranslationView(_View):
    """A translation and its sentence-level chrF."""

    text: str
    chrf: float


class CasualtyView(_View):
    """A sentence that the dense model and the control translate better than the ticket."""

    source: str
    reference: str
    dense: TranslationView
    control: TranslationView | None
    ticket: TranslationView


class BrokenView(_View):
    """What a ticket broke on a test set."""

    arm: str
    replicate: Count
    level: Count
    sparsity_prunable: float
    test_set: str
    num_sentences: Count
    changes: ComparedView
    casualties: tuple[CasualtyView, ...]


class BehaviourView(_View):
    """views/behaviour.json; `exact`: right is what equals the reference, else `margin` points of
    chrF make a difference."""

    exact: bool
    margin: float
    tickets: tuple[BrokenView, ...]


class TargetsView(_View):
    """Targets of a task by split."""

    train: Count
    validation: Count
    test: Count


class ProbedTaskView(_View):
    """How many targets of a task the gold data have, how many were taken of them, and what the
    gold data have beside them, by reason."""

    num_available: TargetsView
    num_targets: TargetsView
    left_out: dict[str, Count] = {}


class ProbingView(_View):
    """views/probing.json: what was probed on what, and why tasks are absent."""

    suite: Literal["none", "real", "grammar"]
    own: tuple[str, ...] = ()
    tasks: dict[str, ProbedTaskView] = {}
    absent: dict[str, str] = {}
    num_sentences: Count = 0
    num_words: Count = 0
    num_without_piece: Count = 0


class Identity(_View):
    """config.json: what was run, and with what."""

    schema_: Literal[1] = Field(alias="schema")
    ticketscope: str
    training_digest: str
    config: dict[str, Any]
    versions: dict[str, str]


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
            _refuse(path, cells[column], ~cells[column].isin(names), needed)
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
