"""A whole experiment, of its sections."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from ticketscope.config.analysis import (
    Attention,
    Behaviour,
    Probing,
    Quality,
    Representations,
    Speed,
    WordClasses,
)
from ticketscope.config.claims import Claims
from ticketscope.config.corpus import Corpus, Vocabulary
from ticketscope.config.kinds import Count, FewOrZero, NotNegative, Section
from ticketscope.config.paths import path_settings
from ticketscope.config.training import Batches, Lottery, Model, Training


class Execution(Section):
    """How the work is done; changes no figure and is part of no digest."""

    executor: str = "local"
    """Who does the jobs: an executor of `ticketscope.runs.executors`."""
    workers: FewOrZero = 0
    """Jobs side by side; 0: as many as this machine's cores allow, `training.threads` for each."""
    checkpoint_seconds: NotNegative = 60.0
    log_every: Count = 20
    tensorboard: bool = False


class Experiment(Section):
    """A whole experiment."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$")]
    """Also the name of the run directory below runs/, so a plain file name."""
    corpus: Corpus
    vocabulary: Vocabulary = Vocabulary()
    model: Model = Model()
    batches: Batches = Batches()
    training: Training
    lottery: Lottery = Lottery()
    quality: Quality = Quality()
    speed: Speed = Speed()
    representations: Representations = Representations()
    word_classes: WordClasses = WordClasses()
    attention: Attention = Attention()
    behaviour: Behaviour = Behaviour()
    probing: Probing = Probing()
    claims: Claims = Claims()
    execution: Execution = Execution()

    @model_validator(mode="after")
    def _fits_the_positions(self) -> Self:
        positions = self.model.max_positions
        longest = {
            "corpus.cleaning.max_pieces": self.corpus.cleaning.max_pieces + 1,  # end of sentence
            "quality.max_decoding_length": self.quality.max_decoding_length,
        }
        for key, length in longest.items():
            if length > positions:
                raise ValueError(
                    f"{key} asks for {length} positions but model.max_positions is {positions}: "
                    "lower the one or raise the other"
                )
        return self


PATHS = dict(path_settings(Experiment))
"""The settings that are paths."""
