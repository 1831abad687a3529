"""Probes of tickets: features of words, what is kept of a task, the table, and what is redone."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ticketscope.annotation.examples import Example
from ticketscope.annotation.tasks import TASKS, Target
from ticketscope.config import Experiment, Probing
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError, JobError
from ticketscope.files import PARTIAL
from ticketscope.measures.resampling import p_below_zero
from ticketscope.networks import model
from ticketscope.networks.trace import trace
from ticketscope.packing import packed_array, unpacked_array
from ticketscope.probing import statistics
from ticketscope.probing.codelength import FRACTIONS
from ticketscope.probing.prepared import SentenceStore, prepare
from ticketscope.probing.suites import Absent, TaskData
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.probes import data as probe_data
from ticketscope.steps.probes import encoders, features
from ticketscope.steps.probes import table as probe_tables
from ticketscope.steps.probes.step import Probes
from ticketscope.steps.probes.subjects import probed, result_of
from ticketscope.tables.probes import PROBES
from ticketscope.text.vocabulary import Vocabulary
from toy import store_untrained

STEP = Probes()
WORDS = ("one", "two", "three", "red", "green", "blue", "big", "small")
VANISHES = "\u200b"


def sentence(number: int) -> tuple[str, ...]:
    rng = np.random.default_rng(number)
    return tuple(str(word) for word in rng.choice(WORDS, size=rng.integers(3, 7)))


def tagged(number: int) -> Example:
    """Each word is labelled by what it is: easily learnt."""
    words = sentence(number)
    targets = tuple(
        Target((i, i + 1), None, "number" if word in WORDS[:3] else "other")
        for i, word in enumerate(words)
    )
    return Example(words=words, targets=targets)


def paired(number: int) -> Example:
    words = sentence(number)
    label = "arc" if words[0] == words[1] else "no arc"
    return Example(words=words, targets=(Target((0, 1), (1, 2), label),))


def spanned(number: int) -> Example:
    words = sentence(number)
    return Example(words=words, targets=(Target((0, 2), None, "X"), Target((2, 3), None, "Y")))


def valued(number: int) -> Example:
    words = sentence(number)
    return Example(words=words, targets=(Target((0, 1), None, float(WORDS.index(words[0])) / 4),))


def document(number: int) -> Example:
    words = sentence(number) + sentence(number + 1)
    start = len(sentence(number))
    target = Target((0, 2), (start, start + 1), "coreferent" if number % 2 else "not coreferent")
    return Example(words=words, targets=(target,), sentence_starts=(0, start))


MAKERS = {
    "pos": tagged,
    "dependency_prediction": paired,
    "ner": spanned,
    "event_factuality": valued,
    "coreference": document,
}


def data_of(task: str, num: int = 30) -> TaskData:
    make = MAKERS[task]
    splits = {
        "train": tuple(make(i) for i in range(num)),
        "validation": tuple(make(i) for i in range(num, num + 12)),
        "test": tuple(make(i) for i in range(num + 20, num + 32)),
    }
    return TaskData(TASKS[task], splits, {name: len(found) for name, found in splits.items()}, {})


@pytest.fixture
def vocabulary(toy_corpus: Any, toy: Experiment) -> Vocabulary:
    return Vocabulary(toy_corpus.model_file, toy.model.norm)


# ----------------------------------------------------------------------------- as numbers


def test_words_are_numbered_once_and_targets_point_at_them() -> None:
    store = SentenceStore()
    items = prepare(data_of("pos"), store, seed=1)
    first = items.splits["train"]
    assert items.labels == ("number", "other")
    assert first.first[0].tolist() == [0, 1]
    num_words = store.starts[-1]
    again = prepare(data_of("ner"), store, seed=1)
    assert store.starts[-1] == num_words, "the same sentences"
    # spans: every word is an item, with its tag
    assert again.labels == ("O", "B-X", "I-X", "B-Y", "I-Y")
    words = len(spanned(0).words)
    gold = again.splits["train"].gold[:words].tolist()
    assert gold == [1, 2, 3, *[0] * (words - 3)]
    assert again.splits["train"].num_examples == 30
    assert first.control is not None
    forms = [word for i in range(30) for word in sentence(i)]
    by_form = {
        form: {int(label) for f, label in zip(forms, first.control, strict=True) if f == form}
        for form in WORDS
    }
    assert all(len(labels) == 1 for labels in by_form.values())


def test_documents_are_read_sentence_by_sentence() -> None:
    store = SentenceStore()
    items = prepare(data_of("coreference"), store, seed=1).splits["train"]
    lengths = np.diff(store.starts)
    assert lengths.max() < 8, "no document is encoded whole"
    assert items.second is not None
    assert items.first[0].tolist() == [0, 2]
    start = len(sentence(0))
    assert items.second[0].tolist() == [start, start + 1]
    # a document is what is resampled, a sentence what batches are made of
    assert items.examples.tolist() == list(range(30))
    assert items.sentences.tolist() == [2 * number + 2 for number in range(30)]


def test_a_split_without_targets_is_refused() -> None:
    data = data_of("pos")
    empty = {**data.splits, "validation": (Example(words=("one",), targets=()),)}
    with pytest.raises(InputError, match="pos: the validation split has no targets"):
        prepare(TaskData(data.task, empty, {}, {}), SentenceStore(), seed=1)


# ----------------------------------------------------------------------------- features


def test_features_are_those_of_the_trace(
    vocabulary: Vocabulary, toy: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SentenceStore()
    for number in range(9):
        store.add((*sentence(number), VANISHES, "end"), None)
    network = model.own(model.build(toy.model, vocabulary.size, seed=3).eval())
    options = {"states": "normed", "max_tokens": 50, "max_positions": toy.model.max_positions}
    monkeypatch.setattr(features, "_SENTENCES_AT_ONCE", 4)
    aligned = [*map(vocabulary.align, store.sentences)]
    features.extract(network, aligned, tmp_path, **options)
    on_disk = features.Features.of(tmp_path, aligned)
    expected = trace(network, aligned, device="cpu", **options).encoder
    kept = np.flatnonzero(on_disk.row_of_word >= 0)
    assert len(kept) == store.starts[-1] - 9
    words = on_disk.vectors(np.stack([kept, kept + 1], axis=1))
    assert words.shape == (len(expected), len(kept), toy.model.d_model)
    for found, right in zip(words.numpy(), expected, strict=True):
        assert np.abs(found - right).max() < 2e-3 * np.abs(right).max()
    # a span is the mean of its words; what has no piece counts for nothing, or is zero alone
    length = len(sentence(0))
    spans = np.array([[0, 2], [length - 1, length + 1], [length, length + 1]])
    found = on_disk.vectors(spans)
    assert np.allclose(found[:, 0], words[:, :2].mean(1), atol=1e-6)
    assert np.allclose(found[:, 1], words[:, length - 1], atol=1e-6)
    assert not found[:, 2].any()


def test_what_float16_cannot_hold_is_an_error(
    vocabulary: Vocabulary, toy: Experiment, tmp_path: Path
) -> None:
    store = SentenceStore()
    store.add(sentence(0), None)
    network = model.own(model.build(toy.model, vocabulary.size, seed=3).eval())
    network.model.get_input_embeddings().weight.data *= 1e8
    with pytest.raises(JobError, match=r"layer 0 .* too large"):
        features.extract(
            network,
            [*map(vocabulary.align, store.sentences)],
            tmp_path,
            states="raw",
            max_tokens=50,
            max_positions=32,
        )


# ----------------------------------------------------------------------------- in a run


@pytest.fixture(scope="module")
def finished(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    """A run whose four encoders were probed for five small tasks; not to be changed."""
    lottery = toy.lottery.model_copy(update={"replicates": 1, "levels": 1})
    settings = Probing(suite="grammar", seeds=2, max_updates=20, resamples=200, codelength=True)
    experiment = toy.model_copy(update={"lottery": lottery, "probing": settings})
    bench = Bench.of(tmp_path_factory.mktemp("probing"), experiment)
    bench.run.corpus.symlink_to(toy_corpus.model_file.parent)
    for number, label in enumerate(bench.panel.labels):
        store_untrained(bench, label, number, {})
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(probe_data, "_suite", suite)
        assert STEP.prepare(bench)
        assert probe_all(bench)
    return bench


def suite(_experiment: Experiment) -> dict[str, TaskData | Absent]:
    return {**{name: data_of(name) for name in MAKERS}, "ccg": Absent(TASKS["ccg"], "no folder")}


def probe_all(bench: Bench) -> bool:
    return sum(STEP.do(label, bench) for label in STEP.subjects(bench)) > 0


@pytest.fixture
def bench(finished: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A copy of it that may be changed."""
    shutil.copytree(finished.run.root, tmp_path / "copy", symlinks=True)
    monkeypatch.setattr(probe_data, "_suite", suite)
    return Bench.of(tmp_path / "copy", finished.study)


def with_probing(bench: Bench, **settings: Any) -> Bench:
    """The same run with other settings of its probes."""
    changed = bench.study.probing.model_copy(update=settings)
    experiment = bench.study.model_copy(update={"probing": changed})
    return Bench.of(bench.run.root, experiment)


def frame_of(bench: Bench) -> pd.DataFrame:
    return pd.DataFrame(STEP.rows(bench)["probes"], columns=["level_id", *PROBES.names])


def test_the_table_has_every_task_layer_and_baseline(finished: Bench) -> None:
    frame = frame_of(finished)
    experiment, levels = finished.study, probed(finished)
    assert [str(level) for level in levels] == [
        "replicate-0/dense/level-00",
        *(f"replicate-0/{arm}/level-01" for arm in experiment.lottery.arms),
    ]
    num_layers = experiment.model.encoder_layers + 1
    test = frame[(frame.split == "test") & (frame.probe == "linear") & frame.seed.isna()]
    assert len(test) == len(levels) * len(MAKERS) * num_layers
    for column in ("value", "lower", "upper", "majority", "majority_by_word", "random_encoder"):
        assert test[column].notna().all(), column
    baselines = test[["random_encoder", "majority", "majority_by_word"]].astype(float)
    assert list(test.not_above.isna()) == list(test.value > baselines.max(axis=1))
    not_above = test.not_above.dropna()
    assert list(not_above) == list(baselines.loc[not_above.index].idxmax(axis=1))
    assert 0 < len(not_above) < len(test)
    assert (test.lower <= test.value + 1e-12).all()
    assert (test.value <= test.upper + 1e-12).all()
    assert test[test.task == "pos"].selectivity.notna().all()
    assert test[test.task != "pos"].selectivity.isna().all()
    seeds = frame[(frame.split == "test") & (frame.probe == "linear") & frame.seed.notna()]
    means = seeds.groupby(["level_id", "task", "layer"]).value.mean()
    ours = test.set_index(["level_id", "task", "layer"]).value
    assert np.allclose(means[ours.index].astype(float), ours.astype(float))
    best = frame[frame.probe == "best"]
    assert len(best[best.task.notna()]) == len(levels) * len(MAKERS)
    validation = frame[frame.split == "validation"]
    for row in best[best.task.notna()].itertuples():
        of_task = validation[(validation.level_id == row.level_id) & (validation.task == row.task)]
        assert row.layer == of_task.layer.iloc[int(np.argmax(of_task.value.to_numpy()))]
    centres = frame[frame.metric == "centre_of_gravity"]
    assert centres.value.between(0, num_layers - 1).all()
    keys = ["level_id", "task"]
    of_mean = centres[centres.seed.isna()].set_index(keys).sort_index()
    of_seeds = centres[centres.seed.notna()].groupby(keys).value
    assert np.allclose(of_mean.value.astype(float), of_seeds.mean().astype(float))
    assert list(of_mean.lower.notna()) == list(of_seeds.nunique() > 1)
    assert (of_mean.lower.dropna() <= of_mean.value[of_mean.lower.notna()]).all()
    bits = frame[frame.metric == "codelength_bits"]
    assert set(bits.task) == set(MAKERS) - {"event_factuality"}
    groups = frame[frame.task.isna()]
    assert set(groups.metric) == {"relative_change_dense", "relative_change_control"}
    view = STEP.view(finished, 0)
    assert view["absent"] == {"ccg": "no folder"}
    assert view["tasks"]["pos"]["num_targets"]["train"] == sum(len(sentence(i)) for i in range(30))


def test_how_single_probes_stopped_is_kept_and_those_cut_off_are_counted(
    finished: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    frame = frame_of(finished)
    single = frame[(frame.split == "test") & frame.seed.notna()]
    assert set(single.probe) == {"linear", "mix"}
    assert set(single.stopped) == {"capped"}
    assert set(single.num_updates) == {20}
    assert frame[frame.seed.isna()].stopped.isna().all()
    view = STEP.view(finished, 0)
    num_encoders, num_layers = len(STEP.subjects(finished)), frame.layer.nunique()
    per_layer = 5 + 1 + 4 * (len(FRACTIONS) - 1)  # tasks, the control task, codelengths
    most = num_encoders * 2 * (num_layers * per_layer + 5)
    assert most / 2 < view["num_probes"] <= most, "of few sentences some blocks are one"
    assert view["num_capped"] == view["num_probes"]
    assert "were cut off before they had learned" in caplog.text
    assert f"{view['num_capped']:,} of {view['num_probes']:,}" in caplog.text


def test_differences_are_paired_and_to_the_right_others(finished: Bench) -> None:
    frame = frame_of(finished)
    layer = frame[(frame.probe == "linear") & (frame.split == "test") & frame.seed.isna()]
    layer = layer[(layer.task == "pos") & (layer.layer == 1)]
    layer = layer.set_index(layer.level_id.map(str))
    dense = layer.loc["replicate-0/dense/level-00"]
    ours = layer.loc["replicate-0/lr_rewinding/level-01"]
    control = layer.loc["replicate-0/dense_continued/level-01"]
    assert pd.isna(dense.difference_dense)
    assert ours.difference_dense == pytest.approx(ours.value - dense.value)
    assert ours.difference_control == pytest.approx(ours.value - control.value)
    assert pd.isna(control.difference_control)
    assert ours.difference_control_lower <= ours.difference_control <= ours.difference_control_upper
    best = frame[(frame.probe == "best") & frame.task.notna()]
    arms = best[best.p_below_control_holm.notna()].level_id.map(lambda level: level.arm)
    assert set(arms) == {"lr_rewinding"}


def test_probes_are_trained_once_and_features_do_not_stay(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(bench.run.features.iterdir())
    asked: list[str] = []
    extract, probe = encoders.extract, encoders.probe

    def watched(*arguments: Any, **options: Any) -> None:
        asked.append("extract")
        extract(*arguments, **options)

    def probe_watched(vectors: Any, task: Any, *rest: Any) -> Any:
        asked.append(task.id)
        return probe(vectors, task, *rest)

    monkeypatch.setattr(encoders, "extract", watched)
    monkeypatch.setattr(encoders, "probe", probe_watched)
    assert not probe_all(bench)
    assert asked == []
    result = bench.results.place(result_of("pos"), LevelId(0, "lr_rewinding", 1))
    before = result.read_bytes()
    result.unlink()
    assert probe_all(bench)
    assert asked == ["extract", "pos"]
    assert result.read_bytes() == before
    asked.clear()
    monkeypatch.setattr(Probes, "version", Probes.version + 1)
    STEP.do(dense_of(0), bench)
    assert asked == ["extract", *(task.id for task in probe_data.load(bench.run).tasks)]


def test_data_are_prepared_once_and_again_for_other_limits(bench: Bench) -> None:
    before = (bench.run.probing / "index.json").stat().st_mtime_ns
    assert not STEP.prepare(bench)
    assert (bench.run.probing / "index.json").stat().st_mtime_ns == before
    assert STEP.prepare(with_probing(bench, max_train=10))
    assert (bench.run.probing / "index.json").stat().st_mtime_ns != before
    stored = probe_data.load(bench.run)
    store = SentenceStore()
    seed = bench.study.probing.seed
    right = [prepare(data_of(task.id), store, seed) for task in stored.tasks]
    assert stored.sentences() == store.sentences
    for task, items in zip(stored.tasks, right, strict=True):
        found = stored.items(task)
        assert found.labels == items.labels
        for split, data in items.splits.items():
            for name in ("first", "second", "gold", "examples", "sentences", "control"):
                ours, theirs = getattr(found.splits[split], name), getattr(data, name)
                assert (ours is None and theirs is None) or np.array_equal(ours, theirs)


def test_a_kill_while_features_are_deleted_leaves_nothing_that_looks_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.results.place(result_of("pos"), dense_of(0)).unlink()
    remove = shutil.rmtree

    def killed(folder: Path, ignore_errors: bool = False) -> None:
        if ignore_errors:  # before anything is extracted
            return remove(folder, ignore_errors=True)
        (folder / "1.npy").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        STEP.do(dense_of(0), bench)
    assert all(PARTIAL in path.name for path in bench.run.features.iterdir())


@pytest.mark.parametrize("name", ["index.json", "0.npy"])
def test_features_that_a_kill_left_damaged_are_made_again(
    name: str,
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    result = bench.results.place(result_of("pos"), dense_of(0))
    before = result.read_bytes()
    result.unlink()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(encoders, "probe", killed)
        with pytest.raises(KeyboardInterrupt):
            STEP.do(dense_of(0), bench)
    [folder] = bench.run.features.iterdir()
    victim = bytearray((folder / name).read_bytes())
    victim[-2] ^= 1  # of a vector, or of the seal
    (folder / name).write_bytes(victim)
    STEP.do(dense_of(0), bench)
    assert result.read_bytes() == before
    assert f"{name}: truncated or altered" in caplog.text


@pytest.mark.parametrize("name", ["index.json", "sentences.safetensors", "pos.safetensors"])
def test_damaged_data_are_named_and_prepared_again(
    name: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    victim = bench.run.probing / name
    right = victim.read_bytes()
    content = bytearray(right)
    content[-10] ^= 1
    victim.write_bytes(content)

    def read() -> None:
        stored = probe_data.load(bench.run)
        stored.sentences()
        stored.items(TASKS["pos"])

    with pytest.raises(JobError, match=f"{name}: truncated or altered"):
        read()
    STEP.prepare(bench)
    assert f"{name}: truncated or altered" in caplog.text
    assert victim.read_bytes() == right


def test_what_failed_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.results.place(result_of("pos"), dense_of(0)).unlink()

    def fail(*_: Any) -> None:
        raise InputError("features of layer 1: too large")

    monkeypatch.setattr(encoders, "probe", fail)
    with pytest.raises(JobError, match=r"probes of pos on replicate-0/dense/level-00: features of"):
        STEP.do(dense_of(0), bench)


@pytest.mark.parametrize("array", [np.arange(24.0).reshape(2, 3, 4), np.array([[0.5, -1e9]])])
def test_packed_arrays_come_back(array: np.ndarray) -> None:
    stored = json.loads(json.dumps(packed_array(array)))
    assert np.array_equal(unpacked_array(stored), array)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"suite": "real", "data": "nowhere"}, "probing.data: nowhere: no such folder"),
        ({"suite": "grammar", "tasks": ("tags",)}, "probing.tasks: tags: no such task"),
        ({"suite": "grammar", "levels": (99,)}, "probing.levels: 99, but the last level is"),
        (
            {"suite": "grammar", "arms": ("lr_rewindin",)},
            "lr_rewindin: no such arm here; did",
        ),
    ],
)
def test_settings_that_cannot_be_done_are_refused_at_once(
    settings: dict[str, Any], said: str, toy: Experiment, toy_corpus: EncodedCorpus
) -> None:
    with pytest.raises(InputError, match=said):
        STEP.check(toy.model_copy(update={"probing": Probing(**settings)}), toy_corpus)


def test_the_estimate_grows_with_what_is_asked(finished: Bench) -> None:
    data = probe_data.load(finished.run)

    def seconds(**settings: Any) -> float:
        return encoders._seconds(data, with_probing(finished, **settings))

    assert seconds() > 0
    assert seconds(seeds=4) == pytest.approx(2 * seconds())
    assert seconds(mix=False) < seconds()
    assert seconds(hidden=100) > seconds()
    shape = finished.panel.largest
    assert features.feature_bytes(10, shape) == 10 * (shape.encoder_layers + 1) * shape.width * 2


def test_of_a_group_it_is_the_mean_score_whose_change_is_relative(finished: Bench) -> None:
    frame = frame_of(finished)
    level = LevelId(0, "lr_rewinding", 1)
    best = frame[(frame.probe == "best") & frame.task.notna()].set_index("task")
    ours, dense = best[best.level_id == level].value, best[best.level_id == dense_of(0)].value
    groups = frame[frame.task.isna() & (frame.level_id == level)]
    found = groups[groups.metric == "relative_change_dense"].set_index("group").value
    members = {
        "morphology": ["pos", "ner"],
        "syntax": ["dependency_prediction"],
        "semantics": ["event_factuality", "coreference"],
        "all": list(MAKERS),
    }
    for group, tasks in members.items():
        change = ours[tasks].mean() / dense[tasks].mean() - 1
        assert found[group] == pytest.approx(change)
    assert "syntax_without_dependencies" not in found


def test_p_values_below_the_control_are_adjusted_for_all_tasks_and_levels(finished: Bench) -> None:
    table = probe_tables._Rows(probed(finished), finished)
    level, control = LevelId(0, "lr_rewinding", 1), LevelId(0, "dense_continued", 1)
    raw = {}
    for task in table._data.tasks:
        ours, theirs = table._probed(task, level), table._probed(task, control)
        difference = statistics.difference(ours.at(ours.best), theirs.at(theirs.best))
        raw[task.id] = float(p_below_zero(difference.resampled))
    adjusted = statistics.holm(list(raw.values()))
    assert table._holm() == {
        (task, level): p for task, p in zip(raw, adjusted.tolist(), strict=True)
    }


def test_which_levels_are_probed(toy: Experiment) -> None:
    def levels(**settings: Any) -> set[int]:
        changed = toy.model_copy(update={"probing": Probing(**settings)})
        return {label.level for label in probed(Bench.of(Path("unused"), changed))}

    assert levels() == set()
    assert levels(suite="grammar") == set(range(toy.lottery.levels + 1))
    assert levels(suite="grammar", levels=(2,)) == {0, 2}
