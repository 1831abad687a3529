"""Whether tables are of the settings that a run has now, or of earlier ones."""

from ticketscope.config import digest
from ticketscope.runs.seals import read_sealed
from ticketscope.runs.store import Run

SETTINGS = "settings"
"""What checksums.json holds beside the checksums of tables and views."""


def settings_digest(run: Run) -> str:
    """Identity of what a run is to be, as its config.json has it: how it is done is no part."""
    config = run.stored("config")
    return digest({name: section for name, section in config.items() if name != "execution"})


def are_stale(run: Run) -> bool:
    """Whether the settings have changed since the tables were written. What an older version wrote
    does not tell, and is taken as it is."""
    written_by = read_sealed(run.checksums, "").get(SETTINGS)
    return written_by is not None and written_by != settings_digest(run)
