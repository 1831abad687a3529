"""The table of every translation: its rows, and the bytes of its file."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics.chrf import CHRF

from ticketscope.config import Lottery
from ticketscope.errors import InputError
from ticketscope.files import write_packed_csv
from ticketscope.lottery.lineage import planned_levels
from ticketscope.measures import translation_scores as measures
from ticketscope.report.reading.run_files import contents
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.quality.step import Quality
from ticketscope.steps.results import measured_once
from ticketscope.tables.quality import SENTENCES
from ticketscope.tables.written import write_table
from toy import toy_experiment

EXPERIMENT = toy_experiment(
    Path("unused"), lottery=Lottery(replicates=2, levels=2, arms=("lr_rewinding",))
)
LEVELS = planned_levels(EXPERIMENT.lottery)
TRANSLATIONS = {"test": ["ein Hund", 'er sagt, "ja"'], "other": ["Hund"]}
REFERENCES = {"test": ["ein Hund", "er sagt ja"], "other": ["eine Katze"]}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    bench = Bench.of(tmp_path_factory.mktemp("run"), EXPERIMENT)
    for level in LEVELS:
        place = bench.results.place(QUALITY, level)
        measured_once(place, {}, lambda: {"test_sets": _test_sets()})
    return bench


def _test_sets() -> dict[str, Any]:
    loss = measures.loss_statistics(np.array([3.0, 5.0]), np.array([2, 4]))
    of_loss = {"loss": _kept(loss)}
    found: dict[str, Any] = {"validation": {"statistics": of_loss, "translations": None}}
    for name, texts in TRANSLATIONS.items():
        of_text = measures.sentence_statistics(texts, REFERENCES[name])
        loss = measures.loss_statistics(np.array([3.0, 5.0])[: len(texts)], [2, 4][: len(texts)])
        kept = {metric: _kept(stats) for metric, stats in {**of_text, "loss": loss}.items()}
        found[name] = {"statistics": kept, "translations": texts}
    return found


def _kept(stats: measures.SentenceStatistics) -> dict[str, Any]:
    return {"signature": stats.signature, "sentences": stats.statistics.tolist()}


def test_there_is_a_row_for_each_sentence_and_network(bench: Bench) -> None:
    rows = list(Quality().rows(bench)["sentences"])
    assert [(row["test_set"], row["line"], row["arm"]) for row in rows] == [
        (test_set, line, level.arm)
        for level in LEVELS
        for test_set, texts in TRANSLATIONS.items()
        for line in range(1, len(texts) + 1)
    ]
    second = rows[1]
    assert second["translation"] == TRANSLATIONS["test"][1]
    expected = CHRF().sentence_score(TRANSLATIONS["test"][1], [REFERENCES["test"][1]]).score
    assert second["chrf"] == pytest.approx(expected, abs=1e-4)
    assert (second["loss"], second["num_tokens"]) == (1.25, 4)
    assert (rows[0]["chrf"], rows[0]["ter"]) == (100.0, 0.0)
    assert (rows[-1]["replicate"], rows[-1]["level"]) == (1, 2)


def test_the_file_is_a_csv_table_whose_bytes_depend_on_its_rows_alone(
    bench: Bench, tmp_path: Path
) -> None:
    one, other = (
        write_table(
            tmp_path / name, SENTENCES, Quality().rows(bench)["sentences"], bench.study.cast
        )
        for name in ("one", "other")
    )
    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes()[4:8] == bytes(4), "no time in the header"
    assert one.read_bytes()[3] == 0, "nor a name"
    text = gzip.decompress(one.read_bytes()).decode()
    read = list(csv.DictReader(io.StringIO(text)))
    assert len(read) == len(LEVELS) * 3
    assert read[1]["translation"] == TRANSLATIONS["test"][1]
    assert contents(tmp_path / "one", [SENTENCES.file]) == {SENTENCES.file: text.encode()}


def test_a_large_one_is_named_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_packed_csv(tmp_path / SENTENCES.file, [("a", "b")])
    monkeypatch.setattr("ticketscope.report.reading.run_files._MOST_PACKED", 5)
    assert contents(tmp_path, [SENTENCES.file]) == {}


@pytest.mark.parametrize("damage", [b"no gzip at all", b""])
def test_what_is_not_packed_is_one_line(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / SENTENCES.file
    write_packed_csv(path, [("a", "b")] * 100)
    path.write_bytes(damage or path.read_bytes()[:-12])
    with pytest.raises(InputError, match=r"sentences\.csv\.gz: not packed by gzip"):
        contents(tmp_path, [SENTENCES.file])
