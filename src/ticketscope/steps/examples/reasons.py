"""Why a sentence is looked at: it breaks every time, it fell, or something in it was damaged."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ticketscope.arms.cast import Cast
from ticketscope.runs.store import LevelId
from ticketscope.steps.behaviour.casualties import System, fell
from ticketscope.steps.bench import Bench
from ticketscope.steps.examples.translated_sets import TranslatedSet
from ticketscope.tables.behaviour import BROKEN_SENTENCES
from ticketscope.tables.damage import DAMAGED_SENTENCES
from ticketscope.tables.table import NotMeasured, Table
from ticketscope.tables.typed import read_table

_NETWORK = ["arm", "replicate", "level"]
_PLACE = ["test_set", "line"]


def reasons(
    bench: Bench, test_sets: Sequence[TranslatedSet], shown: Sequence[LevelId], *, exact: bool
) -> dict[str, NDArray[np.bool_]]:
    """For each reason, the strongest first, which sentences of all test sets it holds for; "rest"
    holds for all. The tables of what broke are there by now."""
    run, cast = bench.run.root, bench.study.cast
    studied = [label for label in shown if label in bench.panel.studied]
    lines = [(one.name, line) for one in test_sets for line in range(1, 1 + len(one.text.source))]
    every = pd.MultiIndex.from_frame(pd.DataFrame(lines, columns=_PLACE))

    def of_table(rows: pd.DataFrame) -> NDArray[np.bool_]:
        return np.asarray(every.isin(pd.MultiIndex.from_frame(rows[_PLACE])))

    places = [shown.index(label) for label in studied]
    fallen = [_fell(one.systems, places, exact) for one in test_sets]
    return {
        "every time": of_table(always_broken(_rows(run, BROKEN_SENTENCES, cast), studied)),
        "fell": np.concatenate([np.zeros(0, dtype=bool), *fallen]),
        "damaged": of_table(newly_damaged(_rows(run, DAMAGED_SENTENCES, cast), shown[0], studied)),
        "rest": np.ones(len(every), dtype=bool),
    }


def always_broken(rows: pd.DataFrame, studied: Sequence[LevelId]) -> pd.DataFrame:
    """Those rows of broken_sentences.csv that are about these networks and others like them; of
    one network alone it is not known whether it breaks a sentence every time."""
    kinds = {(label.arm, label.level) for label in studied}
    about = [
        not arm or (arm, level) in kinds
        for arm, level in zip(rows["arm"], rows["level"], strict=True)
    ]
    return rows[np.array(about, dtype=bool) & (rows["num_networks"] > 1)]


def newly_damaged(rows: pd.DataFrame, first: LevelId, studied: Sequence[LevelId]) -> pd.DataFrame:
    """Those rows of damaged_sentences.csv.gz in which one of these networks breaks more than the
    first network does."""
    by_network = dict(iter(rows.groupby(_NETWORK)))
    none = rows.iloc[:0]
    of_first = by_network.get((first.arm, first.replicate, first.level), none)
    keys = [*_PLACE, "kind"]
    found = [none]
    for label in studied:
        ours = by_network.get((label.arm, label.replicate, label.level), none)
        both = ours.merge(of_first[[*keys, "num_broken"]], "left", keys, suffixes=("", "_first"))
        found.append(both[both["num_broken"] > both["num_broken_first"].fillna(0)])
    return pd.concat(found)


def _rows(run: Path, table: Table, cast: Cast) -> pd.DataFrame:
    found = read_table(run, table, cast)
    return pd.DataFrame(columns=list(table.names)) if isinstance(found, NotMeasured) else found


def _fell(systems: Sequence[System], studied: Sequence[int], exact: bool) -> NDArray[np.bool_]:
    """Which sentences fell below the first network in one under study."""
    reference = systems[0]
    found = [fell(systems[place], [reference], exact) for place in studied]
    return np.asarray(np.any([np.zeros(len(reference.texts), dtype=bool), *found], axis=0))
