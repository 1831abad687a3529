"""Similarity, neurons and complexity of tickets: which pairs, which figures, redone when."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ticketscope.config import Experiment, Representations
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.measures import complexity, similarity_table
from ticketscope.measures.similarity import MEASURES
from ticketscope.results import representations
from ticketscope.store import LevelId, Run, dense_of
from ticketscope.trace import Trace

NUM_SENTENCES, NUM_LAYERS, WIDTH = 60, 3, 5
LEVELS = [
    dense_of(0),
    dense_of(1),
    *(LevelId(0, arm, level) for level in (1, 2) for arm in ("lr_rewinding", "dense_continued")),
    LevelId(0, "random_pruning", 1),
]
OWN = [level for level in LEVELS if level.replicate == 0]


def traced(level: LevelId) -> Trace:
    """Three words a sentence; each ticket a noisy turn of the same words."""
    words = np.random.default_rng(0).normal(size=(3 * NUM_SENTENCES, WIDTH))
    rng = np.random.default_rng([*str(level).encode()])
    layers = tuple(
        (words + (0.1 + 0.3 * number) * rng.normal(size=words.shape)).astype(np.float32)
        for number in range(NUM_LAYERS)
    )
    sentences = np.repeat(np.arange(NUM_SENTENCES), 3)
    return Trace(layers, (), sentences, np.zeros(0, dtype=np.int64), 2, 1)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy: Experiment) -> Run:
    run = Run(tmp_path / "run")
    run.root.mkdir()
    monkeypatch.setattr(representations, "_traced", lambda _run, level, *_: traced(level))
    monkeypatch.setattr(representations, "held_out_sentences", lambda *_: ([], None))
    monkeypatch.setattr(representations, "EncodedCorpus", lambda _: None)
    monkeypatch.setattr(
        "ticketscope.store.LevelFolder.digest", lambda folder: str(folder.path.name)
    )
    representations.measure_replicate(run.root, 0, LEVELS, toy)
    return run


def table(rows: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows)  # type: ignore[call-overload]
    return frame.assign(this=frame.level_id.map(str))


def test_pairs_are_those_of_the_architecture(run: Run) -> None:
    rows = table(representations.similarity_rows(run, OWN))
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
    for control in (
        (0, "dense_continued", 1),
        (0, "dense_continued", 2),
        (0, "random_pruning", 1),
    ):
        for i in layers:
            for j in layers:
                expected |= {(LevelId(*control), i, dense, j), (LevelId(*dense), i, control, j)}
    expected |= {(LevelId(*dense), i, (1, "dense", 0), j) for i in layers for j in layers}
    assert pairs == expected


def test_figures_are_those_of_the_public_function(run: Run) -> None:
    rows = table(representations.similarity_rows(run, OWN))
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


def test_the_same_layer_of_the_dense_model_has_an_interval_around_the_value(run: Run) -> None:
    rows = table(representations.similarity_rows(run, OWN))
    with_interval = rows[rows.lower.notna()]
    assert (with_interval.lower < with_interval.value).all()
    assert (with_interval.value < with_interval.upper).all()
    assert (with_interval.layer == with_interval.other_layer).all()
    dense_side = (with_interval.other_arm == "dense") | with_interval.this.str.contains("dense/")
    assert dense_side.all()
    assert len(with_interval) == NUM_LAYERS * len(MEASURES) * (2 * 5 + 1)


def test_localization_is_maxcorr_minus_svcca_over_all_others(run: Run) -> None:
    rows = table(representations.similarity_rows(run, OWN))
    for level in OWN:
        for layer in range(NUM_LAYERS):
            own = rows[(rows.level_id == level) & (rows.layer == layer)]
            mean = own.groupby("measure").value.mean()
            assert mean["localization"] == pytest.approx(mean["maxcorr"] - mean["svcca"])


def test_neurons_of_the_same_layer_and_of_layer_1_inside_a_model(run: Run) -> None:
    rows = table(representations.neurons_rows(run, OWN))
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


def test_complexity_is_that_of_the_public_function_with_intervals(run: Run) -> None:
    rows = table(representations.complexity_rows(run, OWN))
    assert set(rows.level_id) == set(OWN), "the other replicate tells its own"
    level = LevelId(0, "random_pruning", 1)
    expected = complexity(traced(level).encoder[2])
    found = rows[(rows.level_id == level) & (rows.layer == 2)].set_index("measure")
    assert set(found.index) == set(expected)
    for measure, value in expected.items():
        assert found.value[measure] == pytest.approx(value, rel=1e-9)
    ratio = found.loc["participation_ratio"]
    assert ratio.lower < ratio.value < ratio.upper + 0.3
    assert np.isnan(found.lower["two_nn"])


def test_it_is_measured_once_and_again_for_another_ticket(
    run: Run, toy: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[LevelId] = []

    def trace(_run: Run, level: LevelId, *_: object) -> Trace:
        asked.append(level)
        return traced(level)

    monkeypatch.setattr(representations, "_traced", trace)
    representations.measure_replicate(run.root, 0, LEVELS, toy)
    assert asked == []
    representations.measure_replicate(run.root, 0, LEVELS[:-1], toy)
    assert len(asked) == len(LEVELS) - 1


def test_what_was_left_out_is_counted(run: Run) -> None:
    assert representations.view(run, OWN) == {
        "replicates": [
            {"num_sentences": 0, "num_words": 180, "num_without_piece": 2, "num_windowed": 1}
        ]
    }


# ----------------------------------------------------------------------------- which words


def test_words_come_from_held_out_sets_and_files(toy_corpus: EncodedCorpus, tmp_path: Path) -> None:
    both = Representations(sentences=("validation", "test"), decoder=True)
    sources, targets = representations.held_out_sentences(toy_corpus, both)
    texts = [toy_corpus.text(name) for name in ("validation", "test")]
    assert [each.text for each in sources] == [line for text in texts for line in text.source]
    assert targets is not None
    assert [each.text for each in targets] == [line for text in texts for line in text.target]

    path = tmp_path / "lines.txt"
    path.write_text("One two three .\n\nFour.\n", encoding="utf-8")
    sources, targets = representations.held_out_sentences(
        toy_corpus, Representations(sentences=(str(path),))
    )
    assert [len(each.spans) for each in sources] == [4, 1]
    assert targets is None


def test_no_more_words_than_asked_but_whole_sentences(toy_corpus: EncodedCorpus) -> None:
    sources, _ = representations.held_out_sentences(toy_corpus, Representations(num_words=12))
    lengths = [len(each.spans) for each in sources]
    assert sum(lengths) >= 12 > sum(lengths[:-1])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Representations(sentences=("dev",)), r"dev is neither a held-out set \(validation, test"),
        (Representations(sentences=(__file__,), decoder=True), "has no translations"),
    ],
)
def test_what_cannot_be_read_is_refused(
    toy_corpus: EncodedCorpus, settings: Representations, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        representations.check_sentences(toy_corpus, settings)
