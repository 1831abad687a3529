"""What a network expects of every piece of references."""

from typing import Any

from ticketscope.networks.network import Network
from ticketscope.networks.next_pieces import next_pieces
from ticketscope.steps.bench import Bench
from ticketscope.steps.first_sentences import first_sentences

_DIGITS = 6
"""Decimals of probabilities and nats."""


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """The figures of every piece, sentence after sentence, and how many each sentence has."""
    text = first_sentences(bench, bench.study.calibration.sentences)
    found = next_pieces(
        network.load(device=bench.device),
        network.pairs(text.source, text.target),
        max_tokens=bench.max_tokens,
        device=bench.device,
    )
    return {
        "confidence": found.confidence.round(_DIGITS).tolist(),
        "is_right": found.is_right.astype(int).tolist(),
        "entropy": found.entropy.round(_DIGITS).tolist(),
        "loss": found.loss.round(_DIGITS).tolist(),
        "num_pieces": found.num_pieces.tolist(),
    }
