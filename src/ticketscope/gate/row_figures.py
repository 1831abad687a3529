"""The figure of a row that a rule is about: as it stands, or as it compares with another network.

A difference that the table has is paired by sentence, and is taken from there. Any other is made
of the two rows here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scipy import special

from ticketscope.gate.joined_figure import CONFIDENCE, JoinedFigure
from ticketscope.gate.selection import Asked, Chosen, Key, Row, key_of, rows_of
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.two_estimates import difference_of, ratio_of
from ticketscope.tables.table import NotMeasured, Table

_POOLED = {"quality": "quality_pooled"}
"""Tables whose differences another one has pooled over replicates and in-domain test sets."""
_ROUNDS = "num_rounds"
"""A table that has this column repeats rounds: its intervals are not over sentences."""


@dataclass(frozen=True)
class RowFigures:
    """The figures of the rows of a rule."""

    asked: Asked

    def joined(self, chosen: Chosen, key: Key) -> JoinedFigure | None:
        """The figure of a row over all replicates; None where its cells are empty.

        Raises `InputError` where some replicates have it and others do not.
        """
        if pooled := self._pooled(chosen, key):
            return pooled
        rows = chosen.rows[key]
        figures = [self._of_row(row, chosen) for row in rows]
        found = [figure for figure in figures if figure is not None]
        if not found:
            return None
        if len(found) < len(figures):
            what = f"{chosen.arm}: {len(found)} of {len(figures)} replicates have this figure"
            raise self.asked.refused("figure", f"{what}: it cannot be judged")
        [row, *_] = rows
        if self.asked.rule.figure == "value" and _has_errors(row):
            return _of_errors(row)
        return JoinedFigure.of_replicates(found, self._num_sentences(row))

    # ------------------------------------------------------------------- one row

    def _of_row(self, row: Row, chosen: Chosen) -> Estimate | None:
        rule = self.asked.rule
        own = _estimate(row, rule.figure)
        if rule.reference is None:
            return own
        compared = self._compared_with(row, chosen)
        if own is None:
            return None
        column = f"difference_{_kind(rule.reference)}"
        has_paired = rule.figure == "value" and column in self._table.names
        paired = _estimate(row, column) if has_paired and not rule.reference_where else None
        if rule.difference_to and has_paired and not rule.reference_where:
            return paired
        other = _estimate(self._reference(row, *compared), rule.figure)
        if other is None:
            return None
        if rule.difference_to:
            return difference_of(own, other)
        if other.value <= 0:
            what = f"that of {rule.reference} is {other.value:g}, and a ratio needs one above 0"
            raise self.asked.refused("ratio_to", what)
        return ratio_of(own, other, paired)

    def _compared_with(self, row: Row, chosen: Chosen) -> tuple[str, int]:
        """Arm and level of the network that a row is compared with."""
        cast, refused = self.asked.material.cast, self.asked.refused
        if "replicate" not in row:
            raise refused(self._setting, f"{self._table.name}.csv has no rows to compare with")
        if _kind(str(self.asked.rule.reference)) == "dense":
            if chosen.arm == cast.dense.name:
                what = f"{chosen.arm} is not compared with itself; name other networks"
                raise refused(self._setting, what)
            return cast.dense.name, 0
        control = cast[chosen.arm].control
        if not control or control not in cast:
            what = f"{chosen.arm} has no control in this run; compare it with base"
            raise refused(self._setting, what)
        return control, row["level"]

    def _reference(self, row: Row, arm: str, level: int) -> Row:
        """The row of the network that one is compared with."""
        asked, rule = self.asked, self.asked.rule
        wanted = dict(zip(self._table.keys, key_of(row, self._table), strict=True))
        wanted |= {column: value or None for column, [value] in rule.reference_where.items()}
        found = self._all_rows.get((arm, row["replicate"], level, tuple(wanted.values())))
        if found is None:
            cells = ", ".join(f"{name} = {cell}" for name, cell in wanted.items() if cell)
            hint = "" if rule.reference_where else "; reference_where chooses another row"
            raise asked.refused(
                self._setting, f"{self._table.name}.csv has no row of {arm} with {cells}{hint}"
            )
        return found

    @property
    def _setting(self) -> str:
        return "difference_to" if self.asked.rule.difference_to else "ratio_to"

    @cached_property
    def _all_rows(self) -> dict[tuple[Any, ...], Row]:
        table = self._table
        return {
            (row["arm"], row["replicate"], row["level"], key_of(row, table)): row
            for row in rows_of(self.asked.frame)
        }

    # ------------------------------------------------------------------- several replicates

    def _pooled(self, chosen: Chosen, key: Key) -> JoinedFigure | None:
        """The same difference from the table that has it pooled over replicates, where it is there:
        its interval knows how far replicates go together."""
        material, rule = self.asked.material, self.asked.rule
        name = _POOLED.get(rule.table)
        if name is None or len(chosen.rows[key]) == 1 or not rule.difference_to:
            return None
        if rule.figure != "value" or rule.reference_where:
            return None
        cells = dict(zip(self._table.keys, key, strict=True))
        if material.in_domain != (cells["test_set"],):
            return None
        frame = material.read(material.schema[name])
        if isinstance(frame, NotMeasured):
            return None
        wanted = (chosen.arm, chosen.level, cells["metric"], _kind(rule.difference_to))
        for row in rows_of(frame):
            if (row["arm"], row["level"], row["metric"], row["reference"]) == wanted:
                return _of_errors(row) if _has_errors(row) else None
        return None

    def _num_sentences(self, row: Row) -> int | None:
        """On how many sentences a figure rests, where its interval is over sentences.

        A difference may rest on fewer than the figure; tables of an earlier ticketscope have the
        size of the test set alone.
        """
        if _ROUNDS in self._table.names:
            return None
        reference = self.asked.rule.reference
        of_difference = f"num_sentences_{_kind(reference)}" if reference else ""
        num = row.get(of_difference) or row.get("num_sentences")
        return int(num) if num else self.asked.material.num_sentences.get(row.get("test_set", ""))

    @property
    def _table(self) -> Table:
        return self.asked.table


def _kind(reference: str) -> str:
    """How columns call what a rule compares with: a base is the dense model of a dissection."""
    return "dense" if reference == "base" else reference


def _estimate(row: Row, figure: str) -> Estimate | None:
    """A figure of a row with its interval, where the row has one; None for an empty cell."""
    value = row[figure]
    if value is None:
        return None
    before = "" if figure == "value" else f"{figure}_"
    lower, upper = row.get(f"{before}lower"), row.get(f"{before}upper")
    if lower is None or upper is None:
        return Estimate(float(value))
    return Estimate(float(value), float(lower), float(upper))


def _has_errors(row: Row) -> bool:
    """Whether a row tells both errors of a figure that is pooled over several replicates."""
    errors = (row.get("error_replicates"), row.get("error_sentences"))
    return None not in errors and row["num_replicates"] > 1


def _of_errors(row: Row) -> JoinedFigure:
    reach = float(special.ndtri((1 + CONFIDENCE) / 2)) * row["error_sentences"]
    num = int(row["num_replicates"])
    sentences = int(row["num_sentences"])
    return JoinedFigure(row["value"], reach, reach, row["error_replicates"], num, sentences)
