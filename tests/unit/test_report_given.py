"""The report of networks that others made: a row or a line per network, and no word of levels."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from report_fixture import FakeRun, write_run

from ticketscope.arms.cast import dissection_cast
from ticketscope.config import Experiment, Model
from ticketscope.packing import unpacked
from ticketscope.report.comparison.compared_runs import ComparedRun
from ticketscope.report.comparison.sections import comparison_sections
from ticketscope.report.dissection import (
    given_attention,
    given_layers,
    given_overview,
    given_quality,
    given_weights,
)
from ticketscope.report.dissection.given_findings import findings
from ticketscope.report.drawing.given_networks import title_of, with_depth, with_networks
from ticketscope.report.page import rendered
from ticketscope.report.parts.part import AttentionView, Figure, Gap, Section, Table
from ticketscope.report.plotted.figures import plot_chart, plot_data
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import first_screen, sections
from ticketscope.steps import all_tables
from ticketscope.tables.table import SPARSITIES, NotMeasured, Plot
from unit.given_fixture import GIVEN, GivenStudy, given_run

PAIRS = [
    ("int8", "mask_jaccard"),
    ("int8", "mask_jaccard_chance"),
    ("float16", "mask_jaccard"),
]
TITLES = ["opus-mt-en-de (base)", "twin 1 of the base", "int8", "half-the-layers"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunTables:
    return given_run(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def found(run: RunTables) -> tuple[Section, ...]:
    return sections(run)


def test_networks_come_in_the_order_given_base_and_twins_first(run: RunTables) -> None:
    assert not isinstance(run.quality, NotMeasured)
    found = with_networks(run.quality, GIVEN)
    assert list(dict.fromkeys(found["network"])) == [*TITLES, "trained-on (control)"]
    assert title_of("base", 2, GIVEN) == "twin 2 of the base"


def test_a_difference_is_drawn_with_its_paired_interval(run: RunTables) -> None:
    assert not isinstance(run.quality, NotMeasured)
    first = run.study.in_domain[0]
    data = given_quality.difference_data(run.quality, GIVEN, first, "dense")
    rows = run.quality[(run.quality["test_set"] == first) & (run.quality["metric"] == "bleu")]
    row = rows[rows["arm"] == "int8"].iloc[0]
    drawn = data[(data["network"] == "int8") & (data["measure"] == "BLEU")].iloc[0]
    assert drawn["value"] == pytest.approx(row["difference_dense"], abs=1e-4)
    assert drawn["lower"] == pytest.approx(row["difference_dense_lower"], abs=1e-4)


def test_a_table_that_no_section_draws_has_a_line_per_network_and_no_list_of_levels() -> None:
    table = pd.DataFrame(
        {
            "arm": ["base", "int8"] * 2,
            "replicate": 0,
            "level": [0, 1] * 2,
            **dict.fromkeys(SPARSITIES, 0.0),
            "layer": [0, 0, 1, 1],
            "value": [1.0, 2.0, 3.0, 4.0],
        }
    )
    plot = Plot(x="layer", y="value")
    data = plot_data(table, GIVEN, plot)
    spec = plot_chart(data, GIVEN, plot, "oddity").to_dict()
    assert "params" not in spec
    assert len(data) == 4


def test_layers_of_another_depth_stand_at_their_depth(run: RunTables) -> None:
    assert not isinstance(run.similarity, NotMeasured)
    encoder = run.similarity[run.similarity["module"] == "encoder"]
    deepest = int(encoder["layer"].max())
    shallow = encoder[encoder["arm"].ne("int8") | encoder["layer"].lt(deepest)]
    rows = with_depth(given_layers.same_layer(shallow, GIVEN), 0)
    own = rows[rows["arm"] == "int8"]
    assert set(own["layer"]) == set(range(deepest)), "each layer has one of the base"
    assert own.groupby("layer")["other_layer"].nunique().eq(1).all()
    assert own.loc[own["layer"] == deepest - 1, "other_layer"].eq(deepest).all()
    assert own.groupby("layer")["depth"].first().iloc[-1] == 1.0
    alike = rows[rows["arm"] == "half-the-layers"]
    assert alike["layer"].eq(alike["other_layer"]).all()


def test_the_first_screen_says_what_broke_most_and_what_mends_it(run: RunTables) -> None:
    cut, *_ = GIVEN.studied
    ends = {"difference_dense_lower": -0.04, "difference_dense_upper": -0.02}
    lost = {"test_set": "test", "kind": "numbers", "arm": cut.name, "replicate": 0, "level": 1}
    lost |= {"metric": "recall", "value": 0.9, "difference_dense": -0.03, "sparsity_prunable": 0.5}
    lost |= dict.fromkeys(("difference_control", *ends), float("nan"))
    lost |= {f"difference_control_{end}": float("nan") for end in ("lower", "upper")} | ends
    layer = {"arm": cut.name, "experiment": "restored", "measure": "regained", "unit": "layer"}
    layer |= {"part": "encoder.1", "value": 0.2, "lower": 0.1, "upper": 0.3}
    tables = {"damage": pd.DataFrame([lost]), "causes": pd.DataFrame([layer])}
    said = " ".join(findings(replace(run, tables={**run.tables, **tables}), cut))
    said = said.replace("\u2212", "-")
    assert "“numbers” in test grew most: +3.0 points [+2.0 to +4.0]." in said
    assert "restore encoder.1 first (ticketscope restore): its loss falls by 0.200" in said
    sure = {"damage": pd.DataFrame([lost | {"difference_dense_upper": 0.01}])}
    sure["causes"] = pd.DataFrame([layer | {"lower": -0.1}])
    said = " ".join(findings(replace(run, tables={**run.tables, **sure}), cut))
    assert said == (
        "No kind of damage that a reader sees is certain to have grown. No layer of the base that "
        "is put back is certain to lower its loss."
    )


def test_a_conversion_that_lost_where_the_decoder_starts_is_told(run: RunTables) -> None:
    def told(**starts: str) -> list[str]:
        table = run.tables["networks"]
        assert not isinstance(table, NotMeasured)
        found = table["arm"].map(lambda arm: starts.get(arm, "piece"))
        tables = {**run.tables, "networks": table.assign(decoder_start=found)}
        of_run = replace(run, tables=tables)
        return [line for line in given_overview.summary(of_run).trust if "from zeros" in line]

    [line] = told(int8="nothing")
    assert line.startswith("int8: the decoder starts from zeros, that of the base from a row")
    assert told() == told(int8="nothing", base="nothing") == told(int8="", base="") == []


def test_the_table_of_all_networks_has_a_row_for_each_but_base_and_twin(run: RunTables) -> None:
    (table,) = given_overview.summary(run).overview
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["int8", "half-the-layers", "trained-on (control)"]
    assert {"BLEU", "chrF", "speed", "size"} <= set(table.columns)


def test_heads_that_count_and_weights_that_two_networks_keep(run: RunTables) -> None:
    assert not isinstance(run.attention, NotMeasured)
    ranks = given_attention.importance_data(run.attention, GIVEN)
    assert set(ranks["network"]) == {"int8", "half-the-layers", "trained-on (control)"}
    of_pairs = [("int8", 0.36, "", ""), *(("half", 0.36, *pair) for pair in PAIRS)]
    rows = [
        {"arm": arm, "sparsity_prunable": share, "other_arm": other, "measure": measure}
        for arm, share, other, measure in of_pairs
    ]
    weights = pd.DataFrame(rows).assign(module="", value=[0.0, 0.7, 0.5, 0.9])
    cast = dissection_cast("opus", ["int8", "half", "float16"])
    table = given_weights.overlap_table(weights, cast)
    assert table.rows == (("half", "int8", "70.0\u00a0%", "50.0\u00a0%"),), "float16 has no zeros"


def test_maps_of_single_sentences_are_named_by_network(found: tuple[Section, ...]) -> None:
    parts = next(section.parts for section in found if section.anchor == "attention")
    (view,) = (part for part in parts if isinstance(part, AttentionView))
    networks = view.spec()["networks"]
    assert [one["short"] for one in networks] == ["base", "int8", "half-the-layers"]
    assert view.chooser == "network"
    assert "other layers or heads, choose its own" in view.reading
    shallow, base = (one["kinds"]["encoder_self"] for one in (networks[2], networks[0]))
    assert shallow == base - 1
    assert not {"dense", "ticket", "level"} & set(view.reading.replace(",", "").split())


def test_every_section_has_something_to_show(found: tuple[Section, ...]) -> None:
    parts = {section.anchor: section.parts for section in found}
    assert not {"training", "corpus", "controls", "sparsity"} & parts.keys()
    for anchor in ("quality", "representations", "complexity", "probes", "attention", "speed"):
        assert any(isinstance(part, Figure) for part in parts[anchor]), anchor


class Text(HTMLParser):
    """What a browser shows of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def said_on(run: RunTables, found: tuple[Section, ...]) -> tuple[list[str], dict[str, str]]:
    """The text of the page but for its downloads, and the specifications of its figures."""
    values = {"summary": first_screen(run), "run": run, "sections": found}
    figures = [part for of in found for part in of.parts if isinstance(part, Figure)]
    texts = Text(rendered("page.html", values)).texts
    # The page has packed them: making them twice would take as long as the page.
    return texts, {figure.title: str(unpacked(figure.packed), "utf-8") for figure in figures}


def test_nothing_is_called_what_it_is_not(run: RunTables, found: tuple[Section, ...]) -> None:
    texts, specs = said_on(run, found)
    settings = texts.index("Settings")  # of all sections
    for text in texts[:settings]:
        assert not re.search(r"(?<!sentence-)\b([Tt]ickets?|[Ll]evels?|retrained|lottery)\b", text)
    for title, spec in specs.items():
        assert "level of" not in spec
        assert "ticket" not in spec, title


def test_no_ticket_is_claimed_of_a_pretrained_network(tmp_path: Path) -> None:
    fake = FakeRun(arms=("lr_rewinding", "dense_continued", "random_pruning"), levels=2)
    new = read_run(write_run(tmp_path / "run", replace(fake, test_sets=("news",))))
    assert isinstance(new.study, Experiment)
    study = new.study.model_copy(update={"model": Model(pretrained="/nets/opus")})
    run = replace(new, study=study)
    texts, specs = said_on(run, sections(run))
    assert sum("pruned network" in text for text in texts) > 10
    meanings = [column.says for table in all_tables() for column in table.columns]
    for text in (*texts, *specs.values(), *meanings):
        # Titles of papers have it with capital letters, and other studies found some.
        of_us = re.sub(r'Lottery Tickets?|"method":"[^"]*"', "", text)
        assert not re.search(r"\b[Tt]ickets?\b", of_us)
    assert "opus, which was pretrained, taken as it is" in texts


def test_dissections_are_compared_by_what_sets_their_networks_apart(run: RunTables) -> None:
    study = run.study.model_copy(update={"name": "mine"})
    other = replace(run, study=study)
    runs = (ComparedRun("given", "runs/given", run), ComparedRun("mine", "runs/mine", other))
    compared = {section.anchor: section.parts for section in comparison_sections(runs)}
    assert [*compared] == ["runs", "networks", "settings"]
    tables = [part for part in compared["networks"] if isinstance(part, Table)]
    assert [table.title.partition(":")[0] for table in tables] == ["given"] * 2 + ["mine"] * 2
    (overview,) = first_screen(run).overview
    assert isinstance(overview, Table)
    assert tables[0].rows == tables[2].rows == overview.rows
    for part in (*compared["runs"], *compared["networks"]):
        assert not re.search(r"\b([Tt]ickets?|[Ll]evels?)\b", str(part))


def test_without_a_control_the_page_says_what_to_give(
    run: RunTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = dissection_cast("opus-mt-en-de", ["int8", "half-the-layers"])
    monkeypatch.setattr(GivenStudy, "cast", property(lambda _: alone))
    assert not isinstance(run.claims, NotMeasured)
    unmeasured = run.claims.assign(verdict="not measured", reason="no control was given: give it")
    quality = run.quality
    assert not isinstance(quality, NotMeasured)
    quality = quality[quality["arm"].isin([*alone])]
    nothing = NotMeasured("nothing was measured.")
    tables = {**dict.fromkeys(run.tables, nothing), "claims": unmeasured, "quality": quality}
    lone = RunTables(**{**run.__dict__, "tables": tables})
    summary = given_overview.summary(lone)
    assert isinstance(summary.verdicts, Gap)
    assert summary.verdicts.reason.startswith("No control was given")
    assert any("--control DIR" in sentence for sentence in summary.trust)
    assert summary.next_steps
