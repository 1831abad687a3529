"""Whether the probabilities of a network are what they say."""

from typing import Final

CALIBRATION: Final = "calibration"
"""The name under which results are kept."""
