"""Where in a network the damage sits."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.causes import CAUSES
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import causes as its_tables

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Causes(NetworkStep):
    """Puts parts of the dense network into every network and the other way round, stitches both,
    and reads the states of the decoder by the output matrix."""

    name = CAUSES
    needs_states = True
    version = 1
    section = "causes"
    tables = (its_tables.CAUSES,)
    compares = True

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to measure losses on."""
        return study.causes.num_sentences > 0

    def outlook(self, study: Study, num_networks: int) -> Iterator[str]:
        """How many losses are measured."""
        yield (
            f"causes: of each of {num_networks} networks about 14 losses per layer are measured on "
            f"{study.causes.num_sentences} pairs (a network of 6 and 6 layers: about as much as "
            f"{170 * study.causes.num_sentences:,} sentences scored); causes.num_sentences = 0 "
            "leaves it out"
        )
        if number := min(study.causes.bleu_sentences, study.causes.num_sentences):
            yield (
                f"causes: stitched networks translate {number} sentences each without an engine, "
                "which takes thirty times as long as their losses, and longer where they do not end"
            )

    def warnings(self, study: Study) -> Iterator[str]:
        """More translations than there are pairs to judge."""
        settings = study.causes
        if settings.bleu_sentences > settings.num_sentences > 0:
            yield (
                f"causes.bleu_sentences = {settings.bleu_sentences}: no more than the "
                f"{settings.num_sentences} pairs of causes.num_sentences are translated"
            )

    def check(self, study: Study, held_out: "HeldOut") -> None:
        """Raise `InputError` for what is no held-out set."""
        from ticketscope.steps.held_out import check_names

        check_names("causes.sentences", study.causes.sentences, held_out)

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """The dense network of its replicate; none for a dense one."""
        reference = bench.panel.reference(label)
        return [reference] if reference in bench.panel.with_states else []

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The corpus: the pairs are of it, and it says how frequent pieces are. How long a
        translation may be is a setting of quality, as is nothing else of a greedy one."""
        from ticketscope.corpus.stored_texts import corpus_digest

        study = bench.study
        translates = study.causes.bleu_sentences > 0
        return {
            "corpus": corpus_digest(bench.held_out.report),
            **({"longest": study.quality.max_decoding_length} if translates else {}),
        }

    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Sums of losses and of layers."""
        from ticketscope.steps.causes.measure import measure

        return measure(network, others, bench)

    def rows(self, bench: "Bench") -> Rows:
        """One row per experiment, place and measure."""
        from ticketscope.steps.causes import table

        return {CAUSES: table.rows(bench)}

    def remarks(self, bench: "Bench") -> Iterator[str]:
        """Which networks no part of the dense one fits into."""
        for label in bench.panel.with_states:
            if reason := bench.results.read(CAUSES, label).get("unlike"):
                reference = bench.panel.reference(label)
                yield f"causes: no part of {reference} fits into {label}: {reason}"
