"""Was the dense model done learning? If not, every difference holds what training on does, too."""

from dataclasses import dataclass

from ticketscope.claims.claim_tables import ClaimTables, Studied, gap, matrix, where
from ticketscope.claims.quality_holds import in_domain, no_in_domain

STILL_LEARNING = "dense model still learning"
"""The mark of every verdict on an arm whose control gains much by training on."""
BLEU, NATS = 0.5, 0.02
"""What the control must gain from level 0 to level 1 for that."""


@dataclass(frozen=True)
class Gain:
    """What training on for one level alone adds to the dense model: the mean over replicates and
    in-domain test sets."""

    bleu: float
    nats: float
    """By how much the loss falls."""

    @property
    def is_large(self) -> bool:
        """Whether the dense model was not done learning."""
        return self.bleu >= BLEU or self.nats >= NATS


def gain(tables: ClaimTables, studied: Studied) -> Gain | None:
    """The gain of the control of an arm, which prunes nothing; None where it was not measured."""
    control = studied.control
    if no_in_domain(tables) or gap(tables.quality, "quality", studied, [control], [1]):
        return None

    def of(metric: str) -> float:
        rows = in_domain(tables, metric)
        after = matrix(where(rows, {"arm": control, "level": 1}), ["test_set"], "quality")
        before = matrix(where(rows, {"arm": studied.dense}), ["test_set"], "quality")
        return float((after - before).to_numpy().mean())

    return Gain(bleu=of("bleu"), nats=-of("loss"))


def mark(tables: ClaimTables, studied: Studied) -> str:
    """The mark of all verdicts on an arm: `STILL_LEARNING`, or "" (of a network that others trained
    nobody knows whether it was to learn on)."""
    found = None if studied.is_given else gain(tables, studied)
    return STILL_LEARNING if found and found.is_large else ""
