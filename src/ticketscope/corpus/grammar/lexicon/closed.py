"""The words of closed classes, and the endings of German determiners and adjectives."""

from dataclasses import dataclass
from typing import Literal

from ticketscope.corpus.grammar.lexicon.entries import Case, verbs

CASES: tuple[Case, ...] = ("nominative", "accusative", "dative", "genitive")


@dataclass(frozen=True, slots=True)
class Determiner:
    """`endings` names the table of its own endings, `adjectives` that of adjectives after it.

    `negation`: what becomes of it in the object of a negated verb. "nicht": stays, the verb takes
    nicht; "kein": becomes kein; "none": not used there, since the scope would be doubtful.
    `owner`: person, number and sex of the one who owns, for possessives: 1s 2s 3m 3f 3n 1p 3p.
    """

    english: str
    xpos: str
    semantic_tag: str
    german: str
    endings: str
    adjectives: str
    negation: Literal["nicht", "kein", "none"]
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PersonalPronoun:
    """`german`: nominative, accusative, dative; `code` as `Determiner.owner`."""

    code: str
    english: str
    english_object: str
    german: tuple[str, str, str]
    reflexive: str
    german_reflexive: tuple[str, str]

    @property
    def plural(self) -> bool:
        return self.code[1] == "p"

    @property
    def person(self) -> int:
        return int(self.code[0])


@dataclass(frozen=True, slots=True)
class IndefinitePronoun:
    """`german`: nominative, accusative, dative. `quantity`: some, every or no."""

    english: str
    german: tuple[str, str, str]
    quantity: str
    semantic_tag: str


@dataclass(frozen=True, slots=True)
class Preposition:
    """One use of a preposition. Role and function are supersenses (Schneider et al. 2018).

    `bare`: the English noun stands without an article, the German one with the definite one (by
    train, mit dem Zug). `suffix` follows the German phrase (zwei Tage lang).
    """

    use: str
    english: str
    german: str
    case: Case
    kinds: str
    role: str
    function: str
    bare: bool = False
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class TimeName:
    """A named time: `article` is the English one, `german` the phrase after each preposition."""

    english: str
    article: str
    semantic_tag: str
    german: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Modal:
    """`strength` in [-1, 1]: how much of a fact it leaves, and `denied` what its negation leaves.

    `german_denied` is the German verb under negation (must not: darf nicht); empty where the
    English one takes no negation of one clear scope.
    """

    english: str
    german: str
    german_denied: str
    semantic_tag: str
    strength: float
    denied: float = 0.0


@dataclass(frozen=True, slots=True)
class Subordinator:
    """`past`: the German one for a single event in the past, where it differs (when: als).

    `role`: of its clause beside the main verb, in PropBank.
    """

    english: str
    german: str
    past: str
    factuality: float
    role: str = "ARGM-TMP"


# ----------------------------------------------------------------------------- determiners

THE = Determiner("the", "DT", "DEF", "d", "definite", "weak", "nicht")
A = Determiner("a", "DT", "DIS", "ein", "ein", "mixed", "kein")
NO = Determiner("no", "DT", "NOT", "kein", "ein", "mixed", "none")
BARE = Determiner("", "", "", "", "bare", "strong", "kein")


def _possessive(english: str, german: str, owner: str) -> Determiner:
    return Determiner(english, "PRP$", "HAS", german, "ein", "mixed", "nicht", owner)


POSSESSIVES = {
    "1s": _possessive("my", "mein", "1s"),
    "2s": _possessive("your", "dein", "2s"),
    "3m": _possessive("his", "sein", "3m"),
    "3f": _possessive("her", "ihr", "3f"),
    "3n": _possessive("its", "sein", "3n"),
    "1p": _possessive("our", "unser", "1p"),
    "3p": _possessive("their", "ihr", "3p"),
}
# What German says for "its" depends on the gender of the owner's noun.
ITS = {
    "m": POSSESSIVES["3n"],
    "f": _possessive("its", "ihr", "3n"),
    "n": POSSESSIVES["3n"],
}
EVERY = Determiner("every", "DT", "AND", "jed", "der", "weak", "none")
ALL = Determiner("all", "DT", "AND", "all", "der", "weak", "none")
SINGULAR_DETERMINERS = (
    THE,
    A,
    Determiner("this", "DT", "PRX", "dies", "der", "weak", "nicht"),
    POSSESSIVES["1s"],
    EVERY,
    Determiner("that", "DT", "DST", "jen", "der", "weak", "nicht"),
    POSSESSIVES["1p"],
    NO,
    POSSESSIVES["2s"],
    Determiner("each", "DT", "AND", "jed", "der", "weak", "none"),
)
PLURAL_DETERMINERS = (
    THE,
    BARE,
    Determiner("these", "DT", "PRX", "dies", "der", "weak", "nicht"),
    Determiner("many", "JJ", "QUV", "viel", "der", "strong", "none"),
    POSSESSIVES["1s"],
    ALL,
    Determiner("some", "DT", "DIS", "einig", "der", "strong", "none"),
    Determiner("those", "DT", "DST", "jen", "der", "weak", "nicht"),
    POSSESSIVES["1p"],
    NO,
    Determiner("several", "JJ", "QUV", "mehrer", "der", "strong", "none"),
    Determiner("both", "DT", "AND", "beid", "der", "weak", "none"),
    Determiner("few", "JJ", "QUV", "wenig", "der", "strong", "none"),
)
NUMERALS = tuple(
    Determiner(english, "CD", "QUC", german, "bare", "strong", "none")
    for english, german in (
        ("two", "zwei"),
        ("three", "drei"),
        ("four", "vier"),
        ("five", "fünf"),
        ("ten", "zehn"),
        ("six", "sechs"),
        ("seven", "sieben"),
        ("twelve", "zwölf"),
        ("eight", "acht"),
        ("twenty", "zwanzig"),
        ("nine", "neun"),
        ("eleven", "elf"),
    )
)


def _endings(*rows: str) -> dict[tuple[Case, str], str]:
    """Rows: cases; columns: masculine, feminine, neuter, plural; - for no ending."""
    return {
        (case, gender): ending.strip("-")
        for case, row in zip(CASES, rows, strict=True)
        for gender, ending in zip("mfnp", row.split(), strict=True)
    }


DETERMINER_ENDINGS = {
    "definite": _endings("er ie as ie", "en ie as ie", "em er em en", "es er es er"),
    "der": _endings("er e es e", "en e es e", "em er em en", "es er es er"),
    "ein": _endings("- e - e", "en e - e", "em er em en", "es er es er"),
    "bare": _endings("- - - -", "- - - -", "- - - -", "- - - -"),
}
ADJECTIVE_ENDINGS = {
    "weak": _endings("e e e en", "en e e en", "en en en en", "en en en en"),
    "mixed": _endings("er e es en", "en e es en", "en en en en", "en en en en"),
    "strong": _endings("er e es e", "en e es e", "em er em en", "en er en er"),
}
# The relative pronoun, and the definite article used alone.
RELATIVE = _endings(
    "der die das die", "den die das die", "dem der dem denen", "dessen deren dessen deren"
)

# ----------------------------------------------------------------------------- pronouns

PERSONAL = {
    row[0]: PersonalPronoun(*row)
    for row in (
        ("3m", "he", "him", ("er", "ihn", "ihm"), "himself", ("sich", "sich")),
        ("3f", "she", "her", ("sie", "sie", "ihr"), "herself", ("sich", "sich")),
        ("1s", "I", "me", ("ich", "mich", "mir"), "myself", ("mich", "mir")),
        ("3p", "they", "them", ("sie", "sie", "ihnen"), "themselves", ("sich", "sich")),
        ("1p", "we", "us", ("wir", "uns", "uns"), "ourselves", ("uns", "uns")),
        ("2s", "you", "you", ("du", "dich", "dir"), "yourself", ("dich", "dir")),
        ("3n", "it", "it", ("es", "es", "ihm"), "itself", ("sich", "sich")),
    )
}
# What German says for "it" depends on the gender of the noun that it stands for.
IT = {
    "m": ("er", "ihn", "ihm"),
    "f": ("sie", "sie", "ihr"),
    "n": ("es", "es", "ihm"),
}
INDEFINITE = (
    IndefinitePronoun("someone", ("jemand", "jemanden", "jemandem"), "some", "DIS"),
    IndefinitePronoun("everyone", ("jeder", "jeden", "jedem"), "every", "AND"),
    IndefinitePronoun("nobody", ("niemand", "niemanden", "niemandem"), "no", "NOT"),
)

# ----------------------------------------------------------------------------- prepositions


def _uses(use: str, table: str) -> tuple[Preposition, ...]:
    """Rows ``english german case kinds role function``; an underscore is a space."""
    found = []
    for row in table.strip().splitlines():
        english, german, case, kinds, role, function, *rest = (
            row.replace("_", " ").split("\t")
            if ("\t" in row)
            else [cell.replace("_", " ") for cell in row.split()]
        )
        found.append(
            Preposition(
                use,
                english,
                german.strip("-"),
                {"acc": "accusative", "dat": "dative", "gen": "genitive"}[case],  # type: ignore[arg-type]
                kinds,
                role,
                function,
                "bare" in rest,
                "".join(word.removeprefix("suffix=") for word in rest if word != "bare"),
            )
        )
    return tuple(found)


# Kinds: those of nouns, and L, O, H for names of places, organisations and persons.
PREPOSITIONS: tuple[Preposition, ...] = (
    *_uses(
        "place",
        """in in dat pvwL Locus Locus
        on auf dat sn Locus Locus
        at bei dat ieO Locus Locus
        behind hinter dat psvgnha Locus Locus
        in_front_of vor dat psviha Locus Locus
        by an dat w Locus Locus
        next_to neben dat psvgha Locus Locus
        under unter dat sg Locus Locus
        near nahe dat wgnpL Locus Locus""",
    ),
    # One verb of motion and "in" say where to, not where: the German case tells.
    *_uses(
        "direction",
        """to zu dat phien Goal Goal
        to nach dat L Goal Goal
        into in acc pvw Goal Goal
        on auf acc sn Goal Locus
        behind hinter acc psvgn Goal Locus
        onto auf acc sn Goal Goal
        under unter acc sg Goal Locus
        to an acc w Goal Goal
        in_front_of vor acc psvi Goal Locus
        next_to neben acc psvg Goal Locus
        from aus dat pL Source Source
        out_of aus dat pv Source Source
        from von dat hie Source Source""",
    ),
    *_uses("means", "by mit dat v Means Means bare"),
    *_uses("instrument", "with mit dat l Instrument Instrument"),
    *_uses("companion", "with mit dat haH Ancillary Ancillary"),
    *_uses("manner", "with mit dat j Manner Manner bare"),
    *_uses("beneficiary", "for für acc hH Beneficiary Beneficiary"),
    *_uses("employer", "for für acc iO Org Beneficiary"),
    *_uses("employer", "at bei dat iO Org Locus"),
    *_uses("agent", "by von dat haiHO Agent Agent"),
    *_uses(
        "event",
        """after nach dat e Time Time
        before vor dat e Time Time
        during während gen e Time Time""",
    ),
    *_uses("duration", "for - acc u Duration Duration suffix=lang"),
    *_uses("interval", "in in dat u Time Interval"),
    # Attributes of nouns.
    *_uses("clothed", "with mit dat c Characteristic Characteristic"),
    *_uses("clothed", "in in dat c Characteristic Locus"),
    *_uses("having", "with mit dat b Characteristic Characteristic"),
    *_uses("topic", "about über acc haeqpH Topic Topic"),
    *_uses("author", "by von dat hH Originator Agent"),
    *_uses("sender", "from von dat hH Originator Source"),
    *_uses("origin", "from aus dat L Source Source"),
)
# Role and function of "of" by the kinds of what is owned: the chef of the firm, the roof of the
# house, the letter of the firm, the end of the party. German has the genitive.
OF_ROLES = (
    ("h", ("Org", "Gestalt")),
    ("ps", ("Whole", "Whole")),
    ("qr", ("Originator", "Gestalt")),
    ("", ("Gestalt", "Gestalt")),
)
# Role and function of the preposition that a governing verb asks for, and of some verbs.
GOVERNED_ROLES = {
    "for": ("Theme", "Theme"),
    "of": ("Topic", "Topic"),
    "about": ("Topic", "Topic"),
    "at": ("Stimulus", "Direction"),
    "in": ("Topic", "Topic"),
    "on": ("Theme", "Theme"),
    "to": ("Stimulus", "Goal"),
    "from": ("Source", "Source"),
    "with": ("Theme", "Theme"),
    "against": ("Beneficiary", "Beneficiary"),
}
ROLES_BY_VERB = {
    "belong": ("Org", "Goal"),
    "suffer": ("Stimulus", "Source"),
    "participate": ("Circumstance", "Circumstance"),
    "vote": ("Beneficiary", "Beneficiary"),
    "care": ("Beneficiary", "Beneficiary"),
    "smell": ("Theme", "Theme"),
}
CONTRACTIONS = {
    "in dem": "im",
    "in das": "ins",
    "zu dem": "zum",
    "zu der": "zur",
    "an dem": "am",
    "an das": "ans",
    "bei dem": "beim",
    "von dem": "vom",
}

_DAYS = (
    "Monday Montag,Sunday Sonntag,Friday Freitag,Saturday Samstag,Tuesday Dienstag,"
    "Thursday Donnerstag,Wednesday Mittwoch"
)
_MONTHS = (
    "May Mai,July Juli,January Januar,September September,March März,December Dezember,June Juni,"
    "April April,August August,October Oktober,February Februar,November November"
)
_SEASONS = "summer Sommer,winter Winter,autumn Herbst,spring Frühling"
_PARTS = "morning Morgen,evening Abend,afternoon Nachmittag"


def _times(table: str, article: str, tag: str, phrases: str) -> tuple[TimeName, ...]:
    """`phrases`: ``on am,until bis`` gives each English preposition its German words."""
    pairs = [phrase.split("=") for phrase in phrases.split(",")]
    return tuple(
        TimeName(
            english, article, tag, tuple((first, f"{second} {german}") for first, second in pairs)
        )
        for english, german in (row.split() for row in table.split(","))
    )


TIMES: tuple[TimeName, ...] = (
    *_times(_DAYS, "", "DOW", "on=am,by=bis,before=vor,until=bis,since=seit,after=nach"),
    *_times(_PARTS, "the", "CON", "in=am"),
    *_times(_SEASONS, "", "CON", "in=im"),
    *_times(_MONTHS, "", "MOY", "in=im,by=bis,until=bis,since=seit"),
    *_times(
        "noon Mittag,midnight Mitternacht", "", "CLO", "by=bis,until=bis,before=vor,after=nach"
    ),
)
TIME_ROLES = {
    "on": ("Time", "Time"),
    "in": ("Time", "Time"),
    "at": ("Time", "Time"),
    "by": ("Time", "Time"),
    "before": ("Time", "Time"),
    "after": ("Time", "Time"),
    "until": ("EndTime", "EndTime"),
    "since": ("StartTime", "StartTime"),
}

# ----------------------------------------------------------------------------- verbs, clauses

MODALS = (
    Modal("can", "können", "können", "POS", 0.3, -1.0),
    Modal("must", "müssen", "dürfen", "NEC", 0.5, -0.7),
    Modal("should", "sollten", "sollten", "NEC", 0.2, -0.3),
    Modal("might", "könnten", "", "POS", 0.0),
)
SUBORDINATORS = (
    Subordinator("because", "weil", "", 1.0, "ARGM-CAU"),
    Subordinator("when", "wenn", "als", 1.0),
    Subordinator("if", "wenn", "wenn", 0.0, "ARGM-ADV"),
    Subordinator("although", "obwohl", "", 1.0, "ARGM-ADV"),
    Subordinator("while", "während", "", 1.0),
    Subordinator("before", "bevor", "", 0.8),
    Subordinator("after", "nachdem", "", 1.0),
    Subordinator("until", "bis", "", 0.8),
)
(BE,) = verbs(
    "intransitive",
    "hatlcfdrpisvwgeqbnmk",
    "",
    "be/was/been sein - gewesen aux=sein traits=durative",
)
(THERE_IS,) = verbs("transitive", "", "", "be/was/been geben gib gegeben")
BE_FORMS = {
    "present": {"1s": "am", "2s": "are", "3s": "is", "p": "are"},
    "past": {"1s": "was", "2s": "were", "3s": "was", "p": "were"},
}

# Present and simple past of verbs that follow no rule: ich, du, er; wir, ihr, sie.
IRREGULAR = {
    key: tuple(forms.split())
    for key, forms in {
        "sein": "bin bist ist sind seid sind",
        "haben": "habe hast hat haben habt haben",
        "werden": "werde wirst wird werden werdet werden",
        "können": "kann kannst kann können könnt können",
        "müssen": "muss musst muss müssen müsst müssen",
        "sollen": "soll sollst soll sollen sollt sollen",
        "dürfen": "darf darfst darf dürfen dürft dürfen",
        "wissen": "weiß weißt weiß wissen wisst wissen",
        "könnten": "könnte könntest könnte könnten könntet könnten",
        "sollten": "sollte solltest sollte sollten solltet sollten",
        "past sein": "war warst war waren wart waren",
        "past haben": "hatte hattest hatte hatten hattet hatten",
        "past werden": "wurde wurdest wurde wurden wurdet wurden",
        "past geben": "gab gabst gab gaben gabt gaben",
    }.items()
}
