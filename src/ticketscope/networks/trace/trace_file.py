"""Activations of words in a file, so that a network that many are compared with is read once."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ticketscope.files import appearing
from ticketscope.networks.trace.activations import Trace

_OF_WORDS = ("sentences", "decoder_sentences", "words", "decoder_words")
_COUNTS = ("num_without_piece", "num_windowed")


def write_trace(found: Trace, path: Path) -> None:
    """Keep it: the very same numbers."""
    arrays: dict[str, NDArray[np.generic]] = {
        **{name: getattr(found, name) for name in _OF_WORDS},
        **{name: np.array(getattr(found, name)) for name in _COUNTS},
        **{f"encoder-{number}": layer for number, layer in enumerate(found.encoder)},
        **{f"decoder-{number}": layer for number, layer in enumerate(found.decoder)},
    }
    with appearing(path) as partial, partial.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_trace(path: Path) -> Trace:
    """What `write_trace` kept."""
    with np.load(path, allow_pickle=False) as arrays:
        depths = {
            module: sum(name.startswith(f"{module}-") for name in arrays.files)
            for module in ("encoder", "decoder")
        }
        encoder, decoder = (
            tuple(arrays[f"{module}-{number}"] for number in range(depth))
            for module, depth in depths.items()
        )
        return Trace(
            encoder=encoder,
            decoder=decoder,
            sentences=arrays["sentences"],
            decoder_sentences=arrays["decoder_sentences"],
            words=arrays["words"],
            decoder_words=arrays["decoder_words"],
            num_without_piece=int(arrays["num_without_piece"]),
            num_windowed=int(arrays["num_windowed"]),
        )
