"""What a network makes of the minimal pairs: the log-probability of right and wrong."""

from typing import Any

from ticketscope.networks.network import Network
from ticketscope.networks.preference import by_losses, log_probabilities
from ticketscope.steps.behaviour.contrasts import kept
from ticketscope.steps.bench import Bench


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """By set of pairs ``[num_pairs, 2]``: right, wrong; in nats."""
    read, said = network.tokenizer.source.encode, network.tokenizer.target.encode
    sets = {
        name: (
            read([contrast.source for contrast in contrasts]),
            said([contrast.right for contrast in contrasts]),
            said([contrast.wrong for contrast in contrasts]),
        )
        for name, contrasts in bench.once(kept).items()
    }
    if bench.panel.scores_by_engine:
        with bench.scoring(network) as losses_of:
            return {name: by_losses(losses_of, *pairs).tolist() for name, pairs in sets.items()}
    loaded = network.load(device=bench.device)
    return {
        name: log_probabilities(
            loaded, *pairs, max_tokens=bench.max_tokens, device=bench.device
        ).tolist()
        for name, pairs in sets.items()
    }
