"""Looks at the verdicts: how many replicates each has, when it is the last, what it will cost."""

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from ticketscope.config import Claims, Experiment, FilesCorpus, Lottery, Training
from ticketscope.errors import InputError
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import Run
from ticketscope.study import checks, until_decided
from ticketscope.study.main_job import describe
from ticketscope.study.overview import which_look
from ticketscope.study.until_decided import at_look, registered, run_until_decided

EXPERIMENT = Experiment(
    name="x",
    corpus=FilesCorpus(source="en", target="de", path="here"),
    training=Training(updates=10),
    lottery=Lottery(
        arms=("lr_rewinding", "dense_continued", "random_pruning"), levels=1, replicates=2
    ),
)


def looked_at(*looks: int, replicates: int = 3) -> Experiment:
    registered_looks = EXPERIMENT.model_copy(update={"claims": Claims(looks=looks)})
    return at_look(registered_looks, replicates)


def begun(root: Path, experiment: Experiment) -> Path:
    """A run directory that has got as far as its config."""
    root.mkdir()
    write_sealed(root / "config.json", describe(experiment))
    return root


@pytest.mark.parametrize(
    ("most", "looks", "first"),
    [
        (None, (3, 5, 8, 12), 3),
        (12, (3, 5, 8, 12), 3),
        (8, (3, 5, 8), 3),
        (6, (3, 5, 6), 3),
        (2, (2,), 2),
    ],
)
def test_looks_are_cut_at_the_most_replicates(
    most: int | None, looks: tuple[int, ...], first: int, tmp_path: Path
) -> None:
    found = registered(EXPERIMENT, tmp_path / "run", most)
    assert (found.claims.looks, found.lottery.replicates) == (looks, first)


def test_looks_of_ones_own_and_none_after_the_last(tmp_path: Path) -> None:
    own = looked_at(2, 20)
    assert registered(own, tmp_path / "run", 10).claims.looks == (2, 10)
    with pytest.raises(InputError, match=r"last look is after 20 .*claims\.looks=\[2, 20, 21\]"):
        registered(own, tmp_path / "run", 21)


def test_a_directory_goes_on_at_its_look_and_keeps_its_looks(tmp_path: Path) -> None:
    run = begun(tmp_path / "looks", looked_at(3, 5, 6, replicates=5))
    found = registered(EXPERIMENT, run, None)
    assert (found.claims.looks, found.lottery.replicates) == ((3, 5, 6), 5)
    fixed = begun(tmp_path / "fixed", at_look(EXPERIMENT, 4))
    assert registered(EXPERIMENT, fixed, None).lottery.replicates == 5
    many = begun(tmp_path / "many", at_look(EXPERIMENT, 13))
    with pytest.raises(InputError, match="has 13 replicates, more than the last look is after"):
        registered(EXPERIMENT, many, None)


def test_looks_that_are_asked_for_are_not_passed_over(tmp_path: Path) -> None:
    run = begun(tmp_path / "run", looked_at(3, 5, replicates=3))
    assert registered(looked_at(3, 4, 8), run, None).claims.looks == (3, 4, 8), "checks refuse it"
    assert registered(looked_at(3, 8), run, None).claims.looks == (3, 5), "these are its, cut at 5"


@pytest.mark.parametrize("arms", [("random_pruning", "dense_continued"), ("lr_rewinding",)])
def test_some_claim_must_be_open_to_a_verdict(arms: tuple[str, ...], tmp_path: Path) -> None:
    lottery = EXPERIMENT.lottery.model_copy(update={"arms": arms})
    other = EXPERIMENT.model_copy(update={"lottery": lottery})
    with pytest.raises(InputError, match=r"add lr_rewinding and dense_continued to lottery\.arms"):
        registered(other, tmp_path / "run", None)


def test_registered_looks_are_not_given_up(tmp_path: Path) -> None:
    run = begun(tmp_path / "run", looked_at(3, 5, replicates=3))
    for other in (EXPERIMENT, looked_at(3, 8)):
        with pytest.raises(InputError, match="after 3, 5 replicates; go on with --until-decided"):
            checks.looks(checks.Start(other, run))
    checks.looks(checks.Start(looked_at(3, 5), run))
    checks.looks(checks.Start(looked_at(3, 5), tmp_path / "new"))
    fixed = begun(tmp_path / "fixed", EXPERIMENT)
    checks.looks(checks.Start(looked_at(3, 5), fixed))


def test_which_look_it_is() -> None:
    assert which_look(looked_at(3, 5, replicates=5)) == "look 2 of 2: 5 replicates"
    between = which_look(looked_at(3, 5, replicates=4))
    assert between == "look 2 of 2: 4 replicates, which was not registered"


# ----------------------------------------------------------------------------- look by look

Verdicts = Callable[[int], dict[str, str]]


@pytest.fixture
def looks_done(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many replicates each run had; what it finds is up to `found`."""
    done: list[int] = []

    def run(experiment: Experiment, out: Path, _console: Console) -> Path:
        done.append(experiment.lottery.replicates)
        return out / "report.html"

    monkeypatch.setattr(until_decided, "run_experiment", run)
    monkeypatch.setattr(until_decided, "_cost", lambda *_: "")
    return done


def found(monkeypatch: pytest.MonkeyPatch, done: list[int], verdicts: Verdicts) -> None:
    def table(*_: object) -> pd.DataFrame:
        rows = [
            {"arm": arm, "claim": claim, "statistic": statistic, "verdict": verdict}
            for arm, of_arm in (
                ("lr_rewinding", verdicts(done[-1])),
                ("random_pruning", {"C0": "undecided"}),
            )
            for claim, verdict in of_arm.items()
            for statistic in ("claim", "another")
        ]
        table = pd.DataFrame(rows).assign(replicates_needed="")
        table.loc[table["verdict"].eq("undecided"), "replicates_needed"] = "8"
        return table

    monkeypatch.setattr(until_decided, "read_table", table)


def said_of(experiment: Experiment, out: Path) -> str:
    output = io.StringIO()
    run_until_decided(experiment, out, Console(file=output, width=200))
    return output.getvalue()


def test_it_stops_where_all_that_can_be_measured_is_decided(
    looks_done: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def verdicts(replicates: int) -> dict[str, str]:
        late = "no relevant effect" if replicates >= 5 else "undecided"
        return {"C0": "supported", "C1": "not measured", "C2": late}

    found(monkeypatch, looks_done, verdicts)
    said = said_of(looked_at(3, 5, 8), tmp_path)
    assert looks_done == [3, 5]
    assert "look 1 of 3: 3 replicates" in said
    assert (
        "lr_rewinding: C0 supported; C1 not measured; C2 undecided (about 8 replicates would "
        "decide)" in said
    )
    assert "C2 no relevant effect\n" in said
    assert "random_pruning" not in said, "a control is no arm under study"
    assert said.rstrip().endswith("is decided: no replicate is added")


def test_what_cannot_be_measured_is_not_called_decided(
    looks_done: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found(monkeypatch, looks_done, lambda _: {"C0": "not measured", "C1": "not measured"})
    said = said_of(looked_at(3, 5), tmp_path)
    assert looks_done == [3]
    assert said.rstrip().endswith(
        "no claim can be measured, the report says why: no replicate is added"
    )


def test_it_stops_at_the_last_look_and_goes_on_at_its_own(
    looks_done: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found(monkeypatch, looks_done, lambda _: {"C0": "undecided"})
    said = said_of(looked_at(3, 5, 8, replicates=5), tmp_path)
    assert looks_done == [5, 8]
    assert said.rstrip().endswith("that was the last look: what is undecided now stays undecided")


def test_a_look_says_what_its_replicates_will_take(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cost = until_decided.ReplicateCost(cpu_seconds=120.0, disk_bytes=2e6)
    monkeypatch.setattr(until_decided, "cost_of_replicates", lambda *_: cost)
    monkeypatch.setattr(until_decided, "num_workers", lambda _: 2)
    monkeypatch.setattr(until_decided, "_complete", lambda *_: [0, 1, 2])
    assert until_decided._cost(looked_at(3, 5, replicates=5), tmp_path) == (
        "2 more replicates will take about 4.0 CPU-minutes (2 min with 2 job(s) at a time) and "
        "4.0 MB, as the 3 before did"
    )
    assert until_decided._cost(looked_at(3, 5), tmp_path) == "all its networks are trained"


def test_before_there_is_a_replicate_the_plan_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(until_decided, "known_dense_updates", lambda *_: 10)
    said = until_decided._cost(looked_at(3, 5), tmp_path)
    assert said.startswith("3 replicates will take about ")
    assert "of training (estimated from this machine's speed)" in said
    assert Run(tmp_path).costs.exists() is False


def test_a_dry_run_prints_every_look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(until_decided, "known_dense_updates", lambda *_: 10)
    output = io.StringIO()
    until_decided.print_looks(looked_at(3, 5), tmp_path, Console(file=output, width=200))
    lines = [line.split() for line in output.getvalue().splitlines()]
    assert [line[:3] for line in lines if line[:1] in (["1"], ["2"])] == [
        ["1", "3", "12"],
        ["2", "5", "20"],
    ]
    assert "next: look 1 of 2: 3 replicates; 3 replicates will take about" in output.getvalue()
