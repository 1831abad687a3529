"""What a kind of damage is: how it is counted in a translation, given source and reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

Places = frozenset[int]
"""Words of a text; words are what blanks separate, and count from 0."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and what a network made of it.

    Args:
        source, reference, translation: raw text.
        unsaid: source words that the translation does not say; None where nothing tells.
        unsaid_in_reference: those that the reference does not say, likewise.
        unsupported: words of the translation that nothing in the source stands for, likewise.
    """

    source: str
    reference: str
    translation: str
    unsaid: Places | None = None
    unsaid_in_reference: Places | None = None
    unsupported: Places | None = None


@dataclass(frozen=True, eq=False)
class Texts:
    """What is known of a test set as a whole, whatever a network makes of it.

    Args:
        source_language, target_language: their codes, as the run has them.
        sources, references: all sentences.
        occurrences: how often words of the references come (`running_words.words`, in lower case).
        num_occurrences: among how many words that is.
        counted_in: where they were counted; `references` where the training text is not known.
        why_no_unsaid: why nothing tells which words are unsaid; "" where something does.
        why_no_support: why nothing tells which words are unsupported, likewise.
    """

    source_language: str
    target_language: str
    sources: tuple[str, ...]
    references: tuple[str, ...]
    occurrences: Mapping[str, int]
    num_occurrences: int
    counted_in: Literal["training", "references"]
    why_no_unsaid: str = ""
    why_no_support: str = ""


class Counts(NamedTuple):
    """What could break in a sentence, and how much of it did."""

    num_events: int
    num_broken: int


Count = Callable[[Sentence], Counts | None]
"""Counts in one sentence; None where this sentence does not tell."""


@dataclass(frozen=True)
class Kind:
    """A kind of damage.

    Args:
        name: as in the tables.
        metric: `recall`, the share of events that are not broken: higher is better; or `rate`, the
            share of those that are: lower is better.
        says: what it is, in one plain sentence.
        counter: gives what counts it in a test set; or, in words, why that cannot be said there.
    """

    name: str
    metric: Literal["recall", "rate"]
    says: str
    counter: Callable[[Texts], Count | str]

    @property
    def title(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ")

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger figure means less damage."""
        return self.metric == "recall"
