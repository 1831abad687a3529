"""What a network holds of the same words as others: similarity, neurons, complexity."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticketscope.errors import InputError
from ticketscope.measures.cka import PairMoments, each_left_out
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.intrinsic_dimension import two_nn
from ticketscope.measures.moments import Moments, accumulate, blocks, resampled, without_each
from ticketscope.measures.neurons import localization, num_kept, strongest
from ticketscope.measures.resampling import NUM_BLOCKS, bootstrap
from ticketscope.measures.similarity import MEASURES, Similarity, compare, representation
from ticketscope.measures.spectrum import (
    PCS_80_INTERPOLATED,
    interpolated_components,
    spectral_complexity,
    spectrum,
)
from ticketscope.networks.network import Network
from ticketscope.networks.trace import Trace
from ticketscope.runs.store import LevelId
from ticketscope.seeds import derive
from ticketscope.steps.bench import Bench
from ticketscope.steps.held_out import FEWEST_WORDS, sentences
from ticketscope.steps.tracing import InPieces, in_both, traced
from ticketscope.text.tokenizer import Tokenizer

MODULES = ("encoder", "decoder")
_MOST_WORDS_OF_TWO_NN = 5_000
"""TwoNN needs the distances of all words, so it sees evenly spaced ones."""

Vectors = NDArray[np.float32]
Blocks = list[NDArray[np.intp]]


class Layer(NamedTuple):
    """One layer of one network; `module` is encoder or decoder."""

    level: LevelId
    module: str
    layer: int


# ----------------------------------------------------------------------------- measuring


def measure(network: Network, others: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """Measure one network, and compare it with others on the same words.

    Raises `InputError` if almost no words are left, and `JobError` for a network that is
    damaged or whose activations are not finite.
    """
    sources, targets = bench.once(sentences)
    found = _traced(network, bench)
    modules = MODULES if targets else MODULES[:1]
    layers = [_Layers.of(network, module, found) for module in modules]
    rows = [
        row for of_module in layers for row in _inside(of_module, to_last=bench.study.cast.is_given)
    ]
    for other in others:
        rows += _beside(layers, other, bench)
    return {
        "num_sentences": len(sources),
        "num_words": len(found.sentences),
        "num_without_piece": found.num_without_piece,
        "num_windowed": found.num_windowed,
        "similarity": rows,
        "complexity": [row for of_module in layers for row in _complexities(of_module, bench)],
    }


def _beside(layers: Sequence["_Layers"], other: Network, bench: Bench) -> list[dict[str, Any]]:
    """The layers of one network with those of another, whose vectors are forgotten afterwards:
    those of two networks at a time are in memory."""
    is_dense = other.label in bench.panel.dense
    found = _traced(other, bench)
    return [
        row
        for ours in layers
        for row in _between(
            *_of_words_in_both(ours, _Layers.of(other, ours.module, found)), is_dense=is_dense
        )
    ]


def _in_pieces(bench: Bench, tokenizer: Tokenizer) -> InPieces:
    sources, targets = bench.once(sentences)
    return InPieces(
        [*map(tokenizer.source.align, sources)],
        [*map(tokenizer.target.align, targets)] if targets else None,
    )


def _traced(network: Network, bench: Bench) -> Trace:
    words = bench.in_pieces(network.tokenizer, _in_pieces)
    found = traced(network, words.sources, bench, words.targets)
    _check_number(len(found.sentences))
    return found


def _check_number(num_words: int) -> None:
    if num_words < FEWEST_WORDS:
        raise InputError(
            f"representations.sentences: only {num_words} of their words have a piece "
            f"in the vocabulary; at least {FEWEST_WORDS} are needed"
        )


class _Layers:
    """The layers of one module of one network, summed and decomposed once.

    `layers`: activations `[num_words, d]` of each; `words`: the places of these words among all;
    `blocks`: the words of each of `NUM_BLOCKS` runs of neighbouring sentences, none where one would
    be empty.
    """

    def __init__(
        self,
        label: LevelId,
        module: str,
        layers: Sequence[Vectors],
        sentences: NDArray[np.int64],
        words: NDArray[np.int64],
    ) -> None:
        self.label, self.module, self.layers = label, module, layers
        self.sentences, self.words = sentences, words
        self.blocks = _blocks(sentences)
        moments = accumulate(
            blocks({str(number): layer for number, layer in enumerate(self.layers)}),
            [(str(number), str(number)) for number in range(len(self.layers))],
        )
        self.moments = list(moments.values())
        self.decomposed = [representation(sums) for sums in self.moments]

    @classmethod
    def of(cls, network: Network, module: str, found: Trace) -> "_Layers":
        assert network.label is not None
        if module == "encoder":
            of_module = found.encoder, found.sentences, found.words
        else:
            of_module = found.decoder, found.decoder_sentences, found.decoder_words
        return cls(network.label, module, *of_module)

    def only(self, rows: NDArray[np.intp] | None) -> "_Layers":
        """The same of some of the words; None for all."""
        if rows is None:
            return self
        layers = [layer[rows] for layer in self.layers]
        return _Layers(self.label, self.module, layers, self.sentences[rows], self.words[rows])

    def place(self, layer: int) -> Layer:
        return Layer(self.label, self.module, layer)


def _blocks(sentences: NDArray[np.int64]) -> Blocks:
    num_sentences = int(sentences.max(initial=-1)) + 1
    block = sentences * NUM_BLOCKS // max(num_sentences, 1)
    found = [np.flatnonzero(block == number) for number in range(NUM_BLOCKS)]
    return found if all(len(words) for words in found) else []


# ----------------------------------------------------------------------------- similarity


def _of_words_in_both(ours: _Layers, theirs: _Layers) -> tuple[_Layers, _Layers]:
    """The layers of two networks on the words that have a piece in the tokenizers of both."""
    of_ours, of_theirs = in_both(ours.words, theirs.words)
    both = ours.only(of_ours), theirs.only(of_theirs)
    _check_number(len(both[0].words))
    return both


def _inside(network: _Layers, *, to_last: bool) -> Iterator[dict[str, Any]]:
    """Each layer with every other of the same network.

    to_last: whether the likeness of the encoder's layers to its last one has an interval. Nothing
    but sentences tells how sure it is of networks that others made.
    """
    last = len(network.layers) - 1
    for i, layer in enumerate(network.layers[:-1]):
        for j, sums in _of_one_with(layer, network.layers[i + 1 :], first=i + 1):
            forth, back = compare(network.decomposed[i], network.decomposed[j], sums)
            to_leave_out = to_last and i > 0 and j == last and network.module == "encoder"
            left_out = _cka_left_out(network, i, j) if to_leave_out and network.blocks else {}
            yield _row(network.place(i), network.place(j), forth, left_out)
            yield _row(network.place(j), network.place(i), back)


def _between(one: _Layers, other: _Layers, *, is_dense: bool) -> Iterator[dict[str, Any]]:
    """Each layer of one network with every layer of another, and back.

    With intervals for the same layer of the two where the other one `is_dense` and as deep: of
    networks of different depth no two layers are the same.
    """
    has_same = is_dense and len(one.layers) == len(other.layers)
    for i, layer in enumerate(one.layers):
        for j, sums in _of_one_with(layer, other.layers):
            yield from _pair(one, i, other, j, sums, is_same=has_same and i == j)


def _of_one_with(
    layer: Vectors, others: Sequence[Vectors], first: int = 0
) -> Iterator[tuple[int, Moments]]:
    """The moments of a layer with each of others, these by number from `first` on: those of one
    layer at a time, since those of all pairs would take more memory than the vectors."""
    named = {str(number): other for number, other in enumerate(others, start=first)}
    pairs = [("", name) for name in named]
    for (_, name), sums in accumulate(blocks({"": layer, **named}), pairs).items():
        yield int(name), sums


def _pair(
    one: _Layers, i: int, other: _Layers, j: int, sums: Moments, *, is_same: bool
) -> Iterator[dict[str, Any]]:
    """A layer of one network with a layer of another, and back."""
    directions = compare(one.decomposed[i], other.decomposed[j], sums)
    left_out = (
        _left_out(one.layers[i], other.layers[j], one.blocks)
        if is_same and one.blocks
        else ({}, {})
    )
    are_as_wide = one.layers[i].shape[1] == other.layers[j].shape[1]
    with_dense = {"strongest": _strongest(directions[0])} if is_same and are_as_wide else {}
    places = one.place(i), other.place(j)
    forth = _row(*places, directions[0], left_out[0], are_as_wide=are_as_wide)
    yield forth | with_dense
    yield _row(*places[::-1], directions[1], left_out[1], are_as_wide=are_as_wide)


def _left_out(
    ours: Vectors, theirs: Vectors, of_blocks: Blocks
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Every measure without each of the blocks, both ways, for the jackknife."""
    pairs = [("a", "a"), ("b", "b"), ("a", "b")]
    sums = [accumulate([{"a": ours[words], "b": theirs[words]}], pairs) for words in of_blocks]
    rests = {pair: without_each([block[pair] for block in sums]) for pair in pairs}
    figures: tuple[dict[str, list[float]], dict[str, list[float]]] = (
        {measure: [] for measure in MEASURES},
        {measure: [] for measure in MEASURES},
    )
    for of_a, of_b, of_both in zip(*rests.values(), strict=True):
        directions = compare(representation(of_a), representation(of_b), of_both)
        for direction, similarity in zip(figures, directions, strict=True):
            for measure in MEASURES:
                direction[measure].append(similarity.values[measure])
    return figures


def _cka_left_out(network: _Layers, i: int, j: int) -> dict[str, list[float]]:
    """Debiased CKA of two layers of a network without each of the blocks."""
    named = {"a": network.layers[i], "b": network.layers[j]}
    pairs = [("a", "a"), ("b", "b"), ("a", "b")]
    sums = (accumulate([{of: named[of][words] for of in named}], pairs) for words in network.blocks)
    parts = [PairMoments(*(of_block[pair] for pair in pairs)) for of_block in sums]
    return {"cka_debiased": [rest.cka().cka_debiased for rest in each_left_out(parts)]}


def _row(
    a: Layer,
    b: Layer,
    similarity: Similarity,
    left_out: Mapping[str, Sequence[float]] = MappingProxyType({}),
    *,
    are_as_wide: bool = True,
) -> dict[str, Any]:
    """All measures of an ordered pair, and how many neurons match the one in the same place: no
    place is the same in layers that are not `are_as_wide`."""
    return {
        "pair": [stored(a), stored(b)],
        "num_words": similarity.num_words,
        "num_matched": num_kept(similarity.matched) if are_as_wide else None,
        "num_neurons": len(similarity.matched),
        "localization": localization(similarity),
        "measures": {
            measure: {
                "value": similarity.values[measure],
                "floor": similarity.floors[measure],
                **({"left_out": left_out[measure]} if measure in left_out else {}),
            }
            for measure in MEASURES
        },
    }


def _strongest(similarity: Similarity) -> list[list[float]]:
    """Rank, correlation, and how many up to it are in their place."""
    return [[one.rank, one.correlation, one.num_matched] for one in strongest(similarity)]


# ----------------------------------------------------------------------------- complexity


def _complexities(network: _Layers, bench: Bench) -> Iterator[dict[str, Any]]:
    """Every measure of complexity; TwoNN has no interval, being no function of sums."""
    settings = bench.study.representations
    own = [("a", "a")]
    for number, layer in enumerate(network.layers):
        place = network.place(number)
        spaced = layer[:: -(-len(layer) // _MOST_WORDS_OF_TWO_NN)]
        values = _of_spectrum(network.moments[number])
        estimates = {measure: Estimate(value) for measure, value in values.items()}
        if network.blocks:
            parts = [accumulate([{"a": layer[words]}], own)["a", "a"] for words in network.blocks]
            estimates = bootstrap(
                values,
                partial(_complexities_of, parts),
                settings.resamples,
                derive(settings.seed, f"{place.level}/{place.module}/{place.layer}"),
            )
        yield {
            "layer": stored(place),
            "measures": {
                measure: estimate.cells()
                for measure, estimate in {**estimates, "two_nn": Estimate(two_nn(spaced))}.items()
            },
        }


def _complexities_of(
    parts: Sequence[Moments], counts_RB: NDArray[np.int64]
) -> Iterator[dict[str, float]]:
    """Of the words of each block taken as often as each resample has it."""
    return map(_of_spectrum, resampled(parts, counts_RB))


def _of_spectrum(moments: Moments) -> dict[str, float]:
    variances = spectrum(moments)
    return {
        **spectral_complexity(variances),
        PCS_80_INTERPOLATED: interpolated_components(variances, 0.8),
    }


def stored(layer: Layer) -> dict[str, Any]:
    """A layer as it is kept in JSON."""
    level = layer.level
    return {
        "level": [level.replicate, level.arm, level.level],
        "module": layer.module,
        "layer": layer.layer,
    }
