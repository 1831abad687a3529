"""views/examples.json: the networks that are shown, and the sentences that are chosen."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId
from ticketscope.steps.behaviour.casualties import MARGIN
from ticketscope.steps.bench import Bench
from ticketscope.steps.examples.drawing import drawn
from ticketscope.steps.examples.reasons import reasons
from ticketscope.steps.examples.translated_sets import translated

MOST_SENTENCES: Final = 2_000
MOST_NETWORKS: Final = 8
MOST_BYTES: Final = 4_000_000
"""Of sources, references and translations in UTF-8. A page packs them to a third of it or less."""


def view(bench: Bench, last_held: int) -> dict[str, Any]:
    """Of a lottery the dense model, and the first arm under study with its control, at the last
    level at which quality holds (`last_held`) and at the last level of all; of a dissection the
    base, its control and the variants."""
    labels = networks(bench.panel, last_held, is_given=bench.study.cast.is_given)
    shown = labels[:MOST_NETWORKS]
    exact = bench.study.grammar is not None
    test_sets = [translated(bench, name, shown) for name in bench.held_out.test_sets]
    sizes = np.array([size for one in test_sets for size in one.sizes()], dtype=np.int64)
    why = reasons(bench, test_sets, shown, exact=exact)
    found = list(drawn(why, sizes, MOST_SENTENCES, MOST_BYTES))
    places = sorted(place for one in found for place in one.places)
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
        "sentences": [sentences[place] for place in places],
    }


def networks(panel: Panel, last_held: int, *, is_given: bool) -> list[LevelId]:
    """All that are to be shown: that which the others are made from, then those under study, each
    behind its control."""
    first, *tickets = panel.shown(last_held)
    if is_given:
        tickets = [label for label in panel.labels if label in panel.studied]
    beside = (label for ticket in tickets for label in (panel.control(ticket), ticket))
    return list(dict.fromkeys([first, *(label for label in beside if label)]))


def _network(bench: Bench, label: LevelId, shown: Sequence[LevelId]) -> dict[str, Any]:
    control = bench.panel.control(label)
    return {
        "arm": label.arm,
        "replicate": label.replicate,
        "level": label.level,
        "sparsity_prunable": bench.panel[label].sparsity.prunable,
        "control": shown.index(control) if control in shown else None,
    }
