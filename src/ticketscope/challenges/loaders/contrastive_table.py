"""Contrastive pairs as a table with tabs: for sets of other formats, and of one's own.

Its header names the columns `source`, `reference` and `contrastive`, and may name `type`, the
phenomenon, and `langpair`, such as en-de; without it the table is of the languages of the run.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ticketscope.challenges.challenge_items import Item, LeftOut, choice
from ticketscope.challenges.loaders.loader import Direction, Loader, has, is_of_others
from ticketscope.challenges.records import records


def _read(path: Path, languages: Direction) -> Iterator[Item]:
    for record in records(path):
        if is_of_others(record, languages):
            yield LeftOut("another language pair")
            continue
        source, right = record.text("source"), record.text("reference")
        yield choice(source, right, [record.text("contrastive")], record.text_or("type", ""))


CONTRASTIVE: Final = Loader("contrastive", has("source", "reference", "contrastive"), _read)
