"""Which networks are compared in what they hold and attend to."""

from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId


def neighbours(label: LevelId, panel: Panel) -> list[LevelId]:
    """The networks that one is compared with in what it holds and attends to, of those that can be
    looked into.

    The dense network of its replicate first; for one of an arm under study then those of its
    replicate before it in the plan, of its own arm and of others at its level. For a dense network
    those of all replicates before it: what other seeds alone make different. All with all would be
    many times as many and tell no more.
    """
    return [other for other in _candidates(label, panel) if panel[other].has_states]


def _candidates(label: LevelId, panel: Panel) -> list[LevelId]:
    reference = panel.reference(label)
    if reference is None:
        return list(panel.twins(label))
    if label not in panel.studied:
        return [reference]
    earlier = [
        other
        for other in panel.before(label)
        if other in panel.studied
        and other.replicate == label.replicate
        and (other.arm == label.arm or other.level == label.level)
    ]
    return [reference, *earlier]
