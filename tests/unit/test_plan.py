"""What --dry-run says, against counts by hand and the study's own numbers."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from ticketscope.config import (
    Batches,
    Execution,
    Experiment,
    GrammarCorpus,
    Lottery,
    Model,
    Training,
    Vocabulary,
)
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks.batches import longer_side, num_batches
from ticketscope.study import plan
from ticketscope.study.plan import Work, plan_sizes, plan_work, print_sizes, print_work

# By hand: an attention is 4 x (16 x 16 + 16), a feed-forward block 16 x 32 + 32 + 32 x 16 + 16.
ATTENTION, FEED_FORWARD, NORM = 1_088, 1_072, 32
PRUNABLE = 3 * ATTENTION + 2 * FEED_FORWARD
EMBEDDING = 64 * 16


def experiment(norm: str = "pre", **lottery: object) -> Experiment:
    levels: dict[str, object] = {"levels": 3, "replicates": 2, "rewind_to": (0.5, 0.2)}
    return Experiment(
        name="small",
        corpus=GrammarCorpus(num_train=200),
        vocabulary=Vocabulary(size=64),
        model=Model(norm=norm, encoder_layers=1, decoder_layers=1, d_model=16, ffn=32, heads=2),
        batches=Batches(max_tokens=100),
        training=Training(epochs=2),
        lottery=Lottery(**{**levels, **lottery}),
        execution=Execution(workers=1),
    )


@pytest.fixture(autouse=True)
def known_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "matrix_rate", lambda *_: 1e6)


def work_of(experiment: Experiment, dense_updates: int | None = 100) -> Work:
    return plan_work(experiment, plan_sizes(experiment), dense_updates)


def text_of(experiment: Experiment, dense_updates: int | None = 100, width: int = 100) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width)
    print_sizes(plan_sizes(experiment), experiment, console)
    print_work(work_of(experiment, dense_updates), experiment, console)
    return output.getvalue()


@pytest.mark.parametrize(("norm", "num_norms"), [("pre", 7), ("post", 5)])
def test_counts_by_hand(norm: str, num_norms: int) -> None:
    made = plan_sizes(experiment(norm))
    assert made.counts.prunable == PRUNABLE
    assert made.counts.non_embedding == PRUNABLE + num_norms * NORM
    assert made.counts.total == PRUNABLE + num_norms * NORM + EMBEDDING
    roles = made.num_by_role
    assert sum(roles.values()) == made.counts.total
    assert roles["embedding"] == EMBEDDING
    assert roles["layer_norm"] == num_norms * NORM
    assert roles["decoder cross_attention q"] == 16 * 16 + 16
    assert roles["encoder feed_forward fc1"] == 16 * 32 + 32
    assert roles["encoder feed_forward fc2"] == 32 * 16 + 16


def test_ladder_by_hand() -> None:
    made = plan_sizes(experiment(prune_fraction=0.25))
    assert [rung.level for rung in made.ladder] == [0, 1, 2, 3]
    # 5408 -> 4056 -> 3042 -> 2281.5, and half a weight is pruned.
    assert [rung.num_pruned for rung in made.ladder] == [0, 1_352, 2_366, 3_127]
    for rung in made.ladder:
        assert rung.sparsity.prunable == rung.num_pruned / PRUNABLE
        assert rung.sparsity.total == rung.num_pruned / made.counts.total
        assert rung.sparsity.non_embedding == rung.num_pruned / made.counts.non_embedding


def test_with_embeddings_the_ladder_is_over_them_too() -> None:
    made = plan_sizes(experiment(prune_embeddings=True, prune_fraction=0.5))
    assert made.counts.prunable == PRUNABLE + EMBEDDING
    first = made.ladder[1]
    assert first.num_pruned == (PRUNABLE + EMBEDDING) // 2
    assert first.sparsity.total == first.num_pruned / made.counts.total
    assert first.sparsity.non_embedding == pytest.approx(
        PRUNABLE / 2 / made.counts.non_embedding, abs=1e-3
    )


def test_updates_by_hand() -> None:
    made = work_of(experiment())
    # A replicate: 100, and in two arms 50 from half-way, then twice 80 from a fifth on.
    assert made.total_updates == 2 * (100 + 2 * (50 + 80 + 80))
    assert made.dense_updates == 100
    assert plan_sizes(experiment()).num_tickets == 2 * (1 + 2 * 3)
    only_dense = experiment(levels=0, replicates=1)
    assert work_of(only_dense).total_updates == 100
    assert plan_sizes(only_dense).num_tickets == 1


def test_updates_are_estimated_from_the_text(toy: Experiment, toy_corpus: EncodedCorpus) -> None:
    in_epochs = toy.model_copy(update={"training": Training(epochs=10)})
    made = work_of(in_epochs, dense_updates=None)
    assert made.is_estimate
    batches = num_batches(longer_side(toy_corpus.split("train")), toy.batches.max_tokens)
    assert 0.3 < made.dense_updates / (10 * batches) < 3
    assert f"updates: about {made.dense_updates:,} for a dense model" in text_of(in_epochs, None)


def test_time_follows_the_work_and_the_workers() -> None:
    def seconds(asked: Experiment, updates: int) -> float:
        return work_of(asked, updates).seconds

    one = seconds(experiment(levels=0), 100)
    # 6 operations a parameter and token, forward and backward; the output matrix is used too.
    tokens = 2 * 100 * 100
    operations = 6 * (plan_sizes(experiment()).counts.non_embedding + EMBEDDING) * tokens
    assert one == pytest.approx(operations / (1e6 * plan.TRAINING_EFFICIENCY))
    assert seconds(experiment(levels=0), 200) == pytest.approx(2 * one)
    two_workers = experiment(levels=0).model_copy(update={"execution": Execution(workers=2)})
    assert seconds(two_workers, 100) == pytest.approx(one / 2)


def test_disk_holds_every_ticket_its_mask_and_the_checkpoints_at_work() -> None:
    made = plan_sizes(experiment())
    weights, mask = 4 * made.counts.total, PRUNABLE // 8
    assert made.disk_bytes == 14 * (weights + mask) + 3 * weights
    many = experiment().model_copy(update={"execution": Execution(workers=100)})
    # Of 2 replicates and 2 arms no more than 4 are ever trained at once.
    assert plan_sizes(many).disk_bytes == 14 * (weights + mask) + 4 * 3 * weights
    keeping = plan_sizes(experiment(moments="keep"))
    assert keeping.disk_bytes == made.disk_bytes + 14 * 2 * weights
    rewinding = plan_sizes(experiment(arms=("weight_rewinding", "dense_continued")))
    # Levels go back to two shares; each replicate keeps the weights of both.
    assert rewinding.disk_bytes == made.disk_bytes + 2 * 2 * weights


def test_the_plan_for_people() -> None:
    small = experiment(arms=("lr_rewinding", "dense_continued", "random_pruning"))
    controls = text_of(experiment(arms=("lr_rewinding", "shuffled_mask", "reinitialised")))
    assert "shuffled_mask (criterion: random, of each tensor as many as lr_rew" in controls
    assert "reinitialised (masks of lr_rewinding)" in controls.replace("\n", " ")
    text = text_of(small)
    assert text.startswith("small: en to de\n")
    assert f"trainable parameters 6,656, prunable {PRUNABLE:,}, non-embedding 5,632" in text
    assert re.search(r"2 +1,947 +0\.360 +0\.293 +0\.346", text)
    assert "20 networks: 2 replicate(s), each with a dense model and 3 level(s) of" in text
    assert "dense_continued (prunes nothing), random_pruning (criterion: random)" in text
    assert "updates: 100 for a dense model, 1,460 in all" in text
    assert "estimated time:" in text
    assert "estimated disk: 1 MB besides the corpus" in text


def test_where_a_cluster_does_the_work_no_time_of_this_machine_is_told() -> None:
    there = experiment().model_copy(update={"execution": Execution(executor="slurm", workers=3)})
    assert "updates: 100 for a dense model" in text_of(there)
    assert "estimated time" not in text_of(there)


def test_the_tables_of_the_plan_fit_in_80_columns() -> None:
    large = experiment(levels=99).model_copy(update={"model": Model(d_model=4_096, ffn=16_384)})
    text = text_of(large, width=80)
    tables = text[text.index("parameters of") : text.index("398 networks")]
    assert all(len(line.rstrip()) <= 80 for line in tables.splitlines())
    assert "decoder cross_attention out" in tables
    assert "in a wider terminal" not in tables


# VmHWM and not ru_maxrss, which starts from the peak of the process that started this one.
PEAK = """
import re
from pathlib import Path
from ticketscope.study.plan import plan_sizes, print_sizes
from ticketscope.study.recipes import recipe
from ticketscope.console.terminal import output
study = recipe("wmt16-big")
print_sizes(plan_sizes(study), study, output())
status = Path("/proc/self/status").read_text()
print("peak", int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024)
"""


def test_the_study_is_planned_without_allocating_its_weights(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PEAK],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "trainable parameters 209,911,808, prunable 176,295,936," in result.stdout
    # Level, pruned, of prunable, of all, of non-embedding.
    rows = re.findall(r"^ +(\d) +[\d,]+ +([\d.]+) +([\d.]+) +", result.stdout, re.MULTILINE)
    of_all = ["0.000", "0.168", "0.302", "0.410", "0.496", "0.565", "0.620", "0.664", "0.699"]
    of_prunable = ["0.000", "0.200", "0.360", "0.488", "0.590", "0.672", "0.738", "0.790", "0.832"]
    expected = [
        (str(level), p, a) for level, (p, a) in enumerate(zip(of_prunable, of_all, strict=True))
    ]
    assert rows == expected
    assert int(result.stdout.split()[-1]) < 1.5e9  # the weights alone are 0.84e9
    assert list(tmp_path.iterdir()) == []  # a plan writes nothing
