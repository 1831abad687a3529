"""The claims of the study in words: as questions with their answers, and what decides them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp

from ticketscope.claims import (
    attention_stays,
    early_layers_encode,
    higher_layers_diverge,
    higher_layers_simplify,
    quality_holds,
    semantics_first,
)
from ticketscope.claims.claim import Claim, Writer, percent
from ticketscope.claims.claim_tables import ClaimTables, Studied
from ticketscope.claims.decision import decided
from ticketscope.claims.dose import EIGHT, Curve, Measured
from ticketscope.claims.in_order import decided_in_order
from ticketscope.claims.quality_holds import LastHeld
from ticketscope.claims.verdicts import Verdict

Decide = Callable[[Writer, Measured, LastHeld], tuple[Claim, ...]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A claim in words, and what decides it."""

    title: str
    question: str
    """As a reader asks who has not read the study."""
    answers: Mapping[Verdict, str]
    """In plain words, by verdict; ``{value}``, ``{lower}``, ``{upper}`` and ``{margin}`` stand for
    figures of the claim's row `in_words`, ``{needed}`` for its `replicates_needed`."""
    in_words: Callable[[float], str]
    """A figure of the claim's row with its unit; those per round as they are at eight rounds."""
    measure: Callable[[ClaimTables, Studied], Measured]
    """Its statistics on an arm at every level; the first decides."""
    rule: str
    decide: Decide = decided
    """How its rows follow from its statistics."""

    def rows_on(
        self, name: str, tables: ClaimTables, studied: Studied, held: LastHeld
    ) -> tuple[Claim, ...]:
        """The rows of the claim on an arm."""
        measured = self.measure(tables, studied)
        replicates = max(
            (len(each.numbers) for each in measured if isinstance(each, Curve)), default=0
        )
        writer = Writer(name, studied, tables.registered, self.rule, replicates)
        return self.decide(writer, measured, held)


def _signed(value: float, unit: str) -> str:
    return f"{value:+.2g} {unit}".replace("-", "\u2212")


_AT_EIGHT = "at eight rounds (83 % pruned)"
_UNDECIDED = "It cannot be said yet: replicates needed, {needed}."
_NOT_MEASURED = "Not measured."

CLAIMS: Mapping[str, Asked] = {
    "C0": Asked(
        title="Translation quality holds",
        question="Does translation quality hold?",
        answers={
            "supported": "Yes: quality holds until half of the prunable weights are gone.",
            "contradicted": "No: quality is lost before half of the prunable weights are gone.",
            "undecided": _UNDECIDED,
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(value, "BLEU"),
        measure=quality_holds.measure,
        rule=quality_holds.RULE,
        decide=decided_in_order,
    ),
    "C1": Asked(
        title="Semantics degrades first",
        question="Does meaning go before grammar?",
        answers={
            "supported": "Yes: {value} more of semantics is lost.",
            "contradicted": "No, the opposite: {value} more of semantics is lost.",
            "no relevant effect": "No: any difference is smaller than {margin}.",
            "undecided": _UNDECIDED,
            "not measured": _NOT_MEASURED,
        },
        in_words=percent,
        measure=semantics_first.measure,
        rule=semantics_first.RULE,
        decide=semantics_first.decide,
    ),
    "C2": Asked(
        title="Higher layers diverge most",
        question="Do higher layers change most?",
        answers={
            "supported": "Yes: from the first to the last layer the change grows by {value} "
            f"{_AT_EIGHT}.",
            "contradicted": "No, lower layers do: from the first to the last layer the change "
            f"differs by {{value}} {_AT_EIGHT}.",
            "no relevant effect": "No: any difference between first and last layer is smaller than "
            f"{{margin}} {_AT_EIGHT}.",
            "undecided": _UNDECIDED,
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(EIGHT * value, "CKA"),
        measure=higher_layers_diverge.measure,
        rule=higher_layers_diverge.RULE,
    ),
    "C3": Asked(
        title="Higher layers become less complex",
        question="Do higher layers become simpler?",
        answers={
            "supported": f"Yes: the last layer needs {{value}} components {_AT_EIGHT}.",
            "contradicted": f"No, more complex: the last layer needs {{value}} components "
            f"{_AT_EIGHT}.",
            "no relevant effect": f"No: any change is smaller than {{margin}} components "
            f"{_AT_EIGHT}.",
            "undecided": _UNDECIDED,
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(100 * (exp(EIGHT * value) - 1), "%"),
        measure=higher_layers_simplify.measure,
        rule=higher_layers_simplify.RULE,
    ),
    "C4": Asked(
        title="Early layers do more of the encoding",
        question="Do early layers do more of the work?",
        answers={
            "supported": f"Yes: early layers are more like the last one, by {{value}} {_AT_EIGHT}.",
            "contradicted": "No, less: the likeness of early layers to the last one changes by "
            f"{{value}} {_AT_EIGHT}.",
            "no relevant effect": f"No: any change is smaller than {{margin}} {_AT_EIGHT}.",
            "undecided": _UNDECIDED,
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(EIGHT * value, "CKA"),
        measure=early_layers_encode.measure,
        rule=early_layers_encode.RULE,
    ),
    "C5": Asked(
        title="Attention stays consistent",
        question="Does attention stay as it was?",
        answers={
            "supported": "Yes: heads keep {value} of their likeness to the dense model.",
            "contradicted": "No: heads keep only {value} of their likeness to the dense model.",
            "undecided": _UNDECIDED,
            "not measured": _NOT_MEASURED,
        },
        in_words=percent,
        measure=attention_stays.measure,
        rule=attention_stays.RULE,
        decide=decided_in_order,
    ),
}
