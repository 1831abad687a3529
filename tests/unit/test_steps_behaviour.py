"""What tickets make of minimal pairs, slices of test sets and casualties, and what redoes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from ticketscope.config import Behaviour as Settings
from ticketscope.config import Damage, Experiment, GrammarCorpus, Lottery
from ticketscope.corpus import grammar
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.grammar import Contrast
from ticketscope.corpus.prepare import prepare
from ticketscope.files import read_json, write_json
from ticketscope.measures.proportions import paired_difference, wilson
from ticketscope.measures.translation_scores import (
    loss_statistics,
    sentence_scores,
    sentence_statistics,
)
from ticketscope.networks import model
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.preference import log_probabilities
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.behaviour import casualties, slices
from ticketscope.steps.behaviour.step import Behaviour
from ticketscope.steps.bench import Bench
from ticketscope.steps.results import read_result
from ticketscope.tables.behaviour import BEHAVIOUR, BROKEN, BROKEN_SENTENCES
from ticketscope.tables.table import SPARSITIES
from ticketscope.text.vocabulary import Vocabulary

DENSE, TICKET, CONTROL, RANDOM = (
    dense_of(0),
    *(LevelId(0, arm, 1) for arm in ("lr_rewinding", "dense_continued", "random_pruning")),
)
STEP = Behaviour()
ARMS = ("lr_rewinding", "dense_continued", "random_pruning")


@pytest.fixture(scope="module")
def experiment(toy: Experiment) -> Experiment:
    update = {"lottery": Lottery(levels=1, arms=ARMS), "damage": Damage(sentences=0)}
    return toy.model_copy(update=update)


def asking(experiment: Experiment, own: Path | str) -> Experiment:
    return experiment.model_copy(update={"behaviour": Settings(contrasts=str(own))})


def keep(path: Path, result: Any) -> None:
    write_json(path, {"about": {"identity": ""}, "result": result})


# ----------------------------------------------------------------------------- minimal pairs


def test_a_ticket_is_asked_once_and_again_only_when_something_changed(
    encoded_run: Run, experiment: Experiment, tmp_path: Path
) -> None:
    own = tmp_path / "pairs.tsv"
    own.write_text("x\tone two\tzwei eins\teins\nx\tred\trot\tblau\n", encoding="utf-8")
    folder = encoded_run.level(TICKET)
    vocabulary = Vocabulary(EncodedCorpus(encoded_run.corpus).model_file, "pre")
    model.save(model.build(experiment.model, 80, seed=5), folder.ticket, {"max_length": 20})
    vocabulary.save_tokenizer(folder.ticket)
    folder.mark_done({})

    def ask(own: Path) -> bool:
        bench = Bench.of(encoded_run.root, asking(experiment, own))
        STEP.prepare(bench)
        return STEP.do(TICKET, bench)

    assert ask(own)
    result = encoded_run.analysis(STEP.name, TICKET)
    encode = vocabulary.encode
    expected = log_probabilities(
        model.own(ModelFolder(folder.ticket).network()),
        encode(["one two", "red"]),
        encode(["zwei eins", "rot"]),
        encode(["eins", "blau"]),
        max_tokens=256,
        device="cpu",
    )
    assert read_result(result) == {"own": expected.tolist()}

    moved = tmp_path / "moved.tsv"
    moved.write_bytes(own.read_bytes())
    assert not ask(moved), "the content counts, not the place"

    own.write_text("x\tone two\tzwei eins\tzwei\n", encoding="utf-8")
    assert ask(own)
    assert not ask(own)
    folder.masks.write_text("another ticket")
    folder.mark_done({})
    assert ask(own)


def test_accuracy_counts_the_likelier_and_no_ties(encoded_run: Run, experiment: Experiment) -> None:
    bench = Bench.of(encoded_run.root, asking(experiment, "pairs.tsv"))
    pairs = [Contrast("s", "r", "w", phenomenon) for phenomenon in ("b", "a", "b", "b")]
    keep(encoded_run.contrasts, {"own": pairs})
    answers = {
        DENSE: [(-1, -2), (-1, -2), (-3, -4), (-1, -9)],
        TICKET: [(-2, -1), (-1, -2), (-3, -3), (-9, -1)],  # the third is a tie
        CONTROL: [(-1, -2), (-1, -2), (-3, -4), (-9, -1)],
        RANDOM: [(-9, -1)] * 4,
    }
    for level, both in answers.items():
        keep(encoded_run.analysis(STEP.name, level), {"own": both})
        keep(encoded_run.analysis("quality", level), {"test_sets": measured(bench.held_out, {})})
    rows = pd.DataFrame(STEP.rows(bench)["behaviour"])
    table = rows[rows.bucket_kind == "phenomenon"].reindex(columns=["level_id", *BEHAVIOUR.names])
    assert list(dict.fromkeys(table.bucket)) == ["", "b", "a"]
    assert set(table.test_set) == {"own"}
    cells = table.set_index(["level_id", "bucket", "metric"])
    row = cells.loc[(TICKET, "b", "accuracy")]
    assert (row.value, row.num_sentences) == (0.0, 3)
    assert (row.lower, row.upper) == (wilson(0, 3).lower, wilson(0, 3).upper)
    assert row.difference_dense == -1.0
    assert row.difference_control == pytest.approx(-2 / 3)
    right = [np.array(x) for x in ([False] * 3, [True, True, False])]
    ends = paired_difference(*right)
    assert (row.difference_control_lower, row.difference_control_upper) == (ends.lower, ends.upper)
    assert cells.loc[(TICKET, "b", "tied")].value == pytest.approx(1 / 3)
    assert cells.loc[(TICKET, "", "accuracy")].value == 0.25
    assert cells.loc[(CONTROL, "b", "accuracy")].difference_dense == pytest.approx(-1 / 3)
    assert np.isnan(cells.loc[(CONTROL, "b", "accuracy")].difference_control)
    assert np.isnan(cells.loc[(DENSE, "b", "accuracy")].difference_dense)


# ----------------------------------------------------------------------------- slices


@given(st.lists(st.integers(0, 50), min_size=1), st.sets(st.integers(0, 60), min_size=1))
def test_bins_part_the_sentences(values: list[int], ends: set[int]) -> None:
    found = list(slices._binned("length", np.array(values), np.array(sorted(ends))))
    places = np.concatenate([bucket.places for bucket in found])
    assert sorted(places) == list(range(len(values)))
    for bucket in found:
        words = bucket.name.split()
        low = int(words[0]) if words[0] != "up" else 0
        high = int(words[-1]) if words[-1] != "more" else 10**9
        assert all(low <= values[place] <= high for place in bucket.places)


def test_lengths_are_words_or_characters_where_no_blank_parts_words() -> None:
    assert slices.lengths_of(["a dog runs", ""], "en").tolist() == [3, 0]
    assert slices.lengths_of(["一只狗跑。", "我们去北京"], "zh_CN").tolist() == [4, 5]


def test_slices_by_length_and_by_the_rarest_piece(
    toy_corpus: EncodedCorpus, experiment: Experiment, encoded_run: Run
) -> None:
    training = toy_corpus.split("train")
    counts = np.zeros(80, dtype=int)
    for place in range(len(training)):
        np.add.at(counts, training.source(place), 1)
    found = training.source_piece_counts(80)
    assert found.tolist() == counts.tolist()
    buckets = slices.buckets(Bench.of(encoded_run.root, experiment), "test")
    assert {bucket.kind for bucket in buckets} == {"length", "rarity"}
    sources, split = toy_corpus.text("test").source, toy_corpus.split("test")
    for kind in ("length", "rarity"):
        of_kind = [bucket for bucket in buckets if bucket.kind == kind]
        assert sorted(np.concatenate([bucket.places for bucket in of_kind])) == list(range(40))
    [short] = [bucket for bucket in buckets if bucket.name == "up to 5"]
    assert set(short.places) == {i for i, text in enumerate(sources) if len(text.split()) <= 5}
    rarest = next(bucket for bucket in buckets if bucket.kind == "rarity")
    most = int(rarest.name.split()[-1])
    expected = {i for i in range(40) if min(counts[split.source(i)]) <= most}
    assert set(rarest.places) == expected
    assert 10 <= len(expected) <= 30, "about a quarter"


def measured(
    corpus: EncodedCorpus, spoiled: Mapping[str, Sequence[int]]
) -> dict[str, dict[str, Any]]:
    """What the quality step would keep of a ticket that gets all right but the `spoiled`."""
    kept = {}
    for name in corpus.test_sets:
        references = corpus.text(name).target
        texts = [
            f"nein {text[:3]}" if place in spoiled.get(name, ()) else text
            for place, text in enumerate(references)
        ]
        statistics = sentence_statistics(texts, references)
        statistics["loss"] = loss_statistics(
            [1.0 + len(text) for text in texts], [2.0] * len(texts)
        )
        kept[name] = {
            "statistics": {
                metric: {"signature": stats.signature, "sentences": stats.statistics.tolist()}
                for metric, stats in statistics.items()
            },
            "translations": texts,
        }
    return kept


@pytest.fixture
def translated(encoded_run: Run, toy_corpus: EncodedCorpus, experiment: Experiment) -> Bench:
    """The dense model gets the third sentence wrong, the ticket the first four and the sixth, the
    control the sixth."""
    for level, places in ((DENSE, [2]), (TICKET, [0, 1, 2, 3, 5]), (CONTROL, [5]), (RANDOM, [])):
        spoiled = {"test": places}
        keep(encoded_run.analysis("quality", level), {"test_sets": measured(toy_corpus, spoiled)})
        folder = encoded_run.level(level)
        folder.ticket.mkdir(parents=True)
        folder.masks.write_bytes(b"")
        folder.mark_done(dict.fromkeys(SPARSITIES, 0.3 * level.level))
    return Bench.of(encoded_run.root, experiment)


def test_scores_of_slices_and_their_differences(
    translated: Bench, toy_corpus: EncodedCorpus
) -> None:
    rows = pd.DataFrame(STEP.rows(translated)["behaviour"]).reindex(
        columns=["level_id", *BEHAVIOUR.names]
    )
    assert set(rows.metric) == {"bleu", "chrf", "loss"}
    assert not rows.duplicated(["level_id", "test_set", "bucket_kind", "bucket", "metric"]).any()
    small = rows[rows.num_sentences < slices.FEWEST_SENTENCES]
    assert len(small)
    assert small[["value", "lower", "difference_dense"]].isna().all(axis=None)
    scored = rows[rows.num_sentences >= slices.FEWEST_SENTENCES]
    assert scored.value.notna().all()
    texts = toy_corpus.text("test")
    short = [i for i, text in enumerate(texts.source) if len(text.split()) <= 5]
    cells = scored[scored.bucket.eq("up to 5") & scored.test_set.eq("test")].set_index(
        ["level_id", "metric"]
    )
    ours = measured(toy_corpus, {"test": [0, 1, 2, 3, 5]})["test"]["translations"]
    chrf = CHRF().corpus_score([ours[i] for i in short], [[texts.target[i] for i in short]]).score
    row = cells.loc[(TICKET, "chrf")]
    assert row.value == pytest.approx(chrf)
    assert row.lower <= row.value <= row.upper
    dense, control = cells.loc[(DENSE, "chrf")], cells.loc[(CONTROL, "chrf")]
    assert row.difference_dense == pytest.approx(row.value - dense.value)
    assert row.difference_control == pytest.approx(row.value - control.value)
    assert row.difference_control_lower <= row.difference_control <= row.difference_control_upper
    assert np.isnan(dense.difference_dense)
    assert np.isnan(control.difference_control)


def test_sentences_of_the_grammar_are_tagged(toy: Experiment, tmp_path: Path) -> None:
    corpus = GrammarCorpus(num_train=300, num_validation=5, num_test=30, num_novel=20, seed=2)
    experiment = toy.model_copy(
        update={
            "corpus": corpus,
            "vocabulary": toy.vocabulary.model_copy(update={"size": 150}),
        }
    )
    prepare(experiment, tmp_path / "corpus", lambda _: None)
    bench = Bench.of(tmp_path, experiment)
    for name in ("test", "novel"):
        tagged = {
            bucket.name: bucket.places.tolist()
            for bucket in slices.buckets(bench, name)
            if bucket.kind == "tag"
        }
        shown = [one.tags.phenomena for one in grammar.annotations(name, 30, 2)]  # type: ignore[arg-type]
        shown = shown[: len(bench.held_out.text(name).source)]
        for phenomenon in {tag for tags in shown for tag in tags}:
            assert tagged.pop(phenomenon) == [i for i, t in enumerate(shown) if phenomenon in t]
        assert not tagged
    other = experiment.model_copy(update={"corpus": corpus.model_copy(update={"seed": 3})})
    kinds = {bucket.kind for bucket in slices.buckets(Bench.of(tmp_path, other), "test")}
    assert kinds == {"length", "rarity"}, "a grammar that draws other sentences tags none"


# ----------------------------------------------------------------------------- casualties


def test_casualties_fell_below_both(translated: Bench, toy_corpus: EncodedCorpus) -> None:
    view = STEP.view(translated, last_held=1)
    assert not view["exact"]
    broken, other = view["tickets"]
    assert (broken["test_set"], other["test_set"]) == ("test", "other")
    assert (broken["arm"], broken["level"], broken["sparsity_prunable"]) == (
        "lr_rewinding",
        1,
        0.3,
    )
    texts = toy_corpus.text("test")
    found = [one["source"] for one in broken["casualties"]]
    assert sorted(found) == sorted(texts.source[i] for i in (0, 1, 3)), "others were wrong before"
    chrfs = [one["ticket"]["chrf"] for one in broken["casualties"]]
    assert chrfs == sorted(chrfs), "the farthest fall comes first"
    [first] = [one for one in broken["casualties"] if one["source"] == texts.source[0]]
    wrong = f"nein {texts.target[0][:3]}"
    assert first["reference"] == first["dense"]["text"] == first["control"]["text"]
    assert first["ticket"] == {
        "text": wrong,
        "chrf": pytest.approx(CHRF().sentence_score(wrong, [texts.target[0]]).score),
    }
    assert broken["changes"] == {
        "ticket_from_both": {"fell": 3, "rose": 0},
        "ticket_from_dense": {"fell": 4, "rose": 0},
        "control_from_dense": {"fell": 1, "rose": 1},
    }
    assert other["casualties"] == []


def test_in_the_grammar_right_is_the_reference_to_the_letter(
    translated: Bench, experiment: Experiment
) -> None:
    path = translated.results.place("quality", TICKET)
    kept = read_json(path)["result"]
    texts = kept["test_sets"]["other"]["translations"]
    texts[4] += " "  # not 10 points of chrF, but not the same either
    right = measured(translated.held_out, {})["test"]["translations"][2]
    kept["test_sets"]["test"]["translations"][2] = right  # as the control's, so it did not rise
    keep(path, kept)
    of_grammar = experiment.model_copy(update={"corpus": GrammarCorpus()})
    view = STEP.view(Bench.of(translated.run.root, of_grammar), last_held=1)
    assert view["exact"]
    broken, other = view["tickets"]
    assert other["changes"]["ticket_from_both"] == {"fell": 1, "rose": 0}
    assert [one["ticket"]["text"] for one in other["casualties"]] == [texts[4]]
    assert broken["changes"]["control_from_dense"] == {"fell": 1, "rose": 1}
    assert broken["changes"]["ticket_from_both"] == {"fell": 3, "rose": 0}
    assert broken["changes"]["ticket_from_dense"] == {"fell": 4, "rose": 1}


def test_without_a_control_the_dense_model_alone_counts(
    translated: Bench, experiment: Experiment
) -> None:
    lottery = Lottery(levels=1, arms=("lr_rewinding",))
    alone = experiment.model_copy(update={"lottery": lottery})
    broken, _ = STEP.view(Bench.of(translated.run.root, alone), last_held=1)["tickets"]
    assert broken["changes"]["ticket_from_both"] is None
    assert broken["changes"]["control_from_dense"] is None
    assert {one["control"] for one in broken["casualties"]} == {None}
    assert len(broken["casualties"]) == 4


def test_a_source_is_shown_once_and_ten_at_the_most() -> None:
    scores = np.array([float(i) for i in range(30)])
    right = np.ones(30, dtype=bool)
    others = [casualties.System(["x"] * 30, np.full(30, 100.0), right)]
    ours = casualties.System(["y"] * 30, scores, ~right)
    sources = ["a", "a", "b", *(f"s{i}" for i in range(27))]
    found = casualties._farthest(ours, others, False, sources)
    assert found == [0, 2, *range(3, 11)]


def test_sentence_scores_are_sacrebleus() -> None:
    texts, references = ["ein Haus", "", "der Hund läuft"], ["ein Haus", "ein Tier", "ein Hund"]
    scores = sentence_scores(sentence_statistics(texts, references)["chrf"])
    expected = [
        CHRF().sentence_score(text, [reference]).score
        for text, reference in zip(texts, references, strict=True)
    ]
    assert scores == pytest.approx(expected)


def test_broken_sentences_name_their_line(translated: Bench) -> None:
    rows = list(STEP.rows(translated)["broken_sentences"])
    assert [row["line"] for row in rows if row["arm"] == "lr_rewinding"] == [1, 2, 4]
    assert {row["num_networks"] for row in rows} == {1}
    assert set(rows[0]) == {column.name for column in BROKEN_SENTENCES.own}
    of_all, *_ = rates = list(STEP.rows(translated)["broken"])
    assert (of_all["num_broken"], of_all["num_sentences"], of_all["num_networks"]) == (3, 39, 1)
    assert "chance" not in of_all, "of one network it is not known"
    assert of_all["difference_control"] == pytest.approx((4 - 1) / 39), "the third cannot fall"
    assert set().union(*rates) <= {column.name for column in BROKEN.own}
