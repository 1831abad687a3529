"""Settings of the network, of its training and of the levels: what makes the tickets."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ticketscope.arms import arm_of
from ticketscope.config.kinds import (
    FREE,
    Count,
    CountOrZero,
    Factor,
    Few,
    FewOrZero,
    Fraction,
    Later,
    NotNegative,
    OpenFraction,
    Positions,
    Positive,
    Seed,
    Size,
    TrainingSection,
)
from ticketscope.config.paths import PathSetting


def _known_arm(name: str) -> str:
    return arm_of(name).name


ArmName = Annotated[str, AfterValidator(_known_arm)]
"""A name that `ticketscope.arms.arm_of` knows."""


class Model(TrainingSection):
    """Shape of the Transformer; embeddings are shared three ways and the output is tied.

    A `pretrained` network has its own shape and its own tokenizer, and all but dropout of what is
    said of shapes here must be left out.
    """

    norm: Literal["pre", "post"] = "pre"
    """post: MarianMTModel, the study's; pre: M2M100ForConditionalGeneration."""
    encoder_layers: Few = 3
    decoder_layers: Few = 3
    d_model: Annotated[Size, Field(ge=4)] = 128
    ffn: Size = 512
    heads: Few = 4
    dropout: Fraction = 0.1
    attention_dropout: Fraction = 0.0
    activation_dropout: Fraction = 0.0
    max_positions: Positions = 512
    init_std: Annotated[float, Field(gt=0.0, le=1.0), Later(0.02)] = 0.02
    """Standard deviation of the initial weights. The default is that of transformers, for widths
    of 512 and more; a narrow network learns sooner with about 1 / sqrt(d_model) (docs/log.md)."""
    pretrained: PathSetting = ""
    """The directory of a network that others trained: it is level 0, and arms go on from there.
    (Its content, not its place, counts.)"""
    fine_tune: Annotated[bool, Later(False)] = False
    """Whether a pretrained network first goes through the whole schedule on the training text."""
    source_code: Annotated[str, Later("")] = ""
    """Of a pretrained network with language codes: that of the source, such as ``eng_Latn``."""
    target_code: Annotated[str, Later("")] = ""
    """That of the target."""
    prefix: Annotated[str, Later("")] = ""
    """Of a pretrained network that wants one: the text in front of every source, such as
    ``translate English to German: ``."""

    @property
    def trains_dense(self) -> bool:
        """Whether level 0 is trained: a pretrained network may go on as it is."""
        return self.fine_tune or not self.pretrained

    @model_validator(mode="after")
    def _of_a_pretrained_network_or_of_a_new_one(self) -> Self:
        dropouts = ("dropout", "attention_dropout", "activation_dropout")
        of_pretrained = ("pretrained", "fine_tune", "source_code", "target_code", "prefix")
        for name, field in type(self).model_fields.items():
            if getattr(self, name) == field.default or name in (*dropouts, "pretrained"):
                continue
            if self.pretrained and name not in of_pretrained:
                raise ValueError(f"{name} is that of the pretrained network: leave it out")
            if not self.pretrained and name in of_pretrained:
                raise ValueError(f"{name} is for a pretrained network: set pretrained, too")
        return self

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.d_model % (2 * self.heads):
            raise ValueError("d_model must be a multiple of 2 x heads")
        return self


class Batches(TrainingSection):
    """Length-bucketed batches under a token budget."""

    max_tokens: Size = 2_048
    """Sentences of a batch times its longest side in pieces, end of sentence included."""
    sort_by: Annotated[Literal["longer", "both"], Later("longer")] = "longer"
    """Pairs of like length share a training batch: of a like longer side, or of like sides. In the
    latter there is less padding on the shorter side (docs/log.md)."""


class Training(TrainingSection):
    """How the dense model trains, and with which schedule the levels go on.

    Exactly one of `updates` and `epochs` is not zero. An update is one optimiser step.
    """

    updates: CountOrZero = 0
    epochs: CountOrZero = 0
    peak_rate: Positive = 3e-3
    initial_rate: NotNegative = 1e-7
    last_rate: Annotated[NotNegative, Later(0.0)] = 0.0
    """The rate of the last update, to which it falls along a straight line after the warm-up; 0:
    it falls with the inverse square root of the update, whenever the last one is."""
    warmup_updates: Count = 500
    optimiser: Literal["adam", "adamw"] = "adam"
    beta1: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.9
    beta2: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.98
    epsilon: Positive = 1e-8
    weight_decay: NotNegative = 0.0
    label_smoothing: Fraction = 0.1
    clip_norm: NotNegative = 0.0
    """Largest norm of the gradient of the weights that are left; 0 does not clip."""
    accumulate: Few = 1
    """Batches per update."""
    ranks: Annotated[Few, FREE] = 1
    """Processes that share the batches of every update; a GPU for each, or `threads` cores."""
    precision: Literal["float32", "bfloat16"] = "float32"
    validate_every: Count = 500
    """Updates between two validations."""
    patience: CountOrZero = 0
    """Stop the *dense* model after this many validations without improvement; 0: never.

    Its ticket is then the best checkpoint. Levels always train a fixed number of updates.
    """
    average_last: Few = 1
    """A ticket is the mean of this many last checkpoints, taken `average_every` updates apart."""
    average_every: Count = 100
    threads: Few = 1
    """Threads of one job; part of the identity because it changes the order of summation."""
    device: Literal["cpu", "cuda"] = "cpu"

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if bool(self.updates) == bool(self.epochs):
            raise ValueError("set exactly one of updates and epochs (the other one 0)")
        if self.ranks > self.accumulate:
            raise ValueError(
                f"ranks: {self.ranks} have not a batch each in an update of accumulate = "
                f"{self.accumulate}: lower ranks, or raise accumulate (and lower "
                "batches.max_tokens: what counts is both together)"
            )
        if self.last_rate > self.peak_rate:
            raise ValueError(
                f"last_rate: {self.last_rate} is above peak_rate = {self.peak_rate}; "
                "the rate falls after the warm-up"
            )
        if self.patience and self.last_rate:
            raise ValueError(
                "patience ends the schedule where nobody knows it before, and last_rate is the "
                "rate at its end: set patience = 0 or last_rate = 0"
            )
        if self.patience and self.average_last > 1:
            raise ValueError(
                "patience chooses one checkpoint and average_last mixes several: "
                "set patience = 0 or average_last = 1"
            )
        return self


class Lottery(TrainingSection):
    """Levels, arms and replicates."""

    arms: Annotated[tuple[ArmName, ...], FREE] = ("lr_rewinding", "dense_continued")
    replicates: Annotated[Few, FREE] = 1
    levels: Annotated[FewOrZero, FREE] = 4
    prune_fraction: OpenFraction = 0.2
    """Share of the remaining prunable weights that each level removes."""
    rewind_to: tuple[Fraction, ...] = (0.5,)
    """Level l winds the schedule back to this share of the dense model's updates and trains to the
    end again. One value per level; the last one holds for all later levels."""
    rewind_weights_to: Annotated[tuple[Fraction, ...], Later([])] = ()
    """Level l of an arm that rewinds weights gives them the values that the dense model had after
    this share of its updates; 0.0: before the first. One value per level; the last one holds for
    all later levels. Empty: as `rewind_to`."""
    moments: Literal["reset", "keep"] = "reset"
    """Adam's moments at the start of a level, in every arm alike: zero, or those that belong to
    the weights that it starts from, with the pruned weights' entries zeroed."""
    prune_embeddings: bool = False
    calibration: Annotated[Size, Later(128)] = 128
    """How many pairs of the training text are read by criteria that rank weights by what the
    network makes of text."""
    speed_up: Annotated[Factor, Later(1.1)] = 1.1
    """How many times as fast as the level before a level of an arm that removes whole units is, by
    operations: level l has at the most ``1 / speed_up ** l`` of those of the dense model."""
    seed: Seed = 1

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if len(set(self.arms)) != len(self.arms):
            raise ValueError("arms: each arm may be named once")
        if not self.rewind_to:
            raise ValueError("rewind_to needs at least one value")
        if any(share == 1.0 for share in self.rewind_to):
            raise ValueError("rewind_to: 1.0 would leave no update to train")
        if any(share == 1.0 for share in self.rewind_weights_to):
            raise ValueError("rewind_weights_to: 1.0 would go back to no earlier weights")
        for name in self.arms:
            other = arm_of(name).takes_from
            if other and other not in self.arms:
                raise ValueError(f"arms: {name} is made from {other}: name {other}, too")
        return self
