"""The cheapest repair within a budget, found greedily: pure, of losses that others measure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Unit = TypeVar("Unit")


@dataclass(frozen=True)
class Repair(Generic[Unit]):
    """A step of a repair.

    Args:
        unit: what is restored in it.
        loss: afterwards.
        num: weights that the unit costs.
        total: those that all units cost so far.
    """

    unit: Unit
    loss: float
    num: int
    total: int


def repairs(
    costs: Mapping[Unit, int],
    budget: int,
    losses: Callable[[Sequence[tuple[Unit, ...]]], Sequence[float]],
    loss: float,
) -> Iterator[Repair[Unit]]:
    """Restore always the unit that lowers the loss most per weight, of those that the rest of the
    budget allows; end when none lowers it. Of equal ones the first is taken.

    Args:
        costs: of each unit how many weights it costs; none may be below 0.
        budget: how many weights all may cost.
        losses: gives the losses with each of several sets of units restored.
        loss: with nothing restored.
    """
    done: tuple[Unit, ...] = ()
    total = 0
    while left := [
        unit for unit, cost in costs.items() if unit not in done and total + cost <= budget
    ]:
        found = losses([(*done, unit) for unit in left])
        trials = [
            Repair(unit, after, costs[unit], total + costs[unit])
            for unit, after in zip(left, found, strict=True)
        ]
        before = loss
        best = max(trials, key=lambda trial: (before - trial.loss) / max(trial.num, 1))
        if best.loss >= loss:
            return
        done, total, loss = (*done, left[trials.index(best)]), best.total, best.loss
        yield best
