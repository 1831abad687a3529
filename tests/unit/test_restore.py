"""Putting parts of the base back: the directory that comes out, the search, what is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSeq2SeqLM

from both import network_of
from foreign.families import FOREIGN
from foreign.nets import make_untrained
from foreign.texts import test_pairs as pairs_of_tests
from tests_support import tree
from ticketscope import cli
from ticketscope.errors import InputError, JobError
from ticketscope.networks.mask_file import MASKS
from ticketscope.networks.network import Network
from ticketscope.networks.parts import part_of
from ticketscope.pruning.calibration import CalibrationFiles
from ticketscope.pruning.one_shot import prune
from ticketscope.restoring.greedy import repairs
from ticketscope.restoring.restore import restore

WEIGHTS = "model.safetensors"
SOURCES, TARGETS = map(list, zip(*pairs_of_tests()[:8], strict=True))

# ----------------------------------------------------------------------------- the search

GAINS = {"a": 5.0, "b": 3.0, "c": 2.0, "harm": -1.0, "dear": 9.0, "free": 0.1}
COSTS = {"a": 10, "b": 10, "c": 10, "harm": 1, "dear": 100, "free": 0}


def additive(choices):
    return [20.0 - sum(GAINS[unit] for unit in choice) for choice in choices]


def test_where_gains_add_up_the_search_finds_the_best_within_the_budget():
    found = list(repairs(COSTS, 25, additive, 20.0))
    assert [step.unit for step in found] == ["a", "b", "free"]
    assert [step.total for step in found] == [10, 20, 20]
    assert found[-1].loss == pytest.approx(20.0 - 8.1)


def test_the_search_ends_when_nothing_helps():
    found = list(repairs(COSTS, 1_000, additive, 20.0))
    assert {step.unit for step in found} == set(COSTS) - {"harm"}
    assert list(repairs({"harm": 1}, 1_000, additive, 20.0)) == []


# ----------------------------------------------------------------------------- directories


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """Untrained bases, and texts."""
    root = tmp_path_factory.mktemp("restore")
    for side, language in enumerate(("en", "de")):
        text = "".join(f"{pair[side]}\n" for pair in pairs_of_tests()[:8])
        (root / f"valid.{language}").write_text(text, encoding="utf-8")
    for name in ("marian", "nllb", "t5"):
        make_untrained(name, root / name)
    return root


def of(directory: Path, family: str) -> Network:
    return network_of(FOREIGN[family], directory)


def changed(base: Path, folder: Path, dtype: torch.dtype = torch.float32) -> Path:
    """A copy whose weights have all moved, the big ones alone."""
    shutil.copytree(base, folder)
    tensors = load_file(folder / WEIGHTS)
    generator = torch.Generator().manual_seed(2)
    for name, tensor in tensors.items():
        if "embed_positions" not in name:
            tensor += 0.3 * torch.randn(tensor.shape, generator=generator) * (tensor != 0)
    if "model.shared.weight" in tensors and "lm_head.weight" in tensors:
        tensors["lm_head.weight"] = tensors["model.shared.weight"].clone()
    save_file({name: tensor.to(dtype) for name, tensor in tensors.items()}, folder / WEIGHTS)
    return folder


def losses(network: Network) -> np.ndarray:
    return network.losses(SOURCES, TARGETS).negative_log_likelihood


@pytest.mark.parametrize("family", ["marian", "nllb", "t5"])
def test_restored_parts_have_the_bytes_of_the_base_and_all_else_its_own(family, files, tmp_path):
    base = of(files / family, family)
    variant = of(changed(base.directory, tmp_path / "variant"), family)
    before, told = tree(variant.directory), []
    made = restore(
        variant,
        base,
        out=tmp_path / "out",
        layers=["encoder.1", "decoder.2.feed_forward"],
        tell=told.append,
    )
    assert tree(variant.directory) == before
    found, own, theirs = (load_file(one.directory / WEIGHTS) for one in (made, variant, base))
    assert found.keys() == own.keys()
    restored = {"encoder.1.self_attention", "encoder.1.feed_forward", "decoder.2.feed_forward"}
    seen = set()
    for name, tensor in found.items():
        part = part_of(name, base.shape)
        is_back = part is not None and part.name in restored
        seen |= {part.name} if is_back else set()
        assert torch.equal(tensor, (theirs if is_back else own)[name]), name
    assert seen == restored
    _, info = AutoModelForSeq2SeqLM.from_pretrained(made.directory, output_loading_info=True)
    assert not any(info.values())
    assert {path.name for path in made.directory.iterdir()} == {*before, "README.md"}
    card = (made.directory / "README.md").read_text(encoding="utf-8")
    assert "| restored | encoder.1.self_attention, encoder.1.feed_forward, decoder.2" in card
    assert all(f"| {line.replace(': ', ' | ', 1)} |" in card for line in told)


def test_all_restored_is_the_base(files, tmp_path):
    base = of(files / "nllb", "nllb")
    variant = of(changed(base.directory, tmp_path / "variant"), "nllb")
    assert np.abs(losses(variant) - losses(base)).max() > 0.1
    everything = ["encoder", "decoder", "embeddings"]
    made = restore(variant, base, out=tmp_path / "out", layers=everything)
    assert np.array_equal(losses(made), losses(base))


def test_types_that_differ_are_widened_without_a_change_of_numbers(files, tmp_path):
    base = of(files / "marian", "marian")
    variant = of(changed(base.directory, tmp_path / "half", torch.float16), "marian")
    made = restore(variant, base, out=tmp_path / "out", layers=["decoder"])
    found, own, theirs = (load_file(one.directory / WEIGHTS) for one in (made, variant, base))
    for name, tensor in found.items():
        part = part_of(name, base.shape)
        is_back = part is not None and part.module == "decoder"
        assert torch.equal(tensor, (theirs if is_back else own)[name].float()), name
    config = json.loads((made.directory / "config.json").read_text())
    assert config.get("dtype", config.get("torch_dtype")) == "float32"


def test_a_mask_gives_free_what_is_restored_and_the_search_counts_what_comes_back(files, tmp_path):
    base = of(files / "marian", "marian")
    variant = prune(base, out=tmp_path / "pruned", sparsity=0.6)
    told: list[str] = []
    pairs = CalibrationFiles(prefix=str(files / "valid"), source="en", target="de", sentences=8)
    made = restore(
        variant,
        base,
        out=tmp_path / "out",
        layers=["encoder.2"],
        validation=pairs,
        tell=told.append,
    )
    assert (made.directory / MASKS).is_file()
    mask, before = made.mask, variant.mask
    assert mask is not None
    assert before is not None
    for name, kept in mask.kept.items():
        if ".encoder.layers.1." in name:
            assert kept.all()
        else:
            assert torch.equal(kept, before.kept[name])
    said = dict(line.split(": ", 1) for line in told)
    num_back = before.num_pruned - mask.num_pruned
    assert said["weights that come back"].startswith(f"{num_back:,}, ")
    after = float(losses(made).sum()) / sum(len(target.split()) for target in TARGETS)
    assert f"{after:.4f} after" in said["loss there"]


def test_a_search_spends_no_more_than_the_budget_and_tells_each_step(files, tmp_path):
    """The variant is the base with two blocks broken: they are what is found."""
    base = of(files / "marian", "marian")
    trained = changed(base.directory, tmp_path / "broken")
    tensors, own = load_file(base.directory / WEIGHTS), load_file(trained / WEIGHTS)
    broken = "model.decoder.layers.0.fc"
    save_file(
        {name: own[name] if name.startswith(broken) else tensors[name] for name in tensors},
        trained / WEIGHTS,
    )
    pairs = CalibrationFiles(prefix=str(files / "valid"), source="en", target="de", sentences=8)
    told: list[str] = []
    variant = of(trained, "marian")
    ends = [float(losses(one).sum()) for one in (variant, base)]
    if ends[0] < ends[1]:  # by chance it is the base that is worse
        variant, base, ends = base, variant, ends[::-1]
    out = tmp_path / "out"
    made = restore(variant, base, out=out, budget=0.5, validation=pairs, tell=told.append)
    assert losses(made).sum() == pytest.approx(ends[1])
    assert told[1].startswith("budget: ")
    assert told[2].startswith("1. decoder.1.feed_forward: ")
    assert told[3] == "restored: decoder.1.feed_forward"
    with pytest.raises(JobError, match=r"no block within the budget of 0\.1%"):
        restore(variant, base, out=tmp_path / "none", budget=0.001, validation=pairs)
    assert not (tmp_path / "none").exists()


# ----------------------------------------------------------------------------- refused


def test_what_does_not_fit_is_refused_in_one_line(files, tmp_path, capsys, monkeypatch):
    other = tmp_path / "other"
    shutil.copytree(files / "marian", other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(
        json.dumps(config | {"encoder_attention_heads": 1, "decoder_attention_heads": 1})
    )

    def said(line: str) -> str:
        monkeypatch.setattr("sys.argv", ["ticketscope", "restore", *line.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 2
        [told] = capsys.readouterr().err.strip().splitlines()
        return told

    base, out = files / "marian", tmp_path / "out"
    start = f"{base} --from {base} --out {out}"
    assert "decoder_attention_heads of config.json is 1 in one" in said(
        f"{other} --from {base} --out {out} --layers encoder.1"
    )
    assert "layers: encoder.9: the network has no such part" in said(f"{start} --layers encoder.9")
    assert "so that there is nothing to restore" in said(f"{start} --layers encoder.1")
    assert "give either layers" in said(start)
    assert "give either layers" in said(f"{start} --layers encoder.1 --budget 0.1")
    assert "budget: the loss has to be measured" in said(f"{start} --budget 0.1")
    assert "budget: 1.5; give a share" in said(f"{start} --budget 1.5")
    valid = files / "valid"
    assert "give --source and --target" in said(f"{start} --budget 0.1 --validation {valid}")
    assert "is there already" in said(f"{base} --from {base} --out {base} --layers encoder.1")
    assert not out.exists()


def test_a_base_of_another_shape_is_refused_by_the_first_tensor_that_differs(files, tmp_path):
    with pytest.raises(InputError, match="one is of kind t5, the other marian"):
        restore(
            of(files / "t5", "t5"),
            of(files / "marian", "marian"),
            out=tmp_path / "out",
            layers=["encoder.1"],
        )
