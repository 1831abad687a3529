"""GPU-hours, time and disk on 1, 8 and 64 GPUs, against arithmetic by hand."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from ticketscope.cli import app
from ticketscope.config import Experiment, FilesCorpus, Lottery
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.files import write_text
from ticketscope.networks.batches import collate, epoch_batches, longer_side
from ticketscope.runs.seals import sealed_line
from ticketscope.runs.store import Run, dense_of
from ticketscope.study.gpu_plan import (
    Rate,
    measured_rate,
    print_gpu_plan,
    tokens_per_update,
    trainings,
)
from ticketscope.study.plan import Epoch, epoch_of, estimated_epoch, plan_sizes, plan_work
from ticketscope.study.recipes import recipe

STUDY = Epoch(num_batches=15_200, num_target_tokens=130_000_000)
"""What the study's text comes to, if a sentence has 29 pieces."""


def text_of(experiment: Experiment, epoch: Epoch, rate: Rate | None) -> str:
    sizes, output = plan_sizes(experiment), io.StringIO()
    work = plan_work(experiment, sizes, None, epoch)
    print_gpu_plan(experiment, sizes, work, epoch, rate, Console(file=output, width=400))
    return output.getvalue()


def test_the_study_by_hand() -> None:
    study = recipe("wmt16-big")
    # 8 batches of 8,553 target tokens each, and 60 epochs of 1,900 updates.
    assert tokens_per_update(study, STUDY) == pytest.approx(68_421, abs=1)
    work = plan_work(study, plan_sizes(study), None, STUDY)
    assert work.dense_updates == 60 * 15_200 // 8 == 114_000
    tasks = trainings(study, work, STUDY, Rate(200_000, "as given"))
    # 60 epochs, and in three arms six times 30 and twice 48: 888 epochs of 130 million.
    hours = 888 * 130e6 / 200_000 / 3_600
    assert sum(task.seconds for task in tasks) / 3_600 == pytest.approx(hours)
    text = text_of(study, STUDY, Rate(200_000, "as given"))
    assert "about 1,687,200 updates x 68,421 target tokens = 115.44 thousand million" in text
    assert f"at 200,000 per second on each GPU (as given): {hours:,.1f} GPU-hours" in text
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ +\d", line)]
    # One GPU does all in turn; of eight, three are at work after the dense model.
    chain = (60 + 276) * 130e6 / 200_000 / 3_600
    assert rows[0][:4] == ["1", "1", f"{hours:,.1f}", "0%"]
    assert rows[1][:4] == ["8", "3", f"{chain:,.1f}", f"{1 - hours / chain / 8:.0%}"]
    assert rows[2][:4] == ["64", "3", f"{chain:,.1f}", f"{1 - hours / chain / 64:.0%}"]
    # 25 networks of 0.84 GB with their masks, and 2.5 GB for each training at work.
    weights, masks = 4 * 209_911_808, 176_295_936 / 8
    for row, at_work in zip(rows, (1, 3, 3), strict=True):
        assert row[4] == f"{(25 * (weights + masks) + at_work * 3 * weights) / 1e9:.1f}"
    assert "9 trainings wait for each other, up to train replicate-0/lr_rewinding/level-08" in text


def test_gpus_that_share_a_training_shorten_the_chain() -> None:
    study = recipe("wmt16-big")
    shared = study.model_copy(update={"training": study.training.model_copy(update={"ranks": 3})})
    text = text_of(shared, STUDY, Rate(200_000, "as given"))
    # Three rounds for eight batches, where nine would have room.
    hours = 888 * 130e6 / 200_000 / 3_600 * 3 / 8
    chain = (60 + 276) * 130e6 / 200_000 / 3_600 * 3 / 8
    assert f"{3 * hours:,.1f} GPU-hours" in text
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ +\d", line)]
    assert rows[0] == ["1", "0"]  # which cannot be
    two = (60 + 3 * 276 / 2) * 130e6 / 200_000 / 3_600 * 3 / 8  # and two GPUs are left over
    assert rows[1][:4] == ["8", "2", f"{two:,.1f}", f"{1 - 3 * hours / two / 8:.0%}"]
    assert rows[2][:4] == ["64", "3", f"{chain:,.1f}", f"{1 - 3 * hours / chain / 64:.0%}"]


def test_more_replicates_use_more_gpus(toy: Experiment) -> None:
    many = toy.model_copy(
        update={"lottery": Lottery(arms=("lr_rewinding", "dense_continued"), replicates=5)}
    )
    rows = re.findall(r"^ *(\d+) +(\d+) ", text_of(many, STUDY, Rate(1e3, "as given")), re.M)
    assert rows == [("1", "1"), ("8", "8"), ("64", "10")]


def test_without_a_rate_the_work_is_told_and_no_hour(toy: Experiment) -> None:
    text = text_of(toy, STUDY, None)
    assert "training in all: " in text
    assert "give --tokens-per-second" in text
    assert "GPU-hours, on" not in text


def test_the_rate_is_the_median_of_what_trainings_logged(toy: Experiment, tmp_path: Path) -> None:
    assert measured_rate(toy, tmp_path) is None
    folder = Run(tmp_path).level(dense_of(0))
    folder.path.mkdir(parents=True)
    lines: list[dict[str, float]] = [
        {"update": update, "of": 4, "tokens_per_second": rate}
        for update, rate in ((1, 10.0), (2, 400.0), (3, 420.0))
    ]
    lines.append({"update": 3, "validation_loss": 2.0})
    write_text(folder.log, "".join(map(sealed_line, lines)))
    rate = measured_rate(toy, tmp_path)
    assert rate is not None
    assert rate.tokens_per_second == 400.0
    assert f"(the median of 3 lines of {tmp_path}/" in text_of(toy, STUDY, rate)
    settings = toy.training.model_copy(update={"accumulate": 4, "ranks": 4})
    shared = measured_rate(toy.model_copy(update={"training": settings}), tmp_path)
    assert shared is not None
    assert shared.tokens_per_second == 100.0


def test_an_epoch_is_that_of_the_encoded_corpus(
    toy: Experiment, toy_corpus: EncodedCorpus, encoded_run: Run
) -> None:
    exact = epoch_of(toy, encoded_run.root)
    train = toy_corpus.split("train")
    batches = epoch_batches(longer_side(train), toy.batches.max_tokens, seed=1, epoch=0)
    frame = toy_corpus.vocabulary.tokenizer().frame
    learnt = sum(collate(train, np.sort(batch), frame).num_tokens for batch in batches)
    assert exact == Epoch(len(batches), learnt)
    about = estimated_epoch(toy)
    assert epoch_of(toy, encoded_run.root / "elsewhere") == about
    assert 0.3 < about.num_target_tokens / exact.num_target_tokens < 3


def test_the_command_plans_for_machines_that_are_not_here(
    toy: Experiment, toy_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = toy.corpus
    assert isinstance(corpus, FilesCorpus)
    config = tmp_path / "big.toml"
    config.write_text(
        f'name = "big"\n[corpus]\nkind = "files"\nsource = "{corpus.source}"\n'
        f'target = "{corpus.target}"\npath = "{toy_files}"\n[vocabulary]\nsize = 120\n'
        '[training]\nupdates = 100\ndevice = "cuda"\nprecision = "bfloat16"\n'
    )
    out = ["--out", str(tmp_path / "run")]
    app(["run", str(config), *out, "--dry-run", "--tokens-per-second", "2000"])
    assert re.search(r"at 2,000 per second on each GPU \(as given\)", capsys.readouterr().out)
    assert not (tmp_path / "run").exists()
    with pytest.raises(InputError, match="--tokens-per-second is of use with --dry-run alone"):
        app(["run", str(config), *out, "--tokens-per-second", "2000"])
