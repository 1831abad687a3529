"""Where a network breaks: minimal pairs, slices of the test sets, sentences that it lost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, digest
from ticketscope.errors import InputError
from ticketscope.steps.behaviour import BEHAVIOUR
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import behaviour as its_tables
from ticketscope.tables.views import BEHAVIOUR_VIEW

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.steps.bench import Bench


class Behaviour(NetworkStep):
    """Asks every network all minimal pairs; slices and lost sentences are cut from its quality."""

    name = BEHAVIOUR
    version = 1
    section = "behaviour"
    looks_inside = False
    tables = (its_tables.BEHAVIOUR, its_tables.BROKEN, its_tables.BROKEN_SENTENCES)
    shows = BEHAVIOUR_VIEW
    preparation = "minimal pairs"

    def is_asked(self, study: Study) -> bool:
        """Whether there are minimal pairs."""
        from ticketscope.steps.behaviour import contrasts

        return contrasts.are_asked(study)

    def check(self, study: Study, _held_out: "HeldOut") -> None:
        """The file of minimal pairs, whole, and in the languages of the run."""
        from ticketscope.steps.behaviour import contrasts
        from ticketscope.text.languages import in_words, same_language

        def direction(languages: tuple[str, ...]) -> str:
            return " to ".join(map(in_words, languages))

        settings, of_run = study.behaviour, study.languages
        if settings.contrasts and not all(map(same_language, settings.languages, of_run)):
            raise InputError(
                f"behaviour.languages: the minimal pairs are {direction(settings.languages)}, but "
                f"this run translates {direction(of_run)}; give "
                "pairs of its languages as behaviour.contrasts"
            )
        contrasts.own(study)

    def warnings(self, study: Study) -> Iterator[str]:
        """A first line that reads like a header."""
        from ticketscope.steps.behaviour import contrasts

        return contrasts.likely_headers(study)

    def check_encoded(self, bench: "Bench") -> None:
        """The user's own pairs that do not fit the network."""
        from ticketscope.steps.behaviour import contrasts

        contrasts.check_lengths(bench)

    def prepare(self, bench: "Bench") -> bool:
        """Draw and read the minimal pairs."""
        from ticketscope.steps.behaviour import contrasts

        return contrasts.prepare(bench)

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The pairs by content, the engine that scores them, and how a lottery cuts them into
        pieces: that is no part of the digest of a ticket."""
        from ticketscope.steps.behaviour import contrasts

        return {
            "pairs": digest(bench.once(contrasts.kept)),
            **bench.cut_by,
            **bench.scored_by,
        }

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Both log-probabilities of every pair."""
        from ticketscope.steps.behaviour.measure import measure

        return measure(network, bench)

    def rows(self, bench: "Bench") -> Rows:
        """Accuracy on minimal pairs, scores of slices, and sentences that break every time."""
        from ticketscope.steps.behaviour import broken, broken_rates, table

        return {
            "behaviour": table.rows(bench),
            "broken": broken_rates.rows(bench),
            "broken_sentences": broken.sentence_rows(bench),
        }

    def view(self, bench: "Bench", last_held: int) -> dict[str, Any]:
        """How many sentences changed, and those that fell the farthest."""
        from ticketscope.steps.behaviour import casualties

        return casualties.view(bench, last_held)
