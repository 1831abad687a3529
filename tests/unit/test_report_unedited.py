"""A report shows what the run wrote; other tables only where the user says so."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ticketscope.errors import InputError
from ticketscope.files import read_json
from ticketscope.report.reading.run_tables import read_run
from ticketscope.runs.seals import DamagedError, write_sealed
from unit.report_fixture import FakeRun, write_run

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run whose config, tables and views are sealed."""
    run = write_run(tmp_path / "run", FakeRun(arms=("lr_rewinding", "dense_continued")))
    write_sealed(run / "config.json", read_json(run / "config.json"))
    files = [*run.glob("tables/*.csv"), *run.glob("views/*.json")]
    write_sealed(run / "checksums.json", {}, files)
    read_run(run)
    return run


def change_a_digit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = max(i for i, byte in enumerate(data) if byte in b"12345678")
    data[place] ^= 1
    path.write_bytes(data)


def cut_the_last_line(path: Path) -> None:
    path.write_bytes(path.read_bytes().rstrip().rpartition(b"\n")[0] + b"\n")


@pytest.mark.parametrize("harm", [change_a_digit, cut_the_last_line, Path.unlink])
@pytest.mark.parametrize("name", ["tables/quality.csv", "tables/claims.csv", "views/corpus.json"])
def test_a_table_that_is_not_as_it_was_written_is_refused(
    run: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(run / name)
    with pytest.raises(DamagedError, match=f"^{run / name}: .* --edited-tables"):
        read_run(run)


def test_edited_tables_are_shown_when_they_are_asked_for(run: Path) -> None:
    table = run / "tables" / "quality.csv"
    cut_the_last_line(table)
    found = read_run(run, edited=True)
    assert len(found.quality) == len(table.read_text().splitlines()) - 1


def test_tables_without_their_seal_are_unfinished(run: Path) -> None:
    (run / "checksums.json").unlink()
    with pytest.raises(
        DamagedError, match=r"checksums\.json: missing, so tables and views are unf"
    ):
        read_run(run)
    read_run(run, edited=True)
    for path in (*run.glob("tables/*"), *run.glob("views/*")):
        path.unlink()
    read_run(run)  # the run has not come to them yet


def test_an_altered_config_is_refused_in_any_case(run: Path) -> None:
    config = run / "config.json"
    config.write_text(config.read_text().replace('"resamples": 1', '"resamples": 2'))
    for edited in (False, True):
        with pytest.raises(DamagedError, match=r"config\.json: truncated or altered"):
            read_run(run, edited=edited)


def test_a_run_of_a_version_without_seals_is_read(run: Path) -> None:
    config = read_json(run / "config.json")
    del config["checksum"]
    (run / "config.json").write_text(json.dumps(config))
    (run / "checksums.json").unlink()
    read_run(run)


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("name", ["config.json", "tables/quality.csv"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(
    run: Path, name: str, edited: bool
) -> None:
    table = run / name
    table.unlink()
    os.mkfifo(table)
    with pytest.raises(InputError, match=f"^{table}: a pipe or a device, where a plain file is"):
        read_run(run, edited=edited)
