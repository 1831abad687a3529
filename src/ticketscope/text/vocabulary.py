"""Joint subword vocabulary: SentencePiece pieces under the ids that the model class wants.

SentencePiece numbers pieces in its own way; here they get the ids that transformers' models expect:

* ``post`` (MarianMTModel): ``</s>`` 0, ``<unk>`` 1, pieces from 2 on, ``<pad>`` last; decoding
  starts with ``<pad>``; there is no beginning of sentence.
* ``pre`` (M2M100ForConditionalGeneration): ``<s>`` 0, ``<pad>`` 1, ``</s>`` 2, ``<unk>`` 3, pieces
  from 4 on; decoding starts with ``</s>``. The pad id must be 1 (see
  `ticketscope.networks.translate`).

Special symbols are ids only: no text, not even a literal ``</s>``, is ever encoded as one, except
that what the vocabulary cannot spell becomes ``<unk>``.
"""

import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import sentencepiece

from ticketscope import config, files
from ticketscope.errors import InputError
from ticketscope.text.input_files import read_input
from ticketscope.text.tokenizer import AlignedSentence, Frame, Tokenizer
from ticketscope.text.words import RawSentence

Norm = Literal["pre", "post"]

_EOS, _UNK, _PAD, _BOS = "</s>", "<unk>", "<pad>", "<s>"
_SPECIALS = (_EOS, _UNK, _PAD, _BOS)
# Special symbols before the pieces and after them.
_LAYOUTS: dict[Norm, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "post": ((_EOS, _UNK), (_PAD,)),
    "pre": ((_BOS, _PAD, _EOS, _UNK), ()),
}
_SPACE = "▁"  # how SentencePiece writes a space inside pieces


def num_rows(settings: config.Vocabulary, norm: Norm) -> int:
    """Rows of the embedding: as asked for, or as a given SentencePiece model has them.

    Raises `InputError` if that file cannot be read or is no such model.
    """
    return Vocabulary(Path(settings.model), norm).size if settings.model else settings.size


def train_sentencepiece(
    sentences: Iterable[str], settings: config.Vocabulary, norm: Norm, path: Path
) -> None:
    """Train a SentencePiece model on all of `sentences` and write it to `path`.

    The vocabulary has exactly `settings.size` rows, special symbols of `norm` included. The same
    sentences give the same bytes. Sampling (`settings.sample_size`) is up to the caller.

    Raises `InputError` when the corpus cannot fill so many rows or needs more of them, saying how
    many would do; errors of the iterator come through.
    """
    before, after = _LAYOUTS[norm]
    num_rows_outside = len(before) + len(after) - 1  # the model file itself holds <unk>
    model = io.BytesIO()
    source = _Watched(sentences)
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(source),
            model_writer=model,
            model_type=settings.kind,
            vocab_size=settings.size - num_rows_outside,
            character_coverage=settings.character_coverage,
            max_sentence_length=_LONGEST_LINE,
            num_threads=1,
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            minloglevel=_SILENT,
        )
    except RuntimeError as error:
        raise source.error or _explained(error, settings.size, num_rows_outside) from None
    with files.appearing(path) as partial:
        partial.write_bytes(model.getvalue())


_LONGEST_LINE = 2**24  # bytes; the default (4,192) would skip longer sentences without a word
_SILENT = 5  # above every level of SentencePiece's log


class _Watched:
    """Remembers the error of an iterable, which SentencePiece would replace by its own error."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.error: BaseException | None = None
        self._sentences = sentences

    def __iter__(self) -> Iterator[str]:
        try:
            yield from self._sentences
        except (Exception, KeyboardInterrupt) as error:
            self.error = error
            raise


def _explained(error: RuntimeError, size: int, num_rows_outside: int) -> Exception:
    """An `InputError` for what the user can mend; otherwise the error itself."""
    message = str(error)
    if most := re.search(r"size too high .* a value <= (\d+)", message):
        largest = int(most[1]) + num_rows_outside
        return InputError(
            f"vocabulary.size: the training text cannot fill {size} rows; "
            f"set it to {largest} or less"
        )
    if least := re.search(r"smaller than required_chars\. \d+ vs (\d+)", message):
        smallest = int(least[1]) + num_rows_outside
        return InputError(
            f"vocabulary.size: {size} rows cannot hold every character of the training text; "
            f"set it to {smallest} or more, or lower vocabulary.character_coverage"
        )
    if "!sentences_.empty()" in message or "all_chars_count" in message:
        return InputError("vocabulary: the training text is empty")
    return error


class Vocabulary:
    """Pieces and ids of one SentencePiece model under the layout of `norm`; immutable.

    The model may be trained here or come from elsewhere, whatever ids and control symbols of its
    own it has: its normal, user-defined and byte pieces become pieces here, in its order.

    Attributes:
        names: of the rows of the embedding matrix, special symbols included, in their order.
        ids: rows by name.
        size: how many rows there are.
        eos_id, unk_id, pad_id: ids of the special symbols.
        bos_id: likewise; None where the model class has none.
        decoder_start_id: what the decoder is fed first.
    """

    def __init__(self, model_file: Path, norm: Norm) -> None:
        """Read a model file. Raises `InputError` when it is missing or no SentencePiece model."""
        self._model: Final = read_input(model_file)
        self._sentencepiece: Final = _processor(self._model, model_file)
        before, after = _LAYOUTS[norm]
        pieces = _usable_pieces(self._sentencepiece, model_file)
        if named_as_special := sorted(set(pieces) & set(_SPECIALS)):
            raise InputError(
                f"{model_file}: has an ordinary piece {named_as_special[0]}, the name of a special "
                "symbol; retrain the SentencePiece model without it, or with it as a control symbol"
            )
        self.names: Final = (*before, *pieces, *after)
        self.ids: Final = {name: number for number, name in enumerate(self.names)}
        self._special_ids: Final = frozenset(self.ids[name] for name in before + after)

        self.size: Final = len(self.names)
        self.eos_id: Final = self.ids[_EOS]
        self.unk_id: Final = self.ids[_UNK]
        self.pad_id: Final = self.ids[_PAD]
        self.bos_id: Final = self.ids.get(_BOS)
        self.decoder_start_id: Final = self.pad_id if norm == "post" else self.eos_id
        # From SentencePiece's ids to those here; what is no piece here (control, unused) is
        # unknown.
        self._our_ids: Final = [
            self.ids[name] if name in pieces else self.unk_id
            for name in map(self._sentencepiece.id_to_piece, range(len(self._sentencepiece)))
        ]

    @property
    def frame(self) -> Frame:
        """The ids around its pieces; those before and after the pieces in its layout are never
        said, but for the end of sentence and what is unknown."""
        is_pad_last = self.pad_id > self.eos_id
        return Frame(
            pad=self.pad_id,
            source_before=(),
            source_after=(self.eos_id,),
            target_before=(self.decoder_start_id,),
            target_after=(self.eos_id,),
            labels=(self.eos_id, self.pad_id) if is_pad_last else (self.pad_id + 1, self.size),
        )

    def tokenizer(self) -> Tokenizer:
        """The same for both sides of a network."""
        content = hashlib.sha256(self._model).hexdigest()
        digest = config.digest({"sentencepiece": content, "names": self.names})
        return Tokenizer(self, self, self.frame, digest, "SentencePiece")

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, without end of sentence."""
        our_ids = self._our_ids
        encoded = self._sentencepiece.encode(list(texts), num_threads=1)
        return [[our_ids[number] for number in numbers] for numbers in encoded]

    def pieces(self, text: str) -> list[str]:
        """Names of the pieces as in vocab.json; ``<unk>`` for what the vocabulary cannot spell."""
        return [self.names[number] for number in self.encode([text])[0]]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, one line; special symbols are dropped, the unknown one too."""
        return self._text([self.names[number] for number in ids if number not in self._special_ids])

    def decode_pieces(self, pieces: Sequence[str]) -> str:
        """Text of names of pieces, one line; special symbols are dropped, the unknown one too."""
        return self._text([name for name in pieces if self.ids[name] not in self._special_ids])

    def _text(self, pieces: list[str]) -> str:
        # Byte pieces may spell the space mark or white space; MarianTokenizer does the same. They
        # may spell the end of a line, too, and a text is one line, whoever reads it: no character
        # that ends one for anybody comes out.
        text: str = self._sentencepiece.decode_pieces(pieces)
        return " ".join(text.replace(_SPACE, " ").splitlines()).strip()

    def align(self, sentence: RawSentence) -> AlignedSentence:
        """Encode a sentence as a whole and find the pieces of each of its words.

        A piece belongs to a word when it holds a character, after normalisation, that came from
        the word. A piece that is only white space belongs to no word.
        """
        text = sentence.text
        encoding = self._sentencepiece.encode(text, return_type="offset_mapping")
        normalised, origins = self._sentencepiece.normalize(text, with_offsets=True)
        piece_of_byte = self._pieces_of_bytes(encoding["ids"], encoding["pieces"])

        # Which pieces hold what became of the text from a character on. One character may become
        # several (½) and several one (e and an accent); then only the first of them is an origin.
        pieces_from: dict[int, set[int]] = {}
        start = 0
        for character, origin in zip(normalised, origins[: len(normalised)], strict=True):
            end = start + len(character.encode())
            held = pieces_from.setdefault(origin, set())
            if not _is_blank(character):
                held.update(piece_of_byte[start:end])
            start = end
        assert start == len(piece_of_byte), "the pieces do not spell the normalised text"

        held_by_character = self._pieces_of_characters(text, pieces_from)
        return AlignedSentence(
            ids=tuple(self._our_ids[number] for number in encoding["ids"]),
            pieces_of_words=tuple(
                tuple(sorted(set().union(*held_by_character[begin:stop])))
                for begin, stop in sentence.spans
            ),
        )

    def _pieces_of_bytes(self, numbers: Sequence[int], pieces: Sequence[str]) -> list[int]:
        """For each UTF-8 byte of the normalised text, which piece spells it."""
        lengths = [
            1 if self._sentencepiece.is_byte(number) else len(piece.encode())
            for number, piece in zip(numbers, pieces, strict=True)
        ]
        return [index for index, length in enumerate(lengths) for _ in range(length)]

    def _pieces_of_characters(self, text: str, pieces_from: dict[int, set[int]]) -> list[set[int]]:
        """For each character of the raw text, which pieces hold what became of it."""
        held_by_character = []
        held: set[int] = set()
        for position, character in enumerate(text):
            held = pieces_from.get(position, held)
            # No origin itself, the character either merged with the one before it or vanished.
            vanished = position not in pieces_from and _is_blank(
                self._sentencepiece.normalize(character)
            )
            held_by_character.append(set() if vanished else held)
        return held_by_character

    def save_tokenizer(self, folder: Path) -> None:
        """Write the files from which ``AutoTokenizer.from_pretrained(folder)`` gives an equal
        tokenizer, a MarianTokenizer, whichever the model class.

        It encodes and decodes as this vocabulary does (plus the end of sentence), with two
        exceptions that lie in the class: the part of a text from an initial ``>>`` to ``<<`` is
        taken for a language code, and what pieces spell may be several lines. Without sacremoses
        installed, transformers recommends it in a warning when such a tokenizer is made; the class
        does not use it to encode.
        """
        for name in ("source.spm", "target.spm"):
            with files.appearing(folder / name) as partial:
                partial.write_bytes(self._model)
        files.write_json(folder / "vocab.json", self.ids)
        settings = {
            "tokenizer_class": "MarianTokenizer",
            "eos_token": _EOS,
            "unk_token": _UNK,
            "pad_token": _PAD,
            # A literal </s> in a text is text.
            "split_special_tokens": True,
            "clean_up_tokenization_spaces": False,
            "separate_vocabs": False,
            # An unknown piece is called <unk>, not by its surface, which may be the name of
            # another row.
            "sp_model_kwargs": {"emit_unk_piece": True},
        }
        if self.bos_id is not None:
            settings["bos_token"] = _BOS
        files.write_json(folder / "tokenizer_config.json", settings)


def _processor(model: bytes, path: Path) -> sentencepiece.SentencePieceProcessor:
    try:
        return sentencepiece.SentencePieceProcessor(model_proto=model)
    except (RuntimeError, ValueError):
        raise InputError(
            f"{path}: not a SentencePiece model; expected a .model or .spm file"
        ) from None


def _usable_pieces(processor: sentencepiece.SentencePieceProcessor, path: Path) -> dict[str, None]:
    """All pieces that encoding may give, in the model's order (a dict as an ordered set)."""
    try:
        names = [processor.id_to_piece(number) for number in range(len(processor))]
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: a piece of the SentencePiece model is not valid UTF-8; the file is damaged: "
            "get it again"
        ) from None
    return {
        name: None
        for number, name in enumerate(names)
        if not processor.is_control(number)
        and not processor.is_unknown(number)
        and not processor.is_unused(number)
    }


def _is_blank(normalised: str) -> bool:
    """Whether a normalised text is spaces only; other white space it keeps counts as visible."""
    return not normalised.strip(_SPACE + " ")
