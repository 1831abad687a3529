"""What the heads of a network attend to, alone and beside the heads of others."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study, digest
from ticketscope.steps.attention import ATTENTION, HEAD_IMPORTANCE
from ticketscope.steps.step import NetworkStep, Rows
from ticketscope.tables import attention as its_tables
from ticketscope.tables.views import ATTENTION_VIEW

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Attention(NetworkStep):
    """Describes the heads of every network, and compares them with others, in the same pairs as
    representations."""

    name = ATTENTION
    needs_states = True
    version = 4
    section = "attention"
    tables = (its_tables.ATTENTION,)
    shows = ATTENTION_VIEW
    compares = True

    def check(self, study: Study, held_out: "HeldOut") -> None:
        """Held-out sets, and gold data that are well-formed and in the language of the encoder."""
        from ticketscope.steps.attention import data
        from ticketscope.steps.gold_language import check_language

        settings = study.attention
        data.check_sentences(held_out, settings)
        if settings.syntax or settings.coreference:
            mend = "give files of its language as attention.syntax and attention.coreference"
            check_language("attention.language", settings.language, study, mend)
        data.gold_of_files(held_out, settings)

    def compared_with(self, label: "LevelId", bench: "Bench") -> Sequence["LevelId"]:
        """Those of representations."""
        from ticketscope.steps.neighbours import neighbours

        return neighbours(label, bench.panel)

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The pairs and gold data by content; own translations are made as those of quality."""
        from ticketscope.steps.attention.data import gold_of, pairs_of

        study = bench.study
        own = study.attention.targets == "own"
        pairs = bench.once(pairs_of)
        return {
            **({"decoding": study.quality.model_dump(mode="json")} if own else {}),
            "pairs": digest([[pair.source.text, pair.target.text] for pair in pairs]),
            "gold": bench.once(gold_of).digest(),
        }

    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Figures of every head, and similarities with the heads of others."""
        from ticketscope.steps.attention.measure import measure

        return measure(network, others, bench)

    def rows(self, bench: "Bench") -> Rows:
        """Heads and layers, and what heads are worth."""
        from ticketscope.steps.attention import table

        return {"attention": table.rows(bench)}

    def view(self, bench: "Bench", last_held: int) -> dict[str, Any]:
        """What the figures rest on, and maps to look at."""
        from ticketscope.steps.attention import table

        return table.view(bench, last_held)


class HeadImportance(NetworkStep):
    """What every head is worth to translations; its rows are in the table of attention."""

    name = HEAD_IMPORTANCE
    needs_states = True
    version = 1

    def is_asked(self, study: Study) -> bool:
        """Whether there are sentences to mask heads on."""
        return study.attention.importance_sentences > 0

    def identity(self, _network: "Network", bench: "Bench") -> Mapping[str, Any]:
        """The pairs by content."""
        from ticketscope.steps.attention.data import check_sentences
        from ticketscope.steps.held_out import first_pairs

        corpus, settings = bench.held_out, bench.study.attention
        check_sentences(corpus, settings)
        pairs = [
            [corpus.text(name).source[:number], corpus.text(name).target[:number]]
            for name, number in first_pairs(
                corpus, settings.sentences, settings.importance_sentences
            )
        ]
        return {"pairs": digest(pairs)}

    def measure(
        self, network: "Network", _others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """Loss changes and gradients of every head."""
        from ticketscope.steps.attention.importance import measure

        return measure(network, bench)
