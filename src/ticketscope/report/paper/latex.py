r"""Tables as LaTeX: fragments for \input, in the style of the package booktabs."""

import re
from collections.abc import Sequence
from typing import Final

from ticketscope.report.parts.part import Table
from ticketscope.report.parts.wording import MINUS, NO_BREAK, one_line

_LETTERS: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"\char34{}",  # babel gives the letter itself another meaning in German
    # After the end of a row these two would be its options.
    "[": "{[}",
    "*": "{*}",
    MINUS: "$-$",
    NO_BREAK: "~",
    "·": r"\textperiodcentered{}",
    "…": r"\ldots{}",
    "⟨": r"$\langle$",
    "⟩": r"$\rangle$",
    "✓": r"$\surd$",
    "✗": r"$\times$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "×": r"$\times$",
    "→": r"$\rightarrow$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
} | {letter: rf"\{letter}" for letter in "&%$#_{}"}
_SENTENCES: Final = 0.6
"""Of the width of the text, for all columns of sentences together."""
_ESCAPES: Final = str.maketrans(_LETTERS)


def escape(text: str) -> str:
    """Text that LaTeX sets as it is written, on one line.

    Letters of other scripts than Latin stay themselves: they take XeLaTeX or LuaLaTeX, and a font
    that has them.
    """
    escaped = one_line(text).translate(_ESCAPES)
    return re.sub(r"([-,'])(?=\1)", r"\1{}", escaped)  # two of these would be another letter


def fragment(table: Table, section: str, source: str) -> str:
    """A `tabular` with a comment that says what it is and where it comes from."""
    lines = (
        f"% {one_line(f'{source}: {section}: {table.title}')}",
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{{_columns(table)}}}",
        r"\toprule",
        _row(table.columns),
        r"\midrule",
        *(_row(row) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
    )
    return "\n".join(lines) + "\n"


def _columns(table: Table) -> str:
    """Names to the left, numbers to the right; sentences are broken into lines."""
    kinds = table.kinds()
    width = _SENTENCES / max(1, kinds.count("sentence"))
    letters = {"text": "l", "number": "r", "sentence": rf"p{{{width:.2f}\textwidth}}"}
    return "".join(letters[kind] for kind in kinds)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(escape(cell) for cell in cells) + r" \\"
