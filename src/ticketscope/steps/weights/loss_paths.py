"""Whether the loss rises on the straight line between two networks (Frankle et al. 2020)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ticketscope.config import Connectivity
from ticketscope.corpus.stored_texts import HeldOut
from ticketscope.measures.connectivity import barrier
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.network import Network
from ticketscope.networks.straight_line import losses_between
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.held_out import first_pairs

if TYPE_CHECKING:
    from ticketscope.networks.panel import Panel

SHARES: Final = tuple(step / 10 for step in range(11))
"""How far along the line the loss is measured, ends included."""


def connected_with(label: LevelId, panel: "Panel") -> list[LevelId]:
    """The dense network of its replicate, and the level before of its arm; none for a dense one."""
    reference = panel.reference(label)
    if reference is None or not panel[reference].has_states:
        return []
    before = LevelId(label.replicate, label.arm, label.level - 1)
    return [reference, *([before] if before in panel.with_states else [])]


def pairs_of(held_out: HeldOut, settings: Connectivity) -> tuple[list[str], list[str]]:
    """The pairs that the loss is followed on: sources and targets."""
    sources: list[str] = []
    targets: list[str] = []
    for name, number in first_pairs(held_out, settings.sentences, settings.num_sentences):
        text = held_out.text(name)
        sources += text.source[:number]
        targets += text.target[:number]
    return sources, targets


def measure(network: Network, others: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """The loss on the way from each of the others to the network, and the barrier in between."""
    comparable = [other for other in others if _on_one_line(network, other)]
    sources, targets = pairs_of(bench.held_out, bench.study.connectivity)
    pairs, end = network.pairs(sources, targets), network.load(device=bench.device)
    return {
        str(other.label): _between(other.load(device=bench.device), end, pairs, bench)
        for other in comparable
    }


def _on_one_line(network: Network, other: Network) -> bool:
    """Whether both have the same tensors in the same shapes, and read the same pieces."""
    return (
        network.folder.parameter_shapes == other.folder.parameter_shapes
        and network.tokenizer.digest == other.tokenizer.digest
    )


def _between(
    start: LoadedNetwork, end: LoadedNetwork, pairs: PairsInMemory, bench: Bench
) -> dict[str, Any]:
    nats_PS = losses_between(start, end, pairs, SHARES, max_tokens=bench.max_tokens)
    num_tokens_S = pairs.target_lengths.astype(np.int64) + len(end.frame.target_after)
    path = nats_PS.sum(axis=1) / num_tokens_S.sum()
    figures = {
        f"path_loss_{round(100 * share)}": {"value": float(loss)}
        for share, loss in zip(SHARES, path, strict=True)
    }
    return figures | {
        name: estimate.cells() for name, estimate in barrier(nats_PS, num_tokens_S).items()
    }
