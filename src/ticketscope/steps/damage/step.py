"""What broke in translations, by kinds that a reader can see."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.errors import InputError
from ticketscope.steps.damage import DAMAGE
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import damage as its_tables
from ticketscope.tables.views import DAMAGE_VIEW

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Damage(NetworkStep):
    """Counts what broke in the translations that the quality of a network was measured on."""

    name = DAMAGE
    version = 2
    section = "damage"
    looks_inside = False
    tables = (its_tables.DAMAGE, its_tables.DAMAGED_SENTENCES)
    shows = DAMAGE_VIEW
    compares = True

    def is_asked(self, study: Study) -> bool:
        """Whether any sentence is looked at."""
        return study.damage.sentences > 0

    def check(self, study: Study, _held_out: "HeldOut") -> None:
        """The folder of alignments is one; a file that it lacks shows when it is needed."""
        folder = study.damage.alignments
        if folder and not Path(folder).is_dir():
            raise InputError(
                f"damage.alignments: {folder} is no folder; give one with the alignments of "
                "references and networks as docs/damage.md says"
            )

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

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """What cannot be counted, and why."""
        for untold in self.view(bench, 0)["untold"]:
            kind, test_set, reason = untold["kind"], untold["test_set"], untold["reason"]
            yield f"damage: {kind} not counted in {test_set}: {reason}"

    def view(self, bench: "Bench", _last_held: int) -> dict[str, Any]:
        """Which kinds cannot be counted, and why."""
        from ticketscope.steps.damage import table

        return table.view(bench) if self.is_asked(bench.study) else {"untold": ()}
