"""What a run directory keeps of the claims' settings."""

from typing import Any

from ticketscope.claims.registered import changed, registered
from ticketscope.config import Experiment, Study
from ticketscope.files import is_there
from ticketscope.lottery.lineage import planned_levels
from ticketscope.runs.seals import read_sealed
from ticketscope.runs.store import MEND_CONFIG, Run


def kept(run: Run, study: Study) -> dict[str, Any] | None:
    """What was registered when the first level was trained: the settings of now where none is.

    None where an older version trained levels, which registered nothing.
    """
    if not _has_begun(run, study):
        return registered(study.claims, study.replicates)
    found: dict[str, Any] | None = read_sealed(run.config, MEND_CONFIG).get("registered")
    return found


def late(run: Run, study: Study) -> str:
    """What to tell whoever registers something when levels are trained already; or ""."""
    now = registered(study.claims, study.replicates)
    found = changed(kept(run, study), now)
    return f"{run.root}: {found}; the report says so" if found else ""


def _has_begun(run: Run, study: Study) -> bool:
    """Whether there may be figures to choose by."""
    if isinstance(study, Experiment):
        return any(run.level(level).is_done() for level in planned_levels(study.lottery))
    return is_there(run.config)
