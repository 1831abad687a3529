"""The forms of German words, and what verbs and prepositions govern, by paradigms of its own."""

import re
from collections import defaultdict
from typing import NamedTuple

from ticketscope.corpus.grammar.lexicon.entries import Noun, Verb
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES, ADVERBS
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

NOM, ACC, DAT, GEN = "nom", "acc", "dat", "gen"
CASES = (NOM, ACC, DAT, GEN)


# ----------------------------------------------------------------------------- paradigms


def cells(table: str) -> dict[str, set[tuple[str, str]]]:
    """Rows m, f, n, p with forms for the four cases: the (case, gender) of each form."""
    found = defaultdict(set)
    for gender, row in zip("mfnp", table.split("/"), strict=True):
        for case, form in zip(CASES, row.split(), strict=True):
            found[form.strip("-")].add((case, gender))
    return dict(found)


PLAIN = "er en em es/e e er er/es es em es/e e en er"
DEFINITE = cells("der den dem des/die die der der/das das dem des/die die den der")
RELATIVE = cells("der den dem dessen/die die der deren/das das dem dessen/die die denen deren")
DER_WORDS = cells(PLAIN)
EIN_WORDS = cells("- en em es/e e er er/- - em es/e e en er")
WEAK = cells("e en en en/e e en en/e e en en/en en en en")
MIXED = cells("er en en en/e e en en/es es en en/en en en en")
STRONG = cells("er en em en/e e er er/es es em en/e e en er")


NUMERALS = ("vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf", "zwanzig")


def _determiners() -> dict[str, list[tuple[str, str, dict[str, set[tuple[str, str]]]]]]:
    """Each form with its case, its gender and the endings of the adjectives behind it."""
    found = defaultdict(list)

    def add(stem: str, table: dict[str, set[tuple[str, str]]], genders: str, adjectives) -> None:
        for ending, places in table.items():
            found[stem + ending] += [(c, g, adjectives) for c, g in places if g in genders]

    add("", DEFINITE, "mfnp", WEAK)
    for stem in ("dies", "jen"):
        add(stem, DER_WORDS, "mfnp", WEAK)
    add("jed", DER_WORDS, "mfn", WEAK)
    for stem in ("all", "beid"):
        add(stem, DER_WORDS, "p", WEAK)
    for stem in ("viel", "einig", "mehrer", "wenig"):
        add(stem, DER_WORDS, "p", STRONG)
    add("ein", EIN_WORDS, "mfn", MIXED)
    for stem in ("kein", "mein", "dein", "sein", "ihr", "unser"):
        add(stem, EIN_WORDS, "mfnp", MIXED)
    for numeral in ("zwei", "drei", *NUMERALS):
        found[numeral] += [(case, "p", STRONG) for case in (NOM, ACC, DAT)]
    for numeral in ("zweier", "dreier"):
        found[numeral].append((GEN, "p", STRONG))
    return dict(found)


DETERMINERS = _determiners()
INDEFINITE_ARTICLE = ("ein", "eine", "einen", "einem", "einer", "eines")


def _genitives(noun: Noun) -> set[str]:
    lemma = noun.german
    if noun.gender == "f" or lemma == "Kaktus":
        return {lemma}
    if noun.oblique != lemma:
        return {noun.oblique + "s"} if lemma in ("Name", "Gedanke", "Buchstabe") else {noun.oblique}
    if lemma.endswith(("nis", "bus", "Bus")):
        return {lemma + "ses"}
    if lemma.endswith(("s", "ß", "x", "z", "sch")):
        return {lemma + "es"}
    syllables = re.findall("[aeiouyäöü]+", lemma.lower())
    if lemma.endswith(("e", "a", "o", "i")) or (
        len(syllables) > 1 and lemma.endswith(("el", "er", "en"))
    ):
        return {lemma + "s"}
    return {lemma + "s", lemma + "es"}


def _nouns() -> dict[str, list[tuple[str, str, Noun]]]:
    found = defaultdict(list)
    for noun in NOUNS:
        singular = {NOM: {noun.german}, GEN: _genitives(noun)}
        for case in CASES:
            for form in singular.get(case, {noun.oblique}):
                found[form].append((case, noun.gender, noun))
            if noun.german_plural:
                ending = "n" if case == DAT and not noun.german_plural.endswith(("n", "s")) else ""
                found[noun.german_plural + ending].append((case, "p", noun))
    return dict(found)


NOUN_FORMS = _nouns()


def _stem(adjective: str) -> str:
    if adjective == "hoch":
        return "hoh"
    if adjective.endswith("el"):
        return adjective[:-2] + "l"
    return adjective[:-2] + "r" if adjective.endswith("uer") else adjective.removesuffix("e")


ADJECTIVE_STEMS = {_stem(entry.german) for entry in ADJECTIVES}
PREDICATES = {entry.german for entry in ADJECTIVES}
DEGREES = {entry.german for entry in ADVERBS if entry.use == "degree"}
ADVERB_WORDS = [tuple(e.german.split()) for e in ADVERBS if e.use != "degree"]
PLACE_ADVERBS = {tuple(e.german.split()) for e in ADVERBS if e.use == "place"}
NAME_FORMS = {entry.german for entry in NAMES}
NAME_GENITIVES = {n + ("’" if n.endswith(("s", "x", "z", "ß")) else "s") for n in NAME_FORMS}
_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
_MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
_CLOCK = ("Mittag", "Mitternacht")
NAMED_TIMES = {
    "am": {*_DAYS, "Morgen", "Nachmittag", "Abend"},
    "im": {*_MONTHS, "Frühling", "Sommer", "Herbst", "Winter"},
    "bis": {*_DAYS, *_MONTHS, *_CLOCK},
    "seit": {*_DAYS, *_MONTHS},
    "vor": {*_DAYS, *_CLOCK},
    "nach": {*_DAYS, *_CLOCK},
}

# nominative, accusative, dative; person; number
_PRONOUNS = (
    "ich mich mir 1 s,du dich dir 2 s,er ihn ihm 3 s,sie sie ihr 3 s,es es ihm 3 s,wir uns uns 1 p,"
    "sie sie ihnen 3 p,jemand jemanden jemandem 3 s,niemand niemanden niemandem 3 s,"
    "jeder jeden jedem 3 s,- sich sich 3 s"
)
PRONOUNS = defaultdict(set)
for _row in _PRONOUNS.split(","):
    *_forms, _person, _number = _row.split()
    for _case, _form in zip((NOM, ACC, DAT), _forms, strict=True):
        PRONOUNS[_form].add((_case, int(_person), _number))
GOING = ("gehen", "kommen", "kehren", "ziehen", "eilen", "fliehen")
"""Verbs that ask where to; beside other verbs of motion one may also say where."""
PERSONAL = ("mich", "mir", "dich", "dir", "ihn", "ihm", "sie", "ihr", "es", "uns", "ihnen", "sich")

TWO_WAY = ("an", "auf", "hinter", "in", "neben", "unter", "vor", "über")
GOVERNMENT = {
    **dict.fromkeys(("für", "gegen", "ohne", "um"), (ACC,)),
    **dict.fromkeys(("aus", "bei", "mit", "nach", "nahe", "seit", "von", "zu"), (DAT,)),
    **dict.fromkeys(TWO_WAY, (ACC, DAT)),
    "während": (GEN, DAT),
}
"""The dative behind während only where a genitive would not show: während vier Spielen."""
CONTRACTED = {
    "im": ("in", DAT, "mn"),
    "ins": ("in", ACC, "n"),
    "zum": ("zu", DAT, "mn"),
    "zur": ("zu", DAT, "f"),
    "am": ("an", DAT, "mn"),
    "ans": ("an", ACC, "n"),
    "beim": ("bei", DAT, "mn"),
    "vom": ("von", DAT, "mn"),
}
UNCONTRACTED = {(p, "dem") for p in ("in", "zu", "an", "bei", "von")} | {
    *(("zu", "der"), ("in", "das"), ("an", "das"))
}
SUBORDINATORS = ("weil", "wenn", "als", "obwohl", "während", "bevor", "nachdem", "bis")


def _finite_forms() -> dict[str, set[tuple[str, int, str]]]:
    """Each finite form of a verb (without its prefix): infinitive, person, number."""
    found = defaultdict(set)

    def add(infinitive: str, forms: str) -> None:
        persons = ((1, "s"), (2, "s"), (3, "s"), (1, "p"), (3, "p"))
        for form, (person, number) in zip(forms.split(), persons, strict=True):
            found[form].add((infinitive, person, number))

    for row in _IRREGULAR.split(","):
        infinitive, forms = row.strip().split(" ", 1)
        add(infinitive, forms)
    for verb in VERBS:
        bare = verb.german
        if bare in ("wissen", "haben", "sein"):
            continue
        stem = bare[:-2] if bare.endswith("en") else bare[:-1]
        changed = verb.changed or stem
        regular_e = stem.endswith(("t", "d", "chn", "ffn", "gn")) and not verb.changed
        thou = changed + ("e" if regular_e else "") + ("t" if changed[-1] in "sßzx" else "st")
        he = changed + ("e" if regular_e else "") + "t"
        if verb.changed and changed.endswith("t"):
            he = changed
        add(bare, f"{stem}e {thou} {he} {bare} {bare}")
        if bare.endswith("eln"):
            add(bare, f"{stem[:-2]}le {thou} {he} {bare} {bare}")
    return dict(found)


_IRREGULAR = """sein bin bist ist sind sind,sein war warst war waren waren,
haben habe hast hat haben haben,haben hatte hattest hatte hatten hatten,
werden werde wirst wird werden werden,werden wurde wurdest wurde wurden wurden,
geben gab gabst gab gaben gaben,wissen weiß weißt weiß wissen wissen,
MODAL kann kannst kann können können,MODAL muss musst muss müssen müssen,
MODAL soll sollst soll sollen sollen,MODAL darf darfst darf dürfen dürfen,
MODAL könnte könntest könnte könnten könnten,MODAL sollte solltest sollte sollten sollten,
MODAL konnte konntest konnte konnten konnten"""
FINITE = _finite_forms()


class Frame(NamedTuple):
    """What a verb asks for in the active: `content` is "", clause or zu."""

    prefix: str
    bare: str
    participle: str
    auxiliary: str
    acc: int
    dat: int
    need: str = ""
    content: str = ""
    preposition: tuple[str, str] = ("", "")


def _frame(verb: Verb) -> Frame:
    case = ACC if verb.object_case == "accusative" else DAT
    acc = verb.frame == "ditransitive" or (
        verb.frame in ("transitive", "object_control") and case == ACC
    )
    dat = verb.frame == "ditransitive" or (
        verb.frame in ("transitive", "object_control") and case == DAT
    )
    need = {"located": "place", "motion": "direction"}.get(verb.frame, "")
    content = {"that": "dass", "whether": "ob"}.get(verb.frame, "")
    if verb.frame.endswith("control"):
        content = "dass" if verb.as_clause else "zu"
    governed = (verb.preposition[1], case) if verb.frame == "governing" else ("", "")
    return Frame(
        *(verb.prefix, verb.german, verb.participle, verb.auxiliary, int(acc), int(dat)),
        *(need, content, governed),
    )


FRAMES = defaultdict(set)
for _verb in VERBS:
    FRAMES[_verb.german].add(_frame(_verb))
FRAMES["geben"].add(Frame("", "geben", "gegeben", "haben", 1, 0, "es"))
for _need in ("predicate", "place"):
    FRAMES["sein"].add(Frame("", "sein", "gewesen", "sein", 0, 0, _need))
ALL_FRAMES = {frame for frames in FRAMES.values() for frame in frames}
BY_INFINITIVE, BY_PARTICIPLE, BY_ZU = defaultdict(set), defaultdict(set), defaultdict(set)
for _found in ALL_FRAMES:
    BY_INFINITIVE[_found.prefix + _found.bare].add(_found)
    BY_PARTICIPLE[_found.participle].add(_found)
    BY_ZU[f"{_found.prefix}zu{_found.bare}" if _found.prefix else f"zu {_found.bare}"].add(_found)
