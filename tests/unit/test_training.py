"""The loop, and above all: what is pruned stays pruned, whatever the optimiser does."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import Tensor

from ticketscope.config import Execution, Experiment, Lottery, Model, Training
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import JobError
from ticketscope.lottery import trainer, training
from ticketscope.lottery.course import Course, learning_rate
from ticketscope.lottery.micro_batches import dropout_seed
from ticketscope.lottery.trainer import Checkpoint, Trainer
from ticketscope.lottery.training_log import read_log
from ticketscope.networks import model
from ticketscope.networks.batches import collate
from ticketscope.networks.loss import sentence_losses, summed_loss
from ticketscope.networks.masks import Mask, check_exact_zeros
from ticketscope.pruning.criteria import Evidence
from ticketscope.pruning.criteria.random_choice import by_chance
from ticketscope.pruning.cuts import OfTheRest
from ticketscope.runs.store import LevelFolder

pytestmark = pytest.mark.slow

COURSE = Course(first_update=0, last_update=24, num_updates=24, patience=0, seed=3)
SMALL = {"encoder_layers": 1, "decoder_layers": 1, "d_model": 16, "ffn": 32, "heads": 2}


def _with(experiment: Experiment, **training_settings: object) -> Experiment:
    settings = experiment.training.model_copy(update=training_settings)
    return experiment.model_copy(
        update={"training": Training.model_validate(settings.model_dump())}
    )


def _half_mask(network: model.PreTrainedModel, embeddings: bool = False) -> Mask:
    weights = model.prunable(model.parameters(network), embeddings=embeddings)
    return by_chance(Evidence(weights=weights), Mask.dense(weights), OfTheRest(0.5), 1).mask


def _train(
    experiment: Experiment,
    corpus: EncodedCorpus,
    folder: Path,
    *,
    mask: Mask | None = None,
    course: Course = COURSE,
    moments: dict[str, Tensor] | None = None,
    norm: str = "pre",
) -> tuple[model.PreTrainedModel, training.Outcome]:
    folder.mkdir(exist_ok=True, parents=True)
    shape = Model(norm=norm, **SMALL)  # type: ignore[arg-type]
    network = model.build(shape, experiment.vocabulary.size, seed=1)
    mask = mask or Mask.dense(model.prunable(model.parameters(network), embeddings=False))
    outcome = training.train(
        model.own(network), mask, course, corpus, experiment, LevelFolder(folder), moments or {}
    )
    return network, outcome


def states_after_updates(monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[str, Tensor]]:
    """Filled while trainings go on: the weights after each update, by its number."""
    states = {}
    original = Trainer.update

    def remember(trainer, *rest):
        loss = original(trainer, *rest)
        tensors = model.parameters(trainer.network.model)
        states[trainer.progress.update + 1] = {n: t.detach().clone() for n, t in tensors.items()}
        return loss

    monkeypatch.setattr(Trainer, "update", remember)
    return states


# ----------------------------------------------------------------------------- the invariant


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"weight_decay": 0.1},
        {"optimiser": "adamw", "weight_decay": 0.1},
        {"clip_norm": 0.05},
        {"accumulate": 2},
        {"precision": "bfloat16"},
        {"average_last": 3, "average_every": 4},
        {"beta1": 0.0},
    ],
    ids=lambda v: " ".join(map(str, v.values())) or "plain",
)
@pytest.mark.parametrize("embeddings", [False, True], ids=["", "embeddings"])
def test_pruned_weights_and_their_moments_are_zero_after_every_update(
    variant, norm, embeddings, toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    experiment = _with(toy, **variant)
    shape = Model(norm=norm, **SMALL)
    mask = _half_mask(model.build(shape, experiment.vocabulary.size, seed=1), embeddings)
    # Moments that are anything but zero where weights are pruned must be cleared first.
    moments = {"step": torch.tensor(50.0)}
    for name, tensor in model.parameters(model.build(shape, 80, seed=1)).items():
        moments["exp_avg " + name] = torch.ones_like(tensor)
        moments["exp_avg_sq " + name] = torch.ones_like(tensor)
    # The pad row never had a gradient, so a real parent's moments are zero there.
    pad = 1 if norm == "pre" else 79
    moments["exp_avg " + "model.shared.weight"][pad] = 0.0
    checked = 0
    original = Trainer.update

    def update_and_check(trainer, *rest):
        nonlocal checked
        loss = original(trainer, *rest)
        tensors = model.parameters(trainer.network.model)
        check_exact_zeros(mask, tensors)
        for name, kept in mask.kept.items():
            state = trainer.optimiser.state[tensors[name]]
            assert not state["exp_avg"][~kept].any()
            assert not state["exp_avg_sq"][~kept].any()
        checked += 1
        return loss

    monkeypatch.setattr(Trainer, "update", update_and_check)
    network, _ = _train(experiment, toy_corpus, tmp_path, mask=mask, moments=moments, norm=norm)
    assert checked == COURSE.num_updates
    check_exact_zeros(mask, model.parameters(network))
    pad_row = network.get_input_embeddings().weight[network.config.pad_token_id]
    assert not pad_row.any()


def test_kept_weights_do_move(toy, toy_corpus, tmp_path) -> None:
    start = model.parameters(model.build(Model(**SMALL), 80, seed=1))
    mask = _half_mask(model.build(Model(**SMALL), 80, seed=1))
    network, _ = _train(toy, toy_corpus, tmp_path, mask=mask)
    name = "model.encoder.layers.0.fc1.weight"
    moved = model.parameters(network)[name] != start[name]
    assert moved[mask.kept[name]].float().mean() > 0.99


def test_clipping_takes_the_norm_of_kept_weights_only(
    toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    mask = _half_mask(model.build(Model(**SMALL), 80, seed=1))
    norms: list[float] = []
    original = torch.nn.utils.clip_grad_norm_

    def clip(parameters, max_norm):
        parameters = list(parameters)
        norms.append(float(torch.stack([p.grad.norm() for p in parameters]).norm()))
        return original(parameters, max_norm)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", clip)
    experiment = _with(toy, clip_norm=0.1)
    course = replace(COURSE, last_update=1, num_updates=1)
    _train(experiment, toy_corpus, tmp_path / "masked", mask=mask, course=course)
    _train(experiment, toy_corpus, tmp_path / "dense", course=course)
    assert norms[0] < norms[1]


# ----------------------------------------------------------------------------- arithmetic


def test_rate_warms_up_then_falls_with_the_inverse_square_root() -> None:
    settings = Training(updates=1, peak_rate=1e-3, initial_rate=1e-7, warmup_updates=100)
    rates = [learning_rate(u, settings, 1_000) for u in range(1_000)]
    assert rates[0] == pytest.approx(1e-7 + (1e-3 - 1e-7) / 100)
    assert max(rates) == rates[99] == pytest.approx(1e-3)
    assert rates[399] == pytest.approx(1e-3 * math.sqrt(100 / 400))


def test_rate_falls_along_a_straight_line_to_the_last_rate() -> None:
    settings = Training(updates=1, peak_rate=1e-3, last_rate=1e-5, warmup_updates=100)
    whole = Course(0, 1_000, 1_000, patience=0, seed=3)
    rates = [whole.rate(u, settings) for u in range(1_000)]
    assert rates[99] == pytest.approx(1e-3)
    assert rates[549] == pytest.approx((1e-3 + 1e-5) / 2)  # half way between 100 and 1,000
    assert rates[999] == pytest.approx(1e-5, rel=1e-9)
    assert_allclose(np.diff(rates[99:]), -(1e-3 - 1e-5) / 900, rtol=1e-9)
    level = Course(900, 1_000, 100, patience=0, seed=3)
    assert [level.rate(u, settings) for u in range(100)] == rates[900:]
    constant = settings.model_copy(update={"last_rate": 1e-3})
    assert {whole.rate(u, constant) for u in range(99, 1_000)} == {1e-3}


def test_a_schedule_all_of_warm_up_ends_on_the_way_up() -> None:
    settings = Training(updates=1, peak_rate=1e-3, last_rate=1e-5, warmup_updates=100)
    rates = [learning_rate(u, settings, 100) for u in range(100)]
    assert rates[-1] == max(rates) == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"peak_rate": 1e-3, "last_rate": 2e-3}, "last_rate: 0.002 is above peak_rate = 0.001"),
        ({"patience": 2, "last_rate": 1e-5}, "set patience = 0 or last_rate = 0"),
    ],
)
def test_last_rates_that_cannot_be_are_refused(settings, said) -> None:
    with pytest.raises(ValueError, match=said):
        Training(updates=10, **settings)


def test_loss_against_a_written_out_one(toy_corpus) -> None:
    """Label smoothing and padding, against log-softmax spelled out sentence by sentence."""
    for norm in ("pre", "post"):
        network = model.build(Model(norm=norm, **SMALL), 80, seed=1).eval()
        split, ids = toy_corpus.split("validation"), model.own_frame(network)
        indices = range(6)
        with torch.no_grad():
            ours = float(summed_loss(model.own(network), collate(split, indices, ids), 0.1))
        expected = 0.0
        for i in indices:
            source = [*split.source(i).tolist(), ids.source_after[0]]
            target = [*split.target(i).tolist(), ids.source_after[0]]
            with torch.no_grad():
                logits = network(
                    input_ids=torch.tensor([source]),
                    decoder_input_ids=torch.tensor([[ids.target_before[0], *target[:-1]]]),
                ).logits[0]
            first, last = model.own_frame(network).labels
            log_p = logits[:, first:last].log_softmax(-1)
            for position, label in enumerate(target):
                expected -= 0.9 * float(log_p[position, label - first])
                expected -= 0.1 * float(log_p[position].mean())
        assert ours == pytest.approx(expected, rel=1e-4)


def test_sentence_losses_do_not_depend_on_the_batches(toy_corpus) -> None:
    network = model.build(Model(**SMALL), 80, seed=1)
    split = toy_corpus.split("validation")
    one, all_ = (
        sentence_losses(model.own(network), split, max_tokens=budget, device="cpu")
        for budget in (1, 4_096)
    )
    assert one.negative_log_likelihood == pytest.approx(all_.negative_log_likelihood, rel=1e-5)
    assert one.num_tokens.tolist() == [len(split.target(i)) + 1 for i in range(len(split))]


def test_accumulation_equals_the_larger_batch(toy_corpus) -> None:
    """Every token counts alike, whichever batch it is in (fairseq 494; transformers 34191, 34242,
    37474; torchtune 2172)."""
    network = model.build(Model(dropout=0.0, **SMALL), 80, seed=1)
    split, ids = toy_corpus.split("train"), model.own_frame(network)
    gradients = []
    for parts in ([range(8)], [range(5), range(5, 8)]):
        batches = [collate(split, part, ids) for part in parts]
        num_tokens = sum(batch.num_tokens for batch in batches)
        network.zero_grad()
        for batch in batches:
            (summed_loss(model.own(network), batch, 0.1) / num_tokens).backward()
        gradients.append(network.get_input_embeddings().weight.grad.clone())
    assert torch.allclose(*gradients, atol=1e-6)


def test_each_micro_batch_of_an_update_draws_its_own_dropout(toy_corpus) -> None:
    """The same pairs twice: what they have in common is the text, not what is dropped."""
    network = model.build(Model(dropout=0.5, **SMALL), 80, seed=1).train()
    batch = collate(toy_corpus.split("train"), range(8), model.own_frame(network))
    losses = {}
    for update, number in ((0, 0), (0, 1), (1, 0), (0, 0)):
        torch.manual_seed(dropout_seed(3, update, number))
        loss = float(summed_loss(model.own(network), batch, 0.1).detach())
        assert losses.setdefault((update, number), loss) == loss
    assert len(set(losses.values())) == 3


def test_averaging_is_the_mean_of_the_last_snapshots(
    toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    experiment = _with(toy, average_last=3, average_every=4)
    states = states_after_updates(monkeypatch)
    network, outcome = _train(experiment, toy_corpus, tmp_path)
    for name, tensor in model.parameters(network).items():
        mean = sum(states[u][name] for u in (16, 20, 24)) / 3
        assert torch.allclose(tensor, mean, atol=1e-7)
    losses = sentence_losses(
        model.own(network), toy_corpus.split("validation"), max_tokens=256, device="cpu"
    )
    assert outcome.validation_loss == losses.mean


def test_training_learns(toy, toy_corpus, tmp_path) -> None:
    course = replace(COURSE, last_update=150, num_updates=150)
    _train(_with(toy, peak_rate=1e-2), toy_corpus, tmp_path, course=course)
    losses = [
        e["validation_loss"]
        for e in read_log(tmp_path / "training.jsonl")
        if "validation_loss" in e
    ]
    assert losses[-1] < losses[0] - 0.5


def test_diverging_is_an_error_that_says_what_to_do(toy, toy_corpus, tmp_path) -> None:
    with pytest.raises(JobError, match=r"the loss is nan after .*; lower training\.peak_rate"):
        _train(_with(toy, peak_rate=1e30), toy_corpus, tmp_path)


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_a_loss_that_is_read_late_is_told_of_the_right_update_and_kept_nowhere(
    seconds, toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    original = Trainer.update

    def spoilt(trainer, *rest):
        losses = original(trainer, *rest)
        return losses if trainer.progress.update != 7 else torch.full_like(losses, math.inf)

    monkeypatch.setattr(Trainer, "update", spoilt)
    execution = Execution(log_every=5, checkpoint_seconds=seconds)
    experiment = toy.model_copy(update={"execution": execution})
    with pytest.raises(JobError, match=r"the loss is inf after 7 updates; lower"):
        _train(experiment, toy_corpus, tmp_path)
    assert [e["update"] for e in read_log(tmp_path / "training.jsonl")] == [5]
    checkpoint = tmp_path / "checkpoint.safetensors"
    assert checkpoint.exists() == (not seconds)
    if not seconds:
        assert Checkpoint.read(checkpoint).progress["update"] == 7


# ----------------------------------------------------------------------------- patience


def test_patience_keeps_the_best_state(toy, toy_corpus, tmp_path, monkeypatch) -> None:
    states = states_after_updates(monkeypatch)
    too_fast = _with(toy, validate_every=2, peak_rate=40.0, warmup_updates=1_000)
    network, outcome = _train(too_fast, toy_corpus, tmp_path, course=replace(COURSE, patience=2))
    losses = {
        e["update"]: e["validation_loss"]
        for e in read_log(tmp_path / "training.jsonl")
        if "validation_loss" in e
    }
    best = min(losses, key=losses.__getitem__)
    assert 2 < best < COURSE.num_updates - 4  # it got better, and then worse, by far
    assert max(states) == best + 4  # two validations without improvement
    assert outcome.num_updates == best
    assert outcome.validation_loss == pytest.approx(losses[best], abs=1e-6)  # as logged
    for name, tensor in model.parameters(network).items():
        assert torch.equal(tensor, states[best][name])


# ----------------------------------------------------------------------------- resuming


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("variant", ["plain", "patience", "average", "keep"])
@pytest.mark.parametrize("stop", [1, 13, 23])
def test_going_on_from_a_checkpoint_gives_the_same_bytes(
    stop, variant, toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    """Order, dropout, moments, patience (OpenNMT-py 2006, 2517), the mean and the log."""
    course = replace(COURSE, patience=5 if variant == "patience" else 0)
    settings = {"average_last": 2, "average_every": 9} if variant == "average" else {}
    experiment = _with(toy, validate_every=5, accumulate=2, **settings)
    if variant == "keep":
        lottery = Lottery(levels=1, moments="keep")
        experiment = experiment.model_copy(update={"lottery": lottery})
    straight, expected = _train(experiment, toy_corpus, tmp_path / "straight", course=course)

    _kill_after(stop, experiment, toy_corpus, tmp_path / "killed", monkeypatch, course)
    saving = experiment.model_copy(update={"execution": Execution(log_every=5)})
    resumed, outcome = _train(saving, toy_corpus, tmp_path / "killed", course=course)

    assert outcome == expected
    ours, theirs = model.parameters(resumed), model.parameters(straight)
    for name in theirs:
        assert torch.equal(ours[name].view(torch.int32), theirs[name].view(torch.int32)), name
    if variant == "keep":
        files = [tmp_path / side / "moments.safetensors" for side in ("straight", "killed")]
        assert files[0].read_bytes() == files[1].read_bytes()
    logged = [
        [
            (e["update"], e["loss"])
            for e in read_log(tmp_path / side / "training.jsonl")
            if "of" in e
        ]
        for side in ("straight", "killed")
    ]
    assert [update for update, _ in logged[0]] == [5, 10, 15, 20, 24]
    assert logged[0] == logged[1]


@pytest.fixture
def interrupted(toy, toy_corpus, tmp_path, monkeypatch) -> Path:
    """The folder of a training that was killed after 13 updates."""
    _kill_after(13, toy, toy_corpus, tmp_path / "killed", monkeypatch)
    return tmp_path / "killed"


def _kill_after(stop, experiment, corpus, folder, monkeypatch, course=COURSE) -> None:
    saving = experiment.model_copy(
        update={"execution": Execution(checkpoint_seconds=0.0, log_every=5)}
    )
    original = Trainer.update

    def die_at_stop(trainer, *rest):
        if trainer.progress.update == stop:
            raise _Killed
        return original(trainer, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "update", die_at_stop)
        with pytest.raises(_Killed):
            _train(saving, corpus, folder, course=course)


@pytest.mark.parametrize("harm", ["truncated", "altered", "emptied"])
def test_a_damaged_checkpoint_is_named(harm, interrupted, toy, toy_corpus) -> None:
    """Lightning 688, metaseq 53."""
    checkpoint = interrupted / "checkpoint.safetensors"
    content = bytearray(checkpoint.read_bytes())
    if harm == "altered":
        content[-20] ^= 1
    checkpoint.write_bytes(content[: {"truncated": -10, "altered": None, "emptied": 0}[harm]])
    with pytest.raises(JobError, match=r"checkpoint\.safetensors: truncated or altered"):
        _train(toy, toy_corpus, interrupted)


def test_a_kill_while_a_checkpoint_is_written_leaves_the_one_before(
    interrupted, toy, toy_corpus, tmp_path, monkeypatch
) -> None:
    before = (interrupted / "checkpoint.safetensors").read_bytes()

    def half(_state, path, **_) -> None:
        path.write_bytes(before[: len(before) // 2])
        raise _Killed

    saving = toy.model_copy(update={"execution": Execution(checkpoint_seconds=0.0, log_every=5)})
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "save_file", half)
        with pytest.raises(_Killed):
            _train(saving, toy_corpus, interrupted)
    assert (interrupted / "checkpoint.safetensors").read_bytes() == before
    resumed, _ = _train(toy, toy_corpus, interrupted)
    straight, _ = _train(toy, toy_corpus, tmp_path / "straight")
    ours, theirs = model.parameters(resumed), model.parameters(straight)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_checkpoint_of_another_parent_is_not_gone_on_from(
    interrupted, toy, toy_corpus, tmp_path
) -> None:
    course = replace(COURSE, origin="another parent")
    resumed, _ = _train(toy, toy_corpus, interrupted, course=course)
    straight, _ = _train(toy, toy_corpus, tmp_path / "straight", course=course)
    ours, theirs = model.parameters(resumed), model.parameters(straight)
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    updates = [e["update"] for e in read_log(interrupted / "training.jsonl") if "loss" in e]
    assert updates == [5, 10, 15, 20, 24]


def test_a_log_with_a_damaged_line_is_read_up_to_it(tmp_path) -> None:
    path = tmp_path / "training.jsonl"
    path.write_bytes(b'{"update": 1}\n\0\0\0\n{"update": 3}\n{"upda')
    assert read_log(path) == [{"update": 1}]
