"""Decisions in Markdown, such as for the summary of a job of GitHub Actions."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ticketscope.files import write_text
from ticketscope.gate.told import COLUMNS, cells, details, summary
from ticketscope.gate.verdict import GateOutcome
from ticketscope.report.paper.markdown import escape


def write_markdown(path: Path, outcome: GateOutcome, run: str) -> None:
    """Write the page; `run` is named in its heading."""
    write_text(path, as_markdown(outcome, run))


def as_markdown(outcome: GateOutcome, run: str) -> str:
    """The decisions as a page: the whole verdict, one row per decision, and what did not pass."""
    return "\n".join(_lines(outcome, run)) + "\n"


def _lines(outcome: GateOutcome, run: str) -> Iterator[str]:
    yield f"### ticketscope gate {escape(run)}"
    yield ""
    yield escape(summary(outcome))
    yield ""
    yield _row(COLUMNS)
    yield "|:--|:--|--:|--:|--:|:--|"
    yield from (_row(cells(decision)) for decision in outcome.decisions)
    for decision in outcome.decisions:
        if lines := details(decision):
            yield ""
            yield f"{escape(f'{decision.rule}, {decision.network}')}:"
            yield ""
            yield from (f"- {escape(line)}" for line in lines)
    if outcome.remarks:
        yield ""
        yield from (f"- {escape(remark)}" for remark in outcome.remarks)


def _row(texts: Sequence[str]) -> str:
    return f"| {' | '.join(escape(text) for text in texts)} |"
