"""Scores that others gave: how their files are read, and how they enter the tables of quality."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from panel_fixture import panel_with

from ticketscope.config import Experiment, Lottery, Scores
from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.errors import InputError
from ticketscope.files import write_json
from ticketscope.measures.resampling import resample, with_percentiles
from ticketscope.measures.translation_scores import (
    bootstrap,
    given_statistics,
    in_common,
    loss_statistics,
    num_scored,
    score,
    sentence_statistics,
)
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.steps.behaviour.slices import slice_rows
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality import to_be_scored
from ticketscope.steps.quality.step import Quality
from ticketscope.steps.scores.score_files import COLUMNS, Known, names_of, read_scores
from ticketscope.steps.scores.step import Scores as Step
from ticketscope.tables.table import SPARSITIES
from unit.given_fixture import GivenStudy

DENSE, TICKET, CONTROL = (
    dense_of(0),
    *(LevelId(0, arm, 1) for arm in ("lr_rewinding", "dense_continued")),
)
NAMES = {"0/dense/0": DENSE, "0/lr_rewinding/1": TICKET}
KNOWN = Known(NAMES, {"test": 3}, {})
HEADER = "test_set\tline\tnetwork\tmetric\tvalue\tbetter\n"
LINE = "test\t1\t0/dense/0\tcomet\t0.5\thigher\n"


def test_scores_are_read_by_network_and_test_set(tmp_path: Path) -> None:
    first, second = tmp_path / "a.tsv", tmp_path / "b.tsv"
    first.write_text(HEADER + LINE + "test\t3\t0/dense/0\tcomet\t-1e-1\t\n", encoding="utf-8")
    second.write_text(
        "metric\tvalue\ttest_set\tline\tnetwork\nerrors\t2\ttest\t2\t0/lr_rewinding/1\n",
        encoding="utf-8",
    )
    better = {"errors": "lower", "comet": "higher"}
    found = read_scores([first, second], Known(NAMES, {"test": 3}, better))
    assert found.better == better
    assert found.files == {"comet": ["a.tsv"], "errors": ["b.tsv"]}
    comet = found.values["comet", DENSE, "test"]
    assert comet.tolist() == pytest.approx([0.5, np.nan, -0.1], nan_ok=True)
    errors = found.values["errors", TICKET, "test"]
    assert errors.tolist() == pytest.approx([np.nan, 2.0, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: no column test_set, line, network, metric, value; the first line names"),
        ("test_set\tline\tnetwork\tmetric\n", "1: no column value; "),
        (HEADER.replace("better", "bettr"), "1: unknown column bettr; "),
        (HEADER.replace("better", "line"), "1: a column comes twice"),
        (HEADER, ": no score in it"),
        (HEADER + "test\t1\n", "2: 2 cells between tabs; the header has 6 columns"),
        (HEADER + LINE.replace("test\t", "tset\t"), "2: 'tset' is no test set of this run; did "),
        (HEADER + LINE.replace("0/dense/0", "dense"), "2: 'dense' is no network of this run; did "),
        (HEADER + LINE.replace("\t1\t", "\t4\t"), "2: line '4': test has lines 1 to 3"),
        (HEADER + LINE.replace("\t1\t", "\t0\t"), "2: line '0': test has lines 1 to 3"),
        (HEADER + LINE.replace("\t1\t", "\t²\t"), "2: line '²': test has lines 1 to 3"),
        (HEADER + LINE.replace("comet", "bleu"), "2: bleu is measured here; give the metric"),
        (HEADER + LINE.replace("comet", "a b"), "2: metric 'a b': a name has letters"),
        (HEADER + LINE.replace("0.5", "nan"), "2: value 'nan' is no finite number"),
        (HEADER + LINE.replace("0.5", "-inf"), "2: value '-inf' is no finite number"),
        (HEADER + LINE.replace("0.5", ""), "2: value '' is no finite number"),
        (HEADER + LINE.replace("higher", "up"), "2: better: 'up'; write higher or lower"),
        (HEADER + LINE.replace("higher", ""), "2: is a higher comet better, or a lower one? Add "),
        (HEADER + LINE + LINE.replace("0.5", "0.6"), "3: the same sentence, network and metric as"),
        (
            HEADER + LINE + LINE.replace("\t1\t", "\t2\t").replace("higher", "lower"),
            "3: here lower is better for comet, and elsewhere it is the other way round",
        ),
    ],
)
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "scores.tsv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_scores([file], KNOWN)
    message = str(error.value)
    assert message.startswith(f"{file}")
    assert told in message
    assert "\n" not in message


def test_networks_are_named_as_in_the_tables() -> None:
    study = GivenStudy(name="given", twins=2)
    assert list(names_of(study)) == [
        *("base", "1/base", "2/base", "int8", "half-the-layers", "trained-on"),
    ]
    assert names_of(study)["1/base"] == LevelId(1, "base", 0)


def test_all_networks_of_a_lottery_have_a_name(toy: Experiment) -> None:
    lottery = Lottery(replicates=2, levels=2, arms=("lr_rewinding", "dense_continued"))
    names = names_of(toy.model_copy(update={"lottery": lottery}))
    panel = panel_with(arms=lottery.arms)
    assert set(names.values()) == set(panel.labels)
    assert names["1/lr_rewinding/2"] == LevelId(1, "lr_rewinding", 2)


# ----------------------------------------------------------------------------- statistics


def test_a_given_score_is_the_mean_over_the_sentences_that_have_one() -> None:
    a = given_statistics("comet", [0.25, np.nan, 0.75, 0.5], "given")
    b = given_statistics("comet", [0.5, 0.5, np.nan, 1.0], "given")
    assert (score(a), num_scored(a)) == (0.5, 3)
    ours, others = in_common(a, b)
    assert (score(ours), score(others), num_scored(ours)) == (0.375, 0.75, 2)
    draws = resample(4, 50, 7)
    drawn = np.array([0.25, 0.0, 0.75, 0.5]) @ draws.T / ([1, 0, 1, 1] @ draws.T)
    assert bootstrap(a, draws) == pytest.approx(drawn)
    with pytest.raises(ValueError, match="finite"):
        given_statistics("comet", [np.inf], "given")


@pytest.fixture
def bench(encoded_run: Run, toy: Experiment, tmp_path: Path) -> Bench:
    """The control has all scores of both test sets, the dense network lacks the first two of the
    one, the ticket the last one, and of the other all but three."""
    corpus = Bench.of(encoded_run.root, toy).held_out
    lines = [HEADER]
    for name, label in (*NAMES.items(), ("0/dense_continued/1", CONTROL)):
        of_sets: dict[str, Any] = {}
        for test_set in corpus.test_sets:
            references = corpus.text(test_set).target
            num = len(references)
            stats = sentence_statistics(references, references)
            stats["loss"] = loss_statistics([1.0] * num, [2.0] * num)
            of_sets[test_set] = {
                "statistics": {
                    metric: {"signature": each.signature, "sentences": each.statistics.tolist()}
                    for metric, each in stats.items()
                },
                "translations": list(references),
            }
            left_out = {"dense": {1, 2}, "lr_rewinding": {num}}.get(label.arm, set())
            if test_set == "other":
                left_out = set(range(4, num + 1)) if label == TICKET else set()
            lines += [
                f"{test_set}\t{line}\t{name}\tcomet\t{_value(label, line)}\thigher\n"
                for line in range(1, num + 1)
                if line not in left_out
            ]
        folder = encoded_run.level(label)
        folder.ticket.mkdir(parents=True)
        folder.masks.write_bytes(b"")
        folder.mark_done(dict.fromkeys(SPARSITIES, 0.3 * label.level))
        kept = {"about": {"identity": ""}, "result": {"test_sets": of_sets}}
        write_json(encoded_run.analysis("quality", label), kept)
    file = tmp_path / "comet.tsv"
    file.write_text("".join(lines), encoding="utf-8")
    update = {"lottery": Lottery(levels=1), "scores": Scores(paths=(str(file),))}
    made = Bench.of(encoded_run.root, toy.model_copy(update=update))
    Step().check(made.study, made.held_out)
    assert Step().prepare(made)
    assert not Step().prepare(made)
    file.unlink()  # what is kept is enough for the tables
    return made


def _value(label: LevelId, line: int) -> float:
    return line / 64 - (0.25 if label == TICKET else 0) * (line % 2)


def test_they_enter_the_tables_where_bleu_does(bench: Bench) -> None:
    tables = Quality().rows(bench)
    rows = pd.DataFrame(tables["quality"])
    assert set(rows[rows.metric == "bleu"].better) == {"higher"}
    cells = rows[rows.metric == "comet"].set_index(["level_id", "test_set"])
    num = len(bench.held_out.text("test").source)
    row, dense = cells.loc[(TICKET, "test")], cells.loc[(DENSE, "test")]
    values = [_value(TICKET, line) for line in range(1, num)]
    assert row.value == pytest.approx(np.mean(values))
    assert (row.num_sentences, dense.num_sentences) == (num - 1, num - 2)
    draws = resample(num, bench.study.quality.resamples, bench.study.quality.seed)[:, :-1]
    expected = with_percentiles(np.mean(values), (draws @ values) / draws.sum(axis=1))
    assert (row.lower, row.upper) == pytest.approx((expected.lower, expected.upper))
    shared = [_value(TICKET, line) - _value(DENSE, line) for line in range(3, num)]
    assert row.difference_dense == pytest.approx(np.mean(shared))
    assert (row.num_sentences_dense, row.num_sentences_control) == (num - 3, num - 1)
    assert row.difference_dense_lower < row.difference_dense < row.difference_dense_upper < 0
    assert row.signature.startswith("given|better:higher|file:comet.tsv|bs:")
    assert (TICKET, "other") not in cells.index, "three of twenty are not scored"
    pooled = pd.DataFrame(tables["quality_pooled"])
    assert set(pooled[pooled.metric == "comet"].arm) == {"dense_continued"}, "a test set is lacking"


def test_slices_have_them_too(bench: Bench) -> None:
    rows = pd.DataFrame(slice_rows(bench))
    rows = rows[(rows.metric == "comet") & (rows.test_set == "test")]
    of_length = rows[(rows.bucket_kind == "length") & (rows.level_id == TICKET)]
    num = len(bench.held_out.text("test").source)
    assert of_length.num_sentences.sum() == num - 1
    assert set(rows.better) == {"higher"}
    scored = of_length[of_length.num_sentences >= 20]
    assert scored.value.notna().all()
    assert of_length[of_length.num_sentences < 20].value.isna().all()


def test_what_lacks_is_told(bench: Bench) -> None:
    num, few = (len(bench.held_out.text(name).source) for name in ("test", "other"))
    assert list(Step().remarks(bench)) == [
        f"scores: 1 of 3 networks have comet of {num - 2} of the {num} sentences of test: "
        "replicate-0/dense/level-00; the mean is over these, and a difference over those that both "
        "networks have",
        f"scores: 1 of 3 networks have comet of {num - 1} of the {num} sentences of test: "
        "replicate-0/lr_rewinding/level-01; the mean is over these, and a difference over those "
        "that both networks have",
        f"scores: 1 of 3 networks have comet of 3 of the {few} sentences of other: "
        "replicate-0/lr_rewinding/level-01; fewer than 20 are counted and not scored",
    ]


def test_translations_are_written_to_be_scored(bench: Bench) -> None:
    header, first, *rest = to_be_scored.lines(bench)
    assert header.split("\t")[:3] == list(COLUMNS[:3])
    source, reference = (side[0] for side in (text_of(bench).source, text_of(bench).target))
    assert first.split("\t") == ["test", "1", "0/dense/0", source, reference, reference]
    num = sum(len(bench.held_out.text(name).source) for name in ("test", "other"))
    assert len(rest) == 3 * num - 1
    assert to_be_scored.not_translated(bench) == []


def text_of(bench: Bench) -> ParallelText:
    return bench.held_out.text("test")
