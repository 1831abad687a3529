"""What a study of networks is: which they are is its own, how they are measured is alike for all.

Steps, claims, tables and report read this and no more, so that they serve every kind of study.
"""

from abc import ABC, abstractmethod
from typing import Annotated, NamedTuple

from pydantic import Field

from ticketscope.arms.cast import Cast
from ticketscope.config.analysis import (
    Attention,
    Behaviour,
    Causes,
    Connectivity,
    Probing,
    Quality,
    Representations,
    Speed,
    WordClasses,
)
from ticketscope.config.claims import Claims
from ticketscope.config.corpus import GrammarCorpus
from ticketscope.config.execution import Execution
from ticketscope.config.kinds import Section
from ticketscope.config.scores import Scores
from ticketscope.config.shipping import Calibration, Challenge, Damage, Robustness, Search

StudyName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$")]
"""Also the name of the run directory below runs/, so a plain file name."""


class Languages(NamedTuple):
    """The languages that networks translate between, such as "en" and "de"."""

    source: str
    target: str


class Study(Section, ABC):
    """Networks, and how they are measured and compared. Each kind says which networks they are."""

    name: StudyName
    quality: Quality = Quality()
    scores: Scores = Scores()
    speed: Speed = Speed()
    representations: Representations = Representations()
    word_classes: WordClasses = WordClasses()
    attention: Attention = Attention()
    connectivity: Connectivity = Connectivity()
    causes: Causes = Causes()
    behaviour: Behaviour = Behaviour()
    damage: Damage = Damage()
    probing: Probing = Probing()
    calibration: Calibration = Calibration()
    search: Search = Search()
    robustness: Robustness = Robustness()
    challenge: Challenge = Challenge()
    claims: Claims = Claims()
    execution: Execution = Execution()

    @property
    @abstractmethod
    def cast(self) -> Cast:
        """Who plays in it: the arms that networks are labelled with."""

    @property
    @abstractmethod
    def languages(self) -> Languages:
        """What the networks read and write."""

    @property
    @abstractmethod
    def threads(self) -> int:
        """Threads of one job."""

    @property
    def ranks(self) -> int:
        """Processes that share one training."""
        return 1

    @property
    @abstractmethod
    def device(self) -> str:
        """Where networks compute: cpu or cuda."""

    @property
    @abstractmethod
    def max_tokens(self) -> int:
        """Padded positions of a batch at the most."""

    @property
    @abstractmethod
    def replicates(self) -> int:
        """How many networks there are that others are made from, which differ by seed."""

    @property
    @abstractmethod
    def last_level(self) -> int:
        """The last level that a network can have; the dense networks have level 0."""

    @property
    @abstractmethod
    def seed(self) -> int:
        """What all seeds of the study come from, but for those that a step has for its own."""

    @property
    @abstractmethod
    def in_domain(self) -> tuple[str, ...]:
        """The test sets that claims are decided on, and that an average is taken of."""

    @property
    @abstractmethod
    def grammar(self) -> GrammarCorpus | None:
        """The embedded grammar that its sentences come from, with their gold annotation."""
