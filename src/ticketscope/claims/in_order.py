"""A claim that nothing is lost: levels are asked in their order, as long as each one holds.

The first level that is not shown to hold ends it, so the chance that any level is said to hold
falsely is that of a single test. That something is lost is asked of the last registered level
alone, for the same reason. Levels beyond `claims.up_to` are described, not asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ticketscope.claims.claim import Claim, Writer, percent
from ticketscope.claims.dose import Curve, Measured, Missing
from ticketscope.claims.looks import levels_of
from ticketscope.claims.needed import needed_for_all
from ticketscope.claims.verdicts import Verdict

S_STAR = "s*"
"""The largest share of the prunable weights up to which every registered level holds."""


@dataclass(frozen=True)
class InOrder:
    """A curve at the registered levels, asked one after the other.

    Args:
        curve: at these levels; there is one at least.
        rows: the row of each of them.
        looks: that are registered.
    """

    curve: Curve
    rows: tuple[Claim, ...]
    looks: tuple[int, ...]

    @property
    def num_held(self) -> int:
        """How many levels hold, from the first on."""
        failed = (index for index, row in enumerate(self.rows) if row.verdict != "supported")
        return next(failed, len(self.rows))

    @property
    def held_up_to(self) -> float:
        """The share of the prunable weights at the last level that holds; 0 where none does."""
        return self.curve.sparsities[self.num_held - 1] if self.num_held else 0.0

    @property
    def verdict(self) -> Verdict:
        """Supported where every level holds, contradicted where the last one is shown to fail."""
        if self.num_held == len(self.rows):
            return "supported"
        return "contradicted" if self.rows[-1].verdict == "contradicted" else "undecided"

    def row(self) -> Claim:
        """The verdict with the figures of the level that decides: the last one, or where nothing is
        decided the first that is not shown to hold."""
        place = self.num_held if self.verdict == "undecided" else len(self.rows) - 1
        deciding, share = self.rows[place], self.curve.sparsities[place]
        return replace(
            deciding,
            levels="registered",
            verdict=self.verdict,
            replicates_needed=self._needed if self.verdict == "undecided" else "",
            reason=f"at level {self.curve.levels[place]} ({percent(share)} pruned) "
            f"{deciding.reason}; {self.note}",
        )

    @property
    def _needed(self) -> str:
        """How many replicates would decide: where the last level seems to fail, how many show that;
        else how many show that all levels hold."""
        curve, last = self.curve, self.rows[-1]
        assert last.value is not None
        if last.value < curve.statistic.bound:
            return last.replicates_needed
        errors = curve.sentence_errors or (0.0,) * len(curve.levels)
        levels = levels_of(self.looks, len(curve.numbers))
        return needed_for_all(curve.numbers, curve.statistic, levels, self.looks, errors)

    @property
    def note(self) -> str:
        """Which levels hold: a clause."""
        if self.num_held == 0:
            return "no level is shown to hold"
        first, last = self.curve.levels[0], self.curve.levels[self.num_held - 1]
        levels = f"level {first} holds" if first == last else f"levels {first} to {last} hold"
        return f"{levels} (up to {percent(self.held_up_to)} pruned)"


def ask(writer: Writer, curve: Curve) -> InOrder | Missing:
    """Ask the registered levels of a curve in their order."""
    used = curve.up_to(writer.registered.up_to)
    if not used.levels:
        return writer.no_level(curve)
    rows = tuple(writer.at_level(used, index) for index in range(len(used.levels)))
    return InOrder(used, rows, writer.registered.looks)


def decided_in_order(writer: Writer, measured: Measured, _held: object) -> tuple[Claim, ...]:
    """The rows of a claim: its own, up to where it holds, then each statistic."""
    asked = [each if isinstance(each, Missing) else ask(writer, each) for each in measured]
    first, rows = asked[0], tuple(_rows(writer, asked))
    if isinstance(first, Missing):
        return (writer.verdict("not measured", first.reason), *rows)
    return (writer.decided_by(first.row()), _reached(writer, first), *rows)


def _rows(writer: Writer, asked: list[InOrder | Missing]) -> Iterator[Claim]:
    for each in asked:
        yield writer.missing(each, "registered") if isinstance(each, Missing) else each.row()


def _reached(writer: Writer, asked: InOrder) -> Claim:
    return replace(
        writer.figure(
            S_STAR,
            asked.held_up_to,
            asked.verdict,
            asked.note,
            "Largest share of the prunable weights up to which every registered level holds: "
            + writer.studied.in_words(asked.curve.statistic.computes, asked.curve.reference),
        ),
        reference=asked.curve.reference,
        levels="registered",
    )
