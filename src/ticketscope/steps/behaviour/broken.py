"""Sentences that break every time: all replicates' networks fail on them, or all variants.

Hooker et al. (2019, 2020) call them compression-identified exemplars: what networks of different
seeds lose alike tells more of compression than of a seed. Neither the dense networks nor the
controls fail on them, so that it is not training on that broke them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId
from ticketscope.steps.behaviour.casualties import MARGIN, System, fell, system
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage.table import damage_of

EXACT: Final = "exact"
CHRF: Final = "chrf"
BESIDE: Final = ("dense", "control")
"""With what a network is compared, as `Panel.baselines` names it."""


@dataclass(frozen=True)
class Group:
    """Networks that were compressed alike, or in a dissection all that were compressed.

    Args:
        arm: of the networks; "" for all variants.
        level: likewise.
        labels: the networks.
    """

    arm: str
    level: int
    labels: tuple[LevelId, ...]


@dataclass(frozen=True, eq=False)
class Failures:
    """On which sentences of a test set the networks of a group fail.

    Args:
        kind: what failing is: `EXACT`, `CHRF`, or a kind of damage.
        could: which sentences all those do right that the networks are compared with,
            ``[num_sentences]``.
        failed: on which of them each network fails, ``[num_networks, num_sentences]``.
    """

    kind: str
    could: NDArray[np.bool_]
    failed: NDArray[np.bool_]

    @property
    def broken(self) -> NDArray[np.bool_]:
        """Which sentences break every time, ``[num_sentences]``."""
        return np.asarray(self.could & self.failed.all(axis=0))


def groups(panel: Panel, *, is_given: bool) -> Iterator[Group]:
    """The networks under study, by arm and level; in a dissection all variants together."""
    studied = [label for label in panel.labels if label in panel.studied]
    if is_given:
        if studied:
            yield Group("", studied[0].level, tuple(studied))
        return
    order = list(dict.fromkeys(label.arm for label in studied))
    studied.sort(key=lambda label: (order.index(label.arm), label.level))
    for (arm, level), labels in groupby(studied, key=lambda label: (label.arm, label.level)):
        yield Group(arm, level, tuple(labels))


def sentence_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of broken_sentences.csv."""
    for group in groups(bench.panel, is_given=bench.study.cast.is_given):
        for test_set in bench.held_out.test_sets:
            for failures in all_failures(bench, group.labels, test_set):
                for place in np.flatnonzero(failures.broken):
                    yield {
                        "failure": failures.kind,
                        "test_set": test_set,
                        "line": int(place) + 1,
                        "arm": group.arm,
                        "level": group.level,
                        "num_networks": len(group.labels),
                    }


def all_failures(
    bench: Bench, labels: Sequence[LevelId], test_set: str, beside: Sequence[str] = BESIDE
) -> Iterator[Failures]:
    """By every kind of failing: as casualties do, then by each kind of damage that is counted.

    beside: names of the baselines that must not fail.
    """
    others = [
        [other for name, other in bench.panel.baselines(label).items() if name in beside]
        for label in labels
    ]
    yield of_translations(
        [bench.once(systems)(label, test_set) for label in labels],
        [[bench.once(systems)(other, test_set) for other in of_label] for of_label in others],
        exact=bench.study.grammar is not None,
    )
    if not bench.study.damage.sentences:
        return
    damaged = bench.once(damages)
    ours = [damaged(label, test_set) for label in labels]
    theirs = [damaged(other, test_set) for of_label in others for other in of_label]
    for kind in ours[0]:
        whole = [(other[kind].num > 0) & (other[kind].num_broken == 0) for other in theirs]
        yield Failures(
            kind,
            np.asarray(np.all(whole, axis=0)),
            np.array([network[kind].num_broken > 0 for network in ours]),
        )


def damages(bench: Bench) -> Any:
    """Gives what broke in the sentences of a test set, by kind; read once each (`bench.once`)."""
    return cache(lambda label, test_set: damage_of(bench, label, test_set))


def systems(bench: Bench) -> Any:
    """Gives what a network made of a test set; each is read once (`bench.once`)."""

    @cache
    def of(label: LevelId, test_set: str) -> System:
        return system(bench, label, test_set, bench.held_out.text(test_set).target)

    return of


def of_translations(
    ours: Sequence[System], others: Sequence[Sequence[System]], *, exact: bool
) -> Failures:
    """Failing as casualties do; `others`: of each network those that it is compared with.

    In real text those sentences could break that lie so far above 0 in all that are compared with.
    """
    if exact:
        is_right = np.array([other.is_right for of_one in others for other in of_one])
        failed = np.array([~system.is_right for system in ours])
        return Failures(EXACT, np.asarray(is_right.all(axis=0)), failed)
    failed = np.array([fell(a, b, exact=False) for a, b in zip(ours, others, strict=True)])
    lowest = np.min([other.chrf for of_one in others for other in of_one], axis=0)
    return Failures(CHRF, np.asarray(lowest > MARGIN), failed)
