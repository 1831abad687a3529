"""What the words alone give: baselines without any encoder, scored as the probes are."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from statistics import correlation, fmean

from ticketscope.annotation.sentence import Span
from ticketscope.annotation.tasks import ERROR, Target, Task
from ticketscope.errors import InputError

Example = tuple[Sequence[str], Sequence[Target]]
"""The words of a sentence and its targets in one task."""
Label = str | float
Key = tuple[str, ...]

OUTSIDE = "O"


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
        return [((form,), tag) for form, tag in zip(forms, _tags(words, targets), strict=True)]
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


# ----------------------------------------------------------------------------- scores


def _score(task: Task, gold: Sequence[list[Label]], predicted: Sequence[list[Label]]) -> float:
    """The metric of a task over labels by sentence."""
    pairs = list(zip(chain(*gold), chain(*predicted), strict=True))
    match task.metric:
        case "accuracy":
            return fmean(truth == guess for truth, guess in pairs)
        case "error_f1":
            hits = pairs.count((ERROR, ERROR))
            return _f1(hits, *(sum(pair[side] == ERROR for pair in pairs) for side in (0, 1)))
        case "pearson":
            return _pearson(pairs)
        case "span_f1":
            truth, guess = _all_spans(gold), _all_spans(predicted)
            return _f1(len(truth & guess), len(truth), len(guess))


def _f1(num_hits: int, num_gold: int, num_predicted: int) -> float:
    return 2 * num_hits / (num_gold + num_predicted) if num_hits else 0.0


def _pearson(pairs: Sequence[tuple[Label, Label]]) -> float:
    truth = [float(truth) for truth, _ in pairs]
    guesses = [float(guess) for _, guess in pairs]
    if len(set(truth)) == 1 or len(set(guesses)) == 1:
        return 0.0
    return correlation(truth, guesses)


# ----------------------------------------------------------------------------- BIO


def _tags(words: Sequence[str], targets: Sequence[Target]) -> list[str]:
    """The spans as one tag a word: B-label, I-label or O (Ramshaw and Marcus 1995, IOB2)."""
    tags = [OUTSIDE] * len(words)
    for target in targets:
        start, end = target.span1
        tags[start:end] = [f"B-{target.label}"] + [f"I-{target.label}"] * (end - start - 1)
    return tags


def _all_spans(rows: Sequence[Sequence[Label]]) -> set[tuple[int, Span]]:
    return {(number, span) for number, tags in enumerate(rows) for span in _spans(tags)}


def _spans(tags: Sequence[Label]) -> list[Span]:
    """The spans of tags; as in conlleval an I- that continues nothing begins a span."""
    spans: list[Span] = []
    for word, tag in enumerate(tags):
        prefix, _, label = str(tag).partition("-")
        if prefix == "I" and spans and (spans[-1].end, spans[-1].label) == (word, label):
            spans[-1] = Span(spans[-1].start, word + 1, label)
        elif prefix != OUTSIDE:
            spans.append(Span(word, word + 1, label))
    return spans
