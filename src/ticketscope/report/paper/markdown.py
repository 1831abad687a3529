"""Tables as Markdown, in the form of GitHub, for notes and pull requests."""

import re
from collections.abc import Sequence
from typing import Final

from ticketscope.report.parts.part import Table
from ticketscope.report.parts.wording import one_line

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")
_EDGES: Final = {"text": ":--", "number": "--:", "sentence": ":--"}


def escape(text: str) -> str:
    """Text that Markdown shows as it is written, on one line; no HTML passes."""
    return _SPECIAL.sub(r"\\\1", one_line(text))


def fragment(table: Table, section: str, source: str) -> str:
    """The table below a line that says what it is and where it comes from."""
    lines = (
        f"{escape(f'{source}: {section}: {table.title}')}",
        "",
        _row(table.columns),
        f"|{'|'.join(_EDGES[kind] for kind in table.kinds())}|",
        *(_row(row) for row in table.rows),
    )
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(escape(cell) for cell in cells)} |"
