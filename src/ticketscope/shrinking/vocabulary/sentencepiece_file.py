"""A SentencePiece model file, of which ordinary pieces are taken away.

The file is a protocol buffer; what stays of it stays byte for byte. Only its outermost layer and
name, score and type of each piece are read, so that no library for such files is needed.
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import sentencepiece

from ticketscope.errors import InputError
from ticketscope.shrinking.vocabulary.derivations import steps
from ticketscope.text.input_files import read_input

# Fields of ModelProto, SentencePiece and TrainerSpec in sentencepiece_model.proto.
_PIECES, _TRAINER, _SELF_TEST = 1, 2, 4
_NAME, _SCORE, _TYPE = 1, 2, 3
_NORMAL: Final = 1
_MODEL_TYPE, _BPE, _UNIGRAM = 3, 2, 1


@dataclass(frozen=True)
class _Piece:
    name: str
    score: float
    is_normal: bool


@dataclass(frozen=True)
class SentencePieceFile:
    """A model file."""

    path: Path

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """The pieces that may go: not those for control, bytes, what is unknown, and what the user
        defined."""
        return frozenset(piece.name for piece in self._pieces if piece.is_normal)

    def cut(self, texts: Sequence[str]) -> set[str]:
        """All pieces that texts are cut into."""
        cut = self._processor.encode(list(texts), out_type=str, num_threads=1)
        return {piece for pieces in cut for piece in pieces}

    def steps(self, names: Collection[str]) -> set[str]:
        """All ordinary pieces that take part in cutting out these."""
        own = self.ordinary & set(names)
        if self._kind == _UNIGRAM:  # the best of all ways to cut, whatever others there are
            return set(own)
        scores = {piece.name: piece.score for piece in self._pieces}

        def rank(left: str, right: str) -> float | None:
            score = scores.get(left + right)
            return None if score is None else -score

        return steps(own, rank) & self.ordinary

    def without(self, names: Collection[str]) -> bytes:
        """The file without some ordinary pieces. Samples that prove it at loading are left out,
        since they are of the file before."""
        going = self.ordinary & set(names)
        kept = []
        for number, value, whole in _fields(self._content):
            piece = _piece(value) if number == _PIECES and isinstance(value, bytes) else None
            if number != _SELF_TEST and not (piece and piece.is_normal and piece.name in going):
                kept.append(whole)
        return b"".join(kept)

    @cached_property
    def _content(self) -> bytes:
        return read_input(self.path)

    @cached_property
    def _processor(self) -> sentencepiece.SentencePieceProcessor:
        return sentencepiece.SentencePieceProcessor(model_proto=self._content)

    @cached_property
    def _pieces(self) -> list[_Piece]:
        return [
            _piece(value)
            for number, value, _ in _fields(self._content)
            if number == _PIECES and isinstance(value, bytes)
        ]

    @cached_property
    def _kind(self) -> int:
        for number, value, _ in _fields(self._content):
            if number == _TRAINER and isinstance(value, bytes):
                kinds = [inner for field, inner, _ in _fields(value) if field == _MODEL_TYPE]
                kind = int(kinds[-1]) if kinds else _UNIGRAM
                if kind not in (_UNIGRAM, _BPE):
                    raise InputError(
                        f"{self.path}: a SentencePiece model of words or characters, from which no "
                        "pieces are taken; leave out --vocabulary"
                    )
                return kind
        return _UNIGRAM


def _piece(content: bytes) -> _Piece:
    fields = {number: value for number, value, _ in _fields(content)}
    name, score = fields[_NAME], fields.get(_SCORE, b"\0\0\0\0")
    assert isinstance(name, bytes)
    assert isinstance(score, bytes)
    [value] = struct.unpack("<f", score)
    return _Piece(name.decode("utf-8"), value, fields.get(_TYPE, _NORMAL) == _NORMAL)


# ----------------------------------------------------------------------------- protocol buffers


def _fields(content: bytes) -> Iterator[tuple[int, bytes | int, bytes]]:
    """Number, value and all bytes of every field of a message."""
    place = 0
    while place < len(content):
        start = place
        tag, place = _varint(content, place)
        kind = tag & 7
        value: bytes | int
        if kind == 0:
            value, place = _varint(content, place)
        else:
            if kind == 2:
                length, place = _varint(content, place)
            else:
                length = {1: 8, 5: 4}[kind]
            value = content[place : place + length]
            place += length
        yield tag >> 3, value, content[start:place]


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """A number of 7 bits per byte, lowest first, and the place behind it."""
    value = shift = 0
    while True:
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place
