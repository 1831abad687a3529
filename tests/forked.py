"""Commands in processes that are forked from one that has imported everything.

To import torch and transformers takes a process 5 seconds of CPU time, and a run has three to five
processes: its own, and its workers. Here none imports them. What differs from a command of a shell:
workers are forked, and all commands of a session hash alike; so a real one makes `toy_run`, and
tests of how processes start and end have real ones.
"""

import gc
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import ticketscope as package
from tests_support import PATIENCE

STREAMS = ("stdin", "stdout", "stderr")
forkserver = multiprocessing.get_context("forkserver")
forkserver.set_forkserver_preload(
    [
        *(module.name for module in pkgutil.walk_packages(package.__path__, "ticketscope.")),
        # What they import when they need it.
        *(
            "transformers.models.m2m_100.modeling_m2m_100",
            "transformers.models.marian.modeling_marian",
        ),
        *("altair", "ctranslate2.converters", "pandas", "sacrebleu", "sentencepiece", "sklearn"),
    ]
)


def ticketscope(*arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, to its end."""
    with tempfile.TemporaryDirectory() as folder:
        streams = Path(folder)
        (streams / "stdin").write_text(input, encoding="utf-8")
        process = start(streams, *arguments)
        process.join(PATIENCE)
        assert process.exitcode is not None, "waited in vain"
        out, error = ((streams / name).read_text(encoding="utf-8") for name in STREAMS[1:])
        return subprocess.CompletedProcess(arguments, process.exitcode, out, error)


def start(
    streams: Path, *arguments: str, before: Callable[[], None] | None = None
) -> ForkServerProcess:
    """Start it in a session of its own. It reads the file `stdin` of the folder `streams`, if it is
    there, and writes `stdout` and `stderr`. `before`: what is called in it first."""
    process = forkserver.Process(target=_main, args=(streams, arguments, before))
    process.start()
    return process


def _main(streams: Path, arguments: tuple[str, ...], before: Callable[[], None] | None) -> None:
    from ticketscope import cli

    gc.freeze()  # the modules, which are none of its garbage
    if before:
        before()
    os.setsid()
    for number, name in enumerate(STREAMS):
        stream = os.open(streams / name, os.O_RDWR | os.O_CREAT)
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = map(open, range(3), "rww")
    fork = multiprocessing.get_context("fork")
    multiprocessing.get_context = lambda _method=None: fork  # type: ignore[assignment]
    sys.argv = ["ticketscope", *arguments]
    cli.main()
