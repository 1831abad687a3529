"""What the tickets of a replicate hold of the same words: similarity, neurons, complexity.

One step a replicate, since every ticket is compared with others. The words are those of held-out
sentences; each network's vectors are written to a scratch folder and mapped from there, so that
memory does not grow with the number of tickets. The trace of one ticket is held in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticketscope import model
from ticketscope.arms import CONTROLS
from ticketscope.config import Experiment, Representations, analysis_identity, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import VALIDATION
from ticketscope.errors import InputError
from ticketscope.files import scratch_folder
from ticketscope.lines import text_lines
from ticketscope.measures.moments import about_one_centre, accumulate, pooled
from ticketscope.measures.neighbours import two_nn
from ticketscope.measures.neurons import localization, num_kept
from ticketscope.measures.resampling import NUM_BLOCKS, Interval, bootstrap, jackknife
from ticketscope.measures.similarity import (
    MEASURES,
    Similarity,
    compare,
    representation,
    similarities,
)
from ticketscope.measures.spectrum import spectral_complexity, spectrum
from ticketscope.results.measured import measured_once, read_result
from ticketscope.seeds import derive
from ticketscope.store import LevelId, Run, dense_of
from ticketscope.trace import Trace, raw_words, trace
from ticketscope.vocabulary import Vocabulary
from ticketscope.words import RawSentence

STEP = "representations"
_OTHER = ("other_arm", "other_replicate", "other_level", "other_layer")
SIMILARITY_COLUMNS = (
    "module",
    "layer",
    *_OTHER,
    "measure",
    "value",
    "lower",
    "upper",
    "floor",
    "num_words",
)
NEURONS_COLUMNS = ("module", "layer", *_OTHER, "num_matched", "num_neurons")
COMPLEXITY_COLUMNS = ("module", "layer", "measure", "value", "lower", "upper")
LOCALIZATION = "localization"
"""A measure of similarity.csv that has no other network: maxcorr minus SVCCA, the mean over all."""

MODULES = ("encoder", "decoder")
_FEWEST_WORDS = 3
_MOST_WORDS_OF_TWO_NN = 5_000
"""TwoNN needs the distances of all words, so it sees evenly spaced ones."""


class Layer(NamedTuple):
    """One layer of one ticket; `module` is encoder or decoder."""

    level: LevelId
    module: str
    layer: int

    @property
    def name(self) -> str:
        return f"{self.level}/{self.module}/{self.layer}"


Vectors = Mapping[Layer, NDArray[np.float32]]


def measure_replicate(
    root: Path, replicate: int, levels: list[LevelId], experiment: Experiment
) -> None:
    """Measure all tickets of a replicate on the same words, and keep the figures."""
    run = Run(root)
    corpus = EncodedCorpus(run.corpus)
    sources, targets = held_out_sentences(corpus, experiment.representations)
    compared = [level for level in levels if level.replicate == replicate]
    other = _other_dense(replicate, levels)
    identity = {
        **analysis_identity(experiment, STEP),
        "words": digest([sentence.text for sentence in sources]),
        "tickets": {
            str(level): run.level(level).digest()
            for level in (*compared, *([other] if other else ()))
        },
    }
    measured_once(
        run.analysis(STEP, dense_of(replicate)),
        identity,
        lambda: _measure(run, compared, other, sources, targets, experiment),
    )


def check_sentences(corpus: EncodedCorpus, settings: Representations) -> None:
    """Raise `InputError` for a name that is neither a held-out set nor a file, before any work."""
    known = (VALIDATION, *corpus.test_sets)
    for name in settings.sentences:
        if name not in known and not Path(name).is_file():
            raise InputError(
                f"representations.sentences: {name} is neither a held-out set ({', '.join(known)}) "
                "nor a file"
            )
        if name not in known and settings.decoder:
            raise InputError(
                f"representations.sentences: {name} has no translations for the decoder; "
                "set representations.decoder = false, or name held-out sets only"
            )


def held_out_sentences(
    corpus: EncodedCorpus, settings: Representations
) -> tuple[list[RawSentence], list[RawSentence] | None]:
    """The sentences whose words are measured, and their translations where the decoder is too.

    Raises `InputError` where they hold next to no words.
    """
    check_sentences(corpus, settings)
    sources: list[RawSentence] = []
    targets: list[RawSentence] = []
    num_words = 0
    for source, target in _pairs(corpus, settings.sentences):
        if num_words >= settings.num_words:
            break
        sources.append(raw_words(source))
        targets.append(raw_words(target))
        num_words += len(sources[-1].spans)
    if num_words < _FEWEST_WORDS:
        raise InputError(
            f"representations.sentences: {', '.join(settings.sentences)} hold {num_words} words; "
            f"at least {_FEWEST_WORDS} are needed"
        )
    return sources, targets if settings.decoder else None


def _pairs(corpus: EncodedCorpus, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Sources and targets of held-out sets; the lines of a file, without a target."""
    for name in names:
        if name in (VALIDATION, *corpus.test_sets):
            text = corpus.text(name)
            yield from zip(text.source, text.target, strict=True)
        else:
            yield from ((line, "") for line in text_lines(Path(name)) if line.strip())


def _other_dense(replicate: int, levels: Sequence[LevelId]) -> LevelId | None:
    """The dense model of the next replicate: what another seed alone would make different."""
    others = sorted({level.replicate for level in levels} - {replicate})
    later = [other for other in others if other > replicate]
    return dense_of((later or others)[0]) if others else None


# ----------------------------------------------------------------------------- measuring


def _measure(
    run: Run,
    levels: list[LevelId],
    other: LevelId | None,
    sources: list[RawSentence],
    targets: list[RawSentence] | None,
    experiment: Experiment,
) -> dict[str, Any]:
    vectors: dict[Layer, NDArray[np.float32]] = {}
    with scratch_folder(run.root) as scratch:
        for level in (*levels, *([other] if other else ())):
            found = _traced(run, level, sources, targets, experiment)
            for module, layers in (("encoder", found.encoder), ("decoder", found.decoder)):
                for number, activations in enumerate(layers):
                    path = scratch / f"{len(vectors)}.npy"
                    np.save(path, activations)
                    vectors[Layer(level, module, number)] = np.load(path, mmap_mode="r")
        blocks = {"encoder": _blocks(found.sentences), "decoder": _blocks(found.decoder_sentences)}
        similar = _similarities(vectors, levels, other)
        intervals = _similarity_intervals(vectors, blocks)
        return {
            "num_sentences": len(sources),
            "num_words": len(found.sentences),
            "num_without_piece": found.num_without_piece,
            "num_windowed": found.num_windowed,
            "similarity": [
                _similarity_row(pair, similarity, intervals) for pair, similarity in similar.items()
            ],
            "localization": list(_localizations(similar)),
            "complexity": [
                _complexity_row(layer, activations, blocks[layer.module], experiment)
                for layer, activations in vectors.items()
                if layer.level != other
            ],
        }


def _traced(
    run: Run,
    level: LevelId,
    sources: list[RawSentence],
    targets: list[RawSentence] | None,
    experiment: Experiment,
) -> Trace:
    run.level(level).verify()
    device = experiment.training.device
    return trace(
        model.load(run.level(level).ticket).to(device),
        Vocabulary(EncodedCorpus(run.corpus).model_file, experiment.model.norm),
        sources,
        targets=targets,
        max_tokens=experiment.batches.max_tokens,
        max_positions=experiment.model.max_positions,
        device=device,
    )


def _blocks(sentences: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """The words of each of `NUM_BLOCKS` runs of neighbouring sentences; none where one is empty."""
    num_sentences = int(sentences.max(initial=-1)) + 1
    block = sentences * NUM_BLOCKS // max(num_sentences, 1)
    found = [np.flatnonzero(block == number) for number in range(NUM_BLOCKS)]
    return found if all(len(words) for words in found) else []


# ----------------------------------------------------------------------------- similarity

LayerPair = tuple[Layer, Layer]


def _similarities(
    vectors: Vectors, levels: list[LevelId], other: LevelId | None
) -> dict[LayerPair, Similarity]:
    """The pairs that tell something, in both directions.

    Tickets and the dense model among each other; every control, and another replicate's dense
    model, with the dense model alone: all with all would be many times as many and tell no more.
    """
    dense = levels[0]
    tickets = [level for level in levels if level.arm not in CONTROLS]
    groups = [tickets, *([dense, level] for level in levels if level.arm in CONTROLS)]
    if other:
        groups.append([dense, other])
    found: dict[LayerPair, Similarity] = {}
    for group in groups:
        for module in MODULES:
            layers = [layer for layer in vectors if layer.level in group and layer.module == module]
            if not layers:
                continue
            named = {layer.name: layer for layer in layers}
            for (a, b), similarity in similarities(
                {name: vectors[layer] for name, layer in named.items()}
            ).items():
                this, that = named[a], named[b]
                within_control = group is not tickets and this.level == that.level
                # the other replicate tells its own side of the two dense models
                if not within_control and this.level != other:
                    found[this, that] = similarity
    return found


def _similarity_intervals(
    vectors: Vectors, blocks: Mapping[str, list[NDArray[np.intp]]]
) -> dict[LayerPair, dict[str, Interval]]:
    """Of each layer with the same layer of the dense model, both ways."""
    own = next(iter(vectors)).level
    found: dict[LayerPair, dict[str, Interval]] = {}
    for layer in vectors:
        reference = Layer(own, layer.module, layer.layer)
        if layer.level != own and blocks[layer.module]:
            forth, back = _jackknifed(vectors[layer], vectors[reference], blocks[layer.module])
            found[layer, reference], found[reference, layer] = forth, back
    return found


def _jackknifed(
    ours: NDArray[np.float32], theirs: NDArray[np.float32], blocks: list[NDArray[np.intp]]
) -> tuple[dict[str, Interval], dict[str, Interval]]:
    pairs = [("a", "a"), ("b", "b"), ("a", "b")]
    of_blocks = [accumulate([{"a": ours[words], "b": theirs[words]}], pairs) for words in blocks]
    parts = {pair: about_one_centre([block[pair] for block in of_blocks]) for pair in pairs}

    def both(counts: Sequence[int]) -> tuple[Similarity, Similarity]:
        sums = {pair: pooled(parts[pair], counts) for pair in pairs}
        a, b = (representation(sums[name, name]) for name in ("a", "b"))
        return compare(a, b, sums["a", "b"])

    ones = [1] * NUM_BLOCKS
    whole = both(ones)
    without = [both([*ones[:left_out], 0, *ones[left_out + 1 :]]) for left_out in range(NUM_BLOCKS)]
    forth, back = (
        {
            measure: jackknife(
                whole[direction].values[measure],
                [figures[direction].values[measure] for figures in without],
            )
            for measure in MEASURES
        }
        for direction in (0, 1)
    )
    return forth, back


def _similarity_row(
    pair: LayerPair, similarity: Similarity, intervals: Mapping[LayerPair, dict[str, Interval]]
) -> dict[str, Any]:
    """All measures of an ordered pair, and how many neurons match the one in the same place."""
    a, b = pair
    by_measure = intervals.get(pair, {})
    return {
        "pair": [_stored(a), _stored(b)],
        "num_words": similarity.num_words,
        "num_matched": num_kept(similarity.matched),
        "num_neurons": len(similarity.matched),
        "measures": {
            measure: {
                "value": similarity.values[measure],
                "floor": similarity.floors[measure],
                **(asdict(by_measure[measure]) if measure in by_measure else {}),
            }
            for measure in MEASURES
        },
    }


def _localizations(similar: Mapping[LayerPair, Similarity]) -> Iterator[dict[str, Any]]:
    """Of each layer, over all it was compared with."""
    by_layer: dict[Layer, list[Similarity]] = {}
    for (layer, _), similarity in similar.items():
        by_layer.setdefault(layer, []).append(similarity)
    for layer, found in by_layer.items():
        yield {
            "layer": _stored(layer),
            "value": localization(found),
            "num_words": found[0].num_words,
        }


# ----------------------------------------------------------------------------- complexity


def _complexity_row(
    layer: Layer,
    activations: NDArray[np.float32],
    blocks: list[NDArray[np.intp]],
    experiment: Experiment,
) -> dict[str, Any]:
    """Every measure of complexity; TwoNN has no interval, being no function of sums."""
    settings = experiment.representations
    own = [("a", "a")]
    parts = [accumulate([{"a": activations[words]}], own)["a", "a"] for words in blocks]
    whole = accumulate([{"a": activations}], own)["a", "a"]
    spaced = activations[:: -(-len(activations) // _MOST_WORDS_OF_TWO_NN)]
    values = {**spectral_complexity(spectrum(whole)), "two_nn": two_nn(spaced)}
    intervals = {}
    if parts:
        parts = about_one_centre(parts)
        intervals = bootstrap(
            lambda counts: spectral_complexity(spectrum(pooled(parts, counts.tolist()))),
            settings.resamples,
            derive(settings.seed, layer.name),
        )
    return {
        "layer": _stored(layer),
        "measures": {
            measure: {
                "value": value,
                **(asdict(intervals[measure]) if measure in intervals else {}),
            }
            for measure, value in values.items()
        },
    }


# ----------------------------------------------------------------------------- tables


def _stored(layer: Layer) -> dict[str, Any]:
    level = layer.level
    return {
        "level": [level.replicate, level.arm, level.level],
        "module": layer.module,
        "layer": layer.layer,
    }


def _results(run: Run, levels: list[LevelId]) -> Iterator[dict[str, Any]]:
    for replicate in sorted({level.replicate for level in levels}):
        yield read_result(run.analysis(STEP, dense_of(replicate)))


def _this(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "level_id": LevelId(*stored["level"]),
        "module": stored["module"],
        "layer": stored["layer"],
    }


def _other(stored: Mapping[str, Any]) -> dict[str, Any]:
    replicate, arm, level = stored["level"]
    values = (arm, replicate, level, stored["layer"])
    return dict(zip(_OTHER, values, strict=True))


def view(run: Run, levels: list[LevelId]) -> dict[str, Any]:
    """What the figures were measured on, by replicate, and what was left out of it."""
    names = ("num_sentences", "num_words", "num_without_piece", "num_windowed")
    return {
        "replicates": [{name: result[name] for name in names} for result in _results(run, levels)]
    }


def similarity_rows(run: Run, levels: list[LevelId]) -> Iterator[dict[str, Any]]:
    """The rows of similarity.csv, without the columns that every table begins with."""
    for result in _results(run, levels):
        for row in result["similarity"]:
            ours, theirs = row["pair"]
            for measure, figures in row["measures"].items():
                yield {
                    **_this(ours),
                    **_other(theirs),
                    "measure": measure,
                    **figures,
                    "num_words": row["num_words"],
                }
        for row in result["localization"]:
            yield {
                **_this(row["layer"]),
                "measure": LOCALIZATION,
                "value": row["value"],
                "num_words": row["num_words"],
            }


def neurons_rows(run: Run, levels: list[LevelId]) -> Iterator[dict[str, Any]]:
    """The rows of neurons.csv: the same layer of two networks, or layer 1 and another of one."""
    for result in _results(run, levels):
        for row in result["similarity"]:
            ours, theirs = row["pair"]
            same_layer = ours["layer"] == theirs["layer"]
            inside_one = ours["level"] == theirs["level"] and ours["layer"] == 1
            if same_layer or inside_one:
                yield {
                    **_this(ours),
                    **_other(theirs),
                    "num_matched": row["num_matched"],
                    "num_neurons": row["num_neurons"],
                }


def complexity_rows(run: Run, levels: list[LevelId]) -> Iterator[dict[str, Any]]:
    """The rows of complexity.csv."""
    for result in _results(run, levels):
        for row in result["complexity"]:
            for measure, figures in row["measures"].items():
                yield {**_this(row["layer"]), "measure": measure, **figures}
