"""The pages on the public face and the example notebook do what they say, on a toy run."""

import ast
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import ticketscope
from tests_support import REPOSITORY
from ticketscope import config
from ticketscope.study.recipes import RECIPES
from toy_run import toml_of, tree_of

PAGES = (REPOSITORY / "docs" / "api.md", REPOSITORY / "README.md")
NOTEBOOK = REPOSITORY / "docs" / "example.ipynb"


@pytest.fixture
def demo(toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toy run as runs/demo of the working directory, and its settings as the recipe."""
    shutil.copytree(toy_run, tmp_path / "runs" / "demo")
    experiment = config.load(Path(toml_of(toy_run)))
    monkeypatch.setitem(RECIPES, "demo", lambda: experiment)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs" / "demo"


def code_of(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def shown(code: str, names: dict[str, Any]) -> Any:
    """Do a cell; returns what its last expression gives, as a notebook would show it."""
    body = ast.parse(code).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None


def test_the_code_of_the_pages_does_what_it_says(
    demo: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    before = tree_of(demo)
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for code in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        shown(code, names)
    printed = capfd.readouterr()
    assert "no network replicate-0/lr_rewinding/level-40" in printed.out
    assert "replicate-1/random_pruning/level-02 0.59" in printed.out
    assert printed.err == ""

    assert [one.layer for one in names["found"].layers] == [0, 1]
    ticket, test = names["ticket"], names["test"]
    assert isinstance(ticket, ticketscope.Network)
    run = names["run"]
    mine = "arm == 'lr_rewinding' and replicate == 0 and level == 2 and test_set == 'test'"
    [loss] = run.quality.query(f"{mine} and metric == 'loss'").value
    assert names["losses"].mean == pytest.approx(loss, rel=1e-5)
    translations = run.sentences.query(mine).translation
    settings = run.study.quality
    assert list(translations) == ticket.translate(
        test.source, beam=settings.beam, max_decoding_length=settings.max_decoding_length
    )
    # Nothing was left to do; what the page sets is in the config.
    assert run.study.execution.workers == 1
    after = tree_of(demo)
    assert {name for name in before if after[name] != before[name]} == {"config.json"}
    assert after.keys() == before.keys()


def test_the_notebook_runs_and_draws(demo: Path) -> None:
    first, *others = code_of(NOTEBOOK)
    assert first == 'RUN = "../runs/demo"'
    names: dict[str, Any] = {"RUN": str(demo)}
    charts = []
    for code in others:
        result = shown(code, names)
        if type(result).__module__.startswith("altair"):
            charts.append(result.to_dict())
    assert len(charts) == 4
    for chart in charts:
        assert all(rows for rows in chart["datasets"].values())
    assert list(names["layers"].layer) == [0, 1]


def test_the_notebook_is_committed_without_outputs() -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
