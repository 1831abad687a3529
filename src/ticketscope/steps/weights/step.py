"""What pruning did to the weights of a network, and where its sparsity went."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, digest
from ticketscope.steps.step import NetworkStep, Rows, Step
from ticketscope.steps.weights import CONNECTIVITY, MASK_OVERLAP, WEIGHTS
from ticketscope.steps.weights.compared import overlapping
from ticketscope.tables import weights as its_tables

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Weights(NetworkStep):
    """Spectra and dead neurons of every network, and how far it is from its dense one."""

    name = WEIGHTS
    needs_states = True
    version = 1
    tables = (its_tables.WEIGHTS,)
    compares = True

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """The dense network of its replicate; none for the dense one itself."""
        reference = bench.panel.reference(label)
        return [reference] if reference in bench.panel.with_states else []

    def measure(
        self, network: "Network", others: Sequence["Network"], _bench: "Bench"
    ) -> Mapping[str, Any]:
        """Figures of every weight matrix, and distances."""
        from ticketscope.steps.weights.measure import measure

        return measure(network, others)

    def rows(self, bench: "Bench") -> Rows:
        """Figures of weights, and of the overlap of masks."""
        from ticketscope.steps.weights import table

        return {"weights": table.rows(bench)}


class MaskOverlap(NetworkStep):
    """How the mask of a network overlaps those before it; its rows are in the table of weights."""

    name = MASK_OVERLAP
    needs_states = True
    version = 1
    compares = True

    def subjects(self, bench: "Bench") -> Sequence["LevelId"]:
        """Those that have lost weights, but the first."""
        return [label for label in bench.panel.with_states if overlapping(label, bench.panel)]

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """See `overlapping`."""
        return overlapping(label, bench.panel)

    def measure(
        self, network: "Network", others: Sequence["Network"], _bench: "Bench"
    ) -> Mapping[str, Any]:
        """Overlap of whole masks and of every weight matrix."""
        from ticketscope.steps.weights.overlap import measure

        return measure(network, others)


class LinearConnectivity(NetworkStep):
    """Whether the loss rises between a network and its dense one, and the level before; its rows
    are in the table of weights."""

    name = CONNECTIVITY
    needs_states = True
    version = 1
    section = "connectivity"
    compares = True

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to follow the loss on."""
        return study.connectivity.num_sentences > 0

    def check(self, study: Study, held_out: "HeldOut") -> None:
        """Raise `InputError` for what is no held-out set."""
        from ticketscope.steps.held_out import check_names

        check_names("connectivity.sentences", study.connectivity.sentences, held_out)

    def subjects(self, bench: "Bench") -> Sequence["LevelId"]:
        """Those that were made from another one."""
        return [label for label in bench.panel.with_states if self.compared_with(label, bench)]

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """See `connected_with`."""
        from ticketscope.steps.weights.loss_paths import connected_with

        return connected_with(label, bench.panel)

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The pairs by content."""
        from ticketscope.steps.weights.loss_paths import pairs_of

        return {"pairs": digest(pairs_of(bench.held_out, bench.study.connectivity))}

    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Losses on the line, and the barrier."""
        from ticketscope.steps.weights.loss_paths import measure

        return measure(network, others, bench)


class Sparsity(Step):
    """Where the sparsity went; nothing is measured, the masks tell."""

    name = "sparsity"
    needs_states = True
    version = 1
    tables = (its_tables.SPARSITY,)

    def rows(self, bench: "Bench") -> Rows:
        """One row per tensor, and per head of it."""
        from ticketscope.steps.weights import sparsity

        return {"sparsity": sparsity.rows(bench)}
