"""Exports: what a tool reads back is what the run has, and nothing is ever there twice."""

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from cast_fixture import CAST
from exported import Points, from_tensorboard, from_trackio, from_wandb, wandb_records

from tests_support import ONE_VARIANT
from ticketscope import InputError, JobError
from ticketscope.config import Experiment
from ticketscope.exporters import EXPORTERS, exporter, to_tensorboard
from ticketscope.exporters import export as exporting
from ticketscope.exporters.export import export, tracked
from ticketscope.exporters.tracked import id_of, rows_of
from ticketscope.lottery.training_log import TrainingLog, Unlogged
from ticketscope.runs.leases import Holder
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.study.main_job import describe, described
from ticketscope.study.opened_run import open_run
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.written import write_table

DENSE, TICKET = dense_of(0), LevelId(0, "lr_rewinding", 1)
FACTS = {
    "num_updates": 4,
    "validation_loss": 2.25,
    "sparsity_prunable": 0.5,
    "sparsity_total": 0.25,
    "sparsity_non_embedding": 0.375,
    "parent": "",
}
READERS = {"tensorboard": from_tensorboard, "wandb": from_wandb, "trackio": from_trackio}
CLOCKED = ("train/seconds", "train/tokens_per_second")


@dataclass
class Exported:
    """A run in the making, and exports of it to one tool."""

    run: Run
    tool: str
    out: Path
    project: str
    said: list[str] = field(default_factory=list)

    def train(self, label: LevelId, first: int, last: int, *, at: int = 0) -> None:
        """Train from the update after `first`, where the checkpoint is, to `last`."""
        log = self.run.level(label).log
        log.parent.mkdir(parents=True, exist_ok=True)
        with TrainingLog(log, first, 4, 1, unlogged=Unlogged()) as written:
            for update in range(first + 1, last + 1):
                losses = torch.tensor([4.0 - update / 4])
                written.update(update, losses, 100, 1e-3 * update, update / 8 + at)
                if update % 2 == 0:
                    written.validation(update, 3.0 - update / 4)

    def finish(self, label: LevelId) -> None:
        """Mark it done."""
        folder = self.run.level(label)
        folder.masks.write_bytes(b"a mask")
        folder.mark_done(FACTS)

    def measure(self, bleu: float) -> None:
        """Write the tables."""
        row = {"arm": "lr_rewinding", "replicate": 0, "level": 1} | {
            name: FACTS[name] for name in FACTS if name.startswith("sparsity_")
        }
        rows = [{**row, "test_set": "test", "metric": "bleu", "value": bleu, "lower": 1.5}]
        written = [write_table(self.run.root, QUALITY, rows, CAST)]
        write_sealed(self.run.checksums, {}, written)

    def export(self, **options: Any) -> dict[str, Points]:
        """Export, and read everything back, but for what was measured by the clock."""
        options = {"out": self.out, "project": self.project, **options}
        export(self.run.root, self.tool, tell=self.said.append, **options)
        return {
            label: in_order([point for point in points if point[1] not in CLOCKED])
            for label, points in READERS[self.tool](self.out, self.project).items()
        }


@pytest.fixture(scope="session")
def trackio_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """trackio has one place per process."""
    return tmp_path_factory.mktemp("trackio")


@pytest.fixture
def run(toy: Experiment, tmp_path: Path) -> Run:
    """A run directory in which nothing is done."""
    files = Run(tmp_path / "run")
    write_sealed(files.config, describe(toy))
    return files


@pytest.fixture(params=EXPORTERS)
def exported(
    request: pytest.FixtureRequest,
    run: Run,
    tmp_path: Path,
    trackio_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Exported:
    """For each tool."""
    for name in ("TRACKIO_DIR", "WANDB_ERROR_REPORTING"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # what an export sets is undone
    tool = request.param
    out = trackio_folder if tool == "trackio" else tmp_path / tool
    return Exported(run, tool, out, tmp_path.name.replace("_", "-"))


def training(last: int) -> Points:
    """What the training comes to up to an update."""
    points = []
    for update in range(1, last + 1):
        points += [
            (update, "train/loss", 4.0 - update / 4),
            (update, "train/learning_rate", pytest.approx(1e-3 * update)),
        ]
        if update % 2 == 0:
            points.append((update, "validation/loss", 3.0 - update / 4))
    return in_order(points)


def in_order(points: Points) -> Points:
    """Names of one step in any order: a tool may take them all at once."""
    return sorted(points, key=lambda point: point[:2])


AT_END = [
    (4, "sparsity/prunable", 0.5),
    (4, "sparsity/total", 0.25),
    (4, "sparsity/non_embedding", 0.375),
    (4, "final/updates", 4),
    (4, "final/validation_loss", 2.25),
]


def test_a_run_that_goes_on_is_exported_piece_by_piece(exported: Exported) -> None:
    """It is killed and goes on from its checkpoint, ends, is measured and measured anew; whatever
    was exported before comes once."""
    exported.train(DENSE, 0, 3)
    assert exported.export() == {str(DENSE): training(2)}, "a line of update 3 may still come"
    assert exported.export() == {str(DENSE): training(2)}
    assert "nothing is new" in exported.said[-3]

    exported.train(DENSE, 1, 4, at=100)
    exported.finish(DENSE)
    exported.train(TICKET, 0, 1)
    whole = training(4) + AT_END
    found = exported.export()
    assert found.pop(str(TICKET), []) == []
    assert found == {str(DENSE): in_order(whole)}

    exported.train(TICKET, 1, 4)
    exported.finish(TICKET)
    exported.measure(bleu=2.0)
    measured = [(4, "quality/test/bleu", 2.0), (4, "quality/test/bleu_lower", 1.5)]
    found = exported.export()
    assert found[str(DENSE)] == in_order(whole)
    assert found[str(TICKET)] == in_order(whole + measured)
    assert exported.export() == found

    exported.measure(bleu=2.5)
    values = [value for _, name, value in exported.export()[str(TICKET)] if name == measured[0][1]]
    assert values[-1] == 2.5
    assert values in ([2.5], [2.0, 2.5]), "a tool may keep what was measured before"


def test_what_has_not_changed_is_not_read_again(run: Run, tmp_path: Path) -> None:
    exported, seen = Exported(run, "", tmp_path, ""), {}
    exported.train(DENSE, 0, 3)
    exported.train(TICKET, 0, 3)
    opened = open_run(run.root)

    def looked_at() -> list[LevelId]:
        return [network.label for network in tracked(opened, seen)[0]]

    assert looked_at() == [DENSE, TICKET]
    assert looked_at() == []
    exported.train(TICKET, 3, 4)
    assert looked_at() == [TICKET]
    exported.finish(DENSE)
    assert looked_at() == [DENSE]
    exported.measure(bleu=2.0)
    assert looked_at() == [TICKET]


def test_rows_are_updates_with_times_counted_back_from_the_last_line() -> None:
    entries = [
        {"update": 2, "of": 4, "loss": 1.5, "rate": 0.1, "seconds": 10.0},
        {"update": 2, "validation_loss": 1.25},
        {"update": 4, "of": 4, "loss": 1.0, "rate": 0.2, "seconds": 16.0},
    ]
    rows = rows_of(entries, last_written=1_000.0, is_done=True)
    assert [(row.step, row.time) for row in rows] == [(2, 994.0), (4, 1_000.0)]
    assert rows[0].values == {
        "train/loss": 1.5,
        "train/learning_rate": 0.1,
        "train/seconds": 10.0,
        "validation/loss": 1.25,
    }
    assert rows_of(entries, last_written=1_000.0, is_done=False) == rows[:1]
    assert rows_of([], last_written=0.0, is_done=False) == ()


def test_the_id_is_that_of_the_network_and_of_nothing_else(
    toy: Experiment, run: Run, tmp_path: Path
) -> None:
    def id_in(root: Path, experiment: Experiment) -> str:
        other = Exported(Run(root), "", tmp_path, "")
        write_sealed(other.run.config, describe(experiment))
        other.train(DENSE, 0, 2)
        [network], _ = tracked(open_run(root), {})
        assert network.id == id_of(exporting._identity(other.run), DENSE)
        return network.id

    first = id_in(run.root, toy)
    assert id_in(tmp_path / "elsewhere", toy.model_copy(update={"name": "other"})) == first
    other = toy.model_copy(update={"lottery": toy.lottery.model_copy(update={"seed": 7})})
    assert id_in(tmp_path / "other", other) != first
    labels = (DENSE, TICKET, LevelId(1, "lr_rewinding", 1), LevelId(0, "lr_rewinding", 2))
    others = {id_of("other", DENSE), id_of("identity", DENSE, "given")}
    assert len({id_of("identity", label) for label in labels} | others) == 6


def test_another_corpus_makes_other_networks(encoded_run: Run, toy: Experiment) -> None:
    write_sealed(encoded_run.config, describe(toy))
    with_text = exporting._identity(encoded_run)
    encoded_run.corpus.unlink()
    assert exporting._identity(encoded_run) != with_text


# ----------------------------------------------------------------------------- one tool


@pytest.mark.parametrize("exported", ["tensorboard"], indirect=True)
@pytest.mark.parametrize("harm", [lambda c: c[:-5], lambda c: c + bytes(40), lambda c: c + c[-9:]])
def test_what_a_kill_left_half_written_is_cut_off(
    exported: Exported, harm: Callable[[bytes], bytes]
) -> None:
    exported.train(DENSE, 0, 3)
    exported.export()
    [file] = exported.out.rglob("events.*")
    whole = file.read_bytes()
    file.write_bytes(harm(whole))
    assert exported.export() == {str(DENSE): training(2)}
    exported.train(DENSE, 3, 4)
    exported.finish(DENSE)
    assert exported.export() == {str(DENSE): in_order(training(4) + AT_END)}


@pytest.mark.parametrize("exported", ["tensorboard"], indirect=True)
def test_one_export_at_a_time_appends(exported: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    read = to_tensorboard._known
    held = []

    def known(file: Path) -> Any:
        descriptor = os.open(exported.out, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.append(file)
        finally:
            os.close(descriptor)
        return read(file)

    monkeypatch.setattr(to_tensorboard, "_known", known)
    exported.train(DENSE, 0, 3)
    exported.export()
    assert len(held) == 1


@pytest.mark.parametrize("exported", ["wandb"], indirect=True)
def test_wandb_is_told_which_network_it_is_and_nothing_of_the_machine(exported: Exported) -> None:
    exported.train(DENSE, 0, 3)
    exported.export()
    [file] = exported.out.rglob("run-*.wandb")
    [told] = [record.run for record in wandb_records(file) if record.HasField("run")]
    [network], _ = tracked(open_run(exported.run.root), {})
    assert (told.run_id, told.run_group, told.job_type) == (network.id, network.group, "dense")
    config = {update.key for update in told.config.update}
    assert {"arm", "replicate", "level", "training", "lottery"} <= config
    assert not any((file.parent / "files").iterdir())
    assert str(exported.run.root).encode() not in file.read_bytes()


@pytest.mark.parametrize("exported", ["wandb"], indirect=True)
def test_a_folder_that_was_not_finished_or_belongs_to_another_project_is_written_anew(
    exported: Exported,
) -> None:
    exported.train(DENSE, 0, 3)
    exported.export()
    [folder] = exported.out.glob("wandb/offline-run-*")
    (folder / "ticketscope.json").unlink()
    (folder / "half-written").touch()
    assert exported.export() == {str(DENSE): training(2)}
    assert not list(exported.out.rglob("half-written"))
    exported.project = "another"
    assert exported.export() == {str(DENSE): training(2)}


@pytest.mark.parametrize("exported", ["wandb"], indirect=True)
def test_online_only_what_the_server_lacks_is_sent(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wandb

    sent: list[tuple[int, float]] = []
    asked: dict[str, Any] = {}

    class Server:
        """What `wandb.init` gives, of a server that has the first update."""

        starting_step, summary = 2, {}

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def log(self, values: dict[str, float], step: int) -> None:
            sent.append((step, values["train/loss"]))

    def init(**options: Any) -> Server:
        asked.update(options)
        return Server()

    monkeypatch.setattr(wandb, "init", init)
    monkeypatch.setattr(wandb, "login", lambda **_: True)
    exported.train(DENSE, 0, 4)
    exported.finish(DENSE)
    assert exported.export(online=True) == {}
    assert sent == [(2, 3.5), (3, 3.25), (4, 3.0)]
    assert Server.summary["final/validation_loss"] == 2.25
    assert (asked["resume"], asked["settings"].mode) == ("allow", "online")

    monkeypatch.setattr(wandb, "login", lambda *, prompt, verify: prompt or verify)
    with pytest.raises(InputError, match=r"^--online: there is no key of Weights & Biases here"):
        exported.export(online=True)


@pytest.mark.parametrize("exported", ["wandb"], indirect=True)
def test_wandb_that_is_switched_off_is_no_export(
    exported: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wandb

    init = wandb.init
    monkeypatch.setattr(
        wandb,
        "init",
        lambda **options: init(**{**options, "settings": wandb.Settings(mode="disabled")}),
    )
    exported.train(DENSE, 0, 3)
    with pytest.raises(JobError, match="wandb wrote nothing here"):
        exported.export()


@pytest.mark.parametrize("exported", ["trackio"], indirect=True)
def test_a_project_that_trackio_does_not_allow_is_one_line(exported: Exported) -> None:
    exported.train(DENSE, 0, 3)
    with pytest.raises(InputError, match=r"^--project registry-x: .*reserved"):
        exported.export(project="registry-x")


# ----------------------------------------------------------------------------- all tools


def test_networks_of_others_have_figures_and_no_training(exported: Exported) -> None:
    networks = {"networks": {"replicate-0/int8/level-01": "its digest"}}
    write_sealed(
        exported.run.config, {**described(ONE_VARIANT, {"base": "opus"}, None), **networks}
    )
    row = dict.fromkeys([n for n in FACTS if n.startswith("sparsity_")], 0.0)
    rows = [
        {"arm": "int8", "replicate": 0, "level": 1, **row}
        | {"test_set": "test", "metric": "bleu", "value": 2.0}
    ]
    written = write_table(exported.run.root, QUALITY, rows, ONE_VARIANT.cast)
    write_sealed(exported.run.checksums, {}, [written])
    [(label, points)] = exported.export().items()
    assert label == "replicate-0/int8/level-01"
    assert (0, "quality/test/bleu", 2.0) in points
    assert {step for step, _, _ in points} == {0}
    assert exported.export() == {label: points}


def test_while_a_run_goes_on_it_is_followed_to_its_end(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = Exported(run, "tensorboard", tmp_path / "out", "toy")
    here = [True, True, False, False]
    monkeypatch.setattr(Run, "is_locked", lambda _: here.pop(0))
    elsewhere = [Holder("train", None, "token", str(beat)) for beat in (1, 2, 3, 3)]
    monkeypatch.setattr(exporting, "holders", lambda _: [elsewhere.pop(0)])
    sittings = [
        lambda: None,
        lambda: exported.train(DENSE, 0, 3),
        lambda: exported.train(DENSE, 3, 4),
    ]
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        sittings.pop(0)()

    assert exported.export(follow=True, wait=wait) == {str(DENSE): training(3)}
    assert len(waits) == 3
    assert [line for line in exported.said if "new" in line] == [
        "TensorBoard: 0 networks, nothing is new",
        "TensorBoard: 1 network, 2 new points of 1",
        "TensorBoard: 1 network, 1 new points of 1",
    ]
    assert sum(line.startswith("look: ") for line in exported.said) == 1


def test_what_cannot_be_exported_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(tool: str, **options: Any) -> str:
        with pytest.raises(InputError) as caught:
            export(run.root, tool, out=tmp_path / "out", tell=print, **options)
        assert not (tmp_path / "out").exists()
        return str(caught.value)

    assert refused("tensorboard").startswith(f"{run.root}: nothing is trained or measured yet")
    assert refused("wandbb") == (
        "--to wandbb: no such tool; did you mean wandb? valid: tensorboard, wandb, trackio"
    )
    assert refused("tensorboard", project="../x").startswith("--project ../x: give a name of")
    assert refused("trackio", online=True).startswith("--online: trackio has no server that")
    monkeypatch.setattr(exporter, "find_spec", lambda _: None)
    for name, tool in EXPORTERS.items():
        assert refused(name) == (
            f"--to {name}: {tool.tool} is not installed; pip install 'ticketscope[{name}]'"
        )


def test_figures_that_were_altered_are_not_exported(run: Run, tmp_path: Path) -> None:
    exported = Exported(run, "tensorboard", tmp_path / "out", "toy")
    exported.measure(bleu=2.0)
    table = run.root / QUALITY.file
    table.write_text(table.read_text().replace(",2.0,", ",3.0,"))
    with pytest.raises(JobError, match=f"^{table}: truncated or altered"):
        exported.export()
