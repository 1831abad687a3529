"""The sentences that a network broke, with what other models made of them."""

from ticketscope.arms.cast import Cast
from ticketscope.report.behaviour.word_changes import changed_words
from ticketscope.report.parts.part import TranslatedSentence, Translation
from ticketscope.report.parts.wording import number
from ticketscope.tables.views import BrokenView, CasualtyView, TranslationView


def broken_sentences(broken: BrokenView, cast: Cast) -> tuple[TranslatedSentence, ...]:
    """Each casualty with its translations: that of the dense model, that of the control where it
    has one, and its own."""
    return tuple(_sentence(broken, cast, casualty) for casualty in broken.casualties)


def _sentence(broken: BrokenView, cast: Cast, casualty: CasualtyView) -> TranslatedSentence:
    own = casualty.ticket
    shown = [_translation(cast.dense.name, cast, casualty.dense, own)]
    if casualty.control:
        shown.append(_translation(cast.control_name, cast, casualty.control, own))
    shown.append(_translation(broken.arm, cast, own, casualty.dense))
    return TranslatedSentence(casualty.source, casualty.reference, tuple(shown))


def _translation(
    model: str, cast: Cast, ours: TranslationView, other: TranslationView
) -> Translation:
    score = f"chrF {number(ours.chrf, 1)}"
    return Translation(cast[model].title, score, changed_words(ours.text, other.text))
