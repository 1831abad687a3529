"""The stages of a run that are no step of the analysis, and what each stage leaves on disk."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ticketscope.runs.store import Run

SITTING: Final = "sitting"
"""All of one `ticketscope run`, jobs and what lies between them."""
CONFIG: Final = "config"
CORPUS: Final = "corpus"
TRAIN: Final = "train"
TABLES: Final = "tables"
REPORT: Final = "report"

_ELSEWHERE: Mapping[str, Callable[[Run], list[Path]]] = {
    CORPUS: lambda run: [run.corpus],
    TRAIN: lambda run: sorted(run.root.glob("replicate-*")),
    "probe data": lambda run: [run.probing],
    TABLES: lambda run: [run.tables, run.views, run.checksums],
    REPORT: lambda run: [run.report],
}


def places_of(stage: str, run: Run) -> list[Path]:
    """The files and folders that a stage leaves: those of a step are ``analysis/STAGE``, or
    ``analysis/STAGE.json`` where it measures or prepares the whole run at once."""
    if stage in _ELSEWHERE:
        return _ELSEWHERE[stage](run)
    return [run.measured(stage), run.analysis_of_all(stage)]
