"""C0: translation quality holds while half of the prunable weights and more are removed.

It also says up to which level it does, for the other claims.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.claims.claim import Claim, Writer, percent
from ticketscope.claims.claim_tables import (
    ClaimTables,
    Studied,
    gap,
    levels,
    matrix,
    num_replicates,
    where,
)
from ticketscope.claims.dose import Curve, Measured
from ticketscope.claims.looks import Levels
from ticketscope.claims.verdicts import Statistic, Verdict, found_in, judge
from ticketscope.errors import InputError

MARGIN = 1.0
"""In BLEU. A level is non-inferior while the lower end of the 95 % interval of the difference to
the control lies above minus this."""
TELLING = 10.0
"""Below this BLEU of the control, a loss smaller than `MARGIN` says nothing: it may be a large part
of the BLEU that there is."""
HALF = 0.5
"""The share of the prunable weights that must go."""
DIFFERENCE = Statistic(
    "difference to control",
    "not below",
    "BLEU of {arm} minus that of {reference}, paired by sentence, the mean over the in-domain test "
    "sets",
    margin=MARGIN,
)
RULE = (
    f"Supported where the ticket is not worse than {{control}} by {MARGIN:g} BLEU (lower end of "
    f"the 95 % interval) at every level up to the first that prunes {percent(HALF)} of the "
    "prunable weights; contradicted where the upper end lies below that margin there"
)


@dataclass(frozen=True)
class LastHeld:
    """The last level up to which quality is non-inferior at every one.

    Where it is at none, or nobody knows, the last level there is.
    """

    level: int
    sparsity: float
    """Share of the prunable weights up to which quality holds; 0 where it does not."""
    note: str
    """Up to where quality holds: a clause."""


@dataclass(frozen=True)
class Differences:
    """BLEU of the ticket minus another's, the mean over the in-domain test sets."""

    levels: list[int]
    sparsities: list[float]
    """Over the prunable weights, by level."""
    highest_control: float
    """The highest BLEU of the control at any level, the mean over replicates."""
    control: NDArray[np.float64]
    """To the control of the same level, ``[replicates, levels]``."""
    dense: NDArray[np.float64]
    """To the dense model, ``[replicates, levels]``."""

    @property
    def at_half(self) -> int | None:
        """Index of the first level that prunes half; sparsities are counts of weights, rounded."""
        reached = (index for index, share in enumerate(self.sparsities) if round(share, 3) >= HALF)
        return next(reached, None)


def num_held(differences: NDArray[np.float64]) -> int:
    """How many levels from the first on are non-inferior, of differences ``[replicates, levels]``.

    Levels are tested in their order and testing ends at the first failure, so the chance of any
    false one is that of a single test (2.5 %).
    """
    for index, numbers in enumerate(differences.T):
        if judge(_to_control(index), found_in(numbers, Levels())) != "supported":
            return index
    return len(differences.T)


def verdict_of(differences: NDArray[np.float64], at_half: int) -> Verdict:
    """The claim's verdict from differences to the control ``[replicates, levels]``."""
    if num_held(differences) > at_half:
        return "supported"
    at_that = judge(_to_control(at_half), found_in(differences[:, at_half], Levels()))
    return "contradicted" if at_that == "contradicted" else "undecided"


def last_held(tables: ClaimTables, studied: Studied) -> LastHeld:
    """Find up to which level quality holds in an arm."""
    reason = _gap(tables, studied)
    if reason:
        last = tables.last_level(studied.arm)
        return LastHeld(last, 0.0, "it is not known up to where quality holds")
    found = differences(tables, studied.arm)
    held = num_held(found.control)
    index = held - 1 if held else len(found.levels) - 1
    if held:
        share = found.sparsities[index]
        note = f"quality holds up to level {found.levels[index]} ({percent(share)} pruned)"
        return LastHeld(found.levels[index], share, note)
    note = "one replicate cannot tell up to where quality holds"
    if len(found.control) > 1:
        note = "quality is not shown to hold at any level"
    return LastHeld(found.levels[index], 0.0, note)


def differences(tables: ClaimTables, arm: str) -> Differences:
    """Read them off quality.csv, in which a ticket has its control at every level."""
    assert tables.quality is not None
    bleu = where(tables.quality, {"arm": arm, "metric": "bleu"})
    if tables.test_sets:
        there = sorted(set(bleu["test_set"]))
        for name in tables.test_sets:
            if name not in there:
                raise InputError(
                    f"tables/quality.csv: no test set {name}; it has {', '.join(there)}"
                )
        bleu = bleu[bleu["test_set"].isin(tables.test_sets)]

    def pooled(column: str) -> NDArray[np.float64]:
        of_sets = matrix(bleu.assign(value=bleu[column]), ["level", "test_set"], "quality")
        return of_sets.T.groupby(level="level").mean().T.to_numpy()

    sparsities = bleu.groupby("level")["sparsity_prunable"].mean()
    of_control = pooled("value") - pooled("difference_control")
    return Differences(
        levels=[int(level) for level in sparsities.index],
        sparsities=[float(share) for share in sparsities],
        highest_control=float(of_control.mean(axis=0).max()),
        control=pooled("difference_control"),
        dense=pooled("difference_dense"),
    )


def measure(tables: ClaimTables, studied: Studied) -> Measured:
    """The statistics of C0 on an arm at every level."""
    if _gap(tables, studied):
        return ()
    found = differences(tables, studied.arm)
    places = tuple(found.levels), tuple(found.sparsities)
    return (Curve(DIFFERENCE, "control", *places, found.control),)


def rows(tables: ClaimTables, studied: Studied, held: LastHeld) -> tuple[Claim, ...]:
    """The rows of C0 on an arm."""
    writer = Writer("C0", studied, tables.registered, RULE, num_replicates(tables.quality))
    reason = _gap(tables, studied)
    if reason:
        return writer.not_measured((), reason)
    found = differences(tables, studied.arm)
    at_half = found.at_half
    seen_at = at_half if at_half is not None else len(found.levels) - 1
    level = found.levels[seen_at]
    return (
        _verdict(writer, found, held),
        _reached(writer, held),
        *(
            writer.measured(
                _to_control(each), numbers, f"{percent(share)} pruned", over="registered"
            )
            for each, numbers, share in zip(
                found.levels, found.control.T, found.sparsities, strict=True
            )
        ),
        writer.measured(
            _to_dense(level),
            found.dense[:, seen_at],
            "training on counts too, so mind the control",
            reference="dense",
        ),
    )


def _gap(tables: ClaimTables, studied: Studied) -> str:
    if tables.test_sets == ():
        return (
            "every test set lies outside the folder of the corpus, so none is in-domain: put one "
            "into the folder and name it in corpus.tests"
        )
    there = [] if tables.quality is None else levels(tables.quality, studied.arm)
    return gap(tables.quality, "quality", studied, there) or _too_little(tables, studied)


def _too_little(tables: ClaimTables, studied: Studied) -> str:
    found = differences(tables, studied.arm)
    if found.highest_control >= TELLING:
        return ""
    return (
        f"{studied.control} has {found.highest_control:.1f} BLEU at most, too little for a "
        f"margin of {MARGIN:g} to say whether quality holds: train for longer or on more data"
    )


def _verdict(writer: Writer, found: Differences, held: LastHeld) -> Claim:
    if found.at_half is None:
        return writer.verdict(
            "not measured",
            f"no level prunes {percent(HALF)} of the prunable weights, the last one "
            f"{percent(found.sparsities[-1])}: raise lottery.levels or lottery.prune_fraction",
        )
    return writer.verdict(
        verdict_of(found.control, found.at_half),
        f"{percent(HALF)} is reached at level {found.levels[found.at_half]}; {held.note}",
    )


def _reached(writer: Writer, held: LastHeld) -> Claim:
    return writer.figure(
        "s*",
        held.sparsity,
        "supported" if held.sparsity and round(held.sparsity, 3) >= HALF else "undecided",
        held.note,
        "Largest share of the prunable weights up to which no level is worse than "
        f"{writer.studied.control} by {MARGIN:g} BLEU",
    )


def _to_control(level: int) -> Statistic:
    return Statistic(
        f"difference to control at level {level}",
        "not below",
        f"BLEU of {{arm}} minus that of {{control}} at level {level}, paired by sentence, the mean "
        "over the in-domain test sets",
        margin=MARGIN,
    )


def _to_dense(level: int) -> Statistic:
    return Statistic(
        f"difference to dense at level {level}",
        "not below",
        f"BLEU of {{arm}} at level {level} minus that of the dense model of the same replicate, "
        "the mean over the in-domain test sets",
        margin=MARGIN,
    )
