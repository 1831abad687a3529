"""A run's figures and tables in folders that the user names, for a paper."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ticketscope import files
from ticketscope.console.terminal import at_work, bar
from ticketscope.report.claims.sections import claims_table
from ticketscope.report.downloads import columns_table
from ticketscope.report.paper import latex as latex_tables
from ticketscope.report.paper import markdown as markdown_tables
from ticketscope.report.paper.publication import chosen, drawing, index, named
from ticketscope.report.parts.part import Figure, Section, Table, Verdicts
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import first_screen, sections
from ticketscope.steps import all_tables

INDEX_OF_FIGURES: Final = "index.csv"
INDEX_OF_TABLES: Final = "tables.csv"


def publish(
    run: Path,
    *,
    figures: Path | None = None,
    latex: Path | None = None,
    markdown: Path | None = None,
    edited: bool = False,
) -> tuple[Path, ...]:
    """Write the figures of a run's report to one folder, its tables as LaTeX or Markdown to others.

    Returns the paths of the indexes. Other files in the folders stay as they are. Raises as
    `read_run`, and `InputError` where a folder cannot be made.
    """
    with at_work("reading tables"):
        measured = read_run(run, edited=edited)
        for folder in (figures, latex, markdown):
            if folder:
                files.make_folder(folder)
        columns = Section("columns", "Columns", (columns_table(all_tables(), measured.files),))
        page = (_first_screen(measured), *sections(measured), columns)
    written = []
    if figures:
        written.append(_write_figures(page, figures))
    source = f"ticketscope {measured.identity.ticketscope}: {measured.study.name}"
    if latex:
        written.append(_write_tables(page, latex, "tex", latex_tables.fragment, source))
    if markdown:
        written.append(_write_tables(page, markdown, "md", markdown_tables.fragment, source))
    return tuple(written)


def _first_screen(run: RunTables) -> Section:
    """The verdicts as a table; on the page they are cards."""
    first = first_screen(run)
    claims = (
        claims_table([(first.name, first.verdicts)])
        if isinstance(first.verdicts, Verdicts)
        else first.verdicts
    )
    return Section(
        "first", "First screen", (*first.answers, first.picture, *first.overview, claims)
    )


def _write_figures(sections: Iterable[Section], folder: Path) -> Path:
    """Every figure as SVG, PDF and PNG, and last the index that names them."""
    figures = named(sections, Figure)
    rows = []
    for each in bar(figures, len(figures), "figures"):
        part = each.part
        drawn = drawing(part)
        for ending, content in (("svg", drawn.svg), ("pdf", drawn.pdf), ("png", drawn.png)):
            with files.appearing(folder / f"{each.name}.{ending}") as partial:
                partial.write_bytes(content)
        rows.append((each.name, each.section, part.title, chosen(part), part.reading))
    path = folder / INDEX_OF_FIGURES
    files.write_text(path, index(rows, ("file", "section", "title", "chosen", "reading")))
    return path


def _write_tables(
    sections: Iterable[Section],
    folder: Path,
    ending: str,
    fragment: Callable[[Table, str, str], str],
    source: str,
) -> Path:
    """Every table as a fragment, which says its source, and last the index."""
    rows = []
    tables = named(sections, Table)
    for each in bar(tables, len(tables), "tables"):
        text = fragment(each.part, each.section, source)
        files.write_text(folder / f"{each.name}.{ending}", text)
        rows.append((each.name, each.section, each.part.title))
    path = folder / INDEX_OF_TABLES
    files.write_text(path, index(rows, ("file", "section", "title")))
    return path
