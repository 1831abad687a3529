"""WinoMT (Stanovsky et al. 2019): who is a man and who a woman, told by a pronoun, 3,888 sentences.

Lines with tabs and without a header (`data/aggregates/en.txt`): gender, place of the profession in
the sentence, sentence, profession. Genders are read in German alone (`german_nouns`). Which of them
is the stereotype says the statistic that `professions` names; the lists of WinoMT (`en_pro.txt`,
`en_anti.txt`) say the same of all their 3,168 lines.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ticketscope.challenges.challenge_items import Item, LeftOut
from ticketscope.challenges.gender.built_in_sentences import GenderedSentence
from ticketscope.challenges.gender.professions import PROFESSIONS, Gender
from ticketscope.challenges.loaders.loader import Direction, Loader
from ticketscope.challenges.records import cells
from ticketscope.controls import control_character
from ticketscope.errors import InputError
from ticketscope.text.lines import text_lines

_COLUMNS: Final = ("gender", "place of the profession", "sentence", "profession")
_GENDERS: Final[dict[str, Gender | None]] = {"male": "male", "female": "female", "neutral": None}


def _knows(fields: Sequence[str]) -> bool:
    return len(fields) == len(_COLUMNS) and fields[0] in _GENDERS


def _read(path: Path, _languages: Direction) -> Iterator[Item]:
    for number, line in enumerate(text_lines(path), start=1):
        if not line.strip():
            continue
        place, found = f"{path}:{number}", cells(line)
        if len(found) != len(_COLUMNS):
            raise InputError(
                f"{place}: {len(found)} columns; a line of WinoMT has {len(_COLUMNS)} between "
                f"tabs: {', '.join(_COLUMNS)}"
            )
        said, _, sentence, profession = found
        if said not in _GENDERS:
            raise InputError(
                f"{place}: the gender must be male, female or neutral, not {said!r}; mend the line"
            )
        gender, name = _GENDERS[said], profession.lower().removeprefix("the ")
        if gender is None:
            yield LeftOut("the pronoun tells no gender")
        elif name not in PROFESSIONS:
            yield LeftOut("the German nouns for the profession are not known")
        elif not sentence or control_character(sentence):
            raise InputError(f"{place}: the sentence is empty or damaged; mend the line")
        else:
            yield GenderedSentence(sentence, name, gender)


WINOMT: Final = Loader("winomt", _knows, _read, languages=("en", "de"))
