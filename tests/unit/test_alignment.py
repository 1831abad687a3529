"""Gold word alignments and their Pharaoh form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.annotation.alignment import Alignment, from_pharaoh, pharaoh
from ticketscope.errors import InputError

links = st.sets(st.tuples(st.integers(0, 30), st.integers(0, 30)))


@given(sure=links, possible=links)
def test_what_is_written_is_read(
    sure: set[tuple[int, int]], possible: set[tuple[int, int]]
) -> None:
    alignment = Alignment(tuple(sorted(sure)), tuple(sorted(sure | possible)))
    assert from_pharaoh(pharaoh(alignment), 31, 31, "here") == alignment


def test_a_link_that_is_both_is_sure() -> None:
    both = from_pharaoh("1p0 0-0 1-0", 2, 1, "here")
    assert both == Alignment(((0, 0), (1, 0)), ((0, 0), (1, 0)))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("0-0 1:2", "'1:2' is no link"),
        ("0-", "'0-' is no link"),
        ("3-0", "'3-0' links a word that is not there: 3 source and 2 target words"),
        ("0p2", "'0p2' links a word"),
        ("-1-0", "is no link"),
        ("٣-0", "is no link"),
    ],
)
def test_what_is_no_link_is_refused_with_its_place(line: str, problem: str) -> None:
    with pytest.raises(InputError, match=r"gold\.txt: line 7: ") as refused:
        from_pharaoh(line, 3, 2, "gold.txt: line 7")
    assert problem in str(refused.value)
