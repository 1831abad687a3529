"""What all figures share: here, how lines stand beside their sparsity."""

import re

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.report.drawing.drawn_rows import drawn_at, level_shares
from ticketscope.report.drawing.sparsity_lines import DODGE, dodged
from ticketscope.report.published.beside import at_share_of_level

pytestmark = pytest.mark.slow

WIDTH = 700.0
PADDING = 16
"""Pixels on either side of the sparsity axis."""
LADDER = (0.0, 0.45, 0.6975, 0.8336, 0.9085, 0.9497, 0.9723)


def _steps_in_pixels(levels: tuple[float, ...], num_lines: int) -> tuple[pd.DataFrame, float]:
    lines = [f"line {number}" for number in range(num_lines)]
    data = pd.DataFrame([(line, at) for line in lines for at in levels], columns=["l", "drawn_at"])
    rows, offset = dodged(data, list(data["l"]), lines)
    found = re.fullmatch(
        r"datum\.dodge \* min\((\d+), ([\d.]+) \* \(width - (\d+)\)\)", offset.expr
    )
    assert found is not None
    assert float(found[3]) == 2 * PADDING
    return rows, min(float(found[1]), float(found[2]) * (WIDTH - 2 * PADDING))


def test_lines_stand_side_by_side_around_their_sparsity() -> None:
    rows, pixels = _steps_in_pixels(LADDER[:4], 3)
    assert pixels == DODGE, "there is room"
    assert rows.groupby("l")["dodge"].agg(["min", "max"]).to_numpy().tolist() == [
        [-1, -1],
        [0, 0],
        [1, 1],
    ]


def test_lines_beside_marks_of_others_stay_within_some_pixels() -> None:
    data = pd.DataFrame({"l": list("abcde") * 2, "drawn_at": [0.0] * 5 + [0.8] * 5})
    _, offset = dodged(data, list(data["l"]), list("abcde"), spread=12)
    assert offset.expr.startswith("datum.dodge * min(3, "), "four steps of three pixels"


def test_lines_of_close_levels_stay_at_their_own() -> None:
    num_lines = 9
    _, pixels = _steps_in_pixels(LADDER, num_lines)
    between = (LADDER[-1] - LADDER[-2]) / LADDER[-1] * (WIDTH - 2 * PADDING)
    assert 0 < pixels * (num_lines - 1) < between, (
        "the last line of one before the first of the next"
    )
    assert DODGE * (num_lines - 1) > between, "which four pixels a line would not keep"


@pytest.mark.parametrize("levels", [(0.0,), (0.5,)])
def test_one_level_needs_no_room(levels: tuple[float, ...]) -> None:
    assert _steps_in_pixels(levels, 4)[1] == DODGE


def test_what_prunes_nothing_stands_at_the_sparsity_of_the_tickets_of_its_level() -> None:
    rows = pd.DataFrame(
        [
            (arm, replicate, level, (0.2 + 0.01 * replicate) * level if known.prunes else 0.0)
            for arm, known in ((name, CAST[name]) for name in CAST)
            for replicate in (0, 1)
            for level in ((0,) if arm == "dense" else (1, 2))
        ],
        columns=["arm", "replicate", "level", "sparsity_prunable"],
    )
    drawn = drawn_at(rows, CAST)
    assert drawn["drawn_at"].tolist() == pytest.approx(
        ((0.2 + 0.01 * drawn["replicate"]) * drawn["level"]).tolist()
    )


def test_a_level_at_which_arms_have_unlike_sparsities_tells_the_least_and_the_most() -> None:
    rows = pd.DataFrame(
        {
            "arm": ["lr_rewinding", "lr_rewinding", "structured_ffn", "lr_rewinding"],
            "level": [1, 1, 1, 2],
            "drawn_at": [0.36, 0.3602, 0.142, 0.59],
        }
    )
    first, second = level_shares(rows, "drawn_at").values()
    assert (first.replace("\xa0", " "), second.replace("\xa0", " ")) == (
        "14.2 % to 36.0 %",
        "59.0 %",
    )
    assert list(at_share_of_level(rows)["arm"]) == ["lr_rewinding"] * 3
