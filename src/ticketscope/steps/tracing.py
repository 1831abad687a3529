"""What networks hold of the words of some sentences, in the states that a run asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.config import digest
from ticketscope.errors import JobError
from ticketscope.networks.network import Network
from ticketscope.networks.trace import Trace, read_trace, trace, write_trace
from ticketscope.steps.bench import Bench
from ticketscope.text.tokenizer import AlignedSentence


@dataclass(frozen=True)
class InPieces:
    """Sentences as a network sees them.

    Args:
        sources: for the encoder.
        targets: their translations, where the decoder is measured.
    """

    sources: list[AlignedSentence]
    targets: list[AlignedSentence] | None = None


def in_both(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> list[NDArray[np.intp] | None]:
    """Which words of two networks have a piece in both, given the places that those of either have
    among all words, ascending: of each network the rows of its vectors; None for all of them."""
    if np.array_equal(ours, theirs):
        return [None, None]
    _, *rows = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    return [*rows]


def traced(
    network: Network,
    sources: Sequence[AlignedSentence],
    bench: Bench,
    targets: Sequence[AlignedSentence] | None = None,
) -> Trace:
    """The activations of every word, those of translations too where `targets` are given.

    Those of a dense network are kept for all that are compared with it, until the run has measured
    everything.

    Raises `JobError` for a network that is damaged or whose activations are not finite.
    """
    if network.label not in bench.panel.dense:
        return _traced(network, sources, bench, targets)
    identity = {
        "network": network.digest,
        "sentences": [[each.ids, each.pieces_of_words] for each in (*sources, *(targets or ()))],
        "with_targets": targets is not None,
        "states": bench.study.representations.states,
    }
    kept = bench.run.readings / f"{digest(identity)}.npz"
    if kept.exists():
        return read_trace(kept)
    found = _traced(network, sources, bench, targets)
    write_trace(found, kept)
    return found


def _traced(
    network: Network,
    sources: Sequence[AlignedSentence],
    bench: Bench,
    targets: Sequence[AlignedSentence] | None,
) -> Trace:
    found = trace(
        network.load(device=bench.device),
        sources,
        targets=targets,
        states=bench.study.representations.states,
        max_tokens=bench.max_tokens,
        max_positions=network.shape.max_positions,
        device=bench.device,
    )
    if not all(np.isfinite(layer).all() for layer in (*found.encoder, *found.decoder)):
        raise JobError(
            f"{network.directory}: gives activations that are not finite: the training "
            "diverged; lower training.peak_rate"
        )
    return found
