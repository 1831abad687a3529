"""What `import ticketscope` gives: every promised name, at once and without heavy libraries."""

import ast
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import ticketscope
from tests_support import PATIENCE

SOURCE = Path(ticketscope.__file__)
PROMISED = ("open_run", "Network", "Panel", "run", "probe", "recipe", "Experiment", "measures")


def test_every_promised_name_is_there() -> None:
    assert {*PROMISED, "InputError", "JobError", "__version__"} <= set(ticketscope.__all__)
    assert dir(ticketscope) == ticketscope.__all__ == sorted(ticketscope.__all__)
    for name in ticketscope.__all__:
        assert getattr(ticketscope, name) is not None
    assert ticketscope.measures is import_module("ticketscope.measures")
    assert ticketscope.recipe("demo").name == "demo"


def test_a_name_that_is_not_there_is_named() -> None:
    with pytest.raises(AttributeError, match="module 'ticketscope' has no attribute 'dissekt'"):
        _ = ticketscope.dissekt  # type: ignore[attr-defined]


def test_who_checks_types_sees_what_is_imported_later() -> None:
    """The imports for mypy and editors are those of the running program."""
    blocks = [node for node in ast.parse(SOURCE.read_text()).body if isinstance(node, ast.If)]
    seen = {
        name.name: f"{line.module}"
        for line in blocks[0].body
        if isinstance(line, ast.ImportFrom)
        for name in line.names
        if name.name != "measures"
    }
    assert seen == ticketscope._HOMES
    assert (SOURCE.parent / "py.typed").is_file()


@pytest.mark.parametrize("name", ticketscope._HOMES)
def test_no_module_is_called_as_a_public_name(name: str) -> None:
    """Once imported, it would stand in the place of the function: so `ticketscope.runs` it is."""
    assert find_spec(f"ticketscope.{name}") is None


def test_importing_brings_no_heavy_library() -> None:
    code = """
import sys, ticketscope
ticketscope.open_run, ticketscope.recipe, ticketscope.run, ticketscope.Experiment
heavy = {"torch", "pandas", "numpy", "transformers", "ctranslate2", "altair", "rich", "cyclopts"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
