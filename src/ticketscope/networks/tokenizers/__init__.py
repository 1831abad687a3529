"""Tokenizers of networks that others trained, read from the files beside their weights."""

from ticketscope.networks.tokenizers.opening import StoredIds, open_tokenizer
from ticketscope.networks.tokenizers.round_trip import RoundTrip, round_trip

__all__ = ["RoundTrip", "StoredIds", "open_tokenizer", "round_trip"]
