"""The report on what networks hold and on their weights: figures as data, and where they lack."""

import itertools
import json
from pathlib import Path
from statistics import mean

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.arms.cast import lottery_cast
from ticketscope.report.drawing.compared_networks import beyond_control_chart, control_band_data
from ticketscope.report.parts.part import Figure, Gap, Part, Prose
from ticketscope.report.parts.wording import percent
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.representations import figures
from ticketscope.report.representations.sections import complexity_parts, representation_parts
from ticketscope.report.weights import figures as weight_figures
from ticketscope.report.weights.sections import weight_parts
from unit.report_fixture import (
    LAYERS,
    SIMILARITIES,
    WIDTH,
    FakeRun,
    csv_rows,
    drawn,
    floor,
    frame,
    jaccard_by_chance,
    localized,
    records,
    shares,
    similarity,
    write_csv,
    write_run,
)

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
NEW_TABLES = ("similarity", "neurons", "complexity", "weights")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FakeRun(arms=ARMS))


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


def representations_of(run: Path) -> tuple[Part, ...]:
    return tuple(representation_parts(read_run(run)))


def complexity_of(run: Path) -> tuple[Part, ...]:
    return tuple(complexity_parts(read_run(run)))


def weights_of(run: Path) -> tuple[Part, ...]:
    return tuple(weight_parts(read_run(run)))


def titles(parts: tuple[Part, ...]) -> list[str]:
    return [part.title for part in parts if isinstance(part, Figure)]


def gaps(parts: tuple[Part, ...]) -> list[str]:
    return [part.reason for part in parts if isinstance(part, Gap)]


# ----------------------------------------------------------------------------- similarity


def test_layer_pairs_are_means_over_replicates_of_the_levels_that_were_compared(
    tables: RunTables,
) -> None:
    data = figures.layer_pair_data(frame(tables.similarity), CAST, "encoder")
    levels = data[["arm", "level", "other_level"]].drop_duplicates().to_records(index=False)
    with_dense = [(arm, level, 0) for arm in ARMS for level in (1, 2, 3, 4)]
    with_earlier = [("lr_rewinding", *pair) for pair in itertools.combinations((4, 3, 2, 1), 2)]
    assert sorted(levels.tolist()) == sorted(with_dense + with_earlier)
    assert len(data) == len(levels) * (LAYERS + 1) ** 2
    cells = data.set_index(["arm", "level", "other_level", "layer", "other_layer"])
    for measure in SIMILARITIES:
        expected = similarity("random_pruning", 3, 2, 1, measure) + 0.0005
        assert cells.loc[("random_pruning", 3, 0, 2, 1), measure] == pytest.approx(
            expected, abs=1e-3
        )
        between = similarity("lr_rewinding", 4 - 1, 2, 1, measure) + 0.0005
        assert cells.loc[("lr_rewinding", 4, 1, 2, 1), measure] == pytest.approx(between, abs=1e-3)
    pruned = shares("lr_rewinding", 3)["sparsity_prunable"]
    for arm, share in (("lr_rewinding", pruned), ("dense_continued", 0.0)):
        assert cells.loc[(arm, 3, 0, 0, 0), "sparsity_prunable"] == pytest.approx(share)


def test_the_layer_pair_figure_lets_choose_measure_and_pair(tables: RunTables) -> None:
    data = figures.layer_pair_data(frame(tables.similarity), CAST, "encoder")
    chart = figures.layer_pair_chart(data, CAST)
    spec = chart.to_dict()
    params = {param["name"]: param for param in spec["params"]}
    assert set(params) == {"measure", "pair"}
    assert params["measure"]["value"] == "cka_debiased"
    assert set(params["measure"]["bind"]["options"]) == set(SIMILARITIES)
    pair = params["pair"]
    words = dict(zip(pair["bind"]["options"], pair["bind"]["labels"], strict=True))
    four = percent(shares("lr_rewinding", 4)["sparsity_prunable"])
    assert words[pair["value"]] == (
        f"tickets (learning-rate rewinding), level 4 ({four} zero) with the dense model"
    )
    assert len(words) == len(set(words.values())) == 3 * 4 + 6
    assert spec["layer"][0]["transform"] == [
        {"calculate": "datum[measure]", "as": "value"},
        {"filter": "datum.pair === pair"},
    ]
    tooltips = [channel["field"] for channel in spec["layer"][0]["encoding"]["tooltip"]]
    assert {*tooltips} == {"layer", "other_layer", *SIMILARITIES}


def test_each_pair_in_words_has_its_own_cells(tables: RunTables) -> None:
    data = figures.layer_pair_data(frame(tables.similarity), CAST, "encoder")
    chart = figures.layer_pair_chart(data, CAST)
    (pair,) = (param for param in chart.to_dict()["params"] if param["name"] == "pair")
    words = dict(zip(pair["bind"]["options"], pair["bind"]["labels"], strict=True))
    cells = {
        (words[row["pair"]], row["layer"], row["other_layer"]): row["svcca"]
        for row in drawn(chart, 0)
    }
    assert len(cells) == len(data)
    for arm, level, other_level, other in (
        ("lr_rewinding", 3, 2, "level 2"),
        ("lr_rewinding", 3, 0, "the dense model"),
        ("random_pruning", 1, 0, "the dense model"),
        ("dense_continued", 4, 0, "the dense model"),
    ):
        zero = percent(shares(arm, level)["sparsity_prunable"])
        expected = similarity(arm, level - other_level, 2, 3, "svcca") + 0.0005
        found = cells[f"{CAST[arm].title}, level {level} ({zero} zero) with {other}", 2, 3]
        assert found == pytest.approx(expected, abs=1e-3)


def test_a_run_of_the_control_alone_has_its_pairs(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(arms=("dense_continued",), levels=2))
    data = figures.layer_pair_data(frame(read_run(run).similarity), CAST, "encoder")
    (pair,) = (
        p for p in figures.layer_pair_chart(data, CAST).to_dict()["params"] if p["name"] == "pair"
    )
    assert [label.split(" (")[0] for label in pair["bind"]["labels"]] == [
        "control: trained on, nothing pruned, level 1",
        "control: trained on, nothing pruned, level 2",
    ]
    assert pair["value"] == pair["bind"]["options"][1]


def test_same_layer_figure_shows_the_table(run: Path, tables: RunTables) -> None:
    data = figures.same_layer_data(frame(tables.similarity), CAST, "encoder")
    written = {
        (row["arm"], row["replicate"], row["level"], row["layer"], row["measure"]): row
        for row in csv_rows(run, "similarity")
        if (row["other_arm"], row["other_replicate"]) == ("dense", row["replicate"])
        and row["arm"] != "dense"
        and row["layer"] == row["other_layer"]
    }
    assert len(data) == len(written) == 3 * 2 * 4 * (LAYERS + 1) * 6
    names = {label: measure for measure, label in figures.SIMILARITIES.items()}
    for shown in records(data):
        key = (*(str(shown[k]) for k in ("arm", "replicate", "level", "layer")),)
        row = written[(*key, names[shown["measure"]])]
        for column in ("value", "lower", "upper"):
            assert shown[column] == pytest.approx(float(row[column]), abs=1e-4)


def test_the_control_is_a_band_around_all_its_replicates(tables: RunTables) -> None:
    data = figures.same_layer_data(frame(tables.similarity), CAST, "encoder")
    band = control_band_data(data, CAST).set_index(["level", "layer", "measure"])
    own = similarity("dense_continued", 2, 3, 3, "svcca")
    stripe = band.loc[(2, 3, "SVCCA")]
    assert stripe["lower"] == pytest.approx(own - 0.01, abs=1e-4)
    assert stripe["upper"] == pytest.approx(own + 0.001 + 0.01, abs=1e-4)
    no_interval = data.assign(lower=float("nan"), upper=float("nan"))
    bare = control_band_data(no_interval, CAST).set_index(["level", "layer", "measure"])
    assert bare.loc[(2, 3, "SVCCA"), "upper"] == pytest.approx(own + 0.001, abs=1e-4)


def test_another_seed_and_the_noise_floor_are_lines(tables: RunTables) -> None:
    lines = figures.reference_data(frame(tables.similarity), CAST, "encoder")
    values = lines.set_index(["layer", "measure", "reference"])["value"]
    assert len(values) == (LAYERS + 1) * 6 * 2
    assert values[2, "SVCCA", "another seed"] == 0.5
    assert values[2, "SVCCA", "noise floor"] == pytest.approx(floor("svcca"))
    assert values[2, "debiased CKA", "noise floor"] == 0


def test_the_similarity_chart_draws_band_lines_and_pruned_arms(tables: RunTables) -> None:
    data = figures.same_layer_data(frame(tables.similarity), CAST, "encoder")
    band = control_band_data(data, CAST)
    lines = figures.reference_data(frame(tables.similarity), CAST, "encoder")
    chart = figures.same_layer_chart(data, CAST, band, lines)
    assert drawn(chart, 0) == records(band)
    assert drawn(chart, 1) == drawn(chart, 2) == records(lines)
    assert drawn(chart, -1) == records(data[data["arm"] != "dense_continued"])
    spec = chart.to_dict()
    values = {param["name"]: param["value"] for param in spec["params"]}
    assert values == {"measure": "debiased CKA", "layer": LAYERS}
    for layer in spec["layer"]:
        assert [step["filter"] for step in layer["transform"] if "filter" in step] == [
            "datum.measure === measure",
            "datum.layer === layer",
        ]


def test_divergence_beyond_the_control_is_the_difference_with_its_interval(
    run: Path, tables: RunTables
) -> None:
    data = figures.beyond_control_data(frame(tables.similarity), CAST, "encoder")
    written = [row for row in csv_rows(run, "similarity") if row["difference_control"]]
    assert len(data) == len(written) == 2 * 2 * 4 * (LAYERS + 1) * 6
    assert set(data["arm"]) == {"lr_rewinding", "random_pruning"}
    cells = data.set_index(["arm", "replicate", "level", "layer", "measure"])
    for arm, drift in (("lr_rewinding", 0.02), ("random_pruning", 0.05)):
        for level in (1, 4):
            cell = cells.loc[(arm, 1, level, 3, "CKA")]
            assert cell["value"] == pytest.approx(-drift * level, abs=1e-4)
            assert cell["lower"] == pytest.approx(-drift * level - 0.015, abs=1e-4)
            assert cell["upper"] == pytest.approx(-drift * level + 0.015, abs=1e-4)
    chart = beyond_control_chart(data, CAST, "measure", "arm")
    assert drawn(chart, 1) == drawn(chart, 2) == records(data)


def test_levels_and_replicates_stand_side_by_side_beyond_the_control(tables: RunTables) -> None:
    data = figures.beyond_control_data(frame(tables.similarity), CAST, "encoder")
    spec = beyond_control_chart(data, CAST, "measure", "arm").to_dict()
    points, bars = spec["layer"][1:]
    encoding = bars["encoding"]
    assert (encoding["y"]["field"], encoding["y2"]["field"]) == ("lower", "upper")
    assert encoding["xOffset"]["field"] == points["encoding"]["xOffset"]["field"] == "dodge"
    rows = spec["datasets"][spec["data"]["name"] if "data" in spec else bars["data"]["name"]]
    places = {(row["level"], row["replicate"]): row["dodge"] for row in rows}
    assert [places[key] for key in sorted(places)] == sorted(set(places.values()))
    assert len(places) == len(set(places.values())) == 4 * 2


def test_localization_shows_the_table(tables: RunTables) -> None:
    data = figures.localization_data(frame(tables.similarity), CAST, "encoder")
    assert len(data) == 2 * 13 * (LAYERS + 1)
    cells = data.set_index(["arm", "replicate", "level", "layer"])["value"]
    for arm, level in (("dense", 0), ("dense_continued", 3), ("lr_rewinding", 3)):
        assert cells[arm, 1, level, 2] == pytest.approx(localized(arm, level, 2), abs=1e-4)
    assert drawn(figures.localization_chart(data, CAST), -1) == records(data)


# ----------------------------------------------------------------------------- neurons, complexity


def test_neurons_kept_are_those_of_the_same_layer_of_the_own_dense_model(tables: RunTables) -> None:
    data = figures.kept_data(frame(tables.neurons), CAST, "encoder")
    assert len(data) == 3 * 2 * 4 * (LAYERS + 1)
    cells = data.set_index(["arm", "replicate", "level", "layer"])["value"]
    for arm, moved in (("lr_rewinding", 0.05), ("dense_continued", 0.02)):
        assert cells[arm, 1, 3, 2] == round((0.95 - 3 * moved) * WIDTH) / WIDTH
    assert drawn(figures.kept_chart(data, CAST), -1) == records(data)


def test_neurons_of_layer_1_are_followed_through_one_model(tables: RunTables) -> None:
    data = figures.through_layers_data(frame(tables.neurons), CAST, "encoder")
    assert set(data["arm"]) == set(ARMS)
    assert set(data["level"]) == {0, 1, 2, 3, 4}
    assert set(data["other_layer"]) == {2, 3}
    assert len(data) == 3 * 2 * 5 * 2
    cells = data.set_index(["arm", "replicate", "level", "other_layer"])["value"]
    kept = {
        ("lr_rewinding", 0, 0, 3): 0.35,
        ("lr_rewinding", 1, 2, 2): 0.55,
        ("dense_continued", 1, 2, 2): 0.61,
    }
    for key, share in kept.items():
        assert cells[key] == pytest.approx(round(share * WIDTH) / WIDTH, abs=1e-4)
    assert drawn(figures.through_layers_chart(data, CAST), 0) == records(data)


def test_complexity_figure_shows_the_table(run: Path, tables: RunTables) -> None:
    data = figures.complexity_data(frame(tables.complexity), CAST, "encoder")
    written = [row for row in csv_rows(run, "complexity") if row["measure"] in figures.COMPLEXITIES]
    assert len(data) == len(written) == 2 * 13 * (LAYERS + 1) * 4
    assert sum(data["value"]) == pytest.approx(sum(float(row["value"]) for row in written), 1e-4)
    dimension = data[data["measure"] == "TwoNN dimension"]
    assert dimension["lower"].isna().all()
    assert data.loc[data["measure"] == "effective rank", "lower"].notna().all()
    chart = figures.complexity_chart(data, CAST)
    assert drawn(chart, -1) == records(data)
    assert len(drawn(chart, 1)) == len(data) - len(dimension)


def test_lines_of_complexity_start_at_the_dense_layer(tables: RunTables) -> None:
    data = figures.complexity_data(frame(tables.complexity), CAST, "encoder")
    lines = drawn(figures.complexity_chart(data, CAST), 0)
    dense = data[data["arm"] == "dense"].set_index(["replicate", "layer", "measure"])["value"]
    starts = [row for row in lines if row["level"] == 0]
    assert len(starts) == 3 * len(dense)
    assert all(
        row["value"] == dense[row["replicate"], row["layer"], row["measure"]] for row in starts
    )


# ----------------------------------------------------------------------------- weights


def test_overlap_of_masks_beside_chance(tables: RunTables) -> None:
    data = weight_figures.overlap_data(frame(tables.weights))
    cells = data.set_index(["pair", "replicates", "level", "kind"])["value"]
    assert len(cells) == (2 * 1 + 1 * 2) * 4 * 2  # between two replicates, and between two arms
    share = shares("lr_rewinding", 3)["sparsity_prunable"]
    chance = jaccard_by_chance(share, share)
    replicates = "lr_rewinding, between replicates", "0 and 1", 3
    assert cells[*replicates, "by chance"] == pytest.approx(chance, abs=1e-4)
    assert cells[*replicates, "measured"] == pytest.approx((1 + chance) / 2, abs=1e-4)
    arms = "lr_rewinding, random_pruning", "1", 3
    assert cells[*arms, "measured"] == cells[*arms, "by chance"]
    assert drawn(weight_figures.overlap_chart(data, CAST), 0) == records(data)


def test_of_many_pairs_of_masks_those_with_the_first_arm_are_drawn() -> None:
    arms = ("lr_rewinding", "lr_rewinding-random", "fine_tuning", "one_shot")
    pairs = [f"{one}, {other}" for one, other in itertools.combinations(sorted(arms), 2)]
    data = pd.DataFrame({"pair": [*pairs, "lr_rewinding, between replicates"]})
    shown = weight_figures.without_far_pairs(data, lottery_cast(arms))["pair"]
    assert list(shown) == [
        *("fine_tuning, lr_rewinding", "lr_rewinding, lr_rewinding-random"),
        *("lr_rewinding, one_shot", "lr_rewinding, between replicates"),
    ]
    few = data.head(6)
    assert weight_figures.without_far_pairs(few, lottery_cast(arms)) is few


def test_a_pair_of_masks_is_drawn_once_whichever_comes_first(tables: RunTables) -> None:
    weights = frame(tables.weights)
    once = weight_figures.overlap_data(weights)
    swapped = weights.rename(
        columns={key: f"other_{key}" for key in ("arm", "replicate", "level")}
        | {f"other_{key}": key for key in ("arm", "replicate", "level")}
    )
    compared = swapped[swapped["measure"].str.startswith("mask_jaccard")]
    assert weight_figures.overlap_data(compared).equals(once)
    doubled = pd.concat([weights, compared[list(weights.columns)]], ignore_index=True)
    assert weight_figures.overlap_data(doubled).equals(once)


def test_distance_is_that_of_the_whole_model(run: Path, tables: RunTables) -> None:
    data = weight_figures.distance_data(frame(tables.weights), CAST)
    written = [row for row in csv_rows(run, "weights") if row["measure"] == "l2_distance"]
    assert list(data["value"]) == [float(row["value"]) for row in written]
    assert drawn(weight_figures.distance_chart(data, CAST), -1) == records(data)


def test_barriers_are_to_the_dense_model_and_to_the_level_before(tables: RunTables) -> None:
    data = weight_figures.barrier_data(frame(tables.weights), CAST)
    to_dense, to_level = (data[data["to"] == to] for to in dict.fromkeys(data["to"]))
    assert (len(to_dense), len(to_level)) == (3 * 2 * 4, 3 * 2 * 4)
    share = shares("lr_rewinding", 3)["sparsity_prunable"]
    of_ticket = to_dense[(to_dense["arm"] == "lr_rewinding") & (to_dense["level"] == 3)]
    assert set(of_ticket["value"]) == {round((0.3 + share) / 10, 4)}
    later = to_level[to_level["level"] > 1]  # what is before level 1 is the dense model
    assert (set(later["value"]), set(later["lower"])) == ({0.01}, {0.005})
    drawn_rows = drawn(weight_figures.barrier_chart(data, CAST), -1)
    assert drawn_rows == records(data)


def test_rank_is_in_shares_of_the_dense_matrix(tables: RunTables) -> None:
    data = weight_figures.rank_data(frame(tables.weights), CAST)
    assert len(data) == 3 * 4 * 16 * LAYERS
    cells = data.set_index(["arm", "level", "role", "layer"])["value"]
    share = shares("lr_rewinding", 4)["sparsity_prunable"]
    expected = (102 - 50 * share) / 102
    assert cells["lr_rewinding", 4, "decoder · cross · v", 2] == pytest.approx(expected, abs=1e-4)
    assert mean(cells["dense_continued"]) == 1
    assert drawn(weight_figures.rank_chart(data, CAST), 0) == records(data)


# ----------------------------------------------------------------------------- the sections


def test_every_module_has_its_figures_and_says_its_words(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(modules=("encoder", "decoder"), levels=1))
    parts = representations_of(run) + complexity_of(run)
    assert len(titles(parts)) == 2 * 8 + 2, "and the published"
    assert sum("decoder" in title for title in titles(parts)) == 8
    readings = [part.reading for part in parts if isinstance(part, Figure)]
    assert sum("n = 12,345 words" in reading for reading in readings) == 8
    assert sum("n = 12,345 target words" in reading for reading in readings) == 8
    assert "debiased CKA 0.00, SVCCA 0.14" in readings[0]


def test_a_run_from_before_these_tables_says_so_and_breaks_nowhere(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    for name in NEW_TABLES:
        (run / "tables" / f"{name}.csv").unlink()
    found = gaps(representations_of(run) + complexity_of(run) + weights_of(run))
    assert [reason.split(" ")[0] for reason in found] == [f"tables/{x}.csv" for x in NEW_TABLES]


def test_complexity_needs_no_similarity(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(levels=1))
    (run / "tables/similarity.csv").unlink()
    (figure,) = (part for part in complexity_of(run) if isinstance(part, Figure))
    assert figure.title == "How many dimensions the layers of the encoder use"
    assert "n = 2 replicates" in figure.reading


def test_without_a_control_divergence_is_not_concluded(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(arms=("lr_rewinding",), replicates=1, levels=2))
    parts = representations_of(run)
    (gap,) = gaps(parts)
    assert gap.startswith("Divergence beyond the control needs the arm dense_continued")
    assert len(titles(parts)) == 8
    shown = [part for part in (*parts, *weights_of(run)) if isinstance(part, Figure)]
    (reading,) = (part.reading for part in shown if part.title.startswith("How far each layer"))
    assert "band" not in reading
    told = [part.reading for part in shown]
    told += [part.text for part in (*parts, *weights_of(run)) if isinstance(part, Prose)]
    assert not [text for text in told if "dense_continued" in text]
    assert gaps(weights_of(run)) == [
        "No two masks of one level were compared: that takes two replicates or two arms."
    ]


@pytest.mark.parametrize(("arms", "levels"), [(("dense_continued",), 2), (ARMS, 0)])
def test_a_run_without_tickets_has_gaps(tmp_path: Path, arms: tuple[str, ...], levels: int) -> None:
    run = write_run(tmp_path / "run", FakeRun(arms=arms, replicates=2, levels=levels))
    assert "No pruned model was compared with the dense one." in gaps(representations_of(run))


def test_few_words_are_warned_of(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    assert not [part for part in representations_of(run) if _is_warning(part)]
    rows = csv_rows(run, "similarity")
    for num_words, warned in ((9_999, True), (10_000, False)):
        told = [row | {"num_words": str(num_words)} for row in rows]
        write_csv(run / "tables/similarity.csv", told)
        warnings = [part for part in representations_of(run) if _is_warning(part)]
        assert bool(warnings) == warned
        for warning in warnings:
            assert isinstance(warning, Prose)
            assert warning.text.startswith("9,999 words are fewer than the 10,000")


def test_the_words_measured_are_said(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(levels=1))
    assert _measured_on(run) == (
        "Measured on 1,014 sentences with 12,345 words (words left out because the "
        "vocabulary has no piece of them: 17; sentences read in windows because they are too long "
        "for the model: 2)."
    )
    view = run / "views/representations.json"
    first, second = json.loads(view.read_text())["replicates"]
    view.write_text(json.dumps({"replicates": [first, second | {"num_words": 54_321}]}))
    told = _measured_on(run)
    assert "12,345 words (" in told.partition("in replicate 0; ")[0]
    assert "54,321 words (" in told.partition("in replicate 0; ")[2]
    assert told.endswith("in replicate 1.")


def _measured_on(run: Path) -> str:
    prose = [part.text for part in representations_of(run) if isinstance(part, Prose)]
    (told,) = (text for text in prose if text.startswith("Measured on"))
    return told


def _is_warning(part: Part) -> bool:
    return isinstance(part, Prose) and part.lead == "Few words."
