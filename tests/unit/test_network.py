"""A stored network: a ticket of a run, and a folder of anyone's."""

import math
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.networks import model
from ticketscope.networks.families import Role
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.networks.translate import generation_settings, translate_lines, translating
from ticketscope.runs.store import LevelFolder, LevelId, Run
from ticketscope.text.vocabulary import Vocabulary

LABEL = LevelId(1, "lr_rewinding", 2)
FC1 = "model.encoder.layers.0.fc1.weight"
DECODING = {"beam": 2, "length_penalty": 1.0, "max_decoding_length": 12}


@pytest.fixture(scope="module")
def stored(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """A run with one ticket that has learnt nothing; not to be changed."""
    run = Run(tmp_path_factory.mktemp("network") / "run")
    folder = run.level(LABEL)
    vocabulary = Vocabulary(toy_corpus.model_file, toy.model.norm)
    network = model.build(toy.model, vocabulary.size, seed=3)
    tensors = model.parameters(network)
    generator = torch.Generator().manual_seed(4)
    mask = Mask(
        {
            name: torch.rand(tensor.shape, generator=generator) < 0.6
            for name, tensor in model.prunable(tensors, embeddings=False).items()
        }
    )
    with torch.no_grad():
        for name, kept in mask.kept.items():
            tensors[name] += 0.1 * torch.randn(kept.shape, generator=generator)
            tensors[name][~kept] = 0.0
    model.save(network, folder.ticket, generation_settings(vocabulary, **DECODING))
    vocabulary.save_tokenizer(folder.ticket)
    mask.save(folder.masks)
    shares = model.sparsity(model.count(tensors, embeddings=False), mask.num_pruned, 0)
    folder.mark_done(
        {
            "sparsity_prunable": shares.prunable,
            "sparsity_total": shares.total,
            "sparsity_non_embedding": shares.non_embedding,
        }
    )
    return run


@pytest.fixture
def level(stored: Run, tmp_path: Path) -> LevelFolder:
    """A copy of the level that may be changed."""
    shutil.copytree(stored.root, tmp_path / "run")
    return Run(tmp_path / "run").level(LABEL)


@pytest.fixture
def strange(stored: Run, tmp_path: Path) -> Path:
    """The same network in a folder of anyone's."""
    return Path(shutil.copytree(stored.level(LABEL).ticket, tmp_path / "strange"))


# ----------------------------------------------------------------------------- what it is


def test_nothing_is_read_before_it_is_asked_for() -> None:
    assert Network(Path("nowhere"), LABEL).name == "replicate-1/lr_rewinding/level-02"
    assert Network(Path("nowhere")).name == "nowhere"
    with pytest.raises(InputError, match="nowhere: not a model folder"):
        Network.from_directory("nowhere")


def test_a_ticket_and_a_folder_of_anyones_hold_the_same_network(
    level: LevelFolder, strange: Path, toy: Experiment
) -> None:
    ticket, other = Network.from_directory(level.ticket), Network.from_directory(str(strange))
    assert ticket.level == level
    assert other.level is None
    for network in (ticket, other):
        assert network.shape.encoder_attention_heads == toy.model.heads
        assert len(network.tokenizer.source.names) == network.shape.vocab_size
    ours, theirs = ticket.weights(), other.weights()
    assert list(ours) == sorted(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_its_parameters_and_what_they_do(strange: Path, toy: Experiment) -> None:
    network = Network.from_directory(strange)
    built = model.parameters(model.build(toy.model, len(network.tokenizer.source.names), seed=0))
    roles = network.parameters
    assert list(roles) == sorted(built)
    assert roles[FC1] == Role("encoder", 1, "feed_forward", "fc1", "weight")
    assert roles["model.shared.weight"].block == "embedding"
    assert {name: tensor.shape for name, tensor in network.weights().items()} == {
        name: tensor.shape for name, tensor in built.items()
    }


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_it_loads_ready_to_be_read(strange: Path, attention: str) -> None:
    network = Network.from_directory(strange)
    loaded = network.load(attention=attention)  # type: ignore[arg-type]
    assert not loaded.model.training
    assert loaded.model.config._attn_implementation == attention
    parameters = model.parameters(loaded.model)
    for name, tensor in network.weights().items():
        assert parameters[name].dtype == torch.float32
        assert torch.equal(parameters[name], tensor)


# ----------------------------------------------------------------------------- masks


def test_a_ticket_has_a_mask_and_a_network_from_elsewhere_has_none(
    level: LevelFolder, strange: Path
) -> None:
    ticket = Network(level.ticket, LABEL)
    assert ticket.mask == Mask.load(level.masks)
    assert ticket.mask is not ticket.mask, "the masks of all networks of a run fill the memory"
    assert Network(strange).mask is None
    level.masks.write_bytes(level.masks.read_bytes()[:-1])
    with pytest.raises(JobError, match=f"^{level.masks}: truncated or altered"):
        _ = Network(level.ticket, LABEL).mask


def test_sparsity_is_that_of_the_mask_or_of_the_zeros_that_are_there(
    level: LevelFolder, strange: Path
) -> None:
    ticket, other = Network(level.ticket, LABEL), Network(strange)
    kept = Mask.load(level.masks).kept
    num_pruned = sum(int((~part).sum()) for part in kept.values())
    num_prunable = sum(part.numel() for part in kept.values())
    sizes = {name: tensor.numel() for name, tensor in ticket.weights().items()}
    num_all = sum(sizes.values())
    for network in (ticket, other):
        assert network.sparsity.prunable == num_pruned / num_prunable
        assert network.sparsity.total == num_pruned / num_all
        assert network.sparsity.non_embedding == num_pruned / (
            num_all - sizes["model.shared.weight"]
        )


def test_zeros_outside_attention_and_feed_forward_blocks_are_no_sparsity(strange: Path) -> None:
    before = Network(strange).sparsity
    tensors = load_file(strange / "model.safetensors")
    tensors["model.encoder.layers.0.self_attn_layer_norm.weight"].zero_()
    tensors["model.shared.weight"][3] = 0.0
    save_file(tensors, strange / "model.safetensors", {"format": "pt"})
    assert Network(strange).sparsity == before
    tensors[FC1].zero_()
    save_file(tensors, strange / "model.safetensors", {"format": "pt"})
    assert Network(strange).sparsity.prunable > before.prunable


def test_a_tied_matrix_that_is_stored_twice_is_one_parameter(strange: Path) -> None:
    """As some files hold it that other programs wrote."""
    before = Network(strange)
    tensors = load_file(strange / "model.safetensors")
    tensors["lm_head.weight"] = tensors["model.shared.weight"].clone()
    save_file(tensors, strange / "model.safetensors", {"format": "pt"})
    found = Network(strange)
    assert list(found.weights()) == list(found.parameters) == list(before.parameters)
    assert found.sparsity == before.sparsity


# ----------------------------------------------------------------------------- identity


def test_the_digest_of_a_ticket_is_that_of_its_level(level: LevelFolder) -> None:
    before = Network(level.ticket, LABEL).digest
    assert before == level.digest()
    (level.ticket / "README.md").write_text("words of the model card")
    level.mark_done(level.facts())
    assert Network(level.ticket, LABEL).digest == before
    kept = {name: ~part for name, part in Mask.load(level.masks).kept.items()}
    Mask(kept).save(level.masks)
    level.mark_done(level.facts())
    assert Network(level.ticket, LABEL).digest != before


def test_the_digest_of_a_network_from_elsewhere_is_of_its_weights_alone(
    strange: Path, tmp_path: Path
) -> None:
    before = Network(strange).digest
    moved = Path(shutil.move(strange, tmp_path / "moved"))
    (moved / "README.md").write_text("words of the model card")
    assert Network(moved).digest == before
    tensors = load_file(moved / "model.safetensors")
    tensors[FC1][0, 0] += 1.0
    save_file(tensors, moved / "model.safetensors", {"format": "pt"})
    assert Network(moved).digest != before


# ----------------------------------------------------------------------------- translating


def test_its_translator_gives_what_the_command_gives(strange: Path, tmp_path: Path) -> None:
    texts = ["one two.", "", "red green blue.", "three four five six."]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    network = Network(strange)
    with translating(
        network.stored, network.tokenizer, scratch, **DECODING, threads=1
    ) as translate:
        found = translate(texts)
    assert found == list(translate_lines(strange, texts, **DECODING, threads=1, chunk=2))
    assert found[1] == ""
    assert any(found)
    assert not any(scratch.iterdir())


def test_lines_that_are_read_in_windows_are_counted(strange: Path) -> None:
    told: list[int] = []
    longest = Network(strange).max_positions
    texts = ["one two.\n", "red " * (longest + 1), "\n", "blue " * (longest + 1)]
    found = [*translate_lines(strange, texts, **DECODING, threads=1, chunk=2, at_end=told.append)]
    assert len(found) == 4
    assert told == [2]


# ----------------------------------------------------------------------------- what is refused


def test_a_weight_that_is_not_finite_is_the_runs_fault_or_the_files(
    level: LevelFolder, strange: Path
) -> None:
    for folder in (level.ticket, strange):
        tensors = load_file(folder / "model.safetensors")
        tensors[FC1][2, 2] = math.nan
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    level.mark_done(level.facts())
    with pytest.raises(JobError, match=f"{FC1} has a weight that is not finite: .* lower"):
        Network.from_directory(level.ticket).load()
    with pytest.raises(InputError, match=f"{FC1} has a weight that is not finite, or too large"):
        Network.from_directory(strange).load()


def test_an_altered_ticket_is_named(level: LevelFolder) -> None:
    file = level.ticket / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(JobError, match=f"^{file}: truncated or altered"):
        Network.from_directory(level.ticket)
