"""What networks make of noisy sources."""

from typing import Final

ROBUSTNESS: Final = "robustness"
"""The name under which results are kept."""
