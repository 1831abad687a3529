"""Whether texts are cut as before once pieces are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ticketscope.networks.tokenizers.piece_codec import nameless
from ticketscope.shrinking.vocabulary.trimming import SIDES, Corpora, Trimmed
from ticketscope.text.tokenizer import Tokenizer


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """What became of a vocabulary.

    Args:
        num_before, num_after: rows of an embedding.
        num_sentences: of the corpora, both sides.
        num_recut: how many of them the new tokenizer cuts otherwise.
        num_calibration: sentences of the calibration, both sides.
        num_recut_calibration: how many of these it cuts otherwise.
    """

    num_before: int
    num_after: int
    num_sentences: int
    num_recut: int
    num_calibration: int
    num_recut_calibration: int


def pieces_of(
    before: Tokenizer,
    after: Tokenizer,
    vocabulary: Trimmed,
    corpora: Corpora,
    calibration: Mapping[str, Sequence[str]],
) -> Pieces:
    """Count what a smaller vocabulary changes, in texts by side."""
    num_sentences = num_recut = 0
    for some in corpora():
        num_sentences += sum(map(len, some.values()))
        num_recut += _num_recut(before, after, vocabulary, some)
    return Pieces(
        num_before=len(before.target.names),
        num_after=len(vocabulary.rows["target"]),
        num_sentences=num_sentences,
        num_recut=num_recut,
        num_calibration=sum(map(len, calibration.values())),
        num_recut_calibration=_num_recut(before, after, vocabulary, calibration),
    )


def names_outlast(before: Tokenizer, after: Tokenizer, vocabulary: Trimmed) -> bool:
    """Whether each row that is left has the name that it had."""
    for side in SIDES:
        was, now = getattr(before, side).names, getattr(after, side).names
        rows = vocabulary.rows[side]
        if len(now) != len(rows):
            return False
        for number, (row, name) in enumerate(zip(rows, now, strict=True)):
            # A row without a name is called by its number.
            if name != was[row] and (name, was[row]) != (nameless(number), nameless(row)):
                return False
    return True


def _num_recut(
    before: Tokenizer, after: Tokenizer, vocabulary: Trimmed, texts: Mapping[str, Sequence[str]]
) -> int:
    num = 0
    for side in SIDES:
        rows = vocabulary.rows[side]
        old, new = (getattr(one, side).encode(texts[side]) for one in (before, after))
        num += sum(
            was != [int(rows[number]) for number in now] for was, now in zip(old, new, strict=True)
        )
    return num
