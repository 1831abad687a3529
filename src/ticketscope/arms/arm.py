"""What an arm is, as pure data."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way to go on from a dense model, level by level.

    All arms of a replicate start at its dense model, on the same stretch of the schedule and with
    the same seeds. They differ in what they prune and in nothing else; an arm that draws its own
    seeds shows how far the seeds alone take a network.
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

    @property
    def prunes(self) -> bool:
        """Whether its levels prune anything."""
        return self.criterion is not None
