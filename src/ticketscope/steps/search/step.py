"""What networks translate with beams of several sizes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.quality.step import Quality, decoding
from ticketscope.steps.search import SEARCH
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import search as its_tables

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Search(NetworkStep):
    """Translates with every beam but that of quality, and scores all that is found."""

    name = SEARCH
    version = 1
    section = SEARCH
    looks_inside = False
    tables = (its_tables.SEARCH,)

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to translate."""
        return study.search.sentences > 0

    def outlook(self, study: Study, num_networks: int) -> Iterator[str]:
        """How many sentences are decoded."""
        settings = study.search
        beams = [beam for beam in settings.beams if beam != study.quality.beam]
        yield (
            f"search: up to {num_networks * settings.sentences * len(beams):,} sentences are "
            f"decoded ({num_networks} networks, {settings.sentences:,} sentences, beams "
            f"{', '.join(map(str, beams)) or 'of quality alone'})"
        )

    def reads(self, label: "LevelId", _bench: "Bench") -> Sequence[tuple[str, "LevelId"]]:
        """The translations with the beam of quality."""
        return ((Quality.name, label),)

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """How texts are decoded, which texts, and by what they are scored."""
        from ticketscope.corpus.stored_texts import corpus_digest

        return {
            **decoding(bench.study),
            "corpus": corpus_digest(bench.held_out.report),
            **bench.scored_by,
        }

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Translations by beam, and how likely they are."""
        from ticketscope.steps.search.measure import measure

        return measure(network, bench)

    def rows(self, bench: "Bench") -> Rows:
        """Scores, lengths and likelihoods by beam."""
        from ticketscope.steps.search import table

        return {"search": table.rows(bench) if self.is_asked(bench.study) else ()}

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """Translations that are too long to be scored whole."""
        from ticketscope.steps.search import table

        return table.remarks(bench)
