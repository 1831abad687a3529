"""How fast a network decodes, and how large it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import analysis_identity
from ticketscope.steps.quality.step import Quality
from ticketscope.steps.step import PanelStep, Row, Rows
from ticketscope.tables import speed as its_tables

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Speed(PanelStep):
    """Times all networks when nothing else runs."""

    name = "speed"
    version = 1
    section = "speed"
    tables = (its_tables.SPEED,)

    def identity(self, bench: "Bench") -> Mapping[str, Any]:
        """How texts are decoded, and with how many threads."""
        return {
            "decoding": analysis_identity(bench.study, Quality.section, Quality.version),
            "threads": bench.threads,
        }

    def measure(self, networks: Sequence["Network"], bench: "Bench") -> Mapping[str, Any]:
        """Rates and sizes of every engine of every network."""
        from ticketscope.steps.speed.measure import measure

        return measure(networks, bench)

    def rows(self, bench: "Bench") -> Rows:
        """One row per engine and network."""
        return {"speed": self._rows(bench)}

    def _rows(self, bench: "Bench") -> Iterator[Row]:
        stored = {
            reference: bench.results.read(self.name, reference)["tickets"]
            for reference in bench.panel.dense
        }
        for label in bench.panel.labels:
            for row in stored[bench.panel.reference_or_self(label)][str(label)]:
                yield {"level_id": label, **row}
