"""Translations of the test sets, and the sentence statistics of every metric."""

from dataclasses import replace
from typing import Any

from ticketscope.measures import translation_scores as measures
from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """Translate the test sets with one network and keep the statistics of every sentence."""
    held_out = bench.held_out
    translations = _translate(network, bench)
    losses = _losses(network, bench)
    results: dict[str, Any] = {}
    scores: dict[str, dict[str, float]] = {}
    for name in held_out.names:
        statistics = {"loss": losses[name]}
        if name in translations:
            references = held_out.text(name).target
            statistics |= measures.sentence_statistics(translations[name], references)
        scores[name] = {metric: measures.score(stats) for metric, stats in statistics.items()}
        results[name] = {
            "statistics": {metric: as_json(stats) for metric, stats in statistics.items()},
            "translations": translations.get(name),
        }
    return {"scores": scores, "test_sets": results}


def _translate(network: Network, bench: Bench) -> dict[str, list[str]]:
    held_out = bench.held_out
    with bench.translator(network) as translate:
        return {name: translate(held_out.text(name).source) for name in held_out.test_sets}


def _losses(network: Network, bench: Bench) -> dict[str, measures.SentenceStatistics]:
    statistics = {}
    with bench.scoring(network) as losses_of:
        for name in bench.held_out.names:
            text = bench.held_out.text(name)
            losses = losses_of(network.pairs(text.source, text.target))
            found = measures.loss_statistics(losses.negative_log_likelihood, losses.num_tokens)
            parts = [found.signature, *(f"{what}:{who}" for what, who in bench.scored_by.items())]
            statistics[name] = replace(found, signature="|".join(parts))
    return statistics


def as_json(stats: measures.SentenceStatistics) -> dict[str, Any]:
    """Statistics of sentences as they are stored."""
    return {"signature": stats.signature, "sentences": stats.statistics.tolist()}
