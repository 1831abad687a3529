"""The stages of a run that are no step of the analysis, and what each stage leaves on disk."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ticketscope.runs.store import Run

SITTING: Final = "sitting"
"""All of one `ticketscope run`, jobs and what lies between them."""
CORPUS: Final = "corpus"
TRAIN: Final = "train"
PROBE_DATA: Final = "probe data"
MINIMAL_PAIRS: Final = "minimal pairs"
TABLES: Final = "tables"
REPORT: Final = "report"

_ELSEWHERE: Mapping[str, Callable[[Run], list[Path]]] = {
    CORPUS: lambda run: [run.corpus],
    TRAIN: lambda run: sorted(run.root.glob("replicate-*")),
    PROBE_DATA: lambda run: [run.probing],
    MINIMAL_PAIRS: lambda run: [run.contrasts],
    TABLES: lambda run: [run.tables, run.views, run.checksums],
    REPORT: lambda run: [run.report],
    # Steps whose folder is not theirs alone, or not their only one.
    "behaviour": lambda run: sorted(run.contrasts.parent.glob("replicate-*")),
    "weights": lambda run: [run.measured("weights"), run.measured("mask_overlap")],
}


def places_of(stage: str, run: Run) -> list[Path]:
    """The files and folders that a stage leaves: those of a step are ``analysis/STAGE``, or
    ``analysis/STAGE.json`` where it measures the whole run at once."""
    if stage in _ELSEWHERE:
        return _ELSEWHERE[stage](run)
    folder = run.measured(stage)
    return [folder, folder.with_name(f"{stage}.json")]
