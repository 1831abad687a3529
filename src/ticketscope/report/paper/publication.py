"""The figures and tables of a page as files for a paper: named, drawn, written down.

Everything here is pure: sections in, names and contents out. `report.paper.publish` writes them to
disk.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import altair as alt
import vl_convert

from ticketscope.report.parts.part import Figure, Section, Table

WIDTH: Final = 640
"""Pixels, axes and legends included: of a figure over the whole text width of a page."""
PIXELS: Final = 3
"""Of a PNG, in each direction, for a pixel of the figure."""
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first one is what vl-convert brings along, so that letters are as wide as they are drawn; the
others are as wide, where it is not installed."""
LONGEST_NAME: Final = 100
_P = TypeVar("_P", Figure, Table)


@dataclass(frozen=True)
class Named(Generic[_P]):
    """A figure or table of a page, and the name of its files without ending."""

    name: str
    section: str
    part: _P


@dataclass(frozen=True)
class Drawing:
    """A figure as bytes of three kinds; all three show the same.

    The same figure gives the same SVG and PNG; in a PDF the order of fonts and groups, which no
    reader sees, is not always the same.
    """

    svg: bytes
    pdf: bytes
    png: bytes


def named(sections: Iterable[Section], kind: type[_P]) -> tuple[Named[_P], ...]:
    """All figures or all tables, in the order of the page, each with a name of its own.

    A name is made of the section's and the part's titles alone, so it stays when others come or
    go; only where two would have the same name, they are numbered.
    """
    taken: set[str] = set()
    found = []
    for section in sections:
        for part in section.parts:
            if isinstance(part, kind):
                name = _not_in(taken, _slug(f"{section.anchor} {part.title}"))
                taken.add(name)
                found.append(Named(name, section.title, part))
    return tuple(found)


def drawing(figure: Figure) -> Drawing:
    """The figure on white, as the page opens with it; needs no network and no browser."""
    svg = vl_convert.vegalite_to_svg(
        _on_paper(figure), vl_version=alt.SCHEMA_VERSION.rpartition(".")[0]
    )
    return Drawing(
        svg=svg.encode(),
        pdf=vl_convert.svg_to_pdf(svg),
        png=vl_convert.svg_to_png(svg, scale=PIXELS),
    )


def chosen(figure: Figure) -> str:
    """What the figure's lists stand at when the page opens: "arm: lr_rewinding; level: 4"."""
    return "; ".join(
        f"{binding['name'].strip()}: {binding['labels'][binding['options'].index(value)]}"
        for binding, value in _lists(figure.spec())
    )


def index(rows: Sequence[tuple[str, ...]], columns: tuple[str, ...]) -> str:
    """What the files show, as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue()


def _on_paper(figure: Figure) -> dict[str, Any]:
    spec = figure.spec()
    fit = {"type": "fit-x", "contains": "padding"}
    paper = {"width": WIDTH, "autosize": fit, "background": "white"}
    drawn = spec | paper | {"config": spec["config"] | {"background": "white", "font": FONT}}
    found: dict[str, Any] = _with_fixed_legends(drawn)
    return found


def _with_fixed_legends(spec: Any) -> Any:
    """Legends of two columns where the width of the page decides: what is drawn once has its height
    before its width, and a legend that grew afterwards was cut off."""
    if isinstance(spec, list):
        return [_with_fixed_legends(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        key: 2 if key == "columns" and isinstance(part, dict) else _with_fixed_legends(part)
        for key, part in spec.items()
    }


def _lists(spec: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each list below the figure, and its value at first."""
    for parameter in spec.get("params", ()):
        if parameter.get("bind", {}).get("input") == "select":
            yield parameter["bind"], parameter["value"]


def _slug(text: str) -> str:
    """Small letters, digits and hyphens, which every file system and LaTeX take."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain)[:LONGEST_NAME].strip("-")


def _not_in(taken: set[str], name: str) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
