"""What a network makes of sources with noise in them."""

from collections.abc import Iterator
from typing import Any

from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench
from ticketscope.steps.first_sentences import first_sentences, stored_statistics
from ticketscope.text.noise import KINDS, noisy

Cell = tuple[str, float]
"""A kind of noise and its strength."""


def noisy_sources(bench: Bench) -> dict[Cell, dict[int, str]]:
    """By kind and strength the sources that the noise changes, by their place."""
    settings = bench.study.robustness
    clean = first_sentences(bench, settings.sentences).source
    found = {}
    for kind in KINDS:
        for strength in settings.strengths:
            made = enumerate(noisy(text, kind, strength, settings.seed) for text in clean)
            found[kind, strength] = {at: text for at, text in made if text != clean[at]}
    return {cell: changed for cell, changed in found.items() if changed}


def remarks(bench: Bench) -> Iterator[str]:
    """A line per kind of noise that changes no sentence at some strength: it has no rows there."""
    found = bench.once(noisy_sources)
    for kind in KINDS:
        strengths = bench.study.robustness.strengths
        if lacking := [each for each in strengths if (kind, each) not in found]:
            at = ", ".join(f"{strength:g}" for strength in lacking)
            yield f"robustness: {kind} at strength {at} changes no sentence, so nothing is measured"


def measure(network: Network, bench: Bench) -> list[dict[str, Any]]:
    """By kind and strength the places of the sentences that are changed, their translations, and
    the statistics of these."""
    sources = bench.once(noisy_sources)
    references = first_sentences(bench, bench.study.robustness.sentences).target
    texts = list(dict.fromkeys(_all_texts(sources)))
    with bench.translator(network) as translate:
        said = dict(zip(texts, translate(texts), strict=True))
    cells = []
    for (kind, strength), changed in sources.items():
        translations = [said[text] for text in changed.values()]
        cells.append(
            {
                "kind": kind,
                "strength": strength,
                "places": list(changed),
                "translations": translations,
                "statistics": stored_statistics(translations, [references[at] for at in changed]),
            }
        )
    return cells


def _all_texts(sources: dict[Cell, dict[int, str]]) -> Iterator[str]:
    for changed in sources.values():
        yield from changed.values()
