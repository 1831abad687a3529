"""What a word of the grammar is, and how the tables of words are read.

A table is text with one word per row, most frequent first, which a speaker can check row by row.
Kinds are letters that say what goes with what: a verb names the kinds of its subject and object, an
adjective those it describes, a preposition those it governs. A phrase fits where one letter is
shared.

    h human          a animal         t thing one can carry     l tool (an instrument)
    c clothing       f food           d drink                   r something to read
    p place (in)     i institution    s surface (on)            v vehicle
    w water          g plant          e event                   q idea
    b part of body   u unit of time   x feeling (no plural)
    n landscape, sky m music maker    k machine with a switch

Finer kinds stand beside one of these:

    j feeling one acts with           o vessel
    y what is told                    z what is answered
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f", "n"]
Case = Literal["nominative", "accusative", "dative", "genitive"]
Frame = Literal[
    "intransitive",
    "located",
    "motion",
    "transitive",
    "ditransitive",
    "governing",
    "that",
    "whether",
    "subject_control",
    "object_control",
]
"""What a verb asks for: nothing; a place; a direction; an object; two objects; an object behind
its own preposition; a clause with that or whether; an infinitive whose subject is the verb's own
subject or its object."""

TRAITS = {
    "directional": "a motion beside which in, behind and under say where to, not where",
    "upward": "a motion beside which on does so too",
    "goal": "a motion that one asks the goal of: where does he go",
    "travelling": "a motion that one can do by train",
    "durative": "what can go on for a time, or since a time",
    "stative": "no action: one does not promise to know, nor know with a hammer",
    "no-manner": "what is not done in a manner",
    "state": "whose passive reads as a state where nobody is named: is broken (ist, not wird)",
    "no-passive": "whose German has no passive",
    "absolute": "an adjective without degrees",
    "acting": "a part of the body that one does things with: with a hand is an instrument",
}
"""What else is to be known of a word, by the name that its row has under ``traits``."""
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Noun:
    """`oblique` is the accusative and dative singular; the dative plural follows by rule.

    `sex` is what English pronouns see in a person: m, f, or nothing where it is not known.
    `sense` tells the readings of one English form apart; empty when it has only one.
    """

    english: str
    english_plural: str
    german: str
    german_plural: str
    gender: Gender
    kinds: str
    oblique: str
    genitive: str
    sex: str
    sense: str
    traits: frozenset[str] = _NONE


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name; `kind`: m or f (a person), l (a city or a country), o (an organisation)."""

    english: str
    german: str
    kind: str


@dataclass(frozen=True, slots=True)
class Adjective:
    """`german` stands alone, `stem` takes the endings."""

    english: str
    german: str
    stem: str
    kinds: str
    sense: str
    traits: frozenset[str] = _NONE


@dataclass(frozen=True, slots=True)
class Adverb:
    """`use`: manner, past, present, future, frequency, place, degree or stance.

    `certainty` in [-1, 1]: what the adverb makes of an event that would be a fact without it.
    `semantic_tag` and `role` (of PropBank): empty where they are those of the use.
    """

    english: str
    german: str
    use: str
    certainty: float = 1.0
    semantic_tag: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb in one frame and one sense.

    `prefix` is the separable one, empty for most. `changed` is the stem of the second and third
    person singular. `preposition` is the English and German one that a governing verb has, with
    the case. `facts` is the factuality of the complement's event when the verb's own is a fact and
    when it is denied, in [-3, 3] (Karttunen 1971 on implicative verbs; Rudinger et al. 2018).
    `as_clause`: German puts the controlled infinitive as a clause with dass and a pronoun, which
    stands for the `subject` of the verb (promise) or for its `object`, with sollen (tell).
    `subject_role` is that of PropBank (Palmer et al. 2005) in an active clause, ARG1 of verbs such
    as arrive; `complement_role` that of the place, of the object behind a preposition, of the
    second object or of the hearer, as the frame has it (empty: as most verbs of the frame).
    """

    frame: Frame
    english: str
    third: str
    past: str
    english_participle: str
    particle: str
    german: str
    prefix: str
    changed: str
    participle: str
    auxiliary: Literal["haben", "sein"]
    subjects: str
    objects: str
    object_case: Case
    preposition: tuple[str, str]
    facts: tuple[float, float]
    as_clause: str
    sense: str
    subject_role: str
    complement_role: str
    traits: frozenset[str] = _NONE

    @property
    def infinitive(self) -> str:
        return self.prefix + self.german

    @property
    def zu_infinitive(self) -> str:
        return f"{self.prefix}zu{self.german}" if self.prefix else f"zu {self.german}"


# ----------------------------------------------------------------------------- reading tables


def nouns(kinds: str, table: str) -> tuple[Noun, ...]:
    """Rows ``english[/plural] German[/Plural] gender [key=value …]``; a plural of - is none.

    Keys: ``obl`` (weak nouns), ``gen`` (a genitive that the rules would get wrong), ``sex``,
    ``sense``, ``traits``, ``kinds`` (in place of those of the table).
    """
    found = []
    for (english, german, gender, *_), options in _rows(table):
        singular, plural = _halves(english)
        nominative, german_plural = _halves(german)
        oblique = options.get("obl", nominative)
        person = "h" in options.get("kinds", kinds)
        found.append(
            Noun(
                singular,
                "" if plural == "-" else plural or _plural_of(singular),
                nominative,
                "" if german_plural == "-" else german_plural or nominative,
                _gender(gender),
                options.get("kinds", kinds),
                oblique,
                options.get("gen", _genitive_of(nominative, gender, oblique)),
                options.get("sex", gender if person else "").strip("-"),
                options.get("sense", ""),
                _traits(options),
            )
        )
    return tuple(found)


def names(table: str) -> tuple[Name, ...]:
    """Rows ``English[/German] kind``."""
    return tuple(
        Name(english, german or english, kind)
        for (name, kind), _ in _rows(table)
        for english, german in (_halves(name),)
    )


def adjectives(table: str) -> tuple[Adjective, ...]:
    """Rows ``english german[/stem] kinds [sense=… traits=…]``."""
    return tuple(
        Adjective(
            english,
            predicate,
            stem or predicate,
            kinds,
            options.get("sense", ""),
            _traits(options),
        )
        for (english, german, kinds), options in _rows(table)
        for predicate, stem in (_halves(german),)
    )


def adverbs(use: str, table: str) -> tuple[Adverb, ...]:
    """Rows ``english german [certainty=…] [tag=…] [role=…]``."""
    return tuple(
        Adverb(
            english,
            german,
            use,
            float(options.get("certainty", 1)),
            options.get("tag", ""),
            options.get("role", ""),
        )
        for (english, german), options in _rows(table)
    )


def verbs(frame: Frame, subjects: str, objects: str, table: str) -> tuple[Verb, ...]:
    """Rows ``english[/past[/participle]][+particle] german changed participle [key=value …]``.

    A separable prefix is marked with a dot (``auf.stehen``); ``changed`` is - where the stem stays.
    Keys: ``aux=sein``; ``case=dative`` (of the object); ``prep=for,auf`` (English, German; the
    case is that of the object); ``facts=3,-3``; ``dass=subject`` or ``dass=object``; ``sense``;
    ``subjects`` and ``objects`` (in place of those of the table); ``first=1`` and
    ``second=4`` (roles of PropBank: of the subject ARG1, of the complement ARG4); ``traits``.
    """
    found = []
    for (english, german, changed, participle), options in _rows(table):
        forms, _, particle = english.partition("+")
        base, past, done = (*forms.split("/"), "", "")[:3]
        prefix, dot, stem = german.partition(".")
        own, _, other = options.get("prep", ",").partition(",")
        true, _, denied = options.get("facts", "0,0").partition(",")
        found.append(
            Verb(
                frame,
                base,
                _third_of(base),
                past or _past_of(base),
                done or past or _past_of(base),
                particle,
                stem if dot else german,
                prefix if dot else "",
                changed.strip("-"),
                participle,
                "sein" if options.get("aux") == "sein" else "haben",
                options.get("subjects", subjects),
                options.get("objects", objects),
                _case(options.get("case", "accusative")),
                (own, other),
                (float(true), float(denied)),
                options.get("dass", ""),
                options.get("sense", ""),
                f"ARG{options.get('first', 0)}",
                _role(options.get("second", "")),
                _traits(options),
            )
        )
    return tuple(found)


def _rows(table: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The columns of each row, an underscore being a space, and its ``key=value`` options."""
    for row in table.strip().splitlines():
        cells = row.replace("_", " ").split("\t") if "\t" in row else row.split()
        cells = [cell.replace("_", " ") for cell in cells]
        options = dict(cell.split("=", 1) for cell in cells if "=" in cell)
        yield [cell for cell in cells if "=" not in cell], options


def _traits(options: dict[str, str]) -> frozenset[str]:
    found = frozenset(filter(None, options.get("traits", "").split(",")))
    assert found <= TRAITS.keys(), f"{', '.join(found - TRAITS.keys())}: not among the traits"
    return found


def _halves(cell: str) -> tuple[str, str]:
    first, _, second = cell.partition("/")
    return first, second


def _gender(text: str) -> Gender:
    assert text in ("m", "f", "n"), f"{text}: not a gender"
    return text  # type: ignore[return-value]


def _case(text: str) -> Case:
    assert text in ("accusative", "dative", "genitive"), f"{text}: not a case of objects"
    return text  # type: ignore[return-value]


def _role(argument: str) -> str:
    return f"ARG{argument}" if argument else ""


# ----------------------------------------------------------------------------- regular forms

_VOWELS = "aeiou"
_HISSING = ("s", "sh", "ch", "x", "z")


def _plural_of(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(_HISSING) else "s")


def _third_of(verb: str) -> str:
    if verb == "have":
        return "has"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith((*_HISSING, "o")) else "s")


def _past_of(verb: str) -> str:
    """Regular; a final consonant that doubles (stop, stopped) has to be in the table."""
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return verb + "ed"


def _genitive_of(german: str, gender: str, oblique: str) -> str:
    """-s; -es after a hiss and for most words of one syllable; weak nouns as the oblique."""
    if gender == "f":
        return german
    if oblique != german:
        return oblique
    syllables = sum(
        letter in "aeiouyäöü" and (index == 0 or german[index - 1].lower() not in "aeiouyäöü")
        for index, letter in enumerate(german.lower())
    )
    ends_in_consonant = german[-1] not in "aeiouyäöühw"
    if german.endswith(("s", "sch", "ß", "x", "z")) or (syllables == 1 and ends_in_consonant):
        return german + "es"
    return german + "s"
