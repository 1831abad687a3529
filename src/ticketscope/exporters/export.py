"""Exporting a run: its networks are read from its directory, and written for one tool."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ticketscope.claims.claim import plural
from ticketscope.config import Dissection, digest
from ticketscope.corpus.stored_texts import StoredTexts, corpus_digest
from ticketscope.errors import InputError, did_you_mean
from ticketscope.exporters import EXPORTERS
from ticketscope.exporters.exporter import Exported, Place, check
from ticketscope.exporters.figures import figures_of
from ticketscope.exporters.tracked import TrackedNetwork, id_of, rows_of
from ticketscope.files import explained
from ticketscope.lottery.training_log import read_log
from ticketscope.runs.leases import Holder, holders
from ticketscope.runs.store import LevelFolder, LevelId, Run
from ticketscope.study.opened_run import OpenedRun, open_run

_SECONDS_BETWEEN = 30.0


def export(
    root: Path,
    to: str,
    *,
    out: Path | None = None,
    project: str = "",
    online: bool = False,
    follow: bool = False,
    tell: Callable[[str], None],
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Write what a tool does not have yet of a run; the run is read only.

    Args:
        root: the run directory.
        to: the tool, one of `EXPORTERS`.
        out: a folder; None: where users of the tool expect it.
        project: what the tool calls the collection of its runs; "": the name of the study.
        online: send it to the tool's server. Else nothing leaves this machine.
        follow: go on until nobody works on the run any more: no process here has its lock, and of
            all who have a lease, wherever they are, no heart has beaten since the last look.
        tell: what takes each line about what was done.
        wait: what passes the seconds between two looks at the run.

    Raises `InputError` where the tool is not installed or there is nothing to export, and
    `JobError` where files of the run are not as they were written.
    """
    opened = open_run(root)
    place = Place(project or opened.study.name, out, online)
    if to not in EXPORTERS:
        raise InputError(
            f"--to {to}: no such tool; {did_you_mean(to, EXPORTERS)}valid: {', '.join(EXPORTERS)}"
        )
    exporter = EXPORTERS[to]
    check(to, exporter, place)
    told: list[str] = []
    seen: dict[LevelId, Any] = {}
    beats: list[Holder] = []
    seconds = max(_SECONDS_BETWEEN, opened.study.execution.lease_seconds)
    while True:
        before, beats = beats, holders(opened.files)
        is_worked_on = follow and (
            opened.files.is_locked() is not False or any(beat not in before for beat in beats)
        )
        networks, notes = tracked(opened, seen)
        if not seen and not is_worked_on:
            raise InputError(
                f"{root}: nothing is trained or measured yet; export it again when something is"
            )
        exported = exporter.write(networks, place)
        first, *others = _lines(exporter.tool, exported, len(seen), notes)
        if exported.rows or not told:
            tell(first)
        for line in others:
            if line not in told:
                tell(line)
        told = [first, *others]
        if not is_worked_on:
            return
        wait(seconds)


def _lines(tool: str, exported: Exported, num_networks: int, notes: list[str]) -> list[str]:
    what = plural(num_networks, "network")
    new = (
        f"{exported.rows:,} new points of {exported.networks}"
        if exported.rows
        else "nothing is new"
    )
    return [f"{tool}: {what}, {new}", *notes, f"look: {exported.to_look}"]


def tracked(opened: OpenedRun, seen: dict[LevelId, Any]) -> tuple[list[TrackedNetwork], list[str]]:
    """The networks of a run of which something new is known, and why figures are lacking.

    They come in the order of the plan: level by level, by replicate and arm.

    seen: what was known of each network at the last look, and is kept up to date here.
    """
    run = opened.files
    figures, notes = figures_of(run, opened.study)
    identity = _identity(run)
    settings = run.stored("training_identity")
    is_given = isinstance(opened.study, Dissection)
    given = run.stored("networks") if is_given else {}
    found = []
    for label in opened.labels:
        folder = run.level(label)
        is_done = is_given or folder.is_done()
        written, size = (0.0, 0) if is_given else _state(folder.log)
        at_end = {**_facts(folder, is_given), **figures.get(label, {})}
        known = (is_done, written, size, at_end)
        if not (size or at_end) or seen.get(label) == known:
            continue
        seen[label] = known
        entries = read_log(folder.log) if size else []
        found.append(
            TrackedNetwork(
                id=id_of(identity, label, given.get(str(label), "")),
                label=label,
                group=identity[:8],
                settings=settings,
                rows=rows_of(entries, last_written=written, is_done=is_done),
                figures=at_end,
                is_done=is_done,
            )
        )
    return found, notes


def _identity(run: Run) -> str:
    """Of settings and text: both decide what the networks are."""
    settings = run.stored("training_identity")
    text = corpus_digest(StoredTexts(run.corpus).report) if run.is_encoded else ""
    return digest([settings, text])


def _facts(folder: LevelFolder, is_given: bool) -> dict[str, float]:
    """What a finished level says of itself, before anything is measured on it."""
    if is_given or not folder.is_done():
        return {}
    facts = folder.facts()
    sparsities = {name: facts[name] for name in facts if name.startswith("sparsity_")}
    return {
        **{name.replace("_", "/", 1): value for name, value in sparsities.items()},
        "final/updates": facts["num_updates"],
        "final/validation_loss": facts["validation_loss"],
    }


def _state(log: Path) -> tuple[float, int]:
    """When the last line of a log was written, in seconds since 1970, and its size in bytes."""
    try:
        found = log.stat()
    except FileNotFoundError:
        return 0.0, 0
    except OSError as error:
        raise explained(error, log) from None
    return found.st_mtime, found.st_size
