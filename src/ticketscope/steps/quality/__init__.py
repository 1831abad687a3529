"""How well a network translates."""

from typing import Final

QUALITY: Final = "quality"
"""The name under which results are kept."""
