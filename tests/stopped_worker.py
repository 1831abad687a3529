"""A worker in a process of its own, which does a job in two halves and is stopped between them."""

import sys
from pathlib import Path

from tests_support import wait_for
from ticketscope.files import write_text
from ticketscope.runs.doing import Done, do
from ticketscope.runs.jobs import Job
from ticketscope.runs.leases import Patience


def work(root: Path, name: str) -> None:
    """Publish something; the one that is stopped goes on when the other has ended."""
    write_text(root / f"{name} began", "")
    if name == "stopped":
        wait_for((root / "other ended").exists)
    write_text(root / "result", name)
    write_text(root / f"{name} ended", "")


def done_by(name: str, root: Path) -> Done:
    """What became of the job, which both want to do."""
    return do(Job("train", None, work, (root, name)), root, Patience(lease_seconds=1.2))


if __name__ == "__main__":
    print(done_by("stopped", Path(sys.argv[1])).state)
