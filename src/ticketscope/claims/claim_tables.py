"""The tables that claims are decided on, and what of them is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from ticketscope.arms.cast import Cast
from ticketscope.claims.dose import Reference
from ticketscope.config import Claims
from ticketscope.errors import InputError

ONE_LAYER = "the encoder has 1 layer: the claim needs model.encoder_layers >= 2"
_MEND = "delete the table and give the command of this run again to have it written anew"


@dataclass(frozen=True)
class Studied:
    """The arm that a claim is about.

    Args:
        arm: its name.
        control: that of the arm that its networks are compared with, which the run need not have;
            "" where none was given.
        cast: all arms of the run.
    """

    arm: str
    control: str
    cast: Cast

    @property
    def dense(self) -> str:
        """What the networks are labelled with that all others are made from."""
        return self.cast.dense.name

    @property
    def repeated(self) -> str:
        """The arm that goes on from the same dense model with other batches and dropout: what lies
        between it and the control is the noise of training alone. "" where there is none."""
        return self.cast.repeated.name if self.cast.repeated else ""

    @property
    def is_given(self) -> bool:
        """Whether others made the networks: one of each arm, of no dose."""
        return self.cast.is_given

    @property
    def loses_layers(self) -> bool:
        """Whether networks of the arm lack layers that the dense model has."""
        return self.cast[self.arm].removes == "layers"

    @property
    def or_replicates(self) -> str:
        """What else might show more, where there can be more of them."""
        return "" if self.is_given else " or more replicates"

    def in_words(self, template: str, reference: Reference = "control") -> str:
        """A sentence with names in the places of ``{arm}``, ``{control}`` and ``{reference}``, and
        nouns in those of ``{dense}``, ``{own}``, ``{twins}`` and ``{over_levels}``."""
        nouns, control = self.cast.nouns, self.control or "a control"
        against = nouns.dense if reference == "dense" else control
        return template.format(
            arm=self.arm,
            control=control,
            reference=against,
            **asdict(nouns),
        )


def studied_arms(cast: Cast) -> list[Studied]:
    """Whatever verdicts are given on: all that is compressed, each with its control."""
    return [Studied(arm.name, arm.control or "", cast) for arm in cast.compressed]


@dataclass(frozen=True, kw_only=True)
class ClaimTables:
    """Tables of a run as data frames with the columns of docs/run-directory.md; None: not there.

    An empty cell is missing (NaN or NA), or "" in a column of text.
    """

    quality: pd.DataFrame | None
    quality_pooled: pd.DataFrame | None = None
    probes: pd.DataFrame | None
    similarity: pd.DataFrame | None
    complexity: pd.DataFrame | None
    attention: pd.DataFrame | None
    registered: Claims
    """What was registered of the claims."""
    test_sets: tuple[str, ...] | None = None
    """The in-domain test sets; None: all that quality.csv has."""

    def last_level(self, arm: str) -> int:
        """The last level of an arm in any table; 0 where there is none."""
        tables = (self.quality, self.probes, self.similarity, self.complexity, self.attention)
        return max(
            (level for table in tables if table is not None for level in levels(table, arm)),
            default=0,
        )


def levels(table: pd.DataFrame, arm: str) -> list[int]:
    """The levels of an arm, in order."""
    return sorted({int(level) for level in table.loc[table["arm"] == arm, "level"]})


# ----------------------------------------------------------------------------- what is missing


def gap(
    table: pd.DataFrame | None,
    name: str,
    studied: Studied,
    arms: Iterable[str],
    at_levels: Sequence[int],
) -> str:
    """Why arms, one and its control say, are not all there at levels, and how to mend it; or ""."""
    if table is None or table.empty:
        if name == "probes" and studied.is_given:
            return (
                "no probes were trained: give --probes grammar, or --probes real --probe-data DIR"
            )
        return f"tables/{name}.csv is not there or empty: {_how(name, studied.cast)}"
    for arm in arms:
        of_arm = table[table["arm"] == arm]
        if of_arm.empty:
            return _no_arm(name, arm, studied.cast)
        for level in at_levels:
            absent = set(table["replicate"]) - set(
                of_arm.loc[of_arm["level"] == level, "replicate"]
            )
            if absent:
                return (
                    f"tables/{name}.csv has no {arm} at level {level} of replicate "
                    f"{_listed(absent)}: give the command of this run again to complete it"
                )
    return ""


def _how(name: str, cast: Cast) -> str:
    """How to have a table that is not there."""
    if name == "probes":
        return "run again with gold data for probes; the section on probes says which can be had"
    if cast.is_given:
        return "give a base and variants of transformers' own form, for CTranslate2 shows no states"
    return "give the command of this run again to have it written"


def _no_arm(name: str, arm: str, cast: Cast) -> str:
    """Why a table has nothing of an arm, and how to mend it."""
    if not cast.is_given:
        return f"tables/{name}.csv has no arm {arm}: add it to lottery.arms"
    if not arm:
        return "no control was given: give --control DIR, the base trained on with nothing removed"
    return (
        f"tables/{name}.csv has nothing of {arm} to set beside others: it has not the layers or "
        "heads of the base, or it is a directory of CTranslate2, which shows none"
    )


def seed_gap(table: pd.DataFrame, name: str, studied: Studied) -> str:
    """Why another seed's dense model is missing as a control, and how to mend it; or ""."""
    absent = set(table["replicate"]) - set(with_other_dense(table, studied)["replicate"])
    if not absent:
        return ""
    if studied.is_given:
        return "no twin was given: give --twin DIR, the base trained with another seed"
    if not studied.cast.dense_differ:
        return (
            "all replicates start from the same pretrained network, so that none was made by "
            "another seed: set model.fine_tune = true"
        )
    return (
        f"tables/{name}.csv compares no dense model of another seed with that of replicate "
        f"{_listed(absent)}: set lottery.replicates >= 2"
    )


def _listed(replicates: Iterable[int]) -> str:
    return ", ".join(str(replicate) for replicate in sorted(replicates))


# ----------------------------------------------------------------------------- rows


def where(table: pd.DataFrame, cells: Mapping[str, str | int]) -> pd.DataFrame:
    """The rows in which every named column holds the given value."""
    kept = np.ones(len(table), dtype=bool)
    for column, value in cells.items():
        kept &= table[column].eq(value).fillna(False).to_numpy(dtype=bool)
    return table[kept]


def with_own_dense(table: pd.DataFrame, studied: Studied) -> pd.DataFrame:
    """Rows that compare tickets with the dense model of their own replicate."""
    rows = where(table, {"other_arm": studied.dense})
    return rows[rows["arm"].ne(studied.dense) & _same(rows, "replicate", "other_replicate")]


def inside_one_network(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that compare a layer with another one of the same network."""
    same = table["arm"].eq(table["other_arm"]).fillna(False).astype(bool)
    for column in ("replicate", "level"):
        same &= _same(table, column, f"other_{column}")
    return table[same]


def with_other_dense(table: pd.DataFrame, studied: Studied) -> pd.DataFrame:
    """Rows that compare a dense model with those of other replicates: other seeds alone."""
    rows = where(table, {"arm": studied.dense, "other_arm": studied.dense})
    return rows[~_same(rows, "replicate", "other_replicate")]


def best_layers(probes: pd.DataFrame) -> pd.DataFrame:
    """The rows of tasks, each at the layer that validation chose."""
    rows = where(probes, {"probe": "best", "split": "test"})
    return rows[rows["task"].fillna("") != ""]


def same_layer(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that compare a layer with the same one of the other network."""
    return rows[_same(rows, "layer", "other_layer")]


def _same(rows: pd.DataFrame, column: str, other: str) -> "pd.Series[bool]":
    return rows[column].eq(rows[other]).fillna(False).astype(bool)


def matrix(rows: pd.DataFrame, columns: list[str], name: str, of: str = "value") -> pd.DataFrame:
    """A column of figures ``[replicates, columns]``, the mean where several rows are of one cell.

    An end of an interval (`of` "lower" or "upper") is the value itself where there is no interval.
    Raises `InputError` for a table that was cut: a cell that one replicate has and another lacks.
    """
    cells = [rows[column] for column in ("replicate", *columns)]
    # As `pivot_table` does it, which takes twice as long.
    found = rows[of].fillna(rows["value"]).groupby(cells).mean().dropna().unstack(columns)
    if found.empty or bool(found.isna().to_numpy().any()):
        raise cut(name, f"not every replicate has the same {' and '.join(columns)}")
    return found.astype(float)


def alike(matrices: Mapping[str, pd.DataFrame], name: str) -> None:
    """Raises `InputError` where matrices of several networks differ in replicates or columns."""
    first, *others = matrices.values()
    for other in others:
        if not (first.index.equals(other.index) and first.columns.equals(other.columns)):
            raise cut(name, f"{', '.join(matrices)} do not have the same rows")


def cut(name: str, what: str) -> InputError:
    """The error of a table that lost rows after ticketscope wrote it."""
    return InputError(f"tables/{name}.csv: {what}; {_MEND}")
