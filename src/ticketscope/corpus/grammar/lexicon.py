"""The words of the grammar, most frequent first, and the tables of German inflection.

Kinds say what goes with what: h human, a animal, t thing, f food, r readable, p place,
s surface (one can be on or under it).
"""

from dataclasses import dataclass
from typing import Literal

Case = Literal["nominative", "accusative", "dative"]
CASES: tuple[Case, ...] = ("nominative", "accusative", "dative")


@dataclass(frozen=True, slots=True)
class Noun:
    """`oblique` is the accusative and dative singular; the dative plural follows by rule."""

    kinds: str
    english: str
    english_plural: str
    gender: str
    german: str
    german_plural: str
    oblique: str


@dataclass(frozen=True, slots=True)
class Adjective:
    """`kinds` of nouns it goes with; `stem` takes the endings, `predicate` stands alone."""

    kinds: str
    english: str
    predicate: str
    stem: str


@dataclass(frozen=True, slots=True)
class Verb:
    """`changed` is the stem of the second and third person singular."""

    english: str
    english_participle: str
    german: str
    changed: str
    participle: str
    auxiliary: str
    subjects: str
    objects: str
    object_case: Case


@dataclass(frozen=True, slots=True)
class Determiner:
    """`endings` names the table of its own endings, `adjectives` that of adjectives after it.

    `negation`: what becomes of it in the object of a negated verb. "nicht": stays, the verb takes
    nicht; "kein": becomes kein; "none": not used there, since the scope would be doubtful.
    """

    english: str
    stem: str
    endings: str
    adjectives: str
    negation: Literal["nicht", "kein", "none"]


def _rows(table: str) -> list[list[str]]:
    return [row.split() for row in table.strip().split(",")]


def _nouns(kinds: str, table: str) -> tuple[Noun, ...]:
    return tuple(Noun(kinds, *(row if len(row) == 6 else [*row, row[3]])) for row in _rows(table))


def _verbs(groups: dict[str, str]) -> tuple[Verb, ...]:
    """Keys: kinds of subjects and objects (- for none), and dative where the object takes it.

    Rows: English base (_ for a space), participle, German infinitive, changed stem or -,
    participle, and sein where that is the auxiliary.
    """
    verbs = []
    for key, table in groups.items():
        subjects, objects, *dative = key.split()
        case: Case = "dative" if dative else "accusative"
        for english, english_participle, german, changed, participle, *sein in _rows(table):
            base, done = english.replace("_", " "), english_participle.replace("_", " ")
            stem, auxiliary = changed.strip("-"), "sein" if sein else "haben"
            verbs.append(
                Verb(base, done, german, stem, participle, auxiliary, subjects, objects, case)
            )
    return tuple(verbs)


HUMANS = _nouns(
    "h",
    """man men m Mann Männer, woman women f Frau Frauen, child children n Kind Kinder,
    boy boys m Junge Jungen Jungen, girl girls n Mädchen Mädchen, friend friends m Freund Freunde,
    mother mothers f Mutter Mütter, father fathers m Vater Väter,
    teacher teachers m Lehrer Lehrer, student students m Student Studenten Studenten,
    doctor doctors m Arzt Ärzte, brother brothers m Bruder Brüder,
    sister sisters f Schwester Schwestern, daughter daughters f Tochter Töchter,
    son sons m Sohn Söhne, neighbour neighbours m Nachbar Nachbarn Nachbarn,
    king kings m König Könige, queen queens f Königin Königinnen, guest guests m Gast Gäste,
    farmer farmers m Bauer Bauern Bauern, grandmother grandmothers f Großmutter Großmütter,
    baker bakers m Bäcker Bäcker, painter painters m Maler Maler, singer singers m Sänger Sänger,
    soldier soldiers m Soldat Soldaten Soldaten, judge judges m Richter Richter""",
)
ANIMALS = _nouns(
    "a",
    """dog dogs m Hund Hunde, cat cats f Katze Katzen, horse horses n Pferd Pferde,
    bird birds m Vogel Vögel, cow cows f Kuh Kühe, mouse mice f Maus Mäuse,
    bear bears m Bär Bären Bären, pig pigs n Schwein Schweine, fox foxes m Fuchs Füchse,
    duck ducks f Ente Enten, lion lions m Löwe Löwen Löwen, rabbit rabbits n Kaninchen Kaninchen""",
)
THINGS = _nouns(
    "t",
    """car cars n Auto Autos, picture pictures n Bild Bilder, ball balls m Ball Bälle,
    key keys m Schlüssel Schlüssel, bag bags f Tasche Taschen, bicycle bicycles n Fahrrad Fahrräder,
    clock clocks f Uhr Uhren, gift gifts n Geschenk Geschenke, hat hats m Hut Hüte,
    flower flowers f Blume Blumen, coat coats m Mantel Mäntel, lamp lamps f Lampe Lampen,
    glass glasses n Glas Gläser, knife knives n Messer Messer, ring rings m Ring Ringe,
    camera cameras f Kamera Kameras, guitar guitars f Gitarre Gitarren,
    plate plates m Teller Teller, shirt shirts n Hemd Hemden""",
)
SURFACES = _nouns(
    "ts",
    """table tables m Tisch Tische, chair chairs m Stuhl Stühle, bed beds n Bett Betten,
    box boxes f Kiste Kisten, bench benches f Bank Bänke""",
)
FOOD = _nouns(
    "f",
    """apple apples m Apfel Äpfel, cake cakes m Kuchen Kuchen, egg eggs n Ei Eier,
    banana bananas f Banane Bananen, potato potatoes f Kartoffel Kartoffeln,
    soup soups f Suppe Suppen, pear pears f Birne Birnen, tomato tomatoes f Tomate Tomaten""",
)
READABLES = _nouns(
    "r",
    """book books n Buch Bücher, letter letters m Brief Briefe,
    newspaper newspapers f Zeitung Zeitungen, story stories f Geschichte Geschichten,
    report reports m Bericht Berichte, poem poems n Gedicht Gedichte""",
)
PLACES = _nouns(
    "p",
    """house houses n Haus Häuser, garden gardens m Garten Gärten, school schools f Schule Schulen,
    city cities f Stadt Städte, park parks m Park Parks, room rooms n Zimmer Zimmer,
    church churches f Kirche Kirchen, kitchen kitchens f Küche Küchen,
    forest forests m Wald Wälder, shop shops m Laden Läden, hotel hotels n Hotel Hotels,
    village villages n Dorf Dörfer, museum museums n Museum Museen, office offices n Büro Büros,
    station stations m Bahnhof Bahnhöfe, castle castles n Schloss Schlösser,
    library libraries f Bibliothek Bibliotheken, tower towers m Turm Türme""",
)
NOUNS = HUMANS + ANIMALS + THINGS + SURFACES + FOOD + READABLES + PLACES

ADJECTIVES = tuple(
    Adjective(row[0], row[1], row[2], row[-1])
    for row in _rows(
        """hatrsp old alt, hatsfp small klein, hatsp big groß, atrsp new neu,
        hatrsp beautiful schön, ha young jung, hatrfsp good gut, ts red rot,
        ats black schwarz, ha happy glücklich,
        atsp white weiß, h friendly freundlich, ha tired müde müd, ts blue blau, ha clever klug,
        hrp famous berühmt, h rich reich, ha sad traurig, h poor arm,
        tsrf expensive teuer teur, ha strong stark, ats heavy schwer, trsf cheap billig,
        rp interesting interessant, ha hungry hungrig, p dark dunkel dunkl, r long lang,
        f fresh frisch, p quiet ruhig, f sweet süß, ats brown braun, ts green grün"""
    )
)

INTRANSITIVE = _verbs(
    {
        "h -": """work worked arbeiten - gearbeitet, laugh laughed lachen - gelacht,
            dance danced tanzen - getanzt, sing sung singen - gesungen,
            cook cooked kochen - gekocht, cry cried weinen - geweint""",
        "ha -": """sleep slept schlafen schläf geschlafen,
            wait waited warten - gewartet, play played spielen - gespielt,
            eat eaten essen iss gegessen, sit sat sitzen - gesessen,
            drink drunk trinken - getrunken""",
    }
)
MOTION = _verbs(
    {
        "ha -": """go gone gehen - gegangen sein, run run laufen läuf gelaufen sein,
            come come kommen - gekommen sein, jump jumped springen - gesprungen sein""",
        "h -": """drive driven fahren fähr gefahren sein,
            hurry hurried eilen - geeilt sein""",
    }
)
TRANSITIVE = _verbs(
    {
        "ha hatsrfp": """see seen sehen sieh gesehen, find found finden - gefunden,
            look_for looked_for suchen - gesucht""",
        "h tsrf": """buy bought kaufen - gekauft, need needed brauchen - gebraucht,
            sell sold verkaufen - verkauft, forget forgotten vergessen vergiss vergessen""",
        "h ha": """love loved lieben - geliebt, hear heard hören - gehört,
            visit visited besuchen - besucht, wash washed waschen wäsch gewaschen""",
        "h h": "ask asked fragen - gefragt, meet met treffen triff getroffen",
        "h hatsp": "paint painted malen - gemalt, know known kennen - gekannt",
        "h r": "read read lesen lies gelesen, write written schreiben - geschrieben",
        "ha f": "eat eaten essen iss gegessen",
        "h t": "carry carried tragen träg getragen, hold held halten hält gehalten",
        "h ha dative": "help helped helfen hilf geholfen, follow followed folgen - gefolgt sein",
        "h h dative": "thank thanked danken - gedankt",
    }
)
DITRANSITIVE = _verbs(
    {
        "h trf": """give given geben gib gegeben, show shown zeigen - gezeigt,
            send sent schicken - geschickt, bring brought bringen - gebracht,
            lend lent leihen - geliehen"""
    }
)
REPORTING = _verbs(
    {
        "h -": """say said sagen - gesagt, think thought denken - gedacht,
            believe believed glauben - geglaubt, hope hoped hoffen - gehofft"""
    }
)
BE = Verb("be", "been", "sein", "", "gewesen", "sein", "hatsrfp", "", "nominative")

# English, German: first and third person singular are alike in the modals.
MODALS = (("can", "können"), ("want to", "wollen"), ("should", "sollen"))
# ich, du, er; wir, ihr, sie.
IRREGULAR = {
    infinitive: tuple(forms.split())
    for infinitive, forms in {
        "sein": "bin bist ist sind seid sind",
        "haben": "habe hast hat haben habt haben",
        "können": "kann kannst kann können könnt können",
        "wollen": "will willst will wollen wollt wollen",
        "sollen": "soll sollst soll sollen sollt sollen",
    }.items()
}

NAMES = ("Tom", "Anna", "Peter", "Maria", "Paul", "Julia", "Max", "Laura", "Felix", "Emma")
# English subject and object; German nominative, accusative, dative; person; plural.
PRONOUNS = (
    ("he", "him", "er", "ihn", "ihm", 3, False),
    ("she", "her", "sie", "sie", "ihr", 3, False),
    ("I", "me", "ich", "mich", "mir", 1, False),
    ("they", "them", "sie", "sie", "ihnen", 3, True),
    ("we", "us", "wir", "uns", "uns", 1, True),
    ("you", "you", "du", "dich", "dir", 2, False),
)

THE = Determiner("the", "d", "definite", "weak", "nicht")
SINGULAR_DETERMINERS = (
    THE,
    Determiner("a", "ein", "ein", "mixed", "kein"),
    Determiner("this", "dies", "der", "weak", "nicht"),
    Determiner("my", "mein", "ein", "mixed", "nicht"),
    Determiner("his", "sein", "ein", "mixed", "nicht"),
    Determiner("every", "jed", "der", "weak", "none"),
    Determiner("her", "ihr", "ein", "mixed", "nicht"),
    Determiner("our", "unser", "ein", "mixed", "nicht"),
)
PLURAL_DETERMINERS = (
    THE,
    Determiner("", "", "bare", "strong", "kein"),
    Determiner("these", "dies", "der", "weak", "nicht"),
    Determiner("two", "zwei", "bare", "strong", "none"),
    Determiner("my", "mein", "ein", "mixed", "nicht"),
    Determiner("many", "viel", "der", "strong", "none"),
    Determiner("our", "unser", "ein", "mixed", "nicht"),
    Determiner("three", "drei", "bare", "strong", "none"),
)
NO = Determiner("no", "kein", "ein", "mixed", "none")


def _endings(table: str) -> dict[tuple[Case, str], str]:
    """Rows: cases; columns: masculine, feminine, neuter, plural; - for no ending."""
    return {
        (case, gender): "" if ending == "-" else ending
        for case, row in zip(CASES, _rows(table), strict=True)
        for gender, ending in zip("mfnp", row, strict=True)
    }


DETERMINER_ENDINGS = {
    "definite": _endings("er ie as ie, en ie as ie, em er em en"),
    "der": _endings("er e es e, en e es e, em er em en"),
    "ein": _endings("- e - e, en e - e, em er em en"),
    "bare": _endings("- - - -, - - - -, - - - -"),
}
# The strong ones are used in the plural only: every singular noun here has a determiner.
ADJECTIVE_ENDINGS = {
    "weak": _endings("e e e en, en e e en, en en en en"),
    "mixed": _endings("er e es en, en e es en, en en en en"),
    "strong": _endings("er e es e, en e es e, em er em en"),
}

# English, German, kinds of nouns; place takes the dative, direction the case named.
PLACE_PREPOSITIONS = (
    ("in", "in", "p"),
    ("on", "auf", "s"),
    ("behind", "hinter", "ps"),
    ("in front of", "vor", "p"),
    ("next to", "neben", "ps"),
    ("under", "unter", "s"),
)
DIRECTION_PREPOSITIONS: tuple[tuple[str, str, str, Case], ...] = (
    ("into", "in", "p", "accusative"),
    ("to", "zu", "phs", "dative"),
    ("behind", "hinter", "ps", "accusative"),
    ("onto", "auf", "s", "accusative"),
    ("under", "unter", "s", "accusative"),
    ("in front of", "vor", "p", "accusative"),
)
CONTRACTIONS = {"in dem": "im", "in das": "ins", "zu dem": "zum", "zu der": "zur"}

TIMES = (
    ("today", "heute"),
    ("now", "jetzt"),
    ("every day", "jeden Tag"),
    ("in the evening", "am Abend"),
    ("in the morning", "am Morgen"),
    ("on Monday", "am Montag"),
    ("in summer", "im Sommer"),
    ("on Sunday", "am Sonntag"),
    ("in winter", "im Winter"),
)
SUBORDINATORS = (
    ("because", "weil"),
    ("when", "wenn"),
    ("although", "obwohl"),
    ("while", "während"),
    ("before", "bevor"),
    ("if", "falls"),
)
