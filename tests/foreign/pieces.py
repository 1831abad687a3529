"""SentencePiece models and their parts, as the makers of published networks have them."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import sentencepiece

from foreign.texts import train_pairs

# Words and characters that no sentence has: real vocabularies know many.
_OTHER = (
    "Pack my box with five dozen liquor jugs, for the quick brown fox jumps over lazy people.",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, während Falsches üblich ist.",
)
_CHARACTERS = (
    "abcdefghijklmnopqrstuvwxyzäöüßABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ0123456789.,:;!?'\"()-–éèñç"
)


def texts(*sides: Literal[0, 1]) -> list[str]:
    """What tokenizers are trained on."""
    pairs = [pair[side] for pair in train_pairs(1_000) for side in sides]
    return [*pairs, *(_OTHER[side] for side in sides for _ in range(40)), " ".join(_CHARACTERS)]


def sentencepiece_model(
    sides: tuple[Literal[0, 1], ...],
    *,
    size: int = 230,
    kind: Literal["unigram", "bpe"] = "unigram",
    normalizer: str = "nmt_nfkc",
    pad: int = -1,
    eos: int = 2,
    unk: int = 0,
    bos: int = 1,
    symbols: Iterable[str] = (),
    also: Iterable[str] = (),
) -> bytes:
    """A SentencePiece model of one side or of both, and of `also`."""
    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*texts(*sides), *also]),
        model_writer=file,
        vocab_size=size,
        model_type=kind,
        normalization_rule_name=normalizer,
        pad_id=pad,
        eos_id=eos,
        unk_id=unk,
        bos_id=bos,
        user_defined_symbols=list(symbols),
        character_coverage=1.0,
        num_threads=1,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return file.getvalue()


def scored(model: bytes) -> list[tuple[str, float]]:
    """Its pieces with their scores, in the order of their ids."""
    read = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(read.id_to_piece(i), read.get_score(i)) for i in range(read.get_piece_size())]


def merges(pieces: Iterable[str]) -> list[tuple[str, str]]:
    """The merges of a BPE model: every piece from every two pieces that make it, first ones first.

    This is what the converter of transformers does.
    """
    rank = {piece: number for number, piece in enumerate(pieces)}
    found = [
        (rank[piece], rank[piece[:cut]], rank[piece[cut:]], piece[:cut], piece[cut:])
        for piece in rank
        for cut in range(1, len(piece))
        if piece[:cut] in rank and piece[cut:] in rank
    ]
    return [(left, right) for _, _, _, left, right in sorted(found)]


def charsmap(model: bytes) -> bytes:
    """The table of its normaliser, as tokenizers wants it: field 2 of field 3 of the protocol
    buffer, read here by hand so that no test needs protobuf."""
    return _field(_field(model, 3), 2)


def _field(message: bytes, wanted: int) -> bytes:
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(message):
        key = number()
        kind = key & 7
        if kind == 0:
            number()
        else:
            length = {1: 8, 5: 4}[kind] if kind != 2 else number()
            if key >> 3 == wanted:
                return message[place : place + length]
            place += length
    return b""


def write(folder: Path, name: str, model: bytes) -> Path:
    """Put a model into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(model)
    return path
