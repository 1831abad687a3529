"""Writing the tables and views that the report reads."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from ticketscope.claims import COLUMNS as CLAIM_COLUMNS
from ticketscope.claims import ClaimTables, claims, claims_by_level, last_held
from ticketscope.claims.by_level import COLUMNS as COLUMNS_BY_LEVEL
from ticketscope.config import Corpus, Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import test_sets
from ticketscope.files import remove, write_json, write_packed_csv, write_text
from ticketscope.lottery.training_log import read_whole_log
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import LevelId, Run
from ticketscope.steps.attention import table as attention_tables
from ticketscope.steps.behaviour import casualties
from ticketscope.steps.behaviour import table as behaviour_tables
from ticketscope.steps.probes import table as probe_tables
from ticketscope.steps.quality import measure as quality
from ticketscope.steps.quality import sentences
from ticketscope.steps.representations import table as representation_tables
from ticketscope.steps.speed import measure as speed
from ticketscope.steps.weights import measure as weights
from ticketscope.steps.weights import sparsity

FIRST_COLUMNS = (
    "arm",
    "replicate",
    "level",
    "sparsity_prunable",
    "sparsity_total",
    "sparsity_non_embedding",
)


def write_all(run: Run, levels: list[LevelId], experiment: Experiment) -> None:
    """Write every table and view from what the levels and the analysis steps left, and seal them.

    While they are written there is no seal, so that nobody takes half of them for the whole.
    """
    remove(run.checksums)
    sparsities = {level: _sparsities(run, level) for level in levels}
    tables: dict[str, tuple[Sequence[str], Iterable[dict[str, Any]]]] = {
        "quality": (quality.COLUMNS, quality.rows(run, levels, experiment)),
        "sparsity": (sparsity.COLUMNS, sparsity.rows(run, levels, experiment.model.heads)),
        "similarity": (
            representation_tables.SIMILARITY_COLUMNS,
            representation_tables.similarity_rows(run, levels, experiment.lottery),
        ),
        "neurons": (
            representation_tables.NEURONS_COLUMNS,
            representation_tables.neurons_rows(run, levels),
        ),
        "complexity": (
            representation_tables.COMPLEXITY_COLUMNS,
            representation_tables.complexity_rows(run, levels),
        ),
        "attention": (attention_tables.COLUMNS, attention_tables.rows(run, levels, experiment)),
        "behaviour": (behaviour_tables.COLUMNS, behaviour_tables.rows(run, levels, experiment)),
        "weights": (weights.COLUMNS, weights.rows(run, levels, experiment)),
        "probes": (probe_tables.COLUMNS, probe_tables.rows(run, experiment)),
        "speed": (speed.COLUMNS, speed.rows(run, levels)),
    }
    written = []
    for name, (columns, rows) in tables.items():
        completed = [{**sparsities[row["level_id"]], **row} for row in rows]
        written.append(_write_table(run, name, completed, (*FIRST_COLUMNS, *columns)))
    written.append(run.tables / sentences.NAME)
    write_packed_csv(written[-1], chain([sentences.COLUMNS], sentences.rows(run, levels)))
    to_decide_on = claim_tables(run, experiment)
    decided = [asdict(claim) for claim in claims(to_decide_on)]
    written.append(_write_table(run, "claims", decided, CLAIM_COLUMNS))
    at_levels = [asdict(row) for row in claims_by_level(to_decide_on)]
    written.append(_write_table(run, "claims_by_level", at_levels, COLUMNS_BY_LEVEL))
    last = last_held(to_decide_on).level
    views = {
        "attention": attention_tables.view(run, levels, experiment, last),
        "behaviour": casualties.view(run, experiment, last),
        "corpus": _corpus_view(run, experiment),
        "representations": representation_tables.view(run, levels),
        "probing": probe_tables.view(run, experiment),
        "training": [_training_view(run, level) for level in levels],
    }
    for name, view in views.items():
        written.append(run.views / f"{name}.json")
        write_json(written[-1], view)
    write_sealed(run.checksums, {}, written)


def _write_table(run: Run, name: str, rows: list[dict[str, Any]], columns: Sequence[str]) -> Path:
    path = run.tables / f"{name}.csv"
    write_text(path, to_csv(rows, columns))
    return path


def to_csv(rows: list[dict[str, Any]], columns: Sequence[str]) -> str:
    """CSV text with these columns.

    Whole numbers stay whole where some cells of a column are empty; floats keep every digit. Text
    is read back as it was, whatever it holds but the zero character.
    """
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    text = str(frame.to_csv(index=False, lineterminator="\n"))
    assert "\0" not in text, "no reader of CSV takes it"
    if "\r" in text:  # it ends a line for readers, but is nothing to be quoted for Python 3.11
        text = str(frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_ALL))
    return text


def claim_tables(run: Run, experiment: Experiment) -> ClaimTables:
    """The written tables that claims are decided on; those without rows are not there."""
    found = {}
    for name in ("quality", "probes", "similarity", "complexity", "attention"):
        table = pd.read_csv(
            run.tables / f"{name}.csv",
            dtype={"test_set": str},  # one may be called 2016
            keep_default_na=False,
            na_values=[""],
        )
        found[name] = None if table.empty else table
    return ClaimTables(**found, test_sets=in_domain(experiment.corpus))


def in_domain(corpus: Corpus) -> tuple[str, ...]:
    """Test sets of the corpus' own kind: those it draws, and those it names in its own folder."""
    drawn = ("test",) if corpus.kind in ("grammar", "table") else ()
    if corpus.kind == "grammar":
        return drawn
    named = zip(test_sets(corpus), corpus.tests, strict=True)
    return (*drawn, *(name for name, setting in named if "/" not in setting))


def _sparsities(run: Run, level: LevelId) -> dict[str, Any]:
    facts = run.level(level).facts()
    return {
        "arm": level.arm,
        "replicate": level.replicate,
        "level": level.level,
        **{name: facts[name] for name in FIRST_COLUMNS if name.startswith("sparsity")},
    }


def _corpus_view(run: Run, experiment: Experiment) -> dict[str, Any]:
    report = EncodedCorpus(run.corpus).report
    return {
        "name": _corpus_name(experiment.corpus),
        "synthetic": experiment.corpus.kind == "grammar",
        "splits": {
            name: {
                "read": split["num_read"],
                "kept": split["num_pairs"],
                "left_out": split["left_out"],
            }
            for name, split in report["splits"].items()
        },
        "vocabulary_size": report["vocabulary"]["size"],
        # Not known of corpora that older versions encoded.
        "vocabulary_trained_on": report["vocabulary"].get("trained_on"),
    }


def _corpus_name(corpus: Corpus) -> str:
    if corpus.kind == "grammar":
        return "embedded English-German grammar"
    return Path(corpus.path).name


def _training_view(run: Run, level: LevelId) -> dict[str, Any]:
    folder = run.level(level)
    num_updates = folder.facts()["num_updates"]
    log = read_whole_log(folder.log, num_updates, folder.mend)
    return {
        "arm": level.arm,
        "replicate": level.replicate,
        "level": level.level,
        "updates": num_updates,
        "validation": [[e["update"], e["validation_loss"]] for e in log if "validation_loss" in e],
        "seconds": max((entry.get("seconds", 0.0) for entry in log), default=0.0),
    }
