"""What broke in each translation of a network, kind by kind."""

from collections.abc import Mapping, Sequence
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.damage import KINDS
from ticketscope.damage.kind import Count, Places, Sentence
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.networks.network import Network
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage import DAMAGE
from ticketscope.steps.damage.aligned import aligned
from ticketscope.steps.damage.contrasted import Contrasted, Pair, contrasted
from ticketscope.steps.damage.known import texts_of
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.quality.step import decoding

REFERENCE: Final = "reference"
"""The folder of the alignments of sources with references."""
_LIBRARIES: Final = ("babel", "py3langid")
"""What they know of languages may grow."""
_NOTHING: Final = Contrasted(None, None)


def identity(network: Network, bench: Bench) -> dict[str, Any]:
    """All that the counts depend on, beside settings and networks."""
    assert network.label
    return {
        "corpus": corpus_digest(bench.held_out.report),
        "languages": list(bench.study.languages),
        **decoding(bench.study),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "alignments": [*map(_content, _alignments(network.label, bench))],
        **bench.scored_by,
    }


def measure(network: Network, base: Network, bench: Bench) -> dict[str, Any]:
    """By test set and kind: the places of sentences that have events, how many these are and how
    many of them broke; and of how many sentences it could not be said. Or why of none.

    `base`: the network that it was made from, or the network itself; of that it is kept what it
    told of its own translations and of the references, so that nobody asks again.
    """
    assert network.label
    said = _translations(network.label, bench)
    if bench.study.damage.alignments:
        told = _aligned(network.label, said, bench)
    else:
        told = _contrasted(network, base, said, bench)
    counted = {name: _of_test_set(name, said[name], told, bench) for name in said}
    kept = [[*pair, *found] for pair, found in told.items()] if network is base else []
    return {"test_sets": counted, "told": kept}


def _translations(label: LevelId, bench: Bench) -> dict[str, list[str]]:
    """By test set: those of the sentences that are looked at."""
    kept = bench.results.read(QUALITY, label)["test_sets"]
    most = bench.study.damage.sentences
    return {name: kept[name]["translations"][:most] for name in bench.held_out.test_sets}


def _pairs(name: str, said: Sequence[str], bench: Bench) -> tuple[list[Pair], list[Pair]]:
    """The sources of a test set with the translations, and with the references."""
    text, num = bench.held_out.text(name), len(said)
    sources = text.source[:num]
    return [*zip(sources, said, strict=True)], [*zip(sources, text.target[:num], strict=True)]


# ----------------------------------------------------------------------------- words


def _alignments(label: LevelId, bench: Bench) -> list[Path]:
    """The files of another aligner: of each test set that of the network and that of references."""
    if not (folder := bench.study.damage.alignments):
        return []
    return [
        Path(folder, str(of), f"{name}.align")
        for name in bench.held_out.test_sets
        for of in (label, REFERENCE)
    ]


def _content(path: Path) -> str:
    if not path.is_file():
        raise InputError(
            f"damage.alignments: {path} is not there; align the sentences of a run that is "
            "finished, and write what the aligner says there (docs/damage.md)"
        )
    return sha256(path)


def _aligned(
    label: LevelId, said: Mapping[str, Sequence[str]], bench: Bench
) -> dict[Pair, Contrasted]:
    sides = [side for name, texts in said.items() for side in _pairs(name, texts, bench)]
    files = zip(_alignments(label, bench), sides, strict=True)
    return {pair: found for path, side in files for pair, found in aligned(path, side).items()}


def _contrasted(
    network: Network, base: Network, said: Mapping[str, Sequence[str]], bench: Bench
) -> dict[Pair, Contrasted]:
    most = bench.study.damage.contrasted
    told: dict[Pair, Contrasted] = {}
    if network is not base:
        assert base.label
        for source, target, *found in bench.results.read(DAMAGE, base.label)["told"]:
            told[source, target] = Contrasted(*found)
    asked = [
        pair
        for name, texts in said.items()
        for side in _pairs(name, texts, bench)
        for pair in islice(side, most)
    ]
    return told | contrasted(base, [pair for pair in asked if pair not in told], bench)


# ----------------------------------------------------------------------------- counts


def _of_test_set(
    name: str, said: Sequence[str], told: Mapping[Pair, Contrasted], bench: Bench
) -> dict[str, Any]:
    of_network, of_reference = _pairs(name, said, bench)
    sentences = [
        Sentence(
            *(pair[0], right[1], pair[1]),
            unsaid=_places(told.get(pair, _NOTHING).unsaid),
            unsaid_in_reference=_places(told.get(right, _NOTHING).unsaid),
            unsupported=_places(told.get(pair, _NOTHING).unsupported),
        )
        for pair, right in zip(of_network, of_reference, strict=True)
    ]
    found: dict[str, Any] = {}
    for kind in KINDS:
        match kind.counter(bench.once(texts_of)[name]):
            case str(reason):
                found[kind.name] = {"untold": reason}
            case count:
                found[kind.name] = _counted(count, sentences)
    return found


def _places(words: list[int] | None) -> Places | None:
    return None if words is None else frozenset(words)


def _counted(count: Count, sentences: Sequence[Sentence]) -> dict[str, Any]:
    counts = [count(sentence) for sentence in sentences]
    told = [(place, *each) for place, each in enumerate(counts) if each and each.num_events]
    return {
        "places": [place for place, _, _ in told],
        "num_events": [num for _, num, _ in told],
        "num_broken": [num for _, _, num in told],
        "num_untold": counts.count(None),
    }
