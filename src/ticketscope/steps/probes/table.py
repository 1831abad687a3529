"""The table of probes, from the sums over sentences that `probing` kept."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.annotation.tasks import Task
from ticketscope.measures.bounds import Bounds
from ticketscope.measures.resampling import p_below_zero, p_two_sided, resample
from ticketscope.packing import unpacked_array
from ticketscope.probing import statistics
from ticketscope.probing.scores import score
from ticketscope.probing.statistics import Scored
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.probes import measure
from ticketscope.steps.probes.data import ProbeData, load
from ticketscope.steps.probes.over_seeds import over_seeds, selectivity_of
from ticketscope.steps.probes.subjects import probed, result_of, untrained_of
from ticketscope.steps.step import Row
from ticketscope.tables.probes import BEST, CENTRE_OF_GRAVITY, MIX

CODELENGTH = "codelength_bits"
_log = logging.getLogger(__name__)
GROUPS = ("morphology", "syntax", "syntax_without_dependencies", "semantics", "all")
_DEPENDENCIES = ("dependency_prediction", "dependency_labels")


@dataclass(frozen=True)
class _Probed:
    """A task on an encoder, the mean over seeds.

    `raw` is what was kept but for the statistics of test; `by_seed` ``[layers, seeds]`` are scores
    on test; `layers` has an axis of layers; `best` is the one that validation chose; `mix` may be
    None.
    """

    raw: Mapping[str, Any]
    by_seed: NDArray[np.float64]
    layers: Scored
    best: int
    mix: Scored | None

    def at(self, layer: int) -> Scored:
        """The scores of one layer."""
        return Scored(self.layers.values[layer], self.layers.resampled[:, layer])


def rows(bench: Bench) -> Iterator[Row]:
    """The rows of probes.csv, without the columns that every table begins with."""
    levels = probed(bench)
    if levels:
        states = {"states": bench.study.probing.states}
        yield from (row | states for row in _Rows(levels, bench).all())


def view(bench: Bench) -> dict[str, Any]:
    """What was probed on what, and what was left out."""
    study = bench.study
    if not study.probing.is_asked:
        return {"suite": "none"}
    data = load(bench.run)
    index = data.index
    num_probes, num_capped = _cut_off(data, bench)
    if num_capped:
        _log.warning(
            "probes: %s of %s were cut off before they had learned, so their scores are too low: "
            "raise probing.max_updates, now %s",
            *(f"{number:,}" for number in (num_capped, num_probes)),
            f"{study.probing.max_updates:,}",
        )
    counts = ("num_sentences", "num_words", "num_without_piece", "absent")
    return {
        "suite": study.probing.suite,
        "own": [own.task for own in study.probing.own],
        **{name: index[name] for name in counts},
        "num_probes": num_probes,
        "num_capped": num_capped,
        "tasks": {
            task: {name: about[name] for name in ("num_available", "num_targets", "left_out")}
            for task, about in index["tasks"].items()
        },
    }


def _cut_off(data: ProbeData, bench: Bench) -> tuple[int, int]:
    """How many probes there are, and how many of them were cut off before they had learned."""
    levels = probed(bench)
    num_probes = num_capped = 0
    for level in dict.fromkeys((*levels, *map(untrained_of, levels))):
        for task in data.tasks:
            probes, capped = measure.num_capped(bench.results.read(result_of(task.id), level))
            num_probes, num_capped = num_probes + probes, num_capped + capped
    return num_probes, num_capped


class _Rows:
    def __init__(self, levels: Sequence[LevelId], bench: Bench) -> None:
        self._levels, self._bench = levels, bench
        self._data: ProbeData = load(bench.run)
        settings = bench.study.probing
        self._resamples = cache(lambda num: resample(num, settings.resamples, settings.seed))
        self._probed = cache(self._scored)

    def all(self) -> Iterator[Row]:
        below = self._holm()
        for level in self._levels:
            for task in self._data.tasks:
                yield from self._rows_of(task, level, below.get((task.id, level)))
            yield from self._rows_of_groups(level)

    # ------------------------------------------------------------------- one task, one encoder

    def _scored(self, task: Task, level: LevelId) -> _Probed:
        raw = self._bench.results.read(result_of(task.id), level)
        validation = np.mean(raw["layers"]["validation"], axis=1)
        on_test = unpacked_array(raw["layers"].pop("test_statistics"))
        mix = None
        if "mix" in raw:
            mix = self._bootstrap(task, unpacked_array(raw["mix"].pop("test_statistics")))
        return _Probed(
            raw=raw,
            by_seed=score(task.metric, on_test.sum(axis=-2)),
            layers=self._bootstrap(task, on_test),
            best=int(validation.argmax()),
            mix=None if mix is None else Scored(mix.values[0], mix.resampled[:, 0]),
        )

    def _bootstrap(self, task: Task, by_layer: NDArray[np.float64]) -> Scored:
        by_seed = by_layer.swapaxes(0, 1)
        resamples = self._resamples(by_seed.shape[-2])
        return statistics.mean_over_seeds(statistics.bootstrap(task.metric, by_seed, resamples))

    def _rows_of(self, task: Task, level: LevelId, below: float | None) -> Iterator[Row]:
        ours = self._probed(task, level)
        about = self._data.about(task)
        common = {
            "level_id": level,
            "task": task.id,
            "group": task.group,
            "metric": task.metric,
            "num_train": about["num_targets"]["train"],
            "num_test": about["num_targets"]["test"],
        }
        on_test = {
            **common,
            "split": "test",
            "majority": about["majority"],
            "majority_by_word": about["majority_by_word"],
        }
        probe = "mlp" if self._bench.study.probing.hidden else "linear"
        num_layers = len(ours.layers.values)
        for layer in range(num_layers):
            place = {"layer": layer, "probe": probe}
            validation = ours.raw["layers"]["validation"][layer]
            yield {**common, **place, "split": "validation", "value": float(np.mean(validation))}
            yield {
                **on_test,
                **place,
                **self._figures(task, level, partial(_Probed.at, layer=layer)),
                **_selectivity(ours.raw, layer),
            }
            for seed, value in enumerate(ours.by_seed[layer].tolist()):
                how = _stopped(ours.raw["layers"], layer, seed)
                yield {**on_test, **place, "seed": seed, "value": value, **how}
            for seed, bits in enumerate(ours.raw.get(CODELENGTH, {layer: ()})[layer]):
                yield {
                    **common, **place, "split": "train", "seed": seed,
                    "metric": CODELENGTH, "value": bits,
                }  # fmt: skip
        yield {
            **on_test,
            "layer": ours.best,
            "probe": BEST,
            **self._figures(task, level, lambda probed: probed.at(probed.best)),
            "p_below_control_holm": below,
            **_selectivity(ours.raw, ours.best),
        }
        if ours.mix is not None:
            yield {**on_test, "probe": MIX, **self._figures(task, level, _mix)}
            centres = ours.raw["mix"]["centres_of_gravity"]
            place = {"split": "test", "probe": MIX, "metric": CENTRE_OF_GRAVITY}
            of_mean = over_seeds(centres, Bounds(0, num_layers - 1))
            yield {**common, **place, **of_mean.cells()}
            for seed, centre in enumerate(centres):
                how = _stopped(ours.raw["mix"], 0, seed)
                yield {**common, **place, "seed": seed, "value": centre, **how}

    def _others(self, level: LevelId) -> dict[str, LevelId]:
        others = {
            name: other
            for name, other in self._bench.panel.baselines(level).items()
            if other in self._levels
        }
        return {**others, "random": untrained_of(level)}

    def _figures(self, task: Task, level: LevelId, choose: Callable[[_Probed], Scored]) -> Row:
        """Score, interval, the untrained encoder, and paired differences from the others' score of
        the same probe."""
        ours = choose(self._probed(task, level))
        random = float(choose(self._probed(task, untrained_of(level))).values)
        row: Row = {
            **statistics.estimate(ours).cells(),
            "random_encoder": random,
            "not_above": _not_above(float(ours.values), random, self._data.about(task)),
        }
        for name, other in self._others(level).items():
            difference = statistics.difference(ours, choose(self._probed(task, other)))
            row |= {
                **statistics.estimate(difference).cells(f"difference_{name}"),
                f"p_{name}": float(p_two_sided(difference.resampled)),
            }
        return row

    def _holm(self) -> dict[tuple[str, LevelId], float]:
        """p-values of falling below the control, adjusted for all tasks and levels of an arm and
        replicate."""
        found: dict[tuple[str, LevelId], float] = {}
        arms = {(level.replicate, level.arm) for level in self._levels}
        for replicate, arm in sorted(arms):
            cells = {}
            for level in self._levels:
                if (level.replicate, level.arm) != (replicate, arm):
                    continue
                control = self._others(level).get("control")
                for task in self._data.tasks if control else ():
                    ours, theirs = self._probed(task, level), self._probed(task, control)
                    difference = statistics.difference(ours.at(ours.best), theirs.at(theirs.best))
                    cells[task.id, level] = float(p_below_zero(difference.resampled))
            found |= zip(cells, statistics.holm(list(cells.values())).tolist(), strict=True)
        return found

    # ------------------------------------------------------------------- groups of tasks

    def _rows_of_groups(self, level: LevelId) -> Iterator[Row]:
        """How the mean score of a group's tasks, each at its best layer, changed relatively.

        Of the mean score, not the mean of the tasks' own relative changes: one task whose score is
        next to nothing would decide these.
        """
        for name, other in self._others(level).items():
            if name == "random":
                continue
            for group in GROUPS:
                tasks = [task for task in self._data.tasks if _is_of(task, group)]
                if not tasks:
                    continue
                change = _relative(*(self._mean_of(tasks, each) for each in (level, other)))
                yield {
                    "level_id": level,
                    "group": group,
                    "probe": BEST,
                    "split": "test",
                    "metric": f"relative_change_{name}",
                    **statistics.estimate(change).cells(),
                }

    def _mean_of(self, tasks: Sequence[Task], level: LevelId) -> Scored:
        """The mean over tasks of the score of the best layer."""
        probed = [self._probed(task, level) for task in tasks]
        best = [each.at(each.best) for each in probed]
        return Scored(
            np.mean([scored.values for scored in best], axis=0),
            np.mean([scored.resampled for scored in best], axis=0),
        )


def _stopped(kept: Mapping[str, Any], layer: int, seed: int) -> Row:
    """How a probe stopped, and after how many updates; a convex optimum has none."""
    updates = kept.get("num_updates")
    return {
        "stopped": kept["stopped"][layer][seed],
        "num_updates": None if updates is None else updates[layer][seed],
    }


def _mix(probed: _Probed) -> Scored:
    assert probed.mix is not None
    return probed.mix


def _not_above(value: float, random: float, about: Mapping[str, Any]) -> str | None:
    """The column of the best of the baselines, if the score is not above it."""
    majorities = {name: about[name] for name in ("majority", "majority_by_word")}
    baselines = {"random_encoder": random, **majorities}
    best = max(baselines, key=baselines.__getitem__)
    return None if value > baselines[best] else best


def _selectivity(raw: Mapping[str, Any], layer: int) -> Row:
    if "control_accuracy" not in raw:
        return {}
    return selectivity_of(raw, layer).cells("selectivity")


def _relative(ours: Scored, theirs: Scored) -> Scored:
    """The difference divided by the other's; 0 where the other's is not above 0."""

    def ratio(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.divide(a - b, b, out=np.zeros_like(a), where=b > 0)

    return Scored(
        ratio(np.asarray(ours.values), np.asarray(theirs.values)),
        ratio(ours.resampled, theirs.resampled),
    )


def _is_of(task: Task, group: str) -> bool:
    if group == "all":
        return True
    if group == "syntax_without_dependencies":
        return task.group == "syntax" and task.id not in _DEPENDENCIES
    return task.group == group
