"""Probes on every layer of every ticket: the study's question of what a ticket still knows.

A ticket reads each distinct sentence of all tasks once; its word vectors lie in RUN/features, as
float16, until its last task is done. A result a task and ticket: sums over sentences of the test
split, from which every score, interval and paired difference follows.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from ticketscope import model
from ticketscope.annotation.examples import SPLITS, Split
from ticketscope.annotation.tasks import Task
from ticketscope.arms import planned_levels
from ticketscope.config import Experiment, Probing, analysis_identity, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.files import folder_appearing, remove
from ticketscope.probing import optimum
from ticketscope.probing.codelength import codelength
from ticketscope.probing.descent import Protocol
from ticketscope.probing.items import Items
from ticketscope.probing.prepared import Spans, TaskItems
from ticketscope.probing.probes import Probed, train
from ticketscope.probing.readings import Reading
from ticketscope.probing.scores import FACTUALITY, Scale, score, sentence_statistics
from ticketscope.results.measured import is_measured, measured_once
from ticketscope.results.packed import packed
from ticketscope.results.probe_data import ProbeData, load
from ticketscope.seeds import derive
from ticketscope.store import DENSE, LevelId, Run
from ticketscope.trace import trace
from ticketscope.vocabulary import AlignedSentence, Vocabulary

STEP = "probing"
VERSION = 1
"""Raised when a figure is computed in another way: all tickets are then probed again."""
RANDOM_ENCODER = "random_encoder"
"""Stands in the place of an arm: the encoder as it was before any training."""
_SENTENCES_AT_ONCE = 2_000
_USUAL_EPOCHS = 20
_SECONDS_AN_ITEM, _SECONDS_A_PRODUCT = 3.6e-7, 1.25e-10


def probed_levels(experiment: Experiment) -> list[LevelId]:
    """The tickets that are probed, dense models first."""
    if experiment.probing.suite == "none":
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


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> None:
    """Probe one ticket for every task that is not done yet.

    Raises `JobError` for a ticket that is damaged or whose activations are not finite.
    """
    run = Run(root)

    def network() -> PreTrainedModel:
        run.level(level).verify()
        return model.load(run.level(level).ticket)

    _measure(run, level, {"ticket": run.level(level).digest()}, network, experiment)


def measure_random_encoder(root: Path, replicate: int, experiment: Experiment) -> None:
    """Probe an encoder of the same shape that nothing has trained: what words alone give away."""
    run = Run(root)
    corpus = EncodedCorpus(run.corpus)
    seed = derive(experiment.lottery.seed, RANDOM_ENCODER, replicate)

    def network() -> PreTrainedModel:
        size = Vocabulary(corpus.model_file, experiment.model.norm).size
        return model.build(experiment.model, size, seed)

    identity = {"model": experiment.model.model_dump(mode="json"), "seed": seed}
    _measure(run, random_encoder(replicate), identity, network, experiment)


def _measure(
    run: Run,
    level: LevelId,
    encoder: Mapping[str, Any],
    network: Callable[[], PreTrainedModel],
    experiment: Experiment,
) -> None:
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
        return
    sentences = data.sentences()
    identity = {
        "version": VERSION,
        "encoder": dict(encoder),
        "sentences": data.index["identity"],
    }
    folder = run.features / digest(identity)
    if not folder.is_dir():
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


# ----------------------------------------------------------------------------- features


def feature_bytes(num_words: int, experiment: Experiment) -> int:
    """What the word vectors of one ticket take on disk."""
    return num_words * (experiment.model.encoder_layers + 1) * experiment.model.d_model * 2


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


def extract(
    network: PreTrainedModel,
    sentences: Sequence[AlignedSentence],
    folder: Path,
    *,
    max_tokens: int,
    max_positions: int,
) -> None:
    """Write the vectors of all words that have a piece, a float16 file a layer, sentence by
    sentence. Raises `JobError` for values that float16 cannot hold."""
    num_words = sum(bool(pieces) for s in sentences for pieces in s.pieces_of_words)
    layers: list[np.memmap[Any, np.dtype[np.float16]]] = []
    done = 0
    for start in range(0, len(sentences), _SENTENCES_AT_ONCE):
        found = trace(
            network,
            sentences[start : start + _SENTENCES_AT_ONCE],
            max_tokens=max_tokens,
            max_positions=max_positions,
            device=str(network.device),
        ).encoder
        if not layers:
            layers = [
                _mapped(folder / f"{number}.npy", (num_words, layer.shape[1]))
                for number, layer in enumerate(found)
            ]
        end = done + len(found[0])
        for number, (kept, layer) in enumerate(zip(layers, found, strict=True)):
            if not (np.abs(layer) < np.finfo(np.float16).max).all():
                raise JobError(
                    f"layer {number} of {network.name_or_path or 'the encoder'} has activations "
                    "that are not finite or too large to keep; the training diverged"
                )
            kept[done:end] = layer
        done = end
    for kept in layers:
        kept.flush()


def _mapped(path: Path, shape: tuple[int, int]) -> np.memmap[Any, np.dtype[np.float16]]:
    """A file of float16 to write to. Its room is taken at once: where a disk is full, writing to
    a mapped file would kill the process."""
    mapped = np.lib.format.open_memmap(path, "w+", np.float16, shape)
    with path.open("r+b") as file:
        os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return mapped


@dataclass(frozen=True)
class Features:
    """The word vectors of a ticket on disk.

    Args:
        folder: a file ``[words with a piece, d]`` a layer.
        row_of_word: ``[num_words]``, where each word is in these files; -1 for one without a piece.
    """

    folder: Path
    row_of_word: NDArray[np.int64]

    @classmethod
    def of(cls, folder: Path, sentences: Sequence[AlignedSentence]) -> "Features":
        """The features of these sentences."""
        has_piece = np.array([bool(p) for s in sentences for p in s.pieces_of_words])
        return cls(folder, np.where(has_piece, np.cumsum(has_piece) - 1, -1))

    def vectors(self, spans: Spans) -> Tensor:
        """The mean vectors of spans of words in every layer, ``[layers, num_spans, d]``, float32.

        Words without a piece count for nothing; a span of such words alone is the zero vector.
        """
        lengths = spans[:, 1] - spans[:, 0]
        offsets = np.cumsum(lengths) - lengths
        words = np.arange(lengths.sum()) + np.repeat(spans[:, 0] - offsets, lengths)
        rows = self.row_of_word[words]
        bag_of_word = np.repeat(np.arange(len(spans)), lengths)[rows >= 0]
        needed, places = np.unique(rows[rows >= 0], return_inverse=True)
        starts = np.searchsorted(bag_of_word, np.arange(len(spans)))
        files = sorted(self.folder.glob("*.npy"), key=lambda path: int(path.stem))
        return torch.stack(
            [
                functional.embedding_bag(
                    torch.from_numpy(places),
                    torch.from_numpy(np.load(path, mmap_mode="r")[needed].astype(np.float32)),
                    torch.from_numpy(starts),
                    mode="mean",
                )
                for path in files
            ]
        )


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
        "test_statistics": packed(test),
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
