"""How fast a network decodes, how large it is, and what it says in each engine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.quality.step import decoding
from ticketscope.steps.step import PanelStep, Rows
from ticketscope.tables import speed as its_tables

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Speed(PanelStep):
    """Times all networks when nothing else runs."""

    name = "speed"
    version = 2
    section = "speed"
    tables = (its_tables.SPEED, its_tables.ENGINE_QUALITY)

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to decode."""
        return study.speed.sentences > 0

    def outlook(self, study: Study, num_networks: int) -> Iterator[str]:
        """How many sentences are decoded, warm-up included."""
        speed = study.speed
        of_turn = speed.batch + speed.sentences + speed.singles
        num = 2 * num_networks * speed.rounds * (len(speed.threads) or 1) * of_turn
        yield (
            f"speed: about {num:,} sentences are decoded while nothing else runs "
            f"({num_networks} networks in float32 and int8, {speed.rounds} rounds), and the first "
            "test set once per network in int8"
        )

    def identity(self, bench: "Bench") -> Mapping[str, Any]:
        """How texts are decoded, with how many threads, and which texts."""
        from ticketscope.corpus.stored_texts import corpus_digest

        return {
            **decoding(bench.study),
            "threads": bench.threads,
            "corpus": corpus_digest(bench.held_out.report),
        }

    def measure(self, networks: Sequence["Network"], bench: "Bench") -> Mapping[str, Any]:
        """Times of every round, and scores in int8."""
        from ticketscope.steps.speed.measure import measure

        return measure(networks, bench)

    def rows(self, bench: "Bench") -> Rows:
        """One row per network, engine, number of threads and size of batches; and scores."""
        from ticketscope.steps.speed import engine_quality, table

        if not self.is_asked(bench.study):
            return {"speed": (), "engine_quality": ()}
        return {"speed": table.rows(bench), "engine_quality": engine_quality.rows(bench)}
