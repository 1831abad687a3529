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


def network_of(foreign: Foreign, directory: Path) -> Network:
    """A directory as ticketscope has it, told what its user has to tell."""
    return Network.from_directory(
        directory,
        source_code=foreign.source_code,
        target_code=foreign.target_code,
        prefix=foreign.prefix,
    )
