"""Probing one stored network for one task, outside any run."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from ticketscope.annotation.examples import SPLITS, Split
from ticketscope.annotation.tasks import Metric
from ticketscope.config import Probing, States, section_of
from ticketscope.errors import InputError
from ticketscope.measures.bounds import Bounds
from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import resample
from ticketscope.networks import model
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.network import MAX_TOKENS, Network
from ticketscope.packing import unpacked_array
from ticketscope.probing import statistics
from ticketscope.probing.prepared import SentenceStore, TaskItems, prepare
from ticketscope.probing.suites import Limits, TaskData, from_files
from ticketscope.seeds import derive
from ticketscope.steps.probes import measure
from ticketscope.steps.probes.features import Features, extract
from ticketscope.steps.probes.measure import num_capped
from ticketscope.steps.probes.over_seeds import over_seeds, selectivity_of
from ticketscope.text.tokenizer import AlignedSentence


@dataclass(frozen=True)
class LayerScores:
    """What one layer of the encoder holds of a task: scores of its probe, means over seeds.

    Args:
        layer: 0 is the embeddings (with positions), then the layers in order.
        validation: the score on validation data.
        test: that on test data.
        lower, upper: its 95 % bootstrap interval over sentences.
        random_encoder: the score on test of the same probe on an untrained encoder.
        selectivity: how much less accurate the probe is where labels are random (Hewitt and Liang
            2019); None where no control task was asked for, or the task has none.
        selectivity_lower, selectivity_upper: its 95 % t interval over seeds; None of one seed.
    """

    layer: int
    validation: float
    test: float
    lower: float | None
    upper: float | None
    random_encoder: float
    selectivity: float | None
    selectivity_lower: float | None
    selectivity_upper: float | None


@dataclass(frozen=True)
class MixScores:
    """The same of a probe on a scalar mix of all layers.

    Args:
        test, lower, upper: as of a layer.
        centre_of_gravity: the mean layer, by the weights of the mix.
        centre_lower, centre_upper: its 95 % t interval over seeds; None of one seed.
    """

    test: float
    lower: float | None
    upper: float | None
    centre_of_gravity: float
    centre_lower: float | None
    centre_upper: float | None


@dataclass(frozen=True)
class ProbeResult:
    """What every layer of a network's encoder holds of a task, beside all baselines.

    Args:
        task: its id.
        metric: what all scores are: accuracy, span_f1, error_f1 or pearson.
        probe: linear or mlp.
        protocol: liu or lbfgs.
        states: normed or raw, as asked for.
        seeds: over how many probes each score is a mean.
        num_targets: by split, those that were used.
        num_available: by split, those that there are.
        left_out: what of the gold data could not be used, by reason.
        num_words_without_piece: words that vanish in the vocabulary.
        majority: the score on test of the most frequent label.
        majority_by_word: that of the most frequent label of each word form.
        layers: the scores, from layer 0 on.
        best_layer: the one with the best score on validation data.
        mix: the scores of a mix of all layers; None where none was asked for.
        num_capped: how many probes, those of mix, control task and codelengths included, were cut
            off before they had learned, so that scores are too low; raise max_updates.
        codelength_bits: the description length of the labels by layer; None likewise.
        uniform_bits: what they would take if all labels were as likely; None likewise.
    """

    task: str
    metric: Metric
    probe: str
    protocol: str
    states: str
    seeds: int
    num_targets: Mapping[Split, int]
    num_available: Mapping[Split, int]
    left_out: Mapping[str, int]
    num_words_without_piece: int
    majority: float
    majority_by_word: float
    layers: tuple[LayerScores, ...]
    best_layer: int
    mix: MixScores | None
    num_capped: int
    codelength_bits: tuple[float, ...] | None
    uniform_bits: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain data for JSON, without what is None."""
        plain: dict[str, Any] = asdict(self, dict_factory=_without_none)
        return plain


def _without_none(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if value is not None}


def probe(
    network: Network,
    task: str,
    data: Path | str | Sequence[Path | str],
    *,
    format: str,
    states: States = "normed",
    seeds: int = 3,
    protocol: Literal["liu", "lbfgs"] = "liu",
    hidden: int = 0,
    max_updates: int = 20_000,
    patience: int = 3,
    mix: bool = True,
    control_task: bool = True,
    codelength: bool = False,
    max_train: int = 40_000,
    max_held_out: int = 10_000,
    resamples: int = 5_000,
    seed: int = 1,
    threads: int = 1,
) -> ProbeResult:
    """Probe every layer of a network's encoder for a task.

    Args:
        network: any; a ticket of a run is one.
        task: its id, e.g. pos; `ticketscope tasks` shows which tasks a format serves.
        data: files of gold annotation with all three splits, as `ticketscope tasks` takes them: the
            name of a file says its split (train; dev, val, validation; test).
        format: of the files: conllu, trees, bio, propbank, conll2012, streusle, factuality, pmb,
            sdp, ged or jsonl.
        states: of a pre-norm network: normed, what the layer above reads of each layer, through its
            layer norm, or raw, what it normalises.
        seeds: how many probes each layer gets.
        protocol: liu: Adam (after Liu et al. 2019); lbfgs: the convex optimum; both with an L2
            penalty that validation chooses.
        hidden: ReLU units of the probe; 0: a linear probe.
        max_updates: after so many a probe is cut off, whether or not it has learned.
        patience: hundreds of updates in which the validation loss falls no further before a probe
            goes on to the next weaker L2 penalty, or stops.
        mix: whether a scalar mix of all layers is probed too.
        control_task: whether token tasks are learned with random labels too.
        codelength: whether description lengths are measured (Voita and Titov 2020).
        max_train: the most training targets, in whole sentences.
        max_held_out: the most validation targets, and as many test targets.
        resamples: of sentences, for intervals.
        seed: draws everything random.
        threads: how many threads compute.

    Raises `InputError` for a setting that cannot be, a network whose vocabulary does not fit it,
    malformed data, and a split without targets.
    """
    settings = section_of(
        Probing,
        {
            "states": states,
            "seeds": seeds,
            "protocol": protocol,
            "hidden": hidden,
            "max_updates": max_updates,
            "patience": patience,
            "mix": mix,
            "control_task": control_task,
            "codelength": codelength,
            "max_train": max_train,
            "max_held_out": max_held_out,
            "resamples": resamples,
            "seed": seed,
        },
    )
    if threads < 1:
        raise InputError(f"threads: {threads}; give 1 or more")
    _ = network.folder  # what is no network is refused before the data are read
    paths = [Path(data)] if isinstance(data, str | Path) else [Path(path) for path in data]
    gold = from_files(paths, format, task, Limits(max_train, max_held_out), seed)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return _scores(network, gold, settings)
    finally:
        torch.set_num_threads(before)


def _scores(network: Network, data: TaskData, settings: Probing) -> ProbeResult:
    store = SentenceStore()
    items = prepare(data, store, settings.seed)
    sentences = [*map(network.tokenizer.source.align, store.sentences)]
    trained = network.load()
    untrained = replace(
        trained, model=model.untrained(trained.model, derive(settings.seed, "untrained"))
    )
    found, random = (
        _probed(encoder, data, sentences, items, settings) for encoder in (trained, untrained)
    )
    task = data.task
    by_seed, random_by_seed = (
        unpacked_array(each["layers"]["test_statistics"]) for each in (found, random)
    )
    layers = []
    for layer in range(len(by_seed)):
        has_control = "control_accuracy" in found
        selectivity = selectivity_of(found, layer).cells("selectivity") if has_control else {}
        on_test = _on_test(task.metric, by_seed[layer], settings)
        layers.append(
            LayerScores(
                layer=layer,
                validation=float(np.mean(found["layers"]["validation"][layer])),
                test=on_test.value,
                lower=on_test.lower,
                upper=on_test.upper,
                random_encoder=_on_test(task.metric, random_by_seed[layer], settings).value,
                selectivity=selectivity.get("selectivity"),
                selectivity_lower=selectivity.get("selectivity_lower"),
                selectivity_upper=selectivity.get("selectivity_upper"),
            )
        )
    bits = found.get("codelength_bits")
    return ProbeResult(
        task=task.id,
        metric=task.metric,
        probe="mlp" if settings.hidden else "linear",
        protocol=settings.protocol,
        states=settings.states,
        seeds=by_seed.shape[1],
        num_targets={split: sum(len(e.targets) for e in data.splits[split]) for split in SPLITS},
        num_available=dict(items.num_available),
        left_out=dict(data.left_out),
        num_words_without_piece=sum(
            not pieces for sentence in sentences for pieces in sentence.pieces_of_words
        ),
        majority=items.majority,
        majority_by_word=items.majority_by_word,
        layers=tuple(layers),
        best_layer=max(layers, key=lambda each: each.validation).layer,
        mix=_of_mix(found["mix"], len(layers), task.metric, settings) if "mix" in found else None,
        num_capped=num_capped(found)[1],
        codelength_bits=None if bits is None else tuple(np.mean(bits, axis=1).tolist()),
        uniform_bits=found.get("uniform_bits"),
    )


def _of_mix(
    mixed: Mapping[str, Any], num_layers: int, metric: Metric, settings: Probing
) -> MixScores:
    on_test = _on_test(metric, unpacked_array(mixed["test_statistics"])[0], settings)
    centre = over_seeds(mixed["centres_of_gravity"], Bounds(0, num_layers - 1))
    return MixScores(
        test=on_test.value,
        lower=on_test.lower,
        upper=on_test.upper,
        centre_of_gravity=centre.value,
        centre_lower=centre.lower,
        centre_upper=centre.upper,
    )


def _probed(
    encoder: LoadedNetwork,
    data: TaskData,
    sentences: list[AlignedSentence],
    items: TaskItems,
    settings: Probing,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ticketscope-") as folder:
        extract(
            encoder,
            sentences,
            Path(folder),
            states=settings.states,
            max_tokens=MAX_TOKENS,
            max_positions=encoder.max_positions,
        )
        return measure.probe(Features.of(Path(folder), sentences), data.task, items, settings)


def _on_test(metric: Metric, by_seed: NDArray[np.float64], settings: Probing) -> Estimate:
    """The mean over seeds with its interval."""
    resamples = resample(by_seed.shape[-2], settings.resamples, settings.seed)
    scored = statistics.mean_over_seeds(statistics.bootstrap(metric, by_seed, resamples))
    return statistics.estimate(scored)
