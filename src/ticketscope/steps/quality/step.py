"""How well a network translates: translations of the test sets, loss, and scores with intervals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, analysis_identity
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import quality as its_tables
from ticketscope.tables.views import QUALITY_VIEW

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Quality(NetworkStep):
    """Translates the test sets and keeps the sentence statistics of every metric."""

    name = QUALITY
    version = 1
    section = "quality"
    looks_inside = False
    tables = (its_tables.QUALITY, its_tables.QUALITY_POOLED, its_tables.SENTENCES)
    shows = QUALITY_VIEW

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The corpus, and the engine of the losses."""
        from ticketscope.corpus.stored_texts import corpus_digest

        return {"corpus": corpus_digest(bench.held_out.report), **bench.scored_by}

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Statistics of every sentence, and the translations."""
        from ticketscope.steps.quality.measure import measure

        return measure(network, bench)

    def rows(self, bench: "Bench") -> Rows:
        """Scores of every network, differences over replicates, and every translation."""
        from ticketscope.steps.quality import pooled_table, sentence_table, table

        return {
            "quality": table.rows(bench),
            "quality_pooled": pooled_table.rows(bench),
            "sentences": sentence_table.rows(bench),
        }

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """Where translations are empty."""
        from ticketscope.steps.quality import empty_translations

        return empty_translations.remarks(bench)

    def view(self, bench: "Bench", _last_held: int) -> dict[str, Any]:
        """Likewise."""
        from ticketscope.steps.quality import empty_translations

        return empty_translations.view(bench)


def decoding(study: Study) -> dict[str, Any]:
    """What translations depend on beside networks and texts, for the steps that translate as this
    one does, or read what it has translated."""
    return {"decoding": analysis_identity(study, Quality.section, Quality.version)}
