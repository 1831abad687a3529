"""What a page is made of: sections of prose, figures, tables, code and links.

The template has a macro for each part (`name`), and escapes all text in it. A new section needs a
function in `ticketscope.report.sections`, a new kind of part a class here and a macro there.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, Final

import altair as alt

from ticketscope.packing import packed_json
from ticketscope.report.parts.example_browser import ExampleBrowser
from ticketscope.report.parts.wording import plural
from ticketscope.tables.views import AttentionMapsView


@dataclass(frozen=True)
class Prose:
    """A paragraph, with its conclusion in front."""

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
    wide: bool = False
    """Whether it needs the whole width of the page."""
    name: ClassVar = "figure"

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, all data included."""
        described = self.chart.properties(description=self.title)
        with alt.data_transformers.disable_max_rows():
            # Checking them against Vega-Lite's schema takes seconds; the tests draw them.
            spec: dict[str, Any] = described.to_dict(validate=False)
        return spec

    @cached_property
    def packed(self) -> str:
        """The specification as it stands in the page."""
        return packed_json(self.spec())


@dataclass(frozen=True)
class MappedNetwork:
    """What a network whose attention maps are shown is called."""

    title: str
    """Above its map."""
    choice: str
    """In the list to choose from."""
    short: str
    """Before a weight."""


@dataclass(frozen=True)
class AttentionView:
    """Attention maps to choose from: those of the first network beside those of another."""

    title: str
    reading: str
    maps: AttentionMapsView
    networks: tuple[MappedNetwork, ...]
    """In the order of the maps."""
    chooser: str
    """What the others are chosen by."""
    name: ClassVar = "attention"

    def spec(self) -> dict[str, Any]:
        """What templates/attention.js draws."""
        maps = self.maps.model_dump(mode="json")
        named = zip(maps["networks"], self.networks, strict=True)
        networks = [network | asdict(names) for network, names in named]
        return maps | {"networks": networks, "chooser": self.chooser}

    @cached_property
    def packed(self) -> str:
        """The same as it stands in the page."""
        return packed_json(self.spec())


@dataclass(frozen=True)
class Table:
    """Cells as text; the first `num_text` columns are names, the others numbers.

    A folded table shows its title only until it is opened (in print it is always open). The last
    `num_sentences` columns hold sentences, which are broken into lines.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    num_text: int
    folded: bool = False
    num_sentences: int = 0
    marked: frozenset[tuple[int, int]] = frozenset()
    """Row and column, from 0, of the cells to be seen first."""
    name: ClassVar = "table"

    def kind(self, column: int) -> str:
        """How cells of a column are set: its class in templates/style.css; columns from 1."""
        if column <= self.num_text:
            return "text"
        return "sentence" if column > len(self.columns) - self.num_sentences else "number"

    def kinds(self) -> list[str]:
        """That of every column."""
        return [self.kind(column) for column in range(1, len(self.columns) + 1)]


@dataclass(frozen=True)
class Words:
    """A run of words of a translation; `changed`: another translation has others there."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Translation:
    """What a model made of a sentence, and its score as text."""

    model: str
    score: str
    words: tuple[Words, ...]


@dataclass(frozen=True)
class TranslatedSentence:
    """A source, its reference, and translations to be read beside each other."""

    source: str
    reference: str
    translations: tuple[Translation, ...]
    link: str = ""
    """To the same among the examples; "" where it is not there."""


@dataclass(frozen=True)
class SideBySide:
    """Sentences as several models translate them, with the words that changed marked."""

    title: str
    reading: str
    sentences: tuple[TranslatedSentence, ...]
    folded: bool
    name: ClassVar = "side_by_side"


@dataclass(frozen=True)
class Code:
    """Text to copy, such as a settings file or commands."""

    title: str
    text: str
    name: ClassVar = "code"


@dataclass(frozen=True)
class Dot:
    """A level in a small picture: its mean, its interval (as high as the mean if there is none)."""

    x: float
    y: float
    lower: float
    upper: float
    registered: bool
    """Whether the claim is decided over it, too."""


@dataclass(frozen=True)
class SmallPicture:
    """A statistic against sparsity, as small as a line of text, in the units of its drawing."""

    dots: tuple[Dot, ...]
    null: float
    """Height of the line of no effect: the control."""
    band: str
    """Corners of what is too small to matter, as SVG's `points`; "" if that is not registered."""
    ends: tuple[str, str]
    """The shares pruned at its left and right edge, in words."""
    text: str
    """The same for who does not see it."""


SIGNS: Final = {
    "supported": "✓",
    "contradicted": "✗",
    "no relevant effect": "≈",
    "undecided": "?",
    "not measured": "–",
}
"""Each verdict as one character, which needs no colour."""


@dataclass(frozen=True)
class Verdict:
    """A claim as a question, and what the run answers."""

    claim: str
    title: str
    question: str
    answer: str
    verdict: str
    figures: str
    """What decided, with its unit, interval and number of replicates; "" where no single figure
    did."""
    shows: str
    """What the small picture shows, and which side of its line is what."""
    picture: SmallPicture | None
    sentence: str
    """What is computed, against which control, over how many replicates."""
    reason: str
    mark: str
    """What weakens the verdict; mostly ""."""

    @property
    def sign(self) -> str:
        """The verdict as one character, which needs no colour."""
        return SIGNS[self.verdict]


@dataclass(frozen=True)
class Verdicts:
    """All claims beside each other."""

    verdicts: tuple[Verdict, ...]
    name: ClassVar = "verdicts"


@dataclass(frozen=True)
class Enclosed:
    """A table that the page holds a copy of; also beside the page, under its path."""

    path: str
    size: str
    packed: str
    """Its columns as packed JSON: a list of lists of cells, names first."""

    @property
    def file_name(self) -> str:
        """What it is saved as."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Downloads:
    """Files to save from the page itself."""

    files: tuple[Enclosed, ...]
    name: ClassVar = "downloads"


@dataclass(frozen=True)
class Folded:
    """Parts of which only the title is seen until they are opened or printed."""

    title: str
    parts: "tuple[Part, ...]"
    name: ClassVar = "folded"


@dataclass(frozen=True)
class Jump:
    """A link to another place of the page, with what is seen there."""

    text: str
    address: str


@dataclass(frozen=True)
class Jumps:
    """Links to other places of the page, under a title."""

    title: str
    jumps: tuple[Jump, ...]
    name: ClassVar = "jumps"


@dataclass(frozen=True)
class Links:
    """Files beside the page, as paths relative to it."""

    paths: tuple[str, ...]
    name: ClassVar = "links"


Part = (
    Prose
    | Gap
    | Figure
    | AttentionView
    | ExampleBrowser
    | Table
    | SideBySide
    | Code
    | Folded
    | Verdicts
    | Downloads
    | Jumps
    | Links
)


@dataclass(frozen=True)
class Section:
    """A question and its answer; `anchor` is its place in links."""

    anchor: str
    title: str
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Its short name in the bar: "Word classes"."""
        return self.anchor.replace("-", " ").replace("_", " ").capitalize()

    @property
    def holds(self) -> str:
        """What a reader finds who opens it: "4 figures, 1 table"; "" for text alone."""
        kinds = {"figure": (Figure, AttentionView), "table": (Table,)}
        numbers = {
            noun: sum(isinstance(part, of) for part in self.parts) for noun, of in kinds.items()
        }
        browsed = [part.num_sentences for part in self.parts if isinstance(part, ExampleBrowser)]
        numbers["sentence"] = sum(browsed)
        return ", ".join(plural(num, noun) for noun, num in numbers.items() if num)


@dataclass(frozen=True)
class Summary:
    """The first screen: an answer, a picture, the claims, what to do next."""

    name: str
    synthetic: bool
    setting: str
    """What the answers are about: sentences, languages, training seeds."""
    answers: tuple[Part, ...]
    """How far quality holds; the arm under study first."""
    picture: Figure | Gap
    losses: tuple[Prose, ...]
    """What broke first, and what was gained."""
    verdicts: Verdicts | Table | Gap
    next_steps: tuple[str, ...]
    trust: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    """What was run: labels and values."""
    glossary: tuple[tuple[str, str], ...]
    """Words of the page and their meaning."""
    question: str = "How far can this translator be pruned before it breaks?"
    """What the page answers."""
    overview: tuple[Part, ...] = ()
    """All networks at a glance, where they are several."""
