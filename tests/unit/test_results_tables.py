"""Tables as text: whatever is written is read back the same."""

import io

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from ticketscope.steps.tables import to_csv

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
COLUMNS = ("first", "second")


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1))
@example([("num\rber", "")])
@example([("a\nb", "\r\n")])
@example([('"', ",")])
@example([("NA", "007")])
@example([("", "")])
def test_text_is_read_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    text = to_csv([dict(zip(COLUMNS, row, strict=True)) for row in rows], COLUMNS)
    file = io.BytesIO(text.encode())
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
    columns = ("name", "whole", "number")
    text = to_csv([dict(zip(columns, (name, *row), strict=True)) for row in rows], columns)
    read = pd.read_csv(io.BytesIO(text.encode()), dtype=str, keep_default_na=False)
    assert [int(cell) if cell else None for cell in read["whole"]] == [row[0] for row in rows]
    assert [float(cell) for cell in read["number"]] == [row[1] for row in rows]


def test_only_a_table_with_a_return_is_quoted() -> None:
    assert to_csv([{"first": "a", "second": 1}], COLUMNS) == "first,second\na,1\n"
    assert to_csv([{"first": "\r"}], COLUMNS) == '"first","second"\n"\r",""\n'
