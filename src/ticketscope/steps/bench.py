"""What the steps of a run measure with: networks, settings, held-out data, places for files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from ticketscope.config import Experiment, Study
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.stored_texts import StoredTexts
from ticketscope.lottery.lineage import panel_of
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Panel
from ticketscope.networks.translate import Translating, translating
from ticketscope.runs.store import Run
from ticketscope.steps.results import Results
from ticketscope.text.tokenizer import Tokenizer

T = TypeVar("T")


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
        assert isinstance(study, Experiment)
        return cls(run, study, panel_of(run, study))

    @cached_property
    def held_out(self) -> StoredTexts:
        """The held-out sets as text."""
        return self.encoded

    @cached_property
    def encoded(self) -> EncodedCorpus:
        """The same as pieces, and the training data."""
        return EncodedCorpus(self.run.corpus)

    @cached_property
    def training(self) -> EncodedCorpus | None:
        """What the networks were trained on, in pieces; None where others trained them."""
        return self.encoded if isinstance(self.study, Experiment) else None

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
