"""Figures and tables as files for a paper: names, pictures, LaTeX, and the folders they go to."""

import csv
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope import cli
from ticketscope.errors import InputError
from ticketscope.report.paper import latex, markdown
from ticketscope.report.paper.publication import (
    LONGEST_NAME,
    PIXELS,
    WIDTH,
    chosen,
    drawing,
    index,
    named,
)
from ticketscope.report.paper.publish import publish
from ticketscope.report.parts.part import Figure, Prose, Section, Table
from ticketscope.report.reading.run_tables import read_run
from ticketscope.report.sections import sections
from unit.report_fixture import FakeRun, write_run

pytestmark = pytest.mark.slow

SPECIAL = r"% & _ # { } ~ ^ \ $"
NAMESPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fake = FakeRun(replicates=1, levels=2, test_sets=(SPECIAL,), corpus_name="</script>")
    return write_run(tmp_path_factory.mktemp("run") / "run", fake)


@pytest.fixture(scope="module")
def page(run: Path) -> tuple[Section, ...]:
    return sections(read_run(run))


def figure(title: str) -> Figure:
    data = pd.DataFrame({"x": [1, 2], "y": [3, 4]})
    layer = alt.Chart(data).mark_point().encode(x="x:Q", y="y:Q")
    return Figure(title, "", alt.layer(layer, config=alt.Config(font="Courier")))


def test_a_legend_that_depends_on_the_width_is_drawn_whole() -> None:
    """With as many rows as on the page it would be higher than the picture, whose height was known
    before its width."""

    def drawn(columns: int | alt.ExprRef) -> bytes:
        data = pd.DataFrame({"x": range(13), "name": [f"a long title {n}" for n in range(13)]})
        legend = alt.Legend(columns=columns, labelLimit=290, orient="top")
        layer = (
            alt.Chart(data)
            .mark_point()
            .encode(x="x:Q", y="x:Q", color=alt.Color("name:N", legend=legend))
        )
        return drawing(Figure("a", "", alt.layer(layer, config=alt.Config(), height=200))).svg

    assert drawn(alt.ExprRef("width < 620 ? 1 : 2")) == drawn(2)


# ----------------------------------------------------------------------------- names


def test_names_say_section_and_title() -> None:
    section = Section("quality", "Quality", (Prose("no"), figure("BLEU – Größe, of “test_2016”!")))
    [only] = named([section], Figure)
    assert only.name == "quality-bleu-grosse-of-test-2016"
    assert only.section == "Quality"


@given(st.lists(st.tuples(st.text(max_size=90), st.text(max_size=90)), max_size=12))
def test_every_name_is_its_own_and_a_plain_file_name(titles: list[tuple[str, str]]) -> None:
    tables = [
        Section(anchor, "", (Table(title, ("a",), (), 1), figure("other")))
        for anchor, title in titles
    ]
    names = [each.name for each in named(tables, Table)]
    assert len(set(names)) == len(titles)
    for name in names:
        assert re.fullmatch("[a-z0-9-]*", name)
        assert len(name) <= LONGEST_NAME + 3


def test_names_stay_when_other_figures_come() -> None:
    old = (Section("a", "A", (figure("one"), figure("two"))), Section("b", "B", (figure("one"),)))
    new = (Section("new", "New", (figure("one"),)), replace(old[0], parts=(figure("0"),)), *old)
    assert [each.name for each in named(old, Figure)] == ["a-one", "a-two", "b-one"]
    assert {each.name for each in named(old, Figure)} < {each.name for each in named(new, Figure)}


def test_names_that_clash_are_numbered() -> None:
    section = Section("a", "A", tuple(figure(title) for title in ("Ж", "Щ", "b", "B", "b 2")))
    names = [each.name for each in named([section], Figure)]
    assert names == ["a", "a-2", "a-b", "a-b-2", "a-b-2-2"]


# ----------------------------------------------------------------------------- pictures


def test_a_figure_is_drawn_in_three_formats_and_always_the_same() -> None:
    drawn = drawing(figure("t"))
    again = drawing(figure("t"))
    assert (again.svg, again.png) == (drawn.svg, drawn.png)
    picture = ElementTree.fromstring(drawn.svg.decode())
    assert picture.tag == f"{NAMESPACE}svg"
    assert int(picture.attrib["width"]) == WIDTH
    fonts = {text.attrib["font-family"] for text in picture.iter(f"{NAMESPACE}text")}
    assert {font.split(",")[0] for font in fonts} == {"Liberation Sans"}
    grounds = [part for part in picture.iter() if part.attrib.get("fill") == "white"]
    assert grounds[0].attrib["width"] == str(WIDTH)
    assert drawn.pdf.startswith(b"%PDF-")
    assert b"LiberationSans" in drawn.pdf
    assert drawn.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">I", drawn.png[16:20]) == (PIXELS * WIDTH,)


def test_a_figure_is_drawn_as_the_page_opens_with_it(page: tuple[Section, ...]) -> None:
    figures = {each.part.title: each.part for each in named(page, Figure)}
    layers = figures["Which layers were pruned most"]
    assert chosen(layers) == "level: 2 (tickets 59.0\u00a0% zero)"
    cells = [
        mark.text or ""
        for mark in ElementTree.fromstring(drawing(layers).svg.decode()).iter(f"{NAMESPACE}text")
        if re.fullmatch(r"\d+%", mark.text or "") and mark.attrib["text-anchor"] != "start"
    ]
    assert len([cell for cell in cells if cell not in ("0%", "50%", "100%")]) == 16 * 3
    assert {int(cell[:-1]) for cell in cells} >= {53, 65}
    assert chosen(figures[f"BLEU against sparsity on {SPECIAL}"]) == ""


# ----------------------------------------------------------------------------- LaTeX


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (SPECIAL, r"\% \& \_ \# \{ \} \textasciitilde{} \textasciicircum{} \textbackslash{} \$"),
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("48.8\u00a0%", r"48.8~\%"),
        ("\u22120.5 [\u22121, 2]", r"$-$0.5 {[}$-$1, 2]"),
        ("a\nb\t c\r\n", "a b c"),
        ("\x00a\x1b\u2028b ", "a b"),
        ("--probes 'a'' <b> *", r"-{}-probes 'a'{}' \textless{}b\textgreater{} {*}"),
        ("„Größe“", "„Größe“"),
        ("", ""),
    ],
)
def test_escapes(text: str, written: str) -> None:
    assert latex.escape(text) == written


@given(st.text())
def test_nothing_that_latex_would_act_on_is_left(text: str) -> None:
    escaped = latex.escape(text)
    commands = r"\\(?:[%&_#{}$]|[a-z]+\{\}|char34\{\})|\$(?:-|\\[a-z]+)\$|\{[\[*]\}|\{\}|~"
    rest = re.sub(commands, "", escaped)
    assert not re.search(r'[\\%&_#{}~^$\n\r\x00-\x1f\x7f"|<>`*\[]', rest)


def test_a_fragment_has_a_row_a_row() -> None:
    table = Table(
        "50 %\nof x", ("a_b", "n", "why"), (("x&y", "1", "so"), ("", "2", "")), 1, False, 1
    )
    assert latex.fragment(table, "S", "run").splitlines() == [
        "% run: S: 50 % of x",
        r"% needs \usepackage{booktabs}",
        r"\begin{tabular}{lrp{0.60\textwidth}}",
        r"\toprule",
        r"a\_b & n & why \\",
        r"\midrule",
        r"x\&y & 1 & so \\",
        r" & 2 &  \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


# ----------------------------------------------------------------------------- Markdown


@given(st.text())
def test_nothing_that_markdown_would_act_on_is_left(text: str) -> None:
    rest = re.sub(r"\\\\|\\[`*_{}\[\]<>#|~&$!]", "", markdown.escape(text))
    assert not re.search(r"[\\`*_{}\[\]<>#|~&$!\n\r\x00-\x1f\x7f]", rest)


def test_a_markdown_table_has_a_row_a_row() -> None:
    table = Table(
        "50 %\nof x", ("a_b", "n", "why"), (("x|y", "1", "so"), ("", "2", "")), 1, False, 1
    )
    assert markdown.fragment(table, "S", "run").splitlines() == [
        "run: S: 50 % of x",
        "",
        r"| a\_b | n | why |",
        "|:--|--:|:--|",
        r"| x\|y | 1 | so |",
        "|  | 2 |  |",
    ]


def test_markdown_has_every_table_that_latex_has(run: Path, tmp_path: Path) -> None:
    publish(run, latex=tmp_path / "latex", markdown=tmp_path / "markdown")
    names = {path.stem for path in (tmp_path / "latex").glob("*.tex")}
    assert {path.stem for path in (tmp_path / "markdown").glob("*.md")} == names
    text = (tmp_path / "markdown/first-the-claims.md").read_text(encoding="utf-8")
    assert "| C0 Does translation quality hold? | ✓ supported: Yes: " in text


# ----------------------------------------------------------------------------- folders


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_index_is_csv_whatever_the_titles_are() -> None:
    row = ("a", 'b,"c"\n', "d")
    text = index([row], ("x", "y", "z"))
    assert next(iter(list(csv.reader(text.splitlines(keepends=True)))[1:])) == list(row)


def test_everything_is_written_and_indexed(
    run: Path, page: tuple[Section, ...], tmp_path: Path
) -> None:
    folder, tables = tmp_path / "new" / "figures", tmp_path / "tables"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    assert publish(run, figures=folder, latex=tables) == (
        folder / "index.csv",
        tables / "tables.csv",
    )
    rows = rows_of(folder / "index.csv")
    shown = [part for section in page for part in section.parts if isinstance(part, Figure)]
    picture, *others = [(row["title"], row["reading"]) for row in rows]
    assert picture[0] == "BLEU against the share of weights pruned", "of the first screen"
    assert others == [(each.title, each.reading) for each in shown]
    names = {f"{row['file']}.{ending}" for row in rows for ending in ("svg", "pdf", "png")}
    assert {path.name for path in folder.iterdir()} == names | {"index.csv", "mine.txt"}
    for name in names:
        assert (folder / name).stat().st_size > 1_000
    written = rows_of(tables / "tables.csv")
    assert {path.name for path in tables.iterdir()} == {
        "tables.csv",
        *(f"{row['file']}.tex" for row in written),
    }
    [claims] = [row["file"] for row in written if row["title"] == "The claims"]
    text = (tables / f"{claims}.tex").read_text(encoding="utf-8")
    assert "C0 Does translation quality hold? & $\\surd$ supported: Yes: " in text
    assert "$\\approx$ no relevant effect: No: " in text


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles_every_table(run: Path, tmp_path: Path) -> None:
    publish(run, latex=tmp_path)
    inputs = "\n".join(rf"\input{{{path.name}}}\par" for path in sorted(tmp_path.glob("*.tex")))
    (tmp_path / "all.tex").write_text(
        rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{inputs}\end{{document}}"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2_000:]


def test_a_file_is_no_folder_and_no_run_makes_none(run: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for folder in (taken, taken / "below"):
        with pytest.raises(InputError, match="taken"):
            publish(run, figures=tmp_path / "figures", latex=folder)
    with pytest.raises(InputError, match=r"no config\.json here"):
        publish(tmp_path, figures=tmp_path / "other")
    assert taken.read_text() == "mine"
    assert not (tmp_path / "other").exists()


def test_on_the_command_line(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tables"
    monkeypatch.setattr(sys, "argv", ["ticketscope", "report", str(run), "--latex", str(folder)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{folder / 'tables.csv'}\n{run / 'report.html'}\n"
    monkeypatch.setattr(sys, "argv", ["ticketscope", "report", str(run), "--figures", __file__])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"ticketscope: {__file__}: is a file; give a folder\n"
