"""What several test modules share."""

import os
import signal
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


def data_folder(name: str) -> Path:
    """A folder of real data beside the project; the test is skipped, visibly, where absent."""
    default = REPOSITORY.parent / "shared" / "data"
    folder = Path(os.environ.get("TICKETSCOPE_DATA", default)) / name
    if not folder.is_dir():
        pytest.skip(f"real data {name} is not here (set TICKETSCOPE_DATA)")
    return folder


def listen_to_ctrl_c() -> None:
    """For a new process: what a shell starts in the background, CI perhaps, ignores SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
