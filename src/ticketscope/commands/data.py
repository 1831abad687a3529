"""Commands on data: the embedded grammar, gold annotation, public data sets."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ticketscope.console.arguments import AtLeastOne, AtLeastZero
from ticketscope.controls import printable
from ticketscope.errors import InputError


def grammar(
    *,
    split: Literal["train", "validation", "test", "novel"] = "test",
    num: AtLeastOne = 20,
    seed: AtLeastZero = 1,
    form: Literal["json", "conllu", "trees", "pharaoh"] | None = None,
    contrasts: str | None = None,
) -> None:
    """Print sentences of the embedded grammar: English, tab, German.

    Parameters
    ----------
    split
        The split; no sentence is in two. novel: verbs with objects that no other split shows
        them with.
    num
        How many sentences, or pairs (with --contrasts all: pairs of each phenomenon).
    seed
        The same seed gives the same sentences.
    form
        Print the gold annotation: json (the pairs with all of it and their word alignment, as JSON
        lines), conllu, trees (in brackets), or pharaoh (the word alignment: 0-0 1-2 3p2, with p for
        a link that is merely possible).
    contrasts
        Print minimal pairs of one phenomenon, or of all: phenomenon, English, right German,
        wrong German.
    """
    from ticketscope.console.terminal import bar
    from ticketscope.corpus.grammar import output

    if contrasts and form:
        raise InputError("--contrasts prints no annotation: leave out --form")
    total = num
    if contrasts:
        lines = output.contrast_lines(contrasts, split, num, seed)
        total = num * output.num_phenomena(contrasts)
    else:
        write = {
            None: output.pair_lines,
            "json": output.json_lines,
            "conllu": output.conllu_blocks,
            "trees": output.tree_lines,
            "pharaoh": output.pharaoh_lines,
        }[form]
        lines = write(split, num, seed)
    if not sys.stdout.isatty():  # lines that go to a terminal show by themselves how far it is
        lines = bar(lines, total, "sentences")
    for line in lines:
        print(line)


def tasks(
    *files: Path,
    form: Annotated[str, Parameter(name="--format")],
    task: str | None = None,
    out: Path | None = None,
) -> None:
    """Count what files of gold annotation hold for the probing tasks, as JSON.

    The name of a file says its split (train; dev, val, validation; test); a file whose name says
    none belongs to train. If no file is named as one for training, sentences of ged and documents
    of conll2012 are split 80/10/10 by a fixed hash.

    Parameters
    ----------
    files
        Plain or compressed files (gzip, bzip2, xz, zstd), archives (.tar, .tar.gz and so on, .zip)
        or members (archive.tar.gz/member).
        For propbank, streusle and factuality, the other files are joined to those named *.conllu.
    form
        conllu, trees, bio, propbank, conll2012, streusle, factuality, pmb, sdp, ged or jsonl.
    task
        The task, e.g. pos; when not given, every task that the format serves.
    out
        A folder for the examples of the task: train.jsonl, validation.jsonl, test.jsonl. If the
        files lack a split, an older file of that split is removed.
    """
    from ticketscope.annotation.inventory import inventory
    from ticketscope.console.terminal import at_work

    with at_work("reading gold annotation"):
        found = inventory(files, form, task, out)
    print(json.dumps(found, indent=1, ensure_ascii=False))


def fetch(
    dataset: str,
    *,
    out: Path | None = None,
    mirror: str | None = None,
    accept: Annotated[tuple[str, ...], Parameter(consume_multiple=False, negative="")] = (),
) -> None:
    """Fetch a data set from its public repository and check it against its checksums.

    What had come when a connection broke off is kept, and the same command goes on from there.

    Parameters
    ----------
    dataset
        multi30k, ud-ewt or wmt16.
    out
        Where to put it; data/DATASET when not given.
    mirror
        The URL of another place that holds the same files.
    accept
        The sha256 of a file that is right though it is not the one that is known, such as an
        archive that was packed anew. Give it several times for more.
    """
    from ticketscope.corpus.fetch import fetch as fetch_files

    folder = out or Path("data") / dataset
    for path in fetch_files(dataset, folder, mirror, accept):
        print(printable(str(path)))
