"""A column is one line of its table: a toy one is written, read, documented, shown and exported."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.errors import InputError
from ticketscope.report.downloads import columns_table
from ticketscope.report.paper import latex, markdown
from ticketscope.tables.column import number
from ticketscope.tables.listing import BEGIN, END, renewed
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import SPARSITIES, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.written import write_table

SAYS = "energy per sentence, in `joules`"
TOY = replace(SPEED, own=(*SPEED.own, *number("energy", says=SAYS, optional=True)))


def rows() -> Iterator[dict[str, object]]:
    network = {"arm": "dense", "replicate": 0, "level": 0, **dict.fromkeys(SPARSITIES, 0.0)}
    speed = {"threads": 1, "batch": 8, "tokens_per_second": 900.5, "bytes": 77}
    yield network | speed | {"engine": "ctranslate2-float32", "energy": 0.25}
    yield network | speed | {"engine": "ctranslate2-int8"}


def test_it_is_written_and_read_with_its_type(tmp_path: Path) -> None:
    path = write_table(tmp_path, TOY, rows(), CAST)
    assert path.read_text(encoding="utf-8").splitlines()[0].endswith(",energy")
    found = read_table(tmp_path, TOY, CAST)
    assert isinstance(found, pd.DataFrame)
    assert found["energy"].dtype == "float64"
    assert found["energy"].fillna(-1).to_list() == [0.25, -1]


def test_a_version_that_does_not_have_it_refuses_it_in_one_line(tmp_path: Path) -> None:
    path = write_table(tmp_path, TOY, rows(), CAST)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path, SPEED, CAST)
    assert str(caught.value).startswith(
        f"{path}: this version of ticketscope knows no column energy"
    )
    assert "\n" not in str(caught.value)
    with pytest.raises(AssertionError, match=r"speed: \{'energy'\}"):
        write_table(tmp_path, SPEED, rows(), CAST)


@pytest.mark.parametrize("table", [SPEED, TOY], ids=["before", "with it"])
def test_the_documentation_tells_it(table: Table) -> None:
    page = renewed(f"Before.\n{BEGIN}old\n{END}After.\n", [table])
    assert page.startswith("Before.\n")
    assert page.endswith("After.\n")
    assert (f"| `energy` | {SAYS} |" in page) == (table is TOY)


def test_the_page_and_what_is_made_for_papers_tell_it() -> None:
    shown = columns_table([TOY, replace(TOY, name="absent")], [TOY.file])
    assert shown.rows[-1] == ("speed.csv", "energy", "energy per sentence, in joules")
    assert {row[0] for row in shown.rows} == {"speed.csv"}
    row = "speed.csv", "energy", "energy per sentence, in joules"
    assert rf"{' & '.join(row)} \\" in latex.fragment(shown, "", "")
    assert f"| {' | '.join(row)} |" in markdown.fragment(shown, "", "")
