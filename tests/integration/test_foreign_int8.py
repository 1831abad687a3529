"""Directories of CTranslate2, by its own converter, in int8: what they say is what it says."""

import json
import shutil
from pathlib import Path

import pytest
from ctranslate2.converters import TransformersConverter
from safetensors.torch import load_file, save_file

from both import network_of
from foreign import texts
from foreign.families import FOREIGN, quietly
from foreign.nets import Nets
from foreign.variants import WEIGHTS, converted, write_json
from ticketscope.errors import InputError
from ticketscope.networks.proof import other_starts

SOURCES, TARGETS = (list(side) for side in zip(*texts.test_pairs()[:12], strict=True))


@pytest.mark.parametrize("name", FOREIGN)
def test_translations_are_those_of_the_engine(name: str, nets: Nets) -> None:
    directory = nets.variant(name, "int8")
    found = network_of(FOREIGN[name], directory).translate(SOURCES, beam=4, max_decoding_length=40)
    assert found == nets.reference(name).translate_by_engine(directory, SOURCES, beam=4)
    assert len(set(found)) > 6


@pytest.mark.parametrize("name", FOREIGN)
def test_losses_are_near_those_of_float32(name: str, nets: Nets) -> None:
    losses = [
        network_of(FOREIGN[name], directory).losses(SOURCES, TARGETS)
        for directory in (nets.variant(name, "int8"), nets.base(name))
    ]
    assert losses[0].num_tokens.tolist() == losses[1].num_tokens.tolist()
    assert losses[0].mean == pytest.approx(losses[1].mean, rel=0.1)
    assert losses[0].mean != losses[1].mean


def test_847_1273_one_row_of_huge_weights_is_seen_in_the_figures(
    nets: Nets, tmp_path: Path
) -> None:
    """int8 has one scale per row: with one huge weight all others of the row are nothing. Exists in
    CTranslate2 4.8. In float32 the network is the same, for what is huge is made small before."""
    foreign = FOREIGN["nllb"]
    large, small = tmp_path / "large", tmp_path / "small"
    shutil.copytree(nets.base("nllb"), large)
    tensors = load_file(large / WEIGHTS)
    for name in tensors:
        if name.endswith("fc2.weight"):
            tensors[name][:, 0] *= 4096.0
        elif name.endswith(("fc1.weight", "fc1.bias")):
            tensors[name][0] /= 4096.0
    save_file(tensors, large / WEIGHTS, {"format": "pt"})
    converted(large, foreign, small, "int8")
    reference = nets.reference("nllb")
    as_it_was = reference.translate(SOURCES, beam=1)
    found = network_of(foreign, large).translate(SOURCES, beam=1, max_decoding_length=40)
    assert found == as_it_was
    found = network_of(foreign, small).translate(SOURCES, beam=1, max_decoding_length=40)
    assert found == reference.translate_by_engine(small, SOURCES, beam=1)
    assert sum(a == b for a, b in zip(found, as_it_was, strict=True)) < len(SOURCES) / 2


def test_1039_832_836_rows_by_other_names_are_refused(nets: Nets, tmp_path: Path) -> None:
    """The converter gives both sides of a Marian network with two vocabularies the names of the
    source: every piece is another one. Exists in CTranslate2 4.8."""
    base, out = nets.base("marian_separate"), tmp_path / "engine"
    quietly(TransformersConverter(str(base)).convert, str(out))
    for path in base.iterdir():
        if path.name not in ("config.json", WEIGHTS):
            shutil.copy(path, out / path.name)
    with pytest.raises(InputError, match="every text would be another one"):
        network_of(FOREIGN["marian_separate"], out).translate(SOURCES)


@pytest.mark.parametrize("name", ["madlad", "mt5", "umt5"])
def test_an_untied_t5_that_was_converted_as_a_tied_one_is_refused(
    name: str, nets: Nets, tmp_path: Path
) -> None:
    """The converter asks the config of transformers 5, which says that all are tied, and scales
    the states. Exists in CTranslate2 4.8 with transformers 5.23."""
    base, out = nets.base(name), tmp_path / "engine"
    TransformersConverter(str(base)).convert(str(out))
    for path in base.iterdir():
        if path.name not in ("config.json", WEIGHTS):
            shutil.copy(path, out / path.name)
    with pytest.raises(InputError, match="scales the states"):
        network_of(FOREIGN[name], out).losses(SOURCES, TARGETS)


def test_1039_832_836_rows_in_another_order_are_refused(nets: Nets, tmp_path: Path) -> None:
    """CTranslate2 takes any order. Exists in 4.8, by intent."""
    out = tmp_path / "engine"
    shutil.copytree(nets.variant("nllb", "int8"), out)
    path = out / "shared_vocabulary.json"
    names = json.loads(path.read_text(encoding="utf-8"))
    names[3], names[9] = names[9], names[3]
    write_json(path, names)
    with pytest.raises(InputError, match="every text would be another one"):
        network_of(FOREIGN["nllb"], out).translate(SOURCES)


def test_marian_that_transformers_trained_does_not_start_from_nothing(
    nets: Nets, tmp_path: Path
) -> None:
    """Where the row of pad was trained, CTranslate2's converter leaves it out all the same."""
    marian, quiet = FOREIGN["marian"], nets.base("marian")
    base = tmp_path / "base"
    shutil.copytree(quiet, base)
    tensors = load_file(base / WEIGHTS)
    tensors["model.shared.weight"][-1] = tensors["model.shared.weight"][3]
    save_file(tensors, base / WEIGHTS, {"format": "pt"})
    converted(base, marian, tmp_path / "plain", None)
    trained, plain = (network_of(marian, folder) for folder in (base, tmp_path / "plain"))
    in_engine = plain.losses(SOURCES, TARGETS).mean
    assert in_engine != pytest.approx(trained.losses(SOURCES, TARGETS).mean, rel=0.01), "the trap"
    [line] = other_starts(trained, {"base": trained, "plain": plain})
    assert line.startswith(
        "plain: its decoder starts from nothing, that of the base from the row of '<pad>', which is"
    )

    int8 = network_of(marian, nets.variant("marian", "int8"))
    assert other_starts(network_of(marian, quiet), {"int8": int8}) == [], "zero, as Marian's own"
    of_nllb = network_of(FOREIGN["nllb"], nets.variant("nllb", "int8"))
    assert other_starts(trained, {"int8": of_nllb}) == []
    assert other_starts(int8, {"int8": int8}) == [], "shows no weights"


def test_836_marian_ends_where_its_network_ends(nets: Nets, tmp_path: Path) -> None:
    """Marian repeated itself after the end where pad had a row: CTranslate2 starts from nothing and
    drops that row. Mended upstream; greedy translations are as long as those of `generate`."""
    foreign, out = FOREIGN["marian"], tmp_path / "engine"
    converted(nets.base("marian"), foreign, out, None)
    found = network_of(foreign, out).translate(SOURCES, beam=1, max_decoding_length=40)
    assert found == nets.reference("marian").translate(SOURCES, beam=1)
