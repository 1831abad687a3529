"""One self-contained HTML file from the tables of a run: no request to any host, ever.

Text reaches the page through autoescaping only, data as base64, which holds no `<`. The page's own
security policy forbids loading anything.
"""

import functools
from collections.abc import Mapping
from pathlib import Path

import altair as alt
import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ticketscope import files
from ticketscope.report.downloads import downloads_parts
from ticketscope.report.parts.part import Section
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import first_screen, sections

MOST_BYTES = 4_950_000
"""The largest size of a page, so that it can be mailed and opens at once."""


def build_report(run: Path, *, edited: bool = False) -> Path:
    """Write RUN/report.html from RUN/config.json, RUN/tables and RUN/views; returns its path.

    The same files give the same bytes. Raises as `read_run`; what is not there is named on the
    page.
    """
    path = run / "report.html"
    files.write_text(path, render(read_run(run, edited=edited)))
    return path


def render(run: RunTables) -> str:
    """The page as HTML; the tables take what the figures leave of its size."""
    values = {"summary": first_screen(run), "run": run}
    others = sections(run)
    left = MOST_BYTES - len(rendered("page.html", {**values, "sections": others}).encode())
    downloads = Section("downloads", "Downloads", tuple(downloads_parts(run, left)))
    return rendered("page.html", {**values, "sections": (*others, downloads)})


def rendered(template: str, values: Mapping[str, object]) -> str:
    """A template of the package, filled in; with what draws its figures."""
    environment = Environment(
        loader=PackageLoader("ticketscope.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values, library=_library())


@functools.cache
def _library() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script, of the version that altair writes for."""
    version = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    assert "</script" not in bundle, "the bundle would end its own script element"
    return Markup(bundle)
