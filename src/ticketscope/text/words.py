"""Pre-tokenised sentences as the raw text they came from.

An encoder must see text as it was trained on, untokenised; annotation counts in words. A
`RawSentence` holds both: the text, and where each word lies in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketscope.errors import InputError


@dataclass(frozen=True)
class RawSentence:
    """Untokenised text and its words.

    Args:
        text: the text of the sentence.
        spans: for each word its first character and the one past its last, in order, not empty
            and not overlapping.

    Raises `InputError` for spans that are not so.
    """

    text: str
    spans: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        previous_end = 0
        for number, (start, end) in enumerate(self.spans, start=1):
            if not previous_end <= start < end <= len(self.text):
                raise InputError(
                    f"word {number} of a sentence: characters {start} to {end} are not a span "
                    f"after {previous_end} within a text of {len(self.text)} characters"
                )
            previous_end = end


def join_words(words: Sequence[str], space_after: Sequence[bool] | None = None) -> RawSentence:
    """Rebuild the raw text of a pre-tokenised sentence.

    With `space_after` (one flag per word, as SpaceAfter in CoNLL-U) the words are taken as they are
    and the text is exact. Without it the words are taken for English in Penn Treebank style: its
    escapes are undone (-LRB- is a bracket again) and spaces are set by rule.

    Raises `InputError` for an empty word, and unless there is one flag per word.
    """
    if not all(words):
        raise InputError(f"word {words.index('') + 1} of {len(words)} is empty")
    if space_after is None:
        surfaces = [_unescaped(word) for word in words]
        space_after = _spaces_by_rule(words)
    elif len(space_after) == len(words):
        surfaces = list(words)
    else:
        raise InputError(f"{len(space_after)} flags of spaces for {len(words)} words")

    text = ""
    spans = []
    space_before = False
    for surface, space in zip(surfaces, space_after, strict=True):
        text += " " * space_before + surface
        spans.append((len(text) - len(surface), len(text)))
        space_before = space
    return RawSentence(text, tuple(spans))


# ----------------------------------------------------------------------------- detokenising

_ESCAPES = {
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
    "``": '"',
    "''": '"',
    "`": "'",
    '\\"': '"',
}


def _set_of(text: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(text.split(separator))


_LEANS_LEFT = _set_of("-rrb- -rsb- -rcb- '' / n't 's 'm 're 've 'll 'd n’t ’s ’m ’re ’ve ’ll ’d ’")
_CLOSING_CHARACTERS = ".,;:?!…%°)]}”»"
_LEANS_RIGHT = _set_of("( [ { -LRB- -LSB- -LCB- `` ` “ ‘ « $ £ € # /")
_STRAIGHT_QUOTES = frozenset(("'", '"', '\\"'))
_WRITTEN_AS_ONE = _set_of(
    "can not,gon na,wan na,got ta,got cha,gim me,lem me,du n no,d' ye,"
    "'t is,'t was,'t will,'t were,’t is,’t was,’t will,’t were",
    ",",
)


def _unescaped(word: str) -> str:
    """The word without the escapes of the Penn Treebank (which also writes ``1\\/2``)."""
    return _ESCAPES.get(word) or word.replace("\\/", "/").replace("\\*", "*")


def _spaces_by_rule(words: Sequence[str]) -> list[bool]:
    """Whether a space follows each word, in English; none after the last."""
    leanings = [*_leanings(words), (True, True)]
    return [
        not right and not next_left and f"{word} {following}".lower() not in _WRITTEN_AS_ONE
        for word, following, (_, right), (next_left, _) in zip(
            words, [*words, ""][1:], leanings[:-1], leanings[1:], strict=True
        )
    ]


def _leanings(words: Sequence[str]) -> Iterator[tuple[bool, bool]]:
    """Whether each word joins the one before it without a space, and the one after it."""
    open_quotes: set[str] = set()
    padded = ["", *words, ""]
    for previous, word, following in zip(padded, words, padded[2:], strict=False):
        if word in _STRAIGHT_QUOTES:
            closes = word in open_quotes
            possessive = word == "'" and not closes and previous.lower().endswith("s")
            if not possessive:
                open_quotes ^= {word}
            yield closes or possessive, not (closes or possessive)
        elif word == "-":
            hyphen = previous[-1:].isalnum() and following[:1].isalnum()
            yield hyphen, hyphen
        else:
            closes = not word.strip(_CLOSING_CHARACTERS) or word.lower() in _LEANS_LEFT
            yield closes, word in _LEANS_RIGHT
