"""Bias and challenge sets: sentences that ask a network for one thing."""

from typing import Final

CHALLENGE: Final = "challenge"
"""The name under which results are kept."""
