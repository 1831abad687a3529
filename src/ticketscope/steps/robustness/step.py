"""What networks make of noisy sources."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, digest
from ticketscope.steps.quality.step import decoding
from ticketscope.steps.robustness import ROBUSTNESS
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import robustness as its_tables

if TYPE_CHECKING:
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Robustness(NetworkStep):
    """Translates the same noisy sources with every network."""

    name = ROBUSTNESS
    version = 1
    section = ROBUSTNESS
    looks_inside = False
    tables = (its_tables.ROBUSTNESS,)

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to translate."""
        return study.robustness.sentences > 0

    def outlook(self, study: Study, num_networks: int) -> Iterator[str]:
        """How many sentences are decoded."""
        from ticketscope.text.noise import KINDS

        settings = study.robustness
        num = len(KINDS) * len(settings.strengths) * settings.sentences
        yield (
            f"robustness: up to {num_networks * num:,} sentences are decoded ({num_networks} "
            f"networks, {settings.sentences:,} sentences, {len(KINDS)} kinds of noise, "
            f"{len(settings.strengths)} strengths), and no two that are the same"
        )

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """How texts are decoded, and which texts, with their noise."""
        from ticketscope.corpus.stored_texts import corpus_digest
        from ticketscope.steps.robustness.measure import noisy_sources

        noise = [[*cell, *changed.items()] for cell, changed in bench.once(noisy_sources).items()]
        return {
            **decoding(bench.study),
            "corpus": corpus_digest(bench.held_out.report),
            "noise": digest(noise),
        }

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Translations of the sources that the noise changes."""
        from ticketscope.steps.robustness.measure import measure

        return {"cells": measure(network, bench)}

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """What noise changes no sentence."""
        from ticketscope.steps.robustness import measure

        return measure.remarks(bench)

    def rows(self, bench: "Bench") -> Rows:
        """What each network loses by each kind of noise."""
        from ticketscope.steps.robustness import table

        return {"robustness": table.rows(bench) if self.is_asked(bench.study) else ()}
