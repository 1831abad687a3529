"""Tokenizers of networks that others trained, read from the files beside their weights."""

from ticketscope.networks.tokenizers.opening import StoredIds, forced_bos, open_tokenizer
from ticketscope.networks.tokenizers.round_trip import RoundTrip, round_trip

__all__ = ["RoundTrip", "StoredIds", "forced_bos", "open_tokenizer", "round_trip"]
