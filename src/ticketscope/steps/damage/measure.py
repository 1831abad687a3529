"""What broke in each translation of a network, kind by kind."""

from collections.abc import Sequence
from importlib import metadata
from typing import Any

from ticketscope.config import digest
from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.damage import KINDS
from ticketscope.damage.kind import Count, Sentence, Texts
from ticketscope.networks.network import Network
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage.known import texts_of
from ticketscope.steps.quality import QUALITY

_LIBRARIES = ("babel", "py3langid")
"""What they know of languages may grow."""


def identity(network: Network, bench: Bench) -> dict[str, Any]:
    """All that the counts depend on, beside settings and networks."""
    assert network.label
    return {
        "corpus": corpus_digest(bench.held_out.report),
        "languages": list(bench.study.languages),
        "translations": digest(translations(network.label, bench)),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
    }


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """By test set and kind: the places of sentences that have events, how many these are and how
    many of them broke; and of how many sentences it could not be said. Or why of none."""
    assert network.label
    said = translations(network.label, bench)
    return {
        "test_sets": {
            name: _of_test_set(bench.once(texts_of)[name], said[name])
            for name in bench.held_out.test_sets
        }
    }


def translations(label: LevelId, bench: Bench) -> dict[str, list[str]]:
    """By test set: those of the sentences that are looked at."""
    kept = bench.results.read(QUALITY, label)["test_sets"]
    most = bench.study.damage.sentences
    return {name: kept[name]["translations"][:most] for name in bench.held_out.test_sets}


def _of_test_set(texts: Texts, said: Sequence[str]) -> dict[str, Any]:
    three = zip(texts.sources, texts.references, said, strict=True)
    sentences = [Sentence(*each) for each in three]
    found: dict[str, Any] = {}
    for kind in KINDS:
        match kind.counter(texts):
            case str(reason):
                found[kind.name] = {"untold": reason}
            case count:
                found[kind.name] = _counted(count, sentences)
    return found


def _counted(count: Count, sentences: Sequence[Sentence]) -> dict[str, Any]:
    counts = [count(sentence) for sentence in sentences]
    told = [(place, *each) for place, each in enumerate(counts) if each and each.num_events]
    return {
        "places": [place for place, _, _ in told],
        "num_events": [num for _, num, _ in told],
        "num_broken": [num for _, _, num in told],
        "num_untold": counts.count(None),
    }
