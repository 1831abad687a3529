"""Commands on runs: do one, see how far it is, what it cost and what it found."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ticketscope.controls import printable
from ticketscope.errors import InputError

if TYPE_CHECKING:
    from ticketscope.config import Experiment


def run(
    recipe: str,
    *,
    out: Path | None = None,
    settings: Annotated[
        tuple[str, ...], Parameter(name="--set", consume_multiple=False, negative="")
    ] = (),
    probes: Literal["none", "real", "grammar"] | None = None,
    probe_data: Path | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Do or resume a whole experiment, from parallel text to the report.

    Parameters
    ----------
    recipe
        A recipe's name (see `ticketscope recipes`) or a TOML file.
    out
        The run directory; runs/RECIPE when not given.
    settings
        A setting as path=value, e.g. --set training.updates=500; may be given several times.
    probes
        Probe every layer of the tickets: on real gold data, or on what the embedded grammar
        annotates; the same as --set probing.suite=…
    probe_data
        The folder of the real gold data, laid out as docs/tasks.md says; the same as
        --set probing.data=…
    dry_run
        Print the plan (sizes, sparsity ladder, disk; updates and time where nothing is missing) and
        do nothing. Where a run would be refused, this ends as it would: one line, exit code 2.
    """
    if probes:
        settings = (*settings, f"probing.suite={probes}")
    if probe_data:
        folder = json.dumps(str(probe_data), ensure_ascii=False)  # TOML has no surrogates
        settings = (*settings, f"probing.data={folder}")
    experiment = _experiment(recipe, settings)
    if probe_data and experiment.probing.suite != "real":
        raise InputError(
            f"--probe-data {probe_data}: is of no use with probing.suite = "
            f"{experiment.probing.suite}; add --probes real, or leave it out"
        )
    from ticketscope.console.terminal import output

    out = out or Path("runs") / experiment.name
    if dry_run:
        _dry_run(experiment, out)
        return
    from ticketscope.study.run import run_experiment

    run_experiment(experiment, out, output())


def _dry_run(experiment: "Experiment", out: Path) -> None:
    """Say what the settings alone tell, then go through what a run checks first."""
    from ticketscope.console.terminal import at_work, output, say
    from ticketscope.study import checks, plan
    from ticketscope.study.run import known_dense_updates

    console = output()
    sizes = plan.plan_sizes(experiment)
    plan.print_sizes(sizes, experiment, console)
    with at_work("planning"):
        warnings = checks.check(experiment, out)
        known = known_dense_updates(experiment, out)
        work = plan.plan_work(experiment, sizes.counts, known)
    plan.print_work(work, experiment, console)
    for warning in warnings:
        say(console, warning, style="yellow")


def recipes(
    recipe: str | None = None, *, toml: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """List the recipes, or print one as a TOML file to edit and run.

    Parameters
    ----------
    recipe
        The recipe to print.
    toml
        Print it as TOML. Its paths are seen from the folder that the file is put in.
    """
    from rich.table import Table

    from ticketscope.console.terminal import output
    from ticketscope.study.recipes import RECIPES

    if toml != (recipe is not None):
        raise InputError("recipes: --toml prints one recipe: give RECIPE --toml, or nothing")
    if recipe is not None:
        from ticketscope.config import to_toml
        from ticketscope.study.recipes import recipe as named

        print(to_toml(named(recipe).model_dump(mode="json")))
        return
    listed = Table.grid(padding=(0, 2, 0, 0))
    for name, make in RECIPES.items():
        listed.add_row(name, (make.__doc__ or "").strip())
    output().print(listed)


def show(run: Path) -> None:
    """Show how far a run is, while it runs and after.

    Parameters
    ----------
    run
        The run directory.
    """
    from ticketscope.console.terminal import output
    from ticketscope.study.overview import as_table, overview
    from ticketscope.study.run import open_run

    opened, experiment = open_run(run)
    state = {True: "running", False: "not running", None: "no locks here: running or not"}[
        opened.is_locked()
    ]
    console = output()
    console.print(f"{run} ({state})", soft_wrap=True)
    console.print(as_table(overview(opened, experiment, running=None)))


def cost(run: Path) -> None:
    """Show what each stage of a run cost: time, memory and disk.

    Parameters
    ----------
    run
        The run directory.
    """
    from ticketscope.console.terminal import output
    from ticketscope.runs.costs import print_costs
    from ticketscope.study.run import open_run

    opened, _ = open_run(run)
    print_costs(opened, output())


def report(
    run: Path,
    *,
    figures: Path | None = None,
    latex: Path | None = None,
    markdown: Path | None = None,
    edited_tables: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Build the report again from a run's tables, views and config alone.

    Parameters
    ----------
    run
        The run directory.
    figures
        A folder to write every figure to, as SVG, PDF and PNG; index.csv there tells what each
        shows.
    latex
        A folder to write every table to, as LaTeX; tables.csv there tells what each is.
    markdown
        The same as Markdown.
    edited_tables
        Take tables and views as they are, though they are not as ticketscope wrote them.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.report import build_report

    if figures or latex or markdown:
        from ticketscope.report.paper.publish import publish

        for index in publish(
            run, figures=figures, latex=latex, markdown=markdown, edited=edited_tables
        ):
            print(printable(str(index)))
    with at_work("building the report"):
        page = build_report(run, edited=edited_tables)
    print(printable(str(page)))


def compare(
    *runs: Path,
    out: Path = Path("comparison.html"),
    edited_tables: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Show several runs side by side on one page: methods, corpora or seeds.

    Parameters
    ----------
    runs
        The run directories, two or more.
    out
        The file to write.
    edited_tables
        Take tables and views as they are, though they are not as ticketscope wrote them.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.report.comparison.page import build_comparison

    with at_work("building the page"):
        page = build_comparison(runs, out, edited=edited_tables)
    print(printable(str(page)))


def _experiment(name: str, settings: tuple[str, ...]) -> "Experiment":
    from ticketscope import config
    from ticketscope.study.recipes import RECIPES, recipe

    if name.endswith(".toml"):
        return config.load(Path(name), settings, RECIPES)
    return config.override(recipe(name), settings)
