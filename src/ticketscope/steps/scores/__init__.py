"""Scores of sentences from elsewhere: COMET, MetricX, judgements of people."""

from typing import Final

SCORES: Final = "scores"
"""The name under which they are kept."""
