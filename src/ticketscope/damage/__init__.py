"""Damage that a reader can see: kinds of it, each counted from source, reference and translation.

A kind is one file and one line here. Nothing else lists kinds.
"""

from ticketscope.damage.brackets import BRACKETS
from ticketscope.damage.casing import CASING
from ticketscope.damage.code_words import CODE_WORDS
from ticketscope.damage.copies import COPIES
from ticketscope.damage.dates import DATES
from ticketscope.damage.empty import EMPTY
from ticketscope.damage.end_marks import END_MARKS
from ticketscope.damage.kept_names import NAMES
from ticketscope.damage.kind import Kind
from ticketscope.damage.negation import NEGATION
from ticketscope.damage.numbers import NUMBERS
from ticketscope.damage.omitted_words import OMITTED_WORDS
from ticketscope.damage.rare_words import RARE_WORDS
from ticketscope.damage.repetitions import REPETITIONS
from ticketscope.damage.too_short import TOO_SHORT
from ticketscope.damage.unsupported_words import UNSUPPORTED_WORDS
from ticketscope.damage.urls import URLS
from ticketscope.damage.wrong_language import WRONG_LANGUAGE

KINDS: tuple[Kind, ...] = (
    RARE_WORDS,
    NAMES,
    NUMBERS,
    DATES,
    URLS,
    CODE_WORDS,
    NEGATION,
    OMITTED_WORDS,
    TOO_SHORT,
    UNSUPPORTED_WORDS,
    REPETITIONS,
    WRONG_LANGUAGE,
    COPIES,
    EMPTY,
    CASING,
    END_MARKS,
    BRACKETS,
)
