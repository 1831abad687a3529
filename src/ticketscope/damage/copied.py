"""What a translation must copy letter by letter."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from ticketscope.damage.kind import Count, Counts, Sentence, Texts

_AFTER: Final = ".,;:!?)]}»”’\"'"


def counter_of(pattern: re.Pattern[str]) -> Callable[[Texts], Count | str]:
    """Counts what matches in the source and stands in the reference as it is."""
    return lambda _texts: partial(_count, pattern)


def _count(pattern: re.Pattern[str], sentence: Sentence) -> Counts:
    in_source, in_reference = (
        _matches(pattern, text) for text in (sentence.source, sentence.reference)
    )
    expected = in_source & in_reference
    if not expected:
        return Counts(0, 0)
    return Counts(expected.total(), (expected - _matches(pattern, sentence.translation)).total())


def _matches(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(match.group().rstrip(_AFTER) for match in pattern.finditer(text))
