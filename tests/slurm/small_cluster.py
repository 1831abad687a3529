"""A Slurm of Debian's packages on this machine: one node, two cores, no accounting (no `sacct`)."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests_support import wait_for

CONFIG = """
ClusterName=small
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
KillWait=5
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=2880 State=UP
EnforcePartLimits=ALL
"""
# A job that was requeued waits until its credential has expired: five seconds instead of 120.


def lacking() -> str:
    """Why there can be none here; "" where there can."""
    missing = [name for name in ("munged", "slurmctld", "slurmd") if shutil.which(name) is None]
    if missing:
        return (
            f"there is no {', '.join(missing)}: apt-get install slurmctld slurmd slurm-client munge"
        )
    return "" if os.geteuid() == 0 else "only root can start a Slurm here"


@contextmanager
def small_cluster() -> Iterator[dict[str, str]]:
    """Start it, and end it with all its jobs; gives the variables by which programs find it."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))  # a short path, for a socket
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1_024))
    (folder / "munge.key").chmod(0o400)
    config = folder / "slurm.conf"
    config.write_text(
        CONFIG.format(folder=folder, host=socket.gethostname().split(".")[0], ports=_free_ports())
    )
    variables = {"SLURM_CONF": str(config)}
    try:
        _started(folder, variables)
        yield variables
    finally:
        with suppress(subprocess.CalledProcessError):
            _run(("scancel", "--full", "--user=root"), variables)
        with suppress(subprocess.CalledProcessError):
            wait_for(lambda: not _output(("squeue", "--noheader"), variables))
        for name in ("slurmd", "slurmctld", "munged"):
            with suppress(OSError, ValueError):
                os.kill(int((folder / f"{name}.pid").read_text()), 15)
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path, variables: dict[str, str]) -> None:
    """Start all daemons. A machine may forbid them what they need (sockets, a user, its own name):
    then the tests are skipped, with what was said."""
    try:
        _run(_munged(folder), variables)
        _run(("slurmctld",), variables)
        _run(("slurmd", "-N", socket.gethostname().split(".")[0]), variables)
        wait_for(lambda: "idle" in _output(("sinfo", "--noheader", "--format=%t"), variables))
    except (subprocess.CalledProcessError, AssertionError) as error:
        logs = [*folder.glob("*.log")]
        said = "; ".join(line for log in logs for line in log.read_text().splitlines()[-2:])
        pytest.skip(f"no Slurm starts on this machine: {error}: {said}")


def _munged(folder: Path) -> tuple[str, ...]:
    return (
        "munged",
        "--force",
        f"--socket={folder}/munge.socket",
        f"--key-file={folder}/munge.key",
        f"--pid-file={folder}/munged.pid",
        f"--log-file={folder}/munged.log",
        f"--seed-file={folder}/munged.seed",
        "--num-threads=2",
    )


def _free_ports() -> list[int]:
    sockets = [socket.socket() for _ in range(2)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _run(command: tuple[str, ...], variables: dict[str, str]) -> None:
    subprocess.run(command, check=True, env={**os.environ, **variables})


def _output(command: tuple[str, ...], variables: dict[str, str]) -> str:
    found = subprocess.run(
        command, check=False, env={**os.environ, **variables}, capture_output=True, text=True
    )
    return found.stdout
