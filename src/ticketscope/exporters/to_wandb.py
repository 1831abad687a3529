"""Weights & Biases: one run per network, in folders to `wandb sync` or, at the user's word, online.

Offline, the folder of a network is written anew whenever its content has changed, from its first
step on. Synced again, a run of the same id replaces what the server has, so that nothing is there
twice, also where the user has deleted folders in between (`wandb clean`). Online, the server says
which step it has, and only later ones are sent.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ticketscope.errors import InputError, JobError
from ticketscope.exporters.exporter import Exported, Exporter, Place
from ticketscope.exporters.tracked import Row, TrackedNetwork
from ticketscope.files import disk_errors_named, make_folder, read_json, write_json

if TYPE_CHECKING:
    import wandb

_MARK: Final = "ticketscope.json"
"""Written last into the folder of a network: which content it has."""


def write(networks: Sequence[TrackedNetwork], place: Place) -> Exported:
    """Write the folders that are not there or have other content, or send what the server lacks.

    Raises `InputError` where there is no key to go online with; nobody is asked for one. Raises
    `JobError` where wandb fails, such as without a connection to its server.
    """
    os.environ["WANDB_ERROR_REPORTING"] = "false"  # wandb reads it where it is imported
    import wandb

    out = place.out or Path()
    make_folder(out)  # else wandb would silently write somewhere else
    if place.online:
        _require_key()
    folders: dict[Path, Any] = {}
    try:
        if place.online:
            rows = [_send(network, place, out) for network in networks]
        else:
            rows = [_write_folder(network, place, out, folders) for network in networks]
    except wandb.Error as error:
        why = " ".join(str(error).split())
        raise JobError(f"Weights & Biases failed ({why}); mend that and export again") from error
    finally:
        wandb.teardown()  # all is written when its process has ended
    for folder, content in folders.items():
        write_json(folder / _MARK, content)
    to_look = (
        f"project {place.project} of Weights & Biases"
        if place.online
        else f"wandb sync {out / 'wandb'}/offline-run-*"
    )
    return Exported(sum(map(bool, rows)), sum(rows), to_look)


def _write_folder(
    network: TrackedNetwork, place: Place, out: Path, folders: dict[Path, Any]
) -> int:
    """Returns how many rows a new folder has; 0: the one that is there has all.

    folders: the new one is entered here, with its content.
    """
    there = sorted((out / "wandb").glob(f"offline-run-*-{network.id}"))
    content = {"content": network.content, "project": place.project}
    if [_mark_of(folder) for folder in there] == [content]:
        return 0
    for folder in there:
        shutil.rmtree(folder)
    with disk_errors_named(out), _run(network, place, out, mode="offline") as run:
        num_rows = _log(run, network.rows, network)
        folder = Path(run.settings.sync_dir)
    if not folder.is_dir():
        raise JobError(
            f"{folder}: wandb wrote nothing here; look whether it is switched off "
            "(WANDB_MODE, WANDB_DISABLED)"
        )
    folders[folder] = content
    return num_rows


def _mark_of(folder: Path) -> Any:
    mark = folder / _MARK
    return read_json(mark) if mark.is_file() else None


def _send(network: TrackedNetwork, place: Place, out: Path) -> int:
    """Send the rows that come after the last step of the server; returns how many."""
    with _run(network, place, out, mode="online") as run:
        return _log(run, [row for row in network.rows if row.step >= run.starting_step], network)


def _log(run: "wandb.Run", rows: Sequence[Row], network: TrackedNetwork) -> int:
    for row in rows:
        run.log({**row.values, "_timestamp": row.time}, step=row.step)
    run.summary.update(dict(network.figures))
    return len(rows) + bool(network.figures)


def _run(network: TrackedNetwork, place: Place, out: Path, *, mode: str) -> "wandb.Run":
    import wandb

    return wandb.init(
        project=place.project,
        dir=out,
        id=network.id,
        name=str(network.label),
        group=network.group,
        job_type=network.label.arm,
        config={**network.facts, **network.settings},
        resume="allow" if mode == "online" else None,
        settings=wandb.Settings(mode=mode, **_QUIET),
    )


_QUIET: Final[Mapping[str, Any]] = {
    "silent": True,
    "console": "off",
    "disable_git": True,
    "disable_code": True,
    "save_code": False,
    "x_disable_meta": True,
    "x_disable_stats": True,
    "x_disable_machine_info": True,
    "x_save_requirements": False,
}
"""Nothing is told about this machine, its packages, its code or its terminal."""


def _require_key() -> None:
    import wandb

    if not wandb.login(prompt=False, verify=False):
        raise InputError(
            "--online: there is no key of Weights & Biases here; give wandb login once, or set "
            "WANDB_API_KEY"
        )


WANDB: Final = Exporter("Weights & Biases", "wandb", write, has_server=True)
