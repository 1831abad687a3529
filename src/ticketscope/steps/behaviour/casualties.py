"""Casualties: sentences that the dense model and the control get right and the ticket gets wrong.

In a corpus of the grammar a translation is right if it equals the reference. Real text has no one
right translation; there a ticket falls where its chrF is `MARGIN` points below that of both others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.translation_scores import SentenceStatistics, sentence_scores
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import QUALITY

MARGIN = 10.0
"""A translation counts as fallen, or risen, from this many points of chrF on."""
MOST_SHOWN = 10
"""Casualties of a test set and level that the view has."""


@dataclass(frozen=True, eq=False)
class System:
    """Translations of a test set, and how good each is."""

    texts: Sequence[str]
    chrf: NDArray[np.float64]
    is_right: NDArray[np.bool_]


def view(bench: Bench, last_held: int) -> dict[str, Any]:
    """views/behaviour.json: how many sentences changed, and those that fell deepest.

    Of the first replicate and the first arm that is no control, at the last level at which quality
    holds (`last_held`) and at the last level of all; of a dissection, of every variant.
    """
    exact = bench.study.grammar is not None
    panel = bench.panel
    of_all = [label for label in panel.labels if label in panel.studied]
    tickets = of_all if bench.study.cast.is_given else panel.shown(last_held)[1:]
    return {
        "exact": exact,
        "margin": MARGIN,
        "tickets": [
            _of_ticket(bench, ticket, test_set, exact)
            for ticket in tickets
            for test_set in bench.held_out.test_sets
        ],
    }


def _of_ticket(bench: Bench, ticket: LevelId, test_set: str, exact: bool) -> dict[str, Any]:
    text = bench.held_out.text(test_set)
    ours = system(bench, ticket, test_set, text.target)
    dense = system(bench, bench.panel.reference_or_self(ticket), test_set, text.target)
    control_level = bench.panel.control(ticket)
    control = system(bench, control_level, test_set, text.target) if control_level else None
    both = [dense, control] if control else [dense]
    shown = _farthest(ours, both, exact, text.source)
    return {
        "arm": ticket.arm,
        "replicate": ticket.replicate,
        "level": ticket.level,
        "sparsity_prunable": bench.panel[ticket].sparsity.prunable,
        "test_set": test_set,
        "num_sentences": len(text.source),
        "changes": {
            "ticket_from_both": _changes(ours, both, exact) if control else None,
            "ticket_from_dense": _changes(ours, [dense], exact),
            "control_from_dense": _changes(control, [dense], exact) if control else None,
        },
        "casualties": [
            {
                "source": text.source[place],
                "reference": text.target[place],
                "dense": _translation(dense, place),
                "control": _translation(control, place) if control else None,
                "ticket": _translation(ours, place),
            }
            for place in shown
        ],
    }


def system(bench: Bench, level: LevelId, test_set: str, references: Sequence[str]) -> System:
    """What a network made of a test set."""
    measured = bench.results.read(QUALITY, level)["test_sets"][test_set]
    kept = measured["statistics"]["chrf"]
    statistics = SentenceStatistics("chrf", np.array(kept["sentences"]), kept["signature"])
    texts = measured["translations"]
    is_right = np.array([a == b for a, b in zip(texts, references, strict=True)])
    return System(texts, sentence_scores(statistics), is_right)


def _changes(ours: System, others: Sequence[System], exact: bool) -> dict[str, int]:
    """How many sentences fell below all the others, and how many rose above them."""
    return {
        "fell": int(fell(ours, others, exact).sum()),
        "rose": int(_rose(ours, others, exact).sum()),
    }


def fell(ours: System, others: Sequence[System], exact: bool) -> NDArray[np.bool_]:
    """Which sentences fell below all the others; `exact`: right is what equals the reference."""
    if exact:
        return np.asarray(~ours.is_right & np.all([other.is_right for other in others], axis=0))
    return np.asarray(_lead(ours, others) > MARGIN)


def _rose(ours: System, others: Sequence[System], exact: bool) -> NDArray[np.bool_]:
    if exact:
        return np.asarray(ours.is_right & ~np.any([other.is_right for other in others], axis=0))
    return np.asarray(ours.chrf > np.max([other.chrf for other in others], axis=0) + MARGIN)


def _lead(ours: System, others: Sequence[System]) -> NDArray[np.float64]:
    """Points of chrF by which even the worst of the others is better."""
    return np.asarray(np.min([other.chrf for other in others], axis=0) - ours.chrf)


def _farthest(
    ours: System, others: Sequence[System], exact: bool, sources: Sequence[str]
) -> list[int]:
    """The places of the sentences that fell deepest, each source once."""
    fallen = np.flatnonzero(fell(ours, others, exact))
    farthest = fallen[np.argsort(-_lead(ours, others)[fallen], kind="stable")]
    by_source = {sources[place]: int(place) for place in reversed(farthest)}
    once = set(by_source.values())
    return [int(place) for place in farthest if place in once][:MOST_SHOWN]


def _translation(system: System, place: int) -> dict[str, Any]:
    return {"text": system.texts[place], "chrf": float(system.chrf[place])}
