"""Baselines without any encoder, from the words alone; scored as the probes are."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from statistics import fmean

import numpy as np

from ticketscope.annotation.sentence import Span
from ticketscope.annotation.tasks import Target, Task
from ticketscope.errors import InputError
from ticketscope.probing.scores import Scale, score, sentence_statistics
from ticketscope.probing.span_tags import tags_of_spans

Example = tuple[Sequence[str], Sequence[Target]]
"""The words of a sentence and its targets in one task."""
Label = str | float
Key = tuple[str, ...]


def majority(task: Task, train: Sequence[Example], test: Sequence[Example]) -> float:
    """The score on `test` of the most frequent label of `train` (for numbers their mean).

    In the task's metric as a fraction; Pearson's r of a constant and F1 without any hit are 0.
    Raises `InputError` without targets in `train` or `test`.
    """
    return _score_of_table(task, {}, train, test)


def majority_by_word(task: Task, train: Sequence[Example], test: Sequence[Example]) -> float:
    """The score on `test` of each word's most frequent label in `train` (its mean number).

    A word is its lower-cased form; a span counts as its words, a pair as the last words of both
    spans. What `train` has not seen gets the majority of all. In BIO tasks every word gets its
    most frequent tag, and the spans that come out are scored.
    """
    labels_of: dict[Key, list[Label]] = {}
    for example in train:
        for key, label in _items(task, example):
            labels_of.setdefault(key, []).append(label)
    table = {key: _typical(labels) for key, labels in labels_of.items()}
    return _score_of_table(task, table, train, test)


def _score_of_table(
    task: Task, table: dict[Key, Label], train: Sequence[Example], test: Sequence[Example]
) -> float:
    """The score of a table of predictions, which falls back on the majority of all."""
    items = [_items(task, example) for example in test]
    seen = [label for example in train for _, label in _items(task, example)]
    if not seen or not any(items):
        raise InputError(f"task {task.id}: no targets to train or to test on; give more sentences")
    fallback = _typical(seen)
    gold = [[label for _, label in item] for item in items]
    predicted = [[table.get(key, fallback) for key, _ in item] for item in items]
    return _score(task, gold, predicted)


def _items(task: Task, example: Example) -> list[tuple[Key, Label]]:
    """What is predicted from, and what is to be predicted: tags of words, or labels of targets."""
    words, targets = example
    forms = [word.lower() for word in words]
    if task.kind == "bio":
        spans = [Span(*target.span1, str(target.label)) for target in targets]
        tags = tags_of_spans(len(words), spans)
        return [((form,), tag) for form, tag in zip(forms, tags, strict=True)]
    return [(_key(forms, target), target.label) for target in targets]


def _key(forms: Sequence[str], target: Target) -> Key:
    start, end = target.span1
    if target.span2 is None:
        return tuple(forms[start:end])
    return forms[end - 1], forms[target.span2[1] - 1]


def _typical(labels: Sequence[Label]) -> Label:
    """The mean of numbers; the most frequent of labels, the first by name where several are."""
    numbers = [label for label in labels if isinstance(label, float)]
    if numbers:
        return fmean(numbers)
    counts = Counter(str(label) for label in labels)
    return min(counts, key=lambda label: (-counts[label], label))


def _score(task: Task, gold: Sequence[list[Label]], predicted: Sequence[list[Label]]) -> float:
    """The metric of a task over labels by sentence."""
    sentences = np.repeat(np.arange(len(gold)), [len(labels) for labels in gold])
    truth, guesses = list(chain(*gold)), list(chain(*predicted))
    if task.metric == "pearson":
        statistics = sentence_statistics(
            "pearson",
            np.array(truth, dtype=np.float64),
            np.array(guesses, dtype=np.float64),
            sentences,
            len(gold),
            scale=Scale.of(truth),
        )
    else:
        labels = sorted({str(label) for label in (*truth, *guesses)})
        index = {label: number for number, label in enumerate(labels)}
        statistics = sentence_statistics(
            task.metric,
            np.array([index[str(label)] for label in truth]),
            np.array([index[str(label)] for label in guesses]),
            sentences,
            len(gold),
            labels=labels,
        )
    return float(score(task.metric, statistics.sum(axis=0)))
