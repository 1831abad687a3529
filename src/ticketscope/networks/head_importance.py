"""What translation loses without a head: how the loss changes when it is masked, and its gradient.

transformers has no `head_mask` any more, so a head is gated at the input of the output projection
of its block, where the heads lie one after the other.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ticketscope.networks.batches import Batch
from ticketscope.networks.families.family import ENCODER_SELF, AttentionBlock
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses


@dataclass(frozen=True)
class Importance:
    """Figures of every head of one kind, one sentence per column.

    Args:
        loss_change_LHS: negative log-likelihood in nats with the head masked, less that without,
            ``[layers, heads, sentences]``.
        gradient_LHS: the absolute derivative of a sentence's negative log-likelihood by a gate
            on the head that stands at 1 (Michel et al. 2019), likewise.
    """

    loss_change_LHS: NDArray[np.float64]
    gradient_LHS: NDArray[np.float64]


def importance(network: LoadedNetwork, batches: Sequence[Batch]) -> dict[str, Importance]:
    """By kind of attention, for every head; sentences in the order of the batches.

    One forward pass per head, of the decoder alone for its heads, and one backward pass. The
    network, already on the device of the batches, is in evaluation mode.
    """
    assert not network.model.training, "dropout would drown the heads"
    blocks = network.family.attention_blocks(network.model)
    found: dict[str, list[Importance]] = {kind: [] for kind in blocks}
    for batch in batches:
        gradients = _gradients(network, blocks, batch)
        changes = _changes(network, blocks, batch)
        for kind in blocks:
            found[kind].append(Importance(changes[kind], gradients[kind]))
    return {
        kind: Importance(
            np.concatenate([part.loss_change_LHS for part in parts], axis=2),
            np.concatenate([part.gradient_LHS for part in parts], axis=2),
        )
        for kind, parts in found.items()
    }


@torch.no_grad()
def _changes(
    network: LoadedNetwork, blocks: Mapping[str, Sequence[AttentionBlock]], batch: Batch
) -> dict[str, NDArray[np.float64]]:
    encoded = network.encoded(batch)
    whole_B = batch_losses(network, batch, encoded)
    changes = {}
    for kind, layers in blocks.items():
        of_layers = []
        for block in layers:
            gates_HH = 1 - torch.eye(block.num_heads, device=whole_B.device)
            of_heads = []
            for gate_H in gates_HH:
                with gated(block, gate_H):
                    # Masking in the decoder leaves the encoder as it was.
                    known = None if kind == ENCODER_SELF else encoded
                    of_heads.append(batch_losses(network, batch, known) - whole_B)
            of_layers.append(torch.stack(of_heads))
        changes[kind] = torch.stack(of_layers).cpu().numpy()
    return changes


def _gradients(
    network: LoadedNetwork, blocks: Mapping[str, Sequence[AttentionBlock]], batch: Batch
) -> dict[str, NDArray[np.float64]]:
    """Sentences do not see each other, so one backward pass gives the gates of all."""
    num_sentences = len(batch.source_BS)
    gates = {
        kind: [
            torch.ones(
                num_sentences, 1, block.num_heads, device=batch.source_BS.device, requires_grad=True
            )
            for block in layers
        ]
        for kind, layers in blocks.items()
    }
    with ExitStack() as stack:
        for kind, layers in blocks.items():
            for block, gate_B1H in zip(layers, gates[kind], strict=True):
                stack.enter_context(gated(block, gate_B1H))
        total = batch_losses(network, batch).sum()
    # Asked for the gates alone, so that no gradient of a weight is kept; those in a layer that is
    # passed over have no part in the loss.
    flat = [gate for of_kind in gates.values() for gate in of_kind]
    of_gates = iter(torch.autograd.grad(total, flat, materialize_grads=True))
    return {
        kind: torch.stack([next(of_gates).abs()[:, 0].T for _ in layers]).double().cpu().numpy()
        for kind, layers in blocks.items()
    }


@contextmanager
def gated(block: AttentionBlock, gate: Tensor) -> Iterator[None]:
    """Multiply what each head hands to the output projection by its gate, `[..., num_heads]`."""

    def multiply(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        (hidden_BTD,) = inputs
        heads_BTHD = hidden_BTD.unflatten(-1, (gate.shape[-1], -1))
        return ((heads_BTHD * gate[..., None]).flatten(-2),)

    hook = block.output.register_forward_pre_hook(multiply)
    try:
        yield
    finally:
        hook.remove()
