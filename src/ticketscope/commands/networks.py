"""Commands on one network: translate with it, probe it."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ticketscope.console import streams
from ticketscope.console.arguments import AtLeastOne, AtLeastZero, Within1000
from ticketscope.errors import InputError


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
    from ticketscope.networks.translate import translate_lines

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
    from ticketscope.console.terminal import at_work
    from ticketscope.networks.folder import ModelFolder
    from ticketscope.probing.suites import Limits, from_files
    from ticketscope.steps.probes.single import probe_ticket

    folder = ModelFolder(ticket)  # what is no ticket is refused before the data are read
    settings = Probing(seeds=seeds, protocol=protocol, hidden=hidden, codelength=codelength)
    torch.set_num_threads(threads)
    with at_work("reading gold annotation"):
        gold = from_files(data, form, task, Limits(max_train, max_held_out), settings.seed)
    with at_work("probing every layer"):
        scores = probe_ticket(folder, gold, settings)
    print(json.dumps(scores, indent=1, ensure_ascii=False))
