"""What is known of the test sets, whatever a network makes of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ticketscope.config import digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.damage.kind import Texts
from ticketscope.damage.running_words import words
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage.contrasted import NO_PIECES
from ticketscope.steps.results import measured_once, read_result

_VERSION_OF_COUNTS = 1


def texts_of(bench: Bench) -> Mapping[str, Texts]:
    """By test set: the sentences that are looked at, and how often their words come."""
    settings, languages = bench.study.damage, bench.study.languages
    counts: Counter[str] = Counter()
    for name in bench.held_out.test_sets:
        for reference in bench.held_out.text(name).target:
            counts.update(map(str.lower, words(reference)))
    total = counts.total()
    if bench.training:
        counts, total = _in_training(bench, bench.training, counts)
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


def _in_training(
    bench: Bench, training: EncodedCorpus, wanted: Counter[str]
) -> tuple[Counter[str], int]:
    """How often the words come in the targets of the training text, and how many words these have.

    Of the text only the pieces are kept, which spell it. They are counted once for all networks of
    a run, and kept.
    """
    decode = bench.panel.tokenizer(bench.panel.labels[0]).target.decode

    def counted() -> dict[str, Any]:
        split = training.split("train")
        counts, total = dict.fromkeys(sorted(wanted), 0), 0
        for number in range(len(split)):
            for word in map(str.lower, words(decode(split.target(number).tolist()))):
                total += 1
                if word in counts:
                    counts[word] += 1
        return {"counts": counts, "total": total}

    identity = {
        "version": _VERSION_OF_COUNTS,
        "training": corpus_digest(training.report),
        "words": digest(sorted(wanted)),
    }
    measured_once(bench.run.target_word_counts, identity, counted)
    kept = read_result(bench.run.target_word_counts)
    return Counter(kept["counts"]), kept["total"]
