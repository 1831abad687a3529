"""Layers of the Parallel Meaning Bank in columns (Abzianidze et al. 2017): CCG, semantic tags."""

from collections.abc import Iterable, Iterator, Sequence

from ticketscope.annotation.readers.blocks import (
    Block,
    at,
    blocks,
    comment,
    not_empty,
    refused,
    spaces_of_text,
)
from ticketscope.annotation.sentence import AnnotatedSentence

Layers = tuple[str, ...]

_TOKEN, _SEMANTIC_TAG, _CATEGORY = "tok", "sem", "cat"
_LAYERS_OF_RELEASE: Layers = ("tok", "tok", "sym", "sem", "cat", "sns", "rol")
"""The columns of release 4, for files that do not name their columns."""


def read(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    """Stream the sentences of a file; each has the name of its document (`newdoc id`).

    The columns are those that a comment such as `# tok:gold  sem:gold  cat:gold` names, from there
    on; without one those of release 4. A token of several words is one word with blanks in it
    (New~York: "New York"). The spaces are those of the comment `raw sent` where the words spell
    it; where they do not ("goalkeeper" for "goal keeper"), `space_after` is None.

    Raises `InputError` with file and line for anything malformed, and for a file without sentences.
    """
    return not_empty(place, _sentences(lines, place))


def _sentences(lines: Iterable[str], place: str) -> Iterator[AnnotatedSentence]:
    name, layers = "", _LAYERS_OF_RELEASE
    for block in blocks(lines):
        name = comment(block, "newdoc id") or name
        layers = _named_layers(block, place) or layers
        yield _sentence(block, place, name, layers)


def _named_layers(block: Block, place: str) -> Layers | None:
    for number, line in block.numbered():
        if line.startswith("# ") and "\t" in line:
            layers = tuple(cell.partition(":")[0] for cell in line.removeprefix("# ").split("\t"))
            if _TOKEN not in layers:
                raise refused(
                    place,
                    number,
                    f"columns {' '.join(layers)!r}, none of tokens",
                    f"name one {_TOKEN}",
                )
            return layers
    return None


def _sentence(block: Block, place: str, name: str, layers: Layers) -> AnnotatedSentence:
    rows = list(_rows(block, place, layers))
    words = tuple(row[layers.index(_TOKEN)].replace("~", " ") for row in rows)
    with at(place, block.first_line):
        return AnnotatedSentence(
            words=words,
            name=name,
            space_after=spaces_of_text(words, comment(block, "raw sent")),
            semantic_tags=_layer(_SEMANTIC_TAG, rows, layers),
            supertags=_layer(_CATEGORY, rows, layers),
        )


def _rows(block: Block, place: str, layers: Layers) -> Iterator[Sequence[str]]:
    for number, line in block.numbered():
        # No word holds a blank, so "#" and "###" as words are told from comments.
        if line.startswith(("# ", "### ")):
            continue
        cells = line.split("\t")
        if len(cells) != len(layers) or not all(cells):
            raise refused(
                place,
                number,
                f"{sum(map(bool, cells))} columns that are not empty instead of {len(layers)}",
                f"give {' '.join(layers)}, separated by tabs",
            )
        yield cells


def _layer(name: str, rows: Iterable[Sequence[str]], layers: Layers) -> tuple[str, ...] | None:
    if name not in layers:
        return None
    return tuple(row[layers.index(name)] for row in rows)
