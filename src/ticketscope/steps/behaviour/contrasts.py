"""The minimal pairs of a run: drawn from the grammar, or read from the user's own file.

A pair is a source with two translations, of which one is wrong in one respect (Sennrich 2017).
Pairs are drawn once per run and kept, since it takes some time to draw the grammar's test split.
The content of the pairs that a network was asked is part of its result's identity.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ticketscope.config import Study, analysis_identity
from ticketscope.controls import control_character
from ticketscope.corpus import grammar
from ticketscope.corpus.grammar import Contrast
from ticketscope.corpus.grammar.phenomena import PHENOMENA
from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.steps.bench import Bench
from ticketscope.steps.preferences import too_long
from ticketscope.steps.results import measured_once, read_result
from ticketscope.text.headers import names_columns
from ticketscope.text.lines import text_lines

VERSION = 1
"""Raised when pairs are drawn in another way: they are then drawn again."""
GRAMMAR, OWN = "grammar", "own"
"""Sets of pairs, as behaviour.csv names them."""
_COLUMNS = ("phenomenon", "source", "right translation", "wrong translation")


def are_asked(study: Study) -> bool:
    """Whether the run has minimal pairs at all."""
    return bool(study.behaviour.contrasts) or _num_of_grammar(study) > 0


def own(study: Study) -> list[Contrast]:
    """The pairs of the user's own file; none if there is no such file.

    Raises `InputError` where it is malformed.
    """
    file, header = study.behaviour.contrasts, study.behaviour.contrasts_header
    return list(read_contrasts(Path(file), header=header)) if file else []


def check_lengths(bench: Bench) -> None:
    """Raise `InputError` for a pair of the user's that does not fit the networks; none is ever
    cut."""
    if pairs := own(bench.study):
        _check_lengths(pairs, bench)


def prepare(bench: Bench) -> bool:
    """Draw and read the minimal pairs of a run and keep them, unless that is done.

    Returns whether it was done now. Raises `InputError` as `own` and `check_lengths` do.
    """
    study = bench.study
    file = study.behaviour.contrasts
    identity = {
        **analysis_identity(study, "behaviour", VERSION),
        "of_grammar": _num_of_grammar(study),
        "own": sha256(Path(file)) if file else None,
        **({"header": True} if study.behaviour.contrasts_header else {}),
        "corpus": corpus_digest(bench.held_out.report),
    }

    def drawn() -> dict[str, list[Contrast]]:
        found = {GRAMMAR: list(_of_grammar(study)), OWN: own(study)}
        for contrasts in found.values():
            _check_lengths(contrasts, bench)
        return {name: contrasts for name, contrasts in found.items() if contrasts}

    return measured_once(bench.run.contrasts, identity, drawn)


def kept(bench: Bench) -> dict[str, list[Contrast]]:
    """The pairs that `prepare` kept, by set."""
    stored = read_result(bench.run.contrasts)
    return {name: [Contrast(*fields) for fields in stored[name]] for name in stored}


def likely_headers(study: Study) -> Iterator[str]:
    """A warning if the first line of the user's own pairs is taken as a pair, but reads like
    names of columns."""
    settings = study.behaviour
    if not settings.contrasts or settings.contrasts_header:
        return
    first = next(read_contrasts(Path(settings.contrasts)))
    if names_columns((first.source, first.right), study.languages):
        yield (
            f"{settings.contrasts}:1: the first line is taken as a minimal pair, but reads like "
            f"names of columns ({', '.join(first)}); if it is a header, set "
            "behaviour.contrasts_header = true"
        )


def read_contrasts(path: Path, *, header: bool = False) -> Iterator[Contrast]:
    """Stream the minimal pairs of a tab-separated file: phenomenon, source, right translation,
    wrong translation. A header in the first line is left out.

    Raises `InputError` with file and line for anything else, and for a file without a pair.
    """
    has_pair = False
    for number, line in enumerate(text_lines(path), start=1):
        if header and number == 1:
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        where = f"{path}:{number}"
        if len(cells) != len(_COLUMNS):
            raise InputError(
                f"{where}: {len(cells)} columns; a minimal pair has {len(_COLUMNS)} between tabs: "
                f"{', '.join(_COLUMNS)}"
            )
        for cell, column in zip(cells, _COLUMNS, strict=True):
            if not cell:
                raise InputError(f"{where}: the {column} is empty; fill it in")
            if found := control_character(cell):
                raise InputError(
                    f"{where}: the {column} holds a control character, {found}; remove it"
                )
        phenomenon, source, right, wrong = cells
        if right == wrong:
            raise InputError(f"{where}: both translations are the same; make one of them wrong")
        has_pair = True
        yield Contrast(source, right, wrong, phenomenon)
    if not has_pair:
        raise InputError(f"{path}: no minimal pair in it; give one line per pair")


# ----------------------------------------------------------------------------- details


def _num_of_grammar(study: Study) -> int:
    return study.behaviour.contrasts_per_phenomenon if study.grammar else 0


def _of_grammar(study: Study) -> Iterator[Contrast]:
    if study.grammar:
        number, seed = study.behaviour.contrasts_per_phenomenon, study.grammar.seed
        for phenomenon in PHENOMENA:
            yield from grammar.contrasts(phenomenon, "test", number, seed)


def _check_lengths(contrasts: Iterable[Contrast], bench: Bench) -> None:
    """Sentences are never cut: a pair that does not fit every network is refused, so that all
    answer the same pairs."""
    pairs = list(contrasts)
    for place, found in too_long(pairs, bench):
        raise InputError(
            f"behaviour.contrasts: the pair of {pairs[place].source[:40]!r} has {found.needed} "
            f"pieces, end included, but the networks read {found.positions} at the most: leave "
            "the pair out"
        )
