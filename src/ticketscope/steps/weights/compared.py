"""Which masks are compared."""

from typing import TYPE_CHECKING

from ticketscope.runs.store import LevelId

if TYPE_CHECKING:
    from ticketscope.networks.panel import Panel


def overlapping(label: LevelId, panel: "Panel") -> list[LevelId]:
    """Pruned networks before this one in the plan that differ from it in replicate, arm or level
    alone; none for a network that is not pruned. A network that has lost whole units has no mask
    that says which.

    Every pair comes up once, at its later network: a run that gets more levels or replicates keeps
    the pairs that it has.
    """
    masked = panel.pruned - panel.shrunk
    if label not in masked:
        return []
    earlier = [other for other in panel.before(label) if other in masked]

    def differs_in(other: LevelId) -> list[str]:
        return [
            field
            for field in ("replicate", "arm", "level")
            if getattr(other, field) != getattr(label, field)
        ]

    return [
        other
        for field in ("replicate", "arm", "level")
        for other in earlier
        if differs_in(other) == [field]
    ]
