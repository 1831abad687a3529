"""ContraPro (Müller et al. 2018): which German pronoun stands for *it*, in 12,000 lines of films.

A list in JSON (`contrapro.json`) of lines with their reference and `errors`, each a `contrastive`
translation with another pronoun. A line is right if the reference is likelier than all of them. The
noun that the pronoun stands for is often in a line before, which networks of sentences do not see.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ticketscope.challenges.challenge_items import Item, choice
from ticketscope.challenges.loaders.loader import Direction, Loader, has
from ticketscope.challenges.records import records


def _read(path: Path, _languages: Direction) -> Iterator[Item]:
    for record in records(path):
        pronouns = f"{record.text('src pronoun')}:{record.text('ref pronoun')}".lower()
        wrongs = [error.text("contrastive") for error in record.parts("errors")]
        yield choice(record.text("src segment"), record.text("ref segment"), wrongs, pronouns)


CONTRAPRO: Final = Loader(
    "contrapro", has("src segment", "ref segment", "errors"), _read, languages=("en", "de")
)
