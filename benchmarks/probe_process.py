"""A probe as one writes it plainly, and in a process of its own as Liu et al. (2019) train theirs.

Run by `benchmarks/probes.py`. It does what their toolkit does for one layer (read at commit 1ba69cf
of nelson-liu/contextual-repr-analysis), but for what comes with AllenNLP, its import included:

- One file holds a data set a sentence, float32 `[layers, words, d]` (README.md, step 1).
- A process trains one probe of one layer (README.md, step 3). Its data set reader owns the
  contextualizer and is not lazy (experiment_configs/*/ptb_pos_tagging.json without `lazy`,
  contexteval/data/dataset_readers/conllx_pos.py), so each process reads every sentence once, with
  all its layers, and takes its layer then (PrecomputedContextualizer.forward in
  contexteval/contextualizers/precomputed_contextualizer.py). Only trained mixes, which have the
  contextualizer in the model, read the file at every step.
- Each batch of 80 sentences, of validation and test too, is padded and stacked anew in every epoch
  (AllenNLP's `ArrayField.as_tensor`, `DataIterator` with `cache_instances` off).

A memory map takes the place of HDF5 here and is if anything quicker. Left out: the words
themselves, padding found from zeros, the probabilities and accuracies of every batch, logs,
checkpoints.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from ticketscope.probing.descent import LIU
from ticketscope.probing.items import Items
from ticketscope.seeds import derive

_NO_CLASS = -100  # torch's own sign for "does not count"

Batch = tuple[Tensor, Tensor]
"""Vectors `[..., d]` and gold `[...]`."""


@dataclass(frozen=True)
class Batches:
    """Where a probe's batches come from: training in an order to be drawn, the rest in order."""

    train: Callable[[torch.Generator], Iterable[Batch]]
    validation: Callable[[], Iterable[Batch]]
    test: Callable[[], Iterable[Batch]]


def train_plainly(
    batches: Batches, width: int, num_classes: int, seed: int
) -> tuple[NDArray[np.int64], int]:
    """One linear probe by autograd: what it says of the test items, and how long it took."""
    torch.manual_seed(derive(seed, "initial"))
    probe = torch.nn.Linear(width, num_classes)
    optimiser = torch.optim.Adam(probe.parameters(), lr=LIU.rate)
    order = torch.Generator().manual_seed(derive(seed, "order"))
    best, best_loss, best_epoch = probe.state_dict(), float("inf"), 0
    for epoch in range(1, LIU.epochs + 1):
        for vectors, gold in batches.train(order):
            optimiser.zero_grad()
            _loss(probe(vectors), gold, "mean").backward()
            optimiser.step()
        with torch.no_grad():
            loss = sum(float(_loss(probe(x), gold, "sum")) for x, gold in batches.validation())
        if loss < best_loss:
            best = {name: value.clone() for name, value in probe.state_dict().items()}
            best_loss, best_epoch = loss, epoch
        if epoch - best_epoch >= LIU.patience:
            break
    probe.load_state_dict(best)
    with torch.no_grad():
        said = [probe(x).argmax(-1)[gold != _NO_CLASS] for x, gold in batches.test()]
    return torch.cat(said).numpy(), epoch


def _loss(scores: Tensor, gold: Tensor, reduction: str) -> Tensor:
    return functional.cross_entropy(scores.flatten(0, -2), gold.flatten(), reduction=reduction)


# -------------------------------------------------------------------- in a process of its own


def write(folder: Path, features: Tensor, splits: dict[str, Items]) -> None:
    """The features `[layers, rows, d]` sentence by sentence, and the items of the splits."""
    num_layers, num_rows, width = features.shape
    file = np.lib.format.open_memmap(
        folder / "features.npy", "w+", np.float32, (num_rows * num_layers, width)
    )
    arrays = {}
    for name, items in splits.items():
        starts = items.starts()
        for i in range(len(starts) - 1):
            rows = slice(int(items.first[starts[i]]), int(items.first[starts[i + 1] - 1]) + 1)
            sentence = features[:, rows].reshape(-1, width)
            file[rows.start * num_layers : rows.stop * num_layers] = sentence.numpy()
        arrays |= {
            f"{name}.gold": np.ascontiguousarray(items.gold),
            f"{name}.starts": starts,
            f"{name}.rows": np.append(items.first[starts[:-1]], items.first[-1] + 1),
        }
    file.flush()
    save_file(arrays, folder / "items.safetensors")


def main(folder: Path, num_layers: int, num_classes: int, layer: int, seed: int) -> None:
    """Read the sentences, train the probe; print the CPU seconds of the training and its epochs."""
    torch.set_num_threads(1)
    file = np.load(folder / "features.npy", mmap_mode="r")
    arrays = load_file(folder / "items.safetensors")
    train, validation, test = (
        _sentences(file, arrays, split, num_layers, layer)
        for split in ("train", "validation", "test")
    )
    batches = Batches(
        train=lambda order: _stacked(train, torch.randperm(len(train), generator=order).tolist()),
        validation=lambda: _stacked(validation, range(len(validation))),
        test=lambda: _stacked(test, range(len(test))),
    )
    start = time.process_time()
    _, epochs = train_plainly(batches, file.shape[1], num_classes, seed)
    print(time.process_time() - start, epochs)


def _sentences(
    file: NDArray[np.float32],
    arrays: dict[str, NDArray[np.int64]],
    split: str,
    num_layers: int,
    layer: int,
) -> list[Batch]:
    """Every sentence of a split; as the toolkit does, all layers are read and one is kept."""
    starts, rows = arrays[f"{split}.starts"], arrays[f"{split}.rows"]
    sentences = []
    for i in range(len(starts) - 1):
        of_sentence = file[rows[i] * num_layers : rows[i + 1] * num_layers]
        vectors = torch.tensor(of_sentence.reshape(num_layers, -1, file.shape[1]))[layer]
        gold = torch.from_numpy(arrays[f"{split}.gold"][starts[i] : starts[i + 1]])
        sentences.append((vectors, gold))
    return sentences


def _stacked(sentences: list[Batch], order: Iterable[int]) -> Iterator[Batch]:
    """Batches of sentences, padded to the longest."""
    numbers = list(order)
    for start in range(0, len(numbers), LIU.batch_sentences):
        batch = [sentences[number] for number in numbers[start : start + LIU.batch_sentences]]
        vectors = pad_sequence([vectors for vectors, _ in batch], batch_first=True)
        gold = pad_sequence([gold for _, gold in batch], True, _NO_CLASS)
        yield vectors, gold


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:]))
