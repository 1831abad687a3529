"""What networks translate with beams of several sizes."""

from typing import Final

SEARCH: Final = "search"
"""The name under which results are kept."""
