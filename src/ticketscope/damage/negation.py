"""Negation by words of its own: whether one that source and reference have is still there.

Negation within words (unhappy, careless) is none here. So languages whose verbs take it as a prefix
or suffix, such as Czech, Latvian, Turkish or Japanese, have no list.
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Final

from ticketscope.damage.kind import Count, Counts, Kind, Sentence, Texts
from ticketscope.damage.locales import language_of

_WORDS: Final[Mapping[str, str]] = {
    "bg": "не няма никога никой никого нищо никъде нито без",
    "da": "ikke ej aldrig ingen intet ingenting hverken uden nej",
    "de": "nicht nichts nie niemals niemand niemanden niemandem niemandes nirgends nirgendwo kein "
    "keine keinen keinem keiner keines keins keinerlei keineswegs keinesfalls weder ohne nein",
    "el": "δεν δε μη μην όχι κανείς κανένας καμία κανένα τίποτα χωρίς ούτε",
    "en": "not no never none nobody nothing nowhere neither nor cannot without",
    "es": "no nunca jamás nada nadie ningún ninguna ninguno ningunos ningunas ni tampoco sin",
    "fi": "en et ei emme ette eivät älä älkää älköön",
    "fr": "ne pas jamais rien aucun aucune aucuns aucunes aucunement nul nulle nullement ni sans "
    "non",
    "hu": "nem ne sem se nincs nincsenek soha sohasem senki senkit semmi semmit sehol",
    "id": "tidak bukan jangan belum tanpa tak",
    "it": "non mai niente nulla nessun nessuno nessuna né neanche nemmeno neppure senza no",
    "nb": "ikke aldri ingen intet ingenting verken uten nei",
    "nl": "niet niets nooit niemand nergens geen geenszins noch zonder nee",
    "nn": "ikkje aldri ingen inga ingenting korkje nei",
    "pl": "nie nigdy nikt nikogo nikomu nic niczego nigdzie żaden żadna żadne żadnego żadnej "
    "żadnych ani bez",
    "pt": "não nunca jamais nada ninguém nenhum nenhuma nenhuns nenhumas nem sem",
    "ro": "nu niciodată nimeni nimic niciun nicio nici fără",
    "ru": "не нет ни никогда никто никого никому ничего ничто ничем нигде никуда нельзя без",
    "sv": "inte ej icke aldrig ingen inget inga ingenting varken nej",
    "uk": "не ні немає нема ніколи ніхто нікого нічого ніщо ніде без",
}
_PARTS: Final[Mapping[str, str]] = {"en": r"n['’]t\b", "fr": r"\bn['’]", "ro": r"\bn-"}
"""Negation that is written as one with the next word or the one before."""
LANGUAGES: Final = tuple(_WORDS)
_SAME: Final[Mapping[str, str]] = {"no": "nb"}


def _counter(texts: Texts) -> Count | str:
    codes = texts.source_language, texts.target_language
    for code in codes:
        if _language(code) not in _WORDS:
            return f"there is no list of the words of negation for {code}"
    in_source, in_target = (_pattern(_language(code)) for code in codes)
    return partial(_count, in_source, in_target)


def _language(code: str) -> str:
    language = language_of(code)
    return _SAME.get(language, language)


@cache
def _pattern(language: str) -> re.Pattern[str]:
    alone = "|".join(map(re.escape, _WORDS[language].split()))
    parts = _PARTS.get(language)
    return re.compile(rf"\b(?:{alone})\b" + (f"|{parts}" if parts else ""), re.IGNORECASE)


def _count(in_source: re.Pattern[str], in_target: re.Pattern[str], sentence: Sentence) -> Counts:
    is_negated = in_source.search(sentence.source) and in_target.search(sentence.reference)
    if not is_negated:
        return Counts(0, 0)
    return Counts(1, int(not in_target.search(sentence.translation)))


NEGATION: Final = Kind(
    name="negation",
    metric="recall",
    says="Of the sentences with a word of negation in source and reference, so many have one in "
    "the translation.",
    counter=_counter,
)
