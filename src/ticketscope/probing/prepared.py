"""The data of probes as numbers, prepared once for all tickets of a run.

Words are numbered across all sentences of all tasks; each distinct sentence is there once. A task
points at words by these numbers, so that one encoding of the sentences serves every task.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.annotation.examples import SPLITS, Example, Split
from ticketscope.annotation.sentence import Span
from ticketscope.annotation.tasks import CORRECT, ERROR, Task
from ticketscope.errors import InputError
from ticketscope.probing.baselines import majority, majority_by_word
from ticketscope.probing.control import control_labels
from ticketscope.probing.span_tags import tag_inventory, tags_of_spans
from ticketscope.probing.suites import TaskData
from ticketscope.text.words import RawSentence, join_words

Spans = NDArray[np.int64]
"""Runs of words ``[num_items, 2]``: the first one's number and the one past the last's."""


@dataclass(frozen=True, eq=False)
class SplitData:
    """The labelled items of one split of a task.

    Args:
        first: the (first) words of each item.
        second: those of the other span of a pair; None for tasks of single spans.
        gold: ``[num_items]`` class ids (int64) or values (float32).
        examples: ``[num_items]`` the sentence or document of each item, from 0, never decreasing:
            what is resampled.
        sentences: ``[num_items]`` its sentence, never decreasing: what batches are made of. In a
            document it is that of the later span of a pair.
        num_examples: sentences or documents, those without an item included.
        control: ``[num_items]`` the labels of the control task, for token tasks.
    """

    first: Spans
    second: Spans | None
    gold: NDArray[np.int64] | NDArray[np.float32]
    examples: NDArray[np.int64]
    sentences: NDArray[np.int64]
    num_examples: int
    control: NDArray[np.int64] | None


@dataclass(frozen=True, eq=False)
class TaskItems:
    """A task as probes see it.

    Args:
        labels: what the class ids mean; None for a regression.
        splits: the items of each.
        majority, majority_by_word: scores on test of the baselines that need no encoder.
        num_available: targets of each split before the limits.
    """

    labels: tuple[str, ...] | None
    splits: Mapping[Split, SplitData]
    majority: float
    majority_by_word: float
    num_available: Mapping[Split, int]


class SentenceStore:
    """Distinct sentences in the order in which they were first met, and the numbers of their words.

    `starts` ``[num_sentences + 1]``: the number of the first word of each, and of all words.
    """

    def __init__(self) -> None:
        self._first_word: dict[RawSentence, int] = {}
        self.starts = [0]

    @property
    def sentences(self) -> list[RawSentence]:
        """The sentences, in their order."""
        return [*self._first_word]

    def add(self, words: tuple[str, ...], spaces: tuple[bool, ...] | None) -> int:
        """The number of the first word of this sentence."""
        raw = join_words(words, spaces)
        if raw not in self._first_word:
            self._first_word[raw] = self.starts[-1]
            self.starts.append(self.starts[-1] + len(words))
        return self._first_word[raw]


def prepare(data: TaskData, store: SentenceStore, seed: int) -> TaskItems:
    """Number the words of a task's examples and the classes of its labels.

    Labels are those of training and, after them, of the held-out splits: a class that training
    lacks is never predicted right. In BIO tasks every word is an item, with its tag.
    """
    task = data.task
    for split in SPLITS:
        if not any(example.targets for example in data.splits[split]):
            raise InputError(f"task {task.id}: the {split} split has no targets; give more data")
    labels = None if task.kind == "regression" else _labels(task, data.splits)
    counts = _label_counts(task, labels or (), data.splits["train"])
    pairs = {split: [(e.words, e.targets) for e in data.splits[split]] for split in SPLITS}
    return TaskItems(
        labels=labels,
        splits={
            split: _split(task, labels, counts, data.splits[split], store, seed) for split in SPLITS
        },
        majority=majority(task, pairs["train"], pairs["test"]),
        majority_by_word=majority_by_word(task, pairs["train"], pairs["test"]),
        num_available=dict(data.num_available),
    )


def _labels(task: Task, splits: Mapping[Split, Sequence[Example]]) -> tuple[str, ...]:
    by_split = [
        sorted({str(t.label) for example in splits[split] for t in example.targets})
        for split in SPLITS
    ]
    if task.kind == "bio":
        return tag_inventory(chain(*by_split))
    if task.metric == "error_f1":
        return (CORRECT, ERROR)
    return tuple(dict.fromkeys(chain(*by_split)))


def _items(
    task: Task, example: Example
) -> list[tuple[tuple[int, int], tuple[int, int] | None, Any]]:
    """First span, second span and label of each item of an example."""
    if task.kind != "bio":
        items = [(target.span1, target.span2, target.label) for target in example.targets]
        return sorted(items, key=lambda item: max(item[0], item[1] or item[0]))
    spans = [Span(*target.span1, str(target.label)) for target in example.targets]
    tags = tags_of_spans(len(example.words), spans)
    return [((word, word + 1), None, tag) for word, tag in enumerate(tags)]


def _label_counts(
    task: Task, labels: tuple[str, ...], train: Sequence[Example]
) -> NDArray[np.int64]:
    index = {label: number for number, label in enumerate(labels)}
    if not labels:
        return np.zeros(0, dtype=np.int64)
    gold = [index[label] for example in train for _, _, label in _items(task, example)]
    return np.bincount(gold, minlength=len(labels))


def _split(
    task: Task,
    labels: tuple[str, ...] | None,
    label_counts: NDArray[np.int64],
    examples: Sequence[Example],
    store: SentenceStore,
    seed: int,
) -> SplitData:
    index = {label: number for number, label in enumerate(labels or ())}
    first: list[tuple[int, int]] = []
    second: list[tuple[int, int]] = []
    gold: list[float] = []
    of_examples: list[int] = []
    sentences: list[int] = []
    forms: list[str] = []
    num_sentences = 0
    for number, example in enumerate(examples):
        places = _places(example, store)
        for span1, span2, label in _items(task, example):
            first.append(_numbers(places, span1))
            if span2 is not None:
                second.append(_numbers(places, span2))
            gold.append(index[label] if labels else float(label))
            of_examples.append(number)
            last = max(span1[0], span2[0] if span2 else 0)
            sentences.append(num_sentences + bisect_right(example.sentence_starts, last))
            forms.append(example.words[span1[0]])
        num_sentences += len(example.sentence_starts)
    control = control_labels(forms, label_counts, seed) if task.kind == "token" else None
    return SplitData(
        first=np.array(first, dtype=np.int64),
        second=np.array(second, dtype=np.int64) if second else None,
        gold=np.array(gold).astype(np.int64) if labels else np.array(gold).astype(np.float32),
        examples=np.array(of_examples, dtype=np.int64),
        sentences=np.array(sentences, dtype=np.int64),
        num_examples=len(examples),
        control=control,
    )


def _places(example: Example, store: SentenceStore) -> NDArray[np.int64]:
    """The number of each word of an example, and past its last one."""
    bounds = [*example.sentence_starts, len(example.words)]
    numbers = [
        first + offset
        for start, end in pairwise(bounds)
        for first in [
            store.add(
                example.words[start:end],
                None if example.space_after is None else example.space_after[start:end],
            )
        ]
        for offset in range(end - start)
    ]
    return np.array(numbers, dtype=np.int64)


def _numbers(places: NDArray[np.int64], span: tuple[int, int]) -> tuple[int, int]:
    """A span never leaves its sentence, so its words are neighbours in the store."""
    start, end = span
    first, last = int(places[start]), int(places[end - 1])
    assert last - first == end - 1 - start, "a span across sentences"
    return first, last + 1
