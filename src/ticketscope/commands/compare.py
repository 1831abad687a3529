"""Commands that put several runs side by side."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ticketscope.controls import printable


def compare(
    *runs: Path,
    out: Path = Path("comparison.html"),
    edited_tables: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Show several runs side by side on one page: methods, corpora or seeds.

    Parameters
    ----------
    runs
        The run directories, two or more.
    out
        The file to write.
    edited_tables
        Take tables and views even if somebody has changed them since ticketscope wrote them.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.report.comparison.comparison_page import build_comparison

    with at_work("building the page"):
        page = build_comparison(runs, out, edited=edited_tables)
    print(printable(str(page)))
