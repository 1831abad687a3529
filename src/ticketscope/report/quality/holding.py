"""What the tables say, in plain sentences with their numbers."""

import itertools
import math
from dataclasses import dataclass

import pandas as pd

from ticketscope.claims.quality_holds import TELLING
from ticketscope.report.drawing.drawn_rows import pruned_rows
from ticketscope.report.parts.wording import percent, plural, signed
from ticketscope.report.reading.run_tables import CONTROL
from ticketscope.tables.table import NotMeasured


@dataclass(frozen=True)
class AtLevel:
    """One level of a ticket arm beside the control of the same replicate and level, in BLEU."""

    level: int
    sparsity_prunable: float
    sparsity_total: float
    difference: float
    lower: float
    upper: float
    margin: float
    """BLEU that may be lost."""

    @property
    def not_worse(self) -> bool:
        """False also where no paired interval was measured: nothing is known there."""
        return self.lower > -self.margin

    def __str__(self) -> str:
        if math.isnan(self.lower):
            return "no paired interval"
        return f"{signed(self.difference)} BLEU [{signed(self.lower)}, {signed(self.upper)}]"


@dataclass(frozen=True)
class Holding:
    """How far BLEU holds in one arm and replicate on one test set."""

    test_set: str
    arm: str
    replicate: int
    last: AtLevel | None
    """The last level up to which every level is not worse; None: not even the first one."""
    failing: AtLevel | None
    """The first level that is not shown to be not worse; None: every level is."""
    control: float
    """The highest BLEU of the control at any level."""
    margin: float

    @property
    def sparsity(self) -> float:
        """Share of the prunable weights up to which BLEU holds."""
        return self.last.sparsity_prunable if self.last else 0.0

    def __str__(self) -> str:
        if self.last is None:
            assert self.failing is not None
            return f"Replicate {self.replicate}: not at level {self.failing.level}, {self.failing}."
        end = (
            f"level {self.failing.level} no longer, {self.failing}"
            if self.failing
            else "the last level measured"
        )
        return f"Replicate {self.replicate}: level {self.last.level}, {self.last}; {end}."


def holdings(quality: pd.DataFrame, margin: float) -> tuple[Holding, ...] | NotMeasured:
    """Up to which sparsity each pruned arm's BLEU is not worse than the control's.

    `quality` is quality.csv, `margin` the BLEU that may be lost; one result per test set, arm and
    replicate, in the table's order.
    """
    bleu = pruned_rows(quality[quality["metric"] == "bleu"])
    if bleu.empty:
        return NotMeasured("No BLEU of a pruned model has been measured.")
    if bleu["difference_control_lower"].isna().all():
        return NotMeasured(
            f"No pruned model was compared with the control arm {CONTROL}, so nothing can be said "
            "about what pruning itself did."
        )
    return tuple(
        _holding(rows.sort_values("level"), margin)
        for _, rows in bleu.groupby(["test_set", "arm", "replicate"], sort=False)
    )


@dataclass(frozen=True)
class Answer:
    """A plain sentence, and the figures it rests on."""

    about: str
    """Which arm on which test set."""
    sentence: str
    evidence: str


def answers(found: tuple[Holding, ...]) -> tuple[Answer, ...]:
    """One per arm and test set: the sparsity reached in every replicate, and what each reached."""
    groups: dict[tuple[str, str], list[Holding]] = {}
    for holding in found:
        groups.setdefault((holding.arm, holding.test_set), []).append(holding)
    return tuple(_answer(arm, test_set, group) for (arm, test_set), group in groups.items())


def caution(num_replicates: int) -> str:
    """What the intervals of this report do not cover."""
    if num_replicates == 1:
        return (
            "One replicate: no verdict, only bootstrap intervals over sentences. They say how much "
            "another sample of sentences would change the figures, not what another seed would."
        )
    return (
        "The intervals are bootstrap intervals over sentences, inside each of "
        f"{plural(num_replicates, 'replicate')}. Compare replicates to see how far seeds differ."
    )


def _holding(rows: pd.DataFrame, margin: float) -> Holding:
    """`rows` are the levels of one test set, arm and replicate, in order."""
    steps = [
        AtLevel(
            level=row["level"],
            sparsity_prunable=row["sparsity_prunable"],
            sparsity_total=row["sparsity_total"],
            difference=row["difference_control"],
            lower=row["difference_control_lower"],
            upper=row["difference_control_upper"],
            margin=margin,
        )
        for row in rows.to_dict("records")
    ]
    good = list(itertools.takewhile(lambda step: step.not_worse, steps))
    rest = steps[len(good) :]
    first = rows.iloc[0]
    return Holding(
        test_set=first["test_set"],
        arm=first["arm"],
        replicate=first["replicate"],
        last=good[-1] if good else None,
        failing=rest[0] if rest else None,
        control=float((rows["value"] - rows["difference_control"]).max()),
        margin=margin,
    )


def _answer(arm: str, test_set: str, group: list[Holding]) -> Answer:
    worst = min(group, key=lambda holding: holding.sparsity)
    every = "" if len(group) == 1 else " in every replicate"
    control = max(holding.control for holding in group)
    if control < TELLING:
        reach = (
            f"it is unknown whether BLEU holds, since {CONTROL} has at most {control:.1f} BLEU, "
            f"too little for a margin of {worst.margin:g}"
        )
    elif worst.last is None:
        reach = f"BLEU is not shown to hold at any level{every}"
    else:
        reach = (
            f"BLEU holds{every} until {percent(worst.last.sparsity_prunable)} of the prunable "
            f"weights are pruned ({percent(worst.last.sparsity_total)} of all weights)"
        )
    about = f"{arm} on {test_set}"
    return Answer(about, f"{about}: {reach}.", " ".join(str(holding) for holding in group))
