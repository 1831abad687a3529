"""Every path of a run directory, and what makes a level complete.

    RUN/config.json, RUN/corpus/, RUN/tables/, RUN/views/, RUN/checksums.json, RUN/report.html
    RUN/replicate-R/ARM/level-LL/{ticket/, masks.safetensors, training.jsonl, DONE}
                                                      and units.json where units are removed
    RUN/replicate-R/dense/level-00/early/             weights of early updates that arms go back to
    RUN/analysis/STEP/replicate-R/ARM/level-LL.json   what an analysis step measured on a ticket
    RUN/analysis/minimal_pairs.json                   the minimal pairs that tickets are asked
    RUN/analysis/word_counts.json                     how often held-out words come in training
    RUN/analysis/target_word_counts.json              and words of references
    RUN/probing/                                      the gold data of probes; RUN/features/ vectors
    RUN/readings/                                     what dense networks make of texts, while a
                                                      sitting measures
    RUN/costs/                                        what each job cost, a file per worker
    RUN/leases/                                       who does which job now

`DONE` is written last and seals every file of the level, so that a truncated or altered file is
found and named.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ticketscope.arms.dense import DENSE
from ticketscope.config import digest
from ticketscope.errors import InputError
from ticketscope.files import (
    SCRATCH,
    disk_errors_named,
    growing_name,
    is_there,
    remove,
    sweep,
    unfinished,
)
from ticketscope.runs import locks
from ticketscope.runs.seals import (
    OF_TABLES,
    DamagedError,
    read_sealed,
    verify,
    verify_file,
    write_sealed,
)

MEND_CONFIG = "restore it, or give --out another place"
OPENED: Final = "network"
"""The name under which it is kept what each network of a dissection proved to be."""


@dataclass(frozen=True, order=True)
class LevelId:
    """One ticket of a run: a level of an arm of a replicate."""

    replicate: int
    arm: str
    level: int

    def __str__(self) -> str:
        return f"replicate-{self.replicate}/{self.arm}/level-{self.level:02d}"


def dense_of(replicate: int) -> LevelId:
    """The dense model of a replicate, where each of its arms starts."""
    return LevelId(replicate, DENSE, 0)


@dataclass(frozen=True)
class LevelFolder:
    """The files of one level."""

    path: Path

    @property
    def ticket(self) -> Path:
        """A model directory of transformers'."""
        return self.path / "ticket"

    @property
    def masks(self) -> Path:
        """The bit-packed mask."""
        return self.path / "masks.safetensors"

    @property
    def units(self) -> Path:
        """Which layers and neurons of the dense network are left, where whole units are removed."""
        return self.path / "units.json"

    @property
    def moments(self) -> Path:
        """The optimiser's moments, kept only when the next level starts from them."""
        return self.path / "moments.safetensors"

    @property
    def log(self) -> Path:
        """One JSON object per line, sealed by itself: `DONE` knows no measured times."""
        return self.path / "training.jsonl"

    @property
    def checkpoint(self) -> Path:
        """Where a killed training goes on; gone when the level is complete."""
        return self.path / "checkpoint.safetensors"

    @property
    def best(self) -> Path:
        """The best state on validation so far; only for a dense model with patience."""
        return self.path / "best.safetensors"

    def early(self, update: int) -> Path:
        """The weights of a dense model after so many updates, which arms go back to; sealed by a
        JSON file of the same name."""
        return self.path / "early" / f"update-{update:09d}.safetensors"

    @property
    def again(self) -> "LevelFolder":
        """Where a dense model goes through its first updates again, for early weights that it has
        not kept; gone when they are there."""
        return LevelFolder(self.path / "again")

    @property
    def done(self) -> Path:
        """The completion marker."""
        return self.path / "DONE"

    def is_done(self) -> bool:
        """Whether the level is complete."""
        return is_there(self.done)

    def mark_done(self, facts: Mapping[str, Any]) -> None:
        """Write the completion marker: checksums of the files there are, and `facts`."""
        files = [path for path in self._checked_files() if path.is_file()]
        write_sealed(self.done, {"facts": dict(facts)}, files)

    def facts(self) -> dict[str, Any]:
        """What `mark_done` was given."""
        facts: dict[str, Any] = self._marker()["facts"]
        return facts

    def digest(self) -> str:
        """Identity of what the next level starts from: weights, mask, moments and units.

        The words of the model card and the versions in the ticket's config are no part of it.
        """
        checksums = self._marker()["files"]
        weights = f"{self.ticket.name}/model.safetensors"
        parts = (weights, self.masks.name, self.moments.name, self.units.name)
        return digest({part: checksums[part] for part in parts if part in checksums})

    def verify(self) -> None:
        """Compare every file with its checksum.

        Raises `DamagedError` naming the first file that is missing, truncated or altered.
        """
        self._as_marker(verify(self.done, self.mend))

    def masks_verified(self) -> Path:
        """The mask file, compared with its checksum. Raises as `verify`."""
        return verify_file(self.done, self._marker(), self.masks.name, self.mend)

    def units_verified(self) -> Path | None:
        """The file of units, likewise; None where none are removed."""
        marker = self._marker()
        if self.units.name not in marker["files"]:
            return None
        return verify_file(self.done, marker, self.units.name, self.mend)

    def _checked_files(self) -> Iterator[Path]:
        yield from self.ticket.rglob("*")
        yield from (self.masks, self.moments, self.units)

    def _marker(self) -> dict[str, Any]:
        return self._as_marker(read_sealed(self.done, self.mend))

    def _as_marker(self, marker: dict[str, Any]) -> dict[str, Any]:
        if not (isinstance(marker.get("files"), dict) and isinstance(marker.get("facts"), dict)):
            raise DamagedError(f"{self.done}: truncated or altered; {self.mend}")
        return marker

    @property
    def mend(self) -> str:
        """What to do if a file of it is damaged."""
        return f"delete {self.path} and run again to have it made again, with the same bytes"


def level_of(ticket: Path) -> LevelFolder | None:
    """The complete level to which a model directory belongs; None for any other directory."""
    # The user's own name first. Unlike `resolve`, `realpath` has an answer to links in a circle.
    for place in (ticket, Path(os.path.realpath(ticket))):
        level = LevelFolder(place.parent)
        if level.ticket == place and level.is_done():
            return level
    return None


@dataclass(frozen=True)
class Run:
    """A run directory."""

    root: Path

    @property
    def config(self) -> Path:
        """Canonical config, digest and versions."""
        return self.root / "config.json"

    def stored(self, key: str) -> dict[str, Any]:
        """A part of config.json. Raises `InputError` where it is no config of a run."""
        stored = read_sealed(self.config, MEND_CONFIG).get(key)
        if not isinstance(stored, dict):
            raise InputError(
                f"{self.config}: not the config of a run (no {key}); name a run directory"
            )
        return stored

    @property
    def corpus(self) -> Path:
        """Encoded shards, the vocabulary and the raw test sets."""
        return self.root / "corpus"

    @property
    def growing_corpus(self) -> Path:
        """The same while it is made; what a stop leaves there is gone on with."""
        return growing_name(self.corpus)

    @property
    def is_encoded(self) -> bool:
        """Whether an earlier sitting has read and encoded the corpus."""
        return is_there(self.corpus / "corpus.json")

    @property
    def probing(self) -> Path:
        """The gold data of the probes, as numbers."""
        return self.root / "probing"

    @property
    def features(self) -> Path:
        """Word vectors that probes are being trained on; gone when they are."""
        return self.root / "features"

    @property
    def readings(self) -> Path:
        """What dense networks make of texts, for all that are compared with them; see
        `steps.tracing`."""
        return self.root / "readings"

    @property
    def tables(self) -> Path:
        """The CSV files."""
        return self.root / "tables"

    @property
    def views(self) -> Path:
        """JSON files that the report reads beside the tables."""
        return self.root / "views"

    @property
    def checksums(self) -> Path:
        """The seal of tables and views; there when all of them are written."""
        return self.root / OF_TABLES

    @property
    def report(self) -> Path:
        """The report."""
        return self.root / "report.html"

    @property
    def costs(self) -> Path:
        """The journal of what jobs cost, a file per worker."""
        return self.root / "costs"

    @property
    def old_costs(self) -> Path:
        """The journal of older versions."""
        return self.root / "costs.jsonl"

    @property
    def leases(self) -> Path:
        """Who does which job."""
        return self.root / "leases"

    @property
    def hub(self) -> Path:
        """Where the networks lie that a dissection has from the Hugging Face hub."""
        return self.root / "hub.json"

    @property
    def _of_a_start(self) -> tuple[str, ...]:
        """Names of the files that a start leaves before anything is done."""
        places = (self.costs, self.old_costs, self.leases, self.hub)
        return (locks.RUN, locks.WORKERS, *(place.name for place in places))

    def may_hold(self, path: Path) -> bool:
        """Whether a run that was stopped before it had a config can have left this file."""
        if path.name == self.corpus.name:
            return self.is_encoded
        if path.name == self.probing.name:
            return (path / "index.json").is_file()
        # What networks proved, and what steps prepare; a measurement lies one folder deeper.
        if path == self._analysis:
            return path.is_dir() and all(
                place.name == OPENED
                or (
                    place.is_file() and Path(unfinished(place.name) or place.name).suffix == ".json"
                )
                for place in path.iterdir()
            )
        appearing = (self.config, self.corpus, self.probing)
        names = {*(place.name for place in appearing), SCRATCH}
        begun = (*self._of_a_start, self.growing_corpus.name)
        return path.name in begun or unfinished(path.name) in names

    def level(self, level: LevelId) -> LevelFolder:
        """The files of a level."""
        return LevelFolder(self.root / str(level))

    @property
    def _analysis(self) -> Path:
        """Results of steps, and what was prepared for them."""
        return self.root / "analysis"

    def measured(self, step: str) -> Path:
        """The folder of everything that an analysis step measured."""
        return self._analysis / step

    def analysis(self, step: str, level: LevelId) -> Path:
        """What an analysis step measured on a ticket."""
        return self.measured(step) / f"{level}.json"

    def analysis_of_all(self, stage: str) -> Path:
        """What a step measured on all tickets at once, or prepared for all of them."""
        return self.measured(stage.replace(" ", "_")).with_suffix(".json")

    @property
    def word_counts(self) -> Path:
        """How often words of held-out sentences come in the training text."""
        return self._analysis / "word_counts.json"

    @property
    def target_word_counts(self) -> Path:
        """How often words of the references come in the training text."""
        return self._analysis / "target_word_counts.json"

    @property
    def contrasts(self) -> Path:
        """The minimal pairs that tickets are asked."""
        return self.analysis_of_all("minimal pairs")

    @contextmanager
    def locked(self, *, is_shared: bool = False) -> Iterator[None]:
        """Hold the run alone, or together with others whose executor `is_shared`.

        Raises `InputError` when another process has it, or when it cannot be made there. Workers
        that a killed run left behind notice its death by themselves; they are waited for, since
        they may still be writing.
        """
        made = [path for path in (self.root, *self.root.parents) if not path.exists()]
        try:
            with disk_errors_named(self.root):
                self.root.mkdir(parents=True, exist_ok=True)
            hold = locks.run_together if is_shared else locks.run_alone
            with hold(self.root), self._forgotten_if_it_fails(is_shared=is_shared):
                yield
        except BaseException:
            for path in made:
                with suppress(OSError):  # not made, or not empty
                    path.rmdir()
            raise

    @contextmanager
    def _forgotten_if_it_fails(self, *, is_shared: bool) -> Iterator[None]:
        """Leave nothing of a start that failed before any of its work was finished."""
        try:
            yield
        except BaseException as error:
            if is_shared and not isinstance(error, Exception):  # jobs wait in the queue, for hours
                raise
            if any(self.leases.glob("*")):  # of another driver
                raise
            if not any(self.growing_corpus.glob("*.json")):  # no stage of it is whole
                remove(self.growing_corpus)
            made = (self.config, self.corpus, self.growing_corpus, self.probing)
            if not any(place.exists() for place in made):
                sweep(self.root)
                for name in self._of_a_start:
                    remove(self.root / name)
            raise

    @contextmanager
    def worker_present(self) -> Iterator[None]:
        """Tell a later run that a worker of this one is still alive."""
        with locks.worker_present(self.root):
            yield

    def is_locked(self) -> bool | None:
        """Whether a process is working on the run now; None where the system cannot tell."""
        return locks.is_worked_on(self.root)
