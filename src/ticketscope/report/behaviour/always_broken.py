"""Sentences that break in every replicate or variant: how many, beside chance, and what they
share."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.report.behaviour.figures import KINDS
from ticketscope.report.parts.cells import cell
from ticketscope.report.parts.part import Part, Prose, Table
from ticketscope.report.parts.wording import count, number, percent, plural, significant, spelled
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.behaviour import BROKEN
from ticketscope.tables.table import NotMeasured

_MOST_SHOWN: Final = 20
_OF_TRANSLATIONS: Final = ("exact", "chrf")
_SLICES: Final = {**KINDS, "damage": "damage seen in a network"}


def always_broken_parts(run: RunTables) -> Iterator[Part]:
    """Nothing of runs from before it was counted."""
    broken = run.tables[BROKEN.name]
    if isinstance(broken, NotMeasured):
        return
    whole = broken[broken["bucket_kind"] == ""]
    several = whole[whole["num_networks"] > 1]
    if several.empty:
        yield Prose(
            "Whether sentences break every time cannot be told: there is one network of each kind, "
            "and what one network breaks another seed, or another variant, may not. It takes two "
            "replicates or variants."
        )
        return
    yield Prose(_finding(several, run.cast), lead="Sentences that break every time.")
    yield Prose(
        "A sentence breaks every time where all these networks fail on it and no dense network and "
        "no control does (compression-identified exemplars, Hooker et al. 2020). Chance is what "
        "independent failures would give, each network failing as often as it does; networks also "
        "fail together where sentences are long, so chance among sentences of like length stands "
        "beside it. p is the probability of as many by chance, or more, and is not corrected for "
        "the number of rows. The sentences are listed in broken_sentences.csv."
    )
    yield _rates(several, run.cast)
    yield from _in_common(broken[broken["num_networks"] > 1], run.cast)


def _finding(several: pd.DataFrame, cast: Cast) -> str:
    """Of the last level, test set by test set."""
    rows = several[several["failure"].isin(_OF_TRANSLATIONS)]
    last = rows[rows["level"] == rows["level"].max()]
    return " ".join(
        f"Of {count(row['num_sentences'])} sentences of {row['test_set']} that could, "
        f"{count(row['num_broken'])} break in all {spelled(row['num_networks'])} networks"
        f"{_of(row, cast)} ({_share(row)}); by chance {_number(row, 'chance')} would, among "
        f"sentences of like length {_number(row, 'chance_by_length')}."
        for row in last.to_dict("records")
    )


def _of(row: dict[Any, Any], cast: Cast) -> str:
    return f" of {cast[row['arm']].title} at level {row['level']}" if row["arm"] else ""


def _number(row: dict[Any, Any], column: str) -> str:
    return significant(row[column] * row["num_sentences"])


def _share(row: dict[Any, Any]) -> str:
    ends = f"{percent(row['lower'])} to {percent(row['upper'])}"
    return f"{percent(row['value'])} [{ends}]"


def _rates(several: pd.DataFrame, cast: Cast) -> Table:
    return Table(
        title="How many sentences break every time",
        columns=(
            *("failing", "test set", "arm", "level", "networks", "could break", "broke"),
            *("share [95 %]", "by chance", "p", "by chance, like length", "p"),
            "points above the controls [95 %]",
        ),
        rows=tuple(
            (
                row["failure"],
                row["test_set"],
                cast[row["arm"]].title if row["arm"] else "all variants",
                str(row["level"]),
                str(row["num_networks"]),
                count(row["num_sentences"]),
                count(row["num_broken"]),
                _share(row),
                _chance(row, "chance"),
                cell(row["p_chance"], 4),
                _chance(row, "chance_by_length"),
                cell(row["p_chance_by_length"], 4),
                _beyond(row),
            )
            for row in several.to_dict("records")
        ),
        num_text=3,
    )


def _chance(row: dict[Any, Any], column: str) -> str:
    """As numbers of sentences."""
    num = row["num_sentences"]
    ends = (round(row[f"{column}_{end}"] * num) for end in ("lower", "upper"))
    return f"{_number(row, column)} [{' to '.join(map(count, ends))}]"


def _beyond(row: dict[Any, Any]) -> str:
    value = row["difference_control"]
    if pd.isna(value):
        return ""
    ends = (row["difference_control_lower"], row["difference_control_upper"])
    told = " to ".join(number(100 * end, 1) for end in ends)
    return f"{number(100 * value, 1)} [{told}]"


def _in_common(several: pd.DataFrame, cast: Cast) -> Iterator[Part]:
    rows = several[several["failure"].isin(_OF_TRANSLATIONS) & several["bucket_kind"].ne("")]
    if rows.empty:
        return
    first = rows.sort_values(["p_others_holm", "p_others"], kind="stable").head(_MOST_SHOWN)
    num = int((rows["p_others_holm"] < 0.05).sum())
    slices = plural(len(rows), "slice")
    yield Prose(
        f"Of {slices}, {spelled(num) if num else 'none'} {'have' if num > 1 else 'has'} another "
        "share of such "
        "sentences than all other sentences have, after Holm's correction for all slices of a test "
        "set and level. Damage is no cause: sentences that break show some."
    )
    yield Table(
        title="What sentences that break every time have in common",
        columns=(
            *("test set", "arm", "slice by", "slice", "level", "sentences", "broke"),
            *("points above the others [95 %]", "p", "p, corrected"),
        ),
        rows=tuple(
            (
                row["test_set"],
                cast[row["arm"]].title if row["arm"] else "all variants",
                _SLICES[row["bucket_kind"]],
                row["bucket"],
                str(row["level"]),
                count(row["num_sentences"]),
                count(row["num_broken"]),
                _beyond_others(row),
                cell(row["p_others"], 4),
                cell(row["p_others_holm"], 4),
            )
            for row in first.to_dict("records")
        ),
        num_text=4,
        folded=True,
    )


def _beyond_others(row: dict[Any, Any]) -> str:
    names = ("difference_others", "difference_others_lower", "difference_others_upper")
    value, lower, upper = (number(100 * row[name], 1) for name in names)
    return f"{value} [{lower} to {upper}]"
