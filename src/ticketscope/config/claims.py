"""What is registered of the claims before a run: part of no digest, since it changes no figure."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from ticketscope.config.kinds import OpenFraction, Positive, Section

Look = Annotated[int, Field(ge=2, le=1_000)]


class Claims(Section):
    """Over which levels the claims are decided, after how many replicates, and which effects are
    too small to matter. C1 to C4 take an effect per round; their smallest effects of interest are
    said at eight rounds (83 % of the prunable weights)."""

    up_to: OpenFraction = 0.84
    """The claims are decided over all levels that prune at most this share of the prunable weights;
    the study's eighth round prunes 0.832."""
    looks: tuple[Look, ...] = ()
    """After how many replicates the verdicts are looked at, in order. Empty: once, after
    `lottery.replicates`."""
    c0: Positive = 0.5
    """BLEU that a ticket may lose while quality is said to hold."""
    c0_loss: Positive = 0.02
    """Nats per target piece that a ticket may lose while its loss is said to hold."""
    c1: Positive = 0.03
    """By how much more of what the dense model knows semantics may fall than morphology and
    syntax, at eight rounds."""
    c2: Positive = 0.04
    """Divergence (1 minus CKA) of the last layer beyond that of the first, at eight rounds. Half of
    the study's .079 (slope in its maps of layers; its curve of the same layer has .098)."""
    c3: Positive = 0.3
    """Log of the components of the last layer, at eight rounds. Half of the study's: from 310 to
    170 components is .60."""
    c4: Positive = 0.032
    """Likeness (CKA) of early layers to the last one, at eight rounds. Half of the study's .063."""
    c5: Positive = 0.1
    """Share of the heads' likeness to the dense model that may be lost while attention is said to
    stay."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(later <= earlier for earlier, later in pairwise(self.looks)):
            raise ValueError("looks: give rising numbers of replicates, such as [3, 5, 8, 12]")
        return self
