"""A run as a notebook sees it: tables that are whole, networks that are there, one line else."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from cast_fixture import CAST

import ticketscope
from ticketscope import InputError, JobError
from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps import all_tables
from ticketscope.study.main_job import describe
from ticketscope.study.opened_run import OpenedRun, open_run
from ticketscope.tables.representations import COMPLEXITY, NEURONS
from ticketscope.tables.written import write_table

NETWORK = {
    "arm": "lr_rewinding",
    "replicate": 0,
    "level": 1,
    "sparsity_prunable": 0.36,
    "sparsity_total": 0.2,
    "sparsity_non_embedding": 0.3,
}
PLACE = {"module": "encoder", "layer": 1}
ROW = {**NETWORK, **PLACE, "num_matched": 3, "num_neurons": 16, "states": "normed"}


@pytest.fixture
def run(toy: Experiment, tmp_path: Path) -> OpenedRun:
    """A run with a trained dense network and two tables, one of them without rows."""
    files = Run(tmp_path / "run")
    write_sealed(files.config, describe(toy))
    written = [
        write_table(files.root, NEURONS, [ROW], CAST),
        write_table(files.root, COMPLEXITY, [], CAST),
    ]
    write_sealed(files.checksums, {}, written)
    files.level(dense_of(0)).mark_done({})
    return open_run(files.root)


def test_it_knows_its_settings_and_networks(run: OpenedRun, toy: Experiment) -> None:
    assert run.study == toy
    assert open_run(str(run.files.root)).study == toy
    assert run.panel.dense == (dense_of(0),)
    dense = run.network("dense")
    assert dense is run.panel[dense_of(0)]
    assert dense.label == LevelId(0, "dense", 0)


def test_a_table_has_the_types_of_its_columns(run: OpenedRun) -> None:
    found = run.table("neurons")
    assert list(found) == list(NEURONS.names)
    kinds = {"text": "str", "number": "float64"}
    for column in NEURONS.columns:
        whole = "Int64" if column.optional else "int64"
        assert found[column.name].dtype == kinds.get(column.kind, whole), column.name
    assert found.loc[0, "num_matched"] == 3
    assert found.loc[0, "other_arm"] == ""
    assert found.loc[0, "other_level"] is pd.NA


def test_every_table_is_an_attribute_and_hides_none(run: OpenedRun) -> None:
    names = {table.name for table in all_tables()}
    assert names <= set(dir(run))
    assert not names & {*dir(OpenedRun), *OpenedRun.__dataclass_fields__}
    pd.testing.assert_frame_equal(run.neurons, run.table("neurons"))
    with pytest.raises(AttributeError, match="'OpenedRun' object has no attribute 'neuron'"):
        _ = run.neuron


WRONG: dict[str, tuple[Callable[[OpenedRun], object], str]] = {
    "no rows": (
        lambda run: run.complexity,
        "{root}: tables/complexity.csv has no rows: nothing was measured; give the command of "
        "this run again: it measures what the settings ask for",
    ),
    "no file": (
        lambda run: run.probes,
        "{root}: tables/probes.csv is not there: the run has not measured it yet; give the command "
        "of this run again: it measures what the settings ask for",
    ),
    "no table": (
        lambda run: run.table("neuron"),
        "neuron: no such table; did you mean neurons? valid: quality,",
    ),
    "no arm": (
        lambda run: run.network("lr_rewindin", level=1),
        "{root}: no network replicate-0/lr_rewindin/level-01; did you mean lr_rewinding? it has "
        "dense (level 0), lr_rewinding (levels 1 to 2), dense_continued (levels 1 to 2); "
        "replicate 0",
    ),
    "no level": (
        lambda run: run.network("lr_rewinding", replicate=1, level=3),
        "{root}: no network replicate-1/lr_rewinding/level-03; it has dense (level 0)",
    ),
    "not trained": (
        lambda run: run.network("lr_rewinding", level=2),
        "{root}: replicate-0/lr_rewinding/level-02 is not trained yet; ticketscope run goes on",
    ),
    "no run": (lambda run: open_run(run.files.tables), "{root}/tables: no config.json here; give"),
}


@pytest.mark.parametrize(("use", "words"), WRONG.values(), ids=WRONG)
def test_what_is_not_there_is_one_line(
    run: OpenedRun, use: Callable[[OpenedRun], object], words: str
) -> None:
    with pytest.raises(InputError) as raised:
        use(run)
    assert str(raised.value).startswith(words.format(root=run.files.root))
    assert "\n" not in str(raised.value)


def test_a_table_that_is_not_as_it_was_written_is_refused(run: OpenedRun) -> None:
    """As by the report; and taken where the user says so."""
    path = run.files.tables / "neurons.csv"
    path.write_text(path.read_text().replace(",3,16", ",4,16"))
    with pytest.raises(JobError, match=f"^{path}: truncated or altered"):
        _ = run.neurons
    assert open_run(run.files.root, edited_tables=True).neurons.loc[0, "num_matched"] == 4
    run.files.checksums.unlink()
    with pytest.raises(JobError, match="tables and views are unfinished"):
        _ = run.neurons


def test_held_out_sentences(toy_corpus: EncodedCorpus, run: OpenedRun) -> None:
    (run.files.root / "corpus").symlink_to(toy_corpus.model_file.parent)
    text = run.held_out("test")
    assert len(text.source) == len(text.target) == 40
    with pytest.raises(InputError, match=r"^tset: no held-out set of .*; did you mean test\? "):
        run.held_out("tset")


def test_a_run_is_quiet_and_gives_what_open_run_gives(
    run: OpenedRun,
    toy: Experiment,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def run_experiment(experiment: Experiment, out: Path, console: object) -> Path:
        console.print(experiment.name, out)  # type: ignore[attr-defined]
        return out

    monkeypatch.setattr("ticketscope.study.main_job.run_experiment", run_experiment)
    done = ticketscope.run(toy, str(run.files.root))
    assert (done.files, done.study) == (run.files, toy)
    assert capfd.readouterr() == ("", "")
