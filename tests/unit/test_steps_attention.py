"""Attention of tickets: which pairs, which figures, what gold data add, redone when."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import PreTrainedModel

from ticketscope import config
from ticketscope.config import Attention, Experiment, GrammarCorpus
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.lottery.lineage import planned_levels
from ticketscope.measures import attention_cka, attention_similarity
from ticketscope.measures.heads import ROLES
from ticketscope.measures.resampling import jackknife
from ticketscope.networks import model
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.network import Network
from ticketscope.networks.trace import (
    DECODER_SELF,
    ENCODER_DECODER,
    ENCODER_SELF,
    KINDS,
    attended,
    raw_words,
)
from ticketscope.packing import unpacked
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.attention import data as attention_data
from ticketscope.steps.attention.step import Attention as HeadsAttend
from ticketscope.steps.attention.step import HeadImportance
from ticketscope.steps.bench import Bench
from ticketscope.steps.tracing import traced
from ticketscope.tables.attention import ATTENTION
from ticketscope.tables.table import SPARSITIES
from ticketscope.text.vocabulary import Vocabulary

ATTENDS, WORTH = HeadsAttend(), HeadImportance()
HEADS, NUM_LAYERS = 2, {ENCODER_SELF: 2, DECODER_SELF: 1, ENCODER_DECODER: 1}
SHAPE = config.Model(encoder_layers=2, decoder_layers=1, d_model=16, ffn=32, heads=HEADS)
LOTTERY = config.Lottery(arms=("lr_rewinding", "dense_continued"), replicates=2, levels=2)
OWN_LEVELS = [level for level in planned_levels(LOTTERY) if level.replicate == 0]
T1, T2 = (LevelId(0, "lr_rewinding", level) for level in (1, 2))
C2 = LevelId(0, "dense_continued", 2)


def network(level: LevelId) -> PreTrainedModel:
    """Each replicate has weights of its own, and each of its tickets those with some noise."""
    built = model.build(SHAPE, 80, seed=1 + level.replicate).eval()
    generator = torch.Generator().manual_seed(len(str(level)) + 100 * level.level)
    with torch.no_grad():
        for tensor in model.prunable(model.parameters(built), embeddings=True).values():
            tensor *= 8.0
            tensor += 0.1 * level.level * torch.randn(tensor.shape, generator=generator)
    built.set_attn_implementation("eager")
    return built


@pytest.fixture(scope="module")
def experiment(toy: Experiment) -> Experiment:
    settings = Attention(num_words=150, importance_sentences=25)
    return toy.model_copy(update={"lottery": LOTTERY, "model": SHAPE, "attention": settings})


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory, toy_corpus: EncodedCorpus) -> Path:
    """A run that has trained and encoded, but measured nothing; not to be changed."""
    run = Run(tmp_path_factory.mktemp("networks"))
    run.corpus.symlink_to(toy_corpus.model_file.parent)
    for level in planned_levels(LOTTERY):
        folder = run.level(level)
        model.save(network(level), folder.ticket, {"max_length": 20})
        Vocabulary(toy_corpus.model_file, "pre").save_tokenizer(folder.ticket)
        folder.mark_done(dict.fromkeys(SPARSITIES, 0.5))
    return run.root


def fresh(networks: Path, folder: Path, experiment: Experiment) -> Bench:
    """A bench whose results are its own, in a folder without any."""
    for name in ("corpus", "replicate-0", "replicate-1"):
        (folder / name).symlink_to(networks / name)
    return Bench.of(folder, experiment)


@pytest.fixture(scope="module")
def bench(
    networks: Path, experiment: Experiment, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    """All networks measured."""
    bench = fresh(networks, tmp_path_factory.mktemp("attention"), experiment)
    for level in bench.panel.labels:
        ATTENDS.do(level, bench)
        WORTH.do(level, bench)
    return bench


def test_a_dense_network_reads_once_for_all_that_are_compared_with_it(
    bench: Bench,
    networks: Path,
    experiment: Experiment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[Any] = []
    load = Network.load

    def noted(self: Network, **how: Any) -> Any:
        loaded.append(self.label)
        return load(self, **how)

    monkeypatch.setattr(Network, "load", noted)
    anew = fresh(networks, tmp_path, experiment)
    dense, ticket = (anew.panel[label] for label in (dense_of(0), C2))
    sentences = [dense.tokenizer.source.align(raw_words(text)) for text in ("one red", "two .")]
    traces = [traced(dense, sentences, anew) for _ in range(2)]
    assert loaded == [dense.label]
    assert [layer.tobytes() for layer in traces[0].encoder] == [
        layer.tobytes() for layer in traces[1].encoder
    ]
    loaded.clear()
    for _ in range(2):
        found = ATTENDS.measure(ticket, [dense], anew)
        assert found == bench.results.read(ATTENDS.name, C2)
    assert loaded == [C2, dense.label, C2]


@pytest.fixture(scope="module")
def importances(bench: Bench) -> Any:
    return bench.results.read(WORTH.name, T2)


def test_importance_is_that_of_sentences_in_the_order_of_the_corpus(
    importances: Any, toy_corpus: EncodedCorpus
) -> None:
    """The interval rests on blocks of neighbours, so the order counts."""
    split = toy_corpus.split("validation")
    ours = network(T2)
    whole = sentence_losses(model.own(ours), split, max_tokens=300, device="cpu")
    with torch.no_grad():
        ours.model.encoder.layers[1].self_attn.out_proj.weight[:, 8:] = 0.0
    masked = sentence_losses(model.own(ours), split, max_tokens=300, device="cpu")
    nats = (masked.negative_log_likelihood - whole.negative_log_likelihood)[:25]
    tokens = whole.num_tokens[:25]
    found = importances["kinds"][ENCODER_SELF]["importance"][1][1]
    assert found["value"] == pytest.approx(nats.sum() / tokens.sum(), abs=1e-4)
    starts = np.arange(20) * 25 // 20
    blocks = np.split(np.arange(25), starts[1:])
    left_out = [np.delete(nats, block).sum() / np.delete(tokens, block).sum() for block in blocks]
    interval = jackknife(found["value"], left_out)
    assert (found["lower"], found["upper"]) == pytest.approx(
        (interval.lower, interval.upper), abs=1e-4
    )
    assert importances["num_tokens"] == tokens.sum()


@pytest.fixture(scope="module")
def table(bench: Bench) -> pd.DataFrame:
    """Of the first replicate alone."""
    rows = pd.DataFrame(ATTENDS.rows(bench)["attention"])
    rows = rows.reindex(columns=["level_id", *ATTENTION.names])
    return rows[rows.level_id.isin(OWN_LEVELS)].reset_index(drop=True)


def maps(level: LevelId, kind: str, corpus: EncodedCorpus, experiment: Experiment) -> list[Any]:
    pairs = attention_data.held_out_pairs(corpus, experiment.attention)
    align = Vocabulary(corpus.model_file, "pre").align
    sources, targets = (
        [align(side).ids for side in sides]
        for sides in zip(*((pair.source, pair.target) for pair in pairs), strict=True)
    )
    found = {
        one.index: one.maps[kind]
        for batch in attended(model.own(network(level)), sources, targets, device="cpu")
        for one in batch
    }
    return [found[index] for index in range(len(pairs))]


def cell(table: pd.DataFrame, **cells: Any) -> pd.Series:
    kept = np.ones(len(table), dtype=bool)
    for name, value in cells.items():
        kept &= table[name].isna() if value is None else table[name].eq(value)
    [(_, row)] = list(table[kept].iterrows())
    return row


OWN = {"other_arm": "dense", "other_replicate": 0, "other_level": 0}


def test_pairs_are_those_of_representations_and_the_dense_model_itself(
    table: pd.DataFrame,
) -> None:
    rows = table[table.measure.eq("cka")]
    pairs = set(
        zip(
            rows.level_id, rows.kind, rows.layer, rows.other_replicate, rows.other_arm,
            rows.other_level, rows.other_layer, strict=True,
        )
    )  # fmt: skip
    assert len(pairs) == len(rows), "no pair comes twice"
    others = {
        dense_of(0): [dense_of(0), dense_of(1)],
        T1: [dense_of(0)],
        T2: [dense_of(0), T1],
        LevelId(0, "dense_continued", 1): [dense_of(0)],
        C2: [dense_of(0)],
    }
    expected = {
        (level, kind, i, other.replicate, other.arm, other.level, j)
        for level, those in others.items()
        for other in those
        for kind in KINDS
        for i, j in product(range(1, NUM_LAYERS[kind] + 1), repeat=2)
    }
    assert pairs == expected


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_those_of_the_public_functions(
    table: pd.DataFrame, toy_corpus: EncodedCorpus, experiment: Experiment, kind: str
) -> None:
    ours = maps(T2, kind, toy_corpus, experiment)
    theirs = maps(dense_of(0), kind, toy_corpus, experiment)
    causal = kind == DECODER_SELF
    for i, j in product(range(NUM_LAYERS[kind]), repeat=2):
        of_layers = [one[i] for one in ours], [one[j] for one in theirs]
        place = {"level_id": T2, "kind": kind, "layer": i + 1, "other_layer": j + 1, **OWN}
        for measure in ("pearson", "jensen_shannon"):
            similarity = attention_similarity(*of_layers, measure=measure, causal=causal)  # type: ignore[arg-type]
            row = cell(table, **place, head=None, measure=measure)
            assert row.value == pytest.approx(similarity.max(axis=1).mean(), abs=1e-6)
            if i == j:
                for head in range(HEADS):
                    best = cell(table, **place, head=head, measure=measure)
                    assert best.value == pytest.approx(similarity[head].max(), abs=1e-6)
            if i == j and measure == "pearson":
                assigned = max(np.trace(similarity), np.trace(similarity[::-1])) / HEADS
                row = cell(table, **place, head=None, measure="pearson_assigned")
                assert row.value == pytest.approx(assigned, abs=1e-6)
                in_place = np.mean(similarity.argmax(axis=1) == np.arange(HEADS))
                assert cell(table, **place, head=None, measure="matched").value == in_place
        row = cell(table, **place, head=None, measure="cka")
        assert row.value == pytest.approx(attention_cka(*of_layers, causal=causal), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_seeds_either_way_is_that_of_the_public_functions(
    bench: Bench, toy_corpus: EncodedCorpus, experiment: Experiment, kind: str
) -> None:
    """Both are measured with the later one."""
    rows = pd.DataFrame(ATTENDS.rows(bench)["attention"]).reindex(
        columns=["level_id", *ATTENTION.names]
    )
    of_dense = [maps(level, kind, toy_corpus, experiment) for level in bench.panel.dense]
    causal = kind == DECODER_SELF
    for ours, theirs in ((0, 1), (1, 0)):
        there = {"other_arm": "dense", "other_replicate": theirs, "other_level": 0}
        for i, j in product(range(NUM_LAYERS[kind]), repeat=2):
            of_layers = [one[i] for one in of_dense[ours]], [one[j] for one in of_dense[theirs]]
            place = {"level_id": dense_of(ours), "kind": kind, "layer": i + 1, **there}
            place |= {"other_layer": j + 1, "head": None}
            for measure in ("pearson", "jensen_shannon"):
                similarity = attention_similarity(*of_layers, measure=measure, causal=causal)  # type: ignore[arg-type]
                row = cell(rows, **place, measure=measure)
                assert row.value == pytest.approx(similarity.max(axis=1).mean(), abs=1e-6)
            row = cell(rows, **place, measure="cka")
            assert row.value == pytest.approx(attention_cka(*of_layers, causal=causal), abs=1e-6)
            assert pd.isna(row.lower) == (i != j)


def test_the_dense_model_is_like_itself_and_another_seed_is_not(table: pd.DataFrame) -> None:
    for kind in KINDS:
        for layer in range(1, NUM_LAYERS[kind] + 1):
            place = {"level_id": dense_of(0), "kind": kind, "layer": layer, "other_layer": layer}
            for measure in ("pearson", "jensen_shannon", "cka"):
                with_itself = cell(table, **place, **OWN, head=None, measure=measure)
                assert with_itself.value == pytest.approx(1.0, abs=1e-6)
                with_another = cell(table, **place, other_replicate=1, head=None, measure=measure)
                assert with_another.value < 0.98
                assert with_another.lower < with_another.value < with_another.upper


def test_localization_is_heads_less_layers_over_the_other_layers_of_the_dense_model(
    table: pd.DataFrame,
) -> None:
    rows = table[table.measure == "localization"]
    assert set(rows.kind) == {ENCODER_SELF}, "the other kinds have one layer"
    assert set(rows.level_id) == set(OWN_LEVELS)
    assert rows.other_arm.isna().all()
    for level in OWN_LEVELS:
        for layer in (1, 2):
            place = {"level_id": level, "kind": ENCODER_SELF, "layer": layer}
            other = place | OWN | {"other_layer": 3 - layer, "head": None}
            heads = cell(table, **other, measure="pearson")
            layers = cell(table, **other, measure="cka")
            found = cell(table, **place, measure="localization")
            assert found.value == pytest.approx(heads.value - layers.value, abs=1e-12)
            assert found.num_rows == heads.num_rows


def test_rows_of_one_key_are_left_out_of_both_measures_of_heads(
    table: pd.DataFrame, bench: Bench
) -> None:
    (first, _) = ATTENDS.view(bench, last_held=1)["replicates"]
    assert first["num_rows_of_one_key"] == {
        ENCODER_SELF: 0, DECODER_SELF: first["num_sentences"], ENCODER_DECODER: 0
    }  # fmt: skip
    assert set(first["num_rows_without_variance"].values()) == {0}
    place = {"level_id": T1, "kind": DECODER_SELF, "layer": 1, "head": None}
    num_rows = {
        measure: cell(table, **place, **OWN, other_layer=1, measure=measure).num_rows
        for measure in ("pearson", "jensen_shannon", "cka")
    }
    assert num_rows["pearson"] == num_rows["jensen_shannon"]
    assert num_rows["cka"] - num_rows["pearson"] == first["num_sentences"]


def test_intervals_and_the_difference_to_the_control(table: pd.DataFrame) -> None:
    rows = table[table.difference_control.notna() & table.layer.notna()]
    assert set(rows.level_id) == {T1, T2}, "of tickets that are no control"
    assert set(rows.measure) == {"pearson", "jensen_shannon", "cka", "pearson_assigned", "matched"}
    for _, row in rows.iterrows():
        place = {name: row[name] for name in ("kind", "layer", "other_layer", "measure")}
        level = LevelId(0, "dense_continued", row.level_id.level)
        control = cell(table, level_id=level, head=None, **place)
        assert row.difference_control == pytest.approx(row.value - control.value, abs=1e-12)
        ends = row[["lower", "upper", "difference_control_lower", "difference_control_upper"]]
        if row.measure == "matched":
            assert ends.isna().all(), "a share of two heads moves in halves: no interval"
            continue
        assert ends.notna().all()
        assert (
            row.difference_control_lower <= row.difference_control <= row.difference_control_upper
        )
        assert row.lower <= row.value <= row.upper


def test_what_heads_do_has_a_row_a_head_and_kind_where_it_means_something(
    table: pd.DataFrame,
) -> None:
    rows = table[(table.level_id == T1) & table["head"].notna() & table.other_arm.isna()]
    found = {kind: set(rows[rows.kind == kind].measure) for kind in KINDS}
    common = {"entropy", "confidence", "role", "importance", "importance_gradient"}
    assert found == {
        ENCODER_SELF: common | {"distance", "previous", "same", "next", "end_of_sentence"},
        DECODER_SELF: common | {"distance", "previous", "same", "start"},
        ENCODER_DECODER: common | {"end_of_sentence"},
    }
    counts = rows.groupby(["kind", "measure"]).size()
    for kind in KINDS:
        assert (counts[kind] == NUM_LAYERS[kind] * HEADS).all()
    roles = rows[rows.measure == "role"]
    for _, row in roles.iterrows():
        place = {"kind": row.kind, "layer": row.layer, "head": row.head}
        others = rows[
            (rows.kind == row.kind) & (rows.layer == row.layer) & (rows["head"] == row["head"])
        ]
        shares = others[others.measure.isin(ROLES)].set_index("measure").value
        if row.role == "broad":
            assert row.value == shares.max()
            assert row.value < 1 / 3
        else:
            assert row.value == shares[row.role] == shares.max(), place
    assert len(set(roles.role)) > 1
    assert rows[rows.measure == "importance"].lower.notna().all()


def test_ranks_of_importance_are_compared_with_the_dense_model(table: pd.DataFrame) -> None:
    from scipy.stats import spearmanr

    rows = table[(table.measure == "importance") & (table.kind == ENCODER_SELF)]
    ours, dense = (rows[rows.level_id == level].value for level in (T2, dense_of(0)))
    found = cell(table, level_id=T2, kind=ENCODER_SELF, measure="importance_rank")
    assert found.value == pytest.approx(spearmanr(ours, dense).statistic)
    control = cell(table, level_id=C2, kind=ENCODER_SELF, measure="importance_rank")
    assert found.difference_control == pytest.approx(found.value - control.value)
    assert not table[(table.level_id == dense_of(0)) & (table.measure == "importance_rank")].size


# ----------------------------------------------------------------------------- the view


def test_the_view_holds_the_maps_of_ten_sentences_and_three_levels(
    bench: Bench, toy_corpus: EncodedCorpus, experiment: Experiment
) -> None:
    view = ATTENDS.view(bench, last_held=1)
    assert len(view["replicates"]) == 2
    assert view["gold"] == []
    shown = view["maps"]
    assert [level["level"] for level in shown["networks"]] == [0, 1, 2]
    assert len(shown["sentences"]) == 10
    assert shown["num_left_out"] == 0
    weights = np.frombuffer(unpacked(shown["data"]), dtype=np.uint8)
    place = 0
    for sentence, level, kind in product(range(10), (dense_of(0), T1, T2), KINDS):
        words = {side: len(shown["sentences"][sentence][side]) for side in ("source", "target")}
        num_queries = words["source" if kind == ENCODER_SELF else "target"]
        num_keys = words["target" if kind == DECODER_SELF else "source"] + 1
        size = NUM_LAYERS[kind] * HEADS * num_queries * num_keys
        found = weights[place : place + size].reshape(-1, num_keys) / 255
        place += size
        np.testing.assert_allclose(found.sum(1), 1.0, atol=0.5 * num_keys / 255)
        if kind == ENCODER_DECODER and sentence == 3:
            of_pieces = maps(level, kind, toy_corpus, experiment)[3]
            # The end of sentence is one column in either.
            end = of_pieces[0, 0, 1:, -1].mean()
            mine = found.reshape(HEADS, num_queries, num_keys)[0, :, -1].mean()
            assert mine == pytest.approx(end, abs=0.15)
    assert place == len(weights)
    assert len(json.dumps(view)) < 1_000_000


def view_of(bench: Bench) -> dict[str, Any]:
    """What the view shows once the networks that it shows are measured."""
    for level in (dense_of(0), dense_of(1), T1, T2):
        ATTENDS.do(level, bench)
    return ATTENDS.view(bench, last_held=2)


def pairs_are(pairs: list[attention_data.Pair], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_data, "held_out_pairs", lambda *_: pairs)


def test_maps_too_large_to_show_are_left_out_and_counted(
    networks: Path, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticketscope.steps.attention.roles.MOST_SHOWN_BYTES", 200)
    view = view_of(fresh(networks, tmp_path, experiment))
    assert view["maps"]["num_left_out"] > 0
    assert len(view["maps"]["sentences"]) + view["maps"]["num_left_out"] == 10


def test_words_at_the_edges_are_those_of_the_maps(
    networks: Path, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that vanishes in the vocabulary has no row, so it must not be written beside one."""
    pairs = [
        attention_data.Pair(raw_words(f"one \u200b two{' red' * number}"), raw_words("eins zwei"))
        for number in range(20)
    ]
    pairs_are(pairs, monkeypatch)
    view = view_of(fresh(networks, tmp_path, experiment))
    assert view["replicates"][0]["num_without_piece"] == 20
    assert view["maps"]["sentences"][2] == {
        "source": ["one", "two", "red", "red"],
        "target": ["eins", "zwei"],
    }


def test_pairs_with_an_empty_side_are_no_long_ones_and_count_once(
    networks: Path, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [("one", "eins"), ("", "zwei"), ("two red", "zwei rot"), ("three", ""), ("", "")]
    pairs = [attention_data.Pair(raw_words(one), raw_words(other)) for one, other in texts]
    gold = attention_data.Gold(
        tuple(attention_data.GoldSentence(one.source, target=one.target) for one in pairs), ()
    )
    pairs_are(pairs, monkeypatch)
    monkeypatch.setattr(attention_data, "gold_data", lambda *_: gold)
    view = view_of(fresh(networks, tmp_path, experiment))
    counts = view["replicates"][0]
    assert (counts["num_empty"], counts["num_too_long"]) == (3, 0)
    assert (counts["num_gold_empty"], counts["num_gold_too_long"]) == (3, 0)
    assert len(view["maps"]["sentences"]) == 2
    assert view["maps"]["num_left_out"] == 0  # there are no more, so none makes the page large


# ----------------------------------------------------------------------------- redone when


def test_what_is_measured_is_not_measured_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = []
    monkeypatch.setattr(HeadsAttend, "measure", lambda *args: called.append(args) or {})
    assert not ATTENDS.do(T2, bench)
    assert not called
    monkeypatch.setattr(HeadsAttend, "version", 99)
    place = bench.results.place(ATTENDS.name, T2)
    before = place.read_bytes()
    assert ATTENDS.do(T2, bench)
    assert called
    place.write_bytes(before)


def test_own_translations_are_described_but_not_compared(
    networks: Path,
    bench: Bench,
    experiment: Experiment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def echo(_bench: Bench, _network: Network) -> Iterator[Callable[[list[str]], list[str]]]:
        yield list

    monkeypatch.setattr(Bench, "translator", echo)
    settings = experiment.attention.model_copy(update={"targets": "own"})
    own = experiment.model_copy(update={"attention": settings})
    of_own = fresh(networks, tmp_path, own)
    ATTENDS.do(T1, of_own)
    found = of_own.results.read(ATTENDS.name, T1)
    assert set(found["heads"]) == set(KINDS)
    assert [set(compared["kinds"]) for compared in found["similarity"]] == [{ENCODER_SELF}]
    assert found["shown"] == []
    compared_on_references = bench.results.read(ATTENDS.name, T1)
    for kind, differs in ((ENCODER_SELF, False), (DECODER_SELF, True), (ENCODER_DECODER, True)):
        entropies = [result["heads"][kind]["entropy"] for result in (found, compared_on_references)]
        assert np.allclose(*entropies, atol=1e-6) != differs, kind
    quality = own.quality.model_copy(update={"beam": 1})
    decoded = Bench.of(of_own.run.root, own.model_copy(update={"quality": quality}))
    assert ATTENDS.do(T1, decoded), "decoded otherwise"


# ----------------------------------------------------------------------------- gold data


def test_the_grammar_brings_gold_data_of_its_own(
    experiment: Experiment, toy_corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attention_data, "_are_in", lambda *_: True)
    of_grammar = experiment.model_copy(update={"corpus": GrammarCorpus(seed=3)})
    found = attention_data.gold_data(toy_corpus, of_grammar)
    assert found.notes == ("syntax, coreference and alignments of the embedded grammar",)
    num_words = [len(sentence.source.spans) for sentence in found.sentences]
    assert sum(num_words[:-1]) < 150 <= sum(num_words)
    for sentence, number in zip(found.sentences, num_words, strict=True):
        assert sentence.syntax
        assert len(sentence.syntax) == number - 1, "all words but the root"
        assert sentence.target
        assert sentence.alignment
    assert any(sentence.coreference for sentence in found.sentences)


def test_a_mention_stands_by_its_syntactic_head(
    experiment: Experiment, toy_corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old bat slept … it: bat and it, not The and it; and each with all words of the other."""
    monkeypatch.setattr(attention_data, "_are_in", lambda *_: True)
    settings = experiment.attention.model_copy(update={"num_words": 3_000})
    of_grammar = experiment.model_copy(
        update={"corpus": GrammarCorpus(seed=3), "attention": settings}
    )
    longest = []
    for sentence in attention_data.gold_data(toy_corpus, of_grammar).sentences:
        heads = dict(sentence.syntax or ())
        for _word, linked in sentence.coreference or ():
            inside = [word for word in linked if heads.get(word, (-1,))[0] not in linked]
            if len(linked) > 1 and len(inside) == 1:  # one phrase, whose head's head lies outside
                assert inside[0] in dict(sentence.coreference or ())
                longest.append(inside[0] != linked[0])
    assert any(longest), "some heads are not the first word"


def test_a_corpus_of_another_version_of_the_grammar_has_no_gold_data(
    experiment: Experiment, toy_corpus: EncodedCorpus
) -> None:
    of_grammar = experiment.model_copy(update={"corpus": GrammarCorpus(seed=3)})
    found = attention_data.gold_data(toy_corpus, of_grammar)
    assert found.sentences == ()
    assert "another version" in found.notes[0]


CONLLU = """\
# sent_id = 1
1\tSmall\tsmall\tADJ\tJJ\t_\t2\tamod\t_\t_
2\tone\tone\tNOUN\tNN\t_\t3\tnsubj\t_\t_
3\tgreen\tgreen\tVERB\tVB\t_\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_

"""
CONLL_2012 = """\
#begin document (d); part 000
d\t0\t0\tone\t-\t-\t-\t-\t-\t-\t-\t(1)
d\t0\t1\tgreen\t-\t-\t-\t-\t-\t-\t-\t-
d\t0\t2\tbig\t-\t-\t-\t-\t-\t-\t-\t(1
d\t0\t3\tred\t-\t-\t-\t-\t-\t-\t-\t1)

d\t0\t0\ttwo\t-\t-\t-\t-\t-\t-\t-\t(1)

#end document
"""


def test_files_bring_gold_data(
    experiment: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path
) -> None:
    (tmp_path / "gold.conllu").write_text(CONLLU)
    (tmp_path / "gold.conll").write_text(CONLL_2012)
    lines = ["0-0 1p0", *[""] * (len(toy_corpus.split("validation")) - 1)]
    (tmp_path / "gold.talp").write_text("\n".join(lines) + "\n")
    names = {"syntax": "gold.conllu", "coreference": "gold.conll", "alignments": "gold.talp"}
    paths = {key: str(tmp_path / name) for key, name in names.items()}
    settings = experiment.attention.model_copy(update=paths)
    with_gold = experiment.model_copy(update={"attention": settings})
    syntax, first, second, *aligned = attention_data.gold_data(toy_corpus, with_gold).sentences
    assert syntax.syntax == ((0, (1,)), (1, (2,)), (3, (2,)))
    assert syntax.source.text == "Small one green."
    assert first.coreference == ((0, (2, 3)), (3, (0,)))
    assert second.coreference == (), "links are inside one sentence"
    assert aligned[0].alignment
    assert aligned[0].alignment.sure == ((0, 0),)
    assert aligned[0].alignment.possible == ((0, 0), (1, 0))
    before = attention_data.gold_data(toy_corpus, with_gold)
    assert before.notes[0] == "syntax of gold.conllu"
    (tmp_path / "gold.conllu").write_text(CONLLU.replace("amod", "nmod"))
    # The relation's name is no figure's business; the head is.
    assert attention_data.gold_data(toy_corpus, with_gold).digest() == before.digest()
    (tmp_path / "gold.conllu").write_text(CONLLU.replace("\t2\tamod", "\t3\tamod"))
    assert attention_data.gold_data(toy_corpus, with_gold).digest() != before.digest()


def test_gold_relations_reach_the_table(
    networks: Path, experiment: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grammar's words have pieces in no toy vocabulary but characters, which will do."""
    monkeypatch.setattr(attention_data, "_are_in", lambda *_: True)
    of_grammar = experiment.model_copy(update={"corpus": GrammarCorpus(seed=3)})
    bench = fresh(networks, tmp_path, of_grammar)
    found = ATTENDS.measure(bench.panel[T1], [], bench)
    assert {"syntactic_head", "syntactic_head_by_distance"} <= set(found["heads"][ENCODER_SELF])
    assert {"aligned_read", "aligned_predicted", "aer_read", "aer_predicted"} <= set(
        found["heads"][ENCODER_DECODER]
    )
    assert found["num_gold"]["syntactic_head"] > 50
    rates = np.array(found["heads"][ENCODER_DECODER]["aer_predicted"])
    assert ((rates >= 0) & (rates <= 1)).all()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"sentences": ("nowhere",)}, "attention.sentences: nowhere is no held-out set; .*valid: "),
        ({"syntax": "no/such/file"}, "attention.syntax: no/such/file: no such file"),
        ({"syntax": "round.conllu"}, r"round\.conllu:2: .* roots .* among the heads"),
        ({"alignments": "short.talp"}, "short.talp: 1 lines for the 30 pairs of validation"),
    ],
)
def test_what_is_not_there_is_one_line(
    experiment: Experiment,
    toy_corpus: EncodedCorpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    problem: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("short.talp").write_text("0-0\n")
    Path("round.conllu").write_text(CONLLU.replace("\t0\troot", "\t1\troot"))
    settings = experiment.attention.model_copy(update=changed)
    with pytest.raises(InputError, match=problem):
        attention_data.gold_data(toy_corpus, experiment.model_copy(update={"attention": settings}))
