"""What a gate decides: of one row, of a rule for one network, and of all together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ticketscope.gate.joined_figure import CONFIDENCE, JoinedFigure
from ticketscope.gate.rules import Bound
from ticketscope.measures.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["pass", "fail", "undecided"]
EXIT_CODES: dict[Verdict, int] = {"pass": 0, "fail": 1, "undecided": 3}
"""What `ticketscope gate` ends with. 2 is for wrong input, and then nothing was judged."""


def corrected(num_rows: int) -> float:
    """The confidence with which one of so many rows must be beyond its bound for a rule to fail.

    That one of many rows seems to be beyond it by chance is likelier than that one does, so each
    gets a part of the 5 % (Bonferroni; to find whether any row is beyond, Holm 1979 says the same).
    To pass needs no correction: all must, which is no likelier than that one does (an
    intersection-union test, Berger 1982).
    """
    return 1 - (1 - CONFIDENCE) / num_rows


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A figure and its bound.

    Args:
        label: what tells it from other rows of the rule; "" for the only one.
        figure: of the row.
        bound: that it must keep.
        num_rows: how many rows of the rule and network are judged together.
    """

    label: str
    figure: JoinedFigure
    bound: Bound
    num_rows: int = 1

    @property
    def interval(self) -> Estimate:
        """The figure with its 95 % interval."""
        return self.figure.interval()

    @property
    def confidence(self) -> float:
        """Of the interval that must be beyond the bound for it to fail."""
        return corrected(self.num_rows)

    @property
    def verdict(self) -> Verdict:
        """Where the whole interval lies; of a figure without one, where that lies."""
        if self.bound.has_within(self.interval):
            return "pass"
        is_beyond = self.bound.has_beyond(self.figure.interval(self.confidence))
        return "fail" if is_beyond else "undecided"

    @property
    def margin(self) -> float:
        """How far the figure lies on the right side of the bound; below 0 on the wrong side."""
        far = self.figure.value - self.bound.value
        return far if self.bound.side == "at_least" else -far

    @property
    def decisive_confidence(self) -> float:
        """Of the interval that would decide it, if the figure stays as it is."""
        return CONFIDENCE if self.margin > 0 else self.confidence

    @property
    def sentences_needed(self) -> int | None:
        """How many sentences would decide it, by `JoinedFigure.sentences_needed`."""
        if self.verdict != "undecided":
            return None
        return self.figure.sentences_needed(self.bound, self.decisive_confidence)

    @property
    def is_left_open_by_replicates(self) -> bool:
        """Whether it takes more replicates to decide it."""
        return self.verdict == "undecided" and self.figure.is_left_open_by_replicates(
            self.bound, self.decisive_confidence
        )


@dataclass(frozen=True)
class Decision:
    """A rule for one network.

    Args:
        rule: its name.
        network: as people call it.
        subject: which figure is judged.
        bound: that it must keep.
        rows: one, or each of several that the rule is about.
        num_empty: how many more rows there are in which no network has the figure.
    """

    rule: str
    network: str
    subject: str
    bound: Bound
    rows: tuple[JudgedRow, ...]
    num_empty: int = 0

    def __post_init__(self) -> None:
        assert self.rows
        assert all(row.num_rows == len(self.rows) for row in self.rows)

    @property
    def verdict(self) -> Verdict:
        """It fails where any row does, and passes where all do."""
        return _of_all([row.verdict for row in self.rows])

    @property
    def deciding(self) -> JudgedRow:
        """The row with the verdict of the rule that lies furthest on the wrong side."""
        like = [row for row in self.rows if row.verdict == self.verdict]
        return min(like, key=lambda row: row.margin)

    @property
    def longest_open(self) -> JudgedRow | None:
        """The row whose sentences would decide an undecided rule, if all figures stay as they are:
        that which needs the fewest to make it fail if a row lies beyond its bound, else that which
        needs the most. None where that is not known."""
        still = [row for row in self.rows if row.verdict == "undecided"]
        beyond = [row for row in still if row.margin < 0]
        needs = {id(row): row.sentences_needed for row in beyond or still}
        known = [row for row in beyond or still if needs[id(row)] is not None]
        if self.verdict != "undecided" or not known or (not beyond and len(known) < len(still)):
            return None
        return (min if beyond else max)(known, key=lambda row: needs[id(row)] or 0)

    @property
    def sentences_needed(self) -> int | None:
        """How many sentences that row needs; None where it is not known."""
        return self.longest_open.sentences_needed if self.longest_open else None

    def count(self, verdict: Verdict) -> int:
        """How many rows have a verdict."""
        return sum(row.verdict == verdict for row in self.rows)


@dataclass(frozen=True)
class GateOutcome:
    """All decisions of a gate, rule by rule.

    Args:
        decisions: one per rule and network.
        remarks: what a reader must know of the figures.
    """

    decisions: tuple[Decision, ...]
    remarks: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """It fails where any rule does for any network, and passes where all do."""
        return _of_all([decision.verdict for decision in self.decisions])

    @property
    def exit_code(self) -> int:
        """What `ticketscope gate` ends with."""
        return EXIT_CODES[self.verdict]

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per rule, network and row of a table: figure, interval, bound and verdict."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "rule": decision.rule,
                    "network": decision.network,
                    "row": row.label,
                    "value": row.figure.value,
                    "lower": row.interval.lower,
                    "upper": row.interval.upper,
                    decision.bound.side: decision.bound.value,
                    "verdict": row.verdict,
                    "sentences_needed": row.sentences_needed,
                    "verdict_of_rule": decision.verdict,
                }
                for decision in self.decisions
                for row in decision.rows
            ],
            columns=[
                *("rule", "network", "row", "value", "lower", "upper", "at_least", "at_most"),
                *("verdict", "sentences_needed", "verdict_of_rule"),
            ],
        )


def _of_all(verdicts: Sequence[Verdict]) -> Verdict:
    assert verdicts
    if "fail" in verdicts:
        return "fail"
    return "undecided" if "undecided" in verdicts else "pass"
