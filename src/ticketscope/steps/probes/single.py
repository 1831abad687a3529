"""Probing one stored ticket for one task, outside any run."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.annotation.examples import SPLITS
from ticketscope.annotation.tasks import Metric
from ticketscope.config import Probing
from ticketscope.measures.resampling import resample
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.network import MAX_TOKENS
from ticketscope.packing import unpacked_array
from ticketscope.probing import statistics
from ticketscope.probing.prepared import SentenceStore, TaskItems, prepare
from ticketscope.probing.suites import TaskData
from ticketscope.seeds import derive
from ticketscope.steps.probes.features import Features, extract
from ticketscope.steps.probes.measure import probe
from ticketscope.text.vocabulary import AlignedSentence


def probe_ticket(ticket: ModelFolder, data: TaskData, settings: Probing) -> dict[str, Any]:
    """What every layer of a ticket's encoder holds of a task, beside all baselines, as plain data.

    Raises `InputError` when the vocabulary of `ticket` does not fit its network, or a split has no
    targets.
    """
    store = SentenceStore(ticket.vocabulary())
    items = prepare(data, store, settings.seed)
    network = ticket.network()
    untrained = model.untrained(network, derive(settings.seed, "untrained"))
    found, random = (
        _probed(encoder, data, store.aligned, items, settings) for encoder in (network, untrained)
    )
    task = data.task
    ours, theirs = (unpacked_array(each["layers"]["test_statistics"]) for each in (found, random))
    by_layer = [
        {
            "layer": layer,
            "validation": float(np.mean(found["layers"]["validation"][layer])),
            **_on_test(task.metric, ours[layer], settings),
            "random_encoder": _on_test(task.metric, theirs[layer], settings)["test"],
        }
        for layer in range(len(ours))
    ]
    best = max(by_layer, key=lambda each: each["validation"])
    record: dict[str, Any] = {
        "task": task.id,
        "metric": task.metric,
        "probe": "mlp" if settings.hidden else "linear",
        "protocol": settings.protocol,
        "seeds": ours.shape[1],
        "num_targets": {split: sum(len(e.targets) for e in data.splits[split]) for split in SPLITS},
        "num_available": dict(items.num_available),
        "left_out": dict(data.left_out),
        "num_words_without_piece": sum(
            not pieces for sentence in store.aligned for pieces in sentence.pieces_of_words
        ),
        "majority": items.majority,
        "majority_by_word": items.majority_by_word,
        "layers": by_layer,
        "best_layer": best["layer"],
    }
    if "control_accuracy" in found:
        differences = np.subtract(found["accuracy"], found["control_accuracy"]).mean(axis=1)
        for each, selectivity in zip(by_layer, differences.tolist(), strict=True):
            each["selectivity"] = selectivity
    if "mix" in found:
        centres = found["mix"]["centres_of_gravity"]
        record["mix"] = {
            **_on_test(task.metric, unpacked_array(found["mix"]["test_statistics"])[0], settings),
            "centre_of_gravity": float(np.mean(centres)),
        }
    if "codelength_bits" in found:
        record["codelength_bits"] = np.mean(found["codelength_bits"], axis=1).tolist()
        record["uniform_bits"] = found["uniform_bits"]
    return record


def _probed(
    encoder: Any,
    data: TaskData,
    sentences: list[AlignedSentence],
    items: TaskItems,
    settings: Probing,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ticketscope-") as folder:
        extract(
            encoder,
            sentences,
            Path(folder),
            max_tokens=MAX_TOKENS,
            max_positions=encoder.config.max_position_embeddings,
        )
        return probe(Features.of(Path(folder), sentences), data.task, items, settings)


def _on_test(metric: Metric, by_seed: NDArray[np.float64], settings: Probing) -> dict[str, float]:
    """The mean over seeds with its interval."""
    resamples = resample(by_seed.shape[-2], settings.resamples, settings.seed)
    scored = statistics.mean_over_seeds(statistics.bootstrap(metric, by_seed, resamples))
    cells = statistics.estimate(scored).cells()
    return {"test": cells.pop("value"), **cells}
