"""The report in a real browser: every figure is drawn, nothing is fetched, nothing complains."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests_support import PATIENCE
from ticketscope.report import build_report
from ticketscope.report.comparison.comparison_page import build_comparison
from ticketscope.report.page import render
from unit.attention_fixture import FakeAttention, weight_byte
from unit.behaviour_fixture import FakeBehaviour
from unit.examples_fixture import HOSTILE as HOSTILE_SOURCE
from unit.examples_fixture import LINES, write_examples
from unit.given_fixture import given_run
from unit.report_fixture import FakeRun, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> \u2028 ${x}"
HOSTILE_NAME = HOSTILE.replace("\u2028 ", "")
"""A setting can have no line end in it."""
RIGHT_TO_LEFT = "بالعالم"
LONG = "Donaudampfschifffahrtsgesellschaftskapitän" * 3
RUNS = {
    "two replicates": FakeRun(modules=("encoder", "decoder")),
    "hostile, synthetic": FakeRun(
        corpus_name=HOSTILE,
        test_sets=(HOSTILE_NAME, "NA"),
        arms=("lr_rewinding", "dense_continued", "random_pruning"),
        replicates=1,
        synthetic=True,
        reason=HOSTILE,
        attention=FakeAttention(
            sentences=(
                ("</script><script>alert(1)</script> said", "sagte <b>&amp;</b> \u2028"),
                (f"{RIGHT_TO_LEFT} {LONG} .", " ".join(["so"] * 60)),
            )
        ),
        behaviour=FakeBehaviour(source=HOSTILE, reference=f"{RIGHT_TO_LEFT} {LONG}", broken=LONG),
    ),
    "no control": FakeRun(arms=("lr_rewinding",), replicates=1, levels=1),
}


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS), timeout=PATIENCE * 1_000
        )
        sync_api.expect.set_options(timeout=PATIENCE * 1_000)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    runs = {
        name: write_run(folder / str(number), fake)
        for number, (name, fake) in enumerate(RUNS.items())
    }
    write_examples(runs["two replicates"])
    return {name: build_report(run) for name, run in runs.items()}


def opened(
    browser: "Browser",
    report: Path,
    width: int = 1280,
    dark: bool = False,
    *,
    place: str = "",
    sections: bool = True,
) -> "Page":
    """The page at a `place` in it with all figures drawn, and all sections open if so asked.

    Complaints, dialogs and requests fail the test.
    """
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    page.set_default_timeout(PATIENCE * 1_000)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: heard.append(f"request: {request.url[:200]}"))
    page.goto(f"{report.as_uri()}{place}")
    kinds = (".chart", ".attention", ".examples")
    waiting = repr(", ".join(f"{kind}:not([data-drawn])" for kind in kinds))
    page.wait_for_function(f"document.querySelectorAll({waiting}).length === 0")
    page.wait_for_load_state("networkidle")
    if sections:
        page.get_by_role("button", name="Open all").click()
    local = ("request: data:", f"request: {report.as_uri()}")
    assert [what for what in heard if not what.startswith(local)] == []
    return page


@pytest.fixture(scope="module")
def page(browser: "Browser", reports: dict[str, Path]) -> Iterator["Page"]:
    """A page with all sections open, for tests that each look at figures of their own: to draw all
    takes seconds."""
    page = opened(browser, reports["two replicates"])
    yield page
    page.close()


@pytest.fixture(scope="module")
def folded_page(browser: "Browser", reports: dict[str, Path]) -> Iterator["Page"]:
    """The same as it is when it is opened."""
    page = opened(browser, reports["two replicates"], sections=False)
    yield page
    page.close()


@pytest.mark.parametrize("name", RUNS)
def test_every_figure_is_drawn_and_nothing_is_fetched(
    browser: "Browser", reports: dict[str, Path], name: str
) -> None:
    page = opened(browser, reports[name])
    charts = page.locator(".chart")
    num_charts = charts.count()
    assert num_charts >= 10
    for index in range(num_charts):
        marks = charts.nth(index).locator("svg .mark-symbol path, svg .mark-rect path")
        assert marks.count() > 0
        box = charts.nth(index).locator("svg").bounding_box()
        assert box is not None
        assert box["width"] > 300
    page.close()


def test_a_point_a_model_is_drawn(page: "Page") -> None:
    figure = page.locator("figure", has_text="BLEU against sparsity on test_2017_flickr")
    assert figure.locator("svg .layer_2_marks path").count() == 2 * (1 + 4 + 4)
    assert figure.locator("svg .layer_1_marks line").count() == 2 * (1 + 4 + 4)
    assert figure.locator("svg .role-legend", has_text="nothing pruned").count() > 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 800])
def test_the_page_fits_narrow_screens_in_both_schemes(
    browser: "Browser", reports: dict[str, Path], width: int, dark: bool
) -> None:
    page = opened(browser, reports["hostile, synthetic"], width, dark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    label = page.locator(".chart svg .role-axis-label text").first
    colour = label.evaluate("text => getComputedStyle(text).fill")
    assert colour == ("rgb(232, 234, 237)" if dark else "rgb(27, 31, 36)")
    page.close()


def test_choosers_work_by_keyboard(page: "Page") -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    figure = page.locator("figure", has_text="Which layers were pruned most")
    cells = figure.locator("svg .mark-text.role-mark text")
    at_level_4 = cells.all_text_contents()
    figure.locator("select").focus()
    page.keyboard.press("ArrowUp")
    assert figure.locator("select option:checked").inner_text().startswith("3 (")
    sync_api.expect(cells.first).not_to_have_text(at_level_4[0])
    assert len(cells.all_text_contents()) == len(at_level_4) == 16 * 3


def test_layers_are_compared_by_the_measure_chosen(page: "Page") -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    figure = page.locator("figure", has_text="Which layers of the encoder resemble").first
    cells = figure.locator("svg .mark-text.role-mark text")
    by_cka = cells.all_text_contents()
    figure.locator("select").first.select_option("SVCCA")
    sync_api.expect(cells.first).not_to_have_text(by_cka[0])
    assert len(cells.all_text_contents()) == len(by_cka) == 4 * 4


def test_paper_shows_what_is_folded(folded_page: "Page") -> None:
    folded = folded_page.locator("details:not([open])")
    num_folded = folded.count()
    assert num_folded > folded_page.locator("details.section").count()
    folded_page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0
    assert folded_page.locator(".section .chart svg").last.is_visible()
    folded_page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.count() == num_folded


# ----------------------------------------------------------------------------- the first screen


def test_the_answer_and_its_picture_are_seen_at_once(folded_page: "Page") -> None:
    for place in ("h1", "#answer strong", ".picture svg"):
        box = folded_page.locator(place).first.bounding_box()
        assert box is not None
        assert box["y"] < 450, "on the upper half of the screen"
    assert folded_page.locator(".picture svg .mark-text", has_text="holds up to 59").count() == 1
    small = folded_page.locator(".first .verdict .small svg")
    assert small.count() == 5
    told = small.first.get_attribute("aria-label")
    assert told is not None
    assert told.startswith("BLEU beside the control's. Lower: worse. 36")
    words = folded_page.locator("#glossary")
    assert not words.locator("dd").first.is_visible()
    words.locator("summary").press("Enter")
    assert words.locator("dt", has_text="prunable weights").is_visible()


def test_verdicts_open_by_keyboard_and_their_reasons_are_text(
    browser: "Browser", reports: dict[str, Path]
) -> None:
    page = opened(browser, reports["hostile, synthetic"], width=390)
    cards = page.locator(".first .verdict")  # those of further arms are in the section of claims
    assert cards.locator(".word").all_inner_texts() == [
        f"{sign} {word.upper()}"
        for sign, word in (
            ("✓", "supported"),
            ("–", "not measured"),
            ("✗", "contradicted"),
            ("✓", "supported"),
            ("≈", "no relevant effect"),
            ("?", "undecided"),
        )
    ]
    how = cards.nth(2).locator("details")
    assert not how.locator("p").first.is_visible()
    how.locator("summary").focus()
    page.keyboard.press("Enter")
    claim, *told = how.locator("p").all_inner_texts()
    assert claim.startswith("C2: Higher layers diverge most.")
    assert told == ["What is computed for C2.", HOSTILE]
    assert page.locator("#next ~ ul li", has_text=HOSTILE).is_visible()
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_every_section_is_at_hand(browser: "Browser", reports: dict[str, Path], width: int) -> None:
    page = opened(browser, reports["two replicates"], width, place="#quality", sections=False)
    assert page.locator("details.section[open] h2").all_inner_texts() == ["Quality"]
    links = page.locator("nav a")
    assert links.count() >= 15
    page.evaluate("document.querySelector('#training').scrollIntoView()")
    bar = page.locator("nav").bounding_box()
    assert bar is not None
    assert bar["y"] == 0
    assert bar["height"] < 80, "three rows at the most"
    links.last.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#downloads'")
    heading = page.locator("#downloads").bounding_box()
    assert heading is not None
    assert bar["height"] <= heading["y"] < 900
    opened_now = page.locator("details.section[open] h2").all_inner_texts()
    assert opened_now == ["Quality", "Downloads"]
    links.first.press("Enter")
    page.wait_for_function("scrollY === 0")
    page.close()


def test_a_figure_is_saved_from_the_page(browser: "Browser", reports: dict[str, Path]) -> None:
    page = opened(browser, reports["two replicates"], place="#sparsity", sections=False)
    for kind, begins in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download() as saving:
            page.get_by_label(f"Save as {kind.upper()}: Which layers were pruned most").focus()
            page.keyboard.press("Enter")
        assert saving.value.suggested_filename == f"which-layers-were-pruned-most.{kind}"
        assert Path(saving.value.path()).read_bytes().startswith(begins)
    page.close()


def test_tables_are_saved_from_inside_the_page(
    browser: "Browser", reports: dict[str, Path], tmp_path: Path
) -> None:
    moved = tmp_path / "moved.html"
    moved.write_bytes(reports["hostile, synthetic"].read_bytes())
    tables = reports["hostile, synthetic"].parent / "tables"
    page = opened(browser, moved)
    links = page.locator("a.enclosed")
    names = [path.name for path in sorted(tables.glob("*.csv"))]
    assert links.all_inner_texts() == [f"tables/{name}" for name in names]
    # Few of them: a browser takes many downloads at once for an attack.
    for name in ("claims.csv", "quality.csv", "similarity.csv", "claims.csv"):
        with page.expect_download() as saving:
            links.nth(names.index(name)).focus()
            page.keyboard.press("Enter")
        assert saving.value.suggested_filename == name
        assert Path(saving.value.path()).read_bytes() == (tables / name).read_bytes()
    page.close()


def test_without_scripts_the_page_says_what_is_not_seen(
    browser: "Browser", reports: dict[str, Path]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1_000)
    page.goto(reports["two replicates"].as_uri())
    told = page.locator("header noscript").text_content()
    assert told is not None
    assert "JavaScript is off" in told
    assert page.locator(".verdict").count() == 6
    assert page.locator("a.enclosed").first.get_attribute("href") == "tables/attention.csv"
    assert "no sentence can be shown" in (page.locator(".browser noscript").text_content() or "")
    context.close()


# ----------------------------------------------------------------------------- attention maps


def maps_of(page: "Page") -> "Locator":
    return page.locator("figure", has_text="Attention maps, the dense model beside a ticket")


def choose(maps: "Locator", **chosen: int) -> None:
    for name, index in chosen.items():
        maps.get_by_label(name).select_option(index=index)


def test_the_maps_show_the_weights_that_were_written(page: "Page") -> None:
    maps = maps_of(page)
    readout = maps.locator("output")
    words = [text for pair in FakeAttention().sentences for text in pair]
    edges = {"⟨end⟩": words[2].split(), "⟨start⟩": words[3].split()}
    for kind, queries, keys, special in (
        (0, "⟨end⟩", "⟨end⟩", "⟨end⟩"),
        (1, "⟨start⟩", "⟨start⟩", "⟨start⟩"),
        (2, "⟨start⟩", "⟨end⟩", "⟨end⟩"),
    ):
        choose(maps, sentence=1, kind=kind, layer=1, head=1, level=1)
        rows, columns = edges[queries], [*edges[keys], special]
        tables = maps.get_by_role("grid")
        assert tables.count() == 2
        assert tables.nth(1).locator("thead th").all_inner_texts() == columns
        assert tables.nth(1).locator("tbody th").all_inner_texts() == rows
        for level, table in ((0, 0), (2, 1)):
            cells = tables.nth(table).locator("tbody td")
            shown = cells.evaluate_all("cells => cells.map((cell) => cell.ariaLabel)")
            at = [(row, column) for row in range(len(rows)) for column in range(len(columns))]
            places = [(1, level, kind, 1, 1, *cell) for cell in at]
            assert shown == [f"{weight_byte(place) / 255:.2f}" for place in places]
        tables.nth(0).locator("tbody tr").nth(3).locator("td").nth(2).hover()
        dense, ticket = (weight_byte((1, level, kind, 1, 1, 3, 2)) / 255 for level in (0, 2))
        weights = f"dense {dense:.2f}, ticket {ticket:.2f}"
        assert readout.inner_text() == f"{rows[3]} → {columns[2]}: {weights}"


def test_networks_of_other_depth_have_layers_of_their_own(
    browser: "Browser", tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    report.write_text(render(given_run(tmp_path)), encoding="utf-8")
    page = opened(browser, report)
    maps = page.locator("figure", has_text="Attention maps, the base beside another network")
    assert maps.get_by_label("its layer").count() == 0
    choose(maps, network=1)  # it lacks the first layer of the base
    weights = [
        grid.locator("tbody td").evaluate_all("cells => cells.map((cell) => cell.ariaLabel)")
        for grid in maps.get_by_role("grid").all()
    ]
    assert weights[0] != weights[1]
    maps.get_by_label(re.compile("^layer")).select_option(index=1)
    one, other = maps.get_by_role("grid").all()
    shown = "cells => cells.map((cell) => cell.ariaLabel)"
    assert one.locator("tbody td").evaluate_all(shown) == weights[1]
    assert other.locator("tbody td").evaluate_all(shown) == weights[1]
    one.locator("tbody td").first.hover()
    assert re.search(r": base (\S+), half-the-layers \1$", maps.locator("output").inner_text())
    choose(maps, kind=1)
    assert maps.get_by_label("its layer").count() == 0, "both have as many of the decoder"
    page.close()


def test_the_maps_are_chosen_and_walked_through_by_keyboard(
    browser: "Browser", reports: dict[str, Path]
) -> None:
    page = opened(browser, reports["two replicates"])
    maps = maps_of(page)
    cells = maps.get_by_role("grid").first.locator("tbody td")
    before = cells.evaluate_all("cells => cells.map((cell) => cell.ariaLabel)")
    maps.get_by_label("head").focus()
    page.keyboard.press("ArrowDown")
    after = cells.evaluate_all("cells => cells.map((cell) => cell.ariaLabel)")
    assert (
        before
        != after
        == [
            f"{weight_byte((0, 0, 0, 0, 1, row, column)) / 255:.2f}"
            for row in range(4)
            for column in range(5)
        ]
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('label').innerText").startswith("level")
    page.keyboard.press("Tab")
    for key in ("ArrowUp", "ArrowLeft", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    focused = page.locator("td:focus")
    assert focused.evaluate("cell => [cell.parentNode.sectionRowIndex, cell.cellIndex]") == [1, 3]
    assert focused.evaluate("cell => getComputedStyle(cell).outlineStyle") == "solid"
    assert maps.locator("output").inner_text().startswith("man → sleeps: dense ")
    assert maps.locator("td.at").count() == 2
    assert maps.locator("td[tabindex='0']").count() == 2
    page.close()


def test_a_word_that_is_not_yet_there_has_no_weight(page: "Page") -> None:
    maps = maps_of(page)
    choose(maps, sentence=0, kind=1)
    grid = maps.get_by_role("grid").first
    assert grid.locator("td.hidden").count() == 4 * 3 / 2
    grid.locator("tbody tr").nth(0).locator("td").nth(2).hover()
    assert maps.locator("output").inner_text() == "Ein → schläft: not seen, being later"


@pytest.mark.parametrize("width", [390, 1280])
def test_words_of_the_maps_are_text_and_keep_their_place(
    browser: "Browser", reports: dict[str, Path], width: int
) -> None:
    page = opened(browser, reports["hostile, synthetic"], width)
    maps = maps_of(page)
    first = maps.get_by_role("grid").first
    assert first.locator("tbody th").all_inner_texts() == [
        "</script><script>alert(1)</script>",
        "said",
    ]
    assert maps.locator("script, b").count() == 1  # the data of the maps
    choose(maps, sentence=1)
    heads = maps.get_by_role("grid").first.locator("tbody th")
    assert heads.nth(0).get_attribute("title") == RIGHT_TO_LEFT
    assert heads.nth(1).get_attribute("title") == LONG
    box = heads.nth(1).bounding_box()
    assert box is not None
    assert box["width"] < 120
    choose(maps, kind=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    dense, ticket = (maps.locator(".map").nth(place).bounding_box() for place in (0, 1))
    assert dense is not None
    assert ticket is not None
    assert (ticket["y"] > dense["y"]) == (width == 390)
    page.close()


# ----------------------------------------------------------------------------- examples


def seen(page: "Page") -> list[int]:
    """The lines of the sentences that are shown."""
    heads = page.locator(".examples h4").all_inner_texts()
    return [int(re.findall("line ([0-9]+)", head)[0]) for head in heads]


def test_examples_are_text_that_is_found_and_walked_through_by_keys(
    browser: "Browser", reports: dict[str, Path]
) -> None:
    page = opened(browser, reports["two replicates"], 390, place="#examples", sections=False)
    examples = page.locator(".examples")
    status, cards = examples.get_by_role("status"), examples.locator("ol.sentences > li")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert status.inner_text() == "15 of 15 sentences; 1 to 10 are shown."
    assert seen(page)[:3] == [6, 5, 4], "the worst first"
    assert cards.nth(1).locator(".empty").all_inner_texts() == ["(empty)"] * 2
    page.locator("#examples").click()  # which folds it,
    page.locator("#examples").click()
    page.keyboard.press("/")
    page.keyboard.type("SCRIPT><script>doc")
    assert (seen(page), status.inner_text()) == ([2], "1 of 15 sentences; 1 to 1 are shown.")
    shown = cards.first.locator("dd, .translations p[dir]").all_text_contents()
    struck = f"{HOSTILE_SOURCE} d"
    assert shown == [*LINES[1][:3], struck, f"{HOSTILE_SOURCE} t"]
    assert cards.first.locator("del").all_inner_texts() == ["d"]
    assert HOSTILE_SOURCE in shown[0]
    assert examples.locator("script, b").count() == 0
    assert page.title() != "1"
    assert "broken: numbers 2 of 3" in cards.first.inner_text()
    page.keyboard.press("Escape")
    page.keyboard.type("NA")
    assert 6 in seen(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    for key, current in (("n", 1), ("j", 2), ("k", 1), ("p", 0), ("p", 0)):
        page.keyboard.press(key)
        assert cards.nth(current).evaluate("card => card === document.activeElement")
        assert examples.locator("[aria-current]").count() == 1
    for _ in range(10):
        page.keyboard.press("n")
    assert (len(seen(page)), examples.locator("ol").get_attribute("start")) == (5, "11")
    page.emulate_media(media="print")
    assert not examples.get_by_label("search").is_visible()
    assert cards.first.is_visible()
    page.close()


def test_a_link_shows_the_examples_that_were_chosen(
    browser: "Browser", reports: dict[str, Path]
) -> None:
    page = opened(browser, reports["two replicates"], place="#examples", sections=False)
    examples = page.locator(".examples")
    examples.locator("[name=change]").select_option("words")
    examples.locator("[name=against]").select_option("both")
    examples.get_by_label("sorted by").select_option("place")
    assert seen(page) == [1, 2, 3, 4, 6]
    examples.locator("[name=damage]").select_option("numbers")
    assert seen(page) == [2]
    examples.locator("[name=damage]").select_option("")
    examples.get_by_label("phenomenon shown").select_option("case")
    assert seen(page) == [1]
    examples.get_by_label("phenomenon shown").select_option("")
    examples.get_by_label("breaks every time").select_option("any")
    assert seen(page) == [1]
    examples.get_by_label("breaks every time").select_option("")
    examples.get_by_role("button", name="Clear").click()
    examples.locator("[name=change]").select_option("worse")
    examples.get_by_label("by more than").fill("62.5")
    worse = seen(page)
    assert worse == [6, 5, 4]
    page.wait_for_function("location.hash.includes('by=62.5')")
    address = page.evaluate("location.hash")
    assert address == examples.get_by_text("Link to this view").get_attribute("href")
    differing = "differences([...'abcde'], [...'axcef'])"
    assert page.evaluate(differing) == [
        ["same", ["a"]],
        ["mark", ["x"]],
        ["same", ["c"]],
        ["del", ["d"]],
        ["same", ["e"]],
        ["mark", ["f"]],
    ]
    page.close()
    page = opened(browser, reports["two replicates"], place=address, sections=False)
    assert seen(page) == worse
    page.evaluate("location.hash = 'examples?network=gone&sentence=a:12'")
    page.wait_for_function("document.activeElement.tagName === 'LI'")
    assert page.locator("li:focus h4").inner_text().startswith("a, line 12")
    assert "The link asks for what is not here: network “gone”." in page.inner_text(".examples")
    page.close()


def test_a_browser_that_cannot_unpack_says_so(browser: "Browser", reports: dict[str, Path]) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1_000)
    page.add_init_script("delete window.DecompressionStream")
    page.goto(reports["two replicates"].as_uri() + "#examples")
    page.wait_for_function("document.querySelector('.examples').textContent !== ''")
    assert "this browser cannot unpack its data" in page.inner_text(".examples")
    page.close()


# ----------------------------------------------------------------------------- runs side by side


@pytest.mark.parametrize("width", [390, 1280])
def test_a_comparison_draws_all_runs_and_fetches_nothing(
    browser: "Browser", reports: dict[str, Path], tmp_path: Path, width: int
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    runs = [reports[name].parent for name in ("two replicates", "hostile, synthetic")]
    page = opened(browser, build_comparison(runs, tmp_path / "page.html"), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("heading", level=1).inner_text() == "fake (1) and fake (2)"
    assert page.locator("dd, td", has_text="SYNTHETIC").count() == 1
    charts = page.locator(".chart")
    assert charts.count() == 4
    for index in range(4):
        legend = charts.nth(index).locator("svg .role-legend")
        for run in ("fake (1)", "fake (2)"):
            assert legend.filter(has_text=run).count() > 0
        assert charts.nth(index).locator("svg .mark-symbol path").count() > 0
    figure = page.locator("figure", has_text="How many heads still match themselves")
    points = figure.locator("svg .mark-symbol.role-mark path")
    of_encoder = points.count()
    figure.locator("select").select_option("decoder self")
    sync_api.expect(points).not_to_have_count(of_encoder)
    page.close()
