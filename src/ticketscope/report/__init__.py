"""From the tables of a run to figures, and to one self-contained HTML file."""

from ticketscope.report.page import build_report

__all__ = ["build_report"]
