"""Which texts a network has room for: losses and minimal pairs are never cut or read in windows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ticketscope.text.tokenizer import Tokenizer


def positions_needed(
    tokenizer: Tokenizer, sources: Sequence[str], targets: Sequence[str]
) -> NDArray[np.int64]:
    """The positions that each pair takes on its longer side, special symbols included,
    ``[num_pairs]``."""
    frame = tokenizer.frame
    read = [len(ids) + frame.num_source for ids in tokenizer.source.encode(sources)]
    said = [len(ids) + frame.num_target for ids in tokenizer.target.encode(targets)]
    return np.maximum(np.array(read, dtype=np.int64), np.array(said, dtype=np.int64))


def longest_translation(tokenizer: Tokenizer, max_positions: int) -> int:
    """The most pieces that a translation can have, end of sentence included."""
    return max_positions - tokenizer.frame.num_target + 1
