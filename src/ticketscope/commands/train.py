"""Commands that train: a whole run, and the recipes of runs."""

import glob
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from ticketscope.console.arguments import AtLeastTwo, MoreThanZero, Several
from ticketscope.errors import InputError

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext

    from ticketscope.config import Experiment


def _recipe_names(_context: "CompletionContext") -> list[str]:
    """What a shell offers where a recipe is asked for."""
    from ticketscope.study.recipes import RECIPES

    return list(RECIPES)


def _recipe_names_and_files(context: "CompletionContext") -> list[str]:
    """The TOML files of this folder, and of the folders in it, too."""
    typed = glob.escape(context.incomplete)
    files = (path for form in ("*.toml", "*/*.toml") for path in glob.iglob(typed + form))
    return [*_recipe_names(context), *sorted(files)]


def run(
    recipe: Annotated[str, Parameter(completer=_recipe_names_and_files)],
    *,
    out: Path | None = None,
    settings: Annotated[
        tuple[str, ...], Parameter(name="--set", consume_multiple=False, negative="")
    ] = (),
    executor: str | None = None,
    probes: Literal["none", "real", "grammar"] | None = None,
    probe_data: Path | None = None,
    challenge: Annotated[tuple[str, ...], Several] = (),
    scores: Annotated[tuple[Path, ...], Several] = (),
    until_decided: Annotated[bool, Parameter(negative="")] = False,
    max_replicates: AtLeastTwo | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    tokens_per_second: MoreThanZero | None = None,
) -> None:
    """Do or resume a whole experiment, from parallel text to the report.

    Parameters
    ----------
    recipe
        A recipe's name (see `ticketscope recipes`) or a TOML file.
    out
        The run directory; when not given, runs/ and the name of the experiment.
    settings
        A setting as path=value, e.g. --set training.updates=500. Give it several times for more.
    executor
        Who does the jobs: local, worker processes on this machine, slurm or ray (docs/scale.md);
        the same as --set execution.executor=…
    probes
        Probe every layer of the tickets with real gold data, or with those of the embedded
        grammar; the same as --set probing.suite=…
    probe_data
        The folder of the real gold data, laid out as docs/tasks.md says; the same as
        --set probing.data=…
    challenge
        A challenge set as it is distributed, FILE or FILE:KIND (docs/challenge.md). Give it several
        times for more; the same as --set challenge.sets=…
    scores
        A file of scores that another tool or people gave the translations, such as COMET, as
        docs/quality.md says; the same as --set scores.paths=… Give it several times for more.
    until_decided
        Add replicates until every claim is decided: verdicts are looked at after 3, 5, 8 and 12 of
        them, unless claims.looks says otherwise, and the run ends at the first look that decides
        all.
    max_replicates
        With --until-decided: the most replicates there may be.
    dry_run
        Print the plan and do nothing: sizes, sparsity ladder and disk, what Slurm would be given,
        and, if nothing is missing, updates, time and GPU-hours. If a run would be refused, this
        ends in the same way: one line, exit code 2.
    tokens_per_second
        With --dry-run: plan for other machines, whose GPUs train so many target tokens per second
        each, and tell hours and disk on 1, 8 and 64 of them.
    """
    if executor:
        settings = (*settings, f"execution.executor={executor}")
    if probes:
        settings = (*settings, f"probing.suite={probes}")
    if probe_data:
        folder = json.dumps(str(probe_data), ensure_ascii=False)  # TOML has no surrogates
        settings = (*settings, f"probing.data={folder}")
    if challenge:
        sets = json.dumps(challenge, ensure_ascii=False)
        settings = (*settings, f"challenge.sets={sets}")
    if scores:
        files = json.dumps([*map(str, scores)], ensure_ascii=False)
        settings = (*settings, f"scores.paths={files}")
    experiment = _experiment(recipe, settings)
    if probe_data and experiment.probing.suite != "real":
        raise InputError(
            f"--probe-data {probe_data}: is of no use with probing.suite = "
            f"{experiment.probing.suite}; add --probes real, or leave it out"
        )
    out = out or Path("runs") / experiment.name
    if "TORCHELASTIC_RUN_ID" in os.environ:
        raise InputError(
            "torchrun: ticketscope starts the ranks of a training itself: give the command without "
            "torchrun, and set training.ranks"
        )
    if tokens_per_second and not dry_run:
        raise InputError("--tokens-per-second is of use with --dry-run alone; add that")
    if until_decided:
        _run_until_decided(
            experiment, out, settings, max_replicates, dry_run=dry_run, rate=tokens_per_second
        )
        return
    if max_replicates:
        raise InputError(
            f"--max-replicates {max_replicates}: is of use with --until-decided alone; add that, "
            "or set lottery.replicates instead"
        )
    if dry_run:
        _dry_run(experiment, out, tokens_per_second)
        return
    from ticketscope.console.terminal import output
    from ticketscope.study import opened_run

    opened_run.run(experiment, out, console=output())


def _run_until_decided(
    experiment: "Experiment",
    out: Path,
    settings: tuple[str, ...],
    max_replicates: int | None,
    *,
    dry_run: bool,
    rate: float | None,
) -> None:
    from ticketscope.console.terminal import output
    from ticketscope.study.until_decided import print_looks, registered, run_until_decided

    if any(setting.partition("=")[0].strip() == "lottery.replicates" for setting in settings):
        raise InputError(
            "--set lottery.replicates: with --until-decided the looks say how many there are; "
            "leave it out, or give --max-replicates"
        )
    experiment = registered(experiment, out, max_replicates)
    if dry_run:
        _dry_run(experiment, out, rate)
        print_looks(experiment, out, output())
        return
    run_until_decided(experiment, out, output())


def _dry_run(experiment: "Experiment", out: Path, rate: float | None) -> None:
    """Say what the settings alone tell, then go through what a run checks first.

    rate: target tokens per second of each GPU of the machines that it is planned for, where these
    are others than this one.
    """
    from ticketscope.console.terminal import at_work, output, say
    from ticketscope.study import checks, gpu_plan, plan
    from ticketscope.study.main_job import known_dense_updates
    from ticketscope.study.submissions import print_submissions

    console = output()
    sizes = plan.plan_sizes(experiment)
    plan.print_sizes(sizes, experiment, console)
    print_submissions(experiment, out, console)
    on_gpus = rate is not None or experiment.device == "cuda"
    with at_work("planning"):
        warnings = checks.check(experiment, out, elsewhere=rate is not None)
        known = known_dense_updates(experiment, out)
        epoch = plan.epoch_of(experiment, out) if on_gpus or known is None else None
        work = plan.plan_work(experiment, sizes, known, epoch)
    plan.print_work(work, experiment, console)
    if epoch and on_gpus:
        given = gpu_plan.Rate(rate, "as given") if rate else gpu_plan.measured_rate(experiment, out)
        gpu_plan.print_gpu_plan(experiment, sizes, work, epoch, given, console)
    for warning in warnings:
        say(console, warning, style="yellow")


def _experiment(name: str, settings: tuple[str, ...]) -> "Experiment":
    from ticketscope import config
    from ticketscope.study.recipes import RECIPES, recipe

    if name.endswith(".toml"):
        return config.load(Path(name), settings, RECIPES)
    return config.override(recipe(name), settings)


def recipes(
    recipe: Annotated[str | None, Parameter(completer=_recipe_names)] = None,
    *,
    toml: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """List the recipes, or print one as a TOML file to edit and run.

    Parameters
    ----------
    recipe
        The recipe to print.
    toml
        Print it as TOML. Its paths are seen from the folder in which you put the file.
    """
    from rich.table import Table

    from ticketscope.console.terminal import output
    from ticketscope.study.recipes import RECIPES

    if toml != (recipe is not None):
        raise InputError(
            "recipes: give both RECIPE and --toml to print one, or neither to list all"
        )
    if recipe is not None:
        from ticketscope.config import to_toml
        from ticketscope.study.recipes import recipe as named

        print(to_toml(named(recipe).model_dump(mode="json")))
        return
    listed = Table.grid(padding=(0, 2, 0, 0))
    for name, make in RECIPES.items():
        listed.add_row(name, (make.__doc__ or "").strip())
    output().print(listed)
