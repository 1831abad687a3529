"""Commands that look at one run or at one of its networks."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ticketscope.console import streams
from ticketscope.console.arguments import (
    AtLeastOne,
    AtLeastZero,
    BelowOne,
    WholeNumbers,
    Within1000,
)
from ticketscope.controls import printable
from ticketscope.errors import InputError


def show(run: Path) -> None:
    """Show how far a run is, while it runs and after.

    Parameters
    ----------
    run
        The run directory.
    """
    from ticketscope.console.terminal import output, say
    from ticketscope.runs.drivers import at_work
    from ticketscope.runs.executors import patience_of
    from ticketscope.steps.bench import Bench
    from ticketscope.study.opened_run import open_run
    from ticketscope.study.overview import as_table, overview, which_look

    opened = open_run(run)
    names = at_work(opened.files, patience_of(opened.study))
    state = "not running" if names is None else "running"
    console = output()
    console.print(f"{run} ({state})", soft_wrap=True)
    if opened.study.claims.looks:
        say(console, which_look(opened.study))
    console.print(as_table(overview(Bench.of(run, opened.study), names or ())))


def cost(
    run: Path,
    *,
    workers: WholeNumbers = (),
    failures_per_hour: BelowOne = 0.0,
) -> None:
    """Show what each stage of a run cost: time, memory and disk.

    Parameters
    ----------
    run
        The run directory.
    workers
        Also show how long the same jobs would take on so many workers, e.g. 1,8,64,512: simulated,
        with the times that the run noted.
    failures_per_hour
        With --workers: the probability that a worker fails within an hour of work; trainings go on
        from their last checkpoint, other jobs begin again.
    """
    from ticketscope.console.terminal import output
    from ticketscope.runs.costs import print_costs
    from ticketscope.steps.bench import Bench
    from ticketscope.study.opened_run import open_run

    if failures_per_hour and not workers:
        raise InputError("--failures-per-hour is of use with --workers alone; add that")
    opened = open_run(run)
    print_costs(opened.files, output())
    if workers:
        from ticketscope.study.forecast import print_forecast

        print_forecast(Bench.of(run, opened.study), workers, failures_per_hour, output())


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
        A folder for every figure, as SVG, PDF and PNG; index.csv there says what each shows.
    latex
        A folder for every table, as LaTeX; tables.csv there says what each is.
    markdown
        A folder for every table, as Markdown.
    edited_tables
        Take tables and views even if somebody has changed them since ticketscope wrote them.
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


def translate(
    network: Path,
    *,
    beam: AtLeastOne = 4,
    length_penalty: Within1000 = 1,
    max_decoding_length: AtLeastOne | None = None,
    threads: AtLeastOne = 1,
    source_code: str = "",
    target_code: str = "",
    prefix: str = "",
    tokenizer: Path | None = None,
) -> None:
    """Translate standard input line by line to standard output.

    Parameters
    ----------
    network
        The model directory of a network, e.g. RUN/replicate-0/dense/level-00/ticket, or a directory
        of CTranslate2.
    beam
        Width of the beam; 1 is greedy.
    length_penalty
        The log-probability of a hypothesis is divided by its length to this power.
    max_decoding_length
        The most pieces that a translation may have; by default 256, or as many as the model has
        positions if these are fewer.
    threads
        How many threads decode.
    source_code
        The source language, as the network's tokenizer writes it, e.g. eng_Latn.
    target_code
        The target language likewise, e.g. deu_Latn.
    prefix
        A text in front of every source, e.g. '>>deu<< '.
    tokenizer
        The directory with the tokenizer of a directory of CTranslate2, where it does not lie there.
    """
    from ticketscope.networks.translate import translate_lines
    from ticketscope.text.tokenizer import Conventions

    lines = translate_lines(
        network,
        streams.input_lines(),
        beam=beam,
        length_penalty=length_penalty,
        max_decoding_length=max_decoding_length,
        threads=threads,
        chunk=64,
        conventions=Conventions(source_code, target_code, prefix),
        tokenizer=tokenizer,
        at_end=_say_windowed,
    )
    for line in lines:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _say_windowed(num_lines: int) -> None:
    if num_lines:
        lines = "1 line was" if num_lines == 1 else f"{num_lines:,} lines were"
        print(
            f"{lines} longer than the positions of the network and translated in windows, which "
            "know nothing of each other; give one sentence per line",
            file=sys.stderr,
        )


def translations(run: Path) -> None:
    """Write every translation of a run with source and reference, to be scored elsewhere.

    Tab-separated, to standard output: test_set, line, network, source, translation, reference. The
    first three name a sentence in a file for --scores (docs/quality.md).

    Parameters
    ----------
    run
        The run directory.
    """
    from ticketscope.steps.bench import Bench
    from ticketscope.steps.quality.to_be_scored import lines, not_translated
    from ticketscope.study.opened_run import open_run

    bench = Bench.of(run, open_run(run).study)
    if lacking := not_translated(bench):
        num = f"{len(lacking)} of {len(bench.panel.labels)} networks"
        print(f"{num} are not translated yet and left out", file=sys.stderr)
    for line in lines(bench):
        sys.stdout.write(line + "\n")


def probe(
    network: Path,
    *,
    task: str,
    data: Annotated[tuple[Path, ...], Parameter(consume_multiple=1, negative="")],
    form: Annotated[str, Parameter(name="--format")],
    states: Literal["normed", "raw"] = "normed",
    seeds: AtLeastOne = 3,
    protocol: Literal["liu", "lbfgs"] = "liu",
    hidden: AtLeastZero = 0,
    codelength: Annotated[bool, Parameter(negative="")] = False,
    max_train: AtLeastOne = 40_000,
    max_held_out: AtLeastOne = 10_000,
    threads: AtLeastOne = 1,
) -> None:
    """Probe every layer of one network for a task, and print scores and baselines as JSON.

    Parameters
    ----------
    network
        The model directory of a network, e.g. RUN/replicate-0/dense/level-00/ticket.
    task
        The task, e.g. pos; `ticketscope tasks` shows which tasks a format serves.
    data
        Files of gold annotation with all three splits, as for `ticketscope tasks`.
    form
        Their format.
    states
        normed: what the layer above reads of each layer, through its layer norm; raw: what it
        normalises. They differ in pre-norm networks.
    seeds
        How many probes each layer gets; the scores are their mean.
    protocol
        liu: Adam with early stopping; lbfgs: the convex optimum, with an L2 penalty that validation
        chooses.
    hidden
        ReLU units of the probe; 0 makes it linear.
    codelength
        Print description lengths too.
    max_train
        At most this many training targets, in whole sentences.
    max_held_out
        At most this many validation targets, and as many test targets.
    threads
        How many threads compute.
    """
    if protocol == "lbfgs" and hidden:
        raise InputError(
            f"--hidden {hidden}: --protocol lbfgs is for linear probes; leave out one of the two"
        )
    from ticketscope.console.terminal import at_work
    from ticketscope.networks.network import Network
    from ticketscope.steps.probes import single

    with at_work("probing every layer"):
        found = single.probe(
            Network.from_directory(network),
            task,
            data,
            format=form,
            states=states,
            seeds=seeds,
            protocol=protocol,
            hidden=hidden,
            codelength=codelength,
            max_train=max_train,
            max_held_out=max_held_out,
            threads=threads,
        )
    print(json.dumps(found.as_json(), indent=1, ensure_ascii=False))
