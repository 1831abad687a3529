"""How a network wants its text: pieces with ids, and the special ids around them.

A `Tokenizer` has a `Codec` for either side, which may be the same. A codec gives the pieces of a
text and nothing else; what stands before and after them (language codes, the pieces of a prefix,
end of sentence) is the `Frame`, so that words can be found by the places of their pieces.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ticketscope.text.words import RawSentence


@dataclass(frozen=True)
class Conventions:
    """What the user says of how a network wants its text.

    Args:
        source_code: of the source language, as the tokenizer writes it: ``eng_Latn``, ``en_XX``.
        target_code: of the target language.
        prefix: a text in front of every source: ``translate English to German: ``, ``>>deu<< ``.
    """

    source_code: str = ""
    target_code: str = ""
    prefix: str = ""


PLAIN = Conventions()
"""Of a network that wants nothing but its text."""


@dataclass(frozen=True)
class AlignedSentence:
    """A sentence as the model sees it, and where its words are in it.

    Args:
        ids: the pieces of the whole sentence, without what its frame adds.
        pieces_of_words: for each word the positions in `ids`, ascending. A piece that straddles
            two words is in both; a word that vanishes in normalisation has none.
    """

    ids: tuple[int, ...]
    pieces_of_words: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Frame:
    """The ids around the pieces of a text.

    Args:
        pad: fills a batch up.
        source_before: ids in front of the pieces of a source: a language code, a prefix.
        source_after: ids behind them: the end of sentence, and in old models a language code.
        target_before: what the decoder is fed in front of the pieces of a target: the start symbol
            and, where one is forced, a language code.
        target_after: what the decoder has to say behind them: the end of sentence.
        labels: the first and the last (exclusive) id that can be a label. What lies outside is
            never said, and takes no part in probabilities.
    """

    pad: int
    source_before: tuple[int, ...]
    source_after: tuple[int, ...]
    target_before: tuple[int, ...]
    target_after: tuple[int, ...]
    labels: tuple[int, int]

    @property
    def num_source(self) -> int:
        """Positions of a source beside its pieces."""
        return len(self.source_before) + len(self.source_after)

    @property
    def num_target(self) -> int:
        """Positions that the decoder reads beside the pieces of a target; the last of
        `target_before` predicts the first piece, the last piece what comes after."""
        return len(self.target_before)

    def silent(self, num_rows: int) -> list[int]:
        """The ids that no translation holds, in order, of a network with so many: those that are no
        labels, and padding wherever it lies."""
        return [
            i for i in range(num_rows) if not self.labels[0] <= i < self.labels[1] or i == self.pad
        ]


class Codec(Protocol):
    """Pieces and ids of texts of one side.

    Attributes:
        names: of the ids, in their order, special symbols included.
    """

    @property
    def names(self) -> tuple[str, ...]: ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, without what the frame adds."""

    def align(self, sentence: RawSentence) -> AlignedSentence:
        """Encode a sentence as a whole and find the pieces of each of its words."""

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, one line; special symbols are dropped, the unknown one too."""


@dataclass(frozen=True, eq=False)
class Tokenizer:
    """Both sides of a network.

    Args:
        source, target: the codecs; those of a joint vocabulary may be one and the same.
        frame: the ids around the pieces.
        digest: equal for tokenizers that give every text the same ids.
        name: what to call it in a line for people, such as the class of transformers'.
    """

    source: Codec
    target: Codec
    frame: Frame
    digest: str
    name: str
