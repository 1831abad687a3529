"""How much every head matters to the translations of a network; see
`ticketscope.networks.head_importance`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.resampling import NUM_BLOCKS, jackknife, sums_of_blocks
from ticketscope.networks.batches import Batch, collate, longer_side, ordered_batches
from ticketscope.networks.head_importance import importance
from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench
from ticketscope.steps.held_out import first_pairs


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """Mask the heads of one network one by one; keep the loss changes and gradients."""
    device = bench.device
    loaded = network.load(device=device)
    batches: list[Batch] = []
    places: list[NDArray[np.int64]] = []
    tokens: list[NDArray[np.int64]] = []
    num_before = 0
    settings = bench.study.attention
    asked = first_pairs(bench.held_out, settings.sentences, settings.importance_sentences)
    for name, number in asked:
        text = bench.held_out.text(name)
        pairs = network.pairs(text.source[:number], text.target[:number])
        of_set = ordered_batches(longer_side(pairs), bench.max_tokens)
        batches += [collate(pairs, indices, loaded.frame).to(device) for indices in of_set]
        places += [indices + num_before for indices in of_set]
        num_more = len(loaded.frame.target_after)
        tokens += [pairs.target_lengths[indices].astype(np.int64) + num_more for indices in of_set]
        num_before += number
    in_order = np.argsort(np.concatenate(places))
    num_tokens_S = np.concatenate(tokens)[in_order]
    found = importance(loaded, batches)
    return {
        "num_sentences": num_before,
        "num_tokens": int(num_tokens_S.sum()),
        "kinds": {
            kind: {
                "importance": _figures(of_kind.loss_change_LHS[..., in_order], num_tokens_S),
                "importance_gradient": _figures(of_kind.gradient_LHS[..., in_order], num_tokens_S),
            }
            for kind, of_kind in found.items()
        },
    }


def _figures(
    nats_LHS: NDArray[np.float64], num_tokens_S: NDArray[np.int64]
) -> list[list[Mapping[str, float]]]:
    """Nats per target piece for every head, layer by layer, with intervals over blocks of sentences
    where there are enough for them."""
    if len(num_tokens_S) < NUM_BLOCKS:
        return [
            [{"value": float(nats_S.sum() / num_tokens_S.sum())} for nats_S in layer]
            for layer in nats_LHS
        ]
    nats_LHB, tokens_B = sums_of_blocks(nats_LHS), sums_of_blocks(num_tokens_S)
    value_LH = nats_LHB.sum(2) / tokens_B.sum()
    left_out_LHB = (nats_LHB.sum(2, keepdims=True) - nats_LHB) / (tokens_B.sum() - tokens_B)
    return [
        [
            jackknife(float(value), left_out.tolist()).cells()
            for value, left_out in zip(values, left_outs, strict=True)
        ]
        for values, left_outs in zip(value_LH, left_out_LHB, strict=True)
    ]
