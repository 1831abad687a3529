"""What the layers of a network hold: probes of linguistic tasks."""

from typing import Final

PROBING: Final = "probing"
"""The name under which results are kept."""
