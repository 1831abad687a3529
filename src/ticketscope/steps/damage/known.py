"""What is known of the test sets, whatever a network makes of them."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ticketscope.damage.kind import Texts
from ticketscope.damage.running_words import words
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage.contrasted import NO_PIECES
from ticketscope.steps.training_words import counted_in_training

_VERSION_OF_COUNTS = 1


def texts_of(bench: Bench) -> Mapping[str, Texts]:
    """By test set: the sentences that are looked at, and how often their words come."""
    settings, languages = bench.study.damage, bench.study.languages
    counts: Counter[str] = Counter()
    for name in bench.held_out.test_sets:
        for reference in bench.held_out.text(name).target:
            counts.update(_lower_words(reference))
    total = counts.total()
    if bench.training:
        kept, total = counted_in_training(
            bench, bench.training, "target", counts, _lower_words, version=_VERSION_OF_COUNTS
        )
        counts = Counter(kept)
    unsaid, support = _why_nothing_tells(bench)
    return {
        name: Texts(
            source_language=languages.source,
            target_language=languages.target,
            sources=(text := bench.held_out.text(name)).source[: settings.sentences],
            references=text.target[: settings.sentences],
            occurrences=counts,
            num_occurrences=total,
            counted_in="training" if bench.training else "references",
            why_no_unsaid=unsaid,
            why_no_support=support,
        )
        for name in bench.held_out.test_sets
    }


def _why_nothing_tells(bench: Bench) -> tuple[str, str]:
    """Of words that are left out, and of those that are made up."""
    settings = bench.study.damage
    if settings.alignments:
        return "", ""
    if not settings.contrasted:
        return ("damage.contrasted is 0",) * 2
    return "", NO_PIECES if bench.panel.scores_by_engine else ""


def _lower_words(text: str) -> Iterator[str]:
    return map(str.lower, words(text))
