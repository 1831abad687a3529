"""A training that several processes share: the same bytes as one, and no rank is left alone."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from forked_ranks import AT_THE_START, Ended, Harm, lead
from tests_support import processes_of, tree, wait_for
from ticketscope.cli import app
from ticketscope.config import Execution, Experiment, Lottery, Training
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.lottery.levels import make_level
from ticketscope.lottery.ranks.followers import FAILED, LOST, Follower, Followers, followed
from ticketscope.lottery.ranks.group import Meeting
from ticketscope.lottery.trainer import Checkpoint
from ticketscope.lottery.training_log import read_log
from ticketscope.runs.store import LevelId, Run

pytestmark = pytest.mark.slow

DENSE, PRUNED = LevelId(0, "dense", 0), LevelId(0, "lr_rewinding", 1)
FOLLOWER = "-m\0ticketscope.lottery.follower"  # in a command line
TRAINING = Training(
    updates=16,
    warmup_updates=8,
    peak_rate=1e-2,
    validate_every=5,
    clip_norm=1.0,
    accumulate=5,  # neither 2 nor 4 divides it
)


def _shared(experiment: Experiment, ranks: int, **settings: object) -> Experiment:
    """By so many ranks, with a checkpoint after every update."""
    training = TRAINING.model_copy(update={"ranks": ranks, **settings})
    return experiment.model_copy(
        update={
            "training": Training.model_validate(training.model_dump()),
            "lottery": Lottery(levels=1, rewind_to=(0.5,), moments="keep"),
            "execution": Execution(checkpoint_seconds=0.0, log_every=5),
        }
    )


def _run(folder: Path, corpus: EncodedCorpus) -> Run:
    folder.mkdir()
    run = Run(folder)
    run.corpus.symlink_to(corpus.model_file.parent)
    return run


def _found(run: Run, *levels: LevelId) -> dict[str, object]:
    """All that levels are, but times."""
    found: dict[str, object] = {}
    for level in levels:
        files = tree(run.level(level).path)
        files.pop("training.jsonl")
        found |= {f"{level}/{name}": content for name, content in files.items()}
        found[f"{level} log"] = [
            (entry["update"], entry.get("loss"), entry.get("validation_loss"))
            for entry in read_log(run.level(level).log)
        ]
    return found


def _is_done(ended: Ended) -> bool:
    assert (ended.kind, ended.text, ended.code) == ("", "", 0)
    return True


@pytest.fixture(scope="module")
def alone(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """Levels that one process has trained."""
    run = _run(tmp_path_factory.mktemp("alone") / "run", toy_corpus)
    for level in (DENSE, PRUNED):
        make_level(run.root, level, _shared(toy, 1))
    return run


# ----------------------------------------------------------------------------- the same bytes


@pytest.mark.parametrize("ranks", [2, 4])
def test_levels_are_those_of_one_process_to_the_byte(
    ranks, alone, toy, toy_corpus, tmp_path
) -> None:
    """Losses, weights, moments and masks (fairseq 494; transformers 34191, 34242, 37474)."""
    run = _run(tmp_path / "run", toy_corpus)
    assert _is_done(lead(run, _shared(toy, ranks), (DENSE, PRUNED)))
    assert _found(run, DENSE, PRUNED) == _found(alone, DENSE, PRUNED)


def test_followers_are_processes_that_end_with_the_training(
    alone, toy, toy_corpus, tmp_path
) -> None:
    """As a user has them: here they are no forks, and import for themselves."""
    run = _run(tmp_path / "run", toy_corpus)
    excepthook = sys.excepthook
    make_level(run.root, DENSE, _shared(toy, 2))
    assert _found(run, DENSE) == _found(alone, DENSE)
    assert sys.excepthook is excepthook
    assert not [name for name in processes_of(os.getsid(0)) if FOLLOWER in _command(name)]


def _command(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text()
    return ""


@pytest.mark.parametrize(
    "settings",
    [
        {"patience": 2, "peak_rate": 40.0, "warmup_updates": 1_000, "validate_every": 2},
        {"average_last": 2, "average_every": 3, "precision": "bfloat16", "accumulate": 2},
    ],
    ids=["patience", "average"],
)
def test_the_first_rank_decides_for_all(settings, toy, toy_corpus, tmp_path) -> None:
    """When to stop (OpenNMT-py 2006, 2517), and which weights are kept."""
    runs = {ranks: _run(tmp_path / str(ranks), toy_corpus) for ranks in (1, 2)}
    make_level(runs[1].root, DENSE, _shared(toy, 1, **settings))
    assert _is_done(lead(runs[2], _shared(toy, 2, **settings), (DENSE,)))
    assert _found(runs[2], DENSE) == _found(runs[1], DENSE)
    if "patience" in settings:
        assert runs[1].level(DENSE).facts()["num_updates"] < TRAINING.updates


# ----------------------------------------------------------------------------- deaths


def test_killed_again_and_again_and_gone_on_with_another_number_of_ranks(
    alone, toy, toy_corpus, tmp_path
) -> None:
    """fairseq 3117. Nothing listens to a signal in a training: a checkpoint that a handler writes
    may wait for ranks that are in the middle of something else (Lightning 21406)."""
    run = _run(tmp_path / "run", toy_corpus)
    plan = [(2, 3, "killed"), (1, 6, "killed"), (4, 9, "terminated"), (2, 12, "killed")]
    for ranks, update, how in plan:
        ended = lead(run, _shared(toy, ranks), (DENSE,), (Harm(0, update, how),))
        assert ended.code == {"killed": -9, "terminated": -15}[how]
        checkpoint = Checkpoint.read(run.level(DENSE).checkpoint)
        assert checkpoint.progress["update"] == update
        wait_for(lambda ended=ended: not processes_of(ended.session))  # no follower is left
    make_level(run.root, DENSE, _shared(toy, 1))
    assert _found(run, DENSE) == _found(alone, DENSE)


@pytest.mark.parametrize(
    ("harm", "kind", "text"),
    [
        (Harm(1, 7, "killed"), "JobError", "rank 1 of 4 was killed (signal 9); run again"),
        (Harm(2, 7, "raises"), "RuntimeError", "rank 2 of 4:\nTraceback"),
        (Harm(3, AT_THE_START, "raises"), "RuntimeError", "rank 3 of 4:\nTraceback"),
        (
            Harm(2, 7, "differs"),
            "JobError",
            "rank 2 of 4 has another weight model.encoder.layers.0.fc1.weight than rank 0, ",
        ),
    ],
    ids=lambda value: f"{value.what} {value.update}" if isinstance(value, Harm) else "",
)
def test_what_ends_one_rank_ends_all_in_a_line_that_names_it(
    harm, kind, text, alone, toy, toy_corpus, tmp_path
) -> None:
    """At once: nobody waits for who is gone."""
    run = _run(tmp_path / "run", toy_corpus)
    ended = lead(run, _shared(toy, 4), (DENSE,), (harm,))
    assert (ended.kind, ended.code) == (kind, 0)
    assert text in ended.text
    assert str(run.level(DENSE).path) in ended.text
    assert "device is broken" in ended.text or harm.what != "raises"
    assert not processes_of(ended.session)
    if harm.what == "killed":
        make_level(run.root, DENSE, _shared(toy, 1))
        assert _found(run, DENSE) == _found(alone, DENSE)


def test_a_first_rank_that_waits_for_the_dead_ends_itself(toy, toy_corpus, tmp_path) -> None:
    """On a GPU nothing but the end of the process reaches who waits."""
    run = _run(tmp_path / "run", toy_corpus)
    harms = (Harm(0, 2, "sleeps"), Harm(1, 2, "killed"))
    ended = lead(run, _shared(toy, 2), (DENSE,), harms, grace=0.1)
    assert (ended.kind, ended.code) == ("", 1)
    wait_for(lambda: not processes_of(ended.session))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (FAILED, r"run: rank 1 of 2: en\.txt: no such file$"),
        (LOST, r"run: its ranks lost each other \(one left before all were there\); run again"),
        (0, r"run: its ranks lost each other"),
    ],
)
def test_a_follower_that_ends_before_all_have_met_is_told_in_one_line(
    code, text, tmp_path, monkeypatch
) -> None:
    """Without what libraries wrote before."""
    monkeypatch.setattr("ticketscope.lottery.ranks.followers._GRACE_SECONDS", 0.2)
    process = subprocess.Popen(["sh", "-c", f"exit {code}"], stdin=subprocess.PIPE)
    process.wait()
    with TemporaryFile() as errors:
        errors.write(b"UserWarning: of a library\nen.txt: no such file\n")
        follower = Follower(1, process, errors)
        followers = Followers(tmp_path / "run", "cpu", (follower,), Meeting.called(2))
        with pytest.raises(JobError, match=text), followers.joined():
            pass
        follower.end()


def test_diverging_is_told_as_by_one_process(toy, toy_corpus, tmp_path) -> None:
    run = _run(tmp_path / "run", toy_corpus)
    ended = lead(run, _shared(toy, 2, peak_rate=1e30, clip_norm=0.0), (DENSE,))
    assert ended.kind == "JobError"
    assert "lower training.peak_rate" in ended.text


# ----------------------------------------------------------------------------- what is refused


def test_each_rank_needs_a_batch_and_a_gpu(toy, encoded_run, monkeypatch) -> None:
    with pytest.raises(ValueError, match="ranks: 6 have not a batch each in an update"):
        _shared(toy, 6)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    on_gpus = _shared(toy, 2, device="cuda")
    with (
        pytest.raises(InputError, match=r"training\.ranks: 2 ranks take a GPU each .* has 1"),
        followed(encoded_run, DENSE, on_gpus),
    ):
        pass


def test_torchrun_is_told_that_it_is_not_needed(monkeypatch) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(InputError, match=r"^torchrun: .* set training\.ranks"):
        app(["run", "demo"])
