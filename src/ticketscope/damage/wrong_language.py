"""Translations in another language than the target language, by py3langid (Lui and Baldwin 2012).

What is called wrong must be likelier in another language by far, and the reference must be known as
the target language for certain: of other sentences, such as very short ones, it is not said.
"""

from functools import partial
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.locales import language_of

_MARGIN: Final = 10.0
"""Nats by which one language must be likelier than others. The identifier takes pieces of words as
independent and is far too sure of itself."""
_ALIKE: Final = ({"nb", "nn", "no", "da"}, {"hr", "bs", "sr", "sh"}, {"id", "ms"}, {"cs", "sk"})
"""Languages that the identifier mistakes for each other: these are taken for one."""


def _counter(texts: Texts) -> Count | str:
    language = language_of(texts.target_language)
    if language not in dict(_ranked("")):
        return f"the identifier of languages does not know {texts.target_language}"
    return partial(_count, frozenset(_alike(language)))


def _count(right: frozenset[str], sentence: Sentence) -> Counts | None:
    if not sentence.reference.strip() or lead(sentence.reference, right) < _MARGIN:
        return None
    if not sentence.translation.strip():
        return Counts(0, 0)
    return Counts(1, int(lead(sentence.translation, right) < -_MARGIN))


def _alike(language: str) -> set[str]:
    return next((group for group in _ALIKE if language in group), {language})


def lead(text: str, languages: frozenset[str]) -> float:
    """By how many nats the likeliest of these languages is above the likeliest other one."""
    ranked = _ranked(text)
    ours = max(score for language, score in ranked if language in languages)
    others = max(score for language, score in ranked if language not in languages)
    return ours - others


def _ranked(text: str) -> list[tuple[str, float]]:
    from py3langid import rank

    return [(language, float(score)) for language, score in rank(text)]


WRONG_LANGUAGE: Final = Kind(
    name="wrong_language",
    metric="rate",
    says="So many translations are in another language, where the reference is known as the target "
    "language for certain.",
    counter=_counter,
)
