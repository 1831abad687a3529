"""attention.csv and views/attention.json that no network made: every figure follows from a formula.

A ticket is given by the first columns of every table, as `report_fixture.FakeRun.tickets` does.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ticketscope.packing import packed
from ticketscope.tables.attention import ATTENTION

Ticket = dict[str, Any]
CONTROL = "dense_continued"
CONTROLS = (CONTROL, "random_pruning")
HALF = 0.02
"""Of every interval."""
SEEDS_ALIKE = {"pearson": 0.8, "jensen_shannon": 0.7, "cka": 0.6, "pearson_assigned": 0.5}
"""The dense models of two replicates."""
DRIFT = {"dense": 0.0, CONTROL: 0.01, "lr_rewinding": 0.02, "random_pruning": 0.05}
"""Similarity with the dense model that a level loses in the first layer."""
_GOLD = {
    "encoder_self": ("syntactic_head", "coreferent"),
    "decoder_self": (),
    "encoder_decoder": ("aligned_read", "aligned_predicted", "aer_read", "aer_predicted"),
}
_WORDS = {
    "encoder_self": ("distance", "previous", "same", "next", "end_of_sentence"),
    "decoder_self": ("distance", "previous", "same", "start"),
    "encoder_decoder": ("end_of_sentence",),
}


@dataclass(frozen=True, kw_only=True)
class FakeAttention:
    """What was measured of attention."""

    layers: dict[str, int] = field(
        default_factory=lambda: {"encoder_self": 3, "decoder_self": 2, "encoder_decoder": 2}
    )
    heads: int = 2
    gold: bool = True
    importance: bool = True
    sentences: tuple[tuple[str, str], ...] = (
        ("A man sleeps .", "Ein Mann schläft ."),
        ("Two dogs play in the snow .", "Zwei Hunde spielen im Schnee ."),
    )

    def places(self) -> Iterator[tuple[str, int, int]]:
        """Kind, layer and head of every head."""
        for kind, layers in self.layers.items():
            yield from (
                (kind, *at) for at in itertools.product(range(1, layers + 1), range(self.heads))
            )


# ----------------------------------------------------------------------------- the formulas


def head_similarity(arm: str, levels: int, layer: int, other_layer: int, measure: str) -> float:
    """Of a layer with one of its dense model, or as many `levels` earlier; without replicate."""
    far = 0.1 * abs(layer - other_layer) + 0.01 * list(SEEDS_ALIKE).index(measure)
    return 1 - DRIFT[arm] * levels * (1 + layer) / 2 - far


def matched(arm: str, level: int) -> float:
    """All heads at first; of tickets, half of them from level 2 on."""
    return 1.0 if arm == CONTROL or level < 2 else 0.5


def doing(measure: str, ticket: Ticket, layer: int, head: int) -> float:
    """What a head does: any measure, more in higher layers and heads, less the more is pruned."""
    start = 0.1 + 0.01 * (len(measure) % 10)
    return start + 0.02 * layer + 0.01 * head - 0.05 * ticket["sparsity_prunable"]


def role(kind: str, ticket: Ticket, layer: int, head: int) -> str:
    """The first head of a layer keeps its role, the others are broad from level 2 on."""
    if head and ticket["level"] >= 2:
        return "broad"
    others = {
        "encoder_self": ("previous", "syntactic_head", "end_of_sentence"),
        "decoder_self": ("start", "same"),
        "encoder_decoder": ("aligned_predicted", "aligned_read"),
    }[kind]
    return others[(layer + head) % len(others)]


def importance(ticket: Ticket, layer: int, head: int) -> float:
    """Nats; heads of higher layers count more, and pruning makes all count more."""
    dense = 0.01 * layer + 0.003 * head + 0.001 * ticket["replicate"]
    return dense * (1 + ticket["sparsity_prunable"])


def rank_correlation(ticket: Ticket) -> float:
    return 1 - DRIFT[ticket["arm"]] * ticket["level"] - 0.001 * ticket["replicate"]


def weight_byte(at: tuple[int, ...]) -> int:
    """A cell of a map: sentence, level, kind, layer, head, query and key, all from 0."""
    return (
        sum(place * prime for place, prime in zip(at, (97, 61, 43, 31, 17, 7, 3), strict=True))
        % 256
    )


def localized(arm: str, level: int, layer: int) -> float:
    """The more, the higher the layer and the more is pruned."""
    return 0.1 + 0.02 * layer + DRIFT[arm] * level


# ----------------------------------------------------------------------------- the table


def attention_rows(tickets: Sequence[Ticket], fake: FakeAttention) -> Iterator[dict[str, Any]]:
    arms = {ticket["arm"] for ticket in tickets}
    empty = dict.fromkeys(ATTENTION.names, "")
    for ticket in tickets:
        rows = itertools.chain(
            *(_compared(ticket, other, fake, arms) for other in tickets),
            _localized(ticket, fake),
            _described(ticket, fake),
            _counting(ticket, fake, arms) if fake.importance else (),
        )
        yield from (empty | ticket | row for row in rows)


def _compared(
    ticket: Ticket, other: Ticket, fake: FakeAttention, arms: set[str]
) -> Iterator[dict[str, Any]]:
    same_replicate = ticket["replicate"] == other["replicate"]
    seeds = not same_replicate and ticket["arm"] == other["arm"] == "dense"
    own_dense = same_replicate and other["arm"] == "dense" != ticket["arm"]
    earlier = same_replicate and other["level"] < ticket["level"]
    earlier = earlier and other["arm"] == ticket["arm"] not in CONTROLS
    if not (seeds or own_dense or earlier or (ticket is other and ticket["arm"] == "dense")):
        return
    controlled = own_dense and CONTROL in arms and ticket["arm"] != CONTROL
    named = {f"other_{key}": other[key] for key in ("arm", "replicate", "level")}
    for kind, layers in fake.layers.items():
        for layer, other_layer in itertools.product(range(1, layers + 1), repeat=2):
            same = layer == other_layer
            row = named | {"kind": kind, "layer": layer, "other_layer": other_layer}
            for measure in SEEDS_ALIKE:
                if measure == "pearson_assigned" and not (same and (own_dense or seeds)):
                    continue
                key = (ticket["level"] - other["level"], layer, other_layer, measure)
                value = head_similarity(ticket["arm"], *key) + 0.001 * ticket["replicate"]
                found = row | {"measure": measure, "num_rows": 4321}
                if seeds:
                    yield found | {"value": SEEDS_ALIKE[measure]}
                elif own_dense and same:
                    control = head_similarity(CONTROL, *key) + 0.001 * ticket["replicate"]
                    yield found | _with_ends(value) | _beyond(value - control, controlled)
                else:
                    yield found | {"value": value}
            if own_dense and same:
                share = matched(ticket["arm"], ticket["level"])
                yield row | {"measure": "matched", "value": share}
                for head in range(fake.heads):
                    best = {"measure": "matched_head", "value": head}
                    yield row | {"head": head, "measure": "pearson", "value": 0.9}
                    yield row | {"head": head} | best


def _localized(ticket: Ticket, fake: FakeAttention) -> Iterator[dict[str, Any]]:
    for kind, layers in fake.layers.items():
        for layer in range(1, layers + 1) if layers > 1 else ():
            value = localized(ticket["arm"], ticket["level"], layer)
            yield {"kind": kind, "layer": layer, "measure": "localization", "value": value}


def _described(ticket: Ticket, fake: FakeAttention) -> Iterator[dict[str, Any]]:
    for kind, layer, head in fake.places():
        row = {"kind": kind, "layer": layer, "head": head}
        measures = ["entropy", "confidence", *_WORDS[kind]]
        if fake.gold:
            for name in _GOLD[kind]:
                measures.append(name)
                if not name.startswith("a"):
                    measures.append(f"{name}_by_distance")
        for measure in measures:
            yield row | {"measure": measure, "value": doing(measure, ticket, layer, head)}
        yield row | {"measure": "role", "role": role(kind, ticket, layer, head), "value": 0.4}


def _counting(ticket: Ticket, fake: FakeAttention, arms: set[str]) -> Iterator[dict[str, Any]]:
    for kind, layer, head in fake.places():
        row = {"kind": kind, "layer": layer, "head": head}
        value = importance(ticket, layer, head)
        yield row | {"measure": "importance"} | _with_ends(value)
        yield row | {"measure": "importance_gradient", "value": 2 * value}
    if ticket["arm"] != "dense":
        dense = {"other_arm": "dense", "other_replicate": ticket["replicate"], "other_level": 0}
        control = rank_correlation(ticket | {"arm": CONTROL})
        for kind in fake.layers:
            for measure in ("importance_rank", "importance_gradient_rank"):
                row = dense | {"kind": kind, "measure": measure, "value": rank_correlation(ticket)}
                if CONTROL in arms and ticket["arm"] != CONTROL:
                    row["difference_control"] = rank_correlation(ticket) - control
                yield row


def _with_ends(value: float) -> dict[str, float]:
    return {"value": value, "lower": value - HALF, "upper": value + HALF}


def _beyond(value: float, controlled: bool) -> dict[str, float]:
    name = "difference_control"
    if not controlled:
        return {}
    return {name: value, f"{name}_lower": value - HALF, f"{name}_upper": value + HALF}


# ----------------------------------------------------------------------------- the view


def attention_view(tickets: Sequence[Ticket], fake: FakeAttention) -> dict[str, Any]:
    """As written by a run whose first arm has its maps kept: dense, level 1 and the last level."""
    counts = {"num_sentences": 500, "num_words": 5_432, "num_without_piece": 2}
    counts |= {"num_empty": 3, "num_too_long": 1, "num_gold_empty": 0, "num_gold_too_long": 4}
    gold = {"num_words_with_syntactic_head": 5_000, "num_words_with_antecedent": 210}
    gold |= {"num_aligned_words": 4_800}
    flat = {"num_rows_without_variance": dict.fromkeys(fake.layers, 2)}
    flat |= {"num_rows_of_one_key": {"decoder_self": 500} if "decoder_self" in fake.layers else {}}
    replicates = len({ticket["replicate"] for ticket in tickets})
    return {
        "replicates": [counts | gold | flat] * replicates,
        "gold": ["syntax, coreference and alignments of the embedded grammar"] if fake.gold else [],
        "maps": _maps(tickets, fake),
    }


def _maps(tickets: Sequence[Ticket], fake: FakeAttention) -> dict[str, Any] | None:
    pruned = [t for t in tickets if t["replicate"] == 0 and t["arm"] not in ("dense", CONTROL)]
    if not pruned:
        return None
    arm = pruned[0]["arm"]
    shares = {t["level"]: t["sparsity_prunable"] for t in pruned if t["arm"] == arm}
    levels = sorted({0, 1, max(shares)})
    sentences = [
        {"source": source.split(), "target": target.split()} for source, target in fake.sentences
    ]
    cells = bytes(
        weight_byte((sentence, level, *at))
        for sentence, words in enumerate(sentences)
        for level in range(len(levels))
        for at in _cells(words, fake)
    )
    return {
        "replicate": 0,
        "networks": [
            {
                "arm": arm if level else "dense",
                "level": level,
                "sparsity_prunable": shares.get(level, 0.0),
                "kinds": fake.layers,
                "num_heads": fake.heads,
            }
            for level in levels
        ],
        "sentences": sentences,
        "num_left_out": 3,
        "data": packed(cells),
    }


def _cells(words: dict[str, list[str]], fake: FakeAttention) -> Iterator[tuple[int, ...]]:
    source, target = len(words["source"]), len(words["target"])
    sizes = ((source, source + 1), (target, target + 1), (target, source + 1))
    for kind, ((_, layers), (queries, keys)) in enumerate(
        zip(fake.layers.items(), sizes, strict=True)
    ):
        places = (range(layers), range(fake.heads), range(queries), range(keys))
        yield from ((kind, *at) for at in itertools.product(*places))
