"""What the heads of a network attend to, alone and beside the heads of others.

Each network reads the sentences once; of its maps, which are too many for memory, only those of the
few sentences that people can look at are kept.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.config import digest
from ticketscope.files import scratch_folder
from ticketscope.measures.attention import (
    jensen_shannon,
    layer_cka,
    pearson,
    total,
)
from ticketscope.measures.matched_heads import (
    assigned,
    best_heads,
    by_layer,
    similarity_of_layers,
)
from ticketscope.measures.resampling import NUM_BLOCKS
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.network import Network
from ticketscope.networks.trace import raw_words
from ticketscope.steps.attention.data import Pair, gold_of, pairs_of
from ticketscope.steps.attention.reading import MODULES, Reading, Sides
from ticketscope.steps.attention.roles import described, relations
from ticketscope.steps.attention.sums import Blocks, Sums, sums_by_block
from ticketscope.steps.bench import Bench
from ticketscope.steps.word_maps import Side
from ticketscope.text.tokenizer import Tokenizer

Heads = tuple[int, int]
"""Heads of each layer of one network and of another."""


def measure(network: Network, others: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """Describe the heads of one network, and compare them with others on the same sentences.

    Raises `InputError` for gold data that are malformed, and `JobError` for a network that is
    damaged or whose attention is not finite.
    """
    with scratch_folder(bench.run.root) as scratch:
        found, reading = _described(network, bench, scratch)
        compared: list[dict[str, Any]] = []
        if network.label in bench.panel.dense:
            compared += _between(network, network, sums_by_block(reading, reading))
        for other in others:
            with scratch_folder(scratch) as of_other:
                blocks = sums_by_block(reading, _reading(other, bench, of_other))
            with_left_out = other.label in bench.panel.dense
            compared += _between(network, other, blocks, with_left_out=with_left_out)
    return {
        "num_sentences": len(bench.once(pairs_of)),
        "gold": list(bench.once(gold_of).notes),
        **found,
        "similarity": compared,
    }


# ----------------------------------------------------------------------------- reading


def _described(network: Network, bench: Bench, scratch: Path) -> tuple[dict[str, Any], Reading]:
    """The figures of a network by itself, and what it is compared on; it is in memory only here."""
    loaded = _loaded(network, bench)
    of_gold = relations(loaded, bench.once(gold_of).sentences, network.tokenizer, bench.device)
    reading = _reading(network, bench, scratch, loaded)
    if not _own(bench):
        return described(reading, of_gold, with_maps=True), reading
    sides = _aligned(network.tokenizer, _own_translations(network, bench))
    on_own = Reading.of(network, sides, scratch / "own.maps", lambda: loaded)
    return described(on_own, of_gold, with_maps=False), reading


def _reading(
    network: Network, bench: Bench, scratch: Path, loaded: LoadedNetwork | None = None
) -> Reading:
    """What a network is compared on. That of a dense one is kept for all that are compared with
    it, until the run has measured everything."""
    sides = bench.in_pieces(network.tokenizer, _sides)
    place = scratch / "compared.maps"
    if network.label in bench.panel.dense:
        pieces = [[side.ids for side in both if side] for both in sides]
        identity = digest({"network": network.digest, "pieces": pieces})
        place = bench.run.readings / f"{identity}.maps"
    return Reading.of(network, sides, place, lambda: loaded or _loaded(network, bench))


def _loaded(network: Network, bench: Bench) -> LoadedNetwork:
    return network.load(attention="eager", device=bench.device)


def _own(bench: Bench) -> bool:
    """Whether each network reads its own translations. Rows of different targets cannot be
    compared: networks are then compared on sources alone."""
    return bench.study.attention.targets == "own"


def _sides(bench: Bench, tokenizer: Tokenizer) -> list[Sides]:
    sides = _aligned(tokenizer, bench.once(pairs_of))
    return [(source, None) for source, _ in sides] if _own(bench) else sides


def _aligned(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[Sides]:
    return [
        (
            Side.of(tokenizer.source.align(pair.source)),
            Side.of(tokenizer.target.align(pair.target)),
        )
        for pair in pairs
    ]


def _own_translations(network: Network, bench: Bench) -> list[Pair]:
    pairs = bench.once(pairs_of)
    with bench.translator(network) as translate:
        translations = translate([pair.source.text for pair in pairs])
    return [
        Pair(pair.source, raw_words(translation))
        for pair, translation in zip(pairs, translations, strict=True)
    ]


# ----------------------------------------------------------------------------- similarity


def _between(
    one: Network, other: Network, blocks: Blocks, *, with_left_out: bool = False
) -> Iterator[dict[str, Any]]:
    """What one network has in common with another, by kind; of two replicates also the way back,
    since the earlier of the two is never compared with the later."""
    assert one.label is not None
    assert other.label is not None
    directions = [(one.label, other.label, blocks.kinds)]
    if one.label.replicate != other.label.replicate:
        back = {kind: [sums.reversed for sums in of_kind] for kind, of_kind in blocks.kinds.items()}
        directions.append((other.label, one.label, back))
    heads = [(one.shape.heads, other.shape.heads), (other.shape.heads, one.shape.heads)]
    for (ours, theirs, by_kind), of_both in zip(directions, heads, strict=False):
        yield {
            "pair": [[label.replicate, label.arm, label.level] for label in (ours, theirs)],
            "unit": blocks.unit,
            "num_left_out": blocks.num_left_out,
            "kinds": {
                kind: _similarities(
                    sums,
                    (of_both[0][MODULES[kind]], of_both[1][MODULES[kind]]),
                    with_left_out,
                )
                for kind, sums in by_kind.items()
            },
        }


def _similarities(blocks: Sequence[Sums], num_heads: Heads, with_left_out: bool) -> dict[str, Any]:
    """All measures of one kind, of all layers with all layers; what a head of a layer has in common
    with the heads of the same layer; and where asked for what remains without each block."""
    whole = total(blocks)
    correlations = pearson(whole.products)
    divergences = jensen_shannon(whole.divergences)
    are_as_deep = _are_as_deep(whole, num_heads)
    of_pairs = by_layer(correlations, *num_heads)
    used = by_layer(whole.products.num_used.astype(np.float64), *num_heads)
    # Networks of different depth have no layer in common.
    same = range(len(of_pairs) if are_as_deep else 0)
    result = {
        **{
            measure: values.tolist()
            for measure, values in _of_layers(whole, num_heads).items()
            if values.ndim == 2
        },
        **{measure: values.tolist() for measure, values in _same_layer(whole, num_heads).items()},
        "num_rows": whole.products.num_rows,
        "num_rows_with_choice": whole.divergences.num_used,
        "num_rows_used": used.min(axis=(2, 3)).astype(int).tolist(),
        "heads": {
            "pearson": [best_heads(of_pairs[layer, layer]).similarities.tolist() for layer in same],
            "jensen_shannon": [
                by_layer(divergences, *num_heads)[layer, layer].max(axis=1).tolist()
                for layer in same
            ],
            "matched_head": [best_heads(of_pairs[layer, layer]).heads.tolist() for layer in same],
        },
    }
    if with_left_out and are_as_deep and len(blocks) == NUM_BLOCKS:
        rests = [
            total([block for place, block in enumerate(blocks) if place != left_out])
            for left_out in range(NUM_BLOCKS)
        ]
        figures = [
            {
                **{
                    measure: np.diagonal(values)
                    for measure, values in _of_layers(rest, num_heads).items()
                },
                **_same_layer(rest, num_heads),
            }
            for rest in rests
        ]
        result["left_out"] = {
            measure: np.stack([of_rest[measure] for of_rest in figures], axis=1).tolist()
            for measure in figures[0]
        }
    return result


def _of_layers(sums: Sums, num_heads: Heads) -> dict[str, NDArray[np.float64]]:
    """Each measure `[layers, other layers]`."""
    return {
        "pearson": similarity_of_layers(pearson(sums.products), *num_heads),
        "jensen_shannon": similarity_of_layers(jensen_shannon(sums.divergences), *num_heads),
        "cka": layer_cka(sums.products, *num_heads),
    }


def _same_layer(sums: Sums, num_heads: Heads) -> dict[str, NDArray[np.float64]]:
    """Measures of the heads of one layer of two networks, `[layers]`; no head is in the same place
    where a layer has another number of them."""
    if not _are_as_deep(sums, num_heads):
        return {}
    pairs = by_layer(pearson(sums.products), *num_heads)
    layers = range(len(pairs))
    found = {"pearson_assigned": np.array([assigned(pairs[layer, layer]).mean for layer in layers])}
    if num_heads[0] == num_heads[1]:
        shares = [best_heads(pairs[layer, layer]).share_in_place for layer in layers]
        found["matched"] = np.array(shares)
    return found


def _are_as_deep(sums: Sums, num_heads: Heads) -> bool:
    num_a, num_b = sums.divergences.divergences.shape
    return bool(num_a // num_heads[0] == num_b // num_heads[1])
