"""The report on attention: figures as data, the maps to look at, and where they lack."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.errors import InputError
from ticketscope.packing import packed
from ticketscope.report.attention import figures, head_figures
from ticketscope.report.attention.sections import attention_parts
from ticketscope.report.drawing.compared_networks import (
    beyond_control_chart,
    control_band_data,
    drift_chart,
)
from ticketscope.report.parts.part import AttentionView, Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import percent
from ticketscope.report.reading.run_tables import RunTables, read_run
from unit.attention_fixture import (
    HALF,
    SEEDS_ALIKE,
    FakeAttention,
    doing,
    head_similarity,
    importance,
    localized,
    matched,
    rank_correlation,
    role,
)
from unit.report_fixture import (
    FakeRun,
    aim,
    csv_rows,
    drawn,
    frame,
    records,
    shares,
    tensor_share,
    write_csv,
    write_run,
)

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
FAKE = FakeAttention()
PLACES = [(kind, layer) for kind, layers in FAKE.layers.items() for layer in range(1, layers + 1)]
KINDS = {"encoder_self": "encoder self", "decoder_self": "decoder self"}
KINDS |= {"encoder_decoder": "encoder-decoder"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = FakeRun(arms=ARMS, levels=2, lost=(0.1, 0.2))
    return write_run(tmp_path_factory.mktemp("run") / "run", fake)


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


@pytest.fixture(scope="module")
def attention(tables: RunTables) -> pd.DataFrame:
    return frame(tables.attention)


def parts_of(run: Path) -> tuple[Part, ...]:
    return tuple(attention_parts(read_run(run)))


def titles(parts: tuple[Part, ...]) -> list[str]:
    return [part.title for part in parts if isinstance(part, Figure)]


def gaps(parts: tuple[Part, ...]) -> list[str]:
    return [part.reason for part in parts if isinstance(part, Gap)]


def ticket(arm: str, replicate: int, level: int) -> dict[str, Any]:
    return {"arm": arm, "replicate": replicate, "level": level} | shares(arm, level)


# ----------------------------------------------------------------------------- similarity


def test_same_layer_figure_shows_the_table(run: Path, attention: pd.DataFrame) -> None:
    data = figures.same_layer_data(attention, CAST)
    written = [
        row
        for row in csv_rows(run, "attention")
        if (row["other_arm"], row["other_replicate"]) == ("dense", row["replicate"])
        and row["arm"] != "dense"
        and row["layer"] == row["other_layer"]
        and row["measure"] in SEEDS_ALIKE
        and not row["head"]
    ]
    assert len(data) == len(written) == 3 * 2 * 2 * len(PLACES) * 4
    cells = data.set_index(["arm", "replicate", "level", "attention", "measure"])
    for row in written:
        place = f"{KINDS[row['kind']]}, layer {row['layer']}"
        key = (row["arm"], int(row["replicate"]), int(row["level"]), place)
        cell = cells.loc[(*key, figures.SIMILARITIES[row["measure"]])]
        for column in ("value", "lower", "upper"):
            assert cell[column] == pytest.approx(float(row[column]), abs=1e-4)


def test_another_seed_is_matched_one_to_one_for_both_correlations(attention: pd.DataFrame) -> None:
    lines = figures.reference_data(attention, CAST).set_index(["attention", "measure"])["value"]
    assert len(lines) == len(PLACES) * 4
    of = {key: lines["decoder self, layer 2", name] for key, name in figures.SIMILARITIES.items()}
    assert of == SEEDS_ALIKE | {"pearson": SEEDS_ALIKE["pearson_assigned"]}


def test_the_similarity_chart_draws_band_line_and_pruned_arms(attention: pd.DataFrame) -> None:
    data = figures.same_layer_data(attention, CAST)
    band, seeds = control_band_data(data, CAST), figures.reference_data(attention, CAST)
    chart = drift_chart(data, CAST, band, seeds, "attention")
    assert drawn(chart, 0) == records(band)
    assert drawn(chart, 1) == drawn(chart, 2) == records(seeds)
    assert drawn(chart, -1) == records(data[data["arm"] != "dense_continued"])
    values = {param["name"]: param["value"] for param in chart.to_dict()["params"]}
    assert values == {"measure": "correlation, best head", "attention": "encoder self, layer 1"}
    stripe = band.set_index(["level", "attention", "measure"]).loc[
        (2, "decoder self, layer 1", "CKA of all heads")
    ]
    own = head_similarity("dense_continued", 2, 1, 1, "cka")
    ends = own - HALF, own + 0.001 + HALF
    assert (stripe["lower"], stripe["upper"]) == pytest.approx(ends, abs=1e-4)


def test_change_beyond_the_control_is_the_difference_with_its_interval(
    attention: pd.DataFrame,
) -> None:
    data = figures.beyond_control_data(attention, CAST)
    assert set(data["arm"]) == {"lr_rewinding", "random_pruning"}
    assert len(data) == 2 * 2 * 2 * len(PLACES) * 4
    cells = data.set_index(["arm", "replicate", "level", "kind", "layer", "measure"])
    key = (2, 3, 3, "jensen_shannon")
    value = head_similarity("random_pruning", *key) - head_similarity("dense_continued", *key)
    cell = cells.loc[("random_pruning", 1, 2, "encoder self", 3, "Jensen-Shannon, best head")]
    found = [cell[column] for column in ("value", "lower", "upper")]
    assert found == pytest.approx([value, value - HALF, value + HALF], abs=1e-4)
    chart = beyond_control_chart(data, CAST, "kind", "measure", "arm")
    assert drawn(chart, 1) == drawn(chart, 2) == records(data)


def test_layer_pairs_are_means_over_replicates_by_kind(attention: pd.DataFrame) -> None:
    data = figures.layer_pair_data(attention, CAST)
    pairs = [(arm, level, 0) for arm in ARMS for level in (1, 2)] + [("lr_rewinding", 2, 1)]
    num_cells = sum(layers**2 for layers in FAKE.layers.values())
    assert len(data) == len(pairs) * num_cells
    cells = data.set_index(["arm", "level", "other_level", "kind", "layer", "other_layer"])
    for arm, level, other_level in pairs:
        for measure in ("pearson", "jensen_shannon", "cka"):
            expected = head_similarity(arm, level - other_level, 3, 1, measure) + 0.0005
            cell = cells.loc[(arm, level, other_level, "encoder self", 3, 1)]
            assert cell[measure] == pytest.approx(expected, abs=1e-3)
    chart = figures.layer_pair_heat_map(data, CAST)
    params = {param["name"]: param for param in chart.to_dict()["params"]}
    assert params["kind"]["bind"]["options"] == list(KINDS.values())
    assert params["measure"]["bind"]["options"] == ["pearson", "jensen_shannon", "cka"]
    two = percent(shares("lr_rewinding", 2)["sparsity_prunable"])
    pair = params["pair"]
    words = dict(zip(pair["bind"]["options"], pair["bind"]["labels"], strict=True))
    assert words[pair["value"]] == (
        f"tickets (learning-rate rewinding), level 2 ({two} zero) with the dense model"
    )


def test_matched_heads_show_the_table(attention: pd.DataFrame) -> None:
    data = figures.matched_data(attention, CAST)
    assert len(data) == 3 * 2 * 2 * len(PLACES)
    cells = data.set_index(["arm", "replicate", "level", "attention"])["value"]
    for arm, level in (("lr_rewinding", 1), ("lr_rewinding", 2), ("dense_continued", 2)):
        assert cells[arm, 1, level, "encoder-decoder, layer 2"] == matched(arm, level)
    assert drawn(figures.matched_chart(data, CAST), -1) == records(data)


# ----------------------------------------------------------------------------- roles


def test_localization_shows_the_table(attention: pd.DataFrame) -> None:
    data = figures.localization_data(attention, CAST)
    assert len(data) == 2 * (1 + 3 * 2) * (3 + 2 + 2)
    cells = data.set_index(["arm", "replicate", "level", "attention"])["value"]
    for arm, level in (("dense", 0), ("dense_continued", 2), ("lr_rewinding", 2)):
        expected = pytest.approx(localized(arm, level, 2), abs=1e-4)
        assert cells[arm, 1, level, "decoder self, layer 2"] == expected
    assert drawn(figures.localization_chart(data, CAST), -1) == records(data)


def test_roles_are_counted_over_replicates_from_the_dense_model_on(
    attention: pd.DataFrame,
) -> None:
    data = head_figures.role_count_data(attention, CAST)
    assert set(data["arm"]) == set(ARMS)
    for (_, kind, _), bar in data.groupby(["arm", "kind", "rung"]):
        layers = next(FAKE.layers[key] for key, name in KINDS.items() if name == kind)
        assert bar["num_heads"].sum() == 2 * layers * FAKE.heads
    cells = data.set_index(["arm", "kind", "rung", "role"])["num_heads"]
    two = f"2: {percent(shares('lr_rewinding', 2)['sparsity_prunable'])}"
    assert cells["lr_rewinding", "encoder self", two, "broad"] == 2 * 3
    assert cells["lr_rewinding", "encoder self", two, "syntax"] == 2
    rungs = list(dict.fromkeys(data.loc[data["arm"] == "lr_rewinding", "rung"]))
    assert [rung[0] for rung in rungs] == ["0", "1", "2"]
    assert ("lr_rewinding", "encoder self", f"0: {percent(0)}", "broad") not in cells
    assert drawn(head_figures.role_count_chart(data, CAST), 0) == records(data)


def test_the_role_of_every_head_is_drawn_by_level_and_network(attention: pd.DataFrame) -> None:
    data, networks = head_figures.role_map_data(attention, CAST)
    assert list(networks.values()) == [f"{arm}, replicate {r}" for arm in ARMS for r in (0, 1)]
    assert len(data) == 3 * FAKE.heads * len(PLACES)
    column = next(key for key, name in networks.items() if name == "random_pruning, replicate 1")
    cells = data.set_index(["kind", "head", "level"])[column]
    for kind, layer, head in FAKE.places():
        for arm, level in (("dense", 0), ("random_pruning", 1), ("random_pruning", 2)):
            expected = head_figures.ROLES[role(kind, ticket(arm, 1, level), layer, head)].name
            assert cells[KINDS[kind], f"{layer}.{head + 1}", level] == expected
    heads = list(dict.fromkeys(data.loc[data["kind"] == "encoder self", "head"]))
    assert heads == ["1.1", "1.2", "2.1", "2.2", "3.1", "3.2"]
    assert drawn(head_figures.role_map_chart(data, CAST, networks), 0) == records(data)


def test_every_role_has_a_colour_of_its_own() -> None:
    colours = [look.colour for look in head_figures.ROLES.values()]
    assert len(set(colours)) == len(colours)


# ----------------------------------------------------------------------------- what heads do


def test_what_heads_do_is_the_mean_over_the_heads_of_a_layer(attention: pd.DataFrame) -> None:
    data = head_figures.doing_data(attention, CAST, "encoder_self")
    assert len(data) == 2 * (1 + 3 * 2) * 3
    cells = data.set_index(["arm", "replicate", "level", "layer"])
    own = ticket("lr_rewinding", 1, 2)
    for measure in ("entropy", "next", "coreferent", "syntactic_head_by_distance"):
        expected = mean(doing(measure, own, 3, head) for head in range(FAKE.heads))
        found = cells.loc[("lr_rewinding", 1, 2, 3), measure]
        assert found == pytest.approx(expected, abs=1e-4)
    assert "start" not in data
    decoder = head_figures.doing_data(attention, CAST, "decoder_self")
    assert not {"next", "end_of_sentence", "syntactic_head"} & set(decoder)
    chart = head_figures.doing_chart(data, CAST)
    assert drawn(chart, -1) == drawn(chart, 0) == records(data)


def test_the_floor_is_seen_beside_the_measures_that_have_one(attention: pd.DataFrame) -> None:
    spec = head_figures.doing_chart(
        head_figures.doing_data(attention, CAST, "encoder_self"), CAST
    ).to_dict()
    (measures,) = (p["bind"]["options"] for p in spec["params"] if p["name"] == "measure")
    assert not [name for name in measures if name.endswith("by_distance")]
    ticks = spec["layer"][0]
    assert ticks["mark"]["opacity"]["expr"].startswith('indexof(["syntactic_head", "coreferent"]')
    assert "datum[measure + '_by_distance']" in ticks["transform"][-1]["calculate"]


# ----------------------------------------------------------------------------- importance


def test_importance_is_drawn_head_by_head_against_the_dense_model(attention: pd.DataFrame) -> None:
    data, tickets = head_figures.importance_data(attention, CAST)
    assert len(data) == 2 * FAKE.heads * len(PLACES)
    two = percent(shares("lr_rewinding", 2)["sparsity_prunable"])
    assert (
        next(iter(tickets.values())) == f"tickets (learning-rate rewinding), level 2 ({two} zero)"
    )
    assert len(tickets) == 3 * 2
    rows = data.set_index(["kind", "layer", "head", "replicate"])
    for kind, layer, head in FAKE.places():
        row = rows.loc[(KINDS[kind], layer, head + 1, 1)]
        dense = importance(ticket("dense", 1, 0), layer, head)
        own = importance(ticket("lr_rewinding", 1, 2), layer, head)
        assert (row["dense"], row["0"]) == pytest.approx((dense, own), abs=1e-5)
    assert drawn(head_figures.importance_chart(data, CAST, tickets), -1) == records(data)


def test_zeros_of_a_head_are_those_of_all_its_weights(tables: RunTables) -> None:
    data, tickets = head_figures.pruned_head_data(
        frame(tables.attention), CAST, frame(tables.sparsity)
    )
    assert not [name for name in tickets.values() if name.startswith("dense")]
    assert len(data) == 2 * FAKE.heads * len(PLACES)
    rows = data.set_index(["kind", "layer", "head", "replicate"])
    row = rows.loc[("encoder-decoder", 2, 1 + 1, 0)]
    pruned = [tensor_share(aim("lr_rewinding", 2), 2, p, "weight") for p in ("q", "k", "v", "out")]
    expected = mean(min(1.0, share * (0.8 + 0.4 / 3)) for share in pruned)
    assert row["0"] == pytest.approx(expected, abs=1e-3)
    assert row["dense"] == pytest.approx(importance(ticket("dense", 0, 0), 2, 1), abs=1e-5)
    assert drawn(head_figures.pruned_head_chart(data, CAST, tickets), 0) == records(data)


def test_rank_correlations_stand_beside_the_control(run: Path) -> None:
    (table,) = (part for part in parts_of(run) if isinstance(part, Table))
    assert len(table.rows) == 2 * 3 * 2 * 2
    row = table.rows[1]
    values = [rank_correlation(ticket("lr_rewinding", r, 2)) for r in (0, 1)]
    control = mean(rank_correlation(ticket("dense_continued", r, 2)) for r in (0, 1))
    assert row[:4] == ("loss when masked", "encoder self", "tickets (learning-rate rewinding)", "2")
    assert row[5:] == (
        f"{mean(values):.2f}",
        f"{min(values):.2f} to {max(values):.2f}",
        f"{control:.2f}",
    )


# ----------------------------------------------------------------------------- the section


def test_the_section_says_what_it_rests_on_and_shows_all(run: Path) -> None:
    parts = parts_of(run)
    assert gaps(parts) == []
    assert len(titles(parts)) == 5 + 1 + 2 + 3 + 2
    prose = [part.text for part in parts if isinstance(part, Prose)]
    assert prose[1] == (
        "Measured on 500 sentences with 5,432 words (5,000 with a gold syntactic head, 210 with an "
        "antecedent, 4,800 aligned; left out: 2 words without a piece in the vocabulary, 3 "
        "sentences with a side without words, 1 sentence too long for the model, 0 gold sentences "
        "with a side without words, 4 gold sentences too long for the model, and of the similarity "
        "of heads 500 rows with one key, of correlations 6 more without variance)."
    )
    assert prose[2] == "Gold data: syntax, coreference and alignments of the embedded grammar."
    assert isinstance(parts[-1], AttentionView)
    assert "3 sentences left out to keep the page small" in parts[-1].reading


def test_without_gold_data_importance_and_control(tmp_path: Path) -> None:
    fake = FakeRun(
        arms=("lr_rewinding",),
        replicates=1,
        levels=1,
        attention=FakeAttention(gold=False, importance=False),
    )
    parts = parts_of(write_run(tmp_path / "run", fake))
    gold, control, counting = gaps(parts)
    assert gold.startswith("There are no gold data")
    assert control.startswith("Change of heads beyond the control needs the arm dense_continued")
    assert counting.startswith("The importance of heads was not measured")
    shown = [part for part in parts if isinstance(part, Figure)]
    assert len(shown) == 4 + 1 + 2 + 3
    told = [part.reading for part in shown]
    assert not [text for text in told if "dense_continued" in text or "another replicate" in text]
    assert not [text for text in told if "Grey ticks" in text]


@pytest.mark.parametrize("arms", [("dense_continued",), ()])
def test_a_run_without_tickets_has_gaps(tmp_path: Path, arms: tuple[str, ...]) -> None:
    run = write_run(tmp_path / "run", FakeRun(arms=arms or ARMS, levels=2 if arms else 0))
    found = gaps(parts_of(run))
    assert "No heads of a pruned model were compared with those of the dense one." in found
    assert "No attention maps were kept: that takes a ticket." in found


def test_a_kind_that_was_not_measured_is_not_drawn(tmp_path: Path, run: Path) -> None:
    own = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    rows = [row for row in csv_rows(own, "attention") if row["kind"] == "encoder_self"]
    write_csv(own / "tables/attention.csv", rows)
    shown = titles(parts_of(own))
    assert "What encoder self-attention heads do" in shown
    assert len(shown) == len(titles(parts_of(run))) - 2


# ----------------------------------------------------------------------------- the maps


def with_maps(run: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    path = run / "views/attention.json"
    view = json.loads(path.read_text(encoding="utf-8"))
    change(view["maps"])
    path.write_text(json.dumps(view), encoding="utf-8")
    return run


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": packed(bytes(10))}, "not the .* weights of these sentences"),
        ({"data": packed(bytes(10**6))}, "not the .* weights of these sentences"),
        ({"data": "%%%"}, "data: "),
        ({"data": base64.b64encode(b"no zlib").decode()}, "data: .*incorrect header check"),
        ({"sentences": [{"source": ["a"], "target": ["b"]}]}, "not the .* weights"),
        ({"networks": []}, "maps.networks: .* at least 2 items"),
    ],
)
def test_maps_that_do_not_fit_are_refused(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    with pytest.raises(InputError, match=f"attention.json: .*{words}"):
        read_run(with_maps(run, lambda maps: maps.update(change)))


def test_the_figures_of_a_large_run_are_small(tmp_path: Path) -> None:
    layers = {"encoder_self": 3, "decoder_self": 3, "encoder_decoder": 3}
    fake = FakeRun(
        arms=ARMS, levels=9, lost=(0.1,) * 9, attention=FakeAttention(layers=layers, heads=4)
    )
    parts = parts_of(write_run(tmp_path / "run", fake))
    specs = [json.dumps(part.spec()) for part in parts if isinstance(part, Figure)]
    assert sum(map(len, specs)) < 1.6e6
