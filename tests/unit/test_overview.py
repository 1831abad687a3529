"""The rows that `ticketscope show` and the live table print, from what is on disk."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ticketscope.arms import ARMS
from ticketscope.config import Experiment, GrammarCorpus, Lottery, Probing, Training
from ticketscope.files import write_json, write_text
from ticketscope.runs.drivers import at_work
from ticketscope.runs.jobs import Job, name_of
from ticketscope.runs.leases import USUAL, leased
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.step import PerNetwork
from ticketscope.steps.work import asked, places
from ticketscope.study.overview import LevelState, as_table, overview, roughly

EXPERIMENT = Experiment(
    name="x",
    corpus=GrammarCorpus(),
    training=Training(updates=100),
    lottery=Lottery(levels=2, arms=("lr_rewinding",)),
)
PROBED = EXPERIMENT.model_copy(update={"probing": Probing(suite="grammar")})
DENSE, FIRST, SECOND = dense_of(0), LevelId(0, "lr_rewinding", 1), LevelId(0, "lr_rewinding", 2)
LOG = (
    {"update": 20, "of": 100, "loss": 5.0, "tokens_per_second": 900.0, "seconds": 10.0},
    {"update": 30, "validation_loss": 4.5},
    {"update": 40, "of": 100, "loss": 4.0, "tokens_per_second": 1_000.0, "seconds": 20.0},
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The dense model is finished, the first level in the middle, the second not begun."""
    run = Run(tmp_path)
    finished = run.level(DENSE)
    write_text(finished.log, '{"update": 100, "of": 100, "tokens_per_second": 1.0, "seconds": 9}\n')
    write_text(finished.masks, "masks")
    finished.mark_done({"validation_loss": 3.25, "sparsity_prunable": 0.0})
    half_written = '{"update": 60, "of": 1'
    text = "".join(json.dumps(entry) + "\n" for entry in LOG) + half_written
    write_text(run.level(FIRST).log, text)
    write_sealed(run.probing / "index.json", {"tasks": {"pos": {}, "ner": {}}})
    return run


def write_result(run: Run, scores: dict[str, dict[str, float]]) -> None:
    """What the quality step keeps of the dense model."""
    write_json(run.analysis("quality", DENSE), {"about": {}, "result": {"scores": scores}})


def bench_of(run: Run) -> Bench:
    return Bench.of(run.root, EXPERIMENT)


def job(stage: str, network: LevelId | None = None) -> Job:
    return Job(stage, network, bool, ())


def states(run: Run, *running: Job) -> list[str]:
    return [row.state for row in overview(bench_of(run), [job.name for job in running])]


def test_figures_of_a_level(run: Run) -> None:
    dense, first, second = overview(bench_of(run), at_work=())
    assert dense == LevelState(
        level=DENSE,
        state="trained",
        update=100,
        num_updates=100,
        tokens_per_second=1.0,
        seconds_left=0.0,
        validation_loss=3.25,
        sparsity_prunable=0.0,
        bleu=None,
        seconds_per_update=0.09,
    )
    assert first.level == FIRST
    assert (first.update, first.num_updates) == (40, 100)
    assert first.seconds_left == pytest.approx(30.0)  # 60 updates at half a second each
    assert first.tokens_per_second == 1_000.0
    assert (first.validation_loss, first.sparsity_prunable) == (4.5, None)
    assert (second.state, second.update, second.validation_loss) == ("waiting", 0, None)


def test_states_of_a_run_that_is_watched_from_inside(run: Run) -> None:
    assert states(run) == ["trained", "stopped", "waiting"]
    assert states(run, job(TRAIN, FIRST)) == ["trained", "training", "waiting"]
    assert states(run, job(TRAIN, SECOND)) == ["trained", "stopped", "training"]
    assert states(run, job("quality", DENSE), job("speed")) == ["measuring", "stopped", "waiting"]


def test_a_level_is_measured_when_every_step_that_measures_it_has_done_so(run: Run) -> None:
    """Head importance and probes too, which once were forgotten."""
    bench = Bench.of(run.root, PROBED)
    places = [
        bench.results.place(name, DENSE)
        for step in asked(PROBED)
        if isinstance(step, PerNetwork) and DENSE in step.subjects(bench)
        for name in step.result_names(bench)
    ]
    names = {place.relative_to(run.root / "analysis").parts[0] for place in places}
    assert {"quality", "head_importance", "behaviour", "probing"} <= names
    for place in places:
        assert overview(bench, ())[0].state == "trained"
        write_json(place, {"about": {}, "result": {"scores": {}}})
    assert overview(bench, ())[0].state == "measured"
    for step in asked(PROBED):
        assert overview(bench, (name_of(step.name, DENSE),))[0].state == "measuring"


@pytest.mark.parametrize("damage", ["", "{", '{"tasks": {}}'])
def test_damaged_data_of_probes_are_no_measurement(run: Run, damage: str) -> None:
    """`show` says how far the run is all the same; the next run prepares them again."""
    bench = Bench.of(run.root, PROBED)
    for place in places(bench)[DENSE]:
        write_json(place, {"about": {}, "result": {"scores": {}}})
    assert overview(bench, ())[0].state == "measured"
    write_text(run.probing / "index.json", damage)
    assert overview(bench, ())[0].state == "trained"


def test_states_of_a_run_that_is_watched_from_outside(run: Run) -> None:
    def seen() -> list[str]:
        return [row.state for row in overview(bench_of(run), at_work(run, USUAL) or ())]

    assert at_work(run, USUAL) is None
    assert seen() == ["trained", "stopped", "waiting"]
    with leased(run, name_of(TRAIN, FIRST), USUAL):
        assert seen() == ["trained", "training", "waiting"]
    with run.locked():
        assert at_work(run, USUAL) == frozenset()
        assert seen() == ["trained", "stopped", "waiting"]


def test_bleu_is_that_of_the_first_test_set(run: Run) -> None:
    write_result(run, {"flickr": {"chrf": 55.5, "bleu": 31.25}, "other": {"bleu": 12.5}})
    assert [row.bleu for row in overview(bench_of(run), ())] == [31.25, None, None]


@pytest.mark.parametrize("content", ["", '{"result": {', "{}", "[]", "\x00"])
def test_a_damaged_measurement_does_not_keep_the_run_from_measuring_again(
    run: Run, content: str
) -> None:
    write_text(run.analysis("quality", DENSE), content)
    assert [row.bleu for row in overview(bench_of(run), ())] == [None, None, None]


def test_the_table(run: Run) -> None:
    output = io.StringIO()
    rows = overview(bench_of(run), (name_of(TRAIN, FIRST),))
    Console(file=output, width=140).print(as_table(rows, "the title"))
    lines = output.getvalue().splitlines()
    assert lines[0].strip() == "the title"
    assert [line.split() for line in lines[-3:]] == [
        ["0/dense/0", "0.000", "trained", "100/100", "3.250"],
        ["0/lr_rewinding/1", "training", "40/100", "1,000", "30", "s", "4.500"],
        ["0/lr_rewinding/2", "waiting"],
    ]


def test_of_networks_that_others_trained_the_table_has_no_word_of_training() -> None:
    output = io.StringIO()
    given = LevelState(LevelId(0, "int8", 1), "measured", 0, 0, 0.0, 0.0, None, 0.0, 37.1)
    twin = LevelState(LevelId(1, "base", 0), "waiting", 0, 0, 0.0, 0.0, None, None, None)
    rows = [replace(row, is_given=True) for row in (twin, given)]
    Console(file=output, width=80).print(as_table(rows))
    heading, _, *lines = output.getvalue().splitlines()
    assert heading.split() == ["network", "sparsity", "state", "BLEU"]
    assert [line.split() for line in lines] == [
        ["base,", "twin", "1", "waiting"],
        ["int8", "0.000", "measured", "37.1"],
    ]


LARGE = tuple(
    LevelState(
        LevelId(11, arm, 12), "training", 999_999, 1_000_000, 12_345.0, 9e4, 10.123, 0.9, 37.1
    )
    for arm in ARMS
)
HEADINGS = ("replicate/arm/level", "sparsity", "state", "updates", "tokens/s", "left", "BLEU")


@pytest.mark.parametrize(("width", "left_out"), [(80, ("updates", "tokens/s")), (110, ())])
def test_nothing_of_the_table_is_cut(width: int, left_out: tuple[str, ...]) -> None:
    output = io.StringIO()
    Console(file=output, width=width).print(as_table(list(LARGE), "x" * 70))
    lines = output.getvalue().splitlines()
    assert all(len(line.rstrip()) <= width for line in lines)
    cells = {"11/dense_continued/12", "0.900", "training", "999,999/1,000,000", "12,345", "37.1"}
    shown = set(" ".join(lines).split())
    assert cells - shown == ({"999,999/1,000,000", "12,345"} if left_out else set())
    said = f"(in a wider terminal also: {', '.join(left_out)})"
    assert (said in output.getvalue()) == bool(left_out)
    assert {name for name in HEADINGS if name not in shown} == set(left_out)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_199, "120 min"),
        (7_200, "2.0 h"),
        (1e8, "1,157 days"),
    ],
)
def test_times_to_come(seconds: float, words: str) -> None:
    assert roughly(seconds) == words
