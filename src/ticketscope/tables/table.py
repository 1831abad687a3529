"""What a table of a run is: its columns stand once and serve all who write, read or tell them.

Those are the writer, the typed reader, the claims, the documentation, and the page of the report
with its exports.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from ticketscope.tables.column import Column, number, text, whole

SPARSITIES = ("sparsity_prunable", "sparsity_total", "sparsity_non_embedding")
"""The share of zeros over prunable, all, and all but embedding weights."""
NAMES_OF_NETWORKS = ("arm", "replicate", "level")
"""The columns that name the network of a row."""
MEND = "delete it and give the command of this run again to have it written anew"
"""What to do about a file of a run that is not as ticketscope writes it."""


@dataclass(frozen=True, kw_only=True)
class Plot:
    """How the report draws a table of networks that no section of its own draws.

    There is one line per arm and replicate. Where the table has `lower` and `upper`, they are drawn
    as the interval of `y`.

    Args:
        x: along which column: `sparsity_prunable`, or another one, such as `layer`.
        y: the column of values.
        panels: there is one figure per value of this column, such as `measure`; None: one figure.
        chosen: of these columns the reader chooses one value at a time.
    """

    x: str
    y: str
    panels: str | None = None
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a run.

    Args:
        name: of its file, without ending.
        says: what a row is, in Markdown.
        own: its columns, but for those that every table of networks begins with.
        of_networks: whether it begins with the network that a row is about (`OF_NETWORKS`).
        packed: whether its file is packed by gzip.
        plot: how the report draws it where no section of its own does.
        one_row: whether a network has one row at the most, so that no column tells rows apart.
    """

    name: str
    says: str
    own: tuple[Column, ...]
    of_networks: bool = True
    packed: bool = False
    plot: Plot | None = None
    one_row: bool = False

    def __post_init__(self) -> None:
        assert len(self.columns) == len(self.names), f"{self.name}: two columns of one name"

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns, in the order of the file."""
        return (*OF_NETWORKS, *self.own) if self.of_networks else self.own

    @cached_property
    def names(self) -> dict[str, Column]:
        """All columns by name, in the order of the file."""
        return {column.name: column for column in self.columns}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What tells the rows of one network apart: the columns before the first figure, which is
        `value` or, where there is no such, the first number or count (`num_…`). A number that may
        be empty describes a row and tells it from no other."""
        if self.one_row:
            return ()
        figures = ["value"] if "value" in self.names else [c.name for c in self.own if _counts(c)]
        before = takewhile(lambda column: column.name not in figures, self.own)
        known = (*NAMES_OF_NETWORKS, *SPARSITIES)
        return tuple(c.name for c in before if c.name not in known and not _describes(c))

    @property
    def file(self) -> str:
        """Where it lies in a run directory."""
        return f"tables/{self.name}.csv{'.gz' if self.packed else ''}"


@dataclass(frozen=True)
class NotMeasured:
    """In place of a table or view that a run does not have."""

    reason: str


def _counts(column: Column) -> bool:
    return column.kind == "number" or _is_number_of(column)


def _describes(column: Column) -> bool:
    return _is_number_of(column) or (column.kind == "number" and column.optional)


def _is_number_of(column: Column) -> bool:
    return column.name.startswith("num_")


def network(says: str, prefix: str = "", *, optional: bool = False) -> tuple[Column, ...]:
    """The columns that name a network of a run."""
    return (
        *text(f"{prefix}arm", says=says, optional=optional, known=tuple),
        *whole(f"{prefix}replicate", f"{prefix}level", says=says, optional=optional),
    )


OF_NETWORKS = (
    *text(
        "arm",
        says="the arm that made the network; `dense`, or in a dissection `base`, is what all "
        "others are made from",
        known=tuple,
    ),
    *whole("replicate", says="from 0"),
    *whole("level", says="0 for the dense model, from 1 on for the others"),
    *number(SPARSITIES[0], says="share of zeroed weights over the prunable parameters"),
    *number(SPARSITIES[1], says="the same over all trainable parameters"),
    *number(
        SPARSITIES[2], says="zeroed weights outside the embedding over all parameters outside it"
    ),
)
"""What every table of networks begins with."""
