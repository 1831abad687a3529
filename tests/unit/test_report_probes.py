"""The report on probes: figures as data, which task fell when, and where there is nothing."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import pandas as pd
import pytest
from cast_fixture import CAST

from ticketscope.annotation.tasks import TASKS
from ticketscope.config import FilesCorpus
from ticketscope.errors import InputError
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import percent
from ticketscope.report.probes import centres, figures
from ticketscope.report.probes.first_worse import NEVER, not_above_baselines
from ticketscope.report.probes.group_gain import (
    gain_chart,
    gain_data,
    published_gain_data,
    without_gain,
)
from ticketscope.report.probes.sections import probe_parts
from ticketscope.report.probes.stopped import how_probes_stopped
from ticketscope.report.probes.task_rows import GROUP_OF
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.tables.views import ProbingView
from unit.probes_fixture import (
    FIRST_WORSE,
    HALF,
    FakeProbes,
    centre,
    random_encoder,
    score,
    selectivity,
    write_probes,
)
from unit.report_fixture import (
    FakeRun,
    csv_rows,
    drawn,
    frame,
    records,
    shares,
    write_csv,
    write_run,
)

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
FAKE = FakeRun(arms=ARMS, levels=5, lost=(0.1, 0.2, 0.4, 1.6, 3.0))
PROBES = FakeProbes()
SMALL = FakeProbes(tasks=("pos", "ner", "semantic_tags"), layers=4)
TITLE = {task.id: task.title for task in TASKS.values()}
COMPARED = (
    ("lr_rewinding", "dense"),
    ("lr_rewinding", "dense_continued"),
    ("dense_continued", "dense"),
    ("random_pruning", "dense"),
    ("random_pruning", "dense_continued"),
)
NUM_BYTES = 700_000
"""That the section may take."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_probes(tmp_path_factory.mktemp("run") / "run", FAKE, PROBES)


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


@pytest.fixture(scope="module")
def probes(tables: RunTables) -> pd.DataFrame:
    return frame(tables.probes)


@pytest.fixture(scope="module")
def parts(tables: RunTables) -> tuple[Part, ...]:
    return tuple(probe_parts(tables))


def ticket(arm: str, level: int, replicate: int) -> dict[str, object]:
    return {"arm": arm, "level": level, "replicate": replicate}


def over_replicates(formula: object, task: str, arm: str, level: int, *more: object) -> float:
    """The mean of a formula of the fixture over both replicates."""
    assert callable(formula)
    return sum(formula(task, ticket(arm, level, r), *more) for r in (0, 1)) / 2


def parts_of(run: Path, fake: FakeRun, probes: FakeProbes) -> tuple[Part, ...]:
    return tuple(probe_parts(read_run(write_probes(run, fake, probes))))


def titles(parts: tuple[Part, ...]) -> list[str]:
    return [part.title for part in parts if isinstance(part, Figure)]


def reading(parts: tuple[Part, ...], title: str) -> str:
    (found,) = (part.reading for part in parts if isinstance(part, Figure) and part.title == title)
    return found


def gaps(parts: tuple[Part, ...]) -> list[str]:
    return [part.reason for part in parts if isinstance(part, Gap)]


def prose(parts: tuple[Part, ...], start: str) -> list[str]:
    texts = [f"{part.lead} {part.text}".strip() for part in parts if isinstance(part, Prose)]
    return [text for text in texts if text.startswith(start)]


def first_tables(parts: tuple[Part, ...]) -> list[Table]:
    return [p for p in parts if isinstance(p, Table) and ": where each task" in p.title]


# ----------------------------------------------------------------------------- what each task lost


def test_a_loss_is_relative_to_the_other_models_best_layer(probes: pd.DataFrame) -> None:
    data = figures.loss_data(probes, CAST)
    assert len(data) == len(COMPARED) * 5 * 18
    cells = data.set_index(["arm", "against", "task", "level"])
    for task in PROBES.tasks:
        for arm, against in COMPARED:
            cell = cells.loc[(arm, against, TITLE[task], 2)]
            level = 2 if against == "dense_continued" else 0
            changes = [
                100
                * (
                    score(task, ticket(arm, 2, r), 3) / score(task, ticket(against, level, r), 3)
                    - 1
                )
                for r in (0, 1)
            ]
            assert cell["value"] == pytest.approx(sum(changes) / 2, abs=1e-4)
            assert cell["score"] == pytest.approx(over_replicates(score, task, arm, 2, 3), abs=1e-4)
            assert cell["other_score"] == pytest.approx(
                over_replicates(score, task, against, level, 3), abs=1e-4
            )
            assert cell["random_encoder"] == pytest.approx(random_encoder(task, 0), abs=1e-4)
            assert cell["num_test"] == 9_876


def test_the_ends_of_a_difference_reach_over_all_replicates(probes: pd.DataFrame) -> None:
    best = (probes["probe"] == "best") & (probes["arm"] == "lr_rewinding")
    second = best & (probes["replicate"] == 1) & (probes["task"] == "pos")
    moved = ["difference_dense", "difference_dense_lower", "difference_dense_upper"]
    shifted = probes.copy()
    shifted.loc[second, moved] += 0.2
    cells = figures.loss_data(shifted, CAST).set_index(["arm", "against", "task", "level"])
    cell = cells.loc[("lr_rewinding", "dense", TITLE["pos"], 1)]
    lost = score("pos", ticket("lr_rewinding", 1, 0), 3) - score("pos", ticket("dense", 0, 0), 3)
    assert cell["lower"] == pytest.approx(lost - HALF, abs=1e-4)
    assert cell["upper"] == pytest.approx(lost + 0.2 + HALF, abs=1e-4)


def test_a_cell_is_marked_where_all_replicates_are_significant(probes: pd.DataFrame) -> None:
    data = figures.loss_data(probes, CAST)
    semantics = data["task"].map(GROUP_OF) == "semantics"
    pruned = data["arm"] != "dense_continued"
    expected = semantics & pruned & (data["level"] >= FIRST_WORSE + 1)
    assert data["worse"].equals(expected.rename("worse"))
    one = figures.loss_data(probes[probes["replicate"] == 0], CAST)
    assert one.loc[one["worse"], "level"].min() == FIRST_WORSE


def test_the_loss_chart_draws_its_data_with_marks_on_what_is_worse(probes: pd.DataFrame) -> None:
    data = figures.loss_data(probes, CAST)
    chart = figures.loss_chart(data, CAST)
    rows = drawn(chart, 0)
    columns = ["task", "level", "value", "score", "other_score", "lower", "upper", "worse"]
    levels = [int(row["rung"].partition(":")[0]) for row in rows]
    shown = [row | {"level": level} for row, level in zip(rows, levels, strict=True)]
    assert [{key: row[key] for key in columns} for row in shown] == records(data[columns])
    pairs = list(zip(data["arm"], data["against"], strict=True))
    assert [COMPARED[row["compared"]] for row in rows] == pairs
    assert {row["rung"] for row in rows} == {
        f"{level}: {percent(shares('lr_rewinding', level)['sparsity_prunable'])}"
        for level in range(1, 6)
    }
    spec = chart.to_dict()
    (chooser,) = spec["params"]
    assert chooser["bind"]["labels"] == [
        f"{CAST[arm].title} against the {'dense model' if other == 'dense' else 'control'}"
        for arm, other in COMPARED
    ]
    marks = spec["layer"][2]
    assert marks["mark"]["type"] == "point"
    assert marks["transform"] == [
        {"filter": "datum.compared === compared"},
        {"filter": "datum.worse"},
    ]


def test_tasks_stand_under_their_group_in_the_order_of_the_study(probes: pd.DataFrame) -> None:
    backwards = probes.iloc[::-1]
    spec = figures.loss_chart(figures.loss_data(backwards, CAST), CAST).to_dict()
    lines = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    by_group = {
        group: [task.title for task in TASKS.values() if task.of_study and task.group == group]
        for group in ("morphology", "syntax", "semantics")
    }
    assert lines == [x for group, tasks in by_group.items() for x in (group.upper(), *tasks)]


def test_colours_are_centred_on_0_and_reach_over_the_comparison(probes: pd.DataFrame) -> None:
    data = figures.loss_data(probes, CAST)
    scale = figures.loss_chart(data, CAST).to_dict()["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domainMid"] == 0
    assert scale["domainMin"]["expr"] == f"-{scale['domainMax']['expr']}"
    reach = json.loads(scale["domainMax"]["expr"].removesuffix("[compared]"))
    strongest = data["value"].abs().groupby([data["arm"], data["against"]]).max()
    assert reach == [strongest[pair] for pair in COMPARED]


def test_a_change_from_nothing_has_no_cell_and_the_caption_says_so(tmp_path: Path) -> None:
    run = write_probes(tmp_path / "run", FakeRun(levels=1, replicates=1), SMALL)
    assert "empty" not in reading(tuple(probe_parts(read_run(run))), "What each task lost")
    rows = csv_rows(run, "probes")
    for row in rows:
        if (row["probe"], row["task"], row["arm"]) == ("best", "ner", "lr_rewinding"):
            row |= {"value": "0", "difference_dense": "0", "difference_control": "0.1"}
    write_csv(run / "tables/probes.csv", rows)
    found = read_run(run)
    data = figures.loss_data(frame(found.probes), CAST)
    assert len(data) == 3 * 3 - 2
    assert data["value"].notna().all()
    assert "A cell is empty where the other score is 0 or below." in reading(
        tuple(probe_parts(found)), "What each task lost"
    )


# ----------------------------------------------------------------------------- layer by layer


def test_layers_are_means_over_seeds_and_replicates_with_the_baselines_below(
    probes: pd.DataFrame,
) -> None:
    data = figures.layer_data(probes, CAST)
    assert len(data) == 18 * 7 * (1 + 5 + 3)
    rungs = list(dict.fromkeys(data["rung"]))
    assert rungs[0] == "0: dense"
    assert rungs[6:] == ["random encoder", "majority by word", "majority"]
    cells = data.set_index(["task", "rung", "layer"])
    for task in PROBES.tasks:
        for layer in (0, 5):
            for arm in ARMS:
                dense = cells.loc[(TITLE[task], rungs[0], layer), arm]
                expected = over_replicates(score, task, "dense", 0, layer)
                assert dense == pytest.approx(expected, abs=1e-4)
                fourth = cells.loc[(TITLE[task], rungs[4], layer), arm]
                expected = over_replicates(score, task, arm, 4, layer)
                assert fourth == pytest.approx(expected, abs=1e-4)
                random = cells.loc[(TITLE[task], "random encoder", layer), arm]
                assert random == pytest.approx(random_encoder(task, layer), abs=1e-4)
                assert cells.loc[(TITLE[task], "majority by word", layer), arm] == 0.35
                assert cells.loc[(TITLE[task], "majority", layer), arm] == 0.2


def test_the_layer_chart_has_a_scale_for_each_task(probes: pd.DataFrame) -> None:
    data = figures.layer_data(probes, CAST)
    chart = figures.layer_chart(data, CAST)
    assert drawn(chart, 0) == drawn(chart, 1) == records(data)
    spec = chart.to_dict()
    task, arm = spec["params"]
    assert task["bind"]["labels"][0] == "morphology: part of speech"
    assert (task["value"], arm["value"]) == ("part of speech", "lr_rewinding")
    assert arm["bind"]["options"] == list(ARMS)
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    highest = json.loads(scale["domainMax"]["expr"].removesuffix("[task]"))
    lowest = json.loads(scale["domainMin"]["expr"].removesuffix("[task]"))
    for name in PROBES.tasks:
        top = over_replicates(score, name, "dense_continued", 5, 3)
        bottom = over_replicates(score, name, "random_pruning", 5, 0)
        assert highest[TITLE[name]] == pytest.approx(top, abs=1e-4)
        assert lowest[TITLE[name]] == pytest.approx(bottom, abs=1e-4)


# ----------------------------------------------------------------------------- groups


def test_groups_are_in_per_cent_with_the_ends_of_all_replicates(
    run: Path, probes: pd.DataFrame
) -> None:
    data = figures.group_data(probes, CAST)
    assert len(data) == len(COMPARED) * 5 * 5
    written = [
        row
        for row in csv_rows(run, "probes")
        if (row["arm"], row["level"], row["group"]) == ("lr_rewinding", "3", "semantics")
        and row["metric"] == "relative_change_control"
    ]
    assert len(written) == 2
    cells = data.set_index(["arm", "against", "group", "level"])
    cell = cells.loc[("lr_rewinding", "dense_continued", "semantics", 3)]
    values = [100 * float(row["value"]) for row in written]
    assert cell["value"] == pytest.approx(sum(values) / 2, abs=1e-4)
    assert cell["lower"] == pytest.approx(min(values) - 100 * HALF, abs=1e-3)
    assert cell["upper"] == pytest.approx(max(values) + 100 * HALF, abs=1e-3)
    assert set(data["group"]) == set(figures.GROUPS)


def test_the_band_is_the_control_in_all_tasks_and_0_beside_itself(probes: pd.DataFrame) -> None:
    data = figures.group_data(probes, CAST)
    chart = figures.group_chart(data, CAST)
    band = drawn(chart, 0)
    assert len(band) == len(COMPARED) * 5
    control = data[(data["arm"] == "dense_continued") & (data["group"] == "all")]
    ends = {row["level"]: (row["lower"], row["upper"]) for row in records(control)}
    for row in band:
        beside_itself = COMPARED[row["compared"]][1] == "dense_continued"
        expected = (0.0, 0.0) if beside_itself else ends[row["level"]]
        assert (row["lower"], row["upper"]) == expected
    shown = [{key: row[key] for key in ("group", "value", "lower")} for row in drawn(chart, -1)]
    assert shown == records(data[["group", "value", "lower"]])


# ----------------------------------------------------------------------------- selectivity


def test_selectivity_is_of_token_tasks(probes: pd.DataFrame) -> None:
    data = figures.selectivity_data(probes, CAST)
    token = [task.title for task in TASKS.values() if task.kind == "token" and task.of_study]
    assert list(dict.fromkeys(data["task"])) == token
    assert len(data) == len(token) * 16 * 7
    cells = data.set_index(["task", "arm", "level", "layer"])["value"]
    for arm, level in (("dense", 0), ("random_pruning", 4), ("lr_rewinding", 2)):
        expected = selectivity("ccg", ticket(arm, level, 0), 5)
        assert cells[TITLE["ccg"], arm, level, 5] == pytest.approx(expected, abs=1e-4)


def test_the_dense_model_stands_beside_every_level_of_selectivity(probes: pd.DataFrame) -> None:
    data = figures.selectivity_data(probes, CAST)
    chart = figures.selectivity_chart(data, CAST)
    assert drawn(chart, 0) == records(data.drop(columns="sparsity_prunable"))
    spec = chart.to_dict()
    assert spec["layer"][0]["transform"] == [
        {"filter": "datum.task === task"},
        {"filter": "datum.level === level || datum.level === 0"},
    ]
    assert spec["params"][1]["value"] == 5


# ----------------------------------------------------------------------------- centre of gravity


def test_centres_are_compared_within_a_replicate(probes: pd.DataFrame) -> None:
    data = centres.centre_data(probes, CAST)
    assert len(data) == len(COMPARED) * 5 * 18
    cells = data.set_index(["arm", "against", "task", "level"])
    own = over_replicates(centre, "coreference", "lr_rewinding", 4, 1)
    for against, level in (("dense", 0), ("dense_continued", 4)):
        cell = cells.loc[("lr_rewinding", against, "coreference", 4)]
        other = over_replicates(centre, "coreference", against, level, 1)
        assert cell["centre"] == pytest.approx(own, abs=1e-4)
        assert cell["other_centre"] == pytest.approx(other, abs=1e-4)
        assert cell["value"] == pytest.approx(-0.4, abs=1e-4)
    assert drawn(centres.centre_chart(data, CAST), 2) == [
        {"compared": COMPARED.index((row["arm"], row["against"]))}
        | {key: value for key, value in row.items() if key not in ("arm", "against")}
        for row in records(data)
    ]


def test_centres_and_selectivity_have_the_intervals_of_their_seeds(
    probes: pd.DataFrame, parts: tuple[Part, ...], tmp_path: Path
) -> None:
    """Against the dense model, the seeds differ by −.02, 0 and .02 from their mean."""
    cells = centres.centre_data(probes, CAST).set_index(["arm", "against", "task", "level"])
    cell = cells.loc[("lr_rewinding", "dense", "coreference", 4)]
    half = 4.302653 * 0.02 / 3**0.5
    assert (cell["lower"], cell["upper"]) == pytest.approx(
        (cell["value"] - half, cell["value"] + half), abs=2e-4
    )
    of_layers = figures.selectivity_data(probes, CAST)
    assert of_layers["lower"].to_list() == pytest.approx(of_layers["value"] - HALF, abs=2e-4)
    shown = ("Whether tasks move to other layers", "How much is read and not learnt by heart")
    for title in shown:
        assert "95 % t intervals over the 3 seeds of a probe" in reading(parts, title)
    one = parts_of(tmp_path / "one", FakeRun(levels=1), replace(SMALL, seeds=1))
    for title in shown:
        assert "There is no interval" in reading(one, title)
    data = centres.centre_data(probes[probes["seed"].isna() | (probes["seed"] == 0)], CAST)
    assert "lower" not in data
    assert len(centres.centre_chart(data, CAST).to_dict()["layer"]) == 2


# ----------------------------------------------------------------------------- how they stopped


def test_probes_that_were_cut_off_are_warned_of_by_task(tables: RunTables) -> None:
    assert isinstance(tables.probing, ProbingView)
    view = tables.probing.model_copy(update={"num_capped": 96})
    said, table = how_probes_stopped(replace(tables, probing=view), frame(tables.probes))
    assert isinstance(said, Prose)
    assert said.lead == "Probes that were cut off."
    assert said.text.startswith("96 of 12,000 probes were cut off after 20,000 updates")
    assert "a mix among them: part of speech (96) and coreference (96)." in said.text
    assert isinstance(table, Table)
    first = dict(zip(table.columns, table.rows[0], strict=True))
    assert first == {
        "task": "part of speech",
        "probes": "672",
        "converged": "576",
        "patience": "0",
        "capped": "96",
        "updates, median": "1,200",
        "updates, most": "1,500",
    }


def test_that_all_have_learned_is_said(parts: tuple[Part, ...]) -> None:
    assert prose(parts, "All 12,000 probes were trained until they had learned.")


# ----------------------------------------------------------------------------- gain of groups


def test_the_gain_is_that_of_the_definition(probes: pd.DataFrame) -> None:
    """Semantics at level 2, layer 5: each task over its mean of all layers and levels."""
    data = gain_data(probes, CAST)
    cells = data.set_index(["arm", "group", "rung", "layer"])["value"]
    gains = []
    tasks = [t for t in PROBES.tasks if TASKS[t].group == "semantics"]
    for task in tasks:
        for replicate in (0, 1):
            models = [ticket("dense", 0, replicate)] + [
                ticket("lr_rewinding", level, replicate) for level in range(1, 6)
            ]
            of_task = sum(score(task, m, k) for m in models for k in range(1, 7)) / 36
            gains.append(score(task, models[2], 5) / of_task - 1)
    share = percent(shares("lr_rewinding", 2)["sparsity_prunable"])
    expected = 100 * sum(gains) / len(gains)
    found = cells["lr_rewinding", "semantics", f"here, 2: {share}", 5]
    assert found == pytest.approx(expected, abs=0.006)
    of_replicates = [mean(gains[place::2]) for place in (0, 1)]
    half = 12.7062 * 100 * stdev(of_replicates) / 2**0.5
    ends = data.set_index(["arm", "group", "rung", "layer"])[["lower", "upper"]]
    assert list(ends.loc[("lr_rewinding", "semantics", f"here, 2: {share}", 5)]) == pytest.approx(
        [expected - half, expected + half], abs=0.01
    )
    assert set(data["layer"]) == set(range(1, 7))
    assert data.groupby(["arm", "group"])["value"].mean().abs().max() < 0.01


def test_the_studys_gain_stands_below_the_runs(
    probes: pd.DataFrame, parts: tuple[Part, ...]
) -> None:
    ours, theirs = gain_data(probes, CAST), published_gain_data()
    shown = drawn(gain_chart(ours, CAST, theirs), 0)
    assert len(shown) == len(ours) + 3 * 5 * 9
    study = {(row["group"], row["rung"], row["layer"]): row["value"] for row in records(theirs)}
    assert study["semantics", f"study, 8: {percent(0.8322)}", 6] == 9.6
    told = reading(
        parts, "How much of each kind of knowledge each layer holds, here and in the study"
    )
    assert "the study's is over all of its own models" in told
    without = gain_data(
        probes[~probes["task"].isin(("dependency_prediction", "dependency_labels"))], CAST
    )
    pd.testing.assert_frame_equal(ours, without)
    domain = gain_chart(ours, CAST, theirs).to_dict()["layer"][0]["encoding"]["y"]["scale"][
        "domain"
    ]
    gap = domain.index("")
    assert {rung.split(",")[0] for rung in domain[:gap]} == {"here"}
    assert {rung.split(",")[0] for rung in domain[gap + 1 :]} == {"study"}


def test_a_task_without_a_mean_above_0_has_no_gain_and_is_named(probes: pd.DataFrame) -> None:
    assert without_gain(probes, CAST) == []
    bad = probes["task"].eq("event_factuality") & probes["replicate"].eq(1)
    lost = probes.assign(value=probes["value"].mask(bad, -0.1))
    assert without_gain(lost, CAST) == [TASKS["event_factuality"].title]
    assert gain_data(lost, CAST)["value"].notna().all()


# ----------------------------------------------------------------------------- baselines


def not_above(value: float, task: str, layer: int) -> str:
    """The best baseline of the fixture where a score is not above it."""
    baselines = {
        "random encoder": random_encoder(task, layer),
        "majority by word": 0.35,
        "majority": 0.2,
    }
    best = max(baselines, key=lambda name: baselines[name])
    return best if round(value, 9) <= round(baselines[best], 9) else ""


def test_a_score_that_is_not_above_its_best_baseline_is_told_and_gets_a_ring(
    probes: pd.DataFrame,
) -> None:
    data = figures.loss_data(probes, CAST)
    expected = [
        not_above(over_replicates(score, row.task_id, row.arm, row.level, 3), row.task_id, 0)
        for row in data.assign(
            task_id=data["task"].map({t: i for i, t in TITLE.items()})
        ).itertuples()
    ]
    assert list(data["not_above"]) == expected
    assert {"", "majority by word"} == set(expected)
    rings = figures.loss_chart(data, CAST).to_dict()["layer"][3]
    assert rings["mark"]["filled"] is False
    assert rings["transform"][1] == {"filter": "datum.not_above !== ''"}


def test_layers_get_rings_beside_their_own_baselines(probes: pd.DataFrame) -> None:
    data = figures.layer_data(probes, CAST)
    for task in PROBES.tasks:
        for layer in (0, 5):
            cells = data[(data["task"] == TITLE[task]) & (data["layer"] == layer)]
            assert set(cells["floor"]) == {round(max(random_encoder(task, layer), 0.35), 4)}
    rings = figures.layer_chart(data, CAST).to_dict()["layer"][2]
    assert rings["mark"]["filled"] is False
    assert rings["transform"][-1]["filter"] == (
        'indexof(["random encoder", "majority by word", "majority"], datum.rung) < 0 '
        "&& datum.value <= datum.floor"
    )


def test_centres_of_what_was_not_found_are_hollow(probes: pd.DataFrame) -> None:
    data = centres.centre_data(probes, CAST)
    assert {"", "majority by word"} == set(data["not_above"])
    _, _, dots = centres.centre_chart(data, CAST).to_dict()["layer"]
    filled = {"test": "datum.not_above === ''", "value": 1}
    assert dots["encoding"]["fillOpacity"] == {"condition": filled, "value": 0}


def test_what_the_dense_model_does_not_know_is_said(probes: pd.DataFrame) -> None:
    assert list(not_above_baselines(probes, CAST)) == []
    doubtful = probes.assign(majority=probes["majority"].mask(probes["task"] == "pos", 0.95))
    (said,) = not_above_baselines(doubtful, CAST)
    assert isinstance(said, Prose)
    assert said.text.startswith(
        "In 1 of 18 tasks the dense model does not score above the best baseline: "
        "part of speech (majority)."
    )


# ----------------------------------------------------------------------------- which fell when


def test_the_first_level_that_is_worse_in_all_replicates(parts: tuple[Part, ...]) -> None:
    ours, random = first_tables(parts)
    assert ours.title.startswith("tickets (learning-rate rewinding)")
    assert not ours.folded
    assert random.title.startswith("random pruning")
    assert random.folded
    assert [row[0] for row in ours.rows] == [TITLE[task] for task in PROBES.tasks]
    rows = {row[0]: dict(zip(ours.columns, row, strict=True)) for row in ours.rows}
    share = percent(shares("lr_rewinding", FIRST_WORSE + 1)["sparsity_prunable"])
    there = over_replicates(score, "coreference", "lr_rewinding", FIRST_WORSE + 1, 3)
    assert rows["coreference"] == {
        "task": "coreference",
        "metric": "accuracy",
        "zeros, prunable": share,
        "score there": f"{there:.3f}",
        "dense": f"{over_replicates(score, 'coreference', 'dense', 0, 3):.3f}",
        "majority": "0.200",
        "by word": "0.350",
        "random encoder": f"{random_encoder('coreference', 0):.3f}",
        "dense not above": "",
        "train targets": "40,000 of 204,607",
        "test targets": "9,876",
    }
    assert (rows["chunks"]["zeros, prunable"], rows["chunks"]["score there"]) == (NEVER, "")
    assert Counter(row["zeros, prunable"] for row in rows.values()) == {share: 7, NEVER: 11}


def test_what_fell_first_is_said(parts: tuple[Part, ...], tmp_path: Path) -> None:
    (said,) = prose(parts, "tickets")
    share = percent(shares("lr_rewinding", 4)["sparsity_prunable"])
    assert said.startswith(
        "tickets (learning-rate rewinding): 7 of 18 tasks fall significantly below the control at "
        f"some level in every replicate; first, at {share} zero, semantic tags, functions of"
    )
    one = parts_of(tmp_path / "one", FakeRun(replicates=1), SMALL)
    share = percent(shares("lr_rewinding", 3)["sparsity_prunable"])
    assert prose(one, "tickets") == [
        "tickets (learning-rate rewinding): 1 of 3 tasks falls significantly below the control at "
        f"some level; first, at {share} zero, semantic tags."
    ]
    few = parts_of(tmp_path / "few", FakeRun(levels=2), SMALL)
    assert prose(few, "tickets") == [
        "tickets (learning-rate rewinding): None of 3 tasks falls significantly below the "
        "control in every replicate, at any level. This does not prove that none fell."
    ]
    assert "No cell is significantly below" in reading(few, "What each task lost")


@pytest.mark.parametrize(("resamples", "few"), [(239, True), (240, False)])
def test_too_few_resamples_are_warned_of(tmp_path: Path, resamples: int, few: bool) -> None:
    fake, asked = FakeRun(levels=4), replace(SMALL, resamples=resamples)
    warning = prose(parts_of(tmp_path / "run", fake, asked), "Too few resamples.")
    assert bool(warning) == few
    if few:
        assert "for 12 tests" in warning[0]
        assert "Set probing.resamples to 240 or more" in warning[0]


# ----------------------------------------------------------------------------- what was asked


def test_a_run_without_probes_says_how_to_get_them(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    (gap,) = probe_parts(read_run(run))
    assert isinstance(gap, Gap)
    assert "--probes grammar" in gap.reason
    assert "[[probing.own]]" in gap.reason
    assert "--probes real --probe-data DIR" in gap.reason
    tables = read_run(run)
    french = FilesCorpus(source="fr", target="de", path="/x")
    of_french = replace(tables, study=tables.study.model_copy(update={"corpus": french}))
    (gap,) = probe_parts(of_french)
    assert isinstance(gap, Gap)
    assert "[[probing.own]]" in gap.reason
    assert "--probes" not in gap.reason  # a run from French would refuse them
    (run / "views/probing.json").write_text('{"suite": "none"}')
    assert read_run(run).probing == ProbingView(suite="none")


def test_probes_that_are_not_there_yet_are_named(tmp_path: Path) -> None:
    run = write_probes(tmp_path / "run", FakeRun(replicates=1, levels=1), SMALL)
    (run / "tables/probes.csv").unlink()
    (run / "views/probing.json").unlink()
    found = gaps(tuple(probe_parts(read_run(run))))
    assert [reason.split(" ")[0] for reason in found] == ["views/probing.json", "tables/probes.csv"]


def test_the_suite_and_what_is_absent_are_said(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    assert prose(parts, "The gold data are open substitutes")
    assert not prose(parts, "SYNTHETIC")
    (read,) = prose(parts, "The probes read")
    assert read == (
        "The probes read 18 tasks on 12,543 sentences with 204,607 words. Words without a piece "
        "in the vocabulary get a zero vector: 31."
    )
    reason = "gold/litbank_coref is not there"
    asked = replace(SMALL, suite="grammar", absent=(("coreference", reason),), seeds=1)
    grammar = parts_of(tmp_path / "run", FakeRun(levels=1), asked)
    assert prose(grammar, "SYNTHETIC probes.")
    assert not prose(grammar, "The gold data")
    assert "1 seed of every probe is averaged" in prose(grammar, "Intervals")[0]
    (absent,) = (p for p in grammar if isinstance(p, Table) and p.title.startswith("Absent"))
    assert absent.rows == (("coreference", reason),)


# ----------------------------------------------------------------------------- where things lack


def test_what_the_gold_data_lack_is_said(parts: tuple[Part, ...]) -> None:
    (left_out,) = (p for p in parts if isinstance(p, Table) and p.title.startswith("Left out"))
    assert left_out.rows == (("part of speech", "unlabelled targets", "4,599"),)


def test_without_a_control_nothing_is_concluded(tmp_path: Path) -> None:
    found = parts_of(tmp_path / "run", FakeRun(arms=("lr_rewinding",), levels=2), SMALL)
    assert gaps(found) == [
        "What pruning took from a task needs the arm dense_continued, which trains as long."
    ]
    assert len(titles(found)) == 5 + 2
    assert not first_tables(found)
    assert "Significance needs the arm" in reading(found, "What each task lost")
    assert "band is" not in reading(found, "Which kind of knowledge goes first")


@pytest.mark.parametrize(("arms", "levels"), [(("dense_continued",), 2), (ARMS, 0)])
def test_without_tickets_the_layers_remain(
    tmp_path: Path, arms: tuple[str, ...], levels: int
) -> None:
    found = parts_of(tmp_path / "run", FakeRun(arms=arms, levels=levels), SMALL)
    assert gaps(found) == ["No pruned model was probed beside the control."]
    shown = ["What each layer holds", "How much is read and not learnt by heart"]
    assert set(shown) <= set(titles(found))
    assert len(titles(found)) == (5 if levels else 2)


def test_steps_that_were_switched_off_are_named(tmp_path: Path) -> None:
    asked = replace(SMALL, mix=False, control_task=False)
    found = parts_of(tmp_path / "run", FakeRun(levels=1), asked)
    assert gaps(found) == [
        "Selectivity needs a task that labels every word, and control_task = true in [probing].",
        "The centre of gravity of layers needs mix = true in [probing].",
    ]
    assert len(titles(found)) == 3 + 2


def test_a_task_that_is_none_is_refused(tmp_path: Path) -> None:
    run = write_probes(tmp_path / "run", FakeRun(replicates=1, levels=1), SMALL)
    rows = csv_rows(run, "probes")
    rows[3]["task"] = "juggling"
    write_csv(run / "tables/probes.csv", rows)
    with pytest.raises(InputError, match=':5: column task: "juggling" where a task belongs'):
        read_run(run)


# ----------------------------------------------------------------------------- the page


def test_the_section_is_small_and_nothing_in_it_is_missing(parts: tuple[Part, ...]) -> None:
    specs = [part.spec() for part in parts if isinstance(part, Figure)]
    assert len(specs) == 5 + 2, "and the published"
    for spec in specs:
        for rows in spec["datasets"].values():
            # The study's figures have no interval.
            told = [
                {**row, "lower": row["lower"] or 0, "upper": row["upper"] or 0}
                if row.get("arm") == "" and "lower" in row
                else row
                for row in rows
            ]
            assert not [row for row in told if None in row.values()]
    told = repr([part for part in parts if not isinstance(part, Figure)])
    assert not re.search(r"\b(nan|none|null)\b", told.replace("None of ", ""), re.IGNORECASE)
    assert len(json.dumps(specs)) + len(told) < NUM_BYTES
