"""Whether text comes back from the ids of a tokenizer."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ticketscope.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class RoundTrip:
    """What came back of sentences that were encoded and decoded.

    Args:
        num_sentences: how many were tried.
        num_same: how many came back, but for what normalisation changes.
        lost: the first that did not, and what came of it; None where all did.
    """

    num_sentences: int
    num_same: int
    lost: tuple[str, str] | None


def round_trip(tokenizer: Tokenizer, sentences: Sequence[str]) -> RoundTrip:
    """Encode and decode each sentence with the target side, and compare without blanks, case and
    what NFKC makes equal: a tokenizer may change these."""
    codec = tokenizer.target
    back = [codec.decode(ids) for ids in codec.encode(sentences)]
    pairs = list(zip(sentences, back, strict=True))
    lost = [(text, again) for text, again in pairs if _plain(text) != _plain(again)]
    return RoundTrip(len(pairs), len(pairs) - len(lost), lost[0] if lost else None)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
