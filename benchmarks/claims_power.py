"""How often the verdicts on claims are wrong, and how often an effect is found.

Replicates are drawn from a model in which a claim's statistic has a known true mean. An effect of 0
is the bound of the claim: every verdict but "undecided" is then false. Effects are in standard
deviations of the replicates' numbers, positive on the claimed side.

Quality is drawn too and chooses k*. Where the noise of a figure goes with quality's, the level is
chosen partly by that noise: the tied column has the worst case, every figure tied to quality in the
direction in which its claim looks.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ticketscope.claims import (
    Studied,
    attention_stays,
    early_layers_encode,
    higher_layers_diverge,
    higher_layers_simplify,
    quality_holds,
    semantics_first,
)
from ticketscope.claims.claim import Claim, Writer
from ticketscope.claims.verdicts import Numbers

STUDIED = Studied("lr_rewinding", "dense_continued")
LAYERS, TASKS = 6, 12
BLEU, BLEU_SD = np.array([0.0, -0.1, -0.4, -0.9]), 0.25
"""True difference to the control by level, and the standard deviation of its replicates."""
TIE = 0.7
"""Correlation of quality's noise with each figure's in the column of the worst case."""
REPLICATES, EFFECTS = (2, 3, 5, 10), (1.0, 2.0, 4.0, 8.0)

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, float, float], tuple[Numbers, Claim]]
"""From a generator, how many replicates, how far the true mean of the statistic lies on the claimed
side of its bound (in its own unit), and the correlation of a ticket's noise with quality's, to the
replicates' numbers and the claim's row."""


def quality(rng: np.random.Generator, num: int, shift: float, tie: float) -> tuple[Numbers, Claim]:
    """C0: every level lies `shift` above the margin; levels of a replicate are tied."""
    bleu = np.repeat(rng.normal(size=(num, 1)), len(BLEU), axis=1)
    differences = shift - quality_holds.MARGIN + noise(rng, tie, bleu, BLEU_SD, np.array(1))
    verdict = quality_holds.verdict_of(differences, at_half=1)
    return differences[:, 1], Writer("C0", STUDIED, "", num).verdict(verdict, "")


def semantics(
    rng: np.random.Generator, num: int, shift: float, tie: float, *, kept: float = 0.95
) -> tuple[Numbers, Claim]:
    """C1: both groups lose 5 %, semantics `shift` more."""
    level, bleu = chosen_level(rng, num)
    size = (num, level + 1, TASKS)
    is_semantic = np.arange(TASKS) % 2 == 1
    gaps = np.linspace(0.1, 0.4, TASKS)
    scores = semantics_first.Scores(
        ticket=0.4
        + (kept - shift * is_semantic) * gaps
        + noise(rng, tie, bleu[:, : level + 1], 0.01, 1 - 2.0 * is_semantic),
        control=0.4 + gaps + rng.normal(0, 0.01, size),
        floor=0.4 + rng.normal(0, 0.01, (num, TASKS)),
        is_semantic=is_semantic,
    )
    form, of_semantics = (semantics_first.retained(scores, semantic=s) for s in (False, True))
    rows = semantics_first.decide(Writer("C1", STUDIED, "", num), scores, "")
    return form - of_semantics, rows[0]


def divergence(
    rng: np.random.Generator, num: int, shift: float, tie: float, *, everywhere: float = 0.1
) -> tuple[Numbers, Claim]:
    """C2: every layer diverges by a tenth of another seed's divergence, the slope is `shift`."""
    level, bleu = chosen_level(rng, num)
    size, layer = (num, LAYERS), np.arange(LAYERS)
    by_layer = everywhere + shift * (layer - layer.mean())
    other_seed = 0.5 - 0.03 * layer
    ticket = (
        0.9
        - by_layer * (1 - other_seed)
        + noise(rng, tie, bleu[:, level], 0.02, -np.sign(layer - layer.mean()))
    )
    control = 0.9 + rng.normal(0, 0.02, size)
    seeds = other_seed + rng.normal(0, 0.02, size)
    rows = higher_layers_diverge.decide(Writer("C2", STUDIED, "", num), ticket, control, seeds, "")
    relative = higher_layers_diverge.relative_divergence(ticket, control, seeds)
    return higher_layers_diverge.slope(relative), rows[0]


def complexity(
    rng: np.random.Generator, num: int, shift: float, tie: float
) -> tuple[Numbers, Claim]:
    """C3: of about ten components the upper third loses the share `shift`, in logarithms."""
    return _complexity(rng, num, shift, tie, 0.0)


def complexity_everywhere(
    rng: np.random.Generator, num: int, shift: float, tie: float
) -> tuple[Numbers, Claim]:
    """C3 where all layers lose a third of their components: only the second statistic is at 0."""
    return _complexity(rng, num, shift, tie, 0.4)


def _complexity(
    rng: np.random.Generator, num: int, shift: float, tie: float, everywhere: float
) -> tuple[Numbers, Claim]:
    level, bleu = chosen_level(rng, num)
    size, is_upper = (num, LAYERS), np.arange(LAYERS) >= LAYERS - LAYERS // 3
    lost = everywhere + shift * is_upper
    ticket = 10 * np.exp(-lost + noise(rng, tie, bleu[:, level], 0.05, 1.0 - 2 * is_upper))
    control = 10 * np.exp(rng.normal(0, 0.05, size))
    rows = higher_layers_simplify.decide(Writer("C3", STUDIED, "", num), ticket, control, "")
    return higher_layers_simplify.thirds(ticket, control)[0], rows[0]


def early_layers(
    rng: np.random.Generator, num: int, shift: float, tie: float
) -> tuple[Numbers, Claim]:
    """C4: centres of gravity move `shift` down, likeness stays."""
    level, bleu = chosen_level(rng, num)
    size = (num, TASKS)
    ticket = 3 - shift + noise(rng, tie, bleu[:, level], 0.1, -np.ones(TASKS))
    shifts = early_layers_encode.centres(ticket, 3 + rng.normal(0, 0.1, size))
    own, other = np.mgrid[: LAYERS + 1, : LAYERS + 1]
    ahead = early_layers_encode.ahead(
        0.8 + noise(rng, tie, bleu[:, level], 0.02, np.sign(other - own)),
        0.8 + rng.normal(0, 0.02, (num, LAYERS + 1, LAYERS + 1)),
    )
    writer = Writer("C4", STUDIED, "", num)
    halves = (
        writer.measured(early_layers_encode.CENTRE, shifts, ""),
        writer.measured(early_layers_encode.AHEAD, ahead, ""),
    )
    return shifts, early_layers_encode.conclude(writer, *halves)


def attention(
    rng: np.random.Generator, num: int, shift: float, tie: float, *, kept: float = 0.7
) -> tuple[Numbers, Claim]:
    """C5: hidden states retain 70 %, heads `shift` more; all heads match themselves."""
    level, bleu = chosen_level(rng, num)

    def similarity(share: float, towards: float) -> attention_stays.Similarity:
        return attention_stays.Similarity(
            ticket=0.4 + 0.5 * share + noise(rng, tie, bleu[:, level], 0.02, np.array(towards)),
            control=0.9 + rng.normal(0, 0.02, num),
            other_seed=0.4 + rng.normal(0, 0.02, num),
        )

    heads, states = similarity(kept + shift, 1), similarity(kept, -1)
    rows = attention_stays.decide(Writer("C5", STUDIED, "", num), heads, states, np.ones(num), "")
    return heads.retained - states.retained, rows[0]


DRAWS: Mapping[str, Draw] = {
    "C0": quality,
    "C1": semantics,
    "C2": divergence,
    "C3": complexity,
    "C3, all layers simpler": complexity_everywhere,
    "C4": early_layers,
    "C5": attention,
}


UNMOVED: Mapping[str, Draw] = {
    "C1, nothing lost": partial(semantics, kept=1.0),
    "C2, nothing diverges": partial(divergence, everywhere=0.0),
    "C5, nothing moves": partial(attention, kept=1.0),
}
"""Where neither of the two quantities that are compared leaves the control's."""


def chosen_level(rng: np.random.Generator, num: int) -> tuple[int, Array]:
    """Index of k*, and quality's noise ``[replicates, levels]`` in standard deviations."""
    bleu = rng.normal(size=(num, len(BLEU)))
    held = quality_holds.num_held(BLEU + BLEU_SD * bleu)
    return (held or len(BLEU)) - 1, bleu


def noise(rng: np.random.Generator, tie: float, bleu: Array, sd: float, towards: Array) -> Array:
    """Noise of a ticket's figures ``[*bleu.shape, *towards.shape]``.

    Its correlation with `bleu` is `tie`, in the direction of `towards` (ones and minus ones).
    """
    shape = (*bleu.shape, *towards.shape)
    shared = bleu.reshape(bleu.shape + (1,) * towards.ndim) * towards
    return sd * (tie * shared + np.sqrt(1 - tie**2) * rng.normal(size=shape))


def verdicts(
    claim: str, num: int, effect: float, *, times: int, seed: int, tie: float = 0.0
) -> Counter[str]:
    """How often each verdict comes out with `num` replicates and an effect in standard deviations.

    The standard deviation is that of the numbers of many replicates without an effect.
    """
    draw = {**DRAWS, **UNMOVED}[claim]
    rng = np.random.default_rng(seed)
    sd = float(draw(rng, 4_000, 0.0, tie)[0].std())
    return Counter(draw(rng, num, effect * sd, tie)[1].verdict for _ in range(times))


def false_ones(counts: Counter[str]) -> int:
    """Verdicts for or against a claim on which there is none to be had."""
    return counts["supported"] + counts["contradicted"]


def main() -> None:
    """Print the shares of false verdicts and of effects found, in per cent."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=500, help="simulated runs of an effect")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    def found(claim: str, num: int, effect: float) -> float:
        counts = verdicts(claim, num, effect, times=options.times, seed=options.seed)
        return counts["supported"] / options.times

    def false(claim: str, num: int, tie: float) -> float:
        times = 6 * options.times  # rare, and the more to be known of
        counts = verdicts(claim, num, 0.0, times=times, seed=options.seed, tie=tie)
        return false_ones(counts) / times

    effects = (f"{effect:g} SD" for effect in EFFECTS)
    table = Table("claim", "replicates", "false", f"false, tied {TIE:g}", *effects)
    for claim in (*DRAWS, *UNMOVED):
        for num in REPLICATES:
            shares = [false(claim, num, tie) for tie in (0.0, TIE)]
            if claim in DRAWS:
                shares += [found(claim, num, effect) for effect in EFFECTS]
            table.add_row(claim, str(num), *(f"{100 * share:.1f}" for share in shares))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
