"""A run directory that no training made: every figure follows from a formula, so tests know it."""

import csv
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from ticketscope.arms.cast import lottery_cast
from ticketscope.claims import studied_arms
from ticketscope.claims.registered import registered
from ticketscope.config import Experiment, FilesCorpus, GrammarCorpus, Lottery, Training
from ticketscope.report.reading.run_tables import RunTables
from ticketscope.tables.table import NotMeasured
from unit.answers_fixture import FakeAnswers, claim_rows, level_rows
from unit.attention_fixture import FakeAttention, attention_rows, attention_view
from unit.behaviour_fixture import FakeBehaviour, behaviour_rows, behaviour_view

NUM_EMBEDDING, NUM_NORM = 768_000, 4_000
LAYERS, HEADS, WIDTH, FFN = 3, 4, 128, 512
NUM_WORDS = 12_345
OTHER = ("other_arm", "other_replicate", "other_level")
SIMILARITIES = ("maxcorr", "maxlinreg", "svcca", "pwcca", "cka", "cka_debiased")
CONTROLS = ("dense_continued", "random_pruning")


@dataclass(frozen=True, kw_only=True)
class FakeRun:
    """What a synthetic run looks like. `lost` is the BLEU that a level loses to its control."""

    name: str = "fake"
    corpus_name: str = "multi30k"
    synthetic: bool = False
    test_sets: tuple[str, ...] = ("test_2016_flickr", "test_2017_flickr")
    arms: tuple[str, ...] = ("lr_rewinding", "dense_continued")
    replicates: int = 2
    levels: int = 4
    lost: tuple[float, ...] = (0.1, 0.2, 0.4, 1.6)
    half_width: float = 0.5
    """Of every interval of a difference."""
    modules: tuple[str, ...] = ("encoder",)
    """Whose activations are measured."""
    reason: str = "the interval holds 0"
    """Of every verdict."""
    attention: FakeAttention = field(default_factory=FakeAttention)
    behaviour: FakeBehaviour = field(default_factory=FakeBehaviour)

    def experiment(self) -> Experiment:
        corpus = (
            GrammarCorpus()
            if self.synthetic
            else FilesCorpus(source="en", target="de", path="data", tests=self.test_sets)
        )
        return Experiment(
            name=self.name,
            corpus=corpus,
            training=Training(epochs=9),
            lottery=Lottery(
                arms=self.arms,
                replicates=self.replicates,
                levels=self.levels,
                prune_fraction=0.36,
                rewind_to=(0.7,),
            ),
        )

    def answers(self) -> FakeAnswers:
        return FakeAnswers(
            replicates=self.replicates, levels=self.levels, lost=self.lost, reason=self.reason
        )

    def tickets(self) -> Iterator[dict[str, Any]]:
        """The first columns of every table, a row a ticket."""
        for replicate in range(self.replicates):
            for arm in ("dense", *self.arms):
                for level in range(1, self.levels + 1) if arm != "dense" else (0,):
                    yield {"arm": arm, "replicate": replicate, "level": level} | shares(arm, level)


def shares(arm: str, level: int) -> dict[str, float]:
    """The three sparsities of a level, counted over the tensors."""
    zeros = sum(
        round(tensor_share(aim(arm, level), layer, projection, kind) * size)
        for _, layer, _, projection, kind, size in tensors()
    )
    return {
        "sparsity_prunable": zeros / num_prunable(),
        "sparsity_total": zeros / (num_prunable() + NUM_NORM + NUM_EMBEDDING),
        "sparsity_non_embedding": zeros / (num_prunable() + NUM_NORM),
    }


def aim(arm: str, level: int) -> float:
    """About the share of zeros of a level."""
    return 0.0 if arm in ("dense", "dense_continued") else 1 - 0.64**level


def tensors() -> Iterator[tuple[str, int, str, str, str, int]]:
    """Module, layer, block, projection, kind and size of every prunable tensor, by name."""
    for module, attentions in (
        ("decoder", ("cross_attention", "self_attention")),
        ("encoder", ("self_attention",)),
    ):
        for layer in range(1, LAYERS + 1):
            for block in attentions:
                for projection in ("k", "out", "q", "v"):
                    yield module, layer, block, projection, "weight", WIDTH * WIDTH
                    yield module, layer, block, projection, "bias", WIDTH
            for projection, width in (("fc1", FFN), ("fc2", WIDTH)):
                yield module, layer, "feed_forward", projection, "weight", WIDTH * FFN
                yield module, layer, "feed_forward", projection, "bias", width


def num_prunable() -> int:
    return sum(size for *_, size in tensors())


def write_run(run: Path, fake: FakeRun) -> Path:
    """Write config.json, tables and views as ticketscope would; returns `run`."""
    experiment = fake.experiment()
    identity = {
        "schema": 1,
        "ticketscope": "0.1.0",
        "training_digest": "ab" * 32,
        "config": experiment.model_dump(mode="json"),
        "registered": registered(experiment.claims, experiment.lottery.replicates),
        "versions": {"python": "3.11.9", "torch": "2.13.0"},
    }
    for folder in ("tables", "views"):
        (run / folder).mkdir(parents=True)
    _json(run / "config.json", identity)
    _json(run / "views/corpus.json", corpus_view(fake))
    _json(run / "views/representations.json", representations_view(fake))
    _json(run / "views/training.json", list(training_view(fake)))
    write_csv(run / "tables/quality.csv", list(quality_rows(fake)))
    write_csv(run / "tables/sparsity.csv", list(sparsity_rows(fake)))
    write_csv(run / "tables/similarity.csv", with_states(similarity_rows(fake)))
    write_csv(run / "tables/neurons.csv", with_states(neurons_rows(fake)))
    write_csv(run / "tables/complexity.csv", with_states(complexity_rows(fake)))
    for name, rows in (
        ("strongest_neurons", strongest_rows(fake)),
        ("word_classes", word_class_rows(fake)),
    ):
        if found := with_states(rows):
            write_csv(run / f"tables/{name}.csv", found)
    _json(run / "views/word_classes.json", word_classes_view())
    tickets = list(fake.tickets())
    _json(run / "views/attention.json", attention_view(tickets, fake.attention))
    write_csv(run / "tables/attention.csv", list(attention_rows(tickets, fake.attention)))
    view = behaviour_view(tickets, fake.test_sets, fake.behaviour)
    _json(run / "views/behaviour.json", view)
    rows = behaviour_rows(tickets, fake.test_sets, fake.behaviour)
    write_csv(run / "tables/behaviour.csv", list(rows))
    write_csv(run / "tables/weights.csv", list(weights_rows(fake)))
    write_csv(run / "tables/compute.csv", list(compute_rows(fake, {})))
    write_csv(run / "tables/speed.csv", list(speed_rows(fake)))
    write_csv(run / "tables/engine_quality.csv", list(engine_quality_rows(fake)))
    if studied_arms(lottery_cast(fake.arms)):
        write_csv(run / "tables/claims.csv", list(claim_rows(fake.answers(), fake.arms)))
    if studied_arms(lottery_cast(fake.arms)) and fake.levels:
        write_csv(run / "tables/claims_by_level.csv", list(level_rows(fake.answers(), fake.arms)))
    return run


def corpus_view(fake: FakeRun) -> dict[str, Any]:
    left_out = {"empty": 2, "too_long": 11, "length_ratio": 7, "duplicate": 65, "test_overlap": 3}
    splits: dict[str, Any] = {
        "train": {"read": 29_000, "kept": 28_912, "left_out": left_out},
        "validation": {"kept": 1_014},
    }
    return {
        "synthetic": fake.synthetic,
        "name": fake.corpus_name,
        "splits": splits | {name: {"kept": 1_000} for name in fake.test_sets},
        "vocabulary_size": 6_000,
        "vocabulary_trained_on": {"num_sentences": 50_000, "of": 58_000},
    }


def representations_view(fake: FakeRun) -> dict[str, Any]:
    measured = {"num_sentences": 1_014, "num_words": NUM_WORDS}
    left_out = {"num_without_piece": 17, "num_windowed": 2}
    return {"replicates": [measured | left_out] * fake.replicates}


def training_view(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for ticket in fake.tickets():
        updates = 4_000 if ticket["arm"] == "dense" else 1_200
        start = 4_000 - updates
        floor = 1.9 + 0.3 * ticket["sparsity_prunable"] ** 3 + 0.02 * ticket["replicate"]
        yield {
            "arm": ticket["arm"],
            "replicate": ticket["replicate"],
            "level": ticket["level"],
            "updates": updates,
            "validation": [
                [start + step, floor + (0.2 if start else 3.0) * (1 - step / updates) ** 2]
                for step in range(300, updates + 1, 300)
            ],
            "seconds": 700.5,
        }


def quality_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    empty = [
        f"{name}_{other}{end}"
        for other in ("dense", "control")
        for name, ends in (("difference", ("", "_lower", "_upper")), ("p", ("",)))
        for end in ends
    ]
    for ticket in fake.tickets():
        for place, test_set in enumerate(fake.test_sets):
            gained = 0.1 * ticket["level"] - fake_loss(fake, ticket)
            for metric, dense, gain, half in (
                ("bleu", 34.5 - 5 * place, gained, 1.2),
                ("chrf", 58.0 - 4 * place, gained, 0.9),
                ("ter", 47.0 + 6 * place, -gained, 1.3),
                ("loss", 1.9 + 0.2 * place, -0.03 * gained, None),
            ):
                value = dense + gain + 0.3 * ticket["replicate"]
                row = ticket | {"test_set": test_set, "metric": metric, "value": value}
                row |= {"lower": "", "upper": "", "signature": ""} | dict.fromkeys(empty, "")
                if half:
                    row |= {"lower": value - half, "upper": value + half}
                    row |= {"signature": f"{metric}|nrefs:1|case:mixed|version:2.6.0"}
                if half and ticket["arm"] != "dense":
                    row |= _difference("dense", gain, fake.half_width)
                if half and ticket["arm"] not in ("dense", "dense_continued"):
                    sign = -1 if metric == "ter" else 1
                    row |= _difference("control", -sign * fake_loss(fake, ticket), fake.half_width)
                yield row
        loss = 1.8 + 0.01 * ticket["level"]
        yield (
            ticket
            | {"test_set": "validation", "metric": "loss", "value": loss}
            | dict.fromkeys(["lower", "upper", "signature", *empty], "")
        )


def fake_loss(fake: FakeRun, ticket: dict[str, Any]) -> float:
    """BLEU lost to the control; random pruning loses five times as much."""
    times = {"lr_rewinding": 1.0, "random_pruning": 5.0}.get(ticket["arm"], 0.0)
    return times * fake.lost[ticket["level"] - 1] if times else 0.0


def sparsity_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for ticket in fake.tickets():
        for module, layer, block, projection, kind, size in tensors():
            share = tensor_share(aim(ticket["arm"], ticket["level"]), layer, projection, kind)
            place = {"module": module, "layer": layer, "block": block, "projection": projection}
            yield ticket | place | {"kind": kind, "head": ""} | _zeros(share, size)
            if block.endswith("attention") and (kind == "weight" or projection != "out"):
                for head in range(HEADS):
                    share_head = share * (0.8 + 0.4 * head / (HEADS - 1))
                    zeros = _zeros(min(share_head, 1.0), size // HEADS)
                    yield ticket | place | {"kind": kind, "head": head} | zeros


def tensor_share(pruned: float, layer: int, projection: str, kind: str) -> float:
    """Zeros of a tensor: more in values and outputs, higher layers and biases of keys."""
    if kind == "bias":
        return min(1.0, pruned * (1.6 if projection == "k" else 0.3))
    lean = {"q": 0.92, "k": 0.9, "v": 1.1, "out": 1.1}.get(projection, 1.0)
    return min(1.0, pruned * lean * (0.95 + 0.025 * layer))


# ----------------------------------------------------------------------------- representations


def compared(fake: FakeRun) -> Iterator[tuple[str, dict[str, Any], int, dict[str, Any]]]:
    """Module, ticket, layer and the columns of the other layer, for every pair compared."""
    tickets = list(fake.tickets())
    layers = range(LAYERS + 1)
    for module in fake.modules:
        for ticket, other in itertools.product(tickets, tickets):
            if not _comparable(ticket, other):
                continue
            for layer, other_layer in itertools.product(layers, layers):
                if ticket is not other or layer != other_layer:
                    yield module, ticket, layer, _other(other) | {"other_layer": other_layer}


def _comparable(ticket: dict[str, Any], other: dict[str, Any]) -> bool:
    if ticket["replicate"] != other["replicate"]:
        return ticket["arm"] == other["arm"] == "dense"
    if ticket["arm"] in CONTROLS or other["arm"] in CONTROLS:
        return ticket is other or (ticket["arm"] == "dense") != (other["arm"] == "dense")
    return True


def similarity(arm: str, level: int, layer: int, other_layer: int, measure: str) -> float:
    """With the dense model: layers drift with the level, higher ones and tickets farther.

    Between two levels of an arm it is that of as many levels as lie between them.
    """
    drift = {"dense_continued": 0.01, "lr_rewinding": 0.03, "random_pruning": 0.06}.get(arm, 0.0)
    near = 1 - drift * level * (1 + layer) / 4 - 0.2 * abs(layer - other_layer)
    return near - 0.01 * SIMILARITIES.index(measure)


def floor(measure: str) -> float:
    return 0.0 if measure == "cka_debiased" else 0.1 + 0.02 * SIMILARITIES.index(measure)


def localized(arm: str, level: int, layer: int) -> float:
    return -0.1 + 0.01 * layer + (0.005 if arm == "dense_continued" else 0.01) * level


def similarity_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for module, ticket, layer, other in compared(fake):
        other_seed = other["other_replicate"] != ticket["replicate"]
        of_dense = other["other_arm"] == "dense" and ticket["arm"] != "dense"
        same_dense_layer = of_dense and layer == other["other_layer"]
        controlled = ticket["arm"] != "dense_continued" and "dense_continued" in fake.arms
        for measure in SIMILARITIES:
            levels = abs(ticket["level"] - other["other_level"])
            key = (ticket["arm"], levels, layer, other["other_layer"], measure)
            value = 0.5 if other_seed else similarity(*key) + 0.001 * ticket["replicate"]
            half = 0.01 if same_dense_layer else None
            beyond = similarity(*key) - similarity("dense_continued", *key[1:])
            yield (
                ticket
                | {"module": module, "layer": layer}
                | other
                | {"measure": measure, "value": value}
                | _ends(value, half)
                | _beyond(beyond if same_dense_layer and controlled else None)
                | {"floor": floor(measure), "num_words": NUM_WORDS}
            )
    for module, ticket, layer in layers_of(fake):
        alone = dict.fromkeys(["other_arm", "other_replicate", "other_level", "other_layer"], "")
        yield (
            ticket
            | {"module": module, "layer": layer}
            | alone
            | {"measure": "localization", "value": localized(ticket["arm"], ticket["level"], layer)}
            | _ends(0.0, None)
            | _beyond(None)
            | {"floor": "", "num_words": NUM_WORDS}
        )


def neurons_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for module, ticket, layer, other in compared(fake):
        same_layer = layer == other["other_layer"]
        inside_one = _other(ticket).items() <= other.items() and layer == 1
        if same_layer or inside_one:
            far = abs(layer - other["other_layer"])
            moved = {"dense_continued": 0.02, "random_pruning": 0.08}.get(ticket["arm"], 0.05)
            share = max(0.0, 0.95 - moved * ticket["level"] - 0.3 * far)
            counts = {"num_matched": round(share * WIDTH), "num_neurons": WIDTH}
            yield ticket | {"module": module, "layer": layer} | other | counts


def with_states(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"states": "normed"} for row in rows]


def strongest_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for module, ticket, layer, other in compared(fake):
        if layer == other["other_layer"] and other["other_arm"] == "dense" != ticket["arm"]:
            for rank in (1, 16, WIDTH):
                match = {"correlation": 0.9**rank, "num_matched": rank // 2}
                yield ticket | {"module": module, "layer": layer} | other | {"rank": rank} | match


WORD_CLASSES = {"part_of_speech": ("NN", "VB"), "frequency": ("unseen", "10 to 100 per million")}


def word_class_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    """Class by class like `similarity_rows`; later classes drift farther."""
    for module, ticket, layer, other in compared(fake):
        of_dense = other["other_arm"] == "dense" and layer == other["other_layer"]
        if module != "encoder" or not of_dense:
            continue
        controlled = ticket["arm"] not in ("dense", "dense_continued")
        controlled = controlled and "dense_continued" in fake.arms
        for kind, names in WORD_CLASSES.items():
            for place, word_class in enumerate(names):
                for measure in ("cka", "cka_debiased"):
                    key = (ticket["level"], layer, layer, measure)
                    value = similarity(ticket["arm"], *key) - 0.02 * place * ticket["level"]
                    beyond = value - similarity("dense_continued", *key)
                    yield (
                        ticket
                        | {"kind": kind, "word_class": word_class}
                        | {"module": module, "layer": layer}
                        | {name: other[name] for name in OTHER}
                        | {"measure": measure, "value": value}
                        | _ends(value, 0.01)
                        | _beyond(beyond if controlled else None)
                        | {"floor": floor(measure), "num_words": 300 - 100 * place}
                    )


def word_classes_view() -> dict[str, Any]:
    kind = {"origin": "sentences", "num_sentences": 90, "num_words": 500, "num_measured": 2}
    few = {"part_of_speech": {"UH": 3, "FW": 4}, "frequency": {}}
    kinds = {name: kind | {"left_out": left_out} for name, left_out in few.items()}
    return {"fewest_words": 100, "kinds": kinds}


def layers_of(fake: FakeRun) -> Iterator[tuple[str, dict[str, Any], int]]:
    for module in fake.modules:
        for ticket in fake.tickets():
            for layer in range(LAYERS + 1):
                yield module, ticket, layer


def complexity_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    names = ("pcs_50", "pcs_80", "pcs_90", "pcs_99")
    names += ("participation_ratio", "effective_rank", "two_nn", "pcs_80_interpolated")
    for module, ticket, layer in layers_of(fake):
        for place, measure in enumerate(names):
            value = 10.0 * (place + 1) * (1 + layer) * (1 - 0.3 * ticket["sparsity_prunable"])
            row = {"module": module, "layer": layer, "measure": measure, "value": value}
            yield ticket | row | _ends(value, None if measure == "two_nn" else 1.0)


# ----------------------------------------------------------------------------- compute


def compute_rows(fake: FakeRun, updates: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """`updates` of arms whose levels do not train 40 of them."""
    for ticket in fake.tickets():
        own = 100 if ticket["arm"] == "dense" else updates.get(ticket["arm"], 40)
        in_all = 100 + own * ticket["level"]
        for_updates = {"updates": own, "source_tokens": 9 * own, "target_tokens": 10 * own}
        names = {"updates_in_all": 1, "source_tokens_in_all": 9, "target_tokens_in_all": 10}
        yield {
            **ticket,
            **for_updates,
            "operations": 1e6 * own,
            **{name: factor * in_all for name, factor in names.items()},
            "operations_in_all": 1e6 * in_all,
        }


# ----------------------------------------------------------------------------- weights


def weights_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    alone = dict.fromkeys(["other_arm", "other_replicate", "other_level"], "")
    whole = dict.fromkeys(["module", "layer", "block", "projection", "head"], "")
    tickets = list(fake.tickets())
    for ticket in tickets:
        for module, layer, block, projection, kind, _ in tensors():
            place = {"module": module, "layer": layer, "block": block, "projection": projection}
            if kind == "weight":
                for head in ("", *range(HEADS if block.endswith("attention") else 0)):
                    rank = 100.0 * (1 - 0.5 * ticket["sparsity_prunable"]) + layer
                    row = {"head": head, **alone, "measure": "effective_rank"}
                    value = rank if head == "" else rank / HEADS
                    yield ticket | place | row | {"value": value} | _ends(value, None)
        if ticket["level"]:
            dense = {"other_arm": "dense", "other_replicate": ticket["replicate"], "other_level": 0}
            moved = 0.1 * ticket["level"] + ticket["sparsity_prunable"]
            for measure, value in (("l1_distance", 100 * moved), ("l2_distance", moved)):
                figure = {"measure": measure, "value": value} | _ends(value, None)
                yield ticket | whole | dense | figure
            above = {**dense, "other_arm": ticket["arm"], "other_level": ticket["level"] - 1}
            for other in (dense, above)[: ticket["level"]]:
                barrier = moved / 10 if other is dense else 0.01
                figure = {"measure": "barrier_share", "value": barrier} | _ends(barrier, 0.005)
                yield ticket | whole | other | figure
    pruned = [ticket for ticket in tickets if ticket["sparsity_prunable"]]
    for one, other in itertools.combinations(pruned, 2):
        same = [key for key in ("arm", "replicate", "level") if one[key] == other[key]]
        if len(same) == 2:
            chance = jaccard_by_chance(one["sparsity_prunable"], other["sparsity_prunable"])
            by_magnitude = one["arm"] == other["arm"] == "lr_rewinding"
            measured = (1 + chance) / 2 if by_magnitude else chance
            both = {"mask_jaccard": measured, "mask_jaccard_chance": chance}
            for measure, value in both.items():
                ends = _ends(value, None)
                yield one | whole | _other(other) | {"measure": measure, "value": value} | ends
                tensor = {**whole, "module": "encoder", "layer": 1, "block": "feed_forward"}
                yield one | tensor | _other(other) | {"measure": measure, "value": 0.3} | ends


def jaccard_by_chance(one: float, other: float) -> float:
    """Of two independent masks of these sparsities."""
    both = (1 - one) * (1 - other)
    return both / (2 - one - other - both)


def _other(ticket: dict[str, Any]) -> dict[str, Any]:
    return {f"other_{key}": ticket[key] for key in ("arm", "replicate", "level")}


def _ends(value: float, half: float | None) -> dict[str, Any]:
    if half is None:
        return {"lower": "", "upper": ""}
    return {"lower": value - half, "upper": value + half}


def _beyond(value: float | None) -> dict[str, Any]:
    """Of a ticket, the similarity less its control's, with an interval."""
    return _around("difference_control", value, 0.015)


def _around(name: str, value: float | None, half: float) -> dict[str, Any]:
    if value is None:
        return {name: "", f"{name}_lower": "", f"{name}_upper": ""}
    return {name: value, f"{name}_lower": value - half, f"{name}_upper": value + half}


# ----------------------------------------------------------------------------- speed


ENGINES = {"ctranslate2-float32": (1.0, 9_876_543), "ctranslate2-int8": (1.4, 2_654_321)}


def speed_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    """As networks with zeros have it: every ratio is near 1, and its interval holds 1."""
    for ticket in fake.tickets():
        is_dense = ticket["arm"] == "dense"
        ratio = 1.0 if is_dense else 1 + 0.01 * ((ticket["level"] * 7) % 5 - 2)
        for batch in (32, 1):
            for engine, (gain, num_bytes) in ENGINES.items():
                yield ticket | _timed(engine, batch, ratio, gain, num_bytes)
        if is_dense:
            torch = _timed("transformers-float32", 32, 1.0, 0.25, 9_876_543)
            yield ticket | torch | {"bytes_in_memory": 9_900_000}


def _timed(engine: str, batch: int, ratio: float, gain: float, num_bytes: int) -> dict[str, Any]:
    rate = 2_345.6 * ratio * gain / (1 if batch > 1 else 4)
    latencies = ("latency_mean", "latency_p50", "latency_p95")
    milliseconds = (25.5, 24.25, 48.125) if batch == 1 else ("", "", "")
    return {
        "engine": engine,
        "threads": 1,
        "batch": batch,
        "tokens_per_second": rate,
        "tokens_per_second_lower": 0.9 * rate,
        "tokens_per_second_upper": 1.1 * rate,
        "sentences_per_second": rate / 12,
        "words_per_second": rate / 2,
        **dict(zip(latencies, milliseconds, strict=True)),
        "num_rounds": 6,
        "num_sentences": 100,
        "bytes": num_bytes,
        "bytes_in_memory": num_bytes - 1_000,
        "unchanged": "",
        **_around("against_dense", ratio * gain, 0.05),
        **_around("same_engine", ratio, 0.05),
    }


def engine_quality_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for ticket in fake.tickets():
        for engine, (gain, _) in ENGINES.items():
            for metric in ("bleu", "chrf"):
                value = 40.0 - ticket["level"] - gain
                yield ticket | {
                    "engine": engine,
                    "test_set": fake.test_sets[0],
                    "metric": metric,
                    "value": value,
                    "lower": value - 1,
                    "upper": value + 1,
                    **_around("difference_dense", -ticket["level"], 0.5),
                    **_around("difference_float", None if gain == 1 else -0.4, 0.2),
                    "signature": "nrefs:1",
                }


def _difference(other: str, value: float, half: float) -> dict[str, float]:
    return {
        f"difference_{other}": value,
        f"difference_{other}_lower": value - half,
        f"difference_{other}_upper": value + half,
        f"p_{other}": 0.04,
    }


def _zeros(share: float, size: int) -> dict[str, float]:
    zeros = round(share * size)
    return {"num_pruned": zeros, "num_weights": size, "sparsity": zeros / size}


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# ----------------------------------------------------------------------------- reading back


def frame(table: pd.DataFrame | NotMeasured) -> pd.DataFrame:
    assert isinstance(table, pd.DataFrame)
    return table


def with_table(tables: RunTables, name: str, table: pd.DataFrame | NotMeasured) -> RunTables:
    """The same with another table of that name."""
    return replace(tables, tables={**tables.tables, name: table})


def csv_rows(run: Path, name: str) -> list[dict[str, str]]:
    with (run / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def drawn(chart: alt.LayerChart, layer: int) -> list[dict[str, Any]]:
    """The data behind a layer, as the page holds them."""
    spec = chart.to_dict()
    name = spec["layer"][layer].get("data", spec.get("data"))["name"]
    rows: list[dict[str, Any]] = spec["datasets"][name]
    return [{key: value for key, value in row.items() if key != "dodge"} for row in rows]


def records(data: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {key: None if pd.isna(value) else value for key, value in row.items()}
        for row in data.to_dict("records")
    ]
