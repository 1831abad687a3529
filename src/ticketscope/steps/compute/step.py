"""What it took to make the networks: nothing is measured, logs and shapes tell."""

from typing import TYPE_CHECKING

from ticketscope.config import Experiment, Study
from ticketscope.steps.step import Rows, Step
from ticketscope.tables import compute as its_tables

if TYPE_CHECKING:
    from ticketscope.steps.bench import Bench


class Compute(Step):
    """Updates, tokens and operations of every training, alone and with all before it."""

    name = "compute"
    version = 1
    tables = (its_tables.COMPUTE,)

    def is_asked(self, study: Study) -> bool:
        """Whether the networks were trained here."""
        return isinstance(study, Experiment)

    def rows(self, bench: "Bench") -> Rows:
        """One row per network."""
        from ticketscope.steps.compute import table

        return {"compute": table.rows(bench)} if self.is_asked(bench.study) else {}
