"""Attention maps of every head and layer, in three kinds, a batch of sentences at a time.

A row of a map is what one position (the query) attends to; its weights are those after the softmax
and sum to 1. Maps hold real positions only. Source positions are the pieces and the end of
sentence; decoder positions the start symbol and the pieces of a target that is forced on the
network: the row of a position *reads* its piece and predicts the next one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.networks.batches import ordered_batches
from ticketscope.networks.families.family import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace.rows import (
    Pieces,
    check_lengths,
    check_pairs,
    decoder_rows,
    encoder_rows,
    evaluating,
)

_CELLS = 1 << 16
"""Padded cells of the maps of one head in a batch: what bounds the memory."""


@dataclass(frozen=True)
class Attended:
    """The maps of one sentence.

    Args:
        index: its place among the sentences given.
        maps: by kind ``[layers, heads, query, key]``, float32; of `decoder_self` a query attends to
            no later key, and these weights are exactly 0. Without a target `encoder_self` alone.
    """

    index: int
    maps: Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class SentenceAttention:
    """The maps of one sentence, and what their positions are.

    Args:
        maps: as of `Attended`.
        source: names of the source positions: the pieces, and the end of sentence.
        target: names of the decoder positions: the start symbol, and the pieces of the target;
            empty without a target.
    """

    maps: Mapping[str, NDArray[np.float32]]
    source: tuple[str, ...]
    target: tuple[str, ...]


def attended(
    network: LoadedNetwork,
    sources: Sequence[Pieces],
    targets: Sequence[Pieces] | None,
    *,
    device: str,
) -> Iterator[list[Attended]]:
    """Maps of `sources`, and with `targets` of their translations, in batches of like length.

    Pieces are given without special symbols. The batches depend on the lengths alone, so that two
    networks give the same sentences in the same order. The network was loaded with eager attention
    (`Network.load(attention="eager")`): other implementations keep no maps.

    Raises `InputError` for no sources, unless there is one target per source, and for a sentence
    longer than the network has positions.
    """
    assert network.model.config._attn_implementation == "eager", "only eager attention keeps maps"
    check_pairs(sources, targets)
    check_lengths(network.frame, network.max_positions, map(len, sources), map(len, targets or ()))
    frame = network.frame
    widths = np.array([len(pieces) + frame.num_source for pieces in sources])
    if targets is not None:
        widths = np.maximum(widths, [len(pieces) + frame.num_target for pieces in targets])
    encoder, decoder = (
        network.family.stack(network.model, module) for module in ("encoder", "decoder")
    )
    for indices in ordered_batches(widths**2, _CELLS):
        with evaluating(network), torch.no_grad():
            source = encoder_rows([sources[i] for i in indices], frame, device)
            encoded = encoder(
                input_ids=source.ids_RS, attention_mask=source.mask_RS, output_attentions=True
            )
            maps = {ENCODER_SELF: encoded.attentions}
            if targets is not None:
                target = decoder_rows([targets[i] for i in indices], frame, device)
                # Padding is on the right, so the causal mask already hides it.
                decoded = decoder(
                    input_ids=target.ids_RS,
                    encoder_hidden_states=encoded.last_hidden_state,
                    encoder_attention_mask=source.mask_RS,
                    use_cache=False,
                    output_attentions=True,
                )
                maps |= {
                    DECODER_SELF: decoded.attentions,
                    ENCODER_DECODER: decoded.cross_attentions,
                }
        whole = {kind: _stacked(layers) for kind, layers in maps.items()}
        yield [
            Attended(
                int(index),
                _cut(
                    whole,
                    row,
                    len(sources[index]) + frame.num_source,
                    0 if targets is None else len(targets[index]) + frame.num_target,
                ),
            )
            for row, index in enumerate(indices)
        ]


def _stacked(layers: Sequence[Tensor]) -> NDArray[np.float32]:
    """`[batch, layers, heads, query, key]`"""
    stacked: NDArray[np.float32] = torch.stack(list(layers), dim=1).float().cpu().numpy()
    return stacked


def _cut(
    maps: Mapping[str, NDArray[np.float32]], row: int, num_source: int, num_target: int
) -> dict[str, NDArray[np.float32]]:
    """The real positions of one sentence of a batch."""
    shapes = {
        ENCODER_SELF: (num_source, num_source),
        DECODER_SELF: (num_target, num_target),
        ENCODER_DECODER: (num_target, num_source),
    }
    return {
        kind: found[row, :, :, : shapes[kind][0], : shapes[kind][1]] for kind, found in maps.items()
    }
