"""CKA of words of one class: which words are of which class, the figures, and what is left out."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ticketscope.annotation.examples import Example
from ticketscope.annotation.tasks import TASKS, Target
from ticketscope.config import Experiment, GrammarCorpus, Lottery
from ticketscope.config import WordClasses as Settings
from ticketscope.corpus import grammar
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.prepare import prepare
from ticketscope.measures import similarity_table
from ticketscope.measures.bounds import BOUNDS
from ticketscope.measures.resampling import jackknife
from ticketscope.networks.network import Network
from ticketscope.networks.trace import Trace
from ticketscope.probing import prepared
from ticketscope.probing.suites import TaskData
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.word_classes import classed_words
from ticketscope.steps.word_classes import measure as measuring
from ticketscope.steps.word_classes.step import WordClasses
from ticketscope.text.words import RawSentence

NUM_SENTENCES, NUM_LAYERS, WIDTH = 60, 2, 5
LABELS = ("noun", "verb", None, "noun", "rare")
"""Of the five words of every sentence; only the first three sentences have the rare one."""
TICKET, CONTROL = LevelId(0, "lr_rewinding", 1), LevelId(0, "dense_continued", 1)
STEP = WordClasses()


def labels_of(sentence: int) -> tuple[str | None, ...]:
    return LABELS if sentence < 3 else (*LABELS[:4], "verb")


def sample() -> classed_words.Sample:
    """Words by hand; the third has no piece, and so no vector."""
    one = RawSentence("a b c d e", ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9)))
    every = tuple(label for number in range(NUM_SENTENCES) for label in labels_of(number))
    return classed_words.Sample("by hand", (one,) * NUM_SENTENCES, {"part_of_speech": every})


WITH_VECTOR = [
    label for number in range(NUM_SENTENCES) for label in np.delete(labels_of(number), 2)
]
NOUNS = np.array([label == "noun" for label in WITH_VECTOR])


def vectors(label: LevelId) -> tuple[np.ndarray, ...]:
    """The dense model of a replicate; the ticket moves its verbs, the control all words a little,
    and both turn the space, which CKA does not see."""
    base = np.random.default_rng(label.replicate).normal(size=(len(WITH_VECTOR), WIDTH))
    rng = np.random.default_rng([*str(label).encode()])
    noise = {"dense": 0.0, "dense_continued": 0.1, "lr_rewinding": 0.1}[label.arm]
    moved = base + noise * rng.normal(size=base.shape)
    if label.arm == "lr_rewinding":
        moved[~NOUNS] += 2 * rng.normal(size=moved[~NOUNS].shape)
    if label.arm != "dense":
        moved = 3 * moved @ np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0] + 1
    return tuple((moved + layer).astype(np.float32) for layer in range(NUM_LAYERS))


def traced(network: Network, *_: object) -> Trace:
    assert network.label
    sentences, nothing = np.repeat(np.arange(NUM_SENTENCES), 4), np.zeros(0, dtype=np.int64)
    words = np.flatnonzero(np.arange(5 * NUM_SENTENCES) % 5 != 2)
    return Trace(vectors(network.label), (), sentences, nothing, words, nothing, 60, 0)


@pytest.fixture(scope="module")
def bench(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """All networks measured on words by hand; not to be changed."""
    experiment = toy.model_copy(
        update={
            "lottery": Lottery(arms=("lr_rewinding", "dense_continued"), replicates=2, levels=1),
            "word_classes": Settings(fewest_words=60),
        }
    )
    bench = Bench.of(tmp_path_factory.mktemp("classes") / "run", experiment)
    bench.run.root.mkdir()
    bench.run.corpus.symlink_to(toy_corpus.model_file.parent)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(Network, "digest", property(lambda network: str(network.label)))
        monkeypatch.setattr(measuring, "traced", traced)
        monkeypatch.setattr(measuring, "samples", lambda _: [sample()])
        monkeypatch.setattr(measuring, "_in_pieces", lambda *_: [None])
        for label in bench.panel.labels:
            STEP.do(label, bench)
    return bench


@pytest.fixture(scope="module")
def rows(bench: Bench) -> pd.DataFrame:
    return pd.DataFrame(STEP.rows(bench)["word_classes"])


def one(rows: pd.DataFrame, label: LevelId, word_class: str, measure: str, layer: int = 1) -> Any:
    of_label = rows[rows.level_id == label]
    place = (of_label.word_class == word_class) & (of_label.layer == layer)
    (found,) = of_label[place & (of_label.measure == measure)].itertuples()
    return found


# ----------------------------------------------------------------------------- figures


@pytest.mark.parametrize("measure", ["cka", "cka_debiased"])
@pytest.mark.parametrize("word_class", ["noun", "verb"])
def test_a_class_has_the_similarity_of_its_words_alone(
    rows: pd.DataFrame, word_class: str, measure: str
) -> None:
    of_class = np.array([label == word_class for label in WITH_VECTOR])
    ticket, dense = (vectors(label)[1][of_class] for label in (TICKET, dense_of(0)))
    expected = similarity_table({"a": ticket, "b": dense}).query(
        f"a == 'a' & measure == '{measure}'"
    )
    found = one(rows, TICKET, word_class, measure)
    assert found.value == pytest.approx(expected.value.item(), abs=1e-9)
    assert found.num_words == of_class.sum()
    assert (found.other_arm, found.other_replicate, found.other_level) == ("dense", 0, 0)
    assert found.lower < found.value < found.upper


def test_only_the_class_that_moved_is_seen_to_move(rows: pd.DataFrame) -> None:
    nouns, verbs = (one(rows, TICKET, name, "cka_debiased") for name in ("noun", "verb"))
    assert nouns.value > 0.97
    assert verbs.value < 0.5
    assert verbs.difference_control_upper < 0 < nouns.difference_control_upper
    assert one(rows, TICKET, "verb", "cka").floor > 0
    assert verbs.floor == 0


def test_the_difference_to_the_control_leaves_the_same_blocks_out_of_both(
    rows: pd.DataFrame,
) -> None:
    ticket, control = (one(rows, label, "verb", "cka") for label in (TICKET, CONTROL))
    assert ticket.difference_control == pytest.approx(ticket.value - control.value, abs=1e-12)
    assert np.isnan(control.difference_control)
    of_verbs = np.array([label == "verb" for label in WITH_VECTOR])
    sentences = np.repeat(np.arange(NUM_SENTENCES), 4)

    def cka(label: LevelId, kept: np.ndarray) -> float:
        pair = {"a": vectors(label)[1][kept], "b": vectors(dense_of(0))[1][kept]}
        return similarity_table(pair).query("a == 'a' & measure == 'cka'").value.item()

    left_out = []
    for block in range(20):
        kept = of_verbs & (sentences * 20 // NUM_SENTENCES != block)
        left_out.append(cka(TICKET, kept) - cka(CONTROL, kept))
    expected = jackknife(ticket.difference_control, left_out, BOUNDS["cka"].of_differences)
    assert ticket.difference_control_lower == pytest.approx(expected.lower, abs=1e-9)
    assert ticket.difference_control_upper == pytest.approx(expected.upper, abs=1e-9)


def test_dense_models_are_compared_with_those_of_other_seeds_alone(rows: pd.DataFrame) -> None:
    dense = rows[rows.level_id.map(lambda label: label.arm) == "dense"]
    assert len(dense)
    assert (dense.other_arm == "dense").all()
    assert (dense.other_replicate != dense.level_id.map(lambda label: label.replicate)).all()
    here, there = (one(rows, dense_of(number), "noun", "cka") for number in (0, 1))
    assert (here.value, here.lower, here.upper, here.floor) == (
        *(there.value, there.lower, there.upper, there.floor),
    ), "CKA is symmetric, and each of the two has the row"
    assert (here.other_replicate, there.other_replicate) == (1, 0)
    unrelated = dense[dense.measure == "cka_debiased"]
    assert (unrelated.lower < 0.1).all(), "the two replicates share nothing"


def test_classes_of_few_words_are_counted_and_left_out(rows: pd.DataFrame, bench: Bench) -> None:
    assert set(rows.word_class) == {"noun", "verb"}
    assert STEP.view(bench, 0) == {
        "fewest_words": 60,
        "kinds": {
            "part_of_speech": {
                "origin": "by hand",
                "num_sentences": NUM_SENTENCES,
                "num_words": 4 * NUM_SENTENCES,
                "num_measured": 2,
                "left_out": {"rare": 3},
            }
        },
    }


def test_where_no_kind_is_asked_for_there_are_no_rows(toy: Experiment, tmp_path: Path) -> None:
    none = toy.model_copy(update={"word_classes": Settings(kinds=())})
    bench = Bench.of(tmp_path, none)
    assert not STEP.is_asked(none)
    assert list(STEP.rows(bench)["word_classes"]) == []
    assert STEP.view(bench, 0) == {"fewest_words": 100, "kinds": {}}


def test_words_of_fewer_sentences_than_blocks_have_no_interval() -> None:
    assert measuring._blocks(np.repeat(np.arange(19), 4)) == []
    blocks = measuring._blocks(3 * np.arange(50))
    assert len(blocks) == 20
    assert np.concatenate(blocks).tolist() == [*range(50)]


# ----------------------------------------------------------------------------- which words


def bench_on(experiment: Experiment, corpus: EncodedCorpus, folder: Path) -> Bench:
    """A run in which nothing is done but its corpus."""
    folder.mkdir()
    (folder / "corpus").symlink_to(corpus.model_file.parent)
    return Bench.of(folder, experiment)


def test_a_word_is_as_frequent_as_it_is_in_training(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path
) -> None:
    (found,) = classed_words.samples(bench_on(toy, toy_corpus, tmp_path / "run"))
    train = Path(toy.corpus.path, "train.en").read_text(encoding="utf-8")  # type: ignore[union-attr]
    counts = Counter(train.replace(".", " .").split())
    held_out = " ".join(toy_corpus.text("validation").source).replace(".", " .").split()
    assert found.classes["frequency"] == tuple(
        classed_words.frequency_class(counts[word], counts.total()) for word in held_out
    )
    assert len(held_out) == sum(len(one.spans) for one in found.sentences)


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [
        (0, 10, "unseen"),
        (1, 1_000_000, "under 10 per million"),
        (10, 1_000_000, "10 to 100 per million"),
        (99, 1_000_000, "10 to 100 per million"),
        (1, 10_000, "100 to 1,000 per million"),
        (999, 100_000, "1,000 to 10,000 per million"),
        (1, 100, "10,000 per million and more"),
    ],
)
def test_bands_of_frequency(count: int, total: int, expected: str) -> None:
    assert classed_words.frequency_class(count, total) == expected


def test_words_are_letters_and_digits_and_single_marks() -> None:
    assert classed_words.words_in("The dog's 2½ “Straßen”!") == [
        *("the", "dog", "'", "s", "21⁄2", "“", "strassen", "”", "!")
    ]


def test_a_corpus_of_the_grammar_annotates_itself(toy: Experiment, tmp_path: Path) -> None:
    settings = GrammarCorpus(num_train=200, num_validation=20, num_test=5, seed=4)
    experiment = toy.model_copy(update={"corpus": settings})
    prepare(experiment, tmp_path / "corpus", lambda _: None)
    corpus = EncodedCorpus(tmp_path / "corpus")
    bench = bench_on(experiment, corpus, tmp_path / "run")
    by_frequency, annotated = classed_words.samples(bench)
    gold = [pair.gold for pair in grammar.aligned_pairs("validation", 20, 4)]
    assert [*annotated.classes["dependency"]] == [name for g in gold for name in g.relations or ()]
    assert annotated.classes["part_of_speech"][: len(gold[0].words)] == gold[0].xpos
    num_words = sum(len(one.spans) for one in annotated.sentences)
    assert {len(classes) for classes in annotated.classes.values()} == {num_words}
    assert set(by_frequency.classes) == {"frequency"}
    other_seed = {"corpus": settings.model_copy(update={"seed": 5})}
    other = bench_on(experiment.model_copy(update=other_seed), corpus, tmp_path / "other")
    assert len(classed_words.samples(other)) == 1, "another grammar made this corpus"
    same, changed = classed_words.identity(bench), classed_words.identity(other)
    assert {name for name in same if same[name] != changed[name]} == {"gold"}


def test_other_corpora_have_the_classes_of_the_probes_gold_data() -> None:
    store = prepared.SentenceStore()
    examples = {
        split: tuple(
            Example(
                words=(split, "two", word),
                targets=(Target((0, 1), None, "X"), Target((2, 3), None, f"is {word}")),
            )
            for word in ("one", "red", "red")
        )
        for split in ("train", "validation", "test")
    }
    data = TaskData(TASKS["pos"], examples, dict.fromkeys(examples, 3), {})  # type: ignore[arg-type]
    items = prepared.prepare(data, store, seed=1)
    kept = SimpleNamespace(
        sentences=lambda: store.sentences, items=lambda _: items, tasks=(TASKS["pos"],)
    )
    found = classed_words._probed(kept, ["part_of_speech", "dependency"])  # type: ignore[arg-type]
    assert set(found.classes) == {"part_of_speech"}, "no data tell the others"
    assert found.classes["part_of_speech"] == ("X", None, "is one", "X", None, "is red")
    assert len(found.sentences) == 2, "test sentences alone, each once"
