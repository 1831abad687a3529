"""What a person sees while a command works: consoles, tables that fit, and how far something is."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Final, Literal, TypeVar

from rich.align import Align
from rich.box import SIMPLE_HEAD
from rich.console import (
    Console,
    ConsoleOptions,
    HighlighterType,
    JustifyMethod,
    OverflowMethod,
    RenderResult,
)
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ticketscope.controls import printable

_WIDTH_ELSEWHERE: Final = 140
"""Columns where output is no terminal: wide enough for every table."""
PATIENCE: Final = 2.0
"""Seconds that a person likes to wait without a word."""
_T = TypeVar("_T")


class _PlainConsole(Console):
    """A console that prints strings as plain text; only ticketscope puts line feeds into them.

    Whatever is printed as a string passes here, cells and headings of tables as well.
    """

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,
        markup: bool | None = None,
        highlight: bool | None = None,
        highlighter: HighlighterType | None = None,
    ) -> Text:
        """As in rich, of printable text."""
        return super().render_str(
            "\n".join(map(printable, text.split("\n"))),
            style=style,
            justify=justify,
            overflow=overflow,
            emoji=emoji,
            markup=markup,
            highlight=highlight,
            highlighter=highlighter,
        )


def output() -> Console:
    """Standard output: as wide as the terminal, or, if it is none, wide enough for every table."""
    # Names and paths are the user's: nothing in them is markup, and :car: is no picture.
    is_terminal = sys.stdout.isatty()
    return _PlainConsole(
        width=None if is_terminal else _WIDTH_ELSEWHERE,
        force_terminal=is_terminal,  # FORCE_COLOR, as build servers set it, makes no terminal
        markup=False,
        emoji=False,
        highlight=False,
    )


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a sentence: broken between words at a terminal, in one line for a file."""
    console.print(text, style=style, soft_wrap=not console.is_terminal)


def roughly(seconds: float) -> str:
    """A time to come, to two digits or so."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 2 * 86_400:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:,.0f} days"


def clock() -> str:
    """The time of day, local, for the beginning of a line."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


# ----------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Args:
        name: its heading; a line feed breaks it.
        right: whether its cells are numbers.
        yields: in a narrow terminal the columns that yield most go first; one of 0 stays.
    """

    name: str
    right: bool = True
    yields: int = 0


@dataclass(frozen=True)
class FittingTable:
    """A table whose cells are never cut: in a narrow terminal it leaves out columns, and says
    which.

    Args:
        columns: from left to right.
        rows: one text per column each.
        title: what stands above it.
        total: a last row, set apart.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    total: tuple[str, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = list(range(len(self.columns)))
        yielding = sorted(
            (index for index in shown if self.columns[index].yields),
            key=lambda index: -self.columns[index].yields,
        )
        without_limit = options.update(max_width=sys.maxsize)
        table = self._table(shown)
        while (
            yielding and console.measure(table, options=without_limit).maximum > options.max_width
        ):
            shown.remove(yielding.pop(0))
            table = self._table(shown)
        if self.title:
            yield Text(printable(self.title), overflow="fold")
        yield table
        if left_out := [c.name for i, c in enumerate(self.columns) if i not in shown]:
            names = ", ".join(" ".join(name.split()) for name in left_out)
            yield Text(f"(in a wider terminal also: {names})", style="dim", overflow="fold")

    def _table(self, shown: Sequence[int]) -> Table:
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1))
        for index in shown:
            column = self.columns[index]
            justify: Literal["left", "right"] = "right" if column.right else "left"
            heading = Align(column.name, justify, vertical="bottom")
            table.add_column(heading, justify=justify, vertical="top", overflow="fold")
        for row in self.rows:
            table.add_row(*(row[index] for index in shown))
        if self.total:
            table.add_section()
            table.add_row(*(self.total[index] for index in shown))
        return table


# ----------------------------------------------------------------------------- how far it is


def bar(items: Iterable[_T], total: int, description: str) -> Iterator[_T]:
    """A bar on standard error while the items are worked on, if that is a terminal."""
    with advancing(total, description) as advance:
        for item in items:
            yield item
            advance(1)


@contextmanager
def advancing(total: int | None, description: str) -> Iterator[Callable[[int], None]]:
    """The same for work that reports how much of the total it has done since its last report."""
    shown = Progress(console=Console(stderr=True), transient=True)
    task = shown.add_task(description, total=total)
    with _patiently(shown):
        yield lambda number: shown.advance(task, number)


@contextmanager
def at_work(description: str) -> Iterator[None]:
    """A clock on standard error, if that is a terminal, while the enclosed work takes its time."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    shown = Progress(*columns, console=Console(stderr=True), transient=True)
    shown.add_task(description, total=None)
    with _patiently(shown):
        yield


@contextmanager
def _patiently(shown: Progress) -> Iterator[None]:
    """Show it at a terminal, once the enclosed work has taken some time."""
    if not sys.stderr.isatty():
        yield
        return
    patience = Timer(PATIENCE, shown.start)
    patience.daemon = True
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
        patience.join()
        shown.stop()
