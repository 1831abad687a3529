"""DEMETR (Karpinska et al. 2022): translations into English, and 35 perturbations of them.

A file of JSON per perturbation, or the folder of them all. The better translation is `mt_sent`,
that of a machine, and the worse `pert_sent`; the phenomenon is the name of the perturbation. What
no perturbation applied to stands there unchanged. The file with id 35 has the human translation in
place of a worse one: nothing is asked of it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ticketscope.challenges.challenge_items import Item, LeftOut, choice
from ticketscope.challenges.loaders.loader import Direction, Loader, has, is_same_direction
from ticketscope.challenges.records import Record, records
from ticketscope.errors import InputError

_CODES: Final = {
    "chinese_simple": "zh",
    "czech": "cs",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "japanese": "ja",
    "polish": "pl",
    "russian": "ru",
    "spanish": "es",
}
_HUMAN: Final = 35
"""The id of what is no perturbation."""


def _read(path: Path, languages: Direction) -> Iterator[Item]:
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        for record in records(file):
            yield _item(record, languages)


def _item(record: Record, languages: Direction) -> Item:
    tag = record.text("lang_tag")
    if tag not in _CODES:
        raise InputError(
            f"{record.place}: lang_tag must be one of {', '.join(_CODES)}, not {tag!r}; mend the "
            "line"
        )
    if not is_same_direction((_CODES[tag], "en"), languages):
        return LeftOut("another language pair")
    if record.fields.get("pert_id") == _HUMAN:
        return LeftOut("the human translation, which is not worse")
    wrong = [record.text("pert_sent")]
    return choice(record.text("src_sent"), record.text("mt_sent"), wrong, record.text("pert_name"))


DEMETR: Final = Loader("demetr", has("src_sent", "mt_sent", "pert_sent", "lang_tag"), _read)
