"""What is shown at a terminal: tables that fit it, and how far something is."""

import io
import sys
import unicodedata

import pytest
from rich.console import Console

from tests_support import wait_for
from ticketscope.console import terminal
from ticketscope.console.terminal import Column, FittingTable, at_work, bar, output, say

TABLE = FittingTable(
    columns=(
        Column("name", right=False),
        Column("little\nneeded", yields=2),
        Column("less needed", yields=3),
        Column("needed", yields=1),
    ),
    rows=(("a/long/name", "1,000", "2,000,000", "3"), ("b", "4", "", "5")),
    title="of things",
    total=("all", "1,004", "2,000,000", "8"),
)


def shown(table: FittingTable, width: int) -> list[str]:
    output = io.StringIO()
    Console(file=output, width=width).print(table)
    lines = [line.rstrip() for line in output.getvalue().splitlines()]
    assert all(len(line) <= width for line in lines)
    return lines


def test_no_escape_sequence_reaches_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "a\x1b[2Jb\x9bc\rd\x07:car:[red]"
    seen = r"a\x1b[2Jb\x9bc\rd\x07:car:[red]"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    console = terminal.output()
    table = FittingTable((Column(bad),), ((bad,),), title=bad, total=(bad,))
    console.print(bad)
    console.print(table)
    say(console, bad)
    shown = capsys.readouterr().out
    assert shown.count(seen) == 6
    assert not any(unicodedata.category(character) == "Cc" for character in shown.replace("\n", ""))


def test_all_columns_where_there_is_room() -> None:
    assert shown(TABLE, 80) == [
        "of things",
        "             little",
        "name         needed  less needed  needed",
        "────────────────────────────────────────",
        "a/long/name   1,000    2,000,000       3",
        "b                 4                    5",
        "",
        "all           1,004    2,000,000       8",
    ]
    assert shown(TABLE, 40) == shown(TABLE, 80)


@pytest.mark.parametrize(
    ("width", "left_out"),
    [
        (39, ("less needed",)),
        (27, ("less needed",)),
        (26, ("little needed", "less needed")),
        (18, ("little needed", "less needed", "needed")),
    ],
)
def test_columns_yield_before_a_cell_is_cut(width: int, left_out: tuple[str, ...]) -> None:
    lines = shown(TABLE, width)
    words = " ".join(lines).split()
    assert "a/long/name" in words
    assert ("1,000" in words) == ("little needed" not in left_out)
    assert ("2,000,000" in words) == ("less needed" not in left_out)
    assert f"(in a wider terminal also: {', '.join(left_out)})" in " ".join(lines)


def test_what_cannot_yield_is_broken_but_whole() -> None:
    lines = shown(FittingTable((Column("name", right=False),), (("a/long/name",),)), 4)
    assert "".join(lines[-3:]) == "a/long/name"


def test_a_sentence_is_one_line_in_a_file_and_broken_between_words_at_a_terminal() -> None:
    for is_terminal, expected in ((False, "one two three\n"), (True, "one two \nthree\n")):
        output = io.StringIO()
        say(Console(file=output, width=9, force_terminal=is_terminal), "one two three")
        assert output.getvalue() == expected


def test_a_file_is_no_terminal_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    output().print("yellow", style="yellow")
    output().print(TABLE)
    assert stdout.getvalue().startswith("yellow\n")
    assert "\x1b" not in stdout.getvalue()


# ----------------------------------------------------------------------------- how far it is


class Terminal(io.StringIO):
    """A standard error that someone looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("patience", "seen"), [(0.0, True), (1_000.0, False)])
def test_a_bar_is_shown_to_who_waits(
    patience: float, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(terminal, "PATIENCE", patience)
    items = bar("abc", 3, "letters")
    assert next(items) == "a"
    wait_for(lambda: not seen or "letters" in stderr.getvalue())
    assert list(items) == ["b", "c"]
    assert ("letters" in stderr.getvalue()) == seen


@pytest.mark.parametrize(("patience", "seen"), [(0.0, True), (1_000.0, False)])
def test_a_clock_is_shown_to_who_waits(
    patience: float, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr = Terminal()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(terminal, "PATIENCE", patience)
    with at_work("reading"):
        wait_for(lambda: not seen or "reading" in stderr.getvalue())
    assert ("reading" in stderr.getvalue()) == seen


def test_nothing_is_shown_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(terminal, "PATIENCE", 0.0)
    with at_work("reading"):
        assert list(bar("abc", 3, "letters")) == ["a", "b", "c"]
    assert stderr.getvalue() == ""
