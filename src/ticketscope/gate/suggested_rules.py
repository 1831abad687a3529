"""Rules to begin with, whose bounds come from what the run itself shows.

A bound is where the control or chance alone may lie. No network of the run fails by a suggested
rule: where one lies beyond that, the bound is where the network is just undecided, and a comment
says so.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil, floor, inf, isfinite, log10
from typing import Final

from ticketscope.errors import InputError
from ticketscope.gate.judging import judge
from ticketscope.gate.material import Material
from ticketscope.gate.rules import GateRule, GateRules, Reference, Scalar, Side
from ticketscope.gate.told import number
from ticketscope.gate.verdict import JudgedRow


@dataclass(frozen=True, kw_only=True)
class Idea:
    """A rule without its bound.

    Args:
        name: of the rule.
        table, figure, where, each, difference_to, ratio_to: as in `GateRule`.
        side: which bound it gets.
        none_at: the figure of a network in which nothing has changed: 0 of a difference, 1 of a
            ratio.
    """

    name: str
    table: str
    side: Side
    figure: str = "value"
    where: Mapping[str, Scalar] = field(default_factory=dict)
    each: bool = True
    difference_to: Reference | None = None
    ratio_to: Reference | None = None
    none_at: float = 0.0

    def rule(self, bound: float, networks: tuple[str, ...] = ()) -> GateRule:
        """With a bound."""
        return GateRule(
            table=self.table,
            figure=self.figure,
            where={column: (value,) for column, value in self.where.items()},
            each=self.each,
            difference_to=self.difference_to,
            ratio_to=self.ratio_to,
            at_least=bound if self.side == "at_least" else None,
            at_most=bound if self.side == "at_most" else None,
            networks=networks,
        )


IDEAS: Final = (
    Idea(
        name="no test set loses BLEU",
        table="quality",
        where={"metric": "bleu"},
        difference_to="base",
        side="at_least",
    ),
    Idea(
        name="no phenomenon is translated worse",
        table="behaviour",
        where={"bucket_kind": "phenomenon", "metric": "accuracy"},
        difference_to="base",
        side="at_least",
    ),
    Idea(
        name="nothing is recalled less",
        table="damage",
        where={"metric": "recall"},
        difference_to="base",
        side="at_least",
    ),
    Idea(
        name="no kind of damage is more frequent",
        table="damage",
        where={"metric": "rate"},
        difference_to="base",
        side="at_most",
    ),
    Idea(
        name="no noise costs more BLEU",
        table="robustness",
        where={"metric": "bleu"},
        difference_to="base",
        side="at_most",
    ),
    Idea(
        name="probabilities are as true",
        table="calibration",
        where={"metric": "ece", "binning": "equal_width"},
        difference_to="base",
        side="at_most",
    ),
    Idea(
        name="no engine is slower",
        table="speed",
        figure="against_dense",
        side="at_least",
        none_at=1.0,
    ),
    Idea(
        name="the slowest sentences do not wait longer",
        table="speed",
        figure="latency_p95",
        ratio_to="base",
        side="at_most",
        none_at=1.0,
    ),
    Idea(
        name="the weights take no more room",
        table="speed",
        figure="bytes",
        ratio_to="base",
        side="at_most",
        none_at=1.0,
    ),
)
"""What is suggested of what was measured."""


def suggestion(material: Material, run: str, level: int | None, why: str = "") -> str:
    """The text of a file of rules for a run.

    level: which level of a lottery the rules are about; None: a dissection has no levels.
    why: it is this level.
    """
    blocks = [_head(run, level, why)]
    for idea in IDEAS:
        try:
            lines = list(_block(idea, material, level))
        except InputError as error:
            why = _plain(str(error).removeprefix(f"rule {idea.name}: "))
            lines = [f"# Not suggested: {idea.name} ({why})."]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _head(run: str, level: int | None, why: str) -> str:
    lines = [
        f"# Rules to begin with, made by `ticketscope gate {_plain(run)} --suggest`.",
        "# Each bound is where the control or chance alone may lie in this run, so that no network",
        "# of it fails. Put your own in their place: what may a network lose where it is used?",
    ]
    if level is not None:
        lines += [
            "",
            f"# These rules are about level {level}: {_plain(why)}.",
            f"levels = [{level}]",
        ]
    return "\n".join(lines)


def _block(idea: Idea, material: Material, level: int | None) -> Iterator[str]:
    rows = _rows(idea, material, level, ())
    bound, why = _chance(idea, material, level, rows)
    chance = float(f"{bound:.9g}")  # rounding must not cost a digit
    is_lower = idea.side == "at_least"
    ends = [(row.interval.lower, row.interval.upper, row.figure.value) for row in rows]
    # A network fails where the far end of its interval is beyond the bound.
    far = [(upper if is_lower else lower, value) for lower, upper, value in ends]
    worst = (min if is_lower else max)(value if end is None else end for end, value in far)
    yield f"# {why}"
    bound = chance
    if worst < chance if is_lower else worst > chance:
        bound = worst
        yield f"# A network lies beyond {number(chance)}: the bound is where it is just undecided."
        yield f"# Make it {number(chance)} when that network is better."
    yield from _as_toml(idea, _loosened(bound, floor if is_lower else ceil))


def _chance(
    idea: Idea, material: Material, level: int | None, rows: list[JudgedRow]
) -> tuple[float, str]:
    """How far from no change the figure may lie though nothing was removed, and why."""
    is_lower = idea.side == "at_least"
    limit = min if is_lower else max
    control = material.cast.control
    if control is not None:
        beside = _rows(idea, material, level, (control.name,))
        ends = [row.interval.lower if is_lower else row.interval.upper for row in beside]
        known = [end for end in ends if end is not None and isfinite(end)]
        bound = limit([idea.none_at, *known])
        if bound != idea.none_at:  # else the control tells nothing of how far chance goes
            return (
                bound,
                f"By chance the control, of which nothing was removed, may lie at {number(bound)}.",
            )
    reaches = [
        row.figure.value - lower if is_lower else upper - row.figure.value
        for row in rows
        if (lower := row.interval.lower) is not None
        and (upper := row.interval.upper) is not None
        and isfinite(lower)
        and isfinite(upper)
    ]
    if not reaches:
        return idea.none_at, f"{number(idea.none_at)} is a network in which nothing has changed."
    reach = max(reaches)
    bound = idea.none_at - reach if is_lower else idea.none_at + reach
    return bound, f"Chance alone moves such a figure by up to {number(reach)} in this run."


def _rows(
    idea: Idea, material: Material, level: int | None, networks: tuple[str, ...]
) -> list[JudgedRow]:
    """What the rule is about, judged by a bound that nothing is beyond."""
    loosest = -inf if idea.side == "at_least" else inf
    # A bound that is not finite is no setting: it is put in past the checks.
    rule = idea.rule(0.0, networks).model_copy(update={idea.side: loosest})
    rules = GateRules(rules={idea.name: rule}, levels=() if level is None else (level,))
    outcome = judge(rules, material)
    return [row for decision in outcome.decisions for row in decision.rows]


def _as_toml(idea: Idea, bound: float) -> Iterator[str]:
    yield f"[rules.{json.dumps(idea.name)}]"
    yield f'table = "{idea.table}"'
    if idea.figure != "value":
        yield f'figure = "{idea.figure}"'
    if idea.where:
        cells = ", ".join(f"{column} = {json.dumps(v)}" for column, v in idea.where.items())
        yield f"where = {{ {cells} }}"
    if idea.each:
        yield "each = true"
    if idea.difference_to:
        yield f'difference_to = "{idea.difference_to}"'
    if idea.ratio_to:
        yield f'ratio_to = "{idea.ratio_to}"'
    yield f"{idea.side} = {bound}"


def _loosened(bound: float, to: Callable[[float], int]) -> float:
    """A bound to two digits, and no stricter than it was."""
    if bound == 0:
        return 0.0
    digits = 1 - floor(log10(abs(bound)))
    return to(bound * 10.0**digits) / 10.0**digits


def _plain(text: str) -> str:
    """Text for a comment: one line without a full stop at its end."""
    return " ".join(text.split()).rstrip(".")
