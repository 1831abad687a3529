"""Weights in several files: the network of one file, or one line that says which file is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_networks import make, store

from ticketscope.errors import InputError
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.network import Network
from ticketscope.networks.stored_weights import INDEX, WEIGHTS, all_files

NORM = "encoder.block.0.layer.0.layer_norm.weight"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network in one file; not to be changed."""
    return store(make("t5_untied"), tmp_path_factory.mktemp("single"))


@pytest.fixture
def sharded(single: Path, tmp_path: Path) -> Path:
    """The same in three files."""
    network = ModelFolder(single).network()
    network.save_pretrained(tmp_path, max_shard_size=8_000)
    shutil.copyfile(single / "config.json", tmp_path / "config.json")
    assert (tmp_path / INDEX).is_file()
    return tmp_path


def test_several_files_hold_the_network_that_one_holds(single: Path, sharded: Path) -> None:
    one, several = ModelFolder(single), ModelFolder(sharded)
    assert len(several.stored.files) > 1
    known = one.network().state_dict()
    found = several.network().state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in known.items())
    assert several.parameter_names == one.parameter_names
    assert all(torch.equal(several.weight(n), w) for n, w in one.weights().items())


def test_every_file_counts_in_the_digest(sharded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Network, "tokenizer", SimpleNamespace(digest="of none"))

    def digest() -> str:
        return Network(sharded).digest

    before = {digest()}
    for file in ModelFolder(sharded).stored.files:
        tensors = load_file(file)
        next(iter(tensors.values())).view(-1)[0] += 1
        save_file(tensors, file, {"format": "pt"})
        assert digest() not in before
        before.add(digest())


def test_zeros_are_written_into_the_file_that_has_the_weights(
    sharded: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stored, out = ModelFolder(sharded).stored, tmp_path_factory.mktemp("out")
    names = [name for name in stored.shapes if "DenseReluDense" in name]
    assert len({stored.file_of[name] for name in names}) > 1
    weights = stored.read()
    kept = {name: weights[name] > 0 for name in names}
    stored.copy_with(kept, {}, out)
    assert {p.name for p in out.iterdir()} == {p.name for p in all_files(stored)}
    shutil.copyfile(sharded / "config.json", out / "config.json")
    found = ModelFolder(out).stored.read()
    for name, tensor in weights.items():
        assert torch.equal(found[name], tensor * kept[name] if name in kept else tensor)


def add_to(folder: Path) -> None:
    path = next(folder.glob("model-00002-*"))
    save_file(load_file(path) | {"more": torch.zeros(1)}, path, {"format": "pt"})


def change_index(change: Callable[[dict[str, str]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        index = json.loads((folder / INDEX).read_text())
        change(index["weight_map"])
        (folder / INDEX).write_text(json.dumps(index))

    return apply


def name_of(file: str) -> Callable[[Path], None]:
    return change_index(lambda listed: listed.update({"shared.weight": file}))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: next(folder.glob("model-00002-*")).unlink(), "missing, though .* names it"),
        (lambda folder: next(folder.glob("model-00002-*")).write_bytes(b"x"), "damaged or no safe"),
        (
            lambda folder: next(folder.glob("model-00002-*")).write_text(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
            ),
            "a pointer in place of the weights; give git lfs pull there",
        ),
        (add_to, "has 'more', which model.safetensors.index.json does not say"),
        (change_index(lambda listed: listed.pop(NORM)), f"has '{NORM}', which"),
        (
            change_index(lambda listed: listed.update(more=listed["shared.weight"])),
            "lacks 'more', which model.safetensors.index.json says to be in it",
        ),
        (change_index(lambda listed: listed.clear()), "lists no tensors"),
        (name_of("../model.safetensors"), "'../model.safetensors' is no safetensors file beside"),
        (name_of("/etc/x.safetensors"), "'/etc/x.safetensors' is no safetensors file beside it"),
        (name_of("model.bin"), "'model.bin' is no safetensors file beside it"),
        (change_index(lambda listed: listed.update(x=1)), "1 is no safetensors file beside it"),
    ],
)
def test_an_index_and_its_files_that_differ_are_refused(
    sharded: Path, damage: Callable[[Path], None], words: str
) -> None:
    damage(sharded)
    with pytest.raises(InputError, match=words) as raised:
        ModelFolder(sharded)
    assert str(sharded) in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


def test_what_the_network_lacks_is_told_of_the_index(sharded: Path) -> None:
    path = next(p for p in sharded.glob("model-*") if "shared.weight" in load_file(p))
    tensors = load_file(path)
    del tensors["shared.weight"]
    save_file(tensors, path, {"format": "pt"})
    change_index(lambda listed: listed.pop("shared.weight"))(sharded)
    with pytest.raises(InputError, match=rf"{INDEX}: shared\.weight of the network .* not in it"):
        ModelFolder(sharded)


def test_one_file_with_all_is_read_rather_than_an_index(single: Path, tmp_path: Path) -> None:
    shutil.copytree(single, tmp_path / "both")
    (tmp_path / "both" / INDEX).write_text("{}")
    assert ModelFolder(tmp_path / "both").stored.place.name == WEIGHTS
