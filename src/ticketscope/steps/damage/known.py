"""What is known of the test sets, whatever a network makes of them."""

from collections import Counter
from collections.abc import Mapping

from ticketscope.damage.kind import Texts
from ticketscope.damage.running_words import words
from ticketscope.steps.bench import Bench


def texts_of(bench: Bench) -> Mapping[str, Texts]:
    """By test set: the sentences that are looked at, and how often words come."""
    most, languages = bench.study.damage.sentences, bench.study.languages
    counts: Counter[str] = Counter()
    for name in bench.held_out.test_sets:
        for reference in bench.held_out.text(name).target:
            counts.update(word.lower() for word in words(reference))
    return {
        name: Texts(
            source_language=languages.source,
            target_language=languages.target,
            sources=(text := bench.held_out.text(name)).source[:most],
            references=text.target[:most],
            occurrences=counts,
            num_occurrences=counts.total(),
            counted_in="references",
        )
        for name in bench.held_out.test_sets
    }
