"""How alike the vectors of words of one class are in a network and in others, layer by layer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.config.analysis import WordKind
from ticketscope.measures.cka import PairMoments, each_left_out
from ticketscope.measures.moments import accumulate
from ticketscope.measures.resampling import NUM_BLOCKS
from ticketscope.networks.network import Network
from ticketscope.networks.trace import Trace
from ticketscope.steps.bench import Bench
from ticketscope.steps.tracing import traced
from ticketscope.steps.word_classes.classed_words import FREQUENCIES, Sample, samples
from ticketscope.text.tokenizer import AlignedSentence, Tokenizer

MEASURES = ("cka", "cka_debiased")
Words = NDArray[np.intp]
"""Places of words among all words of the sentences."""


def measure(network: Network, others: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """Compare the words of every class that has enough of them with the same words in others.

    Raises `JobError` for a network that is damaged or whose activations are not finite.
    """
    fewest = bench.study.word_classes.fewest_words
    kinds: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    for number, sample in enumerate(bench.once(samples)):
        own = traced(network, _in_pieces(network, bench)[number], bench)
        for kind in sample.classes:
            kinds[kind] = _account(sample, _words_of(sample, kind, own.words), fewest)
        for other in others:
            theirs = traced(other, _in_pieces(other, bench)[number], bench)
            if len(own.encoder) != len(theirs.encoder):
                continue  # networks of different depth have no layer in common
            in_both = np.intersect1d(own.words, theirs.words, assume_unique=True)
            rows += [
                {"other": _stored(other), "kind": kind, "word_class": name, **figures}
                for kind in sample.classes
                for name, places in _words_of(sample, kind, in_both).items()
                if len(places) >= fewest
                for figures in _of_class(own, theirs, places)
            ]
    return {"kinds": kinds, "classes": rows}


def _in_pieces(network: Network, bench: Bench) -> list[list[AlignedSentence]]:
    return bench.in_pieces(network.tokenizer, _aligned)


def _aligned(bench: Bench, tokenizer: Tokenizer) -> list[list[AlignedSentence]]:
    """The sentences of each sample."""
    align = tokenizer.source.align
    return [[*map(align, sample.sentences)] for sample in bench.once(samples)]


def _stored(network: Network) -> tuple[int, str, int]:
    """The label of a network as it is kept in JSON."""
    assert network.label is not None
    return network.label.replicate, network.label.arm, network.label.level


def _words_of(sample: Sample, kind: WordKind, words: Words) -> dict[str, Words]:
    """Those of the `words` that are of every class: the frequencies from rare to frequent, other
    classes from the one with most words on."""
    every = np.array(sample.classes[kind], dtype=object)[words]
    counts = Counter(name for name in every.tolist() if name is not None)
    in_order = sorted(counts, key=lambda name: (-counts[name], name))
    if kind == "frequency":
        in_order = [name for name in FREQUENCIES if name in counts]
    return {name: words[every == name] for name in in_order}


def _account(sample: Sample, of_kind: dict[str, Words], fewest: int) -> dict[str, Any]:
    """What there is of one kind, and what was left out since it has too few words."""
    return {
        "origin": sample.origin,
        "num_sentences": len(sample.sentences),
        "num_words": sum(map(len, of_kind.values())),
        "num_measured": sum(len(words) >= fewest for words in of_kind.values()),
        "left_out": {name: len(words) for name, words in of_kind.items() if len(words) < fewest},
    }


def _of_class(own: Trace, other: Trace, words: Words) -> Iterator[dict[str, Any]]:
    """Every layer: CKA, and without each block of the sentences that have a word of the class."""
    ours_at, theirs_at = (np.searchsorted(trace.words, words) for trace in (own, other))
    blocks = _blocks(own.sentences[ours_at])
    for layer, (ours, theirs) in enumerate(zip(own.encoder, other.encoder, strict=True)):
        whole = _moments(ours[ours_at], theirs[theirs_at]).cka()
        parts = [_moments(ours[ours_at[block]], theirs[theirs_at[block]]) for block in blocks]
        left_out = [rest.cka() for rest in each_left_out(parts)] if parts else []
        yield {
            "layer": layer,
            "num_words": whole.num_words,
            "floor": whole.floor,
            "value": [whole.cka, whole.cka_debiased],
            "left_out": [[rest.cka, rest.cka_debiased] for rest in left_out],
        }


def _blocks(of_words: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """The words, of which the sentences are given, in `NUM_BLOCKS` runs of neighbouring sentences;
    none where these are fewer."""
    found, number = np.unique(of_words, return_inverse=True)
    if len(found) < NUM_BLOCKS:
        return []
    block = number * NUM_BLOCKS // len(found)
    return [np.flatnonzero(block == place) for place in range(NUM_BLOCKS)]


def _moments(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> PairMoments:
    sums = accumulate([{"a": ours, "b": theirs}], [("a", "a"), ("b", "b"), ("a", "b")])
    return PairMoments(sums["a", "a"], sums["b", "b"], sums["a", "b"])
