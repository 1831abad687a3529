"""What the layers of a network hold: probes of linguistic tasks on every layer."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ticketscope.config import Study
from ticketscope.steps.probes import PROBING
from ticketscope.steps.probes.subjects import RANDOM_ENCODER, probed, result_of, untrained_of
from ticketscope.steps.step import PerNetwork, Rows
from ticketscope.tables import probes as its_tables
from ticketscope.tables.views import PROBING_VIEW

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench


class Probes(PerNetwork):
    """Probes every layer of every encoder for every task; one result per task and encoder."""

    name = PROBING
    needs_states = True
    version = 2
    section = "probing"
    tables = (its_tables.PROBES,)
    shows = PROBING_VIEW
    preparation = "probe data"

    def is_asked(self, study: Study) -> bool:
        """Whether there is anything to probe for."""
        return study.probing.is_asked

    def check(self, study: Study, _held_out: "HeldOut") -> None:
        """Tasks and levels that exist, gold data that are there and in the encoder's language."""
        from ticketscope.steps.gold_language import check_language
        from ticketscope.steps.probes import data
        from ticketscope.text.languages import OF_GOLD_DATA

        settings = study.probing
        if not settings.is_asked:
            return
        if settings.suite != "none":
            what = f"probing.suite = {settings.suite}"
            mend = "set probing.suite = none, or give gold data of its language as [[probing.own]]"
            check_language(what, OF_GOLD_DATA, study, mend)
        for own in settings.own:
            what, mend = f"probing.own of {own.task}", "give gold data of its language"
            check_language(what, own.language, study, mend)
        data.check(study)

    def prepare(self, bench: "Bench") -> bool:
        """Read the gold data, as numbers that all encoders are asked."""
        from ticketscope.steps.probes import data

        return data.prepare_data(bench)

    def announce(self, bench: "Bench") -> Iterator[str]:
        """What there is to probe for, and about what it takes."""
        from ticketscope.steps.probes import encoders

        return encoders.announce(len(self.subjects(bench)), bench)

    def subjects(self, bench: "Bench") -> Sequence["LevelId"]:
        """The dense networks and those of the levels asked for, and the untrained encoders."""
        networks = probed(bench)
        return [*networks, *dict.fromkeys(map(untrained_of, networks))]

    def result_names(self, bench: "Bench") -> Sequence[str]:
        """One per task that there are data for. Before these are prepared, or where they are
        damaged, which the next run mends, it is one that is never there."""
        from ticketscope.steps.probes import data

        return [result_of(task) for task in data.tasks_prepared(bench.run)] or [self.name]

    def do(self, label: "LevelId", bench: "Bench") -> bool:
        """Probe one encoder for every task that is not done; returns whether there was any."""
        from ticketscope.steps.probes import encoders

        settings = self._settings(bench.study)
        if label.arm == RANDOM_ENCODER:
            identity, make = encoders.untrained(label.replicate, bench)
            tokenizer = bench.panel.tokenizer(bench.panel.dense_of(label.replicate))
            return encoders.probe_encoder(label, identity, make, tokenizer, settings, bench)
        network = bench.panel[label]
        return encoders.probe_encoder(
            label,
            {"ticket": network.digest},
            lambda: network.load(device=bench.device),
            network.tokenizer,
            settings,
            bench,
        )

    def rows(self, bench: "Bench") -> Rows:
        """Scores of every task, layer and probe, beside all baselines."""
        from ticketscope.steps.probes import table

        return {"probes": table.rows(bench)}

    def view(self, bench: "Bench", _last_held: int) -> dict[str, Any]:
        """What was probed on what, and what was left out."""
        from ticketscope.steps.probes import table

        return table.view(bench)
