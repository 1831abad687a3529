"""Calibration, search and robustness of networks, on a run made without training."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from ticketscope.config import Calibration as CalibrationSection
from ticketscope.config import Experiment, Lottery
from ticketscope.config import Robustness as RobustnessSection
from ticketscope.config import Search as SearchSection
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.measures.resampling import resample
from ticketscope.measures.translation_scores import score, sentence_statistics
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.next_pieces import next_pieces
from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.bench import Bench
from ticketscope.steps.calibration import table as calibration_table
from ticketscope.steps.calibration.step import Calibration
from ticketscope.steps.quality.step import Quality
from ticketscope.steps.robustness.step import Robustness
from ticketscope.steps.search.step import Search
from ticketscope.steps.search.table import correlation
from ticketscope.steps.step import NetworkStep
from ticketscope.steps.work import measuring_jobs
from ticketscope.tables.table import SPARSITIES
from ticketscope.text.noise import noisy
from toy import store_untrained

DENSE, TICKET, CONTROL = (
    dense_of(0),
    LevelId(0, "lr_rewinding", 1),
    LevelId(0, "dense_continued", 1),
)
STEPS: Sequence[NetworkStep] = (Quality(), Calibration(), Search(), Robustness())
NUM = 8
Cells = dict[str, Any]


@pytest.fixture(scope="module")
def bench(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    """A dense network, another one as its ticket, and itself as its control; all three are
    measured."""
    experiment = toy.model_copy(
        update={
            "lottery": Lottery(levels=1),
            "calibration": CalibrationSection(sentences=NUM, bins=4),
            "search": SearchSection(sentences=NUM, beams=(1, 2, 3)),
            "robustness": RobustnessSection(sentences=NUM, strengths=(1.0,)),
        }
    )
    bench = Bench.of(tmp_path_factory.mktemp("search"), experiment)
    bench.run.corpus.symlink_to(toy_corpus.model_file.parent)
    for label in bench.panel.labels:
        seed = 2 if label == TICKET else 1
        store_untrained(bench, label, seed, dict.fromkeys(SPARSITIES, 0.5))
        for step in STEPS:
            assert step.do(label, bench)
            assert not step.do(label, bench)
    return bench


def table(bench: Bench, step: NetworkStep) -> list[Cells]:
    [rows] = step.rows(bench).values()
    found = [dict(row) for row in rows]
    [its_table] = step.tables
    for row in found:
        assert row.keys() <= {*its_table.names, "level_id"}
        for column in its_table.own:
            assert column.holds(row.get(column.name), bench.study.cast), (column.name, row)
        assert "lower" not in row or row["lower"] <= row["upper"]
    return found


def test_whoever_reads_translations_waits_for_them(bench: Bench) -> None:
    jobs = {job.name: job for job in measuring_jobs(bench)}
    assert f"quality {TICKET}" in jobs[f"search {TICKET}"].needs


# ----------------------------------------------------------------------------- calibration


def test_predictions_are_those_of_the_whole_softmax(bench: Bench) -> None:
    """Losses are those of the loss; of one sentence all is computed anew, without batches."""
    network = bench.panel[TICKET]
    text = bench.held_out.text("test")
    pairs = network.pairs(text.source[:NUM], text.target[:NUM])
    loaded = network.load()
    found = next_pieces(loaded, pairs, max_tokens=64, device="cpu")
    losses = sentence_losses(loaded, pairs, max_tokens=256, device="cpu")
    starts = np.cumsum(found.num_pieces) - found.num_pieces
    np.testing.assert_array_equal(found.num_pieces, losses.num_tokens)
    np.testing.assert_allclose(
        np.add.reduceat(found.loss, starts), losses.negative_log_likelihood, rtol=1e-5
    )
    frame, said = loaded.frame, [*pairs.target(0), *loaded.frame.target_after]
    with torch.no_grad():
        logits = loaded.model(
            input_ids=torch.tensor([[*frame.source_before, *pairs.source(0), *frame.source_after]]),
            decoder_input_ids=torch.tensor([[*frame.target_before, *pairs.target(0)]]),
        ).logits[0, :, slice(*frame.labels)]
    shares = logits.double().softmax(-1).numpy()
    first = slice(0, len(said))
    np.testing.assert_allclose(found.confidence[first], shares.max(-1), rtol=1e-5)
    np.testing.assert_allclose(found.entropy[first], -(shares * np.log(shares)).sum(-1), rtol=1e-5)
    expected = shares.argmax(-1) == np.array(said) - frame.labels[0]
    np.testing.assert_array_equal(found.is_right[first], expected)


def test_the_table_of_calibration(bench: Bench) -> None:
    rows = table(bench, STEPS[1])
    stored = bench.results.read("calibration", TICKET)
    trust, right = np.array(stored["confidence"]), np.array(stored["is_right"])
    whole = {row["metric"]: row for row in rows if row["level_id"] == TICKET and "bin" not in row}
    assert whole["accuracy"]["value"] == pytest.approx(right.mean())
    assert whole["overconfidence"]["value"] == pytest.approx(trust.mean() - right.mean())
    beyond = np.mean(stored["loss"]) - np.mean(stored["entropy"])
    assert whole["loss_beyond_entropy"]["value"] == pytest.approx(beyond)
    bins = [row for row in rows if row["level_id"] == TICKET and "bin" in row]
    assert sum(row["num_events"] for row in bins) == len(trust) == whole["ece"]["num_events"]
    gaps = [row["num_events"] * abs(row["value"] - row["mean_confidence"]) for row in bins]
    assert whole["ece"]["value"] == pytest.approx(sum(gaps) / len(trust))
    assert all(row["bin_from"] <= row["mean_confidence"] <= row["bin_to"] for row in bins)
    control = {
        row["metric"]: row for row in rows if row["level_id"] == CONTROL and "bin" not in row
    }
    for metric in control.keys() - {"ece_by_chance"}:  # of the same network
        differences = [
            control[metric][f"difference_dense{end}"] for end in ("", "_lower", "_upper")
        ]
        assert differences[0] == 0.0
        assert differences[1] <= 0.0 <= differences[2]


# ----------------------------------------------------------------------------- search


def test_differences_that_are_not_there_are_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = STEPS[1]
    assert not list(step.remarks(bench))
    monkeypatch.setattr(calibration_table, "_are_comparable", lambda *_: False)
    told = list(step.remarks(bench))
    assert len(told) == 3
    assert told[0].endswith("cut references into other pieces, so there is no difference_dense")
    assert not any("difference_dense" in row for row in table(bench, step))


def test_the_beam_of_quality_finds_what_quality_has(bench: Bench) -> None:
    """So it need not be decoded again; and greedy search is that of one beam."""
    network, kept = bench.panel[TICKET], bench.results.read("search", TICKET)
    sources = bench.held_out.text("test").source[:NUM]
    of_quality = bench.results.read("quality", TICKET)["test_sets"]["test"]["translations"]
    assert bench.study.quality.beam == 2
    with bench.translator(network) as translate:
        assert replace(translate, beam=2)(sources) == of_quality[:NUM]
        assert replace(translate, beam=1)(sources) == kept["translations"]["1"]
    assert kept["translations"].keys() == {"1", "3"}


def test_the_table_of_search(bench: Bench) -> None:
    rows = table(bench, STEPS[2])
    found = {(row["level_id"], row["beam"], row["metric"]): row for row in rows}
    text, kept = bench.held_out.text("test"), bench.results.read("search", TICKET)
    said, references = kept["translations"]["3"], text.target[:NUM]
    of_ticket = {
        metric: found[TICKET, 3, metric]["value"] for _, beam, metric in found if beam == 3
    }
    assert of_ticket["bleu"] == score(sentence_statistics(said, references)["bleu"])
    greedy = found[TICKET, 1, "chrf"]["value"]
    assert of_ticket["chrf_gain"] == pytest.approx(of_ticket["chrf"] - greedy)
    assert (TICKET, 1, "chrf_gain") not in found
    lengths = [len("".join(side).replace(" ", "")) for side in (said, references)]
    assert of_ticket["length_ratio"] == pytest.approx(lengths[0] / lengths[1])
    network = bench.panel[TICKET]
    losses = sentence_losses(
        network.load(), network.pairs(text.source[:NUM], said), max_tokens=256, device="cpu"
    )
    own = -losses.negative_log_likelihood
    assert of_ticket["log_probability"] == pytest.approx(own.mean(), abs=1e-4)
    # Untrained networks never come to an end, so that all translations are as long as they may be.
    assert not np.ptp(losses.num_tokens)
    assert "length_correlation" not in of_ticket
    assert 0 <= of_ticket["empty"] <= of_ticket["empty"] + of_ticket["empty_likelier"] <= 1
    control = [row for row in rows if row["level_id"] == CONTROL]
    assert {row["difference_dense"] for row in control} == {0.0}
    assert not list(STEPS[2].remarks(bench))


def test_a_length_that_is_the_same_for_all_goes_with_nothing() -> None:
    draws = resample(5, 10, 1)
    same, rising, other = np.full(5, 3.0), np.arange(5.0), np.array([2.0, -1.0, 0.5, 7.0, 3.0])
    assert correlation(same, rising, draws) is None
    falling, any_other = (correlation(rising, y, draws) for y in (7 - 2 * rising, other))
    assert falling is not None
    assert falling.value == pytest.approx(-1.0)
    assert falling.boot == pytest.approx(-np.ones(10))
    assert any_other is not None
    assert any_other.value == pytest.approx(np.corrcoef(rising, other)[0, 1])
    drawn = np.repeat(np.arange(5), draws[3])
    assert any_other.boot[3] == pytest.approx(np.corrcoef(rising[drawn], other[drawn])[0, 1])


# ----------------------------------------------------------------------------- robustness


def test_the_table_of_robustness(bench: Bench) -> None:
    rows = table(bench, STEPS[3])
    settings, text = bench.study.robustness, bench.held_out.text("test")
    kinds = {row["kind"] for row in rows}
    assert "accents" not in kinds  # English has none
    assert list(STEPS[3].remarks(bench)) == [
        f"robustness: {kind} at strength 1 changes no sentence, so nothing is measured"
        for kind in ("accents", "lower")
    ]
    assert {"typos", "upper", "spacing"} <= kinds
    noise = [noisy(source, "typos", 1.0, settings.seed) for source in text.source[:NUM]]
    with bench.translator(bench.panel[TICKET]) as translate:
        clean, said = translate(text.source[:NUM]), translate(noise)
    scores = [
        score(sentence_statistics(texts, text.target[:NUM])["chrf"]) for texts in (clean, said)
    ]
    [row] = [
        row
        for row in rows
        if (row["level_id"], row["kind"], row["strength"], row["metric"])
        == (TICKET, "typos", 1.0, "chrf")
    ]
    assert row["clean"] == pytest.approx(scores[0])
    assert row["value"] == pytest.approx(scores[0] - scores[1])
    assert row["num_changed"] == NUM
    for row in rows:
        if row["level_id"] == CONTROL:
            assert row["difference_dense"] == row["difference_dense_upper"] == 0.0
        assert (row["level_id"] == TICKET) == ("difference_control" in row)


def test_fewer_sentences_get_the_same_noise_and_are_measured_anew(bench: Bench) -> None:
    fewer = replace(
        bench,
        study=bench.study.model_copy(
            update={"robustness": bench.study.robustness.model_copy(update={"sentences": 5})}
        ),
    )
    robustness = STEPS[3]
    before = bench.results.read("robustness", DENSE)["cells"]
    path = bench.results.place("robustness", DENSE)
    kept = path.read_bytes()
    assert robustness.do(DENSE, fewer)
    after = fewer.results.read("robustness", DENSE)["cells"]
    path.write_bytes(kept)
    whole = {(cell["kind"], cell["strength"]): cell for cell in before}
    for cell in after:
        of_all = whole[cell["kind"], cell["strength"]]
        num = len(cell["places"])
        assert cell["places"] == of_all["places"][:num]
        assert cell["translations"] == of_all["translations"][:num]
