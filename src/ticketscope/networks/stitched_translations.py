"""What a network says whose lower layers are those of another: the likeliest piece, one by one.

No engine decodes two networks at once, and no keys and values are kept: each step computes the
whole prefix anew. That is slow, and it is the computation whose losses `stitching` measures.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ticketscope.networks.batches import (
    Batch,
    PairsInMemory,
    collate,
    longer_side,
    ordered_batches,
)
from ticketscope.networks.layer_states import decoder_stream, streams
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.stitching import (
    Maps,
    Place,
    decoded_above,
    encoded_above,
    mapped,
    places,
)
from ticketscope.networks.trace.rows import Pieces, evaluating

_Decoded = Callable[[Batch, Tensor], Tensor]
"""The last states of the decoder, given a batch and which of all sentences it holds."""


@torch.no_grad()
def stitched_greedy(
    lower: LoadedNetwork,
    upper: LoadedNetwork,
    sources: Sequence[Pieces],
    maps: Maps | None,
    *,
    longest: int,
    max_tokens: int,
) -> dict[Place, list[list[int]]]:
    """By where the networks are stitched, of each source the pieces that are likeliest one by one,
    at most `longest`, without the end of sentence.

    maps: what states go through; None: as they are.
    """
    said: dict[Place, list[list[int]]] = {place: [[]] * len(sources) for place in places(lower)}
    pairs = PairsInMemory(sources, [()] * len(sources))
    with evaluating(lower), evaluating(upper):
        for indices in ordered_batches(longer_side(pairs), max_tokens):
            whole = collate(pairs, indices, lower.frame).to(lower.device)
            below, above_BSD = streams(lower, whole).encoder, upper.encoded(whole)
            for (stack, layer), of_place in said.items():
                through = _through(maps, (stack, layer))
                if stack == "encoder":
                    stitched_BSD = encoded_above(upper, whole, layer, through(below[layer - 1]))
                    decoded = _with_encoded(upper, stitched_BSD)
                else:
                    decoded = _with_both(lower, upper, layer, below[-1], above_BSD, through)
                found = _greedy(upper, whole, decoded, longest)
                for i, pieces in zip(indices, found, strict=True):
                    of_place[i] = pieces
    return said


def _through(maps: Maps | None, place: Place) -> Callable[[Tensor], Tensor]:
    return (lambda state: state) if maps is None else (lambda state: mapped(state, maps[place]))


def _with_encoded(upper: LoadedNetwork, encoded_BSD: Tensor) -> _Decoded:
    return lambda batch, rows_R: upper.decoded(batch, encoded_BSD[rows_R])


def _with_both(
    lower: LoadedNetwork,
    upper: LoadedNetwork,
    layer: int,
    below_BSD: Tensor,
    above_BSD: Tensor,
    through: Callable[[Tensor], Tensor],
) -> _Decoded:
    """Each half reads what the encoder of its own network made of the sources."""

    def decoded(batch: Batch, rows_R: Tensor) -> Tensor:
        state = decoder_stream(lower, batch, below_BSD[rows_R])[layer - 1]
        return decoded_above(upper, batch, layer, through(state), above_BSD[rows_R])

    return decoded


def _greedy(upper: LoadedNetwork, whole: Batch, decoded: _Decoded, longest: int) -> list[list[int]]:
    said: list[list[int]] = [[] for _ in whole.source_BS]
    still = list(range(len(said)))
    first, last = upper.frame.labels
    never = [i - first for i in upper.frame.silent(last) if i >= first]
    (end,) = upper.frame.target_after
    for _ in range(longest):
        rows_R = torch.tensor(still, device=upper.device)
        batch = _reading(whole, rows_R, [said[i] for i in still], upper)
        # Sentences that have not ended are all as long: the last column says their next pieces.
        logits_RV = upper.logits(decoded(batch, rows_R)[:, -1])
        logits_RV[:, never] = -torch.inf
        next_R = logits_RV.argmax(-1) + first
        goes_on = [
            (i, piece) for i, piece in zip(still, next_R.tolist(), strict=True) if piece != end
        ]
        for i, piece in goes_on:
            said[i].append(piece)
        still = [i for i, _ in goes_on]
        if not still:
            break
    return said


def _reading(whole: Batch, rows_R: Tensor, said: Sequence[Pieces], network: LoadedNetwork) -> Batch:
    """Some of the sentences, with what was said so far. Sources keep the width of all."""
    pairs = PairsInMemory([()] * len(said), said)
    batch = collate(pairs, range(len(said)), network.frame).to(network.device)
    return replace(
        batch, source_BS=whole.source_BS[rows_R], source_mask_BS=whole.source_mask_BS[rows_R]
    )
