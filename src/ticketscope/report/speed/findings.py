"""What is said of speed: what the engine gains, what zeros gain, what smaller networks gain."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.parts.part import Prose
from ticketscope.report.parts.wording import count, number, plural
from ticketscope.report.speed.timed_rows import TORCH, settings, where, with_ratio

_SAME_SIZE: Final = 0.01
"""Networks whose sizes differ by less have the same matrices: only zeros were made in them."""
_ROUNDED: Final = 0.05
"""Up to this share of zeros a network may only have been rounded to int8."""
_GAIN: Final = 0.1
"""Where an interval allows for more than this, it does not show that nothing is gained."""
_FEWEST: Final = 6
"""Rounds of which a ratio has an interval."""
_NAMES: Final = {
    TORCH: "transformers in float32",
    "ctranslate2-float32": "CTranslate2 in float32",
    "ctranslate2-int8": "CTranslate2 in int8",
}


def findings(speed: pd.DataFrame, cast: Cast) -> Iterator[Prose]:
    """What the networks and engines gain, with the first number of threads and size of batches."""
    threads, batch = next(settings(speed))
    rows = speed[(speed["threads"] == threads) & (speed["batch"] == batch)]
    dense = rows[rows["arm"] == cast.dense.name]
    others = with_ratio(rows[rows["arm"].isin([arm.name for arm in cast.compressed])])
    others = others.merge(
        dense[["replicate", "engine", "bytes"]], on=["replicate", "engine"], suffixes=("", "_dense")
    )
    smaller = others["bytes"] < others["bytes_dense"] * (1 - _SAME_SIZE)
    zeros = others[~smaller & others["sparsity_prunable"].gt(_ROUNDED)]
    if len(zeros):
        yield Prose(_of_zeros(zeros, cast), lead="Single zeros:")
    if smaller.any():
        yield Prose(_of_smaller(others[smaller], cast), lead="Smaller networks:")
    if engines := _of_engines(dense, others, cast):
        how = f" ({where(threads, batch)}.)"
        yield Prose(engines + how, lead="Engines:")


def _of_zeros(rows: pd.DataFrame, cast: Cast) -> str:
    """Whether zeros gain anything, by intervals and not by what is known of kernels."""
    of = f"of {cast.nouns.dense} in the same engine"
    slowest, fastest = number(rows["value"].min(), 2), number(rows["value"].max(), 2)
    measured = rows[rows["lower"].notna()]
    if measured.empty:
        return (
            f"networks with zeros and as large as before have {slowest} to {fastest} times the "
            f"speed {of}. Fewer than {_FEWEST} rounds were timed, so no interval says how far that "
            "is from 1."
        )
    above, below = (measured["lower"] > 1).sum(), (measured["upper"] < 1).sum()
    around = len(measured) - above - below
    told = (
        f"networks with zeros and as large as before have {slowest} to {fastest} times the speed "
        f"{of}; for {around} of {len(measured)} measurements the 95 % interval of the ratio "
        "contains 1"
    )
    if around == len(measured):
        ends = f"{number(measured['lower'].min(), 2)} to {number(measured['upper'].max(), 2)}"
        if measured["upper"].max() > 1 + _GAIN:
            return (
                f"no gain is shown: {told}. But the intervals reach from {ends}, so that a gain "
                "cannot be ruled out: time more rounds on a quiet machine."
            )
        return (
            f"they buy nothing here: {told} (all lie within {ends}). Dense kernels store and "
            "multiply a zero as any other number; only sparse kernels or smaller matrices would "
            "gain."
        )
    sides = [f"{above} above" if above else "", f"{below} below" if below else ""]
    return (
        f"{told} ({' and '.join(filter(None, sides))}). Dense kernels store and multiply a zero as "
        "any other number: what is left comes from other translations or from the machine."
    )


def _of_smaller(rows: pd.DataFrame, cast: Cast) -> str:
    best = rows.nlargest(1, "value").to_dict("records")[0]
    ends = "" if pd.isna(best["lower"]) else f", {_interval(best)}"
    return (
        f"{plural(len(rows), 'measurement')} of networks with fewer weights give "
        f"{number(rows['value'].min(), 2)} to {number(rows['value'].max(), 2)} times the speed of "
        f"{cast.nouns.dense} in the same engine. The fastest is {_name(best, cast)} in "
        f"{_NAMES.get(best['engine'], best['engine'])} ({number(best['value'], 2)}{ends})."
    )


def _of_engines(dense: pd.DataFrame, others: pd.DataFrame, cast: Cast) -> str:
    """What the engine gains with the dense network, beside the most that pruning gains."""
    rates = dense.groupby("engine", sort=False)["tokens_per_second"].mean()
    if len(rates) < 2:
        return ""
    slow = rates.get(TORCH, rates.iloc[0])
    in_order = sorted(rates.items(), key=lambda rate: float(rate[1]))
    told = "; ".join(
        f"{_NAMES.get(str(engine), str(engine))} {count(round(rate))} pieces per second"
        + (f" (×{number(rate / slow, 1)})" if rate != slow else "")
        for engine, rate in in_order
    )
    told = f"{cast.nouns.dense} in {told}."
    if others.empty:
        return told
    gained, pruned = rates.max() / slow, others["value"].max()
    most = f"×{number(gained, 2)} against at most ×{number(pruned, 2)}"
    if gained > pruned:
        return f"{told} The choice of engine gains more than any pruning measured here: {most}."
    return f"{told} Here pruning gains more than the choice of engine: {most}."


def _interval(row: Mapping[Any, Any]) -> str:
    return f"95 % interval {number(row['lower'], 2)} to {number(row['upper'], 2)}"


def _name(row: Mapping[Any, Any], cast: Cast) -> str:
    title = cast[str(row["arm"])].title
    return title if cast.is_given else f"{title}, level {row['level']}"
