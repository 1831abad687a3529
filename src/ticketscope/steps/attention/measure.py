"""What the heads of a network attend to, alone and beside the heads of others.

Two networks read the same batches in turn, and their maps are reduced at once: only the maps of the
few sentences that people can look at are kept.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from ticketscope.networks.network import Network
from ticketscope.networks.trace import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF, raw_words
from ticketscope.steps.attention.data import Pair, gold_of, pairs_of
from ticketscope.steps.attention.roles import described
from ticketscope.steps.attention.sums import Blocks, Reader, Sums, sums_by_block
from ticketscope.steps.bench import Bench
from ticketscope.text.tokenizer import AlignedSentence, Tokenizer

Heads = tuple[int, int]
"""Heads of each layer of one network and of another."""
_MODULES = {ENCODER_SELF: "encoder", DECODER_SELF: "decoder", ENCODER_DECODER: "decoder"}


def measure(network: Network, others: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """Describe the heads of one network, and compare them with others on the same sentences.

    Raises `InputError` for gold data that are malformed, and `JobError` for a network that is
    damaged or whose attention is not finite.
    """
    device = bench.device
    pairs, gold = bench.once(pairs_of), bench.once(gold_of)
    own = bench.study.attention.targets == "own"
    tokenizer = network.tokenizer
    read = _own_translations(network, pairs, bench) if own else pairs
    sources = [tokenizer.source.align(pair.source) for pair in pairs]
    translations = [tokenizer.target.align(pair.target) for pair in read]
    loaded = network.load(attention="eager", device=device)
    found = described(
        loaded,
        list(zip(sources, translations, strict=True)),
        gold.sentences,
        tokenizer,
        device,
        with_maps=not own,
    )
    # Each network reads its own translations then, and rows of other targets cannot be compared.
    targets = None if own else translations
    if network.label in bench.panel.dense:
        others = [network, *others]
    compared: list[dict[str, Any]] = []
    reader = Reader(loaded, tokenizer, sources, targets)
    for other in others:
        is_itself = other is network
        other_reader = reader if is_itself else _reader(other, bench, forced=not own)
        blocks = sums_by_block(reader, other_reader, device)
        with_left_out = other.label in bench.panel.dense and not is_itself
        compared += _between(network, other, blocks, with_left_out=with_left_out)
        del other_reader  # before the next one is read: two networks are in memory at a time
    return {
        "num_sentences": len(pairs),
        "gold": list(gold.notes),
        **found,
        "similarity": compared,
    }


def _reader(other: Network, bench: Bench, *, forced: bool) -> Reader:
    tokenizer = other.tokenizer
    sources, targets = bench.in_pieces(tokenizer, _in_pieces)
    loaded = other.load(attention="eager", device=bench.device)
    return Reader(loaded, tokenizer, sources, targets if forced else None)


def _in_pieces(
    bench: Bench, tokenizer: Tokenizer
) -> tuple[list[AlignedSentence], list[AlignedSentence]]:
    pairs = bench.once(pairs_of)
    return (
        [tokenizer.source.align(pair.source) for pair in pairs],
        [tokenizer.target.align(pair.target) for pair in pairs],
    )


def _own_translations(network: Network, pairs: Sequence[Pair], bench: Bench) -> list[Pair]:
    with bench.translator(network) as translate:
        translations = translate([pair.source.text for pair in pairs])
    return [
        Pair(pair.source, raw_words(translation))
        for pair, translation in zip(pairs, translations, strict=True)
    ]


# ----------------------------------------------------------------------------- similarity


def _between(
    one: Network, other: Network, blocks: Blocks, *, with_left_out: bool
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
                    (of_both[0][_MODULES[kind]], of_both[1][_MODULES[kind]]),
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
