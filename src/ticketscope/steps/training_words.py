"""How often words come in the training text of a lottery.

Of the text only the pieces are kept, which spell it: five million sentences take a minute and a
half. So the words are counted once for all networks of a run, and kept.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Literal

from ticketscope.config import digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.steps.bench import Bench
from ticketscope.steps.results import measured_once, read_result


def counted_in_training(
    bench: Bench,
    training: EncodedCorpus,
    side: Literal["source", "target"],
    wanted: Collection[str],
    words_in: Callable[[str], Iterable[str]],
    *,
    version: int,
) -> tuple[Mapping[str, int], int]:
    """How often each wanted word comes in a side of the training text, and how many words it has.

    `words_in` gives the words of a sentence; the caller raises `version` when it finds others.
    """
    tokenizer = bench.panel.tokenizer(bench.panel.labels[0])
    place = {"source": bench.run.word_counts, "target": bench.run.target_word_counts}[side]

    def counted() -> dict[str, Any]:
        split = training.split("train")
        pieces, decode = {
            "source": (split.source, tokenizer.source.decode),
            "target": (split.target, tokenizer.target.decode),
        }[side]
        counts, total = dict.fromkeys(sorted(wanted), 0), 0
        for number in range(len(split)):
            for word in words_in(decode(pieces(number).tolist())):
                total += 1
                if word in counts:
                    counts[word] += 1
        return {"counts": counts, "total": total}

    identity = {
        "version": version,
        "training": corpus_digest(training.report),
        "words": digest(sorted(wanted)),
    }
    measured_once(place, identity, counted)
    kept = read_result(place)
    return kept["counts"], kept["total"]
