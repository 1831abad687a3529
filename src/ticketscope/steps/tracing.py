"""What networks hold of the words of some sentences, in the states that a run asks for."""

from collections.abc import Sequence

import numpy as np

from ticketscope.errors import JobError
from ticketscope.networks.network import Network
from ticketscope.networks.trace import Trace, trace
from ticketscope.steps.bench import Bench
from ticketscope.text.tokenizer import AlignedSentence


def traced(
    network: Network,
    sources: Sequence[AlignedSentence],
    bench: Bench,
    targets: Sequence[AlignedSentence] | None = None,
) -> Trace:
    """The activations of every word, those of translations too where `targets` are given.

    Raises `JobError` for a network that is damaged or whose activations are not finite.
    """
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
