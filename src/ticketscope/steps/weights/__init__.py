"""What pruning did to the weights of a network."""

from typing import Final

WEIGHTS: Final = "weights"
MASK_OVERLAP: Final = "mask_overlap"
CONNECTIVITY: Final = "connectivity"
"""The names under which results are kept."""
