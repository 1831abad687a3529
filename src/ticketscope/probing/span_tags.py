"""Spans of a sentence as one tag per word (IOB2; Ramshaw and Marcus 1995).

A tag is ``B-label`` where a span begins, ``I-label`` further inside it, ``O`` outside.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ticketscope.annotation.sentence import Span
from ticketscope.errors import InputError

OUTSIDE = "O"
_BEGIN, _INSIDE = "B", "I"


def tag_inventory(labels: Iterable[str]) -> tuple[str, ...]:
    """Every tag that spans with these labels can have: O first, then B and I of each label, by
    name."""
    inner = (f"{prefix}-{label}" for label in sorted(set(labels)) for prefix in (_BEGIN, _INSIDE))
    return (OUTSIDE, *inner)


def tags_of_spans(num_words: int, spans: Iterable[Span]) -> list[str]:
    """The tag of each word. Raises `InputError` for spans that overlap or leave the sentence."""
    tags = [OUTSIDE] * num_words
    for span in spans:
        if not 0 <= span.start < span.end <= num_words:
            raise InputError(f"{span} is no span of {num_words} words; mend the annotation")
        if any(tag != OUTSIDE for tag in tags[span.start : span.end]):
            raise InputError(f"{span} overlaps another span; keep one of the two")
        num_inside = span.end - span.start - 1
        tags[span.start : span.end] = [
            f"{_BEGIN}-{span.label}",
            *[f"{_INSIDE}-{span.label}"] * num_inside,
        ]
    return tags


def span_codes(
    tags: NDArray[np.integer], inventory: Sequence[str], sentences: NDArray[np.integer]
) -> NDArray[np.int64]:
    """At the last word of every span a number that stands for its first word and label; elsewhere
    −1.

    Two taggings of the same words share a span where they have the same number, not −1. `tags`
    ``[..., num_words]`` are indices into `inventory`; `sentences` ``[num_words]`` is the sentence
    of each word, words of one sentence standing together. Read as conlleval does (Tjong Kim Sang
    and Buchholz 2000): an I- that continues no span of its label begins one.
    """
    labels = _labels(inventory)
    label_of_tag = np.array([_label_id(tag, labels) for tag in inventory], dtype=np.int64)
    may_continue = np.array([tag.startswith(f"{_INSIDE}-") for tag in inventory], dtype=np.bool_)

    of_word = label_of_tag[tags]
    same_sentence = sentences[1:] == sentences[:-1]
    continues = np.zeros(tags.shape, dtype=np.bool_)
    continues[..., 1:] = (
        may_continue[tags[..., 1:]] & (of_word[..., 1:] == of_word[..., :-1]) & same_sentence
    )
    is_inside = of_word >= 0
    is_last = is_inside.copy()
    is_last[..., :-1] &= ~continues[..., 1:]

    words = np.arange(tags.shape[-1])
    first = np.maximum.accumulate(np.where(is_inside & ~continues, words, 0), axis=-1)
    return np.where(is_last, first * len(labels) + of_word, -1)


def _labels(inventory: Sequence[str]) -> list[str]:
    return sorted({tag.partition("-")[2] for tag in inventory if tag != OUTSIDE})


def _label_id(tag: str, labels: Sequence[str]) -> int:
    if tag == OUTSIDE:
        return -1
    prefix, _, label = tag.partition("-")
    assert prefix in (_BEGIN, _INSIDE), tag
    return labels.index(label)
