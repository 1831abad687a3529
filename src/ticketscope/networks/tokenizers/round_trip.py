"""Whether text comes back from the ids of a tokenizer."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticketscope.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class RoundTrip:
    """What came back of sentences that were encoded and decoded.

    Args:
        num_sentences: how many were tried.
        num_same: how many came back, but for what normalisation changes.
        lost: the first that did not, and what came of it; empty where all did.
    """

    num_sentences: int
    num_same: int
    lost: tuple[str, str] | tuple[()]


def round_trip(tokenizer: Tokenizer, sentences: Sequence[str]) -> RoundTrip:
    """Encode and decode each sentence with the target side, and compare."""
    raise NotImplementedError
