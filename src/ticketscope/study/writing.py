"""Writing the tables and views that the report reads."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims import ClaimTables, claims, claims_by_level, last_held, studied_arms
from ticketscope.config import Corpus, Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.files import remove
from ticketscope.lottery.training_log import read_whole_log
from ticketscope.networks.network import Network
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import LevelId, Run
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.probes import PROBES
from ticketscope.tables.quality import QUALITY, QUALITY_POOLED
from ticketscope.tables.representations import COMPLEXITY, SIMILARITY
from ticketscope.tables.table import NotMeasured, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import View, write_view
from ticketscope.tables.views import CORPUS_VIEW, TRAINING_VIEW
from ticketscope.tables.written import write_table


def write_all(bench: Bench) -> None:
    """Write every table and view from what the levels and the steps left, and seal them.

    While they are written there is no seal, so that nobody takes half of them for the whole.
    """
    run, experiment, cast = bench.run, bench.study, bench.study.cast
    assert isinstance(experiment, Experiment)
    remove(run.checksums)
    first_columns = {
        label: _first_columns(network) for label, network in bench.panel.networks.items()
    }
    written = []
    for step in STEPS:
        of_step = step.bench(bench)
        rows = step.rows(of_step) if of_step.panel.networks else {}
        for table in step.tables:
            completed = (
                {**first_columns[row.pop("level_id")], **row} if table.of_networks else row
                for row in rows.get(table.name, ())
            )
            written.append(write_table(run.root, table, completed, cast))
    to_decide_on = claim_tables(run, experiment)
    studied = studied_arms(cast)
    decided = (asdict(claim) for each in studied for claim in claims(to_decide_on, each))
    written.append(write_table(run.root, CLAIM_VERDICTS, decided, cast))
    at_levels = (asdict(row) for each in studied for row in claims_by_level(to_decide_on, each))
    written.append(write_table(run.root, CLAIMS_BY_LEVEL, at_levels, cast))
    shown = (last_held(to_decide_on, each) for each in studied if each.arm == cast.first_name)
    last = next((held.level for held in shown), 0)
    views: Iterable[tuple[View[Any], Any]] = (
        (CORPUS_VIEW, _corpus_view(run, experiment)),
        (TRAINING_VIEW, [_training_view(run, label) for label in bench.panel.labels]),
        *(
            (step.shows, step.view(of_step, last))
            for step in STEPS
            if step.shows is not None and (of_step := step.bench(bench)).panel.networks
        ),
    )
    written.extend(write_view(run.root, view, value) for view, value in views)
    write_sealed(run.checksums, {}, written)


def claim_tables(run: Run, experiment: Experiment) -> ClaimTables:
    """The written tables that claims are decided on; those without rows are not there."""
    return ClaimTables(
        quality=_measured(run, QUALITY, experiment.cast),
        quality_pooled=_measured(run, QUALITY_POOLED, experiment.cast),
        probes=_measured(run, PROBES, experiment.cast),
        similarity=_measured(run, SIMILARITY, experiment.cast),
        complexity=_measured(run, COMPLEXITY, experiment.cast),
        attention=_measured(run, ATTENTION, experiment.cast),
        registered=experiment.claims,
        test_sets=experiment.in_domain,
    )


def _measured(run: Run, table: Table, cast: Cast) -> pd.DataFrame | None:
    found = read_table(run.root, table, cast)
    return None if isinstance(found, NotMeasured) else found


def _first_columns(network: Network) -> dict[str, Any]:
    assert network.label is not None
    return {
        "arm": network.label.arm,
        "replicate": network.label.replicate,
        "level": network.label.level,
        **{f"sparsity_{over}": share for over, share in asdict(network.sparsity).items()},
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
