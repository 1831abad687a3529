"""What Slurm is told and asked, with programs in its place."""

import os
import pickle
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests_support import REPOSITORY
from ticketscope.config import Asked, Execution, Experiment, Slurm
from ticketscope.errors import InputError
from ticketscope.runs.executors import slurm
from ticketscope.runs.executors.sbatch import Entry, SlurmQueue, require, script
from ticketscope.runs.executors.slurm import Submissions, submission_name
from ticketscope.runs.executors.submitting import Lost
from ticketscope.runs.jobs import Job, Resources
from ticketscope.runs.leases import USUAL

Programs = Callable[..., None]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Makes shell scripts the only programs there are."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def make(**lines: str) -> None:
        for name, text in lines.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)

    return make


def queue(folder: Path) -> SlurmQueue:
    return SlurmQueue(folder, Slurm(poll_seconds=0.001))


def do_nothing() -> None:
    pass


# ----------------------------------------------------------------------------- a submission


def test_a_script_asks_for_what_the_settings_say() -> None:
    settings = Slurm(
        partition="gpu",
        account="lottery",
        constraint="h100",
        options=("qos=high", "exclusive"),
        setup=("module load cuda",),
    )
    resources = Resources(threads=2, cores=8, gpus=4, memory_gb=60, minutes=600)
    lines = script(Path("/x"), settings, "a name", resources).splitlines()
    options = {line.removeprefix("#SBATCH --") for line in lines if line.startswith("#SBATCH")}
    assert options >= {"cpus-per-task=8", "gpus-per-node=4", "mem=60GB", "time=600", "nodes=1"}
    assert options >= {"partition=gpu", "account=lottery", "constraint=h100", "qos=high"}
    assert options >= {"exclusive", "requeue", "signal=USR2@90", "open-mode=append"}
    assert not any(option.startswith("wckey") for option in options), "some clusters refuse it"
    threads = "export MKL_NUM_THREADS=2 OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2"
    assert lines.index("module load cuda") < lines.index(threads) < len(lines) - 2
    *_, command = lines
    assert command.startswith("srun --unbuffered ")
    assert "--cpus-per-task=8" in command
    assert sys.executable in command


def test_what_is_not_said_is_not_asked_for() -> None:
    text = script(Path("/x"), Slurm(), "name", Resources(threads=3))
    assert "cpus-per-task=3" in text
    assert "time=1440" in text, "of which submitit says five minutes"
    for option in ("gpus", "mem=", "partition", "account", "constraint"):
        assert option not in text


def test_the_name_tells_drivers_whether_they_want_the_same(tmp_path: Path, toy: Experiment) -> None:
    one = Job("train", None, print, (toy,), frozenset("ab"))
    in_another_process = Experiment.model_validate(toy.model_dump())
    assert pickle.dumps(in_another_process) != pickle.dumps(toy), "which a name must not follow"
    same = Job("train", None, print, (in_another_process,), frozenset("ba"))
    name = submission_name(tmp_path, one)
    assert name.startswith("ticketscope-")
    assert "-train-" in name
    assert name == submission_name(tmp_path, same)
    more_memory = replace(one, resources=Resources(memory_gb=9))
    others = (
        Job("train", None, print, (toy.model_copy(update={"name": "other"}),)),
        Job("speed", None, print, (toy,)),
        more_memory,
    )
    assert name not in [submission_name(tmp_path, other) for other in others]
    assert name != submission_name(tmp_path / "other", one)


def test_no_job_is_lost_while_the_queue_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        answer: Mapping[str, Entry] | None = None

        def submit(self, _task: Callable[[], None], _name: str, _resources: Resources) -> str:
            return "7"

        def look(self) -> Mapping[str, Entry] | None:
            return self.answer

    seconds = count()
    monkeypatch.setattr(slurm.time, "monotonic", lambda: next(seconds))
    queue = Silent()
    jobs = Submissions(tmp_path, tmp_path / "slurm", queue, USUAL, poll_seconds=0.0, grace=9.0)
    handle = jobs.submit(Job("a", None, do_nothing, ()))
    assert handle == "7"
    assert [jobs.poll(handle) for _ in range(20)] == ["queued"] * 20
    queue.answer = {}
    assert jobs.poll(handle) == "queued"
    assert [jobs.poll(handle) for _ in range(20)].count("queued") < 9
    assert isinstance(jobs.poll(handle), Lost)


# ----------------------------------------------------------------------------- sbatch


def test_what_slurm_refuses_is_one_line(tmp_path: Path, programs: Programs) -> None:
    programs(sbatch="echo sbatch: error: invalid partition specified: gpu >&2\nexit 1")
    words = r"^execution\.slurm: sbatch refuses name: .*invalid partition specified: gpu; change "
    with pytest.raises(InputError, match=words) as caught:
        queue(tmp_path).submit(do_nothing, "name", Resources())
    assert "\n" not in str(caught.value)


def test_a_machine_without_a_cluster_is_told_so(tmp_path: Path, programs: Programs) -> None:
    programs(sbatch="echo sbatch: fatal: Could not establish a configuration source >&2\nexit 1")
    with pytest.raises(InputError, match=r"finds no Slurm .* configuration source; .*SLURM_CONF"):
        queue(tmp_path).submit(do_nothing, "name", Resources())


def test_a_job_that_is_not_taken_now_is_submitted_later(
    tmp_path: Path, programs: Programs, caplog: pytest.LogCaptureFixture
) -> None:
    at = queue(tmp_path)
    programs(sbatch="echo Unable to contact slurm controller >&2\nexit 1")
    assert at.submit(do_nothing, "name", Resources()) is None
    assert "Unable to contact slurm controller; trying again every" in caplog.text
    programs(sbatch="echo Submitted batch job 17")
    number = None
    while number is None:
        number = at.submit(do_nothing, "name", Resources())
    assert number == "17"
    assert (tmp_path / "17_submitted.pkl").exists()


def test_a_driver_that_is_a_job_itself_hands_nothing_of_that_on(
    tmp_path: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {"SLURM_JOB_ID": "3", "SLURM_MEM_PER_CPU": "5", "SLURM_CONF": "kept"}
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    programs(
        sbatch=f"echo id $SLURM_JOB_ID mem $SLURM_MEM_PER_CPU $SLURM_CONF > {tmp_path}/seen\n"
        "echo Submitted batch job 4"
    )
    assert queue(tmp_path).submit(do_nothing, "name", Resources()) == "4"
    assert (tmp_path / "seen").read_text() == "id mem kept\n"
    assert {name: os.environ[name] for name in mine} == mine


# ----------------------------------------------------------------------------- squeue


def test_the_queue_is_read(
    tmp_path: Path, programs: Programs, caplog: pytest.LogCaptureFixture
) -> None:
    programs(
        squeue="""cat <<END
12|RUNNING|None|ticketscope-a
13|PENDING|QOSMaxJobsPerUserLimit|ticketscope-b
14|PENDING|PartitionTimeLimit|ticketscope-c
15|OUT_OF_MEMORY|None|ticketscope-d
16|PENDING|launch failed requeued held|of|somebody
END"""
    )
    programs(cat='while read line; do echo "$line"; done')
    found = queue(tmp_path).look()
    assert found is not None
    assert found["12"] == Entry("ticketscope-a", "RUNNING")
    assert found["16"].name == "of|somebody"
    assert [number for number, entry in found.items() if entry.has_ended] == ["15"]
    assert caplog.messages == ["Slurm lets job 14 (ticketscope-c) wait: PartitionTimeLimit"]


def test_a_silent_controller_is_asked_again(
    tmp_path: Path, programs: Programs, caplog: pytest.LogCaptureFixture
) -> None:
    at = queue(tmp_path)
    programs(squeue="exit 1")
    assert at.look() is None
    assert at.look() is None
    [line] = caplog.messages
    assert line.startswith("squeue does not answer")
    programs(squeue=":")
    assert at.look() == {}


# ----------------------------------------------------------------------------- before anything


def test_what_it_takes_is_said_in_one_line(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="slurm: there is no sbatch on this machine"):
        require(Execution())
    programs(sbatch="", squeue="", srun="")
    require(Execution(minutes=5))
    for execution, words in (
        (Execution(minutes=4), r"^execution\.minutes: 4 is too short for Slurm"),
        (
            Execution(stages={"train": Asked(minutes=1)}),
            r"^execution\.stages\.train\.minutes: 1 is too short",
        ),
        (
            Execution(slurm=Slurm(options=("--qos=high",))),
            r"options: --qos=high: leave out the dashes: qos=high$",
        ),
    ):
        with pytest.raises(InputError, match=words):
            require(execution)
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(InputError, match=r"slurm needs submitit: pip install '.*\[slurm\]'$"):
        require(Execution())


def test_submitit_is_imported_where_it_is_used_alone() -> None:
    for module in (REPOSITORY / "src").rglob("*.py"):
        for line in module.read_text(encoding="utf-8").splitlines():
            assert not line.startswith(("import submitit", "from submitit")), module
