"""What a step is: a measurement of networks that ends in tables.

A step is a class in `steps/TOPIC/step.py`, which imports what measures only where it measures, and
one line in `STEPS`. What is said of it there serves the jobs of a run, `show`, `cost`, the checks
before a run, the tables, their documentation and the report.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ticketscope.config import Study, analysis_identity
from ticketscope.tables.table import Table
from ticketscope.tables.view import View

if TYPE_CHECKING:
    from ticketscope.corpus.stored_texts import HeldOut
    from ticketscope.networks.network import Network
    from ticketscope.runs.store import LevelId
    from ticketscope.steps.bench import Bench

Row = dict[str, Any]
Rows = Mapping[str, Iterable[Row]]
"""The rows of each table by its name; in a table of networks each row has `level_id`, the label of
its network, in place of the columns that such a table begins with."""


class Step(ABC):
    """A measurement: most are a `NetworkStep`.

    Attributes:
        name: of its jobs and of its results.
        version: raised when a figure is computed in another way; all is then measured again.
        section: the settings of a study that it measures by; "" where it has none.
        tables: the tables that it fills.
        shows: the view that it fills beside them; None where it fills none.
        preparation: what is prepared for all networks before any is trained; "" for nothing.
        needs_states: whether it looks into networks. CTranslate2 shows nothing of those that come
            in its format: they are left out.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    section: ClassVar[str] = ""
    tables: ClassVar[tuple[Table, ...]] = ()
    shows: ClassVar[View[Any] | None] = None
    preparation: ClassVar[str] = ""
    needs_states: ClassVar[bool] = False

    def bench(self, whole: "Bench") -> "Bench":
        """What it measures with, of all that a run has: every call of it is given this one."""
        return whole.of_states if self.needs_states else whole

    def is_asked(self, _study: Study) -> bool:
        """Whether a study asks for it."""
        return True

    # ------------------------------------------------------------------- before anything

    def outlook(self, _study: Study, _num_networks: int) -> Iterator[str]:
        """What a dry run says of the work to come."""
        yield from ()

    def check(self, study: Study, held_out: "HeldOut") -> None:
        """Open every input of its own. Raises `InputError` for the first fault."""

    def warnings(self, _study: Study) -> Iterator[str]:
        """What is no fault of its inputs, but hardly what was meant."""
        yield from ()

    def check_encoded(self, bench: "Bench") -> None:
        """What shows when there is a vocabulary. Raises `InputError` for the first fault."""

    def prepare(self, bench: "Bench") -> bool:
        """Make once what all networks are measured on; returns whether it was made now. It calls
        `looking.work_begins` first, as `measured_once` does."""
        raise NotImplementedError

    def announce(self, _bench: "Bench") -> Iterator[str]:
        """What to say of the measurement to come, once all is prepared and nothing is trained."""
        yield from ()

    # ------------------------------------------------------------------- afterwards

    def rows(self, _bench: "Bench") -> Rows:
        """The rows of its tables. Where the step is not asked for there are none, but those that
        follow from what others measured."""
        return {}

    def remarks(self, _bench: "Bench") -> Iterator[str]:
        """What lacks in what was measured, to be said when all is done."""
        yield from ()

    def view(self, bench: "Bench", last_held: int) -> dict[str, Any]:
        """What its view holds, for a step that `shows` one.

        `last_held`: the last level at which quality holds, of which single sentences are shown.
        """
        raise NotImplementedError

    def _settings(self, study: Study) -> dict[str, Any]:
        """The part of an identity that its own settings and version are."""
        if not self.section:
            return {"version": self.version}
        return analysis_identity(study, self.section, self.version)


class PerNetwork(Step):
    """A measurement of one network at a time.

    Attributes:
        looks_inside: whether it reads weights or states, which not every network gives.
    """

    looks_inside: ClassVar[bool] = True

    def subjects(self, bench: "Bench") -> Sequence["LevelId"]:
        """The networks that are measured."""
        return bench.panel.with_states if self.looks_inside else bench.panel.labels

    def compared_with(self, _label: "LevelId", _bench: "Bench") -> Sequence["LevelId"]:
        """The other networks that are read, all of which must be trained by then."""
        return ()

    def reads(self, _label: "LevelId", _bench: "Bench") -> Sequence[tuple[str, "LevelId"]]:
        """The results of other steps that it reads: of which step, on which network."""
        return ()

    def result_names(self, _bench: "Bench") -> Sequence[str]:
        """The names of the results that there will be per network."""
        return (self.name,)

    @abstractmethod
    def do(self, label: "LevelId", bench: "Bench") -> bool:
        """Measure one network, unless that is done; returns whether it was done now. It calls
        `looking.work_begins` first, as `measured_once` does."""


class NetworkStep(PerNetwork):
    """A measurement that has one result per network, beside others that it is compared with.

    Attributes:
        compares: whether `compared_with` may name any.
    """

    compares: ClassVar[bool] = False

    def identity(self, _network: "Network", _bench: "Bench") -> Mapping[str, Any]:
        """What a result depends on, beside settings, version and networks."""
        return {}

    @abstractmethod
    def measure(
        self, network: "Network", others: Sequence["Network"], bench: "Bench"
    ) -> Mapping[str, Any]:
        """The figures of one network, as plain data.

        Raises `JobError` for a network that is damaged or whose figures are not finite.
        """

    def do(self, label: "LevelId", bench: "Bench") -> bool:
        """Keep what `measure` finds, with the digest of all that it depends on."""
        from ticketscope.steps.results import measured_once

        network = bench.panel[label]
        others = [bench.panel[other] for other in self.compared_with(label, bench)]
        compared = {"others": {str(other.label): other.digest for other in others}}
        identity = {
            **self._settings(bench.study),
            "ticket": network.digest,
            **(compared if self.compares else {}),
            **self.identity(network, bench),
        }
        return measured_once(
            bench.results.place(self.name, label),
            identity,
            lambda: self.measure(network, others, bench),
        )


class PanelStep(Step):
    """A measurement that has the machine for itself: each dense network beside those made from it.

    There is one result per dense network, so that a run that gets more replicates keeps those of
    the earlier ones.
    """

    def identity(self, _bench: "Bench") -> Mapping[str, Any]:
        """What its results depend on, beside settings, version and networks."""
        return {}

    @abstractmethod
    def measure(self, networks: Sequence["Network"], bench: "Bench") -> Mapping[str, Any]:
        """The figures of a dense network, the first, and of those made from it, as plain data."""

    def do(self, bench: "Bench") -> bool:
        """Measure all networks that are not measured; returns whether there were any."""
        from ticketscope.steps.results import measured_once

        panel, measured = bench.panel, []
        for reference in panel.dense:
            labels = [each for each in panel.labels if panel.reference_or_self(each) == reference]
            networks = [panel[label] for label in labels]
            identity = {
                **self._settings(bench.study),
                "tickets": {str(network.label): network.digest for network in networks},
                **self.identity(bench),
            }
            place = bench.results.place(self.name, reference)
            measured.append(measured_once(place, identity, partial(self.measure, networks, bench)))
        return any(measured)
