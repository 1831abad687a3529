"""Whether networks of others have room for the texts that they are measured on."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.corpus.stored_texts import HeldOut
from ticketscope.errors import InputError
from ticketscope.networks.network import Network
from ticketscope.networks.positions import longest_translation, positions_needed

_MOST_LINES: Final = 20
"""How many numbers of lines one message names."""


def check_room(network: Network, texts: HeldOut, max_decoding_length: int) -> None:
    """Raise `InputError` for a pair that is longer than the network has positions, and for
    translations that may become longer.

    A loss is never cut, nor read in windows: a network that is asked beyond its positions stops,
    or answers with a figure that means nothing.
    """
    tokenizer, positions = network.tokenizer, network.max_positions
    if max_decoding_length > (longest := longest_translation(tokenizer, positions)):
        raise InputError(
            f"quality.max_decoding_length: a translation may have {max_decoding_length} pieces, "
            f"but {network.directory} has room for {longest}; "
            f"--set quality.max_decoding_length={longest}"
        )
    for name in texts.names:
        text = texts.text(name)
        needed = positions_needed(tokenizer, text.source, text.target)
        if len(lines := np.flatnonzero(needed > positions)):
            more = f", and {_told(lines[1:] + 1)} too long, too" if len(lines) > 1 else ""
            raise InputError(
                f"{name}: line {lines[0] + 1} has {needed[lines[0]]:,} pieces, special symbols "
                f"included, but {network.directory} has {positions:,} positions{more}; a loss is "
                "never cut: leave every such line out of both files, or leave this network out"
            )


def _told(lines: NDArray[np.int64]) -> str:
    """Numbers of lines, as long as they can be told."""
    if len(lines) == 1:
        return f"line {lines[0]} is"
    if len(lines) <= _MOST_LINES:
        return f"lines {', '.join(map(str, lines))} are"
    shown = ", ".join(map(str, lines[:_MOST_LINES]))
    return f"{len(lines):,} more (lines {shown}, …) are"
