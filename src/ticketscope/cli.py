"""The command line: parsing only. Heavy imports stay inside the commands that need them."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter

from ticketscope import __version__, arguments, streams
from ticketscope.arguments import AtLeastOne, AtLeastZero, Within1000
from ticketscope.errors import InputError, JobError
from ticketscope.files import explained
from ticketscope.machine import use_threads

if TYPE_CHECKING:
    from ticketscope.config import Experiment

app = App(
    name="ticketscope",
    version=__version__,
    help="Find lottery tickets in translation Transformers and see what pruning did to them.",
    default_parameter=Parameter(json_list=False),  # a file may be called [1].conllu
    suppress_keyboard_interrupt=False,  # `main` says that the run can go on
    result_action="return_value",
)

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


@app.command
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
        Check all that a run checks first, print the plan (sizes, sparsity ladder, updates, time,
        disk) and do nothing.
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
    from ticketscope.terminal import at_work, output

    out = out or Path("runs") / experiment.name
    if dry_run:
        from ticketscope import checks
        from ticketscope.plan import make_plan, print_plan
        from ticketscope.study import known_dense_updates

        with at_work("planning"):
            checks.check(experiment, out)
            plan = make_plan(experiment, known_dense_updates(experiment, out))
        print_plan(plan, experiment, output())
        return
    from ticketscope.study import run_experiment

    run_experiment(experiment, out, output())


@app.command
def recipes() -> None:
    """List the recipes."""
    from rich.table import Table

    from ticketscope.recipes import RECIPES
    from ticketscope.terminal import output

    listed = Table.grid(padding=(0, 2, 0, 0))
    for name, make in RECIPES.items():
        listed.add_row(name, (make.__doc__ or "").strip())
    output().print(listed)


@app.command
def show(run: Path) -> None:
    """Show how far a run is, while it runs and after.

    Parameters
    ----------
    run
        The run directory.
    """
    from ticketscope.overview import as_table, overview
    from ticketscope.study import open_run
    from ticketscope.terminal import output

    opened, experiment = open_run(run)
    state = {True: "running", False: "not running", None: "no locks here: running or not"}[
        opened.is_locked()
    ]
    console = output()
    console.print(f"{run} ({state})", soft_wrap=True)
    console.print(as_table(overview(opened, experiment, running=None)))


@app.command
def cost(run: Path) -> None:
    """Show what each stage of a run cost: time, memory and disk.

    Parameters
    ----------
    run
        The run directory.
    """
    from ticketscope.costs import print_costs
    from ticketscope.study import open_run
    from ticketscope.terminal import output

    opened, _ = open_run(run)
    print_costs(opened, output())


@app.command
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
    from ticketscope.report import build_report
    from ticketscope.terminal import at_work, printable

    if figures or latex or markdown:
        from ticketscope.report.paper.publish import publish

        for index in publish(
            run, figures=figures, latex=latex, markdown=markdown, edited=edited_tables
        ):
            print(printable(str(index)))
    with at_work("building the report"):
        page = build_report(run, edited=edited_tables)
    print(printable(str(page)))


@app.command
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
    from ticketscope.report.comparison.page import build_comparison
    from ticketscope.terminal import at_work, printable

    with at_work("building the page"):
        page = build_comparison(runs, out, edited=edited_tables)
    print(printable(str(page)))


@app.command
def translate(
    ticket: Path,
    *,
    beam: AtLeastOne = 4,
    length_penalty: Within1000 = 1,
    max_decoding_length: AtLeastOne | None = None,
    threads: AtLeastOne = 1,
) -> None:
    """Translate standard input line by line to standard output.

    Parameters
    ----------
    ticket
        A ticket's model directory, e.g. RUN/replicate-0/dense/level-00/ticket.
    beam
        Width of the beam; 1 is greedy.
    length_penalty
        A hypothesis' log-probability is divided by its length to this power.
    max_decoding_length
        Pieces a translation may have at the most; 256, or the model's positions if fewer.
    threads
        Threads to decode with.
    """
    from ticketscope.translate import translate_lines

    lines = translate_lines(
        ticket,
        streams.input_lines(),
        beam=beam,
        length_penalty=length_penalty,
        max_decoding_length=max_decoding_length,
        threads=threads,
        chunk=64,
    )
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


@app.command
def grammar(
    *,
    split: Literal["train", "validation", "test", "novel"] = "test",
    num: AtLeastOne = 20,
    seed: AtLeastZero = 1,
    annotations: Annotated[bool, Parameter(negative="")] = False,
    form: Literal["json", "conllu", "trees", "pharaoh"] | None = None,
    contrasts: str | None = None,
) -> None:
    """Print sentences of the embedded grammar: English, tab, German.

    Parameters
    ----------
    split
        Which sentences; none is in two splits. novel: verbs with objects never met elsewhere.
    num
        How many (with --contrasts all: of each phenomenon).
    seed
        The same seed gives the same sentences.
    annotations
        Print the pairs with all their gold annotation and their word alignment, as JSON lines.
    form
        Print the annotation in another form: conllu, trees (in brackets), or pharaoh (the word
        alignment: 0-0 1-2 3p2, with p for a link that is merely possible).
    contrasts
        Print contrastive pairs of a phenomenon, or of all: phenomenon, English, right German, wrong
        German.
    """
    from ticketscope.corpus.grammar import formats
    from ticketscope.terminal import bar

    if contrasts and (annotations or form):
        raise InputError("--contrasts prints no annotation: leave out --annotations and --form")
    if annotations and form not in (None, "json"):
        raise InputError(f"--annotations prints JSON lines, --form {form} another form: give one")
    total = num
    if contrasts:
        lines = formats.contrast_lines(contrasts, split, num, seed)
        total = num * formats.num_phenomena(contrasts)
    else:
        write = {
            None: formats.json_lines if annotations else formats.pair_lines,
            "json": formats.json_lines,
            "conllu": formats.conllu_blocks,
            "trees": formats.tree_lines,
            "pharaoh": formats.pharaoh_lines,
        }[form]
        lines = write(split, num, seed)
    if not sys.stdout.isatty():  # lines that go to a terminal show by themselves how far it is
        lines = bar(lines, total, "sentences")
    for line in lines:
        print(line)


@app.command
def tasks(
    *files: Path,
    form: Annotated[str, Parameter(name="--format")],
    task: str | None = None,
    out: Path | None = None,
) -> None:
    """Count what files of gold annotation hold for the probing tasks, as JSON.

    A file belongs to the split that its name says (train; dev, val, validation; test), and to train
    where it says none. Sentences of ged and documents of conll2012 are split 80/10/10 by a fixed
    hash where no file is named as one for training.

    Parameters
    ----------
    files
        Plain or compressed files (gzip, bzip2, xz, zstd), archives (.tar, .tar.gz and so on, .zip)
        or members (archive.tar.gz/member).
        For propbank, streusle and factuality, files *.conllu are what the others are joined to.
    form
        conllu, trees, bio, propbank, conll2012, streusle, factuality, pmb, sdp, ged or jsonl.
    task
        The task, e.g. pos; every task that files of the format show when not given.
    out
        A folder to write the examples of the task to: train.jsonl, validation.jsonl, test.jsonl. Of
        a split that the files do not have, such a file is removed.
    """
    from ticketscope.annotation.inventory import inventory
    from ticketscope.terminal import at_work

    with at_work("reading gold annotation"):
        found = inventory(files, form, task, out)
    print(json.dumps(found, indent=1, ensure_ascii=False))


@app.command
def probe(
    ticket: Path,
    *,
    task: str,
    data: Annotated[tuple[Path, ...], Parameter(consume_multiple=1, negative="")],
    form: Annotated[str, Parameter(name="--format")],
    seeds: AtLeastOne = 3,
    protocol: Literal["liu", "lbfgs"] = "liu",
    hidden: AtLeastZero = 0,
    codelength: Annotated[bool, Parameter(negative="")] = False,
    max_train: AtLeastOne = 40_000,
    max_held_out: AtLeastOne = 10_000,
    threads: AtLeastOne = 1,
) -> None:
    """Probe every layer of one ticket for a task, and print scores and baselines as JSON.

    Parameters
    ----------
    ticket
        A ticket's model directory, e.g. RUN/replicate-0/dense/level-00/ticket.
    task
        The task, e.g. pos; `ticketscope tasks` shows which a format serves.
    data
        Files of gold annotation with all three splits, as `ticketscope tasks` takes them.
    form
        Their format.
    seeds
        Probes of each layer; the scores are their mean.
    protocol
        liu: Adam with early stopping; lbfgs: the convex optimum, with an L2 penalty that validation
        chooses.
    hidden
        ReLU units of the probe; 0: a linear one.
    codelength
        Print description lengths too.
    max_train
        Training targets at the most, in whole sentences.
    max_held_out
        Validation targets, and test targets, likewise.
    threads
        Threads to compute with.
    """
    if protocol == "lbfgs" and hidden:
        raise InputError(
            f"--hidden {hidden}: --protocol lbfgs is for linear probes; leave out one of the two"
        )
    import torch

    from ticketscope.config import Probing
    from ticketscope.model_folder import ModelFolder
    from ticketscope.probing.suites import Limits, from_files
    from ticketscope.results.single_probe import probe_ticket
    from ticketscope.terminal import at_work

    folder = ModelFolder(ticket)  # what is no ticket is refused before the data are read
    settings = Probing(seeds=seeds, protocol=protocol, hidden=hidden, codelength=codelength)
    torch.set_num_threads(threads)
    with at_work("reading gold annotation"):
        gold = from_files(data, form, task, Limits(max_train, max_held_out), settings.seed)
    with at_work("probing every layer"):
        scores = probe_ticket(folder, gold, settings)
    print(json.dumps(scores, indent=1, ensure_ascii=False))


@app.command
def fetch(dataset: str, *, out: Path | None = None, mirror: str | None = None) -> None:
    """Fetch a data set from its public repository and check it against its checksums.

    Parameters
    ----------
    dataset
        multi30k or ud-ewt.
    out
        Where to put it; data/DATASET when not given.
    mirror
        Another place that holds the same files, as a URL.
    """
    from ticketscope.corpus.fetch import fetch as fetch_files
    from ticketscope.terminal import printable

    folder = out or Path("data") / dataset
    for path in fetch_files(dataset, folder, mirror, progress=sys.stderr.isatty()):
        print(printable(str(path)))


def _experiment(name: str, settings: tuple[str, ...]) -> "Experiment":
    from ticketscope import config
    from ticketscope.recipes import recipe

    if name.endswith(".toml"):
        return config.load(Path(name), settings)
    return config.override(recipe(name), settings)


# ----------------------------------------------------------------------------- exit codes


def main() -> NoReturn:
    """Parse, do, and turn errors into one line and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    # What a library starts (a resource tracker, say) imports nothing from the working directory.
    os.environ["PYTHONSAFEPATH"] = "1"
    use_threads(1)  # tables come out the same however many cores there are
    code = DONE
    try:
        streams.prepare()
        _refuse_optimised()
        app(sys.argv[1:], exit_on_error=False, print_error=False)
        sys.stdout.flush()  # here, where it is understood that output has no place
    except CycloptsError as error:
        _say(arguments.explained(error))
        code = WRONG_INPUT
    except InputError as error:
        _say(error)
        code = WRONG_INPUT
    except streams.ReaderGone:
        code = FAILED
    except JobError as error:
        _say(error)
        code = FAILED
    except KeyboardInterrupt:
        _say("interrupted; give the same command again to go on")
        code = INTERRUPTED
    except OSError as error:  # where no place of its own knows better
        line = explained(error)
        _say(line)
        code = WRONG_INPUT if isinstance(line, InputError) else FAILED
    streams.finish()
    sys.exit(code)


def _refuse_optimised() -> None:
    """Raises `InputError` where Python leaves assertions out: they guard every figure here."""
    if not __debug__:
        raise InputError(
            "Python runs with -O (or PYTHONOPTIMIZE), which takes out the checks that figures rest "
            "on: start it without"
        )


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(message: object) -> None:
    """One line on standard error, whatever names are in it."""
    from ticketscope.terminal import printable

    text = " ".join(map(printable, str(message).split("\n")))
    print(f"ticketscope: {text}", file=sys.stderr)
