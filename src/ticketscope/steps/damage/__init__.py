"""What broke in translations, by kinds that a reader can see."""

from typing import Final

DAMAGE: Final = "damage"
"""The name under which results are kept."""
