"""Similarity, neurons and complexity of tickets: which pairs, which figures, redone when."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from ticketscope.config import (
    ANALYSIS_SECTIONS,
    Behaviour,
    Experiment,
    Lottery,
    analysis_identity,
)
from ticketscope.config import Representations as Settings
from ticketscope.config.kinds import BY_CONTENT
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.lottery.lineage import planned_levels
from ticketscope.measures import complexity, similarity_table
from ticketscope.measures.resampling import NUM_BLOCKS
from ticketscope.measures.similarity import MEASURES
from ticketscope.networks import model
from ticketscope.networks.network import Network
from ticketscope.networks.trace import Trace
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps import STEPS, results, tracing
from ticketscope.steps.behaviour import contrasts
from ticketscope.steps.bench import Bench
from ticketscope.steps.challenge import asked_sets
from ticketscope.steps.held_out import (
    check_sentences,
    few_words,
    held_out_sentences,
    measures_decoder,
)
from ticketscope.steps.representations import measure as measuring
from ticketscope.steps.representations.step import Representations
from ticketscope.steps.step import NetworkStep, PanelStep, Step

NUM_SENTENCES, NUM_LAYERS, WIDTH = 60, 3, 5
ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
LOTTERY = Lottery(arms=ARMS, replicates=2, levels=2)
OWN = [level for level in planned_levels(LOTTERY) if level.replicate == 0]
STEP = Representations()


def traced(level: LevelId) -> Trace:
    """Three words a sentence; each ticket a noisy turn of the same words."""
    words = np.random.default_rng(0).normal(size=(3 * NUM_SENTENCES, WIDTH))
    rng = np.random.default_rng([*str(level).encode()])
    layers = tuple(
        (words + (0.1 + 0.3 * number) * rng.normal(size=words.shape)).astype(np.float32)
        for number in range(NUM_LAYERS)
    )
    sentences = np.repeat(np.arange(NUM_SENTENCES), 3)
    none = np.zeros(0, dtype=np.int64)
    return Trace(layers, (), sentences, none, np.arange(len(words)), none, 2, 1)


@contextmanager
def made_up() -> Iterator[pytest.MonkeyPatch]:
    """No network is stored: its digest is its name, and what it holds is `traced`."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Network, "digest", property(lambda network: str(network.label)))
        monkeypatch.setattr(measuring, "_traced", lambda network, *_: traced(network.label))
        yield monkeypatch


@pytest.fixture(scope="session")
def toy(toy: Experiment) -> Experiment:
    return toy.model_copy(update={"lottery": LOTTERY})


def bench_in(folder: Path, toy: Experiment, corpus: EncodedCorpus) -> Bench:
    bench = Bench.of(folder / "run", toy)
    bench.run.root.mkdir()
    bench.run.corpus.symlink_to(corpus.model_file.parent)
    return bench


@pytest.fixture(scope="module")
def bench(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    """All networks measured; not to be changed."""
    bench = bench_in(tmp_path_factory.mktemp("representations"), toy, toy_corpus)
    with made_up():
        for label in bench.panel.labels:
            STEP.do(label, bench)
    return bench


def every_row(bench: Bench, name: str) -> pd.DataFrame:
    frame = pd.DataFrame(STEP.rows(bench)[name])
    return frame.assign(this=frame.level_id.map(str))


def table(bench: Bench, name: str) -> pd.DataFrame:
    """Of the first replicate alone."""
    rows = every_row(bench, name)
    return rows[rows.level_id.isin(OWN)]


def test_pairs_are_those_of_the_architecture(bench: Bench) -> None:
    rows = table(bench, "similarity")
    rows = rows[rows.measure == "cka"]
    pairs = set(
        zip(
            rows.level_id,
            rows.layer,
            zip(rows.other_replicate, rows.other_arm, rows.other_level, strict=True),
            rows.other_layer,
            strict=True,
        )
    )
    assert len(pairs) == len(rows), "no pair comes twice"
    tickets = [(0, "dense", 0), (0, "lr_rewinding", 1), (0, "lr_rewinding", 2)]
    layers = range(NUM_LAYERS)
    expected = {
        (LevelId(*a), i, b, j)
        for a in tickets
        for b in tickets
        for i in layers
        for j in layers
        if (a, i) != (b, j)
    }
    dense = (0, "dense", 0)
    for control in product((0,), ("dense_continued", "random_pruning"), (1, 2)):
        for i in layers:
            for j in layers:
                expected |= {(LevelId(*control), i, dense, j), (LevelId(*dense), i, control, j)}
                if i != j:
                    expected.add((LevelId(*control), i, control, j))
    expected |= {(LevelId(*dense), i, (1, "dense", 0), j) for i in layers for j in layers}
    assert pairs == expected


def test_figures_are_those_of_the_public_function(bench: Bench) -> None:
    rows = table(bench, "similarity")
    a, b = LevelId(0, "lr_rewinding", 2), dense_of(0)
    expected = similarity_table({"a": traced(a).encoder[1], "b": traced(b).encoder[2]})
    for measure in MEASURES:
        found = rows[
            (rows.level_id == a)
            & (rows.layer == 1)
            & (rows.other_arm == "dense")
            & (rows.other_replicate == 0)
            & (rows.other_layer == 2)
            & (rows.measure == measure)
        ]
        (value,) = found.value
        right = expected[(expected.a == "a") & (expected.b == "b") & (expected.measure == measure)]
        assert value == pytest.approx(right.value.item(), abs=1e-9)
        assert found.lower.isna().all()
        assert found.num_words.item() == 3 * NUM_SENTENCES


def test_the_same_layer_of_the_dense_model_has_an_interval_around_the_value(bench: Bench) -> None:
    rows = table(bench, "similarity")
    with_interval = rows[rows.lower.notna()]
    assert (with_interval.lower < with_interval.value).all()
    assert (with_interval.value < with_interval.upper).all()
    assert (with_interval.layer == with_interval.other_layer).all()
    dense_side = (with_interval.other_arm == "dense") | with_interval.this.str.contains("dense/")
    assert dense_side.all()
    assert len(with_interval) == NUM_LAYERS * len(MEASURES) * (2 * 6 + 1)


def test_localization_is_maxcorr_minus_svcca_over_the_other_layers_of_the_dense_model(
    bench: Bench,
) -> None:
    rows = table(bench, "similarity")
    for level in OWN:
        for layer in range(NUM_LAYERS):
            own = rows[(rows.level_id == level) & (rows.layer == layer)]
            with_dense = (own.other_arm == "dense") & (own.other_replicate == 0)
            mean = own[with_dense & (own.other_layer != layer)].groupby("measure").value.mean()
            (found,) = own[own.measure == "localization"].value
            assert found == pytest.approx(mean["maxcorr"] - mean["svcca"])


def test_neurons_of_the_same_layer_and_of_layer_1_inside_a_model(bench: Bench) -> None:
    rows = table(bench, "neurons")
    inside = rows[
        (rows.other_arm == rows.level_id.map(lambda level: level.arm))
        & (rows.other_level == rows.level_id.map(lambda level: level.level))
        & (rows.other_replicate == 0)
    ]
    assert set(inside.layer) == {1}
    assert set(inside.other_layer) == {0, 2}
    across = rows.drop(inside.index)
    assert (across.layer == across.other_layer).all()
    assert (rows.num_neurons == WIDTH).all()
    assert rows.num_matched.between(0, WIDTH).all()
    near = across[(across.layer == 0) & (across.other_arm == "lr_rewinding")]
    assert (near.num_matched == WIDTH).all(), "little noise: every neuron finds itself"


def test_the_strongest_neurons_with_a_dense_model(bench: Bench) -> None:
    rows = every_row(bench, "strongest_neurons")
    assert set(rows["rank"]) == {1, 2, 4, WIDTH}
    assert (rows.layer == rows.other_layer).all()
    assert (rows.other_arm == "dense").all()
    assert set(rows[rows.this == str(dense_of(1))].other_replicate) == {0}, "another seed"
    last = rows[(rows["rank"] == WIDTH) & (rows.other_replicate == 0)]
    counted = every_row(bench, "neurons")
    keys = ["this", "layer", "other_arm", "other_replicate", "other_level", "other_layer"]
    both = last.merge(counted, on=keys)
    assert len(both) == len(last)
    assert (both.num_matched_x == both.num_matched_y).all(), "all neurons: as in neurons.csv"
    for _, line in rows.groupby(["this", "layer", "other_replicate"]):
        assert line.correlation.is_monotonic_decreasing
        assert line.num_matched.is_monotonic_increasing


def test_complexity_is_that_of_the_public_function_with_intervals(bench: Bench) -> None:
    rows = every_row(bench, "complexity")
    assert set(rows.level_id) == set(bench.panel.labels)
    assert not rows.duplicated(["level_id", "layer", "measure"]).any(), "each tells its own"
    level = LevelId(0, "random_pruning", 1)
    expected = complexity(traced(level).encoder[2])
    found = rows[(rows.level_id == level) & (rows.layer == 2)].set_index("measure")
    assert set(found.index) == {*expected, "pcs_80_interpolated"}
    assert expected["pcs_80"] - 1 < found.value["pcs_80_interpolated"] <= expected["pcs_80"]
    for measure, value in expected.items():
        assert found.value[measure] == pytest.approx(value, rel=1e-9)
    ratio = found.loc["participation_ratio"]
    assert ratio.lower < ratio.value < ratio.upper + 0.3
    assert np.isnan(found.lower["two_nn"])


def test_likeness_to_the_last_layer_has_blocks_where_others_made_the_network(bench: Bench) -> None:
    label, given = dense_of(0), replace(bench.study.cast, is_given=True)
    with made_up() as monkeypatch:
        monkeypatch.setattr(Experiment, "cast", property(lambda _: given))
        found = measuring.measure(bench.panel[label], [], bench)
    rows = {
        tuple(place["layer"] for place in row["pair"]): row["measures"]
        for row in found["similarity"]
    }
    told = {
        (*pair, measure)
        for pair, measures in rows.items()
        for measure, figures in measures.items()
        if "left_out" in figures
    }
    last = NUM_LAYERS - 1
    assert told == {(layer, last, "cka_debiased") for layer in range(1, last)}
    held = traced(label)
    block = held.sentences * NUM_BLOCKS // NUM_SENTENCES
    for place, value in enumerate(rows[1, last]["cka_debiased"]["left_out"]):
        rest = {str(layer): held.encoder[layer][block != place] for layer in (1, last)}
        table = similarity_table(rest).set_index(["a", "b", "measure"])["value"]
        assert value == pytest.approx(table["1", str(last), "cka_debiased"])


def test_it_is_measured_once_and_again_for_another_ticket(bench: Bench, tmp_path: Path) -> None:
    asked: list[LevelId] = []

    def trace(network: Network, *_: object) -> Trace:
        assert network.label
        asked.append(network.label)
        return traced(network.label)

    shutil.copytree(bench.run.root, tmp_path / "copy", symlinks=True)
    copy = Bench.of(tmp_path / "copy", bench.study)
    with made_up() as monkeypatch:
        monkeypatch.setattr(measuring, "_traced", trace)
        assert not any(STEP.do(label, copy) for label in copy.panel.labels)
        assert asked == []
        last = LevelId(0, "lr_rewinding", 2)
        copy.results.place(STEP.name, last).unlink()
        assert sum(STEP.do(label, copy) for label in copy.panel.labels) == 1
        assert asked == [last, dense_of(0), LevelId(0, "lr_rewinding", 1)]
        asked.clear()
        monkeypatch.setattr(Representations, "version", Representations.version + 1)
        assert STEP.do(dense_of(1), copy)
        assert asked == [dense_of(1), dense_of(0)]


def test_a_third_replicate_measures_nothing_of_the_first_two(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.run.root, tmp_path / "wider", symlinks=True)
    three = LOTTERY.model_copy(update={"replicates": 3})
    wider = Bench.of(tmp_path / "wider", bench.study.model_copy(update={"lottery": three}))
    with made_up():
        measured = [label for label in wider.panel.labels if STEP.do(label, wider)]
    assert {label.replicate for label in measured} == {2}
    rows = every_row(wider, "similarity")
    between = rows[(rows.level_id.isin(wider.panel.dense)) & (rows.other_arm == "dense")]
    same = between[(between.layer == 1) & (between.other_layer == 1) & (between.measure == "cka")]
    found = {(row.level_id.replicate, row.other_replicate) for row in same.itertuples()}
    assert found == set(permutations(range(3), 2)), "each dense network with those of all others"


def test_divergence_beyond_the_control_has_an_interval_of_its_own(bench: Bench) -> None:
    rows = table(bench, "similarity")
    beyond = rows[rows.difference_control.notna()]
    assert set(beyond.level_id.map(lambda level: level.arm)) == {"lr_rewinding", "random_pruning"}
    assert len(beyond) == 4 * NUM_LAYERS * len(MEASURES)
    assert (beyond.layer == beyond.other_layer).all()
    ends = (beyond.difference_control_lower, beyond.difference_control_upper)
    assert (ends[0] <= beyond.difference_control).all()
    assert (beyond.difference_control <= ends[1]).all()
    same = rows[(rows.layer == 1) & (rows.other_layer == 1) & (rows.measure == "cka_debiased")]
    same = same[(same.other_arm == "dense") & (same.other_replicate == 0)].set_index("this")
    ours, control = (f"replicate-0/{arm}/level-02" for arm in ("lr_rewinding", "dense_continued"))
    difference = same.value[ours] - same.value[control]
    assert same.difference_control[ours] == pytest.approx(difference, abs=1e-12)
    # the blocks are shared, so what both have in common does not widen the interval
    width = same.difference_control_upper[ours] - same.difference_control_lower[ours]
    widths = [same.upper[name] - same.lower[name] for name in (ours, control)]
    assert width < sum(widths)


OF_NETWORKS = [step for step in STEPS if isinstance(step, NetworkStep | PanelStep)]


DECODING = {"quality", "speed", "damage", "challenge", "search", "robustness"}
"""Those that decode as quality does, or look at what it has decoded."""


@pytest.fixture
def untrained(toy_files: Path, toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path) -> Bench:
    """A run without networks, with all that steps prepare."""
    pairs = Behaviour(contrasts=str(toy_files / "pairs.tsv"))
    bench = bench_in(tmp_path, toy.model_copy(update={"behaviour": pairs}), toy_corpus)
    contrasts.prepare(bench)
    asked_sets.prepare(bench)
    return bench


def identities(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """By step what its results are known by."""
    seen: list[Any] = []
    by_step = {}
    monkeypatch.setattr(results, "measured_once", lambda _, identity, __: seen.append(identity))
    for each in OF_NETWORKS:
        if isinstance(each, NetworkStep):
            each.do(LevelId(0, "random_pruning", 2), bench)
        else:
            each.do(bench)
        by_step[each.name] = [*seen]
        seen.clear()
    return by_step


@pytest.mark.parametrize("step", OF_NETWORKS, ids=lambda step: step.name)
def test_a_mended_formula_is_measured_again_in_that_step_alone(
    step: Step, untrained: Bench
) -> None:
    with made_up() as monkeypatch:
        before = identities(untrained, monkeypatch)
        monkeypatch.setattr(type(step), "version", step.version + 1)
        after = identities(untrained, monkeypatch)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == (DECODING if step.name == "quality" else {step.name})


CHANGES: dict[tuple[str, str], tuple[Any, set[str]]] = {
    ("quality", "resamples"): (50, set()),
    ("quality", "beam"): (1, DECODING),
    ("representations", "resamples"): (20, {"representations"}),
    ("representations", "decoder"): (True, {"representations"}),
    ("representations", "sentences"): (("test",), {"representations", "word_classes"}),
    ("representations", "num_words"): (50, {"representations", "word_classes"}),
    ("attention", "sentences"): (("test",), {"attention", "head_importance"}),
    ("attention", "num_words"): (50, {"attention"}),
    ("attention", "importance_sentences"): (10, {"head_importance"}),
    ("connectivity", "sentences"): (("test",), {"connectivity"}),
    ("connectivity", "num_sentences"): (10, {"connectivity"}),
    ("causes", "sentences"): (("test",), {"causes"}),
    ("causes", "num_sentences"): (10, {"causes"}),
    ("causes", "fit_sentences"): (10, {"causes"}),
    ("causes", "bleu_sentences"): (10, {"causes"}),
    ("behaviour", "contrasts_header"): (True, {"behaviour"}),
    ("challenge", "gender"): (True, {"challenge"}),
    ("challenge", "sets"): (("challenge.tsv",), {"challenge"}),
}
"""Other values of settings, and the steps that have to measure again: those alone."""
NOTHING_HERE = {
    ("attention", "language"),  # refuses a run of other languages
    ("behaviour", "languages"),
    ("behaviour", "contrasts_per_phenomenon"),  # of the grammar, which this run does not have
}


def test_each_setting_that_is_known_by_its_content_alone_is_tried(toy: Experiment) -> None:
    """Such a setting is part of no digest: only the content that it chooses can be."""
    by_content = {
        (section, key)
        for section in ANALYSIS_SECTIONS
        if section not in ("probing", "scores")  # have tests of their own
        for key, field in type(getattr(toy, section)).model_fields.items()
        if BY_CONTENT in field.metadata
    }
    assert by_content - NOTHING_HERE <= set(CHANGES)


@pytest.mark.parametrize(("section", "setting"), CHANGES, ids=".".join)
def test_another_setting_is_measured_again_where_it_is_about_alone(
    section: str, setting: str, untrained: Bench, toy_files: Path
) -> None:
    value, steps = CHANGES[section, setting]
    if setting == "sets":
        value = tuple(str(toy_files / name) for name in value)
    settings = getattr(untrained.study, section).model_copy(update={setting: value})
    other = Bench.of(untrained.run.root, untrained.study.model_copy(update={section: settings}))
    with made_up() as monkeypatch:
        before = identities(untrained, monkeypatch)
        contrasts.prepare(other)
        asked_sets.prepare(other)
        after = identities(other, monkeypatch)
    assert {name for name in before if before[name] != after[name]} == steps


@pytest.mark.parametrize(
    ("setting", "value", "again"), [("max_decoding_length", 15, True), ("beam", 1, False)]
)
def test_greedy_translations_of_causes_depend_on_how_long_they_may_be(
    setting: str, value: int, again: bool, untrained: Bench
) -> None:
    """On that alone of the settings of decoding."""
    causes = untrained.study.causes.model_copy(update={"bleu_sentences": 10})
    translating = untrained.study.model_copy(update={"causes": causes})
    quality = translating.quality.model_copy(update={setting: value})
    benches = (
        Bench.of(untrained.run.root, study)
        for study in (translating, translating.model_copy(update={"quality": quality}))
    )
    with made_up() as monkeypatch:
        before, after = (identities(bench, monkeypatch) for bench in benches)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == DECODING | ({"causes"} if again else set())


@pytest.mark.parametrize(
    ("found", "error", "said"),
    [
        (np.ones((2, WIDTH), dtype=np.float32), InputError, "only 2 of their words"),
        (np.full((9, WIDTH), np.nan, dtype=np.float32), JobError, "training diverged"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_line(
    found: NDArray[np.float32],
    error: type[Exception],
    said: str,
    toy: Experiment,
    toy_corpus: EncodedCorpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing, every = np.zeros(0, dtype=np.int64), np.arange(len(found))
    traced = Trace((found,), (), every, nothing, every, nothing, 0, 0)
    monkeypatch.setattr(tracing, "trace", lambda *_, **__: traced)
    bench = bench_in(tmp_path, toy, toy_corpus)
    network = bench.panel[dense_of(0)]
    model.save(model.build(toy.model, 80, seed=1), network.directory, {"max_length": 20})
    bench.encoded.vocabulary.save_tokenizer(network.directory)
    with pytest.raises(error, match=said):
        STEP.measure(network, [], bench)


def test_few_words_are_warned_of() -> None:
    assert few_words(10_000, 128) is None
    assert few_words(20_000, 2_048) is not None
    assert "9,999 words, fewer than 10,000" in str(few_words(9_999, 128))


def test_what_was_left_out_is_counted(bench: Bench) -> None:
    of_each = {"num_sentences": 30, "num_words": 180, "num_without_piece": 2, "num_windowed": 1}
    view = STEP.view(bench, 0)
    assert view["replicates"] == [of_each] * 2
    lacks = {"num_without_piece": 2, "num_windowed": 1}
    assert view["unread"] == [asdict(label) | lacks for label in bench.panel.labels]
    (line,) = STEP.remarks(bench)
    assert "2 words have no piece and are left out, 1 sentences were read in windows" in line
    assert line.endswith(f"{dense_of(0)} and {len(bench.panel.labels) - 1} more")


# ----------------------------------------------------------------------------- which words


def measured_on(experiment: Experiment, **settings: Any) -> Experiment:
    return experiment.model_copy(update={"representations": Settings(**settings)})


def test_words_come_from_held_out_sets_and_files(toy_corpus: EncodedCorpus, tmp_path: Path) -> None:
    both = Settings(sentences=("validation", "test"))
    sources, targets = held_out_sentences(toy_corpus, both)
    texts = [toy_corpus.text(name) for name in ("validation", "test")]
    assert [each.text for each in sources] == [line for text in texts for line in text.source]
    assert [each.text for each in targets] == [line for text in texts for line in text.target]

    path = tmp_path / "lines.txt"
    path.write_text("One two three .\n\nFour.\n", encoding="utf-8")
    sources, targets = held_out_sentences(toy_corpus, Settings(sentences=(str(path),)))
    assert [len(each.spans) for each in sources] == [4, 1]
    assert [each.text for each in targets] == ["", ""]


@pytest.mark.parametrize(
    ("settings", "width", "expected"),
    [
        ({}, 512, True),
        ({}, 514, False),
        ({"decoder": True}, 1024, True),
        ({"decoder": False}, 64, False),
        ({"sentences": ("validation", "./mine.txt")}, 64, False),
    ],
)
def test_the_decoder_is_measured_in_networks_that_are_not_wide(
    settings: dict[str, Any], width: int, expected: bool
) -> None:
    assert measures_decoder(Settings(**settings), width) == expected


def test_auto_is_by_content_what_it_comes_to(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path
) -> None:
    """A run that says what auto comes to measures nothing again; one without the decoder does."""
    identities = []
    for number, decoder in enumerate(("auto", True, False)):
        (folder := tmp_path / str(number)).mkdir()
        bench = bench_in(folder, measured_on(toy, decoder=decoder), toy_corpus)
        network = bench.panel[dense_of(0)]
        settings = analysis_identity(bench.study, "representations", STEP.version)
        identities.append(settings | STEP.identity(network, bench))
    assert identities[0] == identities[1] != identities[2]


def test_no_more_words_than_asked_but_whole_sentences(toy_corpus: EncodedCorpus) -> None:
    sources, _ = held_out_sentences(toy_corpus, Settings(num_words=12))
    lengths = [len(each.spans) for each in sources]
    assert sum(lengths) >= 12 > sum(lengths[:-1])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sentences": ("dev",)}, r"dev is neither a held-out set \(test, other"),
        ({"sentences": (__file__,), "decoder": True}, "has no translations"),
    ],
)
def test_what_cannot_be_read_is_refused(
    toy_corpus: EncodedCorpus, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        check_sentences(toy_corpus, Settings(**settings))
