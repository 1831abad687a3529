"""The rows of networks.csv: which networks others gave, and how large they are."""

from collections.abc import Iterator
from math import prod
from typing import Any

from ticketscope.networks.network import Network
from ticketscope.networks.stored_weights import all_files
from ticketscope.steps.bench import Bench


def network_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """One row per network, in the order of the panel."""
    for network in bench.panel.networks.values():
        yield network_row(network)


def network_row(network: Network) -> dict[str, Any]:
    """How large a network is. Reads no weight, but for how large they are."""
    assert network.label is not None
    shape, folder = network.shape, network.folder
    return {
        "arm": network.label.arm,
        "replicate": network.label.replicate,
        "level": network.label.level,
        "directory": str(network.directory),
        "network_class": shape.network_class.__name__,
        "num_parameters": sum(map(prod, folder.parameter_shapes.values())),
        "encoder_layers": shape.layers["encoder"],
        "decoder_layers": shape.layers["decoder"],
        "width": shape.d_model,
        "tokenizer": network.tokenizer.name,
        "vocabulary": len(network.tokenizer.source.names),
        "bytes": sum(file.stat().st_size for file in all_files(folder.stored)),
    }
