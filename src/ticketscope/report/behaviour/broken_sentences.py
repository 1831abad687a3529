"""The sentences that a network broke, with what other models made of them."""

from dataclasses import dataclass

from ticketscope.arms.cast import Cast
from ticketscope.report.behaviour.word_changes import changed_words
from ticketscope.report.parts.example_links import example_link, fallen_link, network_id
from ticketscope.report.parts.part import Jump, TranslatedSentence, Translation
from ticketscope.report.parts.wording import count, number, percent
from ticketscope.report.reading.translated import Translated
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import BehaviourView, BrokenView, CasualtyView, TranslationView


@dataclass(frozen=True, eq=False)
class Shown:
    """How the page shows what broke: that of the first network on the first test set sentence by
    sentence, the others by links to the examples, where these have them.

    Args:
        beside: whose sentences stand side by side.
        jumps: to the examples.
    """

    beside: tuple[BrokenView, ...]
    jumps: tuple[Jump, ...]


def shown(view: BehaviourView, cast: Cast, examples: Translated | NotMeasured) -> Shown:
    """Where which of the networks and test sets are shown that broke sentences."""
    broke = [broken for broken in view.tickets if broken.casualties]
    among = set() if isinstance(examples, NotMeasured) else set(_browsed(examples))
    linked = [broken for broken in broke if (broken.arm, broken.replicate, broken.level) in among]
    return Shown(
        tuple(broken for broken in broke if broken is broke[0] or broken not in linked),
        tuple(_jump(broken, cast, exact=view.exact) for broken in linked),
    )


def broken_sentences(
    broken: BrokenView, cast: Cast, examples: Translated | NotMeasured
) -> tuple[TranslatedSentence, ...]:
    """Each casualty with its translations: that of the dense model, that of the control where it
    has one, and its own; with a link to it, where it is among the examples."""
    sentences = () if isinstance(examples, NotMeasured) else examples.view.sentences
    links = {
        (one.source, one.reference): example_link(one.test_set, one.line)
        for one in sentences
        if one.test_set == broken.test_set
    }
    return tuple(_sentence(broken, cast, casualty, links) for casualty in broken.casualties)


def _browsed(examples: Translated) -> list[tuple[str, int, int]]:
    networks = examples.view.networks
    return [(network.arm, network.replicate, network.level) for network in networks]


def _jump(broken: BrokenView, cast: Cast, *, exact: bool) -> Jump:
    both = broken.changes.ticket_from_both
    fell = (both or broken.changes.ticket_from_dense).fell
    title = cast[broken.arm].title
    if not cast.is_given:
        title += f", level {broken.level} ({percent(broken.sparsity_prunable)} zero)"
    others = f"{cast.nouns.dense} and the control" if both else cast.nouns.dense
    network = network_id(broken.arm, broken.level, is_given=cast.is_given)
    return Jump(
        f"{title}: {count(fell)} of {count(broken.num_sentences)} sentences of {broken.test_set} "
        f"fell below {others}",
        fallen_link(network, broken.test_set, exact=exact, with_control=both is not None),
    )


def _sentence(
    broken: BrokenView, cast: Cast, casualty: CasualtyView, links: dict[tuple[str, str], str]
) -> TranslatedSentence:
    own = casualty.ticket
    translations = [_translation(cast.dense.name, cast, casualty.dense, own)]
    if casualty.control:
        translations.append(_translation(cast.control_name, cast, casualty.control, own))
    translations.append(_translation(broken.arm, cast, own, casualty.dense))
    link = links.get((casualty.source, casualty.reference), "")
    return TranslatedSentence(casualty.source, casualty.reference, tuple(translations), link)


def _translation(
    model: str, cast: Cast, ours: TranslationView, other: TranslationView
) -> Translation:
    score = f"chrF {number(ours.chrf, 1)}"
    return Translation(cast[model].title, score, changed_words(ours.text, other.text))
