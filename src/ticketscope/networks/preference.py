"""How likely a network finds each of two translations: the test of a minimal pair."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ticketscope.networks.batches import Pairs, PairsInMemory, collate, ordered_batches
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import SentenceLosses, batch_losses
from ticketscope.networks.trace.rows import Pieces, evaluating


def log_probabilities(
    network: LoadedNetwork,
    sources: Sequence[Pieces],
    rights: Sequence[Pieces],
    wrongs: Sequence[Pieces],
    *,
    max_tokens: int,
    device: str,
) -> NDArray[np.float64]:
    """Log-probability in nats of the right and of the wrong translation of each source,
    ``[num_pairs, 2]``.

    The sum over target pieces, end of sentence included, each predicted from the right or the wrong
    pieces before it (Sennrich 2017). Pieces are given without special symbols. A source is encoded
    once. Translations of the same pieces have the very same log-probability. The network is left in
    the mode (training or evaluation) it was in; no sentence may be longer than its positions.
    """
    triples = zip(sources, rights, wrongs, strict=True)
    lengths = np.array([max(map(len, triple)) + 1 for triple in triples])
    found = np.zeros((len(lengths), 2))
    # Half the tokens, since every source is read with two translations.
    for places in ordered_batches(lengths, max_tokens // 2):
        targets = [side[place] for side in (rights, wrongs) for place in places]
        with evaluating(network), torch.no_grad():
            losses_B = _losses(network, [sources[place] for place in places], targets, device)
        found[places] = -losses_B.reshape(2, -1).T
    _equate(found, rights, wrongs)
    return found


def by_losses(
    losses_of: Callable[[Pairs], SentenceLosses],
    sources: Sequence[Pieces],
    rights: Sequence[Pieces],
    wrongs: Sequence[Pieces],
) -> NDArray[np.float64]:
    """The same as `log_probabilities`, by what gives losses of pairs."""
    nll = losses_of(PairsInMemory([*sources, *sources], [*rights, *wrongs]))
    found: NDArray[np.float64] = -nll.negative_log_likelihood.reshape(2, -1).T
    _equate(found, rights, wrongs)
    return found


def _equate(found: NDArray[np.float64], rights: Sequence[Pieces], wrongs: Sequence[Pieces]) -> None:
    """Give translations of the same pieces the very same figure."""
    same = np.array([tuple(a) == tuple(b) for a, b in zip(rights, wrongs, strict=True)], dtype=bool)
    found[same, 1] = found[same, 0]


def _losses(
    network: LoadedNetwork,
    sources: Sequence[Pieces],
    targets: Sequence[Pieces],
    device: str,
) -> NDArray[np.float64]:
    """Of twice as many targets as sources: the right ones, then the wrong ones."""
    pairs = PairsInMemory([*sources, *sources], targets)
    batch = collate(pairs, range(len(targets)), network.frame).to(device)
    num = len(sources)
    once = replace(
        batch, source_BS=batch.source_BS[:num], source_mask_BS=batch.source_mask_BS[:num]
    )
    encoded_BSD = network.encoded(once).repeat(2, 1, 1)
    losses: NDArray[np.float64] = batch_losses(network, batch, encoded_BSD).cpu().numpy()
    return losses
