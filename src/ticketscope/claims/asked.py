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
from ticketscope.claims.decision import decided, decided_on_one
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
    """In plain words, by verdict; ``{value}``, ``{size}`` (the value without its sign) and
    ``{margin}`` stand for figures of the claim's row `in_words`."""
    in_words: Callable[[float], str]
    """A figure with its unit."""
    measure: Callable[[ClaimTables, Studied], Measured]
    """Its statistics on an arm at every level; the first decides."""
    rule: str
    """When it is supported."""
    shows: str
    """What its figures at a level are, with their unit, and which side is what."""
    null: float = 0.0
    """Where there is no effect at a level."""
    rule_of_one: str = ""
    """When it is supported of a network that others made, where `rule` speaks of levels."""
    rounds: int = 1
    """After how many rounds a figure is told that is per round."""
    one_sided: bool = False
    """Whether only a loss matters."""
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
        if studied.is_given:
            rule = self.rule_of_one or self.rule
            return decided_on_one(Writer(name, studied, tables.registered, rule, 1), measured)
        writer = Writer(name, studied, tables.registered, self.rule, replicates)
        return self.decide(writer, measured, held)

    def told(self, figure: float, *, is_given: bool = False) -> str:
        """A figure of the claim's row with its unit: one per round as it is after `rounds`; those
        of networks that others made are no more than themselves."""
        return self.in_words(figure if is_given else self.rounds * figure)

    def answer(
        self, verdict: Verdict, value: float | None, margin: float | None, *, open: str
    ) -> str:
        """In plain words, from the figures of the claim's row; `open` answers an undecided one."""
        if verdict == "undecided":
            return open
        known = {} if margin is None else {"margin": self.told(margin).lstrip("+")}
        if value is not None:
            known |= {"value": self.told(value)}
            known |= {"size": self.told(abs(value)).lstrip("+")}
        return self.answers[verdict].format_map(known)


def _signed(value: float, unit: str) -> str:
    return f"{value:+.2g} {unit}".replace("-", "\u2212")


_NOT_MEASURED = "Not measured."

CLAIMS: Mapping[str, Asked] = {
    "C0": Asked(
        title="Translation quality holds",
        question="Does translation quality hold?",
        answers={
            "supported": "Yes: less than {margin} is lost at every level.",
            "contradicted": "No: more than {margin} is lost at the last level.",
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(value, "BLEU"),
        measure=quality_holds.measure,
        rule=quality_holds.RULE,
        rule_of_one=quality_holds.RULE_OF_ONE,
        shows="BLEU beside the control's. Lower: worse",
        one_sided=True,
        decide=decided_in_order,
    ),
    "C1": Asked(
        title="Semantics degrades first",
        question="Does meaning go before grammar?",
        answers={
            "supported": "Yes: of meaning {size} more is lost than of grammar.",
            "contradicted": "No, grammar does: of it {size} more is lost than of meaning.",
            "no relevant effect": "No: what is lost of both differs by less than {margin}.",
            "not measured": _NOT_MEASURED,
        },
        in_words=percent,
        measure=semantics_first.measure,
        rule=semantics_first.RULE,
        rounds=EIGHT,
        shows="Grammar kept minus meaning kept. Higher: meaning goes first",
        decide=semantics_first.decide,
    ),
    "C2": Asked(
        title="Higher layers diverge most",
        question="Do higher layers change most?",
        answers={
            "supported": "Yes: the last layer changes more than the first, by {size}.",
            "contradicted": "No, lower layers do: the first changes more than the last, by {size}.",
            "no relevant effect": "No: first and last layer change alike, within {margin}.",
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(value, "CKA"),
        measure=higher_layers_diverge.measure,
        rule=higher_layers_diverge.RULE,
        rounds=EIGHT,
        shows="Change of the last layer minus the first (CKA). Higher: the last changes more",
    ),
    "C3": Asked(
        title="Higher layers become less complex",
        question="Do higher layers become simpler?",
        answers={
            "supported": "Yes: the number of components of the last layer changes by {value}.",
            "contradicted": "No, more complex: the number of components of the last layer changes "
            "by {value}.",
            "no relevant effect": "No: the number of components of the last layer changes by less "
            "than {margin}, up or down.",
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: f"×{exp(value):.3g}",
        measure=higher_layers_simplify.measure,
        rule=higher_layers_simplify.RULE,
        rounds=EIGHT,
        shows="Components of the last layer (log of ratio). Lower: simpler",
    ),
    "C4": Asked(
        title="Early layers do more of the encoding",
        question="Do early layers do more of the work?",
        answers={
            "supported": "Yes: they become more like the last layer, by {size}.",
            "contradicted": "No, less: they become less like the last layer, by {size}.",
            "no relevant effect": "No: their likeness to the last layer stays within {margin}.",
            "not measured": _NOT_MEASURED,
        },
        in_words=lambda value: _signed(value, "CKA"),
        measure=early_layers_encode.measure,
        rule=early_layers_encode.RULE,
        rounds=EIGHT,
        shows="Likeness of early layers to the last (CKA). Higher: they do more",
    ),
    "C5": Asked(
        title="Attention stays consistent",
        question="Does attention stay as it was?",
        answers={
            "supported": "Yes: heads keep {value} of the likeness to the dense model that the "
            "control's heads keep.",
            "contradicted": "No: heads keep only {value} of the likeness to the dense model that "
            "the control's heads keep.",
            "not measured": _NOT_MEASURED,
        },
        in_words=percent,
        measure=attention_stays.measure,
        rule=attention_stays.RULE,
        rule_of_one=attention_stays.RULE_OF_ONE,
        shows="Likeness that heads keep (1: all). Lower: attention is lost",
        null=1.0,
        one_sided=True,
        decide=decided_in_order,
    ),
}
