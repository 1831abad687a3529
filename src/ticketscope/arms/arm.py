"""What an arm is, as pure data."""

from dataclasses import dataclass
from typing import Literal

Weights = Literal["parent", "early", "new"]
"""What the weights of a level are before its first update: those of the network that was pruned
for it; those that the dense model had at an early update; new random ones."""

Spending = Literal["retraining", "search"]

Units = Literal["neurons", "layers"]
"""Of feed-forward blocks; of both stacks."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way to go on from a dense model, level by level.

    At the same level all arms of a replicate train as many updates, unless one spends more, on the
    same batches in the same order, with the same dropout. They differ in what the fields say and in
    nothing else; an arm that draws its own seeds shows how far the seeds alone take a network.
    """

    name: str
    """In tables, configs and paths."""
    title: str
    """For people: what pages, figures and sentences call it."""
    criterion: str | None
    """By which criterion of `ticketscope.pruning.criteria` it prunes; None: it prunes nothing."""
    control: str | None
    """The arm that it is compared with, level by level, where a run has both."""
    is_control: bool
    """It tells what a finding of the other arms is worth. A network of it is compared with its own
    dense model and with no earlier level, and the views show another arm."""
    colour: str
    """Of its lines in figures; see `ticketscope.report.drawing`."""
    sentence: str
    """What it does, and what for."""
    draws_own_seeds: bool = False
    """Its levels see other batches and other dropout than those of every other arm."""
    cuts_dense: bool = False
    """Each level prunes the dense model, once; else it prunes the level before."""
    removes: Units | None = None
    """Which whole units its networks lose: these get smaller, and no single weight is pruned."""
    mask_of: str | None = None
    """The arm whose mask of the same level it has, and whose units: then it has no criterion."""
    counts_of: str | None = None
    """The arm whose mask of the same level says how many weights of each tensor go; which, says the
    criterion."""
    weights: Weights = "parent"
    """Where a level starts. The learning rates go on from the update of the schedule that these
    weights are of: the parent's from the share that is wound back to, new ones from the first."""
    holds_last_rate: bool = False
    """The rate of all updates is the last one of the schedule."""
    spends: Spending = "retraining"
    """How much a level trains: as many updates as in every other arm; or, at the operations of a
    network of its size, what the dense model and all levels up to it took."""

    @property
    def prunes(self) -> bool:
        """Whether its levels prune anything."""
        return (self.criterion, self.mask_of, self.removes) != (None, None, None)

    @property
    def takes_from(self) -> str | None:
        """The arm whose masks it needs, which needs those of no other itself."""
        return self.mask_of or self.counts_of
