"""ACES and Span-ACES (Amrhein et al. 2022; Moghe et al. 2024): 68 phenomena, 146 language pairs.

JSON lines as on the Hugging Face hub (`challenge_set.jsonl`, `span_aces.jsonl`), or a table with
the same columns: source, good-translation, incorrect-translation, reference, phenomena, langpair.
The tables of the authors' scripts have no langpair: they are taken to be of the languages of the
run. The good translation may have errors, but fewer than the other.
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
        yield choice(
            record.text("source"),
            record.text("good-translation"),
            [record.text("incorrect-translation")],
            record.text("phenomena"),
        )


ACES: Final = Loader("aces", has("source", "good-translation", "incorrect-translation"), _read)
