"""The loss of the networks that lie on the straight line between two."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ticketscope.networks.batches import Pairs
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import sentence_losses


@torch.no_grad()
def losses_between(
    first: LoadedNetwork,
    last: LoadedNetwork,
    pairs: Pairs,
    shares: Sequence[float],
    *,
    max_tokens: int,
) -> NDArray[np.float64]:
    """Negative log-likelihood in nats of each sentence at each point, ``[points, sentences]``.

    A point is ``(1 - share) * first + share * last``, all that is stored of them taken together:
    weights, biases, layer norms, tables. Both networks have the same tensors in the same shapes.
    They are on one device and are left as they were.
    """
    ours, theirs = first.model.state_dict(), last.model.state_dict()
    starts = {name: tensor.clone() for name, tensor in ours.items() if tensor.is_floating_point()}
    found = np.empty((len(shares), len(pairs)))
    for of_point, share in zip(found, shares, strict=True):
        for name, start in starts.items():
            # Halves and the like are mixed as numbers of 32 bits, and rounded once.
            mixed = torch.lerp(start.float(), theirs[name].float(), share)
            ours[name].copy_(mixed)
        # Whether the output has a bias is known anew at each point: zeros on one end are none.
        losses = sentence_losses(replace(first), pairs, max_tokens=max_tokens, device=first.device)
        of_point[:] = losses.negative_log_likelihood
    for name, start in starts.items():
        ours[name].copy_(start)
    return found
