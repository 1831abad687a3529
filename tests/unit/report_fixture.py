"""A run directory that no training made: every figure follows from a formula, so tests know it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketscope.config import Experiment, FilesCorpus, GrammarCorpus, Lottery, Training

NUM_EMBEDDING, NUM_NORM = 768_000, 4_000
LAYERS, HEADS, WIDTH, FFN = 3, 4, 128, 512


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
        "versions": {"python": "3.11.9", "torch": "2.13.0"},
    }
    for folder in ("tables", "views"):
        (run / folder).mkdir(parents=True)
    _json(run / "config.json", identity)
    _json(run / "views/corpus.json", corpus_view(fake))
    _json(run / "views/training.json", list(training_view(fake)))
    write_csv(run / "tables/quality.csv", list(quality_rows(fake)))
    write_csv(run / "tables/sparsity.csv", list(sparsity_rows(fake)))
    write_csv(run / "tables/speed.csv", list(speed_rows(fake)))
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
    }


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


def speed_rows(fake: FakeRun) -> Iterator[dict[str, Any]]:
    for ticket in fake.tickets():
        ratio = 1.0 if ticket["arm"] == "dense" else 1 + 0.01 * ((ticket["level"] * 7) % 5 - 2)
        yield ticket | {
            "engine": "ctranslate2",
            "threads": 1,
            "batch": 32,
            "tokens_per_second": 2_345.6 * ratio,
            "bytes": 9_876_543,
            "against_dense": ratio,
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
