"""Parallel text from treebanks: CoNLL-U whose comments hold each sentence and its translation."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ticketscope.annotation.readers.blocks import blocks, comment, refused
from ticketscope.errors import InputError
from ticketscope.text.lines import text_lines

_NUM_COLUMNS = 10


def pairs(path: Path, source: str, target: str) -> Iterator[tuple[str, str] | None]:
    """Stream the sentences of a CoNLL-U file with their translations; None for one without.

    Args:
        path: plain or compressed.
        source, target: names of the comments that hold the sides: ``text`` for ``# text = …``.

    Raises `InputError` with file and line for lines that are no CoNLL-U, and for a file in which no
    sentence has both comments.
    """
    names: Counter[str] = Counter()
    has_pair = False
    for block in blocks(text_lines(path)):
        for number, line in block.numbered():
            if line.startswith("#"):
                names[line[1:].partition("=")[0].strip()] += "=" in line
            elif line.count("\t") != _NUM_COLUMNS - 1:
                raise refused(
                    str(path),
                    number,
                    f"{line.count(chr(9)) + 1} tab-separated columns, but CoNLL-U has "
                    f"{_NUM_COLUMNS}",
                    "give a CoNLL-U file",
                )
        sides = comment(block, source), comment(block, target)
        has_pair = has_pair or all(sides)
        yield sides if all(sides) else None
    if not has_pair:
        there = ", ".join(name for name, number in names.most_common() if number)
        raise InputError(
            f"{path}: no sentence has both comments, {source} and {target} (it has: "
            f"{there or 'none'}); set corpus.source_comment and corpus.target_comment to those "
            "that hold the sides"
        )
