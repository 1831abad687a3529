"""How far words of each class move: parts of speech, dependencies, semantic tags, frequencies."""

from typing import Final

WORD_CLASSES: Final = "word_classes"
"""The name under which results are kept."""
