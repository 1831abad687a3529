"""How often a verdict on a claim is wrong, and how many replicates find an effect, by simulation.

A verdict can be wrong in two ways: supported or contradicted although there is no effect, and "no
relevant effect" although there is one of the smallest size that matters. Each is to happen in 5 %
of runs at most: with a fixed number of replicates, and over all registered looks together.

Models of replicates, as the claims have them:

* independent: an effect per round that differs by replicate and level (C2, C4);
* growing: noise that grows with the square of what is pruned;
* counts: logs of whole components, of which there are about ten, so that replicates agree by chance
  (C3);
* shared denominators: what a ticket loses, in shares of what the dense models hold, which is pooled
  over replicates (C1);
* shared seeds: in shares of how far the dense models of other seeds diverge, each pair of which two
  replicates share (C2, scaled);
* retained: what a ticket keeps of its likeness to the dense model, between the control and other
  seeds (C5), not below .9;
* sentences: BLEU that differs by replicate and, for all replicates alike, by sentences (C0), not
  below -.5;
* in order: levels that are asked one after the other, of which the last one alone loses anything
  (C0, C5).

Command: ``python benchmarks/claims_power.py``.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ticketscope.arms.cast import lottery_cast
from ticketscope.claims import studied_arms
from ticketscope.claims.claim import Writer
from ticketscope.claims.dose import Curve, rounds
from ticketscope.claims.in_order import InOrder, ask
from ticketscope.claims.looks import levels_of
from ticketscope.claims.verdicts import Numbers, Statistic, Verdict, found_in, judge
from ticketscope.config import Claims

SPARSITIES = np.array([0.36, 0.5904, 0.737856, 0.83222784])
DOSES = rounds(SPARSITIES)
STUDIED, *_ = studied_arms(lottery_cast(("lr_rewinding", "dense_continued")))
LOOKS = (3, 5, 8, 12)
REPLICATES = (2, 3, 5, 8, 12)
SDS = (0.5, 1.0, 1.5, 2.0, 4.0)
SENTENCES = 0.5
"""Standard error from sentences, in standard deviations of the replicates."""

Array = NDArray[np.float64]
Seen = Callable[[int], Numbers]
"""The numbers of the first so many replicates of a run."""
Draw = Callable[[np.random.Generator, int, float, float], Seen]
"""From a generator, how many replicates there are at most, the true effect and the standard
deviation of a replicate's number, to what is seen of one run."""


def per_round(curve: Array) -> Seen:
    """The numbers of a curve ``[replicates, levels]``."""
    statistic = Statistic("simulated", "above", "", per_round=True)
    levels = tuple(range(1, len(SPARSITIES) + 1))
    whole = Curve(statistic, "control", levels, tuple(SPARSITIES), curve)
    numbers = whole.up_to(0.84).per_replicate()
    return lambda num: numbers[:num]


def independent(
    rng: np.random.Generator, num: int, effect: float, sd: float, *, power: int = 1
) -> Seen:
    """Half of the variance is of the replicate, half of its levels, whose noise grows with a power
    of the dose."""
    of_replicate = rng.normal(size=(num, 1)) * np.sqrt(0.5)
    weights = DOSES ** (power - 1) / np.sqrt((DOSES ** (2 * power - 2)).sum()) * len(DOSES)
    of_level = rng.normal(size=(num, len(DOSES))) * np.sqrt(0.5) * weights
    return per_round(DOSES * (effect + sd * (of_replicate + of_level)))


def counts(rng: np.random.Generator, num: int, effect: float, sd: float) -> Seen:
    """Logs of whole numbers of components."""

    def components(slope: Array) -> Array:
        return np.log(np.maximum(1, np.rint(10 * np.exp(slope * DOSES))))

    slopes = effect + sd * rng.normal(size=(num, 1))
    # The control has other counts than the dense model, in a replicate for all of its levels.
    return per_round(components(slopes) - components(0 * slopes + 0.02 * rng.normal(size=(num, 1))))


def shared_denominators(rng: np.random.Generator, num: int, effect: float, sd: float) -> Seen:
    """What all replicates' dense models hold, about .4, is divided by: a mean over replicates."""
    loss = 0.4 * (effect + sd * rng.normal(size=num))
    held = rng.normal(0.4, 0.04, num)
    return lambda seen: loss[:seen] / held[:seen].mean()


def pairs(rng: np.random.Generator, num: int, mean: float, sd: float) -> Callable[[int], Array]:
    """Likeness of each replicate's dense model to those of the others, the mean over these."""
    of_seed, own = rng.normal(size=num), rng.normal(size=(num, num))
    likeness = mean + sd * (of_seed[:, None] + of_seed + (own + own.T) / np.sqrt(2))

    def seen(num_seen: int) -> Array:
        there = likeness[:num_seen, :num_seen]
        return np.asarray((there.sum(axis=1) - np.diag(there)) / (num_seen - 1))

    return seen


def shared_seeds(rng: np.random.Generator, num: int, effect: float, sd: float) -> Seen:
    """Divergence in shares of that of other seeds, about a half."""
    divergence, likeness = 0.5 * (effect + sd * rng.normal(size=num)), pairs(rng, num, 0.5, 0.05)
    return lambda seen: divergence[:seen] / (1 - likeness(seen).mean())


def retained(rng: np.random.Generator, num: int, effect: float, sd: float) -> Seen:
    """Between a control at .9 and other seeds at .4; `effect` and `sd` are of the share kept."""
    control = 0.9 + 0.01 * rng.normal(size=num)
    ticket = control + 0.5 * (effect + sd * rng.normal(size=num))
    others = pairs(rng, num, 0.4, 0.03)

    def seen(num_seen: int) -> Numbers:
        seeds = others(num_seen)
        return 1 + (ticket[:num_seen] - control[:num_seen]) / (control[:num_seen] - seeds).mean()

    return seen


def sentences(rng: np.random.Generator, num: int, effect: float, sd: float) -> Seen:
    """All replicates of a run are moved by the same sentences."""
    numbers = effect + sd * (rng.normal(size=num) + SENTENCES * rng.normal())
    return lambda seen: numbers[:seen]


def in_order(
    num: int, *, times: int, seed: int, looks: bool = False, sd: float = 0.2
) -> Counter[Verdict]:
    """Verdicts where all levels but the last lose nothing, and the last one just what it may."""
    rng, losses = np.random.default_rng(seed), np.array([0.0] * (len(SPARSITIES) - 1) + [-1.0])
    statistic = Statistic("simulated", "not below", "", margin=1.0)
    planned = LOOKS if looks else ()
    levels = tuple(range(1, len(SPARSITIES) + 1))
    found: Counter[Verdict] = Counter()
    for _ in range(times):
        drawn = losses + sd * rng.normal(size=(LOOKS[-1] if looks else num, len(SPARSITIES)))
        verdict: Verdict = "undecided"
        for look in planned or (num,):
            writer = Writer("C0", STUDIED, Claims(looks=planned), "", look)
            curve = Curve(statistic, "control", levels, tuple(SPARSITIES), drawn[:look])
            asked = ask(writer, curve)
            assert isinstance(asked, InOrder)
            verdict = asked.verdict
            if verdict != "undecided":
                break
        found[verdict] += 1
    return found


@dataclass(frozen=True)
class Model:
    """Replicates of a claim, and the rule it is decided by."""

    draw: Draw
    claimed: str = "above"
    null: float = 0.0
    margin: float = 1.0
    sentence_error: float = 0.0
    """In standard deviations of the replicates' numbers."""
    has_margin: bool = True
    """Whether "no relevant effect" can be said."""

    def statistic(self) -> Statistic:
        """What the rule is told."""
        claimed = "not below" if self.claimed == "not below" else "above"
        return Statistic("simulated", claimed, "", null=self.null, margin=self.margin)


MODELS: Mapping[str, Model] = {
    "independent": Model(independent),
    "growing": Model(partial(independent, power=2)),
    "counts": Model(counts, margin=0.0375),
    "shared denominators": Model(shared_denominators),
    "shared seeds": Model(shared_seeds, has_margin=False),
    "retained": Model(retained, "not below", null=1.0, margin=0.1, has_margin=False),
    "sentences": Model(
        sentences, "not below", margin=0.5, sentence_error=SENTENCES, has_margin=False
    ),
}


FAR = 100.0
"""An effect of so many smallest effects of interest, which nothing takes for a trifle."""
POWER: tuple[tuple[str, Verdict, str, float, float], ...] = (
    *(
        (f"an effect of {in_sd:g} SD", "supported", "independent", FAR, FAR / in_sd)
        for in_sd in SDS
    ),
    *(
        (
            f"none, smallest of interest {in_sd:g} SD",
            "no relevant effect",
            "independent",
            0,
            1 / in_sd,
        )
        for in_sd in SDS
    ),
    *(
        (f"nothing lost of {in_sd:g} SD allowed", "supported", "retained", 0, 1 / in_sd)
        for in_sd in SDS
    ),
)
"""The truth in words, the verdict that it asks for, the model, the effect and the standard
deviation of a replicate's number in smallest effects of interest."""


def decide(model: Model, seen: Seen, sd: float, looks: tuple[int, ...], num: int) -> Verdict:
    """The verdict on one run at its end: after `num` replicates, or at the first look that
    decides."""
    statistic = model.statistic()
    verdict: Verdict = "undecided"
    for look in looks or (num,):
        error = sd * model.sentence_error
        found = found_in(seen(look), levels_of(looks, look), sentence_error=error)
        verdict = judge(statistic, found)
        if verdict != "undecided":
            break
    return verdict


def verdicts(
    name: str, num: int, effect: float, sd: float, *, times: int, seed: int, looks: bool = False
) -> Counter[str]:
    """How often each verdict comes out.

    Args:
        name: of the model.
        num: replicates; where there are `looks`, the last of them counts.
        effect: the true effect in smallest effects of interest; below 0 is a loss.
        sd: of a replicate's number, in the same unit.
    """
    model, rng = MODELS[name], np.random.default_rng(seed)
    planned = LOOKS if looks else ()
    most, unit = planned[-1] if looks else num, model.margin
    return Counter(
        decide(model, model.draw(rng, most, effect * unit, sd * unit), sd * unit, planned, num)
        for _ in range(times)
    )


def false_direction(name: str, num: int, *, times: int, seed: int, looks: bool = False) -> float:
    """Share of verdicts for or against the claim where the truth lies on the bound; the spread is
    wide, so that "no relevant effect" does not keep them from being false."""
    losing = MODELS[name].claimed == "not below"
    found = verdicts(name, num, -1.0 * losing, 4.0, times=times, seed=seed, looks=looks)
    return (found["supported"] + found["contradicted"]) / times


def false_equivalence(name: str, num: int, *, times: int, seed: int, looks: bool = False) -> float:
    """Share of "no relevant effect" where there is one of the smallest size that matters; the
    spread is narrow, so that such a verdict can come at all."""
    found = verdicts(name, num, 1.0, 0.4, times=times, seed=seed, looks=looks)
    return found["no relevant effect"] / times


def main() -> None:
    """Print the shares of false verdicts and the power, in per cent."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=10_000, help="simulated runs of a figure")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    told = {"times": options.times, "seed": options.seed}
    console = Console(width=120)

    wrong = Table("model", "false", *map(str, REPLICATES), "looks at 3, 5, 8, 12")
    for name, model in MODELS.items():
        kinds = {"supported or contradicted": false_direction}
        if model.has_margin:
            kinds["no relevant effect"] = false_equivalence
        for kind, share in kinds.items():
            shares = [share(name, num, **told) for num in REPLICATES]
            shares.append(share(name, LOOKS[-1], **told, looks=True))
            wrong.add_row(name, kind, *(f"{100 * each:.1f}" for each in shares))
    counts = [in_order(num, **told) for num in REPLICATES]
    counts.append(in_order(LOOKS[-1], **told, looks=True))
    shares = [(each["supported"] + each["contradicted"]) / options.times for each in counts]
    kind = "supported or contradicted"
    wrong.add_row("in order", kind, *(f"{100 * each:.1f}" for each in shares))
    console.print(wrong)

    power = Table("truth", "verdict", *map(str, REPLICATES), "looks at 3, 5, 8, 12")
    for truth, verdict, name, effect, sd in POWER:
        shares = [
            verdicts(name, num, effect, sd, **told)[verdict] / options.times for num in REPLICATES
        ]
        looked = verdicts(name, LOOKS[-1], effect, sd, **told, looks=True)
        shares.append(looked[verdict] / options.times)
        power.add_row(truth, verdict, *(f"{100 * each:.1f}" for each in shares))
    console.print(power)


if __name__ == "__main__":
    main()
