"""What the heads of a network attend to, alone and beside the heads of others.

Two networks read the same batches in turn, and their maps are reduced at once: only the maps of the
few sentences that people can look at are kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.attention import (
    DivergenceSums,
    HeadSums,
    divergence_sums,
    head_sums,
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
from ticketscope.networks.trace import DECODER_SELF, Attended, attended, raw_words
from ticketscope.steps.attention.data import Pair, gold_of, pairs_of
from ticketscope.steps.attention.roles import described
from ticketscope.steps.bench import Bench
from ticketscope.text.tokenizer import AlignedSentence


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
    for other in others:
        is_itself = other is network
        loaded_other = loaded if is_itself else other.load(attention="eager", device=device)
        blocks = _sums(loaded, loaded_other, sources, targets, device)
        with_left_out = other.label in bench.panel.dense and not is_itself
        compared += _between(network, other, blocks, with_left_out=with_left_out)
        del loaded_other  # before the next one is read: two networks are in memory at a time
    return {
        "num_sentences": len(pairs),
        "gold": list(gold.notes),
        **found,
        "similarity": compared,
    }


def _own_translations(network: Network, pairs: Sequence[Pair], bench: Bench) -> list[Pair]:
    with bench.translator(network) as translate:
        translations = translate([pair.source.text for pair in pairs])
    return [
        Pair(pair.source, raw_words(translation))
        for pair, translation in zip(pairs, translations, strict=True)
    ]


# ----------------------------------------------------------------------------- similarity


@dataclass(frozen=True)
class _Sums:
    """What the heads of two networks have in common on some sentences, of one kind."""

    products: HeadSums
    divergences: DivergenceSums

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(self.products + other.products, self.divergences + other.divergences)

    @property
    def reversed(self) -> "_Sums":
        """The same seen from the other network."""
        num_a, num_b = self.divergences.divergences.shape
        heads = np.roll(np.arange(num_a + num_b), num_b)  # those of the other network first
        return _Sums(
            replace(
                self.products,
                correlations=self.products.correlations.T,
                row_weights=self.products.row_weights.T,
                num_used=self.products.num_used.T,
                weights=self.products.weights[heads],
                products=self.products.products[np.ix_(heads, heads)],
            ),
            replace(self.divergences, divergences=self.divergences.divergences.T),
        )


def _between(
    one: Network, other: Network, blocks: Mapping[str, list[_Sums]], *, with_left_out: bool
) -> Iterator[dict[str, Any]]:
    """What one network has in common with another, by kind; of two replicates also the way back,
    since the earlier of the two is never compared with the later."""
    assert one.label is not None
    assert other.label is not None
    directions = [(one.label, other.label, blocks)]
    if one.label.replicate != other.label.replicate:
        back = {kind: [sums.reversed for sums in of_kind] for kind, of_kind in blocks.items()}
        directions.append((other.label, one.label, back))
    num_heads = one.shape.heads["encoder"]
    for ours, theirs, by_kind in directions:
        yield {
            "pair": [[label.replicate, label.arm, label.level] for label in (ours, theirs)],
            "kinds": {
                kind: _similarities(sums, num_heads, with_left_out)
                for kind, sums in by_kind.items()
            },
        }


def _sums(
    ours: LoadedNetwork,
    theirs: LoadedNetwork,
    sources: Sequence[AlignedSentence],
    targets: Sequence[AlignedSentence] | None,
    device: str,
) -> dict[str, list[_Sums]]:
    """By kind the sums over each of `NUM_BLOCKS` runs of neighbouring sentences; over all in one
    where there are not as many."""
    num_blocks = NUM_BLOCKS if len(sources) >= NUM_BLOCKS else 1
    blocks: dict[str, list[_Sums]] = {}
    for places in np.array_split(np.arange(len(sources)), num_blocks):
        sentences = [sources[place].ids for place in places]
        translations = None if targets is None else [targets[place].ids for place in places]
        our_batches = attended(ours, sentences, translations, device=device)
        batches: Iterable[tuple[list[Attended], list[Attended]]] = (
            ((batch, batch) for batch in our_batches)
            if theirs is ours
            else zip(
                our_batches, attended(theirs, sentences, translations, device=device), strict=True
            )
        )
        of_block: dict[str, list[_Sums]] = {}
        for our_batch, their_batch in batches:
            for kind in our_batch[0].maps:
                our_maps = _stacked(our_batch, kind)
                their_maps = our_maps if theirs is ours else _stacked(their_batch, kind)
                causal = kind == DECODER_SELF
                sums = _Sums(
                    head_sums(our_maps, their_maps, causal=causal),
                    divergence_sums(our_maps, their_maps, causal=causal),
                )
                of_block.setdefault(kind, []).append(sums)
        for kind, parts in of_block.items():
            blocks.setdefault(kind, []).append(total(parts))
    return blocks


def _stacked(batch: Sequence[Attended], kind: str) -> list[NDArray[np.float32]]:
    """The maps of each sentence with the heads of all layers along one axis."""
    return [one.maps[kind].reshape(-1, *one.maps[kind].shape[2:]) for one in batch]


def _similarities(blocks: Sequence[_Sums], num_heads: int, with_left_out: bool) -> dict[str, Any]:
    """All measures of one kind, of all layers with all layers; what a head of a layer has in common
    with the heads of the same layer; and where asked for what remains without each block."""
    whole = total(blocks)
    correlations = pearson(whole.products)
    divergences = jensen_shannon(whole.divergences)
    of_pairs = by_layer(correlations, num_heads)
    used = by_layer(whole.products.num_used.astype(np.float64), num_heads)
    same = range(len(of_pairs))
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
                by_layer(divergences, num_heads)[layer, layer].max(axis=1).tolist()
                for layer in same
            ],
            "matched_head": [best_heads(of_pairs[layer, layer]).heads.tolist() for layer in same],
        },
    }
    if with_left_out and len(blocks) == NUM_BLOCKS:
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


def _of_layers(sums: _Sums, num_heads: int) -> dict[str, NDArray[np.float64]]:
    """Each measure `[layers, other layers]`."""
    return {
        "pearson": similarity_of_layers(pearson(sums.products), num_heads),
        "jensen_shannon": similarity_of_layers(jensen_shannon(sums.divergences), num_heads),
        "cka": layer_cka(sums.products, num_heads),
    }


def _same_layer(sums: _Sums, num_heads: int) -> dict[str, NDArray[np.float64]]:
    """Measures of the heads of one layer of two networks, `[layers]`."""
    pairs = by_layer(pearson(sums.products), num_heads)
    layers = range(len(pairs))
    return {
        "pearson_assigned": np.array([assigned(pairs[layer, layer]).mean for layer in layers]),
        "matched": np.array([best_heads(pairs[layer, layer]).share_in_place for layer in layers]),
    }
