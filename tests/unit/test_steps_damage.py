"""The step of damage: what is left out and made up, and the tables, on outputs made by hand."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from ticketscope.config import Damage, Lottery
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.networks.loss import SentenceLosses
from ticketscope.networks.network import Network
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.damage import DAMAGE, step, table
from ticketscope.steps.damage.aligned import aligned
from ticketscope.steps.damage.contrasted import Contrasted, unsaid, without_support
from ticketscope.steps.damage.measure import measure
from ticketscope.steps.quality import QUALITY
from ticketscope.steps.results import measured_once
from ticketscope.tables.damage import DAMAGE as DAMAGE_TABLE
from ticketscope.tables.damage import DAMAGED_SENTENCES
from ticketscope.tables.written import write_table
from toy import toy_experiment

WORDS = {"der": "the", "alte": "old", "Hund": "dog", "schläft": "sleeps"}


class Translator:
    """A network that knows `WORDS`: a word that nothing stands for costs 5 nats, and each source
    word that no word stands for 1."""

    def pairs(self, sources: Sequence[str], targets: Sequence[str]) -> list[tuple[str, str]]:
        return [*zip(sources, targets, strict=True)]

    @contextmanager
    def scoring(self, _base: object) -> Iterator[Callable[[list[tuple[str, str]]], SentenceLosses]]:
        yield lambda pairs: SentenceLosses(
            np.array([self.loss(*pair) for pair in pairs]), np.ones(len(pairs))
        )

    @staticmethod
    def loss(source: str, target: str) -> float:
        needed = [WORDS.get(word, "") for word in target.split()]
        read = source.split()
        missing = sum(word not in read for word in needed)
        return 5.0 * missing + sum(word not in needed for word in read)


def test_a_source_word_is_unsaid_if_the_translation_is_likelier_without_it() -> None:
    network = Translator()
    pairs = [("the old dog sleeps .", "der Hund schläft ."), ("the dog", "der Hund"), ("dog", "")]
    found = unsaid(cast(Network, network), pairs, cast(Bench, network))
    assert found == [[1], [], [0]], "the mark at the end is no word"
    assert unsaid(cast(Network, network), [], cast(Bench, network)) == []


def test_a_word_is_without_support_if_it_is_as_likely_when_nothing_is_read() -> None:
    read = np.array([1.0, 2.0, 4.0, 0.5, 0.1])
    blind = np.array([3.0, 1.0, 4.0, 0.4, 0.1])
    pieces = ((0, 1), (2,), (), (3,), (4,))
    assert without_support("der Hund x schläft .", pieces, read, blind) == [1, 3]


def test_what_an_aligner_links_is_said_and_supported(tmp_path: Path) -> None:
    pairs = [("the old dog", "der Hund da"), ("a", "b c")]
    path = tmp_path / "test.align"
    path.write_text("0-0 2p1\n\nmore\n", encoding="utf-8")
    assert aligned(path, pairs) == {
        pairs[0]: Contrasted([1], [2]),
        pairs[1]: Contrasted([0], [0, 1]),
    }
    path.write_text("0-0\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"align: it ends at line 1, but there are 2 sentences"):
        aligned(path, pairs)
    path.write_text("0-0 3-1\n0-0\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"align:1: '3-1' links a word that is not there"):
        aligned(path, pairs)


def test_a_folder_of_alignments_that_is_none_is_refused() -> None:
    study = toy_experiment(Path("unused"), damage=Damage(alignments="/not/there"))
    with pytest.raises(InputError, match=r"damage\.alignments: /not/there is no folder"):
        step.Damage().check(study, None)  # type: ignore[arg-type]


# ----------------------------------------------------------------------------- tables

DENSE, TICKET, CONTROL = (
    dense_of(0),
    LevelId(0, "lr_rewinding", 1),
    LevelId(0, "dense_continued", 1),
)


@pytest.fixture(scope="module")
def bench(toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Three networks: the dense one says what the reference says, the others in part nothing."""
    root = tmp_path_factory.mktemp("damage") / "run"
    root.mkdir()
    (root / "corpus").symlink_to(toy_corpus.model_file.parent)
    study = toy_experiment(
        Path("unused"),
        damage=Damage(sentences=10, contrasted=0),
        lottery=Lottery(levels=1, arms=("lr_rewinding", "dense_continued")),
    )
    bench = Bench.of(root, study)
    for label, num_empty in ((DENSE, 0), (TICKET, 4), (CONTROL, 1)):
        said = {
            name: ["" if place < num_empty else text for place, text in enumerate(targets)]
            for name in bench.held_out.test_sets
            if (targets := bench.held_out.text(name).target)
        }
        kept = {"test_sets": {name: {"translations": texts} for name, texts in said.items()}}
        measured_once(bench.results.place(QUALITY, label), {}, lambda kept=kept: kept)
        network, base = bench.panel[label], bench.panel[DENSE]
        counted = measure(network, base, bench)
        measured_once(bench.results.place(DAMAGE, label), {}, lambda counted=counted: counted)
    return bench


def test_each_kind_is_paired_with_the_dense_network_and_with_the_control(bench: Bench) -> None:
    rows = [*table.rows(bench)]
    [row] = [
        row
        for row in rows
        if (row["level_id"], row["test_set"], row["kind"]) == (TICKET, "test", "empty")
    ]
    assert row["metric"] == "rate"
    assert (row["num_sentences"], row["num_events"], row["value"]) == (10, 10, 0.4)
    assert (row["difference_dense"], row["difference_control"]) == pytest.approx((0.4, 0.3))
    assert 0 < row["difference_dense_lower"] < 0.4 < row["difference_dense_upper"]
    assert row["lower"] < 0.4 < row["upper"]
    told = {row["kind"] for row in rows}
    assert "numbers" in told, "it has no events, and is told"
    assert not {"omitted_words", "unsupported_words"} & told
    of_dense = [row for row in rows if row["level_id"] == DENSE]
    assert not any("difference_dense" in row for row in of_dense)
    marks = next(row for row in of_dense if row["kind"] == "end_marks")
    assert (marks["metric"], marks["value"]) == ("recall", 1.0)
    assert marks["lower"] < 0.8


def test_every_broken_sentence_is_listed_and_no_other(bench: Bench) -> None:
    rows = [*table.sentence_rows(bench)]
    empty = [row for row in rows if row["kind"] == "empty" and row["test_set"] == "test"]
    assert [(row["arm"], row["line"]) for row in empty] == [
        *(("lr_rewinding", line) for line in range(1, 5)),
        ("dense_continued", 1),
    ]
    assert all(0 < row["num_broken"] <= row["num_events"] for row in rows)
    assert not [row for row in rows if row["arm"] == "dense"]


def test_tables_and_view_are_as_they_say(bench: Bench, tmp_path: Path) -> None:
    cast_of_run = bench.study.cast
    first: dict[str, Any] = {
        f"sparsity_{over}": 0.0 for over in ("prunable", "total", "non_embedding")
    }
    rows = (
        {"arm": label.arm, "replicate": label.replicate, "level": label.level, **first, **row}
        for row in table.rows(bench)
        if (label := row.pop("level_id"))
    )
    assert write_table(tmp_path, DAMAGE_TABLE, rows, cast_of_run).exists()
    assert write_table(
        tmp_path, DAMAGED_SENTENCES, table.sentence_rows(bench), cast_of_run
    ).exists()
    remarks = [*step.Damage().remarks(bench)]
    assert "damage: omitted_words not counted in test: damage.contrasted is 0" in remarks
    assert {(one["kind"], one["reason"]) for one in table.view(bench)["untold"]} == {
        ("omitted_words", "damage.contrasted is 0"),
        ("unsupported_words", "damage.contrasted is 0"),
    }
