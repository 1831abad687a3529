"""Writing the tables and views that the report reads."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims import ClaimTables, claims, claims_by_level, last_held, studied_arms
from ticketscope.config import Experiment, Study
from ticketscope.files import remove
from ticketscope.lottery.training_log import read_whole_log
from ticketscope.networks.network import Network
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import LevelId, Run
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.study.networks_table import network_rows
from ticketscope.study.staleness import SETTINGS, settings_digest
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.claims import CLAIM_VERDICTS, CLAIMS_BY_LEVEL
from ticketscope.tables.networks import NETWORKS
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
    run, study, cast = bench.run, bench.study, bench.study.cast
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
    if cast.is_given:
        written.append(write_table(run.root, NETWORKS, network_rows(bench), cast))
    to_decide_on = claim_tables(run, study)
    studied = studied_arms(cast)
    decided = (asdict(claim) for each in studied for claim in claims(to_decide_on, each))
    written.append(write_table(run.root, CLAIM_VERDICTS, decided, cast))
    at_levels = (asdict(row) for each in studied for row in claims_by_level(to_decide_on, each))
    written.append(write_table(run.root, CLAIMS_BY_LEVEL, at_levels, cast))
    shown = (last_held(to_decide_on, each) for each in studied if each.arm == cast.first_name)
    last = next((held.level for held in shown), 0)
    views: Iterable[tuple[View[Any], Any]] = (
        (CORPUS_VIEW, _corpus_view(bench)),
        *_of_training(bench),
        *(
            (step.shows, step.view(of_step, last))
            for step in STEPS
            if step.shows is not None and (of_step := step.bench(bench)).panel.networks
        ),
    )
    written.extend(write_view(run.root, view, value) for view, value in views)
    write_sealed(run.checksums, {SETTINGS: settings_digest(run)}, written)


def claim_tables(run: Run, study: Study) -> ClaimTables:
    """The written tables that claims are decided on; those without rows are not there."""
    return ClaimTables(
        quality=_measured(run, QUALITY, study.cast),
        quality_pooled=_measured(run, QUALITY_POOLED, study.cast),
        probes=_measured(run, PROBES, study.cast),
        similarity=_measured(run, SIMILARITY, study.cast),
        complexity=_measured(run, COMPLEXITY, study.cast),
        attention=_measured(run, ATTENTION, study.cast),
        registered=study.claims,
        test_sets=study.in_domain,
    )


def _measured(run: Run, table: Table, cast: Cast) -> pd.DataFrame | None:
    found = read_table(run.root, table, cast)
    if isinstance(found, NotMeasured):
        return None
    # A twin has no variants: claims read how the base compares with it, which is a row of the base.
    return found[found["replicate"] == 0] if cast.is_given and "replicate" in found else found


def _first_columns(network: Network) -> dict[str, Any]:
    assert network.label is not None
    return {
        "arm": network.label.arm,
        "replicate": network.label.replicate,
        "level": network.label.level,
        **{f"sparsity_{over}": share for over, share in asdict(network.sparsity).items()},
    }


def _corpus_view(bench: Bench) -> dict[str, Any]:
    report = bench.held_out.report
    return {
        "name": _corpus_name(bench.study),
        "synthetic": bench.study.grammar is not None,
        "splits": {
            name: {
                "read": split["num_read"],
                "kept": split["num_pairs"],
                "left_out": split["left_out"],
            }
            for name, split in report["splits"].items()
        },
        **_about_vocabulary(report.get("vocabulary")),
    }


def _about_vocabulary(vocabulary: Mapping[str, Any] | None) -> dict[str, Any]:
    if vocabulary is None:
        return {}
    # What it was trained on is not known of corpora that older versions encoded.
    return {
        "vocabulary_size": vocabulary["size"],
        "vocabulary_trained_on": vocabulary.get("trained_on"),
    }


def _corpus_name(study: Study) -> str:
    if not isinstance(study, Experiment):
        return "the test sets given"
    corpus = study.corpus
    return "embedded English-German grammar" if corpus.kind == "grammar" else Path(corpus.path).name


def _of_training(bench: Bench) -> Iterator[tuple[View[Any], Any]]:
    """The view of what was trained here."""
    if isinstance(bench.study, Experiment):
        yield TRAINING_VIEW, [_training_view(bench.run, label) for label in bench.panel.labels]


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
