"""claims.csv and claims_by_level.csv that no network made: every figure follows from a formula."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticketscope.arms.cast import lottery_cast
from ticketscope.claims import studied_arms

VERDICTS = {
    "C0": "supported",
    "C1": "not measured",
    "C2": "contradicted",
    "C3": "supported",
    "C4": "no relevant effect",
    "C5": "undecided",
}
UP_TO = 0.84
HALF_90 = 0.8
"""Half the interval of 90 % in shares of that of 95 %."""
TIMES = {"random_pruning": 5.0}
"""How much larger effects of an arm are than those of the others."""


@dataclass(frozen=True)
class Deciding:
    """The statistic that decides a claim: its figures per round, or at every level alike."""

    name: str
    value: float
    half: float
    margin: float
    per_round: bool = True


STATISTICS = {
    "C2": Deciding("slope over depth", -0.006, 0.003, 0.005),
    "C3": Deciding("components of the last layer", -0.05, 0.02, 0.0375),
    "C4": Deciding("likeness to the last layer", 0.001, 0.002, 0.004),
    "C5": Deciding("retained heads", 0.93, 0.06, 0.1, per_round=False),
}
QUALITY, MARGIN = "BLEU", 0.5


@dataclass(frozen=True, kw_only=True)
class FakeAnswers:
    """What is answered. `lost`: BLEU that a level loses to the control; `half`: of its interval."""

    replicates: int
    levels: int
    lost: Sequence[float]
    half: float = 0.25
    reason: str = "the interval holds 0"
    verdicts: dict[str, str] = field(default_factory=lambda: VERDICTS)
    mark: str = ""


def claim_rows(fake: FakeAnswers, arms: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Of every arm that prunes."""
    for studied in studied_arms(lottery_cast(arms)):
        for claim in fake.verdicts:
            yield from _rows_of(fake, studied.arm, claim)


def level_rows(fake: FakeAnswers, arms: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What decides, level by level: none of C1, and the same against the dense model of C2."""
    for studied in studied_arms(lottery_cast(arms)):
        times = TIMES.get(studied.arm, 1.0)
        for level in range(1, fake.levels + 1):
            row = {"arm": studied.arm, "level": level, "sparsity_prunable": 1 - 0.64**level}
            row |= {"rounds": 2.0 * level, "num_replicates": fake.replicates}
            lost = -times * fake.lost[level - 1]
            held = lost - fake.half > -MARGIN
            verdict = "supported" if held else "undecided"
            verdict = "contradicted" if lost + fake.half < -MARGIN else verdict
            verdict = verdict if fake.replicates > 1 else "undecided"
            yield {
                **row, "claim": "C0", "statistic": QUALITY, "reference": "control",
                **_figures(lost, fake.half, fake.replicates), "margin": MARGIN,
                "verdict": verdict, "replicates_needed": "",
            }  # fmt: skip
            for claim, deciding in STATISTICS.items():
                for reference, share in (("control", 1.0), ("dense", 2.0)):
                    dose = 2 * level if deciding.per_round else 1
                    value, half = deciding.value * dose * share, deciding.half * dose
                    yield {
                        **row, "claim": claim, "statistic": deciding.name, "reference": reference,
                        **_figures(value, half, fake.replicates),
                        "margin": deciding.margin * dose, "verdict": fake.verdicts[claim],
                        "replicates_needed": "",
                    }  # fmt: skip


def reached(fake: FakeAnswers, arm: str) -> float:
    """The share up to which quality holds in an arm at every level."""
    share = 0.0
    if fake.replicates == 1:
        return share
    for level, lost in enumerate(fake.lost[: fake.levels], start=1):
        if TIMES.get(arm, 1.0) * lost + fake.half >= MARGIN:
            break
        share = 1 - 0.64**level
    return share


def _rows_of(fake: FakeAnswers, arm: str, claim: str) -> Iterator[dict[str, Any]]:
    verdict = fake.verdicts[claim]
    empty = dict.fromkeys(("value", "lower", "upper", "lower_90", "upper_90", "margin"), "")
    row: dict[str, Any] = {
        "arm": arm, "claim": claim, "statistic": "claim", "reference": "control",
        "levels": "registered", **empty, "num_replicates": fake.replicates, "verdict": verdict,
        "replicates_needed": "8" if verdict == "undecided" and fake.replicates > 1 else "",
        "mark": fake.mark, "reason": fake.reason, "sentence": f"What is computed for {claim}.",
    }  # fmt: skip
    if claim == "C0":
        figures = _figures(-TIMES.get(arm, 1.0) * fake.lost[0], fake.half, fake.replicates)
        yield row | figures | {"margin": MARGIN}
        yield row | {"statistic": "s*", "value": reached(fake, arm)}
        yield row | figures | {"statistic": QUALITY, "margin": MARGIN}
        return
    if claim not in STATISTICS:
        yield row
        yield row | {"statistic": "grammar minus meaning"}
        return
    deciding = STATISTICS[claim]
    figures = _figures(deciding.value, deciding.half, fake.replicates)
    row |= figures | {"margin": deciding.margin}
    yield row
    yield row | {"statistic": deciding.name}
    yield row | {"statistic": deciding.name, "reference": "dense", "value": 2 * deciding.value}


def _figures(value: float, half: float, replicates: int) -> dict[str, Any]:
    if replicates == 1:
        return {"value": value} | dict.fromkeys(("lower", "upper", "lower_90", "upper_90"), "")
    ends = {"value": value, "lower": value - half, "upper": value + half}
    return ends | {"lower_90": value - HALF_90 * half, "upper_90": value + HALF_90 * half}
