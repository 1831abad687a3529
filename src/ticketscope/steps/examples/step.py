"""Which sentences and which networks a reader of the report browses: nothing is measured."""

from typing import TYPE_CHECKING, Any

from ticketscope.steps.step import Step
from ticketscope.tables.examples import EXAMPLES_VIEW

if TYPE_CHECKING:
    from ticketscope.steps.bench import Bench


class Examples(Step):
    """Chooses of what was translated: what broke first, then an even draw."""

    name = "examples"
    version = 1
    shows = EXAMPLES_VIEW

    def view(self, bench: "Bench", last_held: int) -> dict[str, Any]:
        """The sentences; their translations are in sentences.csv.gz."""
        from ticketscope.steps.examples import browsed

        return browsed.view(bench, last_held)
