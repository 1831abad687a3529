"""What a report is made from is what `ticketscope run` wrote, unless the user says otherwise."""

from pathlib import Path

from ticketscope.files import require_plain
from ticketscope.runs.seals import OF_TABLES, DamagedError, is_sealed, read_sealed, verify

AGAIN = "give the command of this run again to have it written anew"
_MEND = f"{AGAIN}, or --edited-tables to show it as it is"


def check_unedited(run: Path, *, edited: bool, mend: str = _MEND) -> None:
    """Compare config.json with its seal and, unless they were `edited`, tables and views with
    their seals. What a version without seals wrote is taken as it is. `mend`: the way out.

    Raises `DamagedError` naming the first file that is missing, truncated or altered.
    """
    config, seal = run / "config.json", run / OF_TABLES
    if not config.exists():
        return  # no run: who reads it says so
    require_plain(run)
    read_sealed(config, "put the right file back, or give the command of this run another --out")
    if edited:
        return
    if seal.is_file():
        verify(seal, mend)
    elif is_sealed(config) and any((*run.glob("tables/*"), *run.glob("views/*"))):
        raise DamagedError(f"{seal}: missing, so tables and views are unfinished; {mend}")
