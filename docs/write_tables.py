"""Writes the tables in run-directory.md anew from their definitions; `make docs` calls it."""

from pathlib import Path

from ticketscope.steps import all_tables
from ticketscope.tables.listing import renewed

page = Path(__file__).with_name("run-directory.md")
page.write_text(renewed(page.read_text(encoding="utf-8"), all_tables()), encoding="utf-8")
