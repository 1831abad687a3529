"""Quality against speed, and which networks nothing beats in both."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.speed.timed_rows import TORCH

NETWORK: Final = ("arm", "level")
_MEANS: Final = ("value", "lower", "upper", "rate", "bytes", "sparsity_prunable")


def frontier(points: Sequence[tuple[float, float]]) -> list[int]:
    """Which of these points, of speed and quality, no other one dominates (Pareto): those for which
    no other is at least as good in both and better in one. From the slowest to the fastest; of
    equal points all."""
    order = sorted(range(len(points)), key=lambda number: points[number], reverse=True)
    found: list[int] = []
    for number in order:  # the fastest first; of equally fast ones the best
        best = points[found[-1]] if found else None
        if best is None or points[number][1] > best[1] or points[number] == best:
            found.append(number)
    return found[::-1]


def tradeoff_data(
    speed: pd.DataFrame, quality: pd.DataFrame, cast: Cast, threads: int, batch: int
) -> pd.DataFrame:
    """One row per network and engine: its BLEU (`value`), its `rate`, whether it is on the
    `frontier`. Replicates are drawn as their mean, so that none is chosen for its luck; then BLEU
    has no interval here.

    The rate is in target pieces per second; of networks that others made, which may have tokenizers
    of their own, in words of the source.
    """
    scores = quality[quality["metric"] == "bleu"]
    scores = scores[["arm", "replicate", "level", "engine", "value", "lower", "upper"]]
    rows = speed[(speed["threads"] == threads) & (speed["batch"] == batch)]
    rows = rows[rows["engine"] != TORCH]
    rate = "words_per_second" if cast.is_given else "tokens_per_second"
    rows = rows.assign(rate=rows[rate].astype(float))
    joined = rows.merge(scores, on=["arm", "replicate", "level", "engine"])
    groups = joined.groupby([*NETWORK, "engine"], sort=False)
    found = groups[[*_MEANS]].mean().reset_index()
    several = groups["replicate"].nunique().gt(1).to_numpy()
    found.loc[several, ["lower", "upper"]] = None
    best = set(frontier([*zip(found["rate"], found["value"], strict=True)]))
    return found.assign(
        frontier=[number in best for number in range(len(found))],
        dense=found["arm"].eq(cast.dense.name),
    )
