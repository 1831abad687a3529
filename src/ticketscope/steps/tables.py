"""Writing the tables and views that the report reads."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ticketscope.claims import ClaimTables, claims, claims_by_level, last_held
from ticketscope.config import Corpus, Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import test_sets
from ticketscope.files import remove, write_json
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
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.probes import PROBES
from ticketscope.tables.quality import QUALITY, SENTENCES
from ticketscope.tables.representations import COMPLEXITY, NEURONS, SIMILARITY
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import SPARSITIES, NotMeasured, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.weights import SPARSITY, WEIGHTS
from ticketscope.tables.written import write_table


def write_all(run: Run, levels: list[LevelId], experiment: Experiment) -> None:
    """Write every table and view from what the levels and the analysis steps left, and seal them.

    While they are written there is no seal, so that nobody takes half of them for the whole.
    """
    remove(run.checksums)
    sparsities = {level: _sparsities(run, level) for level in levels}
    tables: tuple[tuple[Table, Iterable[dict[str, Any]]], ...] = (
        (QUALITY, quality.rows(run, levels, experiment)),
        (SPARSITY, sparsity.rows(run, levels, experiment.model.heads)),
        (SIMILARITY, representation_tables.similarity_rows(run, levels, experiment.lottery)),
        (NEURONS, representation_tables.neurons_rows(run, levels)),
        (COMPLEXITY, representation_tables.complexity_rows(run, levels)),
        (ATTENTION, attention_tables.rows(run, levels, experiment)),
        (BEHAVIOUR, behaviour_tables.rows(run, levels, experiment)),
        (WEIGHTS, weights.rows(run, levels, experiment)),
        (PROBES, probe_tables.rows(run, experiment)),
        (SPEED, speed.rows(run, levels)),
    )
    written = []
    for table, rows in tables:
        completed = ({**sparsities[row.pop("level_id")], **row} for row in rows)
        written.append(write_table(run.root, table, completed))
    written.append(write_table(run.root, SENTENCES, sentences.rows(run, levels)))
    to_decide_on = claim_tables(run, experiment)
    decided = (asdict(claim) for claim in claims(to_decide_on))
    written.append(write_table(run.root, CLAIM_VERDICTS, decided))
    at_levels = (asdict(row) for row in claims_by_level(to_decide_on))
    written.append(write_table(run.root, CLAIMS_BY_LEVEL, at_levels))
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


def claim_tables(run: Run, experiment: Experiment) -> ClaimTables:
    """The written tables that claims are decided on; those without rows are not there."""
    return ClaimTables(
        quality=_measured(run, QUALITY),
        probes=_measured(run, PROBES),
        similarity=_measured(run, SIMILARITY),
        complexity=_measured(run, COMPLEXITY),
        attention=_measured(run, ATTENTION),
        test_sets=in_domain(experiment.corpus),
    )


def _measured(run: Run, table: Table) -> pd.DataFrame | None:
    found = read_table(run.root, table)
    return None if isinstance(found, NotMeasured) else found


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
        **{name: facts[name] for name in SPARSITIES},
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
