"""What the first screen says of a network beside its quality: what broke most that a reader sees,
and what would mend it."""

from collections.abc import Iterator

import pandas as pd

from ticketscope.arms.arm import Arm
from ticketscope.report.causes.figures import best_layer
from ticketscope.report.damage.figures import TITLES, changes, worst_change
from ticketscope.report.parts.wording import number, signed
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.causes import CAUSES
from ticketscope.tables.table import NotMeasured


def findings(run: RunTables, arm: Arm) -> Iterator[str]:
    """A sentence on damage and one on the layer to restore, each where it was measured."""
    damage = run.tables["damage"]
    if not isinstance(damage, NotMeasured):
        yield from _damage(changes(damage[damage["arm"] == arm.name], run.cast))
    causes = run.tables[CAUSES.name]
    if not isinstance(causes, NotMeasured):
        yield from _mended(causes[causes["arm"] == arm.name])


def _damage(changed: pd.DataFrame) -> Iterator[str]:
    if changed.empty:
        return
    worst = worst_change(changed)
    if worst is None:
        yield "No kind of damage that a reader sees is certain to have grown."
        return
    value, lower, upper = (signed(100 * worst[end], 1) for end in ("value", "lower", "upper"))
    yield (
        f"Of the damage that a reader sees, “{TITLES[worst['kind']]}” in {worst['test_set']} grew "
        f"most: {value} points [{lower} to {upper}]."
    )


def _mended(causes: pd.DataFrame) -> Iterator[str]:
    best = best_layer(causes)
    if best is None:
        return
    if pd.isna(best["lower"]) or best["lower"] <= 0:
        yield "No layer of the base that is put back is certain to lower its loss."
        return
    value, lower, upper = (number(best[end], 3) for end in ("value", "lower", "upper"))
    yield (
        f"To mend it, restore {best['part']} first (ticketscope restore): its loss falls by "
        f"{value} nats per target token [{lower} to {upper}]."
    )
