"""What a network holds of words, and how alike two networks are."""

from typing import Final

REPRESENTATIONS: Final = "representations"
"""The name under which results are kept."""
