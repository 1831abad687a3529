"""Word alignments by another aligner, in files: what is left out and made up has no link."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ticketscope.annotation.alignment import from_pharaoh
from ticketscope.errors import InputError
from ticketscope.steps.damage.contrasted import Contrasted, Pair
from ticketscope.text.lines import text_lines


def aligned(path: Path, pairs: Sequence[Pair]) -> Mapping[Pair, Contrasted]:
    """What a file tells of these pairs, one line each; further lines are not read.

    Raises `InputError` for a file that is not there, has too few lines, or a link that is none.
    """
    lines = text_lines(path)
    found = {}
    for number, pair in enumerate(pairs, start=1):
        line = next(lines, None)
        if line is None:
            raise InputError(
                f"{path}: it ends at line {number - 1}, but there are {len(pairs)} sentences; "
                "write one line per sentence, an empty one where no words are linked"
            )
        num_source, num_target = (len(side.split()) for side in pair)
        links = from_pharaoh(line, num_source, num_target, f"{path}:{number}").possible
        found[pair] = Contrasted(
            sorted({*range(num_source)} - {source for source, _ in links}),
            sorted({*range(num_target)} - {target for _, target in links}),
        )
    return found
