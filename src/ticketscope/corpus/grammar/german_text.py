"""German words that know what they put into words, and the text that they make."""

from collections.abc import Sequence
from typing import Self

from ticketscope.corpus.grammar.expressions import Expression
from ticketscope.text.words import RawSentence, join_words

_MARKS = (",", ".", "?")


class Word(str):
    """A word, or a punctuation mark, and the elements that it puts into words.

    Most stand for one. *im* is a preposition and an article, *kein* a negation and a determiner.
    """

    __slots__ = ("of",)
    of: tuple[Expression, ...]

    def __new__(cls, form: str, *of: Expression) -> Self:
        word = super().__new__(cls, form)
        word.of = of
        return word


Words = list[Word]


def punctuated(words: Sequence[Word], end: Word) -> Words:
    """A sentence: with a capital and its end, no comma doubled and none before the end."""
    sentence: Words = []
    for word in words:
        if word == "," and sentence[-1] == ",":
            sentence[-1] = Word(",", *sentence[-1].of, *word.of)
        else:
            sentence.append(word)
    if sentence[-1] == ",":
        sentence.pop()
    first = sentence[0]
    sentence[0] = Word(first[0].upper() + first[1:], *first.of)
    return [*sentence, end]


def text(sentence: Sequence[Word]) -> str:
    """The raw text: a punctuation mark closes up to the word before."""
    *words, end = sentence
    return " ".join(words).replace(" ,", ",") + end


def raw_sentence(sentence: Sequence[Word]) -> RawSentence:
    """The same text with the places of its words."""
    closes = [word in _MARKS for word in sentence]
    spaces = [not closed for closed in closes[1:]] + [False]
    return join_words([str(word) for word in sentence], spaces)
