"""What the steps of a run measure with: networks, settings, held-out data, places for files."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from ticketscope.config import Dissection, Experiment, Study
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.stored_texts import StoredTexts
from ticketscope.dissection.given import panel_of_dissection
from ticketscope.lottery.lineage import panel_of
from ticketscope.networks.batches import Pairs
from ticketscope.networks.decoding.engine import ENGINE
from ticketscope.networks.decoding.engine_opening import engine_of
from ticketscope.networks.loss import SentenceLosses, sentence_losses
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Panel
from ticketscope.networks.translate import Translating, translating
from ticketscope.runs.store import Run
from ticketscope.steps.results import Results
from ticketscope.text.tokenizer import Tokenizer

T = TypeVar("T")


def panel_of_study(run: Run, study: Study) -> Panel:
    """The networks of a run, whatever kind of study it is."""
    match study:
        case Experiment():
            return panel_of(run, study)
        case Dissection():
            return panel_of_dissection(run, study)
        case _:
            raise AssertionError(study)


@dataclass(frozen=True, eq=False)
class Bench:
    """Args:
    run: the run directory.
    study: its settings.
    panel: its networks.
    """

    run: Run
    study: Study
    panel: Panel
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, root: Path, study: Study) -> "Bench":
        """The bench of a run directory whose corpus is encoded."""
        run = Run(root)
        return cls(run, study, panel_of_study(run, study))

    @cached_property
    def held_out(self) -> StoredTexts:
        """The held-out sets as text."""
        return self.encoded if isinstance(self.study, Experiment) else StoredTexts(self.run.corpus)

    @cached_property
    def encoded(self) -> EncodedCorpus:
        """The same as pieces, and the training data."""
        return EncodedCorpus(self.run.corpus)

    @cached_property
    def training(self) -> EncodedCorpus | None:
        """What the networks were trained on, in pieces; None where others trained them."""
        return self.encoded if isinstance(self.study, Experiment) else None

    @property
    def of_states(self) -> "Bench":
        """The same with the networks alone that can be looked into."""
        panel = self.panel.of_states
        return self if panel is self.panel else self.once(_of_states)

    def once(self, make: "Callable[[Bench], T]") -> T:
        """What `make` makes of this bench, such as the sentences to measure on: made when it is
        first asked for, and then kept."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    def in_pieces(self, tokenizer: Tokenizer, make: "Callable[[Bench, Tokenizer], T]") -> T:
        """The same of what `make` makes with a tokenizer, such as sentences in its pieces: once for
        all networks whose tokenizers are equal."""
        key = (make, tokenizer.digest)
        if key not in self._made:
            self._made[key] = make(self, tokenizer)
        return cast("T", self._made[key])

    @cached_property
    def results(self) -> Results:
        """What was measured so far."""
        return Results(self.run)

    def translator(self, network: Network) -> AbstractContextManager[Translating]:
        """What translates texts with a network as its quality is measured."""
        settings = self.study.quality
        return translating(
            network.stored,
            network.tokenizer,
            self.run.root,
            beam=settings.beam,
            length_penalty=settings.length_penalty,
            max_decoding_length=settings.max_decoding_length,
            threads=self.threads,
        )

    @contextmanager
    def scoring(self, network: Network) -> Iterator[Callable[[Pairs], SentenceLosses]]:
        """What gives losses of pairs in pieces of a network, by the one engine that scores all
        networks of the panel."""
        if self.panel.scores_by_engine:
            stored, scratch = network.stored, self.run.root
            with engine_of(stored, network.tokenizer, scratch, threads=self.threads) as engine:
                yield partial(engine.losses, max_tokens=self.max_tokens)
        else:
            loaded = network.load(device=self.device)
            yield partial(sentence_losses, loaded, max_tokens=self.max_tokens, device=self.device)

    @property
    def scored_by(self) -> dict[str, str]:
        """What a result of losses depends on, if they are not those of torch."""
        return {"engine": ENGINE} if self.panel.scores_by_engine else {}

    @property
    def cut_by(self) -> dict[str, str]:
        """What a result of pieces depends on, how text is cut into them: of a lottery that is no
        part of the digest of a ticket, and of other networks it is."""
        return {"vocabulary": self.training.report["vocabulary"]["sha256"]} if self.training else {}

    @property
    def device(self) -> str:
        """Where networks compute: cpu or cuda."""
        return self.study.device

    @property
    def threads(self) -> int:
        """Threads of one job."""
        return self.study.threads

    @property
    def max_tokens(self) -> int:
        """Padded positions of a batch at the most."""
        return self.study.max_tokens


def _of_states(bench: Bench) -> Bench:
    return replace(bench, panel=bench.panel.of_states)
