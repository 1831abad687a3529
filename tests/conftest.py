"""Settings and fixtures of the whole test suite."""

import gc
import os
import shutil
import subprocess
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Never

# One thread a process: two busy threads on two busy cores are slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest
from hypothesis import HealthCheck, settings

from tests_support import PATIENCE, made_once
from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.runs.store import Run
from toy import toy_experiment, write_toy_files
from toy_run import write_toml

if TYPE_CHECKING:
    from foreign.nets import Nets

# How fast an example is depends on what else the machine does.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


# Modules and tests are millions of objects that stay to the end. To look through them for garbage
# again and again takes a third of the time in which tests are collected.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help="skip what starts a process or reads real corpora, where it would",
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """With --quick a test is skipped at the moment it starts a process: no list has to be kept."""
    if item.config.getoption("quick"):
        os.environ["TICKETSCOPE_DATA"] = os.devnull
        for kind, start in ((subprocess.Popen, "__init__"), (BaseProcess, "start")):
            setattr(kind, start, _skip)


def _skip(*_arguments: object, **_options: object) -> Never:
    pytest.skip("starts a process")


@pytest.fixture(scope="session")
def toy_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the toy language pair."""
    folder = tmp_path_factory.mktemp("toy")
    write_toy_files(folder)
    return folder


@pytest.fixture(scope="session")
def toy(toy_files: Path) -> Experiment:
    """The toy experiment."""
    return toy_experiment(toy_files)


@pytest.fixture(scope="session")
def toy_corpus(toy: Experiment, tmp_path_factory: pytest.TempPathFactory) -> EncodedCorpus:
    """Its encoded corpus."""
    from ticketscope.corpus.prepare import prepare

    folder = tmp_path_factory.mktemp("encoded") / "corpus"
    prepare(toy, folder, lambda _: None)
    return EncodedCorpus(folder)


@pytest.fixture(scope="session")
def nets(tmp_path_factory: pytest.TempPathFactory) -> "Nets":
    """Networks of every family that ticketscope did not make; all workers share them."""
    from foreign.nets import Nets

    return Nets(_of_all_workers(tmp_path_factory, "foreign"))


@pytest.fixture
def encoded_run(toy_corpus: EncodedCorpus, tmp_path: Path) -> Run:
    """A run directory of the toy experiment in which nothing is done but its corpus."""
    run = Run(tmp_path / "run")
    run.root.mkdir()
    run.corpus.symlink_to(toy_corpus.model_file.parent)
    return run


@pytest.fixture(scope="session")
def toy_run(toy_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run directory of the toy experiment: 2 replicates, 3 arms, 2 levels. One worker
    makes it as its user would; each has a copy."""

    def run(folder: Path) -> None:
        folder.mkdir()
        file = write_toml(folder / "toy.toml", toy_files)
        command = [sys.executable, "-m", "ticketscope", "run", str(file)]
        subprocess.run([*command, "--out", str(folder / "toy")], check=True, timeout=PATIENCE)

    made = made_once(_of_all_workers(tmp_path_factory, "runs"), "toy", run)
    own = tmp_path_factory.mktemp("runs") / "toy"
    shutil.copytree(made, own)
    return own / "toy"


def _of_all_workers(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all workers of a session share."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
