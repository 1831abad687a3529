"""What broke in translations, by kinds that a reader can see."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.damage import DAMAGE
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import damage as its_tables
from ticketscope.tables.views import DAMAGE_VIEW

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Damage(NetworkStep):
    """Counts what broke in the translations that the quality of a network was measured on."""

    name = DAMAGE
    version = 1
    section = "damage"
    looks_inside = False
    tables = (its_tables.DAMAGE, its_tables.DAMAGED_SENTENCES)
    shows = DAMAGE_VIEW
    compares = True

    def is_asked(self, study: Study) -> bool:
        """Whether any sentence is looked at."""
        return study.damage.sentences > 0

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """The network that it was made from, which tells what is left out and made up."""
        base = bench.panel.reference(label)
        return (base,) if base else ()

    def reads(self, label: "LevelId", bench: "Bench") -> Sequence[tuple[str, "LevelId"]]:
        """Its translations, and what the network that it was made from told of its own."""
        base = bench.panel.reference(label)
        return ((QUALITY, label), *(((DAMAGE, base),) if base else ()))

    def identity(self, network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The translations and all that they are judged by, by content."""
        from ticketscope.steps.damage import measure

        return measure.identity(network, bench)

    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """What could break and what did, sentence by sentence."""
        from ticketscope.steps.damage.measure import measure

        return measure(network, others[0] if others else network, bench)

    def rows(self, bench: "Bench") -> Rows:
        """One row per kind; and one per sentence and kind in which something broke."""
        from ticketscope.steps.damage import table

        if not self.is_asked(bench.study):
            return {}
        return {"damage": table.rows(bench), "damaged_sentences": table.sentence_rows(bench)}

    def view(self, bench: "Bench", _last_held: int) -> dict[str, Any]:
        """Which kinds cannot be counted, and why."""
        from ticketscope.steps.damage import table

        return table.view(bench) if self.is_asked(bench.study) else {"untold": ()}
