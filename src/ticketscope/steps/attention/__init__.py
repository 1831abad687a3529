"""What the heads of a network attend to."""

from typing import Final

ATTENTION: Final = "attention"
HEAD_IMPORTANCE: Final = "head_importance"
"""The names under which results are kept."""
