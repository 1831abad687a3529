"""Pieces of a SentencePiece model under the ids of a table, as slow tokenizers have them."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import sentencepiece

from ticketscope.config import digest
from ticketscope.errors import InputError
from ticketscope.networks.tokenizers.piece_model import Spelled
from ticketscope.text.input_files import read_input

_SPACE = "▁"


class SentencePieces:
    """A model file, and for each piece the row that it has in the network.

    The library itself cuts the text, as in training; nothing is converted for another library, so
    neither protobuf nor tiktoken is needed.
    """

    def __init__(
        self,
        path: Path,
        ids: Mapping[str, int] | None = None,
        *,
        unknown: str = "<unk>",
        special: frozenset[str] = frozenset(),
        surface_of_unknown: bool = True,
        around: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
    ) -> None:
        """Read a model file.

        Args:
            path: of the model file.
            ids: of names; None where pieces have the ids of the model itself.
            unknown: the name of the unknown symbol.
            special: names that no text becomes, beside the control symbols of the model.
            surface_of_unknown: whether a stretch of text that the model does not know is looked up
                among the names as it is (Marian's and M2M100's way: it may be a piece of the other
                side) before it is unknown.
            around: what stands before and behind the pieces.

        Raises `InputError` when it is missing or no SentencePiece model.
        """
        content = read_input(path)
        try:
            if not content:  # for the library a model that is still to be loaded
                raise ValueError
            self._processor: Final = sentencepiece.SentencePieceProcessor(model_proto=content)
            pieces = [self._processor.id_to_piece(n) for n in range(len(self._processor))]
        except (RuntimeError, ValueError):  # UnicodeDecodeError is one
            pieces = []
        if not pieces:  # an empty file gives a model without any
            raise InputError(f"{path}: not a SentencePiece model, or damaged; get it again")
        if ids is None:
            ids = {piece: number for number, piece in enumerate(pieces)}
            unknown = pieces[self._processor.unk_id()]
        silent = {
            piece
            for number, piece in enumerate(pieces)
            if self._processor.is_control(number) or self._processor.is_unused(number)
        }
        self.ids: Final = ids
        self.special: Final = frozenset(ids) & (special | silent)
        self.unknown: Final = ids[unknown]
        self.around: Final = around
        self._ids_of_text: Final = {
            name: number
            for name, number in ids.items()
            if name not in self.special and name != unknown
        }
        if not surface_of_unknown:
            for name in self._ids_of_text.keys() - set(pieces):
                del self._ids_of_text[name]
        self.identity: Final = digest(
            {
                "model": hashlib.sha256(content).hexdigest(),
                "ids": self._ids_of_text,
                "unknown": self.unknown,
            }
        )
        rowless = [
            piece
            for number, piece in enumerate(pieces)
            if piece not in ids and piece not in silent and not self._processor.is_unknown(number)
        ]
        self.remarks: Final = (
            (
                f"{len(rowless):,} pieces of {path.name} have no row and are unknown, "
                f"such as {rowless[0]}",
            )
            if rowless
            else ()
        )

    def __len__(self) -> int:
        return len(self._processor)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text."""
        ids, unknown = self._ids_of_text, self.unknown
        cut = self._processor.encode(list(texts), out_type=str, num_threads=1)
        return [[ids.get(piece, unknown) for piece in pieces] for pieces in cut]

    def spelled(self, text: str) -> Spelled:
        """The pieces of a text with what they spell; an unknown one is spelled, too."""
        processor = self._processor
        numbers, pieces = processor.encode(text), processor.encode(text, out_type=str)
        return Spelled(
            [self._ids_of_text.get(piece, self.unknown) for piece in pieces],
            [
                bytes([int(piece[3:5], 16)])
                if processor.is_byte(number)
                else piece.replace(_SPACE, " ")
                for number, piece in zip(numbers, pieces, strict=True)
            ],
        )

    def decode(self, names: Sequence[str]) -> str:
        """The text of names."""
        text: str = self._processor.decode_pieces(list(names))
        return text.replace(_SPACE, " ")
