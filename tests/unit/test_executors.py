"""Jobs in worker processes: order, number, errors and deaths."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests_support import PATIENCE, TORCH_STUB, listen_to_ctrl_c, poison, wait_for
from ticketscope.config import Execution, Experiment, GrammarCorpus, Training
from ticketscope.errors import DiskFullError, InputError, JobError
from ticketscope.files import beside, write_text
from ticketscope.runs.executors import num_workers
from ticketscope.runs.executors.local import LocalWorkers
from ticketscope.runs.jobs import Job, Resources, Status
from ticketscope.runs.journal import read_journal
from ticketscope.runs.leases import Patience
from ticketscope.runs.resources import resources_of
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import Run


@pytest.fixture(autouse=True)
def light_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where workers find a torch that is imported at once: their path is ours."""
    folder = tmp_path / "light"
    folder.mkdir()
    (folder / "torch.py").write_text(TORCH_STUB)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


@pytest.fixture(autouse=True)
def any_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever path the tests themselves were started with."""
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)


@pytest.fixture(autouse=True)
def no_worker_left() -> Iterator[None]:
    before = set(children(os.getpid()))
    yield
    assert set(children(os.getpid())) <= before


def children(parent: int) -> list[int]:
    """Child processes that are workers."""
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # ended while we look
            for pid in map(int, (task / "children").read_text().split()):
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
    return found


# ----------------------------------------------------------------------------- jobs


def note(folder: Path, name: str, meets: str = "") -> None:
    """Write down when the job ran and where; it ends only once the one that it `meets` runs."""
    start = time.monotonic()
    if meets:
        (folder / f"{name} is here").touch()
        wait_for((folder / f"{meets} is here").exists)
    span = [start, time.monotonic()]
    write_text(folder / name, json.dumps({"span": span, "pid": os.getpid()}))


def nothing_to_do() -> bool:
    return False


def fail(kind: str) -> None:
    raise {"InputError": InputError, "JobError": JobError, "KeyError": KeyError}[kind]("the reason")


def fail_on_disk(code: int) -> None:
    raise OSError(code, "", str(beside(Path("a"))))


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def leave(code: int) -> None:
    os._exit(code)


def forever(started: Path) -> None:
    write_text(started, str(os.getpid()))  # whoever sees the file sees all of it
    threading.Event().wait()


def after(path: Path, function: Callable[..., None], argument: object) -> None:
    """Do it once the file is there."""
    wait_for(path.exists)
    function(argument)


def describe_worker(path: Path) -> None:
    import torch

    threads = [torch.get_num_threads(), os.environ["OPENBLAS_NUM_THREADS"]]
    write_text(path, json.dumps([threads, blocked_signals()]))


def blocked_signals() -> list[int]:
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))


@dataclass
class Watched:
    """Everything that the watcher was told."""

    statuses: list[Status] = field(default_factory=list)

    def __call__(self, status: Status) -> None:
        self.statuses.append(status)


def run(root: Path, jobs: list[Job], workers: int, watch: Callable[[Status], None]) -> None:
    LocalWorkers(root, workers, interval=0.1, patience=Patience(pauses=())).run(jobs, watch)


def job(name: str, function: Callable[..., bool | None], *arguments: Any, needs: str = "") -> Job:
    return Job(name, None, function, arguments, frozenset(needs.split()), Resources(threads=3))


def names(jobs: Iterable[Job]) -> list[str]:
    return [job.name for job in jobs]


# ----------------------------------------------------------------------------- order and number


def test_dependencies_number_and_reports(tmp_path: Path) -> None:
    graph = {"a": "", "b": "a", "c": "a", "d": "b c", "e": "", "f": "d e"}
    meets = {"b": "c", "c": "b"}  # ready at the same moment, they must run side by side
    jobs = [
        job(name, note, tmp_path, name, meets.get(name, ""), needs=needs)
        for name, needs in graph.items()
    ]
    watched = Watched()
    run(tmp_path, jobs[::-1], 2, watched)  # the order given does not matter

    notes = {name: json.loads((tmp_path / name).read_text()) for name in graph}
    spans = {name: entry["span"] for name, entry in notes.items()}
    for name, needs in graph.items():
        for needed in needs.split():
            assert spans[needed][1] <= spans[name][0]
    for start, _ in spans.values():
        assert sum(s <= start < e for s, e in spans.values()) <= 2
    assert len({entry["pid"] for entry in notes.values()}) == 2  # workers are used again
    assert os.getpid() not in {entry["pid"] for entry in notes.values()}

    assert watched.statuses[-1].running == ()
    assert sorted(names(watched.statuses[-1].finished)) == sorted(graph)
    for earlier, later in pairwise(watched.statuses):
        assert later.finished[: len(earlier.finished)] == earlier.finished
        assert not set(later.finished) & set(later.running)
    assert {status.num_jobs for status in watched.statuses} == {6}
    assert any(len(status.running) == 2 for status in watched.statuses)
    assert all(len(status.running) <= 2 for status in watched.statuses)


def test_a_job_that_found_its_work_done_is_told_apart(tmp_path: Path) -> None:
    seen = Watched()
    there, new = job("there", nothing_to_do), job("new", note, tmp_path, "new")
    run(tmp_path, [there, new], 1, seen)
    last = seen.statuses[-1]
    assert (set(last.finished), last.there) == ({there, new}, {there})


def test_one_worker_runs_one_job_at_a_time_in_the_order_given(tmp_path: Path) -> None:
    order = ["c", "a", "b"]
    watched = Watched()
    run(tmp_path, [job(name, note, tmp_path, name) for name in order], 1, watched)
    assert names(watched.statuses[-1].finished) == order
    assert len({json.loads((tmp_path / name).read_text())["pid"] for name in order}) == 1


def test_no_jobs(tmp_path: Path) -> None:
    watched = Watched()
    run(tmp_path, [], 2, watched)
    assert watched.statuses == [Status((), (), 0)]


def test_jobs_that_wait_for_each_other_are_our_bug(tmp_path: Path) -> None:
    jobs = [job("a", note, needs="b"), job("b", note, needs="a")]
    with pytest.raises(AssertionError, match="wait for each other"):
        run(tmp_path, jobs, 2, Watched())


def test_workers_have_their_threads_hold_the_run_and_leave_ctrl_c_to_us(tmp_path: Path) -> None:
    file = tmp_path / "worker"
    run(tmp_path, [job("a", describe_worker, file)], 1, Watched())
    assert json.loads(file.read_text()) == [[3, "3"], [signal.SIGINT]]
    assert blocked_signals() == []


def test_workers_import_nothing_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the socket.py of a user, say: they start as `python -c`, which would."""
    marker = poison(tmp_path / "here")
    monkeypatch.chdir(marker.parent)
    run(tmp_path, [job("a", note, tmp_path, "a")], 1, Watched())
    assert not marker.exists(), marker.read_text()
    assert "PYTHONSAFEPATH" not in os.environ  # our own process is left as it was


def test_the_run_cannot_be_taken_while_a_worker_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    started = tmp_path / "started"
    taken: list[bool] = []

    def watch(_status: Status) -> None:
        if started.exists() and not taken:
            with pytest.raises(JobError, match="still alive"), Run(tmp_path).locked():
                raise AssertionError("not reached")
            taken.append(False)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, [job("a", forever, started)], 1, watch)
    assert taken == [False]
    with Run(tmp_path).locked():
        pass


@pytest.mark.parametrize(
    ("asked", "threads", "device", "expected"),
    [(3, 1, "cpu", 3), (0, 1, "cpu", 6), (0, 4, "cpu", 1), (0, 9, "cpu", 1), (0, 1, "cuda", 1)],
)
def test_number_of_workers(
    asked: int, threads: int, device: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)))
    experiment = Experiment(
        name="x",
        corpus=GrammarCorpus(),
        training=Training(updates=1, threads=threads, device=device),
        execution=Execution(workers=asked),
    )
    assert num_workers(experiment) == expected


def test_a_training_takes_so_much_for_each_of_its_ranks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    settings = Training(updates=1, threads=2, accumulate=4, ranks=2)
    study = Experiment(name="x", corpus=GrammarCorpus(), training=settings)
    assert num_workers(study) == 2
    taken = {stage: resources_of(study, stage) for stage in (TRAIN, "quality")}
    assert [(each.threads, each.cores, each.gpus) for each in taken.values()] == [
        (2, 4, 0),
        (2, 2, 0),
    ]
    on_gpus = study.model_copy(
        update={"training": settings.model_copy(update={"device": "cuda"})},
    )
    assert [resources_of(on_gpus, stage).gpus for stage in (TRAIN, "quality")] == [2, 1]


# ----------------------------------------------------------------------------- errors and deaths


@pytest.mark.parametrize(
    ("function", "argument", "error", "words"),
    [
        (fail, "InputError", InputError, "^the reason$"),
        (fail, "JobError", JobError, "^the reason$"),
        (
            fail,
            "KeyError",
            RuntimeError,
            r"(?s)in a worker process:.*Traceback.*in fail\n.*KeyError",
        ),
        (fail_on_disk, errno.EROFS, InputError, "^a: read-only file system; "),
        (fail_on_disk, errno.ENOSPC, DiskFullError, "^a: the disk is full; "),
        (die, signal.SIGKILL, JobError, "^bad: its process died .killed; was the machine out of m"),
        (die, signal.SIGSEGV, JobError, "^bad: its process died .exit code -11"),
        (leave, 7, JobError, "^bad: its process died .exit code 7"),
    ],
)
def test_a_failure_leaves_the_others_running_and_is_raised_at_the_end(
    function: Callable[..., None],
    argument: object,
    error: type[Exception],
    words: str,
    tmp_path: Path,
) -> None:
    seen = Watched()
    jobs = [
        job("bad", function, argument),
        job("never", note, tmp_path, "never", needs="bad"),
        job("good", note, tmp_path, "good"),
    ]
    with pytest.raises(error, match=words) as caught:
        run(tmp_path, jobs, 1, seen)
    assert type(caught.value) is error
    assert not (tmp_path / "never").exists()
    assert (tmp_path / "good").exists() == (argument != errno.ENOSPC)  # which all would meet
    last = seen.statuses[-1]
    assert (names([failure.job for failure in last.failed]), last.running) == (["bad"], ())
    with Run(tmp_path).locked():
        pass


def test_several_failures_are_named_together(tmp_path: Path) -> None:
    jobs = [
        job("bad", fail, "InputError"),
        job("good", note, tmp_path, "good"),
        job("never", note, tmp_path, "never", needs="bad"),
        job("nor", note, tmp_path, "nor", needs="never good"),
        job("dead", leave, 7),
    ]
    with pytest.raises(JobError) as caught:
        run(tmp_path, jobs, 2, Watched())
    title, *lines = str(caught.value).splitlines()
    assert title == "2 jobs failed; 2 more not begun:"
    assert sorted(lines) == [
        "bad: the reason",
        "dead: its process died (exit code 7); give the same command again to go on",
    ]


def test_what_an_interrupt_ends_is_noted_by_the_process_that_ended_it(tmp_path: Path) -> None:
    started = tmp_path / "started"

    def watch(_status: Status) -> None:
        if started.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, [job("long", forever, started)], 2, watch)
    assert not is_alive(int(started.read_text()))
    [entry], num_damaged = read_journal(Run(tmp_path))
    assert (entry.job, entry.peak_bytes, num_damaged) == ("long", None, 0)
    assert entry.end >= entry.start > 0


def test_a_worker_that_dies_between_two_jobs_is_told_of(tmp_path: Path) -> None:
    """As when the machine has too little memory and ends an idle process."""

    def watch(status: Status) -> None:
        if names(status.finished) == ["short"]:
            # Its worker is idle, for `second` waits for `long` too.
            pid = json.loads((tmp_path / "short").read_text())["pid"]
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
                wait_for(lambda: not is_alive(pid))
                (tmp_path / "dead").touch()

    jobs = [
        job("long", after, tmp_path / "dead", describe_worker, tmp_path / "long"),
        job("short", note, tmp_path, "short"),
        job("second", note, tmp_path, "second", needs="long short"),
        job("third", note, tmp_path, "third", needs="long short"),
    ]
    with pytest.raises(JobError, match=r"its process died .killed; was the machine out of memory"):
        run(tmp_path, jobs, 2, watch)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody has asked about does not."""
    try:
        return status_of(pid, "State")[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def status_of(pid: int, name: str) -> str:
    """What the system says about a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


# The command line with a main job that is nothing but two endless jobs.
PARENT = """
import sys
from pathlib import Path
from types import ModuleType

from test_executors import Job, LocalWorkers, forever
from ticketscope import cli

def run_experiment(experiment, out, console):
    jobs = [Job(name, None, forever, (out / name,)) for name in ("one", "two")]
    LocalWorkers(out, workers=2).run(jobs, lambda status: None)

if __name__ == "__main__":
    study = ModuleType("ticketscope.study.main_job")
    study.run_experiment = run_experiment
    sys.modules["ticketscope.study.main_job"] = study
    sys.argv = ["ticketscope", "run", "demo", "--out", sys.argv[1]]
    cli.main()
"""


@contextmanager
def parent_of_endless_jobs(out: Path, light_torch: Path) -> Iterator[subprocess.Popen[str]]:
    script = light_torch / "parent.py"
    script.write_text(PARENT)
    path = os.pathsep.join([str(light_torch), str(Path(__file__).parent), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(script), str(out)],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
        preexec_fn=listen_to_ctrl_c,
        text=True,
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def at_work(out: Path) -> list[int]:
    """Wait until both jobs run; the processes they are in."""
    files = [out / "one", out / "two"]
    wait_for(lambda: all(file.exists() for file in files))
    pids = [int(file.read_text()) for file in files]
    for pid in pids:
        blocked = int(status_of(pid, "SigBlk"), base=16)
        assert blocked == 1 << signal.SIGINT - 1  # from the very first worker on
    return pids


def test_workers_die_with_a_killed_parent_and_nothing_is_said(
    tmp_path: Path, light_torch: Path
) -> None:
    with parent_of_endless_jobs(tmp_path, light_torch) as parent:
        pids = at_work(tmp_path)
        parent.kill()
        wait_for(lambda: not any(map(is_alive, pids)))
        assert parent.stderr is not None
        assert parent.stderr.read() == ""
    with Run(tmp_path).locked():
        pass


@pytest.mark.parametrize("moment", ["starting", "at work"])
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_an_interrupt_ends_all_at_once_with_one_line(
    how: str, moment: str, tmp_path: Path, light_torch: Path
) -> None:
    with parent_of_endless_jobs(tmp_path, light_torch) as parent:
        if moment == "starting":
            wait_for(lambda: children(parent.pid) != [])
            pids = children(parent.pid)
        else:
            pids = at_work(tmp_path)
        if how == "Ctrl-C":  # a terminal sends it to the workers too
            os.killpg(parent.pid, signal.SIGINT)
        else:
            parent.terminate()
        _, complaint = parent.communicate(timeout=PATIENCE)  # jobs have no end of their own
    assert parent.returncode == 130
    assert complaint == "ticketscope: interrupted; give the same command again to go on\n"
    assert not any(map(is_alive, pids))
