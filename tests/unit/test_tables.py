"""Tables: whatever is written is read back the same, and nothing else is written or read."""

import io
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ticketscope.errors import InputError
from ticketscope.files import write_json
from ticketscope.steps import all_tables
from ticketscope.tables.column import Column, number, text, whole
from ticketscope.tables.table import NotMeasured, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.view import Shape, View, read_view, write_view
from ticketscope.tables.written import to_csv, write_table

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
TWO = Table(
    name="two", says="", of_networks=False, own=text("first", "second", says="", optional=True)
)
MIXED = Table(
    name="mixed",
    says="",
    of_networks=False,
    own=(
        *text("name", says=""),
        *whole("whole", says="", optional=True),
        *number("number", says=""),
        *text("colour", says="", optional=True, known=lambda _: ("red", "green")),
    ),
)


# ----------------------------------------------------------------------------- writing


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1))
@example([("num\rber", "")])
@example([("a\nb", "\r\n")])
@example([('"', ",")])
@example([("NA", "007")])
@example([("", "")])
def test_text_is_read_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    written = to_csv(TWO, [dict(zip(TWO.names, row, strict=True)) for row in rows], CAST)
    file = io.BytesIO(written.encode())
    read = pd.read_csv(file, dtype=str, keep_default_na=False, na_filter=False)
    assert list(read.itertuples(index=False, name=None)) == rows


@given(
    st.lists(
        st.tuples(
            st.none() | st.integers(-(2**53), 2**53),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        min_size=1,
    ),
    st.sampled_from(["plain", "with\rreturn"]),
)
def test_numbers_are_read_back_to_the_last_digit(
    rows: list[tuple[int | None, float]], name: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = ({"name": name, "whole": row[0], "number": row[1]} for row in rows)
        write_table(Path(folder), MIXED, cells, CAST)
        read = read_table(Path(folder), MIXED, CAST)
    assert isinstance(read, pd.DataFrame)
    assert [None if cell is pd.NA else cell for cell in read["whole"]] == [row[0] for row in rows]
    assert read["number"].to_list() == [row[1] for row in rows]
    assert read["name"].to_list() == [name] * len(rows)


def test_only_a_table_with_a_return_is_quoted() -> None:
    assert to_csv(TWO, [{"first": "a", "second": "1"}], CAST) == "first,second\na,1\n"
    assert to_csv(TWO, [{"first": "\r"}], CAST) == '"first","second"\n"\r",""\n'


@pytest.mark.parametrize(
    "wrong",
    [
        {"other": 1},
        {"name": None},
        {"name": ""},
        {"name": 3},
        {"whole": 1.0},
        {"whole": True},
        {"number": float("nan")},
        {"number": float("inf")},
        {"number": "1"},
        {"number": None},
        {"colour": "blue"},
    ],
)
def test_what_a_table_does_not_hold_is_not_written(wrong: dict[str, Any]) -> None:
    right = {"name": "a", "whole": 1, "number": 0.5, "colour": "red"}
    assert to_csv(MIXED, [right], CAST) == "name,whole,number,colour\na,1,0.5,red\n"
    with pytest.raises(AssertionError, match="mixed: "):
        to_csv(MIXED, [right | wrong], CAST)


# ----------------------------------------------------------------------------- reading


def read(folder: Path, content: str, table: Table = MIXED) -> pd.DataFrame | NotMeasured:
    (folder / "tables").mkdir(exist_ok=True)
    (folder / table.file).write_text(content, encoding="utf-8", newline="")
    return read_table(folder, table, CAST)


@pytest.mark.parametrize("packed", [False, True])
def test_columns_have_their_types(tmp_path: Path, packed: bool) -> None:
    table = Table(name="mixed", says="", of_networks=False, own=MIXED.own, packed=packed)
    write_table(tmp_path, table, [{"name": "NA", "number": 1}, {"name": "1", "number": 2.5}], CAST)
    found = read_table(tmp_path, table, CAST)
    assert isinstance(found, pd.DataFrame)
    assert found["name"].to_list() == ["NA", "1"]
    assert found["whole"].dtype == "Int64"
    assert found["whole"].isna().all()
    assert found["number"].dtype == "float64"
    assert found["colour"].to_list() == ["", ""]


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        (",1,0.5,", "column name: an empty cell where text"),
        ("a,1.5,0.5,", 'column whole: "1.5" where a whole number'),
        ("a,first,0.5,", 'column whole: "first" where a whole number'),
        ("a,1,,", "column number: an empty cell where a number"),
        ("a,1,nan,", 'column number: "nan" where a number'),
        ("a,1,-inf,", 'column number: "-inf" where a number'),
        ("a,1,0.5,blue", 'column colour: "blue" where a colour'),
    ],
)
def test_the_first_wrong_cell_is_named(tmp_path: Path, line: str, refused: str) -> None:
    with pytest.raises(InputError, match=rf"tables/mixed.csv:3: {refused} belongs; delete it"):
        read(tmp_path, f"name,whole,number,colour\nb,,0.5,red\n{line}\n")


def test_a_column_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, "name,whole,number,shape,colour,size\na,1,0.5,round,red,3\n")
    assert str(caught.value) == (
        f"{tmp_path}/tables/mixed.csv: this version of ticketscope knows no column shape, size: "
        "another version wrote the table, or it was edited; delete it and give the command of "
        "this run again to have it written anew"
    )
    with pytest.raises(InputError, match=r"mixed.csv: no column number, colour; delete it"):
        read(tmp_path, "name,whole\na,1\n")


def test_what_is_not_there_was_not_measured(tmp_path: Path) -> None:
    assert read_table(tmp_path, MIXED, CAST) == NotMeasured(
        "tables/mixed.csv is not there: the run has not measured it yet."
    )
    assert read(tmp_path, to_csv(MIXED, [], CAST)) == NotMeasured(
        "tables/mixed.csv has no rows: nothing was measured."
    )
    with pytest.raises(InputError, match="not a CSV table"):
        read(tmp_path, "")
    packed = Table(name="mixed", says="", of_networks=False, own=MIXED.own, packed=True)
    with pytest.raises(InputError, match="not packed by gzip"):
        read(tmp_path, "name,whole,number,colour\n", packed)


# ----------------------------------------------------------------------------- the tables of a run


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.name)
def test_a_table_begins_with_a_network_where_rows_are_of_one(table: Table) -> None:
    first = ["arm", "replicate", "level", "sparsity_prunable", "sparsity_total"]
    assert (list(table.names)[:5] == first) == table.of_networks
    assert all(column.says for column in table.columns)


def test_two_columns_of_one_name_are_a_mistake() -> None:
    with pytest.raises(AssertionError, match="two columns of one name"):
        Table(name="wrong", says="", own=(Column(name="arm", kind="text", says=""),))


# ----------------------------------------------------------------------------- views


class Dish(Shape):
    """A view made for these tests."""

    name: str
    grams: tuple[int, ...] = ()


DISHES = View("dishes", TypeAdapter(tuple[Dish, ...]))


def test_a_view_is_read_in_the_shape_in_which_it_was_written(tmp_path: Path) -> None:
    assert read_view(tmp_path, DISHES) == NotMeasured(
        "views/dishes.json is not there: the run has not measured it yet."
    )
    value = [{"name": "soup", "grams": [300, 20]}, {"name": "salad"}]
    assert write_view(tmp_path, DISHES, value) == tmp_path / "views/dishes.json"
    assert read_view(tmp_path, DISHES) == (Dish(name="soup", grams=(300, 20)), Dish(name="salad"))


@pytest.mark.parametrize(
    ("wrong", "refused"),
    [
        ({"grams": []}, "0.name: field required"),
        ({"name": "soup", "grams": ["many"]}, "0.grams.0: input should be a valid integer"),
        ({"name": "soup", "colour": "red"}, "0.colour: extra inputs are not permitted"),
    ],
)
def test_another_shape_is_neither_written_nor_read(
    tmp_path: Path, wrong: dict[str, Any], refused: str
) -> None:
    with pytest.raises(AssertionError, match=r"views/dishes.json: .* validation error"):
        write_view(tmp_path, DISHES, [wrong])
    write_json(tmp_path / DISHES.file, [wrong])
    with pytest.raises(InputError, match=f"views/dishes.json: {refused}, not .*; delete it"):
        read_view(tmp_path, DISHES)
