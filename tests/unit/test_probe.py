"""One network probed for one task, by a notebook or by the command."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

import ticketscope
from ticketscope import InputError, Network, config
from ticketscope.networks import model
from ticketscope.networks.translate import generation_settings
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

WORDS = ("ba", "be", "du", "di", "ko", "ka")
QUICK = {"seeds": 1, "max_updates": 30, "resamples": 30}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """One that has learnt nothing."""
    root = tmp_path_factory.mktemp("network")
    texts = [" ".join(WORDS[i:] + WORDS[:i]) for i in range(6)] * 20
    train_sentencepiece(texts, config.Vocabulary(size=20), "pre", root / "x.model")
    vocabulary = Vocabulary(root / "x.model", "pre")
    shape = config.Model(encoder_layers=2, decoder_layers=1, d_model=16, ffn=32, heads=2)
    built = model.build(shape, vocabulary.size, seed=1)
    settings = generation_settings(vocabulary, beam=1, length_penalty=1.0, max_decoding_length=8)
    model.save(built, root / "ticket", settings)
    vocabulary.save_tokenizer(root / "ticket")
    return Network.from_directory(root / "ticket")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Words that are labelled by their first letter."""
    folder = tmp_path_factory.mktemp("gold")
    files = []
    for split, first in (("train", 0), ("dev", 60), ("test", 80)):
        lines = []
        for number in range(first, first + (60 if split == "train" else 20)):
            words = [WORDS[(number * k + k) % 6] for k in (1, 2, 3)]
            targets = [{"span1": [i, i + 1], "label": word[0]} for i, word in enumerate(words)]
            lines.append(json.dumps({"text": " ".join(words), "targets": targets}) + "\n")
        files.append(folder / f"{split}.jsonl")
        files[-1].write_text("".join(lines), encoding="utf-8")
    return files


def test_the_settings_are_those_of_a_run_with_their_defaults() -> None:
    parameters = inspect.signature(ticketscope.probe).parameters
    own = {"network", "task", "data", "format", "threads"}
    not_of_one = {"suite", "data", "tasks", "own", "levels", "arms"}
    fields = {
        name: field.default
        for name, field in config.Probing.model_fields.items()
        if name not in not_of_one
    }
    assert {name: p.default for name, p in parameters.items() if name not in own} == fields


def test_scores_of_every_layer(network: Network, data: list[Path]) -> None:
    threads = torch.get_num_threads()
    found = ticketscope.probe(network, "pos", data, format="jsonl", codelength=True, **QUICK)
    assert torch.get_num_threads() == threads
    assert [each.layer for each in found.layers] == [0, 1, 2]
    assert found.num_targets == {"train": 180, "validation": 60, "test": 60}
    assert (found.task, found.metric, found.probe, found.seeds) == ("pos", "accuracy", "linear", 1)
    for each in found.layers:
        assert each.lower is not None
        assert each.upper is not None
        assert 0 <= each.lower <= each.test <= each.upper <= 1
        assert each.selectivity is not None
    assert found.majority_by_word == 1.0
    assert found.mix is not None
    assert found.codelength_bits is not None
    assert len(found.codelength_bits) == 3
    frame = pd.DataFrame(found.layers)
    assert list(frame.test) == [each.test for each in found.layers]
    assert found == ticketscope.probe(
        network, "pos", [str(file) for file in data], format="jsonl", codelength=True, **QUICK
    )


def test_what_was_not_asked_for_is_not_there(network: Network, data: list[Path]) -> None:
    found = ticketscope.probe(
        network, "pos", data, format="jsonl", mix=False, control_task=False, **QUICK
    )
    plain = found.as_json()
    assert not {"mix", "codelength_bits", "uniform_bits"} & plain.keys()
    assert [each.selectivity for each in found.layers] == [None] * 3
    assert plain["layers"][0].keys() == {
        *("layer", "validation", "test", "lower", "upper", "random_encoder")
    }
    assert json.loads(json.dumps(plain))["best_layer"] == found.best_layer


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "seeds": ({"seeds": 0}, "seeds: input should be greater than or equal to 1, not 0"),
    "protocol": ({"protocol": "adam"}, "protocol: input should be 'liu' or 'lbfgs', not \"adam\""),
    "both": ({"protocol": "lbfgs", "hidden": 8}, "probing: protocol = lbfgs is for linear probes"),
    "threads": ({"threads": 0}, "threads: 0; give 1 or more"),
    "format": ({"format": "json"}, "--format json: no such format; did you mean jsonl? "),
    "task": ({"task": "poss"}, "--task poss: no such task; did you mean pos? "),
}


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_one_line(
    network: Network, data: list[Path], changes: dict[str, Any], words: str
) -> None:
    probe: Callable[..., object] = ticketscope.probe
    asked = {"network": network, "task": "pos", "data": data, "format": "jsonl", **changes}
    with pytest.raises(InputError) as raised:
        probe(**asked)
    assert str(raised.value).startswith(words)
    assert "\n" not in str(raised.value)


def test_what_is_no_network_is_refused_before_the_data_are_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a model folder"):
        ticketscope.probe(Network(tmp_path), "pos", tmp_path / "none", format="jsonl")
    with pytest.raises(InputError, match="not a model folder"):
        ticketscope.Network.from_directory(tmp_path)
