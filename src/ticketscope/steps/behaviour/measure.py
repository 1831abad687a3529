"""What a network makes of the minimal pairs: the log-probability of right and wrong."""

from typing import Any

from ticketscope.networks.network import Network
from ticketscope.steps.behaviour.contrasts import kept
from ticketscope.steps.bench import Bench
from ticketscope.steps.preferences import preferences


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """By set of pairs ``[num_pairs, 2]``: right, wrong; in nats."""
    return preferences(network, bench, bench.once(kept))
