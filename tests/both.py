"""A network that ticketscope did not make, as it has it and as transformers has it."""

from dataclasses import dataclass
from pathlib import Path

from foreign.families import Foreign
from foreign.figures import Reference
from ticketscope.networks.network import Network


@dataclass(frozen=True, eq=False)
class Both:
    """The same directory twice."""

    network: Network
    reference: Reference


def never_said(network: Network) -> list[int]:
    """The ids that it never says, but its padding: they have no share of what it says next."""
    first, last = network.tokenizer.frame.labels
    return [i for i in range(network.shape.target_vocab_size) if not first <= i < last]


def network_of(foreign: Foreign, directory: Path) -> Network:
    """A directory as ticketscope has it, told what its user has to tell."""
    return Network.from_directory(
        directory,
        source_code=foreign.source_code,
        target_code=foreign.target_code,
        prefix=foreign.prefix,
    )
