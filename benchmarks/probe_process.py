"""A probe as one writes it plainly, and in a process of its own as Liu et al. (2019) train theirs.

Run by `benchmarks/probes.py`. One file holds a data set a sentence, float32 `[layers, words, d]`. A
process trains one probe of one layer: like their toolkit (commit 1ba69cf of
nelson-liu/contextual-repr-analysis, whose readers own the contextualizer and are not lazy) it reads
every sentence once, with all its layers, and takes its layer then. A memory map takes the place of
HDF5 here and is if anything quicker. What comes with AllenNLP is left out: its import, padding,
probabilities and accuracies of every batch, logs, checkpoints. Batches and the rule to stop by are
those of ticketscope.
"""

import sys
import time
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from torch import Tensor
from torch.nn import functional

from ticketscope.probing.descent import LIU, Course
from ticketscope.probing.items import Items, shuffled_batches
from ticketscope.seeds import derive

_SPLITS = ("train", "validation", "test")


def train_plainly(
    vectors: Tensor, train: Items, validation: Items, test: Items, num_classes: int, seed: int
) -> tuple[NDArray[np.int64], int]:
    """One linear probe by autograd: what it says of the test items, and after how many updates."""
    torch.manual_seed(derive(seed, "initial"))
    probe = torch.nn.Linear(vectors.shape[1], num_classes)
    mean = torch.nn.Linear(vectors.shape[1], num_classes)
    weight = {"params": [probe.weight], "weight_decay": 0.0}
    optimiser = torch.optim.Adam([weight, {"params": [probe.bias]}], lr=LIU.rate)
    order = torch.Generator().manual_seed(derive(seed, "order"))
    batches = shuffled_batches(train, LIU.batch_items, order)
    course, best = Course(LIU), probe.state_dict()
    while not course.stopped:
        optimiser.param_groups[0]["weight_decay"] = course.penalty
        num_updates = min(LIU.interval, LIU.max_updates - course.num_updates)
        sums = [torch.zeros_like(value) for value in probe.parameters()]
        for batch in islice(batches, num_updates):
            optimiser.zero_grad()
            scores = probe(vectors[batch.first[: batch.num_items]])
            functional.cross_entropy(scores, batch.gold[: batch.num_items]).backward()
            optimiser.step()
            for total, value in zip(sums, probe.parameters(), strict=True):
                total += value.detach()
        with torch.no_grad():
            for value, total in zip(mean.parameters(), sums, strict=True):
                value.copy_(total / num_updates)
            scores = mean(vectors[torch.from_numpy(validation.first)])
            loss = float(functional.cross_entropy(scores, torch.from_numpy(validation.gold)))
        if course.look(loss, course.num_updates + num_updates):
            best = {name: value.clone() for name, value in mean.state_dict().items()}
    mean.load_state_dict(best)
    with torch.no_grad():
        said = mean(vectors[torch.from_numpy(test.first)]).argmax(-1)
    return said.numpy(), course.num_updates


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
    """Read the sentences, train the probe; print the CPU seconds of the training and its
    updates."""
    torch.set_num_threads(1)
    file = np.load(folder / "features.npy", mmap_mode="r")
    arrays = load_file(folder / "items.safetensors")
    vectors = torch.cat(
        [
            torch.tensor(file[start * num_layers : stop * num_layers]).view(
                num_layers, -1, file.shape[1]
            )[layer]
            for split in _SPLITS
            for start, stop in zip(
                arrays[f"{split}.rows"][:-1], arrays[f"{split}.rows"][1:], strict=True
            )
        ]
    )
    splits, done = [], 0
    for split in _SPLITS:
        gold, starts = arrays[f"{split}.gold"], arrays[f"{split}.starts"]
        rows = np.arange(done, done + len(gold))
        done += len(gold)
        splits.append(
            Items(rows, None, gold, np.repeat(np.arange(len(starts) - 1), np.diff(starts)))
        )
    start = time.process_time()
    _, num_updates = train_plainly(vectors, *splits, num_classes, seed)
    print(time.process_time() - start, num_updates)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:]))
