"""Whether the probabilities of a network are what they say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.calibration import CALIBRATION
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import calibration as its_tables

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Calibration(NetworkStep):
    """Asks every network for its whole distribution over each piece of references."""

    name = CALIBRATION
    version = 1
    section = CALIBRATION
    needs_states = True
    tables = (its_tables.CALIBRATION,)

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to be asked."""
        return study.calibration.sentences > 0

    def outlook(self, study: Study, num_networks: int) -> Iterator[str]:
        """How many pairs are read."""
        num = study.calibration.sentences
        yield (
            f"calibration: up to {num:,} pairs of the first test set are read once per network "
            f"({num_networks} networks)"
        )

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The corpus, and how it is cut into pieces."""
        from ticketscope.corpus.stored_texts import corpus_digest

        return {"corpus": corpus_digest(bench.held_out.report)}

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Confidence, entropy and loss of every piece."""
        from ticketscope.steps.calibration.measure import measure

        return measure(network, bench)

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """Networks whose pieces are not those of the networks that they are compared with."""
        from ticketscope.steps.calibration import table

        return table.remarks(bench)

    def rows(self, bench: "Bench") -> Rows:
        """Errors of calibration, and accuracy by confidence."""
        from ticketscope.steps.calibration import table

        return {"calibration": table.rows(bench) if self.is_asked(bench.study) else ()}
