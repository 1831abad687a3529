"""The probes of one task on every layer of one network: sums over sentences of the test split, from
which every score, interval and paired difference follows; and how each probe stopped."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.annotation.examples import SPLITS, Split
from ticketscope.annotation.tasks import Task
from ticketscope.config import Probing
from ticketscope.packing import packed_array
from ticketscope.probing import optimum
from ticketscope.probing.codelength import codelength
from ticketscope.probing.descent import Protocol
from ticketscope.probing.items import Items
from ticketscope.probing.normalised import standardise_
from ticketscope.probing.prepared import TaskItems
from ticketscope.probing.probes import Probed, train
from ticketscope.probing.scores import FACTUALITY, Scale, score, sentence_statistics
from ticketscope.seeds import derive
from ticketscope.steps.probes.features import Features
from ticketscope.tables.probes import CAPPED, CONVERGED


def probe(features: Features, task: Task, items: TaskItems, settings: Probing) -> dict[str, Any]:
    """Train the probes of one task on one encoder; scores on validation, statistics on test."""
    vectors, splits = _on_rows(features, items)
    standardise_(vectors, splits["train"])
    seeds = [derive(settings.seed, "probe", number) for number in range(settings.seeds)]
    num_classes = None if items.labels is None else len(items.labels)
    protocol = Protocol(max_updates=settings.max_updates, patience=settings.patience)

    def trained(golds: Mapping[Split, Items], *, mix: bool = False) -> Probed:
        return train(
            vectors,
            *(golds[split] for split in SPLITS),
            num_classes=num_classes,
            seeds=seeds,
            protocol=protocol,
            hidden=settings.hidden or None,
            mix=mix,
        )

    def solved(golds: Mapping[Split, Items]) -> optimum.Optimum:
        return optimum.fit(vectors, *(golds[split] for split in SPLITS), num_classes=num_classes)

    of_layers = solved if settings.protocol == "lbfgs" else trained
    found = of_layers(splits)
    result: dict[str, Any] = {
        "layers": {**_kept(task, items, splits, found), **_stopped(found)},
    }
    if settings.mix:
        mixed = trained(splits, mix=True)
        assert mixed.centres_of_gravity is not None
        result["mix"] = {
            **_kept(task, items, splits, mixed),
            **_stopped(mixed),
            "centres_of_gravity": mixed.centres_of_gravity.tolist(),
        }
    if settings.control_task and task.kind == "token":
        random_gold = {
            split: _with_gold(splits[split], items.splits[split].control) for split in SPLITS
        }
        control = of_layers(random_gold)
        accuracy = _accuracies(control.test.predictions, random_gold["test"])
        result["control_accuracy"] = accuracy.tolist()
        result["control"] = _stopped(control)
        result["accuracy"] = _accuracies(found.test.predictions, splits["test"]).tolist()
    if settings.codelength and num_classes is not None:
        lengths = codelength(
            vectors,
            splits["train"],
            splits["validation"],
            num_classes=num_classes,
            seeds=seeds,
            protocol=protocol,
            hidden=settings.hidden or None,
        )
        result["codelength_bits"] = lengths.bits.tolist()
        result["uniform_bits"] = lengths.uniform_bits
        result["codelength"] = {
            "num_capped": lengths.num_capped.tolist(),
            "num_probes": lengths.num_probes,
        }
    return result


def num_capped(result: Mapping[str, Any]) -> tuple[int, int]:
    """How many probes a result of `probe` is of, and how many were cut off before they had
    learned: those of layers, mix, control task and codelength."""
    kinds = [result[kind]["stopped"] for kind in ("layers", "mix", "control") if kind in result]
    stopped = [how for layers in kinds for seeds in layers for how in seeds]
    num_probes, num_capped = len(stopped), stopped.count(CAPPED)
    if "codelength" in result:
        capped = np.array(result["codelength"]["num_capped"])
        num_probes += capped.size * result["codelength"]["num_probes"]
        num_capped += int(capped.sum())
    return num_probes, num_capped


def _on_rows(features: Features, items: TaskItems) -> tuple[Tensor, dict[Split, Items]]:
    """Vectors ``[layers, rows, d]`` of the words that a task is about, and its items as rows."""
    of_splits = [
        spans
        for split in SPLITS
        for spans in (items.splits[split].first, items.splits[split].second)
        if spans is not None
    ]
    distinct, rows = np.unique(np.concatenate(of_splits), axis=0, return_inverse=True)
    ends = np.cumsum([len(spans) for spans in of_splits])[:-1]
    parts = iter(np.split(rows.reshape(-1).astype(np.int64), ends))
    on_rows = {}
    for split in SPLITS:
        data = items.splits[split]
        first = next(parts)
        second = next(parts) if data.second is not None else None
        on_rows[split] = Items(first, second, data.gold, data.sentences)
    return features.vectors(distinct), on_rows


def _kept(
    task: Task,
    items: TaskItems,
    splits: Mapping[Split, Items],
    found: Probed | optimum.Optimum,
) -> dict[str, Any]:
    """Scores on validation ``[layers][seeds]``; on test sums ``[layers][seeds][sentences]``."""
    validation = _statistics(task, items, "validation", splits, found.validation.predictions)
    test = _statistics(task, items, "test", splits, found.test.predictions)
    return {
        "validation": score(task.metric, validation.sum(axis=-2)).tolist(),
        "test_statistics": packed_array(test),
    }


def _stopped(found: Probed | optimum.Optimum) -> dict[str, Any]:
    """How each probe stopped, and after how many updates, ``[layers][seeds]``; an optimum has no
    updates, and one that is not reached is an error."""
    if isinstance(found, optimum.Optimum):
        return {"stopped": [[CONVERGED]] * len(found.penalties)}
    return {"stopped": found.stopped.tolist(), "num_updates": found.num_updates.tolist()}


def _statistics(
    task: Task,
    items: TaskItems,
    split: Split,
    splits: Mapping[Split, Items],
    predictions: NDArray[np.number],
) -> NDArray[np.float64]:
    return sentence_statistics(
        task.metric,
        splits[split].gold,
        predictions,
        items.splits[split].examples,
        items.splits[split].num_examples,
        labels=items.labels or (),
        scale=FACTUALITY if items.labels else Scale.of(items.splits["train"].gold),
    )


def _accuracies(predictions: NDArray[np.number], items: Items) -> NDArray[np.float64]:
    """``[layers, seeds]``"""
    return np.asarray((predictions == items.gold).mean(axis=-1))


def _with_gold(items: Items, gold: NDArray[np.int64] | None) -> Items:
    assert gold is not None
    return Items(items.first, items.second, gold, items.sentences)
