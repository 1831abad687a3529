"""Each pair that is left out is left out for the first reason that holds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.config import Cleaning
from ticketscope.corpus.cleaning import KEPT, REASONS, TextFilter, pieces_reasons, seen_pairs
from ticketscope.errors import JobError
from ticketscope.files import appearing

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


@given(pairs=st.lists(st.tuples(TEXT, TEXT), max_size=30))
def test_seen_pairs_is_a_set(pairs: list[tuple[str, str]], tmp_path_factory) -> None:
    scratch = tmp_path_factory.mktemp("seen") / "scratch"
    known = set()
    with seen_pairs(scratch) as seen:
        for pair in pairs:
            assert seen.add(pair) == (pair not in known)
            known.add(pair)
    assert not scratch.exists()


def test_sides_are_not_run_together(tmp_path: Path) -> None:
    with seen_pairs(tmp_path / "scratch") as seen:
        assert seen.add(("a", "bc"))
        assert seen.add(("ab", "c"))


def test_full_disk_is_said_in_one_line(tmp_path: Path) -> None:
    target = tmp_path / "corpus.json"

    def fill() -> None:
        with appearing(target), seen_pairs(tmp_path / "scratch") as seen:
            seen._database.execute("PRAGMA max_page_count = 8")
            for number in range(10_000):
                seen.add(("a", str(number)))

    with pytest.raises(JobError, match=r"corpus\.json: the disk is full"):
        fill()


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("drawn", ""), "held_out"),
        (("", "x"), "empty"),
        (("x", ""), "empty"),
        (("old", "alt"), "duplicate"),
        (("tested", "getestet"), "duplicate"),
        (("tested", "geprüft"), "test_overlap"),
        (("old", "bejahrt"), None),
        (("other", "getestet"), None),
    ],
)
def test_first_reason_counts(tmp_path: Path, pair: tuple[str, str], reason: str | None) -> None:
    with seen_pairs(tmp_path / "scratch") as seen:
        text_filter = TextFilter(Cleaning(), {"drawn"}, {"drawn", "tested"}, seen)
        text_filter.reason(("old", "alt"))
        text_filter.reason(("tested", "getestet"))
        assert text_filter.reason(pair) == reason


def test_cleaning_can_be_switched_off_but_held_out_stays_out(tmp_path: Path) -> None:
    settings = Cleaning(remove_duplicates=False, remove_test_overlap=False)
    with seen_pairs(tmp_path / "scratch") as seen:
        text_filter = TextFilter(settings, {"drawn"}, {"drawn", "tested"}, seen)
        assert text_filter.reason(("tested", "x")) is None
        assert text_filter.reason(("tested", "x")) is None
        assert text_filter.reason(("drawn", "x")) == "held_out"


def test_pieces() -> None:
    reasons = {
        (0, 5): "empty",
        (256, 256): None,
        (257, 256): "over_long",
        (1, 257): "over_long",
        (2, 9): None,  # too short to judge by
        (2, 10): "length_ratio",
        (10, 2): "length_ratio",
        (3, 12): None,
        (13, 3): "length_ratio",
    }
    found = pieces_reasons(*np.array(list(reasons)).T, Cleaning())
    named = [None if place == KEPT else REASONS[place] for place in found]
    assert named == list(reasons.values())
    assert not len(pieces_reasons(np.array([]), np.array([]), Cleaning()))
