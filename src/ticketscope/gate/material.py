"""What a gate judges: the tables of a run, and what is known of its networks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.tables.table import NotMeasured, Table


@dataclass(frozen=True)
class Material:
    """Args:
    cast: who plays in the run.
    num_replicates: how many of each network there are; of a dissection one.
    schema: the tables that a run may have, by name.
    read: gives a table of the run.
    in_domain: the test sets that pooled figures are the mean of.
    num_sentences: of each test set.
    """

    cast: Cast
    num_replicates: int
    schema: Mapping[str, Table]
    read: Callable[[Table], pd.DataFrame | NotMeasured]
    in_domain: tuple[str, ...] = ()
    num_sentences: Mapping[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> dict[str, Table]:
        """The tables that rules can be about: those that name networks, but the packed ones, whose
        rows are sentences."""
        return {
            name: table
            for name, table in self.schema.items()
            if "arm" in table.names and not table.packed
        }
