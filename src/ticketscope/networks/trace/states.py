"""The states of all layers of a stack for padded rows: layer 0 … L, each `[R, S, d]`.

A layer of a pre-norm network (M2M100, mBART, T5) begins with a layer norm, and what it computes is
added to a stream that is normalised only at the end of the stack. So the states of layers 0 … L − 1
are a stream that nobody reads as it is, and the last one is normalised. `normed` passes each state
through the norm with which the layer above begins, so that all are what the network reads. A
post-norm network (Marian, BART) ends each layer with its norm: its states are read as they are.
"""

from dataclasses import dataclass

from torch import Tensor

from ticketscope.config import States
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace.rows import Rows


@dataclass(frozen=True)
class Memory:
    """What the decoder attends to, for each of the R target windows."""

    states_RSD: Tensor
    mask_RS: Tensor


def encoder_states(network: LoadedNetwork, rows: Rows, states: States) -> tuple[Tensor, ...]:
    """Of the encoder, and no decoder pass."""
    stream: tuple[Tensor, ...] = network.family.stack(network.model, "encoder")(
        input_ids=rows.ids_RS, attention_mask=rows.mask_RS, output_hidden_states=True
    ).hidden_states
    return _as_read(network, "encoder", stream) if states == "normed" else stream


def decoder_states(
    network: LoadedNetwork, rows: Rows, memory: Memory, states: States
) -> tuple[Tensor, ...]:
    """Of the decoder; padding is on the right, so the causal mask already hides it."""
    stream: tuple[Tensor, ...] = network.family.stack(network.model, "decoder")(
        input_ids=rows.ids_RS,
        encoder_hidden_states=memory.states_RSD,
        encoder_attention_mask=memory.mask_RS,
        use_cache=False,
        output_hidden_states=True,
    ).hidden_states
    return _as_read(network, "decoder", stream) if states == "normed" else stream


def _as_read(network: LoadedNetwork, module: str, stream: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What the layer above reads of each state; transformers normalises the last one itself."""
    *below, last = stream
    layers = network.family.layers(network.model, module)
    norms = [network.family.first_norm(layer) for layer in layers]
    as_read = (
        state if norm is None else norm(state) for norm, state in zip(norms, below, strict=True)
    )
    return (*as_read, last)
