"""Whether networks of others have room for the texts that they are measured on."""

import numpy as np

from ticketscope.corpus.stored_texts import HeldOut
from ticketscope.errors import InputError
from ticketscope.networks.network import Network
from ticketscope.networks.positions import longest_translation, positions_needed


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
            more = f", and {len(lines) - 1:,} more lines are too long" if len(lines) > 1 else ""
            raise InputError(
                f"{name}: line {lines[0] + 1} has {needed[lines[0]]:,} pieces, special symbols "
                f"included, but {network.directory} has {positions:,} positions{more}; leave such "
                "lines out of both files"
            )
