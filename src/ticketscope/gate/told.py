"""What was decided, in words and figures: for a terminal, for Markdown and for JUnit."""

from math import inf
from typing import get_args

from ticketscope.console.terminal import Column, FittingTable
from ticketscope.gate.rules import Bound
from ticketscope.gate.verdict import Decision, GateOutcome, JudgedRow, Verdict
from ticketscope.measures.estimate import Estimate

COLUMNS = ("rule", "network", "figure", "95 % interval", "bound", "decision")
_FIGURES = ("figure", "95 % interval", "bound")
_TURNS_TO_COMMAS = 10_000


def as_table(outcome: GateOutcome) -> FittingTable:
    """The decisions for a terminal."""
    columns = tuple(Column(name, right=name in _FIGURES) for name in COLUMNS)
    return FittingTable(columns, tuple(cells(decision) for decision in outcome.decisions))


def cells(decision: Decision) -> tuple[str, ...]:
    """A decision as cells of `COLUMNS`; of several rows the figure of the deciding one."""
    row = decision.deciding
    return (
        decision.rule,
        decision.network,
        number(row.figure.value),
        interval(row.interval),
        bound(decision.bound),
        told(decision),
    )


def told(decision: Decision) -> str:
    """The verdict, and what stands behind it."""
    parts = []
    if len(decision.rows) > 1:
        num, which = decision.count(decision.verdict), decision.deciding.label
        nearest = "nearest to the bound" if decision.verdict == "pass" else "worst"
        parts.append(f"{num} of {len(decision.rows)} rows, {nearest} {which}")
    if decision.verdict == "undecided":
        parts.append(_needs(decision))
    return "; ".join([decision.verdict, *filter(None, parts)])


def details(decision: Decision) -> list[str]:
    """Of a rule over several rows those that did not pass, one per line, worst first."""
    return [f"{row.label}: {_with_interval(row)}, {row.verdict}" for row in _open_rows(decision)]


def in_short(decision: Decision) -> list[str]:
    """The same for a terminal: what is undecided is named in one line."""
    open_rows = _open_rows(decision)
    undecided = [row.label for row in open_rows if row.verdict == "undecided"]
    failed = details(decision)[: len(open_rows) - len(undecided)]
    return [*failed, f"undecided: {'; '.join(undecided)}"] if undecided else failed


def _open_rows(decision: Decision) -> list[JudgedRow]:
    if len(decision.rows) == 1:
        return []
    open_rows = [row for row in decision.rows if row.verdict != "pass"]
    return sorted(open_rows, key=lambda row: (row.verdict != "fail", row.margin))


def summary(outcome: GateOutcome) -> str:
    """How many decisions there are of each kind, and what comes of all."""
    verdicts = [decision.verdict for decision in outcome.decisions]
    counted = (f"{verdicts.count(v)} {v}" for v in get_args(Verdict) if v in verdicts)
    return f"{outcome.verdict}: of {len(verdicts)} decisions {', '.join(counted)}"


def sentence(decision: Decision) -> str:
    """A decision as one line: subject, figure, interval, bound, verdict."""
    row = decision.deciding
    return f"{decision.subject}: {_with_interval(row)}, {bound(decision.bound)}: {told(decision)}"


def number(value: float) -> str:
    """A figure to four digits; a count in full."""
    if abs(value) == inf:
        return "−∞" if value < 0 else "∞"
    text = f"{value:,.0f}" if abs(value) >= _TURNS_TO_COMMAS else f"{value:.4g}"
    return text.replace("-", "−")


def interval(figure: Estimate) -> str:
    """The ends of an interval; "none" where there are none."""
    if figure.lower is None or figure.upper is None:
        return "none"
    return f"{number(figure.lower)} to {number(figure.upper)}"


def bound(given: Bound) -> str:
    """``≥ 0.98``"""
    return f"{'≥' if given.side == 'at_least' else '≤'} {number(given.value)}"


def _with_interval(row: JudgedRow) -> str:
    shown = interval(row.interval)
    return number(row.figure.value) + ("" if shown == "none" else f" ({shown})")


def _needs(decision: Decision) -> str:
    """What would decide it."""
    row = decision.deciding
    needy = decision.longest_open
    if needy is not None and (needed := needy.sentences_needed) is not None:
        there = needy.figure.num_sentences or 0
        which = f"{needy.label} " if needy != row else ""
        return f"{which}would need about {_roughly(needed)} sentences, has {there:,} (a forecast)"
    if row.is_left_open_by_replicates:
        return "needs more replicates"
    if row.interval.lower == -inf:
        return "what it is divided by may be 0"
    if row.margin == 0:
        return "lies at the bound: no forecast"
    return "no forecast: its interval is not over a known number of sentences"


def _roughly(num: int) -> str:
    """A forecast to two digits, not less than it is."""
    step = 10 ** max(0, len(str(num)) - 2)
    return f"{-(-num // step) * step:,}"
