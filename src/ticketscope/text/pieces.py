"""Words aligned to the pieces of a tokenizer by characters alone.

Slow tokenizers say nothing of where a piece lies in the text, and fast ones err where the text is
normalised first. The pieces themselves spell the normalised text; so each character of the raw text
is found again in what they spell.
"""

from collections.abc import Sequence
from typing import TypeAlias

from ticketscope.text.words import RawSentence

Surface: TypeAlias = str | bytes | None
"""What a piece spells: characters, a blank for SentencePiece's space mark included; bytes of UTF-8,
where a character may be spread over several pieces; None for the unknown symbol, which stands for
one character or several."""


def pieces_of_words(
    sentence: RawSentence, surfaces: Sequence[Surface]
) -> tuple[tuple[int, ...], ...]:
    """For each word the positions of the pieces that hold what became of its characters, ascending.

    A piece that is only blank belongs to no word; a piece that straddles two words to both. A word
    of which nothing is left has no piece.
    """
    raise NotImplementedError
