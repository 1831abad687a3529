"""Which of two translations is likelier to a network: what minimal pairs and challenge sets ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ticketscope.corpus.grammar import Contrast
from ticketscope.networks.network import Network
from ticketscope.networks.positions import positions_needed
from ticketscope.networks.preference import by_losses, log_probabilities
from ticketscope.steps.bench import Bench


def preferences(
    network: Network, bench: Bench, sets: Mapping[str, Sequence[Contrast]]
) -> dict[str, list[list[float]]]:
    """Of every set of pairs the log-probabilities ``[num_pairs, 2]``: right, wrong; in nats. By the
    one engine that scores all networks of the panel."""
    read, said = network.tokenizer.source.encode, network.tokenizer.target.encode
    in_pieces = {
        name: (
            read([pair.source for pair in pairs]),
            said([pair.right for pair in pairs]),
            said([pair.wrong for pair in pairs]),
        )
        for name, pairs in sets.items()
    }
    if bench.panel.scores_by_engine:
        with bench.scoring(network) as losses_of:
            return {
                name: by_losses(losses_of, *pairs).tolist() for name, pairs in in_pieces.items()
            }
    loaded = network.load(device=bench.device)
    return {
        name: log_probabilities(
            loaded, *pairs, max_tokens=bench.max_tokens, device=bench.device
        ).tolist()
        for name, pairs in in_pieces.items()
    }


@dataclass(frozen=True)
class TooLong:
    """Args:
    needed: positions that a pair takes, end of sentence included.
    positions: how many a network has.
    """

    needed: int
    positions: int


def too_long(pairs: Sequence[Contrast], bench: Bench) -> Iterator[tuple[int, TooLong]]:
    """The places of pairs that do not fit some network; a place may come again."""
    panel = bench.panel
    tokenizers = {
        (tokenizer.digest, tokenizer.frame, positions): (tokenizer, positions)
        for label in panel.labels
        for tokenizer, positions in [(panel.tokenizer(label), panel.extent(label).positions)]
    }
    sources = [pair.source for pair in pairs]
    for tokenizer, positions in tokenizers.values():
        for side in ([pair.right for pair in pairs], [pair.wrong for pair in pairs]):
            needed = positions_needed(tokenizer, sources, side)
            for place in np.flatnonzero(needed > positions):
                yield int(place), TooLong(int(needed[place]), positions)
