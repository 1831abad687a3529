"""Where in a network the damage sits."""

from typing import Final

CAUSES: Final = "causes"
"""The name under which results are kept."""
