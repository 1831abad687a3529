"""The rows of networks.csv: which networks others gave, and how large they are."""

from collections.abc import Iterator
from dataclasses import asdict
from math import prod
from typing import Any

from ticketscope.networks.decoding.engine_file import ENGINE_FILE
from ticketscope.networks.network import Network
from ticketscope.networks.stored_weights import all_files
from ticketscope.steps.bench import Bench


def network_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """One row per network, in the order of the panel."""
    for network in bench.panel.networks.values():
        yield network_row(network)


def network_row(network: Network) -> dict[str, Any]:
    """What a network is and how large. Of its weights one row is read, no more."""
    assert network.label is not None
    tokenizer = network.tokenizer
    return {
        "arm": network.label.arm,
        "replicate": network.label.replicate,
        "level": network.label.level,
        **{f"sparsity_{over}": share for over, share in asdict(network.sparsity).items()},
        "directory": str(network.directory),
        **(_of_states(network) if network.has_states else _of_engine(network)),
        "decoder_start": "nothing" if network.starts_from_nothing else "piece",
        "tokenizer": tokenizer.name,
        "vocabulary": len(tokenizer.source.names),
    }


def _of_states(network: Network) -> dict[str, Any]:
    """What the directory of a network of transformers tells."""
    shape, folder = network.shape, network.folder
    return {
        "network_class": shape.network_class.__name__,
        "num_parameters": sum(map(prod, folder.parameter_shapes.values())),
        "encoder_layers": shape.layers["encoder"],
        "decoder_layers": shape.layers["decoder"],
        "width": shape.d_model,
        "bytes": sum(file.stat().st_size for file in all_files(folder.stored)),
    }


def _of_engine(network: Network) -> dict[str, Any]:
    """What a directory of CTranslate2 tells."""
    return {
        "network_class": "CTranslate2",
        "bytes": (network.directory / ENGINE_FILE).stat().st_size,
    }
