"""views/examples.json: the networks that are shown, and the sentences that are chosen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.runs.store import LevelId
from ticketscope.steps.behaviour.casualties import MARGIN, System, fell, system
from ticketscope.steps.behaviour.slices import Bucket, cuts
from ticketscope.steps.bench import Bench
from ticketscope.steps.examples.drawing import drawn

MOST_SENTENCES: Final = 2_000
MOST_NETWORKS: Final = 8
MOST_BYTES: Final = 4_000_000
"""Of sources, references and translations in UTF-8. A page packs them to a third of it or less."""
_Slice = tuple[str, str]
"""Its kind and name."""


@dataclass(frozen=True)
class _Translated:
    """A test set with what the shown networks make of it, in their order, and how it is cut."""

    name: str
    text: ParallelText
    systems: tuple[System, ...]
    buckets: Sequence[Bucket]

    def sizes(self) -> list[int]:
        """Bytes of all that is shown of each sentence."""
        sides = (self.text.source, self.text.target, *(system.texts for system in self.systems))
        return [sum(len(text.encode()) for text in each) for each in zip(*sides, strict=True)]

    def sentences(self, slices: Sequence[_Slice]) -> Iterator[dict[str, Any]]:
        """Each with the places of its own among the slices."""
        of_line: list[list[int]] = [[] for _ in self.text.source]
        for bucket in self.buckets:
            for place in bucket.places:
                of_line[place].append(slices.index((bucket.kind, bucket.name)))
        cells = zip(self.text.source, self.text.target, of_line, strict=True)
        for line, (source, reference, places) in enumerate(cells, start=1):
            yield {
                "test_set": self.name,
                "line": line,
                "source": source,
                "reference": reference,
                "slices": places,
            }


def view(bench: Bench, last_held: int) -> dict[str, Any]:
    """Of a lottery the dense model, and the first arm under study with its control, at the last
    level at which quality holds (`last_held`) and at the last level of all; of a dissection the
    base, its control and the variants."""
    labels = networks(bench, last_held)
    shown = labels[:MOST_NETWORKS]
    exact = bench.study.grammar is not None
    test_sets = [_translated(bench, name, shown) for name in bench.held_out.test_sets]
    studied = [place for place, label in enumerate(shown) if label in bench.panel.studied]
    reasons = {
        "fell": _joined([_fell(one.systems, studied, exact) for one in test_sets], bool),
        "rest": _joined([np.ones(len(one.text.source)) for one in test_sets], bool),
    }
    sizes = _joined([np.array(one.sizes()) for one in test_sets], np.int64)
    found = list(drawn(reasons, sizes, MOST_SENTENCES, MOST_BYTES))
    slices = list(
        dict.fromkeys((each.kind, each.name) for one in test_sets for each in one.buckets)
    )
    sentences = [sentence for one in test_sets for sentence in one.sentences(slices)]
    return {
        "exact": exact,
        "margin": MARGIN,
        "networks": [_network(bench, label, shown) for label in shown],
        "num_networks_left_out": len(labels) - len(shown),
        "test_sets": [
            {"name": one.name, "num_sentences": len(one.text.source)} for one in test_sets
        ],
        "slices": [{"kind": kind, "name": name} for kind, name in slices],
        "drawn": [
            {"why": one.why, "num_sentences": one.num_sentences, "num_shown": len(one.places)}
            for one in found
        ],
        "sentences": [
            sentences[place] for place in np.sort(_joined([one.places for one in found], np.int64))
        ],
    }


def networks(bench: Bench, last_held: int) -> list[LevelId]:
    """All that are to be shown: that which the others are made from, then those under study, each
    behind its control."""
    panel = bench.panel
    first, *tickets = panel.shown(last_held)
    if bench.study.cast.is_given:
        tickets = [label for label in panel.labels if label in panel.studied]
    beside = (label for ticket in tickets for label in (panel.control(ticket), ticket))
    return list(dict.fromkeys([first, *(label for label in beside if label)]))


def _translated(bench: Bench, name: str, shown: Sequence[LevelId]) -> _Translated:
    text = bench.held_out.text(name)
    systems = tuple(system(bench, label, name, text.target) for label in shown)
    return _Translated(name, text, systems, bench.once(cuts)[name])


def _fell(systems: Sequence[System], studied: Sequence[int], exact: bool) -> NDArray[np.bool_]:
    """Which sentences fell below the first network in one under study."""
    reference = systems[0]
    found = [fell(systems[place], [reference], exact) for place in studied]
    return np.asarray(np.any([np.zeros(len(reference.texts), dtype=bool), *found], axis=0))


def _joined(of_test_sets: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *of_test_sets]).astype(kind)


def _network(bench: Bench, label: LevelId, shown: Sequence[LevelId]) -> dict[str, Any]:
    control = bench.panel.control(label)
    return {
        "arm": label.arm,
        "replicate": label.replicate,
        "level": label.level,
        "sparsity_prunable": bench.panel[label].sparsity.prunable,
        "control": shown.index(control) if control in shown else None,
    }
