"""The jobs by which steps are done: what each waits for."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ticketscope.config import Lottery
from ticketscope.networks.network import Network
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.steps.step import PanelStep
from ticketscope.steps.work import measuring_jobs
from toy import toy_experiment


class Weighing(PanelStep):
    """A second step that wants the machine for itself."""

    name = "weighing"
    version = 1

    def measure(self, _networks: Sequence[Network], _bench: Bench) -> Mapping[str, Any]:
        return {}


@pytest.fixture
def entered() -> Iterator[None]:
    STEPS.append(step := Weighing())
    yield
    STEPS.remove(step)


@pytest.mark.usefixtures("entered")
def test_what_measures_alone_waits_for_all_else_and_for_each_other(tmp_path: Path) -> None:
    lottery = Lottery(levels=1, arms=("lr_rewinding",))
    jobs = measuring_jobs(Bench.of(tmp_path, toy_experiment(tmp_path, lottery=lottery)))
    *others, speed, weighing = jobs
    assert (speed.name, weighing.name) == ("speed", "weighing")
    assert speed.needs >= {job.name for job in others}
    assert weighing.needs == {*speed.needs, speed.name}


def test_what_is_measured_on_is_made_once_per_bench(tmp_path: Path) -> None:
    made: list[Bench] = []

    def words(bench: Bench) -> int:
        made.append(bench)
        return len(made)

    one, other = (Bench.of(tmp_path, toy_experiment(tmp_path)) for _ in range(2))
    assert (one.once(words), one.once(words), other.once(words)) == (1, 1, 2)
    assert made == [one, other]


def test_the_list_of_steps_needs_nothing_that_measures() -> None:
    code = "import ticketscope.steps, sys; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    measuring = {"torch", "transformers", "ctranslate2", "sentencepiece"}
    assert not set(result.stdout.split()) & measuring
