"""The report in a real browser: every figure is drawn, nothing is fetched, nothing complains."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ticketscope.report import build_report
from unit.report_fixture import FakeRun, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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
RUNS = {
    "two replicates": FakeRun(modules=("encoder", "decoder")),
    "hostile, synthetic": FakeRun(
        corpus_name=HOSTILE,
        test_sets=(HOSTILE, "NA"),
        arms=("lr_rewinding", "dense_continued", "random_pruning"),
        replicates=1,
        synthetic=True,
    ),
    "no control": FakeRun(arms=("lr_rewinding",), replicates=1, levels=1),
}


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: build_report(write_run(folder / str(number), fake))
        for number, (name, fake) in enumerate(RUNS.items())
    }


def opened(browser: "Browser", report: Path, width: int = 1280, dark: bool = False) -> "Page":
    """The page with all figures drawn; complaints, dialogs and requests fail the test."""
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: heard.append(f"request: {request.url[:200]}"))
    page.goto(report.as_uri())
    page.wait_for_function("document.querySelectorAll('.chart:not([data-drawn])').length === 0")
    page.wait_for_load_state("networkidle")
    local = ("request: data:", f"request: {report.as_uri()}")
    assert [what for what in heard if not what.startswith(local)] == []
    return page


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


def test_a_point_a_model_is_drawn(browser: "Browser", reports: dict[str, Path]) -> None:
    page = opened(browser, reports["two replicates"])
    figure = page.locator("figure", has_text="BLEU against sparsity on test_2017_flickr")
    assert figure.locator("svg .layer_2_marks path").count() == 2 * (1 + 4 + 4)
    assert figure.locator("svg .layer_1_marks line").count() == 2 * (1 + 4 + 4)
    assert figure.locator("svg .role-legend", has_text="dense_continued").count() > 0
    page.close()


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


def test_choosers_work_by_keyboard(browser: "Browser", reports: dict[str, Path]) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    page = opened(browser, reports["two replicates"])
    figure = page.locator("figure", has_text="Which layers were pruned most")
    cells = figure.locator("svg .mark-text.role-mark text")
    at_level_4 = cells.all_text_contents()
    figure.locator("select").focus()
    page.keyboard.press("ArrowUp")
    assert figure.locator("select option:checked").inner_text().startswith("3 (")
    sync_api.expect(cells.first).not_to_have_text(at_level_4[0])
    assert len(cells.all_text_contents()) == len(at_level_4) == 16 * 3
    page.close()


def test_layers_are_compared_by_the_measure_chosen(
    browser: "Browser", reports: dict[str, Path]
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    page = opened(browser, reports["two replicates"])
    figure = page.locator("figure", has_text="Which layers of the encoder resemble")
    cells = figure.locator("svg .mark-text.role-mark text")
    by_cka = cells.all_text_contents()
    figure.locator("select").first.select_option("SVCCA")
    sync_api.expect(cells.first).not_to_have_text(by_cka[0])
    assert len(cells.all_text_contents()) == len(by_cka) == 4 * 4
    page.close()


def test_paper_shows_folded_tables(browser: "Browser", reports: dict[str, Path]) -> None:
    page = opened(browser, reports["two replicates"])
    folded = page.locator("details:not([open])")
    num_folded = folded.count()
    assert num_folded > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.count() == num_folded
    page.close()
