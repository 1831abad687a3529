"""trackio: one run per network in its local database, and never anywhere else.

Rows go into the database directly, with an id each that it refuses to take twice. `trackio.init`
would ask the hub who the user is, and send rows to a Space that the environment names.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ticketscope.config import digest
from ticketscope.errors import InputError
from ticketscope.exporters.exporter import Exported, Exporter, Place
from ticketscope.exporters.tracked import Row, TrackedNetwork
from ticketscope.files import explained, make_folder

if TYPE_CHECKING:
    from trackio.sqlite_storage import SQLiteStorage


def write(networks: Sequence[TrackedNetwork], place: Place) -> Exported:
    """Insert the rows that the database of the project does not have.

    Raises `InputError` for a name of a project that trackio does not allow, and `JobError` where
    the database cannot be written.
    """
    if place.out:
        make_folder(place.out)
        os.environ["TRACKIO_DIR"] = str(place.out.absolute())  # read where it is imported
    from trackio.sqlite_storage import SQLiteStorage
    from trackio.utils import TRACKIO_DIR

    assert place.out is None or place.out.absolute() == TRACKIO_DIR, "imported for another place"
    try:
        SQLiteStorage.validate_project_name(place.project)
    except ValueError as error:
        raise InputError(f"--project {place.project}: {error}") from None
    try:
        added = [_insert(network, place.project, SQLiteStorage) for network in networks]
    except (OSError, sqlite3.Error) as error:
        raise explained(error, TRACKIO_DIR) from error
    place_of_it = f"TRACKIO_DIR={place.out.absolute()} " if place.out else ""
    return Exported(
        sum(map(bool, added)), sum(added), f"{place_of_it}trackio show --project {place.project}"
    )


def _insert(network: TrackedNetwork, project: str, storage: "type[SQLiteStorage]") -> int:
    """Returns how many rows were new."""
    rows = list(_rows(network))
    before = storage.get_log_count(project, run_id=network.id)
    storage.bulk_log(
        project,
        str(network.label),
        [dict(row.values) for _, row in rows],
        steps=[row.step for _, row in rows],
        timestamps=[datetime.fromtimestamp(row.time, UTC).isoformat() for _, row in rows],
        config={**network.facts, **network.settings, "_Group": network.group},
        log_ids=[log_id for log_id, _ in rows],
        run_id=network.id,
    )
    return storage.get_log_count(project, run_id=network.id) - before


def _rows(network: TrackedNetwork) -> Iterator[tuple[str, Row]]:
    """Each row with its id: that of a step; for figures, which may be measured anew, by content."""
    for row in network.rows:
        yield f"{network.id}/{row.step}", row
    if network.figures:
        figures = dict(network.figures)
        row = Row(network.last_step, network.last_time, figures)
        yield f"{network.id}/{digest(figures)}", row


TRACKIO: Final = Exporter("trackio", "trackio", write)
