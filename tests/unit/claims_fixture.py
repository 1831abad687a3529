"""Tables of a run that no training made: every claim's statistic follows from a formula.

`effect` is 1 where the study is right, -1 where the opposite is, 0 where there is nothing. Beside
each figure that a claim reads stand others that it must not: other measures, the decoder, other
networks, with values that would turn the verdict.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from cast_fixture import CAST

from ticketscope.claims import ClaimTables, Studied
from ticketscope.config import Claims

Row = dict[str, Any]
STUDIED = Studied("lr_rewinding", "dense_continued", CAST)
UNPRUNED = ("dense", "dense_continued", "dense_repeated")
TASKS = {
    "pos": "morphology",
    **dict.fromkeys(("ccg", "chunking", "dependency_labels"), "syntax"),
    **dict.fromkeys(("coreference", "semantic_labels", "semantic_tags", "word_sense"), "semantics"),
}
UNKNOWN = "ner"
"""A task of morphology that the dense model knows no better than an untrained encoder."""
KINDS = {"encoder_self": 6, "decoder_self": 3, "encoder_decoder": 3}
TEST_SETS = ("test", "other")
FLOOR, GAP, SEED = 0.4, 0.4, 0.5
"""Score of the untrained encoder, what the control has above it; likeness of two seeds' models."""


@dataclass(frozen=True, kw_only=True)
class FakeTables:
    """What the run is like. `bleu`: true difference to the control by level."""

    replicates: int = 3
    effect: float = 1.0
    bleu: tuple[float, ...] = (-0.1, -0.2, -3.0)
    flips_after: int = 9
    """The level after which the effect is the opposite."""
    arms: tuple[str, ...] = ("lr_rewinding", "dense_continued")
    layers: int = 6
    probed: tuple[int, ...] = (1, 2, 3)
    matched: float = 1.0
    gain: float = 0.1
    """BLEU that the control has above the dense model; each is worth 0.02 nats."""
    repeated: bool = False
    """Whether there is an arm that repeats the control."""
    registered: Claims = field(default_factory=Claims)
    seed_likeness: float = SEED
    """Debiased CKA of two seeds' dense models."""
    jitter: tuple[float, ...] = (-1.0, 0.0, 1.0)
    """Of the replicates, in a unit that differs from figure to figure; its mean is 0."""

    def tables(self) -> ClaimTables:
        return tables_of(self)

    def tickets(self) -> Iterator[tuple[Row, float, float]]:
        """First columns, effect and jitter (of the ticket arm alone) of each network: both grow
        with the rounds, of which a level has two, and are 1 at level 2."""
        for replicate in range(self.replicates):
            for arm in ("dense", *self.arms, *(("dense_repeated",) if self.repeated else ())):
                for level in range(1, len(self.bleu) + 1) if arm != "dense" else (0,):
                    pruned = arm == "lr_rewinding"
                    sign = 1 if level <= self.flips_after else -1
                    row = {
                        "arm": arm,
                        "replicate": replicate,
                        "level": level,
                        "sparsity_prunable": 1 - 0.64**level if arm not in UNPRUNED else 0.0,
                    }
                    dose = row["level"] / 2 if pruned else 0.0
                    jitter = self.jitter[replicate] * dose
                    yield row, sign * self.effect * dose, jitter

    def own_dense(self, row: Row) -> Row:
        return {"other_arm": "dense", "other_replicate": row["replicate"], "other_level": 0}

    def other_dense(self, row: Row) -> Iterator[Row]:
        for other in range(self.replicates):
            if other != row["replicate"]:
                yield {"other_arm": "dense", "other_replicate": other, "other_level": 0}

    def quality(self) -> Iterator[Row]:
        for row, _, jitter in self.tickets():
            yield {**row, "test_set": "validation", "metric": "loss", "value": 9.0 * row["level"]}
            for side, test_set in zip((-1, 1), TEST_SETS, strict=True):
                better = 0.0 if row["level"] else -self.gain
                if row["arm"] not in UNPRUNED:
                    better = self.bleu[row["level"] - 1] + 0.02 * jitter + 0.1 * side
                for metric, base, unit in (("bleu", 30, 1), ("loss", 2, -0.02), ("chrf", 50, 1)):
                    figures = {"test_set": test_set, "metric": metric}
                    yield {**row, **figures, "value": base + unit * better}

    def probes(self) -> Iterator[Row]:
        for row, effect, jitter in self.tickets():
            if row["level"] and row["level"] not in self.probed:
                continue
            pruned = row["arm"] == "lr_rewinding"
            for task, group in {**TASKS, UNKNOWN: "morphology"}.items():
                kept = 0.95 + 0.002 * jitter if pruned else 1.0
                if group == "semantics":
                    kept += -0.1 * effect + 0.008 * jitter
                value = FLOOR if task == UNKNOWN else FLOOR + kept * GAP
                of_task = {**row, "task": task, "group": group, "split": "test"}
                below = pruned and group == "semantics" and row["level"] >= 2
                yield {
                    **of_task, "probe": "best", "metric": "accuracy", "value": value,
                    "layer": 2 + (group == "syntax" and row["replicate"] == 1 and pruned),
                    "random_encoder": FLOOR, "p_below_control_holm": 0.01 if below else 0.5,
                    "difference_random_lower": -0.01 if task == UNKNOWN else GAP - 0.01,
                }  # fmt: skip
                yield {**of_task, "probe": "linear", "layer": 2, "metric": "accuracy", "value": 0.1}
                for seed in (0, 1):
                    yield {
                        **of_task, "probe": "mix", "seed": seed, "metric": "centre_of_gravity",
                        "value": 3 - 0.5 * effect + 0.05 * jitter + (seed - 0.5),
                    }  # fmt: skip
            yield {**row, "group": "all", "probe": "best", "split": "test", "value": -1.0}

    def divergence(self, layer: int, effect: float, jitter: float) -> float:
        """Of the ticket beyond the control, in shares of another seed's; grows by 0.02 a layer."""
        slope = 0.02 * effect + 0.001 * jitter
        return 0.12 + 0.002 * jitter + slope * (layer - (self.layers + 1) / 2)

    def similarity(self) -> Iterator[Row]:
        for row, effect, jitter in self.tickets():
            pruned = row["arm"] == "lr_rewinding"
            for layer in range(self.layers + 1):
                for other in range(self.layers + 1):
                    value = 0.9 - 0.1 * abs(layer - other)
                    if pruned and layer == other:
                        value -= self.divergence(layer, effect, jitter) * (1 - self.seed_likeness)
                    pair = {"layer": layer, "other_layer": other}
                    ours = {**row, **pair, "module": "encoder", "measure": "cka_debiased"}
                    if row["arm"] != "dense":
                        yield {**ours, **self.own_dense(row), **with_ends(value)}
                        for seed in self.other_dense(row):
                            yield {**ours, **seed, "value": 0.01 * layer}
                    else:
                        likeness = self.seed_likeness - 0.1 * abs(layer - other)
                        for seed in self.other_dense(row):
                            yield {**ours, **seed, **with_ends(likeness)}
                    if layer != other:
                        inside = {f"other_{of}": row[of] for of in ("arm", "replicate", "level")}
                        likeness = 0.6 - 0.05 * abs(layer - other)
                        early = min(layer, other) <= self.layers // 2
                        likeness += (0.02 * effect + 0.002 * jitter) * (1 if early else -3)
                        yield {**ours, **inside, "value": likeness}
                    wrong = {**self.own_dense(row), "value": 0.01 * layer}
                    yield {**ours, **wrong, "measure": "cka"}
                    yield {**ours, **wrong, "module": "decoder"}
                    yield {**ours, **wrong, "other_arm": "random_pruning", "other_level": 9}

    def complexity(self) -> Iterator[Row]:
        for row, effect, jitter in self.tickets():
            for layer in range(self.layers + 1):
                upper = layer == self.layers
                value = 100 * np.exp(-0.3 * effect * upper + 0.03 * jitter * upper)
                figures = {"module": "encoder", "layer": layer, "value": value}
                yield {**row, **figures, "measure": "pcs_80_interpolated"}
                yield {**row, **figures, "measure": "participation_ratio"}
                yield {**row, **figures, "measure": "effective_rank"}
                yield {**row, **figures, "measure": "pcs_90", "value": 1.0 + layer}
                yield {**row, **figures, "measure": "pcs_80_interpolated", "module": "decoder"}

    def attention(self) -> Iterator[Row]:
        for row, effect, jitter in self.tickets():
            for kind, num_layers in KINDS.items():
                for layer in range(1, num_layers + 1):
                    place = {**row, "kind": kind, "layer": layer, "other_layer": layer}
                    assigned = {**place, "measure": "pearson_assigned"}
                    if row["arm"] == "dense":
                        for seed in self.other_dense(row):
                            yield {**assigned, **seed, **with_ends(0.3)}
                        continue
                    own = self.own_dense(row)
                    kept = 1.0
                    if row["arm"] == "lr_rewinding":
                        kept = 0.9 + 0.05 * effect + 0.01 * jitter
                    yield {**assigned, **own, **with_ends(0.3 + 0.6 * kept)}
                    yield {**place, **own, "measure": "matched", "value": self.matched}
                    yield {**place, **own, "measure": "pearson", "value": 0.1 * layer}
                    yield {**place, "measure": "entropy", "head": 0, "value": 1.0}


def with_ends(value: float) -> Row:
    """A figure with an interval over sentences, which is narrow."""
    return {"value": value, "lower": value - 0.005, "upper": value + 0.005}


@cache
def tables_of(fake: FakeTables) -> ClaimTables:
    """Made once; who changes a table takes a copy."""
    return ClaimTables(
        quality=frame(fake.quality()),
        probes=frame(fake.probes()),
        similarity=frame(fake.similarity()),
        complexity=frame(fake.complexity()),
        attention=frame(fake.attention()),
        registered=fake.registered,
    )


def frame(rows: Iterator[Row]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))
