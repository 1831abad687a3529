"""The tables and the view of damage, from what was counted."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.damage import KINDS
from ticketscope.damage.kind import Kind
from ticketscope.measures.clustered import clustered_difference, clustered_share
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage import DAMAGE

Found = Mapping[str, Mapping[str, Any]]
"""What was counted in a test set, by kind."""


@dataclass(frozen=True, eq=False)
class _Counted:
    """Of every sentence of a test set ``[num_sentences]``: events, and those that count."""

    num_hit: NDArray[np.int64]
    num: NDArray[np.int64]


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of damage.csv, without the columns that every table begins with."""
    measured = {label: _measured(bench, label) for label in bench.panel.labels}
    for label in bench.panel.labels:
        for test_set in bench.held_out.test_sets:
            for kind in KINDS:
                found = measured[label][test_set][kind.name]
                if "untold" in found:
                    continue
                row = {
                    "level_id": label,
                    "test_set": test_set,
                    "kind": kind.name,
                    "metric": kind.metric,
                    "num_sentences": len(found["places"]),
                    "num_events": sum(found["num_events"]),
                    "num_untold": found["num_untold"],
                }
                ours = _counted(bench, test_set, kind, found)
                if ours.num.any():
                    row |= clustered_share(ours.num_hit, ours.num).cells()
                    for name, other in bench.panel.baselines(label).items():
                        of_other = measured[other][test_set][kind.name]
                        theirs = _counted(bench, test_set, kind, of_other)
                        row |= _difference(name, ours, theirs)
                yield row


def _difference(name: str, ours: _Counted, theirs: _Counted) -> dict[str, float]:
    if not theirs.num.any():
        return {}
    both = ours.num_hit, ours.num, theirs.num_hit, theirs.num
    return clustered_difference(*both).cells(f"difference_{name}")


def _counted(bench: Bench, test_set: str, kind: Kind, found: Mapping[str, Any]) -> _Counted:
    damaged = _damaged(len(bench.held_out.text(test_set).source), found)
    num, broken = damaged.num, damaged.num_broken
    return _Counted(num - broken if kind.higher_is_better else broken, num)


@dataclass(frozen=True, eq=False)
class Damaged:
    """Of every sentence of a test set ``[num_sentences]``: events, and how many broke."""

    num: NDArray[np.int64]
    num_broken: NDArray[np.int64]


def damage_of(bench: Bench, label: LevelId, test_set: str) -> dict[str, Damaged]:
    """What broke in the sentences of a test set, by each kind that can be counted there."""
    size = len(bench.held_out.text(test_set).source)
    return {
        kind: _damaged(size, found)
        for kind, found in _measured(bench, label)[test_set].items()
        if "untold" not in found
    }


def _damaged(size: int, found: Mapping[str, Any]) -> Damaged:
    num, broken = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    num[found["places"]], broken[found["places"]] = found["num_events"], found["num_broken"]
    return Damaged(num, broken)


def sentence_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of damaged_sentences.csv.gz: network by network, test set by test set, line by line,
    then kind by kind."""
    for label in bench.panel.labels:
        for test_set, found in _measured(bench, label).items():
            broken = [
                (place, number, kind.name, events, num_broken)
                for number, kind in enumerate(KINDS)
                if "untold" not in found[kind.name]
                for place, events, num_broken in zip(
                    *(found[kind.name][key] for key in ("places", "num_events", "num_broken")),
                    strict=True,
                )
                if num_broken
            ]
            for place, _, name, num_events, num_broken in sorted(broken):
                yield {
                    "test_set": test_set,
                    "line": place + 1,
                    **asdict(label),
                    "kind": name,
                    "num_events": num_events,
                    "num_broken": num_broken,
                }


def view(bench: Bench) -> dict[str, Any]:
    """views/damage.json: of each test set the kinds that cannot be counted there; it is the same
    for all networks."""
    first = _measured(bench, bench.panel.labels[0])
    return {
        "untold": [
            {"test_set": test_set, "kind": kind.name, "reason": found[kind.name]["untold"]}
            for test_set, found in first.items()
            for kind in KINDS
            if "untold" in found[kind.name]
        ]
    }


def _measured(bench: Bench, label: LevelId) -> Mapping[str, Found]:
    found: Mapping[str, Found] = bench.results.read(DAMAGE, label)["test_sets"]
    return found
