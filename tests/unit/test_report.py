"""The report: what is read, what is concluded, what is drawn, and the page."""

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cast_fixture import CAST
from hypothesis import given
from hypothesis import strategies as st

from ticketscope import config
from ticketscope.config import to_toml
from ticketscope.errors import InputError
from ticketscope.report import build_report
from ticketscope.report.drawing.pointing import Told
from ticketscope.report.method import method_parts
from ticketscope.report.parts.part import Figure, Gap, Part, Prose, Table
from ticketscope.report.parts.wording import (
    MINUS,
    about,
    duration,
    listed,
    percent,
    signed,
    size,
    spelled,
)
from ticketscope.report.quality import figures as quality_figures
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import sections
from ticketscope.report.sparsity import figures as sparsity_figures
from ticketscope.report.speed import figures as speed_figures
from ticketscope.report.summary import summary
from ticketscope.report.training import figures as training_figures
from ticketscope.tables.table import NotMeasured
from unit import report_fixture
from unit.attention_fixture import FakeAttention
from unit.report_fixture import (
    NUM_EMBEDDING,
    NUM_NORM,
    FakeRun,
    csv_rows,
    drawn,
    frame,
    num_prunable,
    records,
    write_csv,
    write_run,
)

pytestmark = pytest.mark.slow

HOSTILE = "</script><script>alert(1)</script><!-- & \"'> \u2028 {{ 7 * 7 }} ${x}"
HOSTILE_NAME = HOSTILE.replace("\u2028 ", "")
"""A setting can have no line end in it."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(
        tmp_path_factory.mktemp("run") / "run",
        FakeRun(arms=("lr_rewinding", "dense_continued", "random_pruning")),
    )


@pytest.fixture(scope="module")
def page(run: Path) -> "Page":
    return page_of(run)


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


# ----------------------------------------------------------------------------- reading


def edit(run: Path, name: str, row: int, column: str, value: str) -> None:
    rows = csv_rows(run, name)
    rows[row][column] = value
    write_csv(run / "tables" / f"{name}.csv", rows)


def test_empty_cells_are_missing_and_types_are_right(tables: RunTables) -> None:
    quality, sparsity = frame(tables.quality), frame(tables.sparsity)
    dense = quality[quality["arm"] == "dense"]
    assert dense["difference_control"].isna().all()
    assert (dense.loc[dense["metric"] == "loss", "signature"] == "").all()
    assert sparsity["head"].dtype == "Int64"
    assert sparsity["head"].isna().sum() == 13 * 2 * 96
    assert sparsity["num_pruned"].dtype == "int64"


@pytest.mark.parametrize(
    ("table", "column", "value", "needed"),
    [
        ("quality", "value", "", "an empty cell where a number"),
        ("quality", "value", "nan", '"nan" where a number'),
        ("quality", "lower", "-inf", '"-inf" where a number'),
        ("quality", "level", "1.5", '"1.5" where a whole number'),
        ("quality", "arm", "magic", '"magic" where an arm'),
        ("sparsity", "head", "first", '"first" where a whole number'),
        ("speed", "bytes", "many", '"many" where a whole number'),
    ],
)
def test_wrong_cells_are_named(
    tmp_path: Path, table: str, column: str, value: str, needed: str
) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    edit(run, table, 1, column, value)
    with pytest.raises(InputError, match=f"{table}.csv:3: column {column}: {needed} belongs"):
        read_run(run)


def test_missing_columns_views_and_runs_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no config\.json here"):
        build_report(tmp_path)
    run = write_run(tmp_path / "run", FakeRun(replicates=1))
    speed = run / "tables/speed.csv"
    speed.write_text(speed.read_text().replace("bytes", "octets"))
    with pytest.raises(InputError, match=r"speed.csv: no column bytes"):
        build_report(run)
    speed.unlink()
    words = run / "views/representations.json"
    words.write_text('{"replicates": []}')
    with pytest.raises(InputError, match=r"representations.json: replicates: .* at least 1 item"):
        build_report(run)
    words.unlink()
    (run / "views/training.json").write_text('[{"arm": "dense"}]')
    with pytest.raises(InputError, match=r"training.json: 0.replicate: field required"):
        build_report(run)


# ----------------------------------------------------------------------------- wording


def test_wording() -> None:
    assert percent(0.488) == "48.8\u00a0%"
    assert [signed(x) for x in (0.5, -0.5, -0.001)] == ["+0.50", f"{MINUS}0.50", "0.00"]
    assert [duration(s) for s in (12.4, 200, 3720)] == ["12 s", "3 min 20 s", "1 h 02 min"]
    assert [size(n) for n in (2_345, 9_876_543)] == ["2.3\u00a0kB", "9.9\u00a0MB"]
    assert [about(share) for share in (0.0, 0.488, 0.972)] == [
        *("0\u00a0%", "49\u00a0%"),
        "97.2\u00a0%",
    ]
    assert [spelled(num) for num in (0, 3, 12)] == ["no", "three", "12"]
    assert [listed(list(x)) for x in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]


# ----------------------------------------------------------------------------- figures as data


@pytest.mark.parametrize("metric", ["bleu", "chrf", "ter", "loss"])
def test_quality_figure_shows_the_table(run: Path, tables: RunTables, metric: str) -> None:
    data = quality_figures.quality_data(frame(tables.quality), CAST, "test_2016_flickr", metric)
    written = [
        row
        for row in csv_rows(run, "quality")
        if (row["test_set"], row["metric"]) == ("test_2016_flickr", metric)
    ]
    assert len(data) == len(written) == 26
    for shown, row in zip(records(data), written, strict=True):
        assert (shown["arm"], shown["level"]) == (row["arm"], int(row["level"]))
        for column in ("value", "lower", "upper", "sparsity_total"):
            assert shown[column] == (float(row[column]) if row[column] else None)
    chart = quality_figures.quality_chart(data, CAST, quality_figures.METRICS[metric])
    assert len(chart.layer) == (2 if metric == "loss" else 3)
    assert drawn(chart, -1) == records(data)


def test_the_control_stands_beside_the_ticket_of_its_level(tables: RunTables) -> None:
    data = quality_figures.quality_data(frame(tables.quality), CAST, "test_2016_flickr", "bleu")
    at = data.set_index(["arm", "replicate", "level"])["drawn_at"]
    for level in range(1, 5):
        assert at["dense_continued", 1, level] == at["lr_rewinding", 1, level] > 0
    assert at["dense", 0, 0] == 0


def test_lines_start_at_the_dense_model_of_their_replicate(tables: RunTables) -> None:
    data = quality_figures.quality_data(frame(tables.quality), CAST, "test_2016_flickr", "bleu")
    chart = quality_figures.quality_chart(data, CAST, quality_figures.METRICS["bleu"])
    lines = pd.DataFrame(drawn(chart, 0))
    assert set(lines["arm"]) == {"lr_rewinding", "dense_continued", "random_pruning"}
    dense = data[data["arm"] == "dense"].set_index("replicate")["value"]
    for (_, replicate), line in lines.groupby(["arm", "replicate"]):
        assert line.sort_values("drawn_at")["value"].iloc[0] == dense[replicate]
        assert len(line) == 5


def test_difference_figure_shows_paired_differences(tables: RunTables) -> None:
    quality = frame(tables.quality)
    data = quality_figures.difference_data(quality, CAST, "test_2017_flickr")
    assert set(data["arm"]) == {"lr_rewinding", "random_pruning"}
    ours = data[(data["arm"] == "lr_rewinding") & (data["replicate"] == 0)]
    assert list(ours["value"]) == pytest.approx([-0.1, -0.2, -0.4, -1.6])
    assert list(ours["upper"] - ours["lower"]) == pytest.approx([1.0] * 4)
    chart = quality_figures.difference_chart(data, CAST, (0.0, -1.0), Told("BLEU", "+.2f"))
    assert drawn(chart, 0) == [{"value": 0.0}, {"value": -1.0}]
    assert drawn(chart, -1) == records(data)


@pytest.mark.parametrize("kind", ["weight", "bias"])
def test_role_figure_pools_zeros_over_layers_and_replicates(
    run: Path, tables: RunTables, kind: str
) -> None:
    data = sparsity_figures.role_data(frame(tables.sparsity), CAST, kind)
    assert len(data) == 2 * 4 * 16
    cell = data[(data["arm"] == "lr_rewinding") & (data["level"] == 3)]
    cell = cell[cell["role"] == "decoder · cross · k"]
    rows = [
        row
        for row in csv_rows(run, "sparsity")
        if (row["arm"], row["level"], row["kind"], row["head"]) == ("lr_rewinding", "3", kind, "")
        and (row["module"], row["block"], row["projection"]) == ("decoder", "cross_attention", "k")
    ]
    assert len(rows) == 6
    zeros, weights = (sum(int(row[c]) for row in rows) for c in ("num_pruned", "num_weights"))
    assert list(cell["num_pruned"]) == [zeros]
    assert list(cell["sparsity"]) == [zeros / weights]
    assert cell["rung"].iloc[0].startswith("3: ")
    assert drawn(sparsity_figures.role_chart(data, CAST), 0) == records(data)


def test_layer_and_head_figures_pool_over_replicates_only(tables: RunTables) -> None:
    sparsity = frame(tables.sparsity)
    layers, heads = (
        sparsity_figures.layer_data(sparsity, CAST),
        sparsity_figures.head_data(sparsity, CAST),
    )
    assert len(layers) == 2 * 4 * 16 * 3
    assert len(heads) == 2 * 4 * 9 * 4
    level = sparsity[(sparsity["arm"] == "lr_rewinding") & (sparsity["level"] == 2)]
    level = level[level["kind"] == "weight"]
    tensors = level[level["head"].isna()]
    shown = layers[(layers["arm"] == "lr_rewinding") & (layers["level"] == 2)]
    assert shown["num_pruned"].sum() == tensors["num_pruned"].sum()
    of_head = level[(level["head"] == 3) & (level["layer"] == 1) & (level["module"] == "encoder")]
    cell = heads[(heads["role"] == "encoder · self · 1") & (heads["head"] == 4)]  # from 1
    cell = cell[(cell["arm"] == "lr_rewinding") & (cell["level"] == 2)]
    assert list(cell["num_pruned"]) == [of_head["num_pruned"].sum()]
    assert drawn(sparsity_figures.layer_chart(layers, CAST), 0) == records(layers)
    assert drawn(sparsity_figures.head_chart(heads, CAST), 0) == records(heads)


def test_rows_of_heat_maps_are_in_the_order_of_the_data_flow(tables: RunTables) -> None:
    data = sparsity_figures.role_data(frame(tables.sparsity), CAST, "weight")
    roles = list(dict.fromkeys(data["role"]))
    attention = ["q", "k", "v", "out"]
    assert roles == [
        *(f"encoder · self · {name}" for name in attention),
        *(f"encoder · feed forward · {name}" for name in ("fc1", "fc2")),
        *(f"decoder · self · {name}" for name in attention),
        *(f"decoder · cross · {name}" for name in attention),
        *(f"decoder · feed forward · {name}" for name in ("fc1", "fc2")),
    ]
    heads = list(dict.fromkeys(sparsity_figures.head_data(frame(tables.sparsity), CAST)["role"]))
    of = ["encoder · self", "decoder · self", "decoder · cross"]
    assert heads == [f"{kind} · {layer}" for kind in of for layer in (1, 2, 3)]


def test_choosers_start_at_the_last_level_and_offer_all(tables: RunTables) -> None:
    spec = sparsity_figures.head_chart(
        sparsity_figures.head_data(frame(tables.sparsity), CAST), CAST
    ).to_dict()
    params = {param["name"]: param for param in spec["params"]}
    assert params["level"]["value"] == 4
    assert params["level"]["bind"]["options"] == [1, 2, 3, 4]
    assert params["arm"]["bind"]["options"] == ["lr_rewinding", "random_pruning"]


def test_speed_figure_shows_the_table(run: Path, tables: RunTables) -> None:
    data = speed_figures.speed_data(frame(tables.speed), CAST, "ctranslate2-int8", 1, 32)
    rows = [row for row in csv_rows(run, "speed") if row["engine"].endswith("int8")]
    ratios = [float(row["same_engine"]) for row in rows if row["batch"] == "32"]
    assert list(data["value"]) == ratios
    assert drawn(speed_figures.speed_chart(data, CAST), -1) == records(data)
    assert speed_figures.speed_data(frame(tables.speed), CAST, "ctranslate2-int8", 2, 32).empty


def test_training_figure_shows_every_validation(tables: RunTables) -> None:
    assert not isinstance(tables.training, NotMeasured)
    data = training_figures.training_data(tables.training, "lr_rewinding")
    points = [
        (job.level, *point)
        for job in tables.training
        if job.arm == "lr_rewinding"
        for point in job.validation
    ]
    assert list(data[["level", "update", "loss"]].itertuples(index=False, name=None)) == points
    assert drawn(training_figures.training_chart(data, CAST), 0) == records(data)


def test_every_arm_has_a_colour_of_its_own() -> None:
    colours = [arm.colour for arm in (CAST[name] for name in CAST)]
    assert len(set(colours)) == len(colours)


# ----------------------------------------------------------------------------- the page


class Page(HTMLParser):
    """What a browser makes of the page: its visible text and the addresses it names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.scripts = 0
        self._hidden = self._behind_break = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.scripts += tag == "script"
        self._hidden = tag in ("script", "style")
        self._behind_break = tag == "wbr" and bool(self.texts)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._behind_break:
            self.texts[-1] += data  # a place where a line may break is no blank
        else:
            self.texts.append(data)
        self._behind_break = False

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.texts))


def page_of(run: Path) -> Page:
    return Page(build_report(run).read_text(encoding="utf-8"))


def test_the_first_screen_says_what_was_run_and_what_holds(page: "Page", tables: RunTables) -> None:
    first = summary(tables)
    facts = dict(first.facts)
    everything = num_prunable() + NUM_NORM + NUM_EMBEDDING
    assert facts["Parameters"] == f"{num_prunable():,} prunable of {everything:,}"
    assert facts["Corpus"] == "multi30k, 28,912 training pairs, vocabulary of 6,000 pieces"
    assert facts["Languages"] == "en to de"
    counted = "36.0\u00a0%, 59.0\u00a0%, 73.7\u00a0%, 83.1\u00a0%"
    assert facts["Levels"].endswith(counted), "as counted, not what the fraction comes to"
    text = page.text
    assert "SYNTHETIC" not in text
    assert "59\u00a0% of the prunable weights (38\u00a0% of all) could go for less than" in text
    assert "networks with zeros and as large as before have" in text
    assert "bleu|nrefs:1|case:mixed" in text


def test_a_synthetic_corpus_and_a_single_replicate_are_labelled(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(synthetic=True, replicates=1, levels=1))
    text = page_of(run).text
    assert text.count("SYNTHETIC") >= 2
    assert "A test of the tool, not evidence about real translation." in text
    assert "One training seed: nothing here says whether another seed would give the same." in text


def test_all_counts_of_the_corpus_are_there(page: "Page") -> None:
    text = page.text
    for reason in ("empty", "too_long", "length_ratio", "duplicate", "test_overlap"):
        assert f"out: {reason}" in text
    assert "29,000" in text
    assert "1,014" in text
    assert "vocabulary of 6,000 pieces, trained on 50,000 of 58,000 sentences" in text


def test_the_settings_on_the_page_make_the_same_experiment(tables: RunTables) -> None:
    settings = tables.study.model_dump(mode="json")
    assert config.from_mapping(tomllib.loads(to_toml(settings)), where="page") == tables.study


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_as_toml(name: str) -> None:
    nested = {"name": name, "list": [name, "b"], "inner": {"deep": {"x": 1e-09, "y": True}}}
    assert tomllib.loads(to_toml(nested)) == nested


@pytest.mark.parametrize(
    ("missing", "anchor"),
    [
        ("tables/quality.csv", "quality"),
        ("tables/sparsity.csv", "sparsity"),
        ("tables/similarity.csv", "representations"),
        ("tables/neurons.csv", "representations"),
        ("tables/complexity.csv", "complexity"),
        ("tables/claims.csv", "claims"),
        ("tables/attention.csv", "attention"),
        ("tables/behaviour.csv", "behaviour"),
        ("tables/weights.csv", "weights"),
        ("tables/speed.csv", "speed"),
        ("views/representations.json", "representations"),
        ("views/attention.json", "attention"),
        ("views/behaviour.json", "behaviour"),
        ("views/training.json", "training"),
        ("views/corpus.json", "corpus"),
    ],
)
def test_what_is_missing_is_not_measured(tmp_path: Path, missing: str, anchor: str) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1))
    (run / missing).unlink()
    (section,) = (section for section in sections(read_run(run)) if section.anchor == anchor)
    (gap,) = (part for part in section.parts if isinstance(part, Gap))
    assert gap.reason.startswith(f"{missing} is not there")


def test_a_run_with_a_config_only_has_a_page(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=1))
    for file in (*run.glob("tables/*"), *run.glob("views/*")):
        file.unlink()
    text = page_of(run).text
    assert text.count("Not measured.") == 30


def test_hostile_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    small = FakeRun(replicates=1, levels=2, test_sets=("a", "NA"))
    tame = write_run(tmp_path / "tame", small)
    named = replace(small, corpus_name=HOSTILE, test_sets=(HOSTILE_NAME, "NA"))
    hostile = write_run(tmp_path / "hostile", named)
    (hostile / "tables" / "<b>&.csv").write_text("")
    html = build_report(hostile).read_text(encoding="utf-8")
    page = Page(html)
    assert page.scripts == page_of(tame).scripts
    assert "b" not in page.tags
    assert "alert(1)</script>" not in html
    assert page.text.count(HOSTILE) >= 1
    assert page.text.count(HOSTILE_NAME) >= 6
    assert "BLEU against sparsity on NA" in page.text
    assert "tables/%3Cb%3E%26.csv" in page.addresses
    packs = re.findall(r'<script type="text/plain">(.*?)</script>', html, re.DOTALL)
    assert len(packs) > 30
    assert all(re.fullmatch("[A-Za-z0-9+/]+=*", pack) for pack in packs)


def test_the_page_names_no_other_host(page: "Page") -> None:
    addresses = page.addresses
    assert "tables/quality.csv" in addresses
    assert not [a for a in addresses if not a.startswith(("#", "tables/", "views/", "data:"))]


def test_every_figure_says_how_to_read_it_and_its_n(tables: RunTables) -> None:
    shown = [
        part for section in sections(tables) for part in section.parts if isinstance(part, Figure)
    ]
    assert len(shown) == 12 + 5 + 9 + 3 + 1 + 13 + 4 + 4 + 6 + 4, "section by section"
    for figure in shown:
        assert re.search(r"n = |Pooled over", figure.reading)
        assert "interval" in figure.reading
        assert figure.spec()["description"] == figure.title


BLOCKING = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "ctranslate2", "sentencepiece"):
            raise AssertionError(f"the report imports {name}")
sys.meta_path.insert(0, Block())
from ticketscope.cli import main
sys.exit(main())
"""


def test_the_same_tables_give_the_same_bytes_and_need_no_torch(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", FakeRun(replicates=2, levels=2))
    first = build_report(run).read_bytes()
    assert build_report(run).read_bytes() == first
    source = Path(config.__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(source)}
    command = [sys.executable, "-c", BLOCKING, "report", str(run)]
    subprocess.run(command, check=True, env=environment)
    assert (run / "report.html").read_bytes() == first


def test_the_page_of_a_large_run_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The study's six layers, with attention; figures have as many digits as measured ones."""
    monkeypatch.setattr(report_fixture, "LAYERS", 6)
    kinds = dict.fromkeys(("encoder_self", "decoder_self", "encoder_decoder"), 6)
    fake = FakeRun(
        arms=("lr_rewinding", "dense_continued", "random_pruning"),
        levels=9,
        lost=(0.1,) * 9,
        attention=FakeAttention(layers=kinds, heads=4),
    )
    run = roughened(write_run(tmp_path / "run", fake))
    assert build_report(run).stat().st_size < 5e6


def roughened(run: Path) -> Path:
    """The run with noise in its figures: what formulas give packs too well."""
    noise = np.random.default_rng(0)
    for path in run.glob("tables/*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        for column in table.columns.intersection(["value", "lower", "upper", "difference_control"]):
            known = table[column] != ""
            exact = table.loc[known, column].astype(float)
            rough = exact * noise.normal(1, 1e-3, len(exact))
            table.loc[known, column] = rough.map(repr)
        table.to_csv(path, index=False, lineterminator="\n")
    return run


def test_what_was_registered_late_is_said_in_the_method(tables: RunTables) -> None:
    def method(kept: dict[str, Any] | None) -> list[Part]:
        identity = tables.identity.model_copy(update={"registered": kept})
        return list(method_parts(replace(tables, identity=identity)))

    whole = tables.identity.registered
    assert whole is not None
    [table] = [each for each in method(whole) if isinstance(each, Table) and "claims" in each.title]
    assert ("claims.c2", "0.04") in table.rows
    assert not [each for each in method(whole) if isinstance(each, Prose) and "Not as" in each.lead]
    for kept, said in (
        ({**whole, "claims.c2": 0.01}, "claims.c2 was 0.01 and is 0.04"),
        ({**whole, "lottery.replicates": 1}, "lottery.replicates was 1 and is 2"),
        (None, "nothing was registered"),
    ):
        [late] = [
            each for each in method(kept) if isinstance(each, Prose) and "Not as" in each.lead
        ]
        assert said in late.text
