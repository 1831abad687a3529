"""One self-contained HTML file that shows several runs side by side."""

from collections.abc import Sequence
from pathlib import Path

from ticketscope import __version__, files
from ticketscope.errors import InputError
from ticketscope.report.comparison.compared_runs import ComparedRun, read_runs
from ticketscope.report.comparison.sections import comparison_sections
from ticketscope.report.page import rendered
from ticketscope.report.parts.wording import listed

_NUM_FIRST = 2
"""Sections that the first screen holds."""


def build_comparison(runs: Sequence[Path], out: Path, *, edited: bool = False) -> Path:
    """Write the page about these runs to `out`, and return its path.

    It is made from their config.json, tables and views alone; the same files in the same order give
    the same bytes. Raises `InputError` for fewer than two runs and where `out` cannot be written,
    and as `read_run`.
    """
    if out.is_dir():
        raise InputError(f"{out}: is a folder; give a file")
    read = read_runs(runs, edited=edited)
    files.make_folder(out.parent)
    page = render_comparison(read)
    files.write_text(out, page)
    return out


def render_comparison(runs: Sequence[ComparedRun]) -> str:
    """The page as HTML."""
    sections = comparison_sections(runs)
    return rendered(
        "comparison.html",
        {
            "title": listed([run.name for run in runs]),
            "version": __version__,
            "first": sections[:_NUM_FIRST],
            "sections": sections[_NUM_FIRST:],
        },
    )
