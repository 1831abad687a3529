"""Where a network breaks: minimal pairs, slices of the test sets, sentences it lost."""

from typing import Final

BEHAVIOUR: Final = "behaviour"
"""The name under which results are kept."""
