"""Small made-up tasks for probes."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ticketscope.annotation.sentence import Span
from ticketscope.probing.items import Items
from ticketscope.probing.span_tags import OUTSIDE, span_codes


@dataclass(frozen=True)
class ToyTask:
    """Features `[layers, rows, d]`, three splits and the number of classes (None: values)."""

    features: Tensor
    train: Items
    validation: Items
    test: Items
    num_classes: int | None

    @property
    def splits(self) -> tuple[Items, Items, Items]:
        return self.train, self.validation, self.test


def toy_task(
    kind: str, *, num_layers: int = 3, width: int = 10, num_sentences: int = 60, seed: int = 1
) -> ToyTask:
    """A `token`, `pair` or `regression` task; the later the layer, the more noise is in it.

    Sentences have one to nine words, and some of their words no label. A pair is two words of a
    sentence, and its class whether their hidden signs agree.
    """
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, 10, size=3 * num_sentences)
    sentences = np.repeat(np.arange(3 * num_sentences), lengths)
    num_rows = len(sentences)
    classes = rng.integers(0, 4, size=num_rows)
    centres = rng.standard_normal((4, width))
    noise = rng.standard_normal((num_layers, num_rows, width))
    noise *= np.linspace(0.3, 2.0, num_layers)[:, None, None]
    features = torch.from_numpy((centres[classes] + noise).astype(np.float32))
    first = np.flatnonzero(rng.random(num_rows) < 0.8)
    second, num_classes = None, 4
    gold = classes[first]
    if kind == "pair":
        starts = np.searchsorted(sentences, sentences[first])
        second = starts + (first - starts + 1) % lengths[sentences[first]]
        gold = ((classes[first] % 2) == (classes[second] % 2)).astype(np.int64)
        num_classes = 2
    elif kind == "regression":
        values = centres[classes, 0] + 0.1 * rng.standard_normal(num_rows)
        gold, num_classes = values[first].astype(np.float32), None
    items = Items(first, second, gold, sentences[first])
    cuts = np.searchsorted(items.sentences, [num_sentences, 2 * num_sentences])
    splits = [
        items.part(*bounds) for bounds in ((0, cuts[0]), (cuts[0], cuts[1]), (cuts[1], len(items)))
    ]
    return ToyTask(features, *splits, num_classes)


def random_task(num_items: int, num_classes: int, width: int, seed: int) -> ToyTask:
    """Classes that have nothing to do with the features; four words a sentence."""
    rng = np.random.default_rng(seed)
    features = torch.from_numpy(rng.standard_normal((1, 3 * num_items, width), dtype=np.float32))
    rows = np.arange(3 * num_items)
    items = Items(rows, None, rng.integers(0, num_classes, size=len(rows)), rows // 4)
    splits = [items.part(start, start + num_items) for start in range(0, len(rows), num_items)]
    return ToyTask(features, *splits, num_classes)


def spans_of_tags(tags):
    """The spans of one sentence, as `span_codes` reads them."""
    inventory = sorted({*tags, "O"})
    labels = sorted({tag[2:] for tag in tags if tag != OUTSIDE})
    ids = np.array([inventory.index(tag) for tag in tags], dtype=np.int64)
    codes = span_codes(ids, inventory, np.zeros(len(ids), dtype=np.int64))
    return [
        Span(code // len(labels), last + 1, labels[code % len(labels)])
        for last, code in enumerate(codes.tolist())
        if code >= 0
    ]
