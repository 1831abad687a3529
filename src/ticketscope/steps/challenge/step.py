"""Bias and challenge sets: genders of persons, and which of several translations is likelier."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, digest
from ticketscope.steps.challenge import CHALLENGE
from ticketscope.steps.quality.step import decoding
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import challenge as its_tables

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Challenge(NetworkStep):
    """Asks every network all challenge sets."""

    name = CHALLENGE
    version = 1
    section = "challenge"
    looks_inside = False
    tables = (its_tables.CHALLENGE,)
    preparation = "challenge sets"

    def is_asked(self, study: Study) -> bool:
        """Whether there is any set."""
        from ticketscope.steps.challenge import asked_sets

        return bool(study.challenge.sets) or asked_sets.asks_gender(study)

    def outlook(self, study: Study, num_networks: int) -> Iterator[str]:
        """How many built-in sentences are translated."""
        from ticketscope.challenges.gender.built_in_sentences import built_in
        from ticketscope.steps.challenge import asked_sets

        if asked_sets.asks_gender(study):
            num = len(list(built_in()))
            yield (
                f"challenge: {num} built-in sentences about persons are translated by each of "
                f"{num_networks} networks"
            )

    def check(self, study: Study, _held_out: "HeldOut") -> None:
        """The files, whole, and whether they are of the languages of the run."""
        from ticketscope.steps.challenge import asked_sets

        asked_sets.check(study)

    def prepare(self, bench: "Bench") -> bool:
        """Read the files."""
        from ticketscope.steps.challenge import asked_sets

        return asked_sets.prepare(bench)

    def announce(self, bench: "Bench") -> Iterator[str]:
        """What is asked, and what is left out of each file."""
        from ticketscope.steps.challenge import asked_sets

        for asked in bench.once(asked_sets.kept):
            yield f"challenge set {asked}"

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The sets by content, how sentences are decoded and choices scored, and how a lottery cuts
        text into pieces: that is no part of the digest of a ticket."""
        from ticketscope.steps.challenge import asked_sets

        return {
            "sets": digest([asdict(each) for each in bench.once(asked_sets.kept)]),
            **decoding(bench.study),
            **bench.cut_by,
            **bench.scored_by,
        }

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Log-probabilities of right and wrong translations, and translations about persons."""
        from ticketscope.steps.challenge.measure import measure

        return measure(network, bench)

    def rows(self, bench: "Bench") -> Rows:
        """Shares that are right, and gaps."""
        from ticketscope.steps.challenge import table

        return {"challenge": table.rows(bench) if self.is_asked(bench.study) else ()}
