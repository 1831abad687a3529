"""The codec of one side: a model of pieces, and the prefix that stands before every text."""

from collections.abc import Sequence
from typing import Final

from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.piece_model import PieceModel
from ticketscope.text.pieces import pieces_of_words
from ticketscope.text.tokenizer import AlignedSentence
from ticketscope.text.words import RawSentence

_PROBES = ("a", "A", "1", "é", "'s", ".", ")", "-", "a b", "日")
"""Texts of all kinds of beginnings, to see whether a prefix stays apart from a text."""


def nameless(number: int) -> str:
    """What a row is called that has no name of its own."""
    return f"<row {number}>"


class PieceCodec:
    """Pieces and ids of texts of one side.

    A text is cut together with the prefix before it, as the network saw it in training; the pieces
    of the prefix are then left out, since they belong to the frame. Behind a prefix blanks alone
    have no piece.

    Attributes:
        names: of the rows of the embedding, special symbols included; a row without a name of its
            own is called by its number.
        head: ids of the pieces of the prefix.
    """

    def __init__(self, model: PieceModel, num_rows: int, prefix: str = "") -> None:
        """Take a model of pieces and what stands before every text, blanks at its end included.

        Raises `InputError` where pieces of the prefix run into those of a text.
        """
        self._model: Final = model
        self._prefix: Final = prefix
        names = [nameless(number) for number in range(num_rows)]
        for name, number in model.ids.items():
            if number < num_rows:
                names[number] = name
        self.names: Final = tuple(names)
        self._silent: Final = frozenset(
            {model.unknown} | {model.ids[name] for name in model.special}
        )
        # A blank at the end of the prefix belongs to the first piece of the text.
        self.head: Final = tuple(model.encode([prefix.rstrip()])[0]) if prefix.strip() else ()
        if prefix[-1:].isalnum():
            raise InputError(
                f"prefix: {prefix!r} ends within a word, and the first word of a text would run on "
                "from there; end it with a blank"
            )
        if prefix:
            self.encode(_PROBES)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text. Raises `InputError` for one that runs into the prefix."""
        if not self._prefix:
            return self._model.encode(texts)
        joined = self._model.encode([self._prefix + text for text in texts])
        return [self._behind_head(ids, text) for ids, text in zip(joined, texts, strict=True)]

    def align(self, sentence: RawSentence) -> AlignedSentence:
        """Encode a sentence and find the pieces of each of its words. Raises as `encode`."""
        spelled = self._model.spelled(self._prefix + sentence.text)
        ids = self._behind_head(spelled.ids, sentence.text)
        surfaces = spelled.surfaces[len(self.head) :]
        return AlignedSentence(tuple(ids), pieces_of_words(sentence, surfaces))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, one line; special symbols are dropped, the unknown one and rows without a
        name too."""
        known = [self.names[number] for number in ids if number not in self._silent]
        text = self._model.decode([name for name in known if name in self._model.ids])
        # Pieces may spell the end of a line, and a text is one line, whoever reads it.
        return " ".join(text.splitlines()).strip()

    def _behind_head(self, ids: list[int], text: str) -> list[int]:
        num_head = len(self.head)
        if tuple(ids[:num_head]) != self.head:
            raise InputError(
                f"prefix: {self._prefix!r} and the text {text[:40]!r} have a piece in common, so "
                "that the prefix cannot be told from the first word; end the prefix with a blank"
            )
        # The blank at the end of a prefix may be a piece, but is nothing to translate.
        return ids[num_head:] if text.strip() or not self._prefix else []
