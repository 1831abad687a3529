"""Networks of other tokenizers, depth, width and number of heads are compared word by word."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ticketscope import config
from ticketscope.config import Attention as AttentionSettings
from ticketscope.config import Experiment, Lottery, Model
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks import model
from ticketscope.networks.network import Network
from ticketscope.packing import unpacked
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.attention.maps_shown import maps_of
from ticketscope.steps.attention.step import Attention
from ticketscope.steps.bench import Bench
from ticketscope.steps.representations.step import Representations
from ticketscope.steps.step import NetworkStep
from ticketscope.steps.weights.step import Weights
from ticketscope.tables.views import AttentionMapsView
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

BASE = dense_of(0)
COPY, OTHER, DEEPER = (LevelId(0, "lr_rewinding", level) for level in (1, 2, 3))
"""The base itself; another tokenizer alone; another tokenizer, depth, width and number of heads."""
STEPS: dict[str, NetworkStep] = {
    step.name: step for step in (Representations(), Attention(), Weights())
}


def store(folder: Path, shape: Model, vocabulary: Vocabulary) -> None:
    network = model.build(shape, vocabulary.size, seed=1)
    model.save(network, folder, {"max_length": 20})
    vocabulary.save_tokenizer(folder)


@pytest.fixture(scope="module")
def bench(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    root = tmp_path_factory.mktemp("by-word") / "run"
    experiment = toy.model_copy(
        update={
            "lottery": Lottery(arms=("lr_rewinding",), levels=3),
            "attention": AttentionSettings(num_words=120, importance_sentences=0),
            "connectivity": config.Connectivity(num_sentences=0),
        }
    )
    root.mkdir()
    (root / "corpus").symlink_to(toy_corpus.model_file.parent)
    bench = Bench.of(root, experiment)
    text = toy_corpus.text("test")
    train_sentencepiece(
        [*text.source, *text.target], config.Vocabulary(size=50), "pre", root / "other.model"
    )
    other = Vocabulary(root / "other.model", "pre")
    deep = {"encoder_layers": 2, "decoder_layers": 2, "d_model": 24, "heads": 4}
    deeper = toy.model.model_copy(update=deep)
    kinds = {
        BASE: (toy.model, toy_corpus.vocabulary),
        COPY: (toy.model, toy_corpus.vocabulary),
        OTHER: (toy.model, other),
        DEEPER: (deeper, other),
    }
    networks = {}
    for number, (label, kind) in enumerate(kinds.items()):
        store(root / f"network-{number}", *kind)
        networks[label] = Network(root / f"network-{number}", label)
    return Bench(bench.run, experiment, replace(bench.panel, networks=networks, pruned=frozenset()))


@pytest.fixture(scope="module")
def tables(bench: Bench) -> dict[str, pd.DataFrame]:
    found = {}
    for step in STEPS.values():
        for label in step.subjects(bench):
            step.do(label, bench)
        found |= {name: pd.DataFrame(rows) for name, rows in step.rows(bench).items()}
    return found


def with_base(table: pd.DataFrame, label: LevelId) -> pd.DataFrame:
    return table[(table.level_id == label) & (table.other_arm == "dense")]


def test_a_network_has_all_in_common_with_itself(tables: dict[str, pd.DataFrame]) -> None:
    rows = with_base(tables["similarity"], COPY)
    same = rows[rows.layer == rows.other_layer]
    assert np.allclose(same.value, 1)
    heads = with_base(tables["attention"], COPY)
    same = heads[(heads.layer == heads.other_layer) & (heads.measure == "cka")]
    assert np.allclose(same.value, 1)


def test_every_pair_of_layers_is_compared_on_the_words(
    tables: dict[str, pd.DataFrame], bench: Bench
) -> None:
    rows = with_base(tables["similarity"], DEEPER)
    rows = rows[rows.measure == "cka"]
    assert {*zip(rows.layer, rows.other_layer, strict=True)} == {
        (layer, other) for layer in range(3) for other in range(2)
    }
    num_words = sum(len(text.split()) for text in bench.held_out.text("validation").source)
    assert set(rows.num_words) == {num_words}
    assert "lower" not in rows or rows.lower.isna().all(), "no layer of the two is the same"
    assert with_base(tables["neurons"], DEEPER).empty
    assert len(with_base(tables["neurons"], OTHER)) == 2
    assert (tables["complexity"].level_id == DEEPER).any()


def test_heads_are_compared_by_words(tables: dict[str, pd.DataFrame], bench: Bench) -> None:
    rows = with_base(tables["attention"], DEEPER)
    assert set(rows.kind) == {"encoder_self", "decoder_self", "encoder_decoder"}
    assert set(rows.measure) == {"pearson", "jensen_shannon", "cka"}
    assert {*zip(rows.layer, rows.other_layer, strict=True)} == {(1, 1), (2, 1)}
    assert rows.value.between(-1, 1).all()
    found = bench.results.read("attention", OTHER)["similarity"]
    units = {tuple(one["pair"][1]): (one["unit"], one["num_left_out"]) for one in found}
    assert units[0, "dense", 0] == ("word", 0)
    of_copy = bench.results.read("attention", COPY)["similarity"]
    assert [one["unit"] for one in of_copy] == ["piece"]
    assert {"pearson_assigned", "matched"} <= set(with_base(tables["attention"], OTHER).measure)


def test_maps_of_words_lie_beside_each_other(
    tables: dict[str, pd.DataFrame], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not tables["attention"].empty, "all networks are measured"
    kept = maps_of([BASE, COPY, OTHER, DEEPER], bench)
    assert kept is not None
    view = AttentionMapsView.model_validate(kept, strict=False)
    assert [(one.kinds.encoder_self, one.num_heads) for one in view.networks] == [
        *3 * [(1, 2)],
        (2, 4),
    ]
    bytes_of_maps = np.frombuffer(unpacked(view.data), dtype=np.uint8)
    start = 0
    for words in view.sentences:
        source, target = len(words.source), len(words.target)
        sizes = (source * (source + 1), target * (target + 1), target * (source + 1))
        maps = []
        for one in view.networks:
            num = one.kinds.encoder_self * one.num_heads
            maps.append(bytes_of_maps[start : start + num * sum(sizes)])
            start += num * sum(sizes)
            of_rows = maps[-1][: num * sizes[0]].reshape(-1, source + 1).sum(axis=1)
            assert np.allclose(of_rows, 255, atol=source + 1), "weights of a word sum to one"
        assert np.array_equal(maps[0], maps[1]), "a copy attends alike"
        assert not np.array_equal(maps[0], maps[2])
    assert start == len(bytes_of_maps)
    monkeypatch.setattr("ticketscope.steps.attention.maps_shown._MOST_BYTES", 1)
    small = maps_of([BASE, DEEPER], bench)
    assert small is not None
    assert len(small["sentences"]) == 1, "one is always shown"
    assert small["num_left_out"] >= len(view.sentences) - 1


def test_weights_are_compared_where_shapes_agree(tables: dict[str, pd.DataFrame]) -> None:
    distances = tables["weights"][tables["weights"].measure == "l2_distance"]
    whole = distances[distances.block.isna()]
    assert set(whole.level_id) == {COPY}
    of_other = distances[distances.level_id == OTHER]
    assert (of_other.block != "embedding").all()
    assert len(of_other) > 0
    assert (distances.level_id != DEEPER).all()
