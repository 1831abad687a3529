"""A lottery, of its sections: which networks are trained, and how they are measured."""

from typing import Self

from pydantic import model_validator

from ticketscope.arms import arm_of
from ticketscope.arms.cast import Cast, lottery_cast
from ticketscope.config.corpus import Corpus, GrammarCorpus, Vocabulary, in_domain
from ticketscope.config.kinds import Section
from ticketscope.config.study import Languages, Study, StudyName
from ticketscope.config.training import Batches, Lottery, Model, Training


class _Made(Section):
    """What makes the tickets. It comes before what measures them, in files and on pages."""

    name: StudyName
    corpus: Corpus
    vocabulary: Vocabulary = Vocabulary()
    model: Model = Model()
    batches: Batches = Batches()
    training: Training
    lottery: Lottery = Lottery()


class Experiment(Study, _Made):
    """A lottery: networks that are trained and pruned here, and then measured."""

    @model_validator(mode="after")
    def _fits_the_positions(self) -> Self:
        if self.model.pretrained:  # which has its own
            return self
        positions = self.model.max_positions
        for key, length in self.positions_asked(1).items():  # the end of sentence takes one
            if length > positions:
                raise ValueError(
                    f"{key} asks for {length} positions but model.max_positions is {positions}: "
                    "lower the one or raise the other"
                )
        return self

    def positions_asked(self, num_of_frame: int) -> dict[str, int]:
        """How many positions the longest texts take, by the setting that allows them;
        `num_of_frame`: positions of a text beside its pieces."""
        return {
            "corpus.cleaning.max_pieces": self.corpus.cleaning.max_pieces + num_of_frame,
            "quality.max_decoding_length": self.quality.max_decoding_length,
        }

    @model_validator(mode="after")
    def _has_one_vocabulary(self) -> Self:
        if self.model.pretrained and self.vocabulary != Vocabulary():
            raise ValueError("vocabulary: a pretrained network has its own tokenizer: leave it out")
        return self

    @model_validator(mode="after")
    def _has_early_weights(self) -> Self:
        for name in self.lottery.arms:
            if arm_of(name).weights == "early" and not self.model.trains_dense:
                raise ValueError(
                    f"lottery.arms: {name} goes back to early weights of the dense model, and a "
                    "pretrained network that is not trained here has none: leave it out, or set "
                    "model.fine_tune"
                )
        return self

    @property
    def cast(self) -> Cast:
        return lottery_cast(
            self.lottery.arms,
            pretrained=bool(self.model.pretrained),
            dense_differ=self.model.trains_dense,
        )

    @property
    def languages(self) -> Languages:
        return Languages(self.corpus.source, self.corpus.target)

    @property
    def threads(self) -> int:
        return self.training.threads

    @property
    def ranks(self) -> int:
        return self.training.ranks

    @property
    def device(self) -> str:
        return self.training.device

    @property
    def max_tokens(self) -> int:
        return self.batches.max_tokens

    @property
    def replicates(self) -> int:
        return self.lottery.replicates

    @property
    def last_level(self) -> int:
        return self.lottery.levels

    @property
    def seed(self) -> int:
        return self.lottery.seed

    @property
    def in_domain(self) -> tuple[str, ...]:
        return in_domain(self.corpus)

    @property
    def grammar(self) -> GrammarCorpus | None:
        return self.corpus if isinstance(self.corpus, GrammarCorpus) else None
