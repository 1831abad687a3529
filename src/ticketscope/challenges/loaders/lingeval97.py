"""LingEval97 (Sennrich 2017): 97,000 errors in German references of English news.

A list in JSON (`lingeval97.json`) of sources with their reference and `errors`, each of which has a
`contrastive` translation and its `type`. Every error is a choice of its own, as its authors count.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ticketscope.challenges.challenge_items import Item, choice
from ticketscope.challenges.loaders.loader import Direction, Loader, has
from ticketscope.challenges.records import records


def _read(path: Path, _languages: Direction) -> Iterator[Item]:
    for record in records(path):
        source, right = record.text("source"), record.text("reference")
        for error in record.parts("errors"):
            yield choice(source, right, [error.text("contrastive")], error.text("type"))


LINGEVAL97: Final = Loader(
    "lingeval97", has("source", "reference", "errors"), _read, languages=("en", "de")
)
