"""A run started in a folder whose files are named as modules of Python."""

import subprocess
import sysconfig
from pathlib import Path

from tests_support import poison
from toy_run import write_toml


def test_a_run_imports_nothing_from_the_working_directory(toy_files: Path, tmp_path: Path) -> None:
    """Neither the command nor its workers nor what libraries start: a user's socket.py is a
    user's."""
    marker = poison(tmp_path / "here")
    toml = write_toml(tmp_path / "toy.toml", toy_files, replicates=1)
    one_level = ["--set", "lottery.levels=1", "--set", 'lottery.arms=["dense_continued"]']
    command = Path(sysconfig.get_path("scripts")) / "ticketscope"
    result = subprocess.run(
        [str(command), "run", str(toml), "--out", str(tmp_path / "run"), *one_level],
        cwd=marker.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not marker.exists(), marker.read_text()
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "run" / "report.html").is_file()
