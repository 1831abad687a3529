"""How far the words of each class leave those of the dense model."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.steps.word_classes import WORD_CLASSES
from ticketscope.tables import word_classes as its_tables
from ticketscope.tables.views import WORD_CLASSES_VIEW

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class WordClasses(NetworkStep):
    """Compares every network with its dense model on the words of one class at a time, and dense
    models with those of other seeds."""

    name = WORD_CLASSES
    needs_states = True
    version = 1
    section = "word_classes"
    tables = (its_tables.WORD_CLASSES,)
    shows = WORD_CLASSES_VIEW
    compares = True

    def is_asked(self, study: Study) -> bool:
        """Whether any kind of classes is asked for."""
        return bool(study.word_classes.kinds)

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """The dense network of its replicate; for a dense one those of other replicates."""
        from ticketscope.steps.neighbours import neighbours

        found = neighbours(label, bench.panel)
        return found if label in bench.panel.dense else found[:1]

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The sentences, their annotation and the training corpus by content; the states are those
        of representations."""
        from ticketscope.steps.word_classes import classed_words

        states = bench.study.representations.states
        return {**classed_words.identity(bench), "states": states}

    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """CKA of every class and layer."""
        from ticketscope.steps.word_classes.measure import measure

        return measure(network, others, bench)

    def rows(self, bench: "Bench") -> Rows:
        """One row per class, layer and measure."""
        from ticketscope.steps.word_classes import table

        states = {"states": bench.study.representations.states}
        return {WORD_CLASSES: (row | states for row in table.rows(bench))}

    def view(self, bench: "Bench", _last_held: int) -> dict[str, Any]:
        """What the classes are of, and which have too few words."""
        from ticketscope.steps.word_classes import table

        return table.view(bench)
