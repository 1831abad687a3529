"""Probes on every layer of every ticket: the study's question of what a ticket still knows.

A ticket reads each distinct sentence of all tasks once; its word vectors lie in RUN/features, as
float16, until its last task is done. One result per task and ticket: sums over sentences of the
test split, from which every score, interval and paired difference follows.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from ticketscope.annotation.examples import SPLITS, Split
from ticketscope.annotation.tasks import Task
from ticketscope.config import Experiment, Probing, analysis_identity, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.files import folder_appearing, remove
from ticketscope.lottery.arms import planned_levels
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.packing import packed_array
from ticketscope.probing import optimum
from ticketscope.probing.codelength import codelength
from ticketscope.probing.descent import Protocol
from ticketscope.probing.items import Items
from ticketscope.probing.prepared import TaskItems
from ticketscope.probing.probes import Probed, train
from ticketscope.probing.readings import Reading
from ticketscope.probing.scores import FACTUALITY, Scale, score, sentence_statistics
from ticketscope.runs.store import DENSE, LevelId, Run
from ticketscope.seeds import derive
from ticketscope.steps.measured import is_measured, measured_once
from ticketscope.steps.probes.data import ProbeData, load
from ticketscope.steps.probes.features import Features, extract, is_extracted
from ticketscope.text.vocabulary import Vocabulary

STEP = "probing"
VERSION = 1
"""Raised when a figure is computed in another way: all tickets are then probed again."""
RANDOM_ENCODER = "random_encoder"
"""Stands in the place of an arm: the encoder as it was before any training."""
_USUAL_EPOCHS = 20
_SECONDS_AN_ITEM, _SECONDS_A_PRODUCT = 3.6e-7, 1.25e-10


def probed_levels(experiment: Experiment) -> list[LevelId]:
    """The tickets that are probed, dense models first."""
    if not experiment.probing.is_asked:
        return []
    asked = experiment.probing.levels
    return [
        level
        for level in planned_levels(experiment.lottery)
        if level.arm == DENSE or not asked or level.level in asked
    ]


def random_encoder(replicate: int) -> LevelId:
    """The name under which results of a replicate's untrained encoder are kept."""
    return LevelId(replicate, RANDOM_ENCODER, 0)


def file(run: Run, task: Task, level: LevelId) -> Path:
    """What was measured of a task on a ticket."""
    return run.analysis(f"{STEP}/{task.id}", level)


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> bool:
    """Probe one ticket for every task that is not done yet; returns whether there was any.

    Raises `JobError` for a ticket that is damaged or whose activations are not finite.
    """
    run = Run(root)

    def network() -> PreTrainedModel:
        return ModelFolder(run.level(level).ticket).network()

    return _measure(run, level, {"ticket": run.level(level).digest()}, network, experiment)


def measure_random_encoder(root: Path, replicate: int, experiment: Experiment) -> bool:
    """Probe an encoder of the same shape that nothing has trained: what words alone give away.

    Returns whether there was a task that was not done.
    """
    run = Run(root)
    corpus = EncodedCorpus(run.corpus)
    seed = derive(experiment.lottery.seed, RANDOM_ENCODER, replicate)

    def network() -> PreTrainedModel:
        size = Vocabulary(corpus.model_file, experiment.model.norm).size
        return model.build(experiment.model, size, seed)

    identity = {"model": experiment.model.model_dump(mode="json"), "seed": seed}
    return _measure(run, random_encoder(replicate), identity, network, experiment)


def _measure(
    run: Run,
    level: LevelId,
    encoder: Mapping[str, Any],
    network: Callable[[], PreTrainedModel],
    experiment: Experiment,
) -> bool:
    data = load(run)
    identities = {
        task: {
            **analysis_identity(experiment, STEP, VERSION),
            "encoder": dict(encoder),
            "data": data.about(task)["digest"],
        }
        for task in data.tasks
    }
    waiting = [t for t in data.tasks if not is_measured(file(run, t, level), identities[t])]
    if not waiting:
        return False
    sentences = data.sentences()
    identity = {
        "version": VERSION,
        "encoder": dict(encoder),
        "sentences": data.index["identity"],
    }
    folder = run.features / digest(identity)
    if not is_extracted(folder):
        with folder_appearing(folder) as extracted:
            extract(
                network().to(experiment.training.device),
                sentences,
                extracted,
                max_tokens=experiment.batches.max_tokens,
                max_positions=experiment.model.max_positions,
            )
    features = Features.of(folder, sentences)
    for task in waiting:
        measured_once(
            file(run, task, level),
            identities[task],
            partial(_probe_named, features, task, data.items(task), experiment.probing, level),
        )
    remove(folder)
    return True


def seconds(data: ProbeData, experiment: Experiment) -> float:
    """About what the probes of one encoder take on one core, from rates measured on a CPU.

    An epoch costs a probe so much an item, and so much an item, neuron and class (docs/log.md).
    """
    settings, shape = experiment.probing, experiment.model
    num_probes = (shape.encoder_layers + 1) * settings.seeds
    total = 0.0
    for task in data.tasks:
        about = data.about(task)
        inputs = shape.d_model * (3 if task.kind == "pair" else 1)
        outputs = settings.hidden or len(about["labels"] or [""])
        ways = 1 + settings.mix + (settings.control_task and task.kind == "token")
        per_item = _SECONDS_AN_ITEM + _SECONDS_A_PRODUCT * inputs * outputs
        epochs = min(settings.epochs, _USUAL_EPOCHS)
        total += about["num_items"]["train"] * per_item * num_probes * epochs * ways
    return total


# ----------------------------------------------------------------------------- probes


def _probe_named(
    features: Features, task: Task, items: TaskItems, settings: Probing, level: LevelId
) -> dict[str, Any]:
    """`probe`, whose failure says on what it failed."""
    try:
        return probe(features, task, items, settings)
    except (InputError, JobError) as error:
        raise JobError(f"probes of {task.id} on {level}: {error}") from None


def probe(features: Features, task: Task, items: TaskItems, settings: Probing) -> dict[str, Any]:
    """Train the probes of one task on one ticket; scores on validation, statistics on test."""
    vectors, splits = _on_rows(features, items)
    seeds = [derive(settings.seed, "probe", number) for number in range(settings.seeds)]
    num_classes = None if items.labels is None else len(items.labels)
    protocol = Protocol(epochs=settings.epochs, patience=settings.patience)

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
    result: dict[str, Any] = {"layers": _kept(task, items, splits, found.validation, found.test)}
    if settings.mix:
        mixed = trained(splits, mix=True)
        assert mixed.centres_of_gravity is not None
        result["mix"] = {
            **_kept(task, items, splits, mixed.validation, mixed.test),
            "centres_of_gravity": mixed.centres_of_gravity.tolist(),
        }
    if settings.control_task and task.kind == "token":
        random_gold = {
            split: _with_gold(splits[split], items.splits[split].control) for split in SPLITS
        }
        accuracy = _accuracies(of_layers(random_gold).test.predictions, random_gold["test"])
        result["control_accuracy"] = accuracy.tolist()
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
    return result


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
    on_validation: Reading,
    on_test: Reading,
) -> dict[str, Any]:
    """Scores on validation ``[layers][seeds]``; on test sums ``[layers][seeds][sentences]``."""
    validation = _statistics(task, items, "validation", splits, on_validation.predictions)
    test = _statistics(task, items, "test", splits, on_test.predictions)
    return {
        "validation": score(task.metric, validation.sum(axis=-2)).tolist(),
        "test_statistics": packed_array(test),
    }


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
