"""The table of causes: figures that follow from hand-made sums."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sacrebleu.metrics.bleu import BLEU

from ticketscope.measures.resampling import NUM_BLOCKS, leaving_out
from ticketscope.measures.translation_scores import sentence_statistics
from ticketscope.runs.store import LevelId
from ticketscope.steps.causes.table import rows

DENSE, TICKET, CONTROL = LevelId(0, "dense", 0), LevelId(0, "lr", 1), LevelId(0, "dc", 1)
NUM = 40
TOKENS = np.full(NUM, 5.0)
REFERENCE = "a b c d e f"
NOISE = np.random.default_rng(1).normal(size=NUM)


def sums(per_token: float, noise: float = 0.0) -> list[float]:
    return list(leaving_out(TOKENS * (per_token + noise * NOISE)))


def statistics(hypothesis: str) -> list[list[float]]:
    """Kept statistics of BLEU, as many sentences as the losses are of."""
    found = sentence_statistics([hypothesis] * NUM, [REFERENCE] * NUM)
    kept: list[list[float]] = leaving_out(found["bleu"].statistics.T).tolist()
    return kept


def lens(first: float) -> dict[str, Any]:
    of = {"num": sums(1.0), "layers": sums(first)}
    return {"num_layers": 2, "settled": [sums(2 - first), sums(1.0)], "classes": {"": of}}


def result(loss: float, first: float, noise: float = 0.1) -> dict[str, Any]:
    return {
        "num_sentences": NUM,
        "num_tokens": list(leaving_out(TOKENS)),
        "loss": sums(loss, noise),
        "tokenizer": "one",
        "lens": lens(first),
        "num_translated": NUM,
        "bleu": statistics(REFERENCE),
    }


def measured(loss: float, mended: float) -> dict[str, Any]:
    """Two layers of one block each; the first mends so much more than the second."""
    cost = {"num_weights": 100, "num_back": 40, "num_changed": 90, "num_there": 50}
    names = ["encoder.1", "decoder.1"]
    return result(loss, 1.5) | {
        "layers": names,
        "blocks": ["a", "b"],
        "costs": dict.fromkeys([*names, "a", "b"], cost),
        "restored": dict(zip([*names, "a", "b"], [sums(loss - mended, 0.1)] * 4, strict=True)),
        "transplanted": dict.fromkeys([*names, "a", "b"], sums(1.0 + 0.1, 0.1)),
        "stitched": [
            {"experiment": "stitched_below", "part": "encoder.1", "map": "none",
             "loss": sums(1.3, 0.1), "bleu": statistics("a b c d x f")},
        ],
    }  # fmt: skip


@pytest.fixture
def table() -> list[dict[str, Any]]:
    results = {DENSE: result(1.0, 1.2), TICKET: measured(1.5, 0.2), CONTROL: measured(1.1, 0.05)}
    results[CONTROL]["loss"] = sums(1.0, 0.1)  # no worse than the dense model: it has no gap
    panel = SimpleNamespace(
        with_states=tuple(results),
        reference=lambda label: None if label == DENSE else DENSE,
        baselines=lambda label: {
            DENSE: {},
            TICKET: {"dense": DENSE, "control": CONTROL},
            CONTROL: {"dense": DENSE},
        }[label],
    )
    bench: Any = SimpleNamespace(
        panel=panel,
        results=SimpleNamespace(read=lambda _step, label: results[label]),
        study=SimpleNamespace(causes=SimpleNamespace(num_sentences=NUM)),
    )
    return list(rows(bench))


def find(table: list[dict[str, Any]], label: LevelId, **cells: Any) -> dict[str, Any]:
    [row] = [
        row
        for row in table
        if row["level_id"] == label and all(row[key] == cell for key, cell in cells.items())
    ]
    return row


def test_what_a_part_regains_and_its_share_of_the_gap(table):
    regained = find(table, TICKET, experiment="restored", part="encoder.1", measure="regained")
    assert regained["value"] == pytest.approx(0.2)
    # The noise is that of the sentences, which both networks have: none is left of it.
    assert (regained["lower"], regained["upper"]) == pytest.approx((0.2, 0.2))
    assert regained["difference_control"] == pytest.approx(0.2 - (1.0 - 1.05))
    assert (regained["num_back"], regained["share_back"]) == (40, 0.4)
    share = find(table, TICKET, experiment="restored", part="encoder.1", measure="regained_share")
    assert share["value"] == pytest.approx(0.4)
    added = find(table, TICKET, experiment="transplanted", part="a", measure="added_share")
    assert added["value"] == pytest.approx(0.1 / 0.5)
    assert "num_back" not in added


def test_sums_say_how_far_the_parts_are_from_additive(table):
    whole = find(table, TICKET, part="layers", measure="regained_share", experiment="restored")
    assert (whole["unit"], whole["value"]) == ("sum", pytest.approx(0.8))


def test_without_a_gap_there_are_no_shares(table):
    mine = [row["measure"] for row in table if row["level_id"] == CONTROL]
    assert "regained" in mine
    assert "regained_share" not in mine


def test_a_stitched_network_is_compared_with_the_dense_one_as_it_is(table):
    stitched = find(table, TICKET, experiment="stitched_below", measure="loss")
    assert stitched["difference_dense"] == pytest.approx(0.3)
    assert stitched["difference_control"] == pytest.approx(0.0)
    whole = find(table, TICKET, experiment="whole", measure="loss")
    assert whole["difference_dense"] == pytest.approx(0.5)
    assert whole["num_events"] == 5 * NUM


def test_a_stitched_network_has_the_bleu_of_its_translations(table):
    whole = find(table, TICKET, experiment="whole", measure="bleu")
    assert (whole["value"], whole["difference_dense"]) == pytest.approx((100.0, 0.0))
    stitched = find(table, TICKET, experiment="stitched_below", measure="bleu")
    expected = BLEU().corpus_score(["a b c d x f"] * NUM, [[REFERENCE] * NUM]).score
    assert stitched["value"] == pytest.approx(expected)
    assert stitched["difference_dense"] == pytest.approx(expected - 100.0)
    assert stitched["difference_control"] == pytest.approx(0.0)
    assert (stitched["num_sentences"], stitched["num_events"]) == (NUM, 6 * NUM)
    assert 0 <= stitched["lower"] <= stitched["upper"] <= 100


def test_the_lens_is_compared_with_dense_and_control(table):
    mean = find(table, TICKET, measure="mean_layer")
    assert (mean["value"], mean["difference_dense"]) == (pytest.approx(1.5), pytest.approx(0.3))
    settled = find(table, TICKET, measure="settled", part="decoder.2")
    assert (settled["value"], settled["upper"]) == (1.0, 1.0)


def test_sums_without_each_block():
    values = np.arange(43.0)
    found = leaving_out(values)
    assert len(found) == 1 + NUM_BLOCKS
    assert found[0] == values.sum()
    assert (found[0] - found[1:]).sum() == pytest.approx(values.sum())
    assert leaving_out(values[:5]).tolist() == [10.0]


def test_a_run_measures_all_of_it(toy_run):
    found = pd.read_csv(toy_run / "tables/causes.csv", keep_default_na=False)
    assert set(found["experiment"]) == {
        *("whole", "restored", "transplanted", "stitched_below", "stitched_above", "logit_lens")
    }
    assert set(found["map"]) == {"", "none", "affine"}
    assert set(found["num_sentences"]) == {20}
    assert set(found["arm"]) == {"dense", "lr_rewinding", "dense_continued", "random_pruning"}
    parts = found[(found["experiment"] == "restored") & (found["unit"] == "layer")]
    # Pre-norm with one layer per stack.
    names = {"embeddings", "encoder.1", "encoder.final_norm", "decoder.1", "decoder.final_norm"}
    assert set(parts["part"]) == names
    of_pruned = parts[(parts["arm"] == "lr_rewinding") & (parts["part"] == "encoder.1")]
    assert of_pruned["num_back"].astype(float).gt(0).all()
    assert set(found[found["measure"] == "mean_layer"]["value"]) == {1.0}
    bleu = found[found["measure"] == "bleu"]
    assert set(bleu["experiment"]) == {"whole", "stitched_below", "stitched_above"}
    assert bleu["value"].between(0, 100).all()
