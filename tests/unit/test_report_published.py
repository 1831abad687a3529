"""Published figures beside ours in the report: figures as data, and where there is nothing."""

from pathlib import Path
from statistics import mean

import altair as alt
import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.annotation.tasks import TASKS
from ticketscope.report.attention import published_heads as beside_heads
from ticketscope.report.attention.published_heads import published_attention
from ticketscope.report.method import published_sources
from ticketscope.report.parts.part import Figure, Part, Prose, Table
from ticketscope.report.parts.wording import percent
from ticketscope.report.probes import published_tasks as beside_tasks
from ticketscope.report.probes.published_tasks import published_probes
from ticketscope.report.published import beside
from ticketscope.report.published.study_tables import published
from ticketscope.report.quality import published_quality as beside_quality
from ticketscope.report.quality.published_quality import published_quality
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.representations import published_layers as beside_layers
from ticketscope.report.representations import published_maps as beside_maps
from ticketscope.report.representations.published_layers import (
    published_complexity,
    published_representations,
)
from ticketscope.report.representations.published_singles import components, neurons_in_place
from ticketscope.report.sections import sections
from ticketscope.report.sparsity import published_roles as beside_roles
from ticketscope.report.sparsity.published_roles import published_sparsity
from unit.attention_fixture import head_similarity, matched
from unit.probes_fixture import HALF, FakeProbes, score, write_probes
from unit.report_fixture import (
    WIDTH,
    FakeRun,
    csv_rows,
    drawn,
    frame,
    records,
    shares,
    similarity,
    write_run,
)

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
STUDY = "published: Movva and Zhao 2020"
UNPRUNED = FakeRun(arms=("dense_continued",))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FakeRun(arms=ARMS))


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    folder = tmp_path_factory.mktemp("probed") / "run"
    probes = FakeProbes(tasks=("pos", "semantic_prediction", "constituency_parent"), layers=4)
    return read_run(write_probes(folder, FakeRun(arms=ARMS), probes))


def all_parts(run: RunTables) -> list[Part]:
    """Of the sections that any run of `write_run` has."""
    return [
        *published_quality(run, frame(run.quality)),
        *published_sparsity(run, frame(run.sparsity)),
        *published_representations(run),
        *published_complexity(run, frame(run.complexity)),
        *published_attention(run, frame(run.attention)),
    ]


def by(data: pd.DataFrame, *keys: str) -> dict[tuple[object, ...], float]:
    return data.set_index(list(keys))["value"].to_dict()


# ----------------------------------------------------------------------------- quality


def test_our_loss_is_the_difference_to_the_dense_model(run: Path, tables: RunTables) -> None:
    data = beside_quality.quality_data(frame(tables.quality), CAST)
    rows = [row for row in csv_rows(run, "quality") if row["metric"] == "bleu"]
    assert len(data) == len(rows)
    for row, ours in zip(rows, data.to_dict("records"), strict=True):
        assert (row["arm"], row["test_set"]) == (ours["arm"], ours["test_set"])
        assert ours["value"] == pytest.approx(float(row["difference_dense"] or 0), abs=1e-4)
        if row["arm"] != "dense":
            assert ours["upper"] == pytest.approx(float(row["difference_dense_upper"]), abs=1e-4)


def test_every_method_starts_at_its_dense_model_and_ends_at_our_reach() -> None:
    data = beside_quality.published_quality_data(0.60)
    found = by(data, "whose", "method", "drawn_at")
    assert found["published: Gale et al. 2019", "random pruning", 0.5] == -2.7
    assert found["published: Renda et al. 2020", "learning-rate rewinding", 0.59] == 0.2
    assert data["drawn_at"].max() == 0.60
    starts = data[data["drawn_at"] == 0]
    assert len(starts) == data[["whose", "method"]].drop_duplicates().shape[0] == 1 + 5 + 2 + 3
    assert set(starts["value"]) == {0}
    everything = beside_quality.published_quality_data(1.0)
    dense = published("quality")["method"] == "dense"
    assert len(everything) == len(published("bleu")) + (~dense).sum() + 5 + 2 + 3 + 1
    assert (0.67, 28.9, -0.3) in set(
        everything[["drawn_at", "bleu", "value"]].itertuples(index=False, name=None)
    )
    of_the_study = by(everything, "whose", "method", "drawn_at")
    assert of_the_study[STUDY, "learning-rate rewinding", 0.8322] == -0.58
    assert set(beside_quality.published_quality_data(0.3)["whose"]) == {STUDY}
    assert beside_quality.published_quality_data(0.1).empty


def test_quality_is_drawn_hollow_and_grey_beside_the_arm_chosen(tables: RunTables) -> None:
    ours = beside_quality.quality_data(frame(tables.quality), CAST)
    theirs = beside_quality.published_quality_data(0.88)
    chart = beside_quality.quality_chart(ours, CAST, theirs)
    assert drawn(chart, 0) == drawn(chart, 1) == records(theirs)
    spec = chart.to_dict()
    line, marks, thick = spec["layer"][:3]
    assert thick["transform"] == [{"filter": f"datum.whose === '{STUDY}'"}]
    assert thick["mark"]["strokeWidth"] == 3
    assert line["mark"]["strokeDash"] == [4, 3]
    assert (marks["mark"]["filled"], marks["mark"]["color"]) == (False, "#7F7F7F")
    sources = ["Movva and Zhao 2020"]
    sources += ["Brix et al. 2020", "Gale et al. 2019", "Renda et al. 2020", "Yu et al. 2020"]
    scale = marks["encoding"]["shape"]["scale"]
    assert scale["domain"] == [f"published: {name}" for name in sources]
    assert scale["range"][0] == "diamond"
    assert "transform" not in marks, "what is chosen of ours leaves the published"
    assert spec["resolve"]["scale"] == {"shape": "independent"}
    options = {param["name"]: param["bind"]["options"] for param in spec["params"]}
    assert options == {
        "test_set": ["test_2016_flickr", "test_2017_flickr"],
        "arm": ["lr_rewinding", "random_pruning"],
    }


def test_all_methods_under_study_stand_beside_the_published_ones_at_their_sparsity(
    tables: RunTables,
) -> None:
    ours = beside_quality.quality_data(frame(tables.quality), CAST)
    tuned = ours[ours["arm"] == "lr_rewinding"].assign(arm="fine_tuning")
    theirs = beside_quality.published_quality_data(0.88)
    spec = beside_quality.quality_chart(pd.concat([ours, tuned]), CAST, theirs).to_dict()
    [arm] = [param for param in spec["params"] if param["name"] == "arm"]
    assert (arm["value"], arm["bind"]["labels"][0]) == ("", "all under study")
    assert set(arm["bind"]["options"][1:]) == {"lr_rewinding", "fine_tuning", "random_pruning"}
    [chosen] = [one["filter"] for one in spec["layer"][-1]["transform"] if "indexof" in str(one)]
    assert chosen == (
        """indexof(arm === '' ? ["lr_rewinding", "fine_tuning"] : [arm], datum.arm) >= 0 || """
        """indexof(["dense", "dense_continued"], datum.arm) >= 0"""
    )


# ----------------------------------------------------------------------------- sparsity


def test_kinds_of_weight_stand_beside_those_of_the_nearest_round(tables: RunTables) -> None:
    pruned = beside_roles.role_data(frame(tables.sparsity), CAST)
    ours, theirs = beside.at_like_levels(pruned, beside_roles.published_role_data(), "role")
    for rows in (ours, theirs):
        assert set(rows["level"]) == {1, 2}, "0.738 and 0.832 are too far from the study's 0.672"
    rounds = dict(zip(theirs["level"], theirs["published_level"], strict=True))
    assert rounds == {1: 2, 2: 4}
    table = frame(tables.sparsity)
    tensors = table[
        (table["arm"] == "lr_rewinding")
        & (table["level"] == 2)
        & (table["projection"] == "fc1")
        & (table["module"] == "encoder")
        & (table["kind"] == "weight")
    ]
    share = tensors["num_pruned"].sum() / tensors["num_weights"].sum()
    values = by(ours, "arm", "level", "role")
    assert values["lr_rewinding", 2, "encoder · feed forward · fc1"] == pytest.approx(share, 1e-3)
    golden = published("sparsity").set_index(["module", "block", "projection", "kind", "level"])
    expected = golden["sparsity"]["decoder", "cross_attention", "out", "weight", 4]
    assert by(theirs, "level", "role")[2, "decoder · cross · out"] == expected
    assert set(theirs["role"]) == set(ours["role"])


def test_kinds_of_weight_are_dots(tables: RunTables) -> None:
    pruned = beside_roles.role_data(frame(tables.sparsity), CAST)
    ours, theirs = beside.at_like_levels(pruned, beside_roles.published_role_data(), "role")
    chart = beside_roles.role_chart(ours, CAST, theirs)
    shown = [records(rows.drop(columns="sparsity_prunable")) for rows in (ours, theirs)]
    assert [drawn(chart, 0), drawn(chart, 1)] == shown
    spec = chart.to_dict()
    assert spec["layer"][1]["encoding"]["shape"]["scale"]["domain"] == [STUDY]
    assert [param["bind"]["labels"] for param in spec["params"]] == [
        [
            f"{level} (tickets {percent(shares('lr_rewinding', level)['sparsity_prunable'])} zero)"
            for level in (1, 2)
        ]
    ]


# ----------------------------------------------------------------------------- layers with layers


def test_maps_stand_beside_those_of_the_nearest_round(tables: RunTables) -> None:
    data = beside_maps.map_data(frame(tables.similarity), CAST, "encoder")
    assert set(data["level"]) == {1, 2, 3, 4}
    assert set(data["arm"]) == {*ARMS, ""}
    rounds = data[data["arm"] == ""].groupby("level")["drawn_at"].max()
    assert rounds.to_dict() == {1: 0.36, 2: 0.59, 3: 0.738, 4: 0.832}
    cells = by(data, "arm", "level", "map", "layer", "other_layer")
    for arm in ARMS:
        expected = mean(similarity(arm, 4, 2, 3, "cka") + 0.001 * r for r in (0, 1))
        assert cells[arm, 4, beside_maps.CROSS_MAP, 2, 3] == pytest.approx(expected, abs=1e-3)
        own = mean(similarity(arm, 0, 2, 3, "cka") + 0.001 * r for r in (0, 1))
        assert cells[arm, 4, beside_maps.OWN_MAP, 2, 3] == pytest.approx(own, abs=1e-3)
        assert cells[arm, 4, beside_maps.OWN_MAP, 2, 2] == 1
    dense = data[data["map"] == beside_maps.DENSE_MAP]
    assert set(dense["arm"]) == {"lr_rewinding", "random_pruning", ""}, "the control's is the same"
    # The map of two networks is turned so that the ticket's layers go up; of one it is whole.
    assert cells["", 4, beside_maps.CROSS_MAP, 6, 1] == 0.51
    assert cells["", 4, beside_maps.CROSS_MAP, 1, 6] == 0.53
    assert (
        cells["", 4, beside_maps.OWN_MAP, 1, 2] == cells["", 4, beside_maps.OWN_MAP, 2, 1] == 0.88
    )
    assert cells["", 3, beside_maps.DENSE_MAP, 2, 1] == 0.84
    theirs = data[data["arm"] == ""]
    assert (theirs.groupby(["level", "map"]).size() == 36).all()


def test_all_maps_have_one_scale_of_colours(tables: RunTables) -> None:
    data = beside_maps.map_data(frame(tables.similarity), CAST, "encoder")
    chart = beside_maps.map_chart(data, CAST)
    assert drawn(chart, 0) == drawn(chart, 1) == records(data)
    spec = chart.to_dict()
    assert spec["layer"][0]["encoding"]["color"]["scale"]["domain"] == [0, 1]
    assert spec["layer"][0]["encoding"]["x"]["sort"][-1] == STUDY
    options = {param["name"]: param["bind"]["options"] for param in spec["params"]}
    assert options == {"level": [1, 2, 3, 4], "arm": ["lr_rewinding", "random_pruning"]}


def test_no_map_without_a_round_of_like_sparsity(tables: RunTables) -> None:
    similarities = frame(tables.similarity)
    assert beside_maps.map_data(similarities, CAST, "decoder").empty
    few = similarities.assign(sparsity_prunable=similarities["sparsity_prunable"] / 4)
    assert beside_maps.map_data(few, CAST, "encoder").empty


# ----------------------------------------------------------------------------- layer by layer


def test_layers_are_those_of_the_level_nearest_to_the_study(tables: RunTables) -> None:
    theirs = beside_layers.published_layer_data()
    ours = beside.at_nearest_level(beside_layers.layer_data(frame(tables.similarity), CAST), theirs)
    assert set(ours["level"]) == {4}
    values = by(ours, "measure", "arm", "layer")
    assert len(values) == 2 * 3 * 3
    for arm in ARMS:
        for measure, name in (("cka", "CKA"), ("maxcorr", "best correlation of a neuron")):
            expected = mean(similarity(arm, 4, 2, 2, measure) + 0.001 * r for r in (0, 1))
            assert values[name, arm, 2] == pytest.approx(expected, abs=1e-3)
    assert sorted(set(ours["depth"])) == [0.3333, 0.6667, 1.0]
    row = ours[(ours["arm"] == "lr_rewinding") & (ours["layer"] == 3)].iloc[0]
    low = similarity("lr_rewinding", 4, 3, 3, "cka")
    assert (row["lower"], row["upper"]) == pytest.approx((low - 0.01, low + 0.011), abs=1e-4)
    assert by(theirs, "measure", "layer")["CKA", 5] == 0.83
    assert theirs["depth"].max() == 1.0
    chart = beside_layers.layer_chart(ours, CAST, theirs)
    assert drawn(chart, 0) == drawn(chart, 4) == records(theirs)
    assert drawn(chart, 1) == records(ours)


# ----------------------------------------------------------------------------- attention


def test_heads_of_each_layer_stand_below_the_range_of_the_study(tables: RunTables) -> None:
    theirs = beside_heads.published_head_data()
    ours = beside.at_nearest_level(beside_heads.head_data(frame(tables.attention), CAST), theirs)
    assert set(ours["level"]) == {4}
    values = by(ours, "measure", "arm", "kind", "layer")
    assert len(values) == 2 * 3 * (3 + 2 + 2)
    found = values["correlation, best head", "random_pruning", "encoder self", 3]
    expected = head_similarity("random_pruning", 4, 3, 3, "pearson")
    assert found == pytest.approx(expected, abs=2e-3)
    kept = values["heads that match themselves", "lr_rewinding", "encoder-decoder", 1]
    assert kept == matched("lr_rewinding", 4) == 0.5
    ends = theirs.groupby(["measure", "kind", "layers"])["value"].agg(tuple).to_dict()
    assert ends == {
        ("correlation, best head", "encoder self", "1"): (0.721,),
        ("correlation, best head", "encoder self", "2 to 6"): (0.886, 0.913),
        ("correlation, best head", "decoder self", "1 to 6"): (0.891, 0.938),
        ("correlation, best head", "encoder-decoder", "1 to 6"): (0.903, 0.945),
        ("heads that match themselves", "encoder self", "1"): (0.4375,),
        ("heads that match themselves", "encoder-decoder", "1 to 6"): (1.0,),
    }
    chart = beside_heads.head_chart(ours, CAST, theirs)
    assert drawn(chart, 0) == drawn(chart, 3) == records(theirs)
    assert drawn(chart, 2) == records(ours)
    correlations = ours[ours["measure"] == "correlation, best head"]
    assert drawn(chart, 1) == records(correlations), "a share of heads has no interval"
    dodges = [row["dodge"] for row in rows_behind(chart, 2)]
    assert min(dodges) > rows_behind(chart, 3)[0]["dodge"]
    places = {(row["arm"], row["layer"]): row["dodge"] for row in rows_behind(chart, 2)}
    assert len(set(places.values())) == len(places) == 3 * 3, "no layer hides another"


def rows_behind(chart: alt.LayerChart, layer: int) -> list[dict[str, float]]:
    spec = chart.to_dict()
    rows: list[dict[str, float]] = spec["datasets"][spec["layer"][layer]["data"]["name"]]
    return rows


# ----------------------------------------------------------------------------- probes


def test_tasks_stand_beside_the_change_at_the_nearest_round(probed: RunTables) -> None:
    changes = beside_tasks.task_data(frame(probed.probes), CAST)
    ours, theirs = beside.at_like_levels(changes, beside_tasks.published_task_data(), "task")
    assert set(ours["level"]) == {1, 2, 3, 4}
    arcs, phrases = TASKS["semantic_prediction"].title, TASKS["constituency_parent"].title
    golden = published("probes").set_index(["task", "level"])["value"]["semantic_prediction"]
    values = by(theirs, "level", "task")
    assert set(theirs["task"]) == {arcs, phrases, TASKS["pos"].title}, "only tasks that we have"
    assert values[4, arcs] == pytest.approx(100 * (golden[8] / golden[0] - 1), abs=0.006)
    assert (3, phrases) in values
    assert (4, phrases) not in values, "the study has no figure in round 8"
    row = ours[
        (ours["arm"] == "random_pruning") & (ours["level"] == 4) & (ours["task"] == arcs)
    ].iloc[0]
    dense = [score("semantic_prediction", ticket("dense", 0, r), 3) for r in (0, 1)]
    pruned = [score("semantic_prediction", ticket("random_pruning", 4, r), 3) for r in (0, 1)]
    expected = [100 * (p - d) / d for p, d in zip(pruned, dense, strict=True)]
    assert row["value"] == pytest.approx(mean(expected), abs=0.01)
    ends = [e + sign * 100 * HALF / d for sign, e, d in zip((-1, -1), expected, dense, strict=True)]
    assert row["lower"] == pytest.approx(min(ends), abs=0.01)
    chart = beside_tasks.task_chart(ours, CAST, theirs)
    shown = [records(rows.drop(columns="sparsity_prunable")) for rows in (ours, theirs)]
    assert [drawn(chart, 2), drawn(chart, 3)] == shown


def ticket(arm: str, level: int, replicate: int) -> dict[str, object]:
    return {"arm": arm, "level": level, "replicate": replicate}


# ----------------------------------------------------------------------------- single figures


def test_single_figures_stand_under_the_published_ones(tables: RunTables) -> None:
    found = components(frame(tables.complexity), CAST, WIDTH)
    assert [single.whose for single in found] == [STUDY, *ARMS]
    theirs, rewound = found[:2]
    assert (theirs.dense, theirs.lowest, theirs.width) == (310, 170, 1024)
    dense = 10.0 * 2 * (1 + 3)
    share = shares("lr_rewinding", 4)["sparsity_prunable"]
    assert rewound.dense == pytest.approx(dense)
    assert rewound.lowest == pytest.approx(dense * (1 - 0.3 * share))
    assert rewound.drawn_at == pytest.approx(share)
    kept_and_through = neurons_in_place(frame(tables.neurons), CAST, WIDTH)
    kept, through = kept_and_through[:4], kept_and_through[4:]
    assert (kept[0].lowest, kept[0].highest, kept[0].dense) == (1021, 1023, None)
    assert kept[1].lowest == kept[1].highest == round((0.95 - 0.05 * 4) * WIDTH)
    assert (through[0].dense, through[0].lowest) == (859, 765)
    assert through[1].dense == round((0.95 - 0.3 * 2) * WIDTH)
    assert through[1].lowest == round((0.95 - 0.05 * 4 - 0.3 * 2) * WIDTH)


# ----------------------------------------------------------------------------- the page


def test_every_part_names_its_source_and_how_it_differs(
    tables: RunTables, probed: RunTables
) -> None:
    parts = [*all_parts(tables), *published_probes(probed, frame(probed.probes))]
    readings = [part.reading for part in parts if isinstance(part, Figure)]
    assert len(readings) == 6
    assert all("ollow and grey" in r or "The last column is published" in r for r in readings)
    assert all("n = 2 replicates" in reading for reading in readings)
    for words in (
        "BLEU differ",
        "biases too",
        "a control",
        "another notebook",
        "above 1",
        "on test",
    ):
        assert sum(words in reading for reading in readings) == 1
    (offset,) = (part.text for part in parts if isinstance(part, Prose))
    assert "centred" in offset
    single = [part for part in parts if isinstance(part, Table)]
    assert [len(table.rows) for table in single] == [8, 4]
    assert single[1].rows[0][1:] == (
        STUDY, "1024", "310", "170", "0.55", "83.2\u00a0%",
    )  # fmt: skip


def test_they_are_on_the_page(tables: RunTables) -> None:
    on_page = [part for section in sections(tables) for part in section.parts]
    titles = [part.title for part in on_page if isinstance(part, Figure | Table)]
    for part in [*all_parts(tables), published_sources()]:
        if isinstance(part, Figure | Table):
            assert titles.count(part.title) == 1
    assert len(published_sources().rows) == 5


def test_published_figures_never_stand_alone(tmp_path: Path) -> None:
    unpruned = read_run(write_run(tmp_path / "unpruned", UNPRUNED))
    assert all_parts(unpruned) == []
    far = read_run(
        write_probes(
            tmp_path / "far",
            FakeRun(arms=("lr_rewinding",), levels=1),
            FakeProbes(tasks=("word_sense",), layers=2),
        )
    )
    assert list(published_probes(far, frame(far.probes))) == []
