"""What broke first, and whether anything became faster or smaller, in a sentence each."""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from ticketscope.report.first_screen.quality import seeds
from ticketscope.report.parts.part import Prose
from ticketscope.report.parts.wording import about, number
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.report.speed.timed_rows import first_rows
from ticketscope.tables.table import NotMeasured

_PAIRS: Final = "phenomenon"
_NAMED: Final = 2
"""Phenomena that are named: those that fall first."""
_ZEROS: Final = ": single zeros are stored and multiplied as other weights are"
_NOISE: Final = 0.05
"""Differences in speed below this share are noise of the machine."""
_SLICES: Final = {
    "length": "sentences of {} words",
    "rarity": "sentences whose rarest piece was met {} times in training",
    "tag": "sentences with {}",
}


def losses(run: RunTables, arm: str) -> Iterator[Prose]:
    """Which kinds of sentences fall first in an arm, and what its zeros gain."""
    if not isinstance(run.behaviour, NotMeasured):
        yield from _what_broke(run.behaviour[run.behaviour["arm"] == arm])
    if not isinstance(run.speed, NotMeasured):
        yield from _speed(run.speed, arm, "" if run.cast[arm].removes else _ZEROS)


def _what_broke(behaviour: pd.DataFrame) -> Iterator[Prose]:
    compared = behaviour[behaviour["difference_control_upper"].notna()]
    if compared.empty:
        return
    num = compared["replicate"].nunique()
    everywhere = seeds(num) if num == 1 else f"each of {seeds(num)}"
    slices = fallen(compared[compared["metric"].eq("bleu")], num)
    pairs = compared[compared["bucket_kind"].eq(_PAIRS) & compared["bucket"].ne("")]
    phenomena = fallen(pairs[pairs["metric"].eq("accuracy")], num)
    told = []
    if len(slices):
        first = slices[slices["level"] == slices["level"].min()]
        worst = first.nsmallest(1, "difference_control").to_dict("records")[0]
        told.append(
            f"{_SLICES[worst['bucket_kind']].format(_in_words(worst['bucket']))} lose "
            f"{number(-worst['difference_control'], 1)} BLEU at "
            f"{about(worst['sparsity_prunable'])} pruned"
        )
    else:
        told.append("no kind of sentence loses BLEU")
    if len(pairs):
        fallen_first = dict.fromkeys(phenomena.sort_values("level")["bucket"])
        names = [_in_words(name) for name in fallen_first]
        which = f" ({', '.join([*names[:_NAMED], *(['…'] if len(names) > _NAMED else [])])})"
        told.append(
            f"{len(names) or 'none'} of {pairs['bucket'].nunique()} phenomena of the minimal pairs "
            f"{'falls' if len(names) < 2 else 'fall'}{which if names else ''}"
        )
    yield Prose(
        f"{'; '.join(told)}. This counts what {everywhere} shows against the control.",
        lead="What broke first:",
    )


def _in_words(bucket: str) -> str:
    """ "relative_clause" as "relative clause"."""
    return bucket.replace("_", " ")


def fallen(rows: pd.DataFrame, num_replicates: int) -> pd.DataFrame:
    """The buckets that lie below the control in every replicate, by their intervals: the mean of
    the difference per level."""
    by = ["level", "bucket_kind", "bucket", "test_set"]
    groups = rows.groupby(by, sort=False)
    found = groups[["sparsity_prunable", "difference_control"]].mean()
    found["worst"] = groups["difference_control_upper"].max()
    found["replicates"] = groups["replicate"].nunique()
    held = found["replicates"].eq(num_replicates) & found["worst"].lt(0)
    return found[held].reset_index()


def _speed(speed: pd.DataFrame, arm: str, why_not: str) -> Iterator[Prose]:
    """Of the first engine, which is the one that the dense model is timed with."""
    engine = first_rows(speed)
    tickets = engine[engine["arm"] == arm]
    ratios = tickets["against_dense"].dropna()
    if ratios.empty:
        return
    slowest, fastest = number(ratios.min(), 2), number(ratios.max(), 2)
    gain = "faster" if ratios.min() > 1 + _NOISE else "no gain"
    smaller = tickets["bytes"].max() < engine["bytes"].max() * (1 - _NOISE)
    yield Prose(
        f"{gain} ({slowest} to {fastest} times the dense model's speed, "
        f"{'smaller' if smaller else 'the same size'}){'' if gain == 'faster' else why_not}.",
        lead="Speed and size:",
    )
