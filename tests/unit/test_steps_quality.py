"""How well and how fast networks translate, on a run made without training."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from panel_fixture import panel_with
from sacrebleu.metrics.chrf import CHRF

from ticketscope.config import Experiment, Lottery
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.network import Network
from ticketscope.networks.translate import translate_lines
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.behaviour.step import Behaviour
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality.pooled_table import compared_with, shared_error
from ticketscope.steps.quality.step import Quality
from ticketscope.steps.speed.measure import measure as measure_speed
from ticketscope.steps.speed.step import Speed
from ticketscope.tables.quality import QUALITY, QUALITY_POOLED
from ticketscope.tables.speed import ENGINE_QUALITY, SPEED
from ticketscope.tables.table import SPARSITIES
from toy import store_untrained

QUALITY_STEP, SPEED_STEP = Quality(), Speed()
TICKET, CONTROL = (LevelId(0, arm, 1) for arm in ("lr_rewinding", "dense_continued"))

SETS = ("test", "other")


@pytest.fixture(scope="module")
def bench(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    """A dense network, another one as its ticket, and itself as its control."""
    experiment = toy.model_copy(update={"lottery": Lottery(levels=1)})
    bench = Bench.of(tmp_path_factory.mktemp("quality"), experiment)
    bench.run.corpus.symlink_to(toy_corpus.model_file.parent)
    for label in bench.panel.labels:
        seed = 2 if label == TICKET else 1
        store_untrained(bench, label, seed, dict.fromkeys(SPARSITIES, 0.5))
        assert QUALITY_STEP.do(label, bench)
    return bench


def test_it_keeps_translations_and_losses_of_every_sentence(bench: Bench) -> None:
    settings = bench.study.quality
    found = bench.results.read(QUALITY_STEP.name, TICKET)["test_sets"]
    assert list(found) == ["test", "other", "validation"]
    for name in bench.held_out.test_sets:
        expected = translate_lines(
            bench.panel[TICKET].directory,
            bench.held_out.text(name).source,
            beam=settings.beam,
            length_penalty=settings.length_penalty,
            max_decoding_length=settings.max_decoding_length,
            threads=1,
            chunk=100,
        )
        assert found[name]["translations"] == list(expected)
    assert found["validation"]["translations"] is None
    assert list(found["validation"]["statistics"]) == ["loss"]
    losses = sentence_losses(
        bench.panel[TICKET].load(), bench.encoded.split("test"), max_tokens=256, device="cpu"
    )
    kept = np.array(found["test"]["statistics"]["loss"]["sentences"])
    np.testing.assert_allclose(kept[:, 0], losses.negative_log_likelihood, rtol=1e-6)
    assert kept[:, 1].tolist() == losses.num_tokens.tolist()


def test_scores_and_differences_to_the_dense_network_and_the_control(bench: Bench) -> None:
    rows = pd.DataFrame(QUALITY_STEP.rows(bench)["quality"])
    assert set(rows) == {"level_id", *(column.name for column in QUALITY.own)}
    cells = rows.set_index(["level_id", "test_set", "metric"])
    translations = bench.results.read(QUALITY_STEP.name, TICKET)["test_sets"]["test"]
    references = [list(bench.held_out.text("test").target)]
    chrf = CHRF().corpus_score(translations["translations"], references).score
    row = cells.loc[(TICKET, "test", "chrf")]
    assert row.value == pytest.approx(chrf)
    assert row.lower <= row.value <= row.upper
    dense = cells.loc[(dense_of(0), "test", "chrf")]
    assert row.difference_dense == pytest.approx(row.value - dense.value)
    assert row.difference_control == row.difference_dense, "the control is the dense network"
    assert np.isnan(dense.difference_dense)
    control = cells.loc[(CONTROL, "test", "loss")]
    assert (control.difference_dense, control.p_dense) == (0.0, 1.0)
    assert np.isnan(control.difference_control)
    assert set(rows[rows.test_set == "validation"].metric) == {"loss", "loss_word"}
    kept = np.array(translations["statistics"]["loss"]["sentences"])
    num_words = sum(len(line.split()) for line in bench.held_out.text("test").target)
    by_word = cells.loc[(TICKET, "test", "loss_word")]
    assert by_word.value == pytest.approx(kept[:, 0].sum() / num_words)
    ratio = kept[:, 1].sum() / num_words
    per_piece = cells.loc[(TICKET, "test", "loss")]
    assert by_word.difference_dense == pytest.approx(per_piece.difference_dense * ratio)
    assert by_word.p_dense <= 1


def test_differences_are_pooled_over_in_domain_test_sets(bench: Bench) -> None:
    rows = QUALITY_STEP.rows(bench)
    cells = pd.DataFrame(rows["quality"]).set_index(["level_id", "test_set", "metric"])
    pooled = pd.DataFrame(rows["quality_pooled"]).set_index(["arm", "metric", "reference"])
    assert set(pooled) <= {column.name for column in QUALITY_POOLED.own}
    for metric in ("bleu", "chrf", "ter", "loss", "loss_word"):
        expected = [cells.loc[(TICKET, name, metric), "difference_control"] for name in SETS]
        row = pooled.loc[(TICKET.arm, metric, "control")]
        assert row["value"] == pytest.approx(np.mean(expected))
        assert row["num_sentences"] == sum(len(bench.held_out.text(name).source) for name in SETS)
    assert (CONTROL.arm, "bleu", "dense") in pooled.index
    assert (CONTROL.arm, "bleu", "control") not in pooled.index
    assert "error_sentences" not in pooled, "one replicate has nothing in common with another"
    row = pooled.loc[(TICKET.arm, "bleu", "dense")]
    assert row["lower"] <= row["value"] <= row["upper"], "of these networks alone"


def test_a_method_is_compared_with_the_first_arm_under_study() -> None:
    panel = panel_with()
    other = LevelId(1, "random_pruning", 2)
    assert compared_with(other, panel) == {
        **panel.baselines(other),
        "first": LevelId(1, "lr_rewinding", 2),
    }
    for label in (LevelId(1, "lr_rewinding", 2), LevelId(1, "dense_continued", 2)):
        assert "first" not in compared_with(label, panel)


def test_only_what_replicates_share_by_their_sentences_is_added() -> None:
    generator = np.random.default_rng(3)
    common, own = generator.normal(size=4_000), generator.normal(size=(3, 4_000))
    assert shared_error(np.array([common] * 3)) == pytest.approx(common.std(ddof=1))
    assert shared_error(np.array([common, -common])) == 0
    assert shared_error(2 * common + own) == pytest.approx(2, abs=0.1)
    pairs = [np.cov(own[a], own[b])[0, 1] for a, b in ((0, 1), (0, 2), (1, 2))]
    assert shared_error(own) == pytest.approx(max(np.mean(pairs), 0) ** 0.5)


def test_every_engine_of_every_network_is_timed(bench: Bench) -> None:
    assert SPEED_STEP.do(bench)
    assert not SPEED_STEP.do(bench)
    rows = pd.DataFrame(SPEED_STEP.rows(bench)["speed"])
    assert set(rows) - {"level_id"} <= {column.name for column in SPEED.own}
    assert "same_engine_lower" not in rows, "one round has no interval"
    engines = [("ctranslate2-float32", 32), ("ctranslate2-float32", 1)]
    engines += [("ctranslate2-int8", 32), ("ctranslate2-int8", 1)]
    torch = [("transformers-float32", 32)]
    assert list(zip(rows.level_id, rows.engine, rows.batch, strict=True)) == [
        (label, *how)
        for label in bench.panel.labels
        for how in engines + (torch if label == dense_of(0) else [])
    ]
    assert (rows.tokens_per_second > 0).all()
    dense = rows[rows.level_id == dense_of(0)].set_index(["engine", "batch"])
    assert (dense.same_engine == 1.0).all()
    assert dense.against_dense["ctranslate2-float32", 32] == 1.0
    assert dense.unchanged["transformers-float32", 32] == 1.0
    for size in ("bytes", "bytes_in_memory"):
        of_engine = rows.groupby("engine")[size].first()
        assert of_engine["ctranslate2-int8"] < of_engine["ctranslate2-float32"]
    assert not [path for path in bench.run.root.iterdir() if _is_scratch(path)]


def test_empty_translations_are_counted_and_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = bench.results.read

    def with_empty_ones(step: str, label: LevelId) -> dict[str, Any]:
        found = copy.deepcopy(read(step, label))
        if label == TICKET:
            found["test_sets"]["other"]["translations"][:2] = ["", " "]
        return found

    monkeypatch.setattr(type(bench.results), "read", lambda _, *of: with_empty_ones(*of))
    of_others = [one for one in QUALITY_STEP.view(bench, 0)["empty"] if one["arm"] != TICKET.arm]
    (one,) = (
        one
        for one in QUALITY_STEP.view(bench, 0)["empty"]
        if (one["arm"], one["test_set"]) == (TICKET.arm, "other")
    )
    assert one["num_empty"] >= 2
    assert one["num_sentences"] == len(bench.held_out.text("other").source)
    told = [line for line in QUALITY_STEP.remarks(bench) if f"{TICKET} translates" in line]
    assert f"{one['num_empty']} of {one['num_sentences']} sentences of other" in "".join(told)
    assert not of_others or all(other["num_empty"] > 0 for other in of_others)


def test_each_engine_is_scored_on_its_own_translations(bench: Bench) -> None:
    SPEED_STEP.do(bench)
    found = SPEED_STEP.rows(bench)["engine_quality"]
    rows = pd.DataFrame(found).set_index(["level_id", "engine", "metric"])
    assert set(rows) == {column.name for column in ENGINE_QUALITY.own} - {"engine", "metric"}
    quality = pd.DataFrame(QUALITY_STEP.rows(bench)["quality"])
    quality = quality.set_index(["level_id", "test_set", "metric"])
    floats, ints = ("ctranslate2-float32", "ctranslate2-int8")
    for label in bench.panel.labels:
        expected = quality.loc[(label, "test", "chrf")]
        row = rows.loc[(label, floats, "chrf")]
        assert (row.value, row.lower, row.upper) == (
            expected["value"],
            expected.lower,
            expected.upper,
        )
        ticket = bench.panel[label]
        with stored_in_int8(ticket) as folder:
            said = translate_lines(
                folder,
                bench.held_out.text("test").source,
                beam=bench.study.quality.beam,
                length_penalty=1.0,
                max_decoding_length=20,
                threads=1,
                chunk=100,
                tokenizer=ticket.directory,
            )
            score = CHRF().corpus_score([*said], [list(bench.held_out.text("test").target)]).score
        in_int8 = rows.loc[(label, ints, "chrf")]
        assert in_int8.value == pytest.approx(score)
        assert in_int8.difference_float == pytest.approx(in_int8.value - row.value)
        assert np.isnan(row.difference_float)
    dense, ticket_row = (rows.loc[(label, ints, "chrf")] for label in (dense_of(0), TICKET))
    assert ticket_row.difference_dense == pytest.approx(ticket_row.value - dense.value)
    assert np.isnan(dense.difference_dense)


@contextmanager
def stored_in_int8(network: Network) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        place = Path(folder) / "ct2"
        convert(network.folder, network.tokenizer, place, "int8")
        yield place


def _is_scratch(path: Path) -> bool:
    return path.name not in ("analysis", "corpus", "replicate-0")


def test_beside_a_directory_of_ctranslate2_all_losses_are_its_own(
    bench: Bench, tmp_path: Path
) -> None:
    ticket = bench.panel[TICKET]
    convert(ticket.folder, ticket.tokenizer, tmp_path / "ct2")
    other = Network(tmp_path / "ct2", TICKET, tokenizer_directory=ticket.directory)
    mixed = replace(
        bench, panel=replace(bench.panel, networks={**bench.panel.networks, TICKET: other})
    )
    assert mixed.of_states.panel.labels == tuple(
        label for label in bench.panel.labels if label != TICKET
    )
    assert bench.of_states is bench
    assert Behaviour().subjects(mixed) == mixed.panel.labels, "minimal pairs need no states"
    for label in (dense_of(0), TICKET):
        before, found = (
            QUALITY_STEP.measure(each.panel[label], [], each) for each in (bench, mixed)
        )
        was, now = (each["test_sets"]["test"]["statistics"]["loss"] for each in (before, found))
        assert now["signature"].startswith(f"{was['signature']}|engine:ctranslate2-")
        assert QUALITY_STEP.identity(mixed.panel[label], mixed).keys() > {"corpus"}
    rows = measure_speed([mixed.panel[dense_of(0)], other], mixed)["tickets"]
    assert [row["engine"] for row in rows[str(TICKET)]] == ["ctranslate2-float32"] * 2
