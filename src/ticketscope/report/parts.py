"""What a page is made of: sections of prose, figures, tables, code and links.

The template has a macro for each part (`name`), and escapes all text in it. A new section needs a
function in `ticketscope.report.sections`, a new kind of part a class here and a macro there.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import altair as alt

from ticketscope.report.tables import AttentionMapsView


@dataclass(frozen=True)
class Prose:
    """A paragraph, with what it comes to in front."""

    text: str
    lead: str = ""
    name: ClassVar = "prose"


@dataclass(frozen=True)
class Gap:
    """What was not measured, and why."""

    reason: str
    name: ClassVar = "gap"


@dataclass(frozen=True)
class Figure:
    """A chart with a title that says what is seen and a sentence on how to read it."""

    title: str
    reading: str
    chart: alt.LayerChart
    name: ClassVar = "figure"

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, all data included."""
        with alt.data_transformers.disable_max_rows():
            spec: dict[str, Any] = self.chart.properties(description=self.title).to_dict()
        return spec


@dataclass(frozen=True)
class AttentionView:
    """Attention maps to choose from: a dense model's beside those of a ticket."""

    title: str
    reading: str
    maps: AttentionMapsView
    name: ClassVar = "attention"

    def spec(self) -> dict[str, Any]:
        """What templates/attention.js draws."""
        return self.maps.model_dump(mode="json")


@dataclass(frozen=True)
class Table:
    """Cells as text; the first `num_text` columns are names, the others numbers.

    A folded table shows its title only until it is opened (in print it is always open).
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_text: int
    folded: bool = False
    name: ClassVar = "table"


@dataclass(frozen=True)
class Code:
    """Text to copy, such as a settings file or commands."""

    title: str
    text: str
    name: ClassVar = "code"


@dataclass(frozen=True)
class Links:
    """Files beside the page, as paths relative to it."""

    paths: tuple[str, ...]
    name: ClassVar = "links"


Part = Prose | Gap | Figure | AttentionView | Table | Code | Links


@dataclass(frozen=True)
class Section:
    """A question and its answer; `anchor` is its place in links."""

    anchor: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Summary:
    """The first screen: what was run, and does quality hold."""

    name: str
    synthetic: bool
    facts: tuple[tuple[str, str], ...]
    answers: tuple[Part, ...]
