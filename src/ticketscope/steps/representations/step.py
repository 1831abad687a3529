"""What a network holds of the same words as others: similarity, neurons, complexity."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, digest
from ticketscope.steps.representations import REPRESENTATIONS
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import representations as its_tables
from ticketscope.tables.views import REPRESENTATIONS_VIEW

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Representations(NetworkStep):
    """Similarity with other networks and complexity of every layer, on the same words.

    Each pair of networks is compared once, at the later one, so that a run that gets more levels
    measures only these. The vectors of two networks are in memory at a time. Those of a dense
    network are kept until all is measured; another that is compared with later ones is traced anew
    for each, which costs less than its comparison.
    """

    name = REPRESENTATIONS
    needs_states = True
    version = 4
    section = "representations"
    tables = (
        its_tables.SIMILARITY,
        its_tables.NEURONS,
        its_tables.STRONGEST_NEURONS,
        its_tables.COMPLEXITY,
    )
    shows = REPRESENTATIONS_VIEW
    compares = True

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """See `neighbours`."""
        from ticketscope.steps.neighbours import neighbours

        return neighbours(label, bench.panel)

    def check(self, study: Study, held_out: "HeldOut") -> None:
        """Known names of held-out sets, and files with words."""
        from ticketscope.steps.held_out import held_out_sentences

        held_out_sentences(held_out, study.representations)

    def announce(self, bench: "Bench") -> Iterator[str]:
        """A warning where the words are few."""
        from ticketscope.steps.held_out import warning

        if found := warning(bench):
            yield found

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The sentences by their text; translations where the decoder is measured; and that of
        networks that others made the likeness to the last layer has an interval, too."""
        from ticketscope.steps.held_out import sentences

        sources, targets = bench.once(sentences)
        sides = [sources] if targets is None else [sources, targets]
        words = {"words": digest([[sentence.text for sentence in side] for side in sides])}
        return words | ({"to_last": "jackknife"} if bench.study.cast.is_given else {})

    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Similarities with every other network, and the complexity of every layer."""
        from ticketscope.steps.representations.measure import measure

        return measure(network, others, bench)

    def rows(self, bench: "Bench") -> Rows:
        """Four tables from one result per network."""
        from ticketscope.steps.representations import table

        states = {"states": bench.study.representations.states}
        found = {
            "similarity": table.similarity_rows(bench),
            "neurons": table.neurons_rows(bench),
            "strongest_neurons": table.strongest_rows(bench),
            "complexity": table.complexity_rows(bench),
        }
        return {name: (row | states for row in rows) for name, rows in found.items()}

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """What networks could not read, or not at once."""
        from ticketscope.steps.representations import table

        return table.remarks(bench)

    def view(self, bench: "Bench", _last_held: int) -> dict[str, Any]:
        """What the figures were measured on."""
        from ticketscope.steps.representations import table

        return table.view(bench)
