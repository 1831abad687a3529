"""Jobs on a Ray cluster: what dies, and what goes on."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from forked import start
from tests_support import PATIENCE, TORCH_STUB, poison, wait_for
from ticketscope.errors import InputError, JobError
from ticketscope.files import write_text
from ticketscope.runs.executors import ray as ray_executor
from ticketscope.runs.executors.ray import RayCluster, require
from ticketscope.runs.executors.ray_driver import Asked, code, work
from ticketscope.runs.executors.submitting import Submitting
from ticketscope.runs.jobs import Job, Resources, Status
from ticketscope.runs.leases import Patience
from ticketscope.runs.store import Run, dense_of
from toy_run import toml_of, tree_of

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster


@pytest.fixture(scope="module", autouse=True)
def home_of_ray() -> Iterator[None]:
    """Ray's files lie in a folder of this module, whose name must be short; it wants no token,
    which it would keep in the home directory."""
    with (
        tempfile.TemporaryDirectory(
            prefix="ray-", dir="/tmp", ignore_cleanup_errors=True
        ) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        yield


@pytest.fixture(scope="module")
def cluster() -> Iterator["Cluster"]:
    """Two nodes of four cores; the second has a GPU, as far as Ray knows."""
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    add_node(cluster, num_gpus=0)
    add_node(cluster, num_gpus=1)
    yield cluster
    cluster.shutdown()


def add_node(cluster: "Cluster", num_gpus: int) -> None:
    store = 80 * 2**20
    cluster.add_node(
        num_cpus=4, num_gpus=num_gpus, object_store_memory=store, include_dashboard=False
    )


@pytest.fixture(autouse=True)
def light_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers find this module, and a torch that is imported at once."""
    folder = tmp_path / "light"
    folder.mkdir()
    (folder / "torch.py").write_text(TORCH_STUB)
    path = [str(folder), str(Path(__file__).parent), *sys.path]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))


def processes_with(text: str) -> list[int]:
    """Processes in whose command line or environment it is, but for what tracks resources of this
    one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with_text = tracks = False
        for name in ("cmdline", "environ"):
            try:
                content = (process / name).read_bytes()
            except OSError:  # ended meanwhile
                continue
            with_text |= text.encode() in content
            tracks |= b"resource_tracker" in content
        if with_text and not tracks and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


# ----------------------------------------------------------------------------- jobs


def describe(file: Path) -> None:
    import torch

    about = [torch.get_num_threads(), os.environ["OPENBLAS_NUM_THREADS"], str(Path.cwd())]
    write_text(file, json.dumps(about))


def fail() -> None:
    raise JobError("the reason")


def die(root: Path, times: int) -> None:
    """Be killed so often, each time in another process, and then be done."""
    (root / f"process {os.getpid()}").touch()
    if len(list(root.glob("process *"))) <= times:
        os.kill(os.getpid(), signal.SIGKILL)


def endless_at_first(started: Path) -> None:
    if not started.exists():
        write_text(started, str(os.getpid()))
        threading.Event().wait()


@dataclass
class Watched:
    """Everything that the watcher was told."""

    statuses: list[Status] = field(default_factory=list)

    def __call__(self, status: Status) -> None:
        self.statuses.append(status)


def job(
    name: str, function: Callable[..., None], *arguments: Any, needs: str = "", gpus: int = 0
) -> Job:
    asked = Resources(threads=3, gpus=gpus)
    return Job(name, None, function, arguments, frozenset(needs.split()), asked)


def run(
    root: Path, address: str, jobs: list[Job], watch: Callable[[Status], None], retries: int = 3
) -> None:
    root.mkdir(exist_ok=True)
    ray = RayCluster(root, address, cores=4, patience=Patience())
    Submitting(root, ray, 10, retries, Patience(), interval=0.05).run(jobs, watch)


# ----------------------------------------------------------------------------- a cluster


def test_jobs_have_what_they_ask_for_and_go_on_when_a_worker_or_a_node_is_lost(
    cluster: "Cluster",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """All in one sitting: to join a cluster and to start its workers takes seconds each time."""
    marker = poison(tmp_path / "here")
    monkeypatch.chdir(marker.parent)
    once, ever, started = tmp_path / "once", tmp_path / "ever", tmp_path / "started"
    once.mkdir()
    ever.mkdir()
    jobs = [
        job("first", describe, tmp_path / "first"),
        job("second", describe, tmp_path / "second", needs="first"),
        job("bad", fail),
        job("never", describe, tmp_path / "never", needs="bad"),
        job("once", die, once, 1),
        job("ever", die, ever, 9),
        job("of a lost node", endless_at_first, started, gpus=1),
    ]
    nodes = iter(cluster.worker_nodes.copy())
    watched = Watched()

    def watch(status: Status) -> None:
        watched(status)
        ended = {job.name for job in status.finished} | {each.job.name for each in status.failed}
        waits_alone = ended >= {"first", "second", "bad", "once", "ever"}
        if waits_alone and started.exists() and (node := next(nodes, None)):
            cluster.remove_node(node)
            add_node(cluster, num_gpus=1)

    with pytest.raises(JobError) as caught:
        run(tmp_path / "run", cluster.address, jobs, watch, retries=1)
    told = str(caught.value)
    assert "the reason" in told
    assert "ever: lost 2 times: its worker died" in told
    expected = [3, "3", str(marker.parent)]
    assert json.loads((tmp_path / "first").read_text()) == expected
    assert json.loads((tmp_path / "second").read_text()) == expected
    names = [job.name for job in watched.statuses[-1].finished]
    assert set(names) == {"first", "second", "once", "of a lost node"}
    assert names.index("first") < names.index("second")
    assert not (tmp_path / "never").exists()
    assert not marker.exists(), marker.read_text()
    assert len(list(once.iterdir())) == 2
    assert len(list(ever.iterdir())) == 2  # Ray itself tries nothing again
    assert "once: its worker died; trying again (1 of 1)" in caplog.messages


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "of yesterday"}, "has another version of ticketscope than was started$"),
        ({"folder": Path("/nowhere")}, "does not see /; nodes must share it$"),
    ],
)
def test_a_node_must_have_the_same_code_and_the_run(change: dict[str, Any], words: str) -> None:
    asked = replace(Asked(Path("/"), Patience(), Path.cwd(), code()), **change)
    done = work(job("a", fail), asked)
    assert done.state == "failed"
    assert re.search(f"^a: node {os.uname().nodename} {words}", done.text)


@pytest.mark.parametrize("address", ["", "head:6379"])
def test_a_job_that_no_node_has_room_for(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A cluster may grow; this machine does not."""
    nodes = [{"CPU": 4.0, "memory": 8.0 * 2**30}, {"CPU": 2.0, "GPU": 4.0, "memory": 2.0**50}]
    connected = FakeDriver(nodes)
    monkeypatch.setattr(RayCluster, "_connected", lambda _: connected)
    ray = RayCluster(tmp_path, address, 4, Patience())
    for fits in (Resources(4), Resources(2, gpus=4), Resources(memory_gb=64)):
        ray.submit(Job("fits", None, fail, (), resources=fits))
    large = [Job("large", None, fail, (), resources=Resources(3, gpus=1, memory_gb=9))] * 2
    if address:
        for each in large:
            ray.submit(each)
        words = (
            "no node of the Ray cluster has 3 core(s), 1 GPU(s), 9 GB of memory; such jobs wait "
        )
        assert caplog.messages == [words + "until one has"]
    else:
        with pytest.raises(InputError, match=r"^execution: a job asks for 3 core.s., 1 GPU.s., 9"):
            ray.submit(large[0])
    assert len(connected.sent) == 5 if address else 3


@dataclass
class FakeDriver:
    nodes: list[dict[str, float]]
    sent: list[tuple[int, Job]] = field(default_factory=list)

    def send(self, numbered: tuple[int, Job]) -> None:
        self.sent.append(numbered)


# ----------------------------------------------------------------------------- two drivers


def test_a_second_driver_joins_and_goes_on_when_the_first_is_killed(
    cluster: "Cluster", toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # with the real torch
    out = tmp_path / "run"
    options = [
        *("--executor", "ray", "--set", f"execution.ray.address={cluster.address}"),
        *("--set", "execution.workers=1", "--set", "lottery.replicates=1"),
        *("--set", "lottery.levels=0", "--set", 'lottery.arms=["lr_rewinding"]'),
    ]
    command = ("run", toml_of(toy_run), "--out", str(out), *options)
    drivers = [forked(tmp_path / name, *command) for name in ("one", "two")]
    wait_for(lambda: len(list(out.glob("leases/driver-*"))) == len(drivers))
    dense = Run(out).level(dense_of(0))
    wait_for(lambda: dense.checkpoint.exists() or dense.is_done())
    os.kill(drivers[0].pid, signal.SIGKILL)
    for driver in drivers:
        driver.join(PATIENCE)
    assert drivers[1].exitcode == 0, (tmp_path / "two" / "stderr").read_text()
    made, expected = tree_of(out), tree_of(toy_run)
    alike = [name for name in made if "level-00" in name or name.startswith("corpus/")]
    assert len(alike) > 20
    assert {name: made[name] for name in alike} == {name: expected[name] for name in alike}


def forked(streams: Path, *command: str) -> ForkServerProcess:
    streams.mkdir()
    return start(streams, *command)


# ----------------------------------------------------------------------------- no cluster


def test_the_address_of_no_cluster_is_wrong_input() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        words = f"^execution.ray.address: no Ray cluster at {address}: Conn"
        with pytest.raises(InputError, match=words):
            require(address)


def test_an_address_where_something_else_listens_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_executor, "_CONNECTING", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        require(address)
        with pytest.raises(InputError, match=f"no Ray cluster at {address}: no answer for 0.5 s"):
            run(tmp_path, address, [job("a", fail)], Watched())


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_executor, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"ray needs Ray: pip install 'ticketscope\[ray\]'$"):
        require("")


# ----------------------------------------------------------------------------- one of our own

DRIVER = """
import sys
from pathlib import Path

from test_ray import Watched, endless_at_first, job, run

if __name__ == "__main__":
    root = Path(sys.argv[1])
    run(root, "", [job("a", endless_at_first, root / "started")], Watched())
"""


@contextmanager
def driver(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that starts a cluster and has a job without an end done there."""
    (root.parent / "driver.py").write_text(DRIVER)
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(root.parent / "driver.py"), str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.soak
def test_a_cluster_of_our_own_ends_with_a_killed_driver_and_another_goes_on(
    cluster: "Cluster", tmp_path: Path
) -> None:
    root = tmp_path / "run"
    with driver(root) as process:
        wait_for((root / "started").exists)
        assert len(processes_with(str(tmp_path))) > 1
        os.killpg(process.pid, signal.SIGKILL)
        assert process.stdout is not None
        assert process.stdout.read() == ""
        process.wait()
        wait_for(lambda: processes_with(str(tmp_path)) == [])
    assert list(Path(os.environ["RAY_TMPDIR"]).glob("ticketscope-ray-*")) == []
    run(root, cluster.address, [job("a", endless_at_first, root / "started")], Watched())
