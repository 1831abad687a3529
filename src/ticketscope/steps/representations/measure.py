"""What a ticket holds of the same words as others: similarity, neurons, complexity.

One result per ticket, kept beside those before it: each pair of tickets is compared once, at the
later one, so that a run that gets more levels measures only these. The vectors of two tickets are
in memory at a time; a ticket that others are compared with is traced anew for each, which costs
less than its comparison.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticketscope.arms import ARMS
from ticketscope.config import Experiment, Lottery, analysis_identity, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.moments import Moments, about_one_centre, accumulate, blocks, pooled
from ticketscope.measures.neighbours import two_nn
from ticketscope.measures.neurons import localization, num_kept
from ticketscope.measures.resampling import NUM_BLOCKS, bootstrap
from ticketscope.measures.similarity import MEASURES, Similarity, compare, representation
from ticketscope.measures.spectrum import (
    PCS_80_INTERPOLATED,
    interpolated_components,
    spectral_complexity,
    spectrum,
)
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.trace import Trace, trace
from ticketscope.runs.store import DENSE, LevelId, Run, dense_of
from ticketscope.seeds import derive
from ticketscope.steps.held_out import FEWEST_WORDS, held_out_sentences
from ticketscope.steps.measured import measured_once
from ticketscope.text.vocabulary import AlignedSentence, Vocabulary

STEP = "representations"
VERSION = 2
"""Raised when a figure is computed in another way: all tickets are then measured again."""

MODULES = ("encoder", "decoder")
_MOST_WORDS_OF_TWO_NN = 5_000
"""TwoNN needs the distances of all words, so it sees evenly spaced ones."""

Vectors = NDArray[np.float32]
Blocks = list[NDArray[np.intp]]


class Layer(NamedTuple):
    """One layer of one ticket; `module` is encoder or decoder."""

    level: LevelId
    module: str
    layer: int


def compared_with(level: LevelId, lottery: Lottery) -> list[LevelId]:
    """The other tickets that `measure_ticket` reads, all of which must be complete by then.

    The dense model of its replicate first; for a ticket of an arm that is no control then those
    before it in the plan. For a dense model that of the next replicate: what another seed alone
    makes different. All with all would be many times as many and tell no more.
    """
    if level.arm == DENSE:
        next_replicate = (level.replicate + 1) % lottery.replicates
        return [dense_of(next_replicate)] if next_replicate != level.replicate else []
    own = dense_of(level.replicate)
    if ARMS[level.arm].is_control:
        return [own]
    arms = [arm for arm in lottery.arms if not ARMS[arm].is_control]
    earlier = [
        LevelId(level.replicate, arm, number)
        for number in range(1, level.level + 1)
        for arm in (arms if number < level.level else arms[: arms.index(level.arm)])
    ]
    return [own, *earlier]


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> bool:
    """Measure one ticket, and compare it with others on the same words; keep the figures.

    Does nothing that is done already; returns whether there was anything to do.
    Raises `InputError` where next to no words are left, and
    `JobError` for a ticket that is damaged or whose activations are not finite.
    """
    run = Run(root)
    sources, targets = held_out_sentences(EncodedCorpus(run.corpus), experiment.representations)
    others = compared_with(level, experiment.lottery)
    identity = {
        **analysis_identity(experiment, STEP, VERSION),
        "words": digest([sentence.text for sentence in (*sources, *(targets or ()))]),
        "ticket": run.level(level).digest(),
        "others": {str(other): run.level(other).digest() for other in others},
    }

    def aligned() -> _Words:
        align = Vocabulary(EncodedCorpus(run.corpus).model_file, experiment.model.norm).align
        return _Words([*map(align, sources)], [*map(align, targets)] if targets else None)

    return measured_once(
        run.analysis(STEP, level),
        identity,
        lambda: _measure(run, level, others, aligned(), experiment),
    )


# ----------------------------------------------------------------------------- measuring


@dataclass(frozen=True)
class _Words:
    """The sentences as all tickets see them; `targets` only where the decoder is measured."""

    sources: list[AlignedSentence]
    targets: list[AlignedSentence] | None


def _measure(
    run: Run, level: LevelId, others: list[LevelId], words: _Words, experiment: Experiment
) -> dict[str, Any]:
    found = _traced(run, level, words, experiment)
    modules = MODULES if words.targets else MODULES[:1]
    ours = [_Network(level, module, found) for module in modules]
    rows = [row for network in ours for row in _inside(network)]
    for other in others:
        of_other = _traced(run, other, words, experiment)
        theirs = [_Network(other, module, of_other) for module in modules]
        rows += [row for pair in zip(ours, theirs, strict=True) for row in _between(*pair)]
    return {
        "num_sentences": len(words.sources),
        "num_words": len(found.sentences),
        "num_without_piece": found.num_without_piece,
        "num_windowed": found.num_windowed,
        "similarity": rows,
        "complexity": [row for network in ours for row in _complexities(network, experiment)],
    }


def _traced(run: Run, level: LevelId, words: _Words, experiment: Experiment) -> Trace:
    device = experiment.training.device
    found = trace(
        ModelFolder(run.level(level).ticket).network().to(device),
        words.sources,
        targets=words.targets,
        max_tokens=experiment.batches.max_tokens,
        max_positions=experiment.model.max_positions,
        device=device,
    )
    if len(found.sentences) < FEWEST_WORDS:
        raise InputError(
            f"representations.sentences: only {len(found.sentences)} of their words have a piece "
            f"in the vocabulary; at least {FEWEST_WORDS} are needed"
        )
    if not all(np.isfinite(layer).all() for layer in (*found.encoder, *found.decoder)):
        raise JobError(
            f"{run.level(level).ticket}: gives activations that are not finite: the training "
            "diverged; lower training.peak_rate"
        )
    return found


class _Network:
    """The layers of one module of one ticket, summed and decomposed once.

    `layers`: activations `[num_words, d]` of each; `blocks`: the words of each of `NUM_BLOCKS` runs
    of neighbouring sentences, none where one would be empty.
    """

    def __init__(self, level: LevelId, module: str, found: Trace) -> None:
        self.level, self.module = level, module
        self.layers = found.encoder if module == "encoder" else found.decoder
        self.blocks = _blocks(found.sentences if module == "encoder" else found.decoder_sentences)
        moments = accumulate(
            blocks({str(number): layer for number, layer in enumerate(self.layers)}),
            [(str(number), str(number)) for number in range(len(self.layers))],
        )
        self.moments = list(moments.values())
        self.decomposed = [representation(sums) for sums in self.moments]

    def place(self, layer: int) -> Layer:
        return Layer(self.level, self.module, layer)


def _blocks(sentences: NDArray[np.int64]) -> Blocks:
    num_sentences = int(sentences.max(initial=-1)) + 1
    block = sentences * NUM_BLOCKS // max(num_sentences, 1)
    found = [np.flatnonzero(block == number) for number in range(NUM_BLOCKS)]
    return found if all(len(words) for words in found) else []


# ----------------------------------------------------------------------------- similarity


def _inside(network: _Network) -> Iterator[dict[str, Any]]:
    """Each layer with every other of the same network."""
    layers = {str(number): layer for number, layer in enumerate(network.layers)}
    moments = accumulate(blocks(layers), combinations(layers, 2))
    for (a, b), sums in moments.items():
        i, j = int(a), int(b)
        forth, back = compare(network.decomposed[i], network.decomposed[j], sums)
        yield _row(network.place(i), network.place(j), forth)
        yield _row(network.place(j), network.place(i), back)


def _between(ours: _Network, theirs: _Network) -> Iterator[dict[str, Any]]:
    """Each layer of one network with every layer of another, and back.

    With intervals for the same layer of the two, where one of them is a dense model. What another
    replicate's dense model is to this one is that replicate's to tell.
    """
    a = {f"a{number}": layer for number, layer in enumerate(ours.layers)}
    b = {f"b{number}": layer for number, layer in enumerate(theirs.layers)}
    moments = accumulate(blocks({**a, **b}), product(a, b))
    both_ways = ours.level.replicate == theirs.level.replicate
    for (name_a, name_b), sums in moments.items():
        i, j = int(name_a[1:]), int(name_b[1:])
        directions = compare(ours.decomposed[i], theirs.decomposed[j], sums)
        left_out = (
            _left_out(ours.layers[i], theirs.layers[j], ours.blocks)
            if i == j and theirs.level.arm == DENSE and ours.blocks
            else ({}, {})
        )
        yield _row(ours.place(i), theirs.place(j), directions[0], left_out[0])
        if both_ways:
            yield _row(theirs.place(j), ours.place(i), directions[1], left_out[1])


def _left_out(
    ours: Vectors, theirs: Vectors, of_blocks: Blocks
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Every measure without each of the blocks, both ways, for the jackknife."""
    pairs = [("a", "a"), ("b", "b"), ("a", "b")]
    sums = [accumulate([{"a": ours[words], "b": theirs[words]}], pairs) for words in of_blocks]
    parts = {pair: about_one_centre([block[pair] for block in sums]) for pair in pairs}
    figures: tuple[dict[str, list[float]], dict[str, list[float]]] = (
        {measure: [] for measure in MEASURES},
        {measure: [] for measure in MEASURES},
    )
    for left_out in range(NUM_BLOCKS):
        counts = [int(block != left_out) for block in range(NUM_BLOCKS)]
        rest = {pair: pooled(parts[pair], counts) for pair in pairs}
        a, b = (representation(rest[name, name]) for name in ("a", "b"))
        for direction, similarity in zip(figures, compare(a, b, rest["a", "b"]), strict=True):
            for measure in MEASURES:
                direction[measure].append(similarity.values[measure])
    return figures


def _row(
    a: Layer,
    b: Layer,
    similarity: Similarity,
    left_out: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Any]:
    """All measures of an ordered pair, and how many neurons match the one in the same place."""
    return {
        "pair": [stored(a), stored(b)],
        "num_words": similarity.num_words,
        "num_matched": num_kept(similarity.matched),
        "num_neurons": len(similarity.matched),
        "localization": localization(similarity),
        "measures": {
            measure: {
                "value": similarity.values[measure],
                "floor": similarity.floors[measure],
                **({"left_out": left_out[measure]} if left_out else {}),
            }
            for measure in MEASURES
        },
    }


# ----------------------------------------------------------------------------- complexity


def _complexities(network: _Network, experiment: Experiment) -> Iterator[dict[str, Any]]:
    """Every measure of complexity; TwoNN has no interval, being no function of sums."""
    settings = experiment.representations
    own = [("a", "a")]
    for number, layer in enumerate(network.layers):
        place = network.place(number)
        spaced = layer[:: -(-len(layer) // _MOST_WORDS_OF_TWO_NN)]
        values = _of_spectrum(network.moments[number])
        estimates = {measure: Estimate(value) for measure, value in values.items()}
        if network.blocks:
            parts = about_one_centre(
                [accumulate([{"a": layer[words]}], own)["a", "a"] for words in network.blocks]
            )
            estimates = bootstrap(
                values,
                partial(_complexity_of, parts),
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


def _complexity_of(parts: Sequence[Moments], counts: NDArray[np.int64]) -> dict[str, float]:
    """Of the words of each block taken `counts` times."""
    return _of_spectrum(pooled(parts, counts.tolist()))


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
