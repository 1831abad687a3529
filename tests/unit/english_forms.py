"""The words of English with their forms and what they go with, from the entries of the lexicon."""

import re
from collections import defaultdict
from typing import NamedTuple

from ticketscope.corpus.grammar.lexicon.closed import PREPOSITIONS
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES, ADVERBS
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

# ----------------------------------------------------------------------------- words

COUNTABLE = {noun.english for noun in NOUNS if noun.english_plural}
MASS = {noun.english for noun in NOUNS if not noun.english_plural}
PLURALS = {noun.english_plural for noun in NOUNS if noun.english_plural}
HUMAN = {form for n in NOUNS if "h" in n.kinds for form in (n.english, n.english_plural)}
OTHER = {form for n in NOUNS if "h" not in n.kinds for form in (n.english, n.english_plural)}
VEHICLES = {noun.english for noun in NOUNS if "v" in noun.kinds}
PEOPLE_OR_FIRMS = {name.english for name in NAMES}
ADJECTIVE_WORDS = {entry.english for entry in ADJECTIVES}
DEGREES = {entry.english for entry in ADVERBS if entry.use == "degree"}
ADVERB_WORDS = [tuple(entry.english.split()) for entry in ADVERBS if entry.use != "degree"]
EARLY = {entry.english for entry in ADVERBS if entry.use in ("stance", "frequency")}
PLACES = [tuple(entry.english.split()) for entry in ADVERBS if entry.use == "place"]
PREPOSITION_WORDS = {tuple(entry.english.split()) for entry in PREPOSITIONS}
PREPOSITION_WORDS |= {(verb.preposition[0],) for verb in VERBS if verb.preposition[0]}
# What no adjunct begins with: a verb asks for it.
GOVERNED_PREPOSITIONS = ("of", "against")
TIMES = {
    "on": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "in": "January February March April May June July August September October November December "
    "spring summer autumn winter",
    "until": "noon midnight",
    "at": "noon midnight",
}
TIME_NAMES = {name for names in TIMES.values() for name in names.split()}
PARTS_OF_DAY = ("morning", "afternoon", "evening")
NUMERALS = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "twenty",
)

# determiners: whether they go with countable singulars, mass nouns, plurals
DETERMINERS = {
    **dict.fromkeys(("the", "no", "my", "your", "his", "her", "its", "our", "their"), "smp"),
    **dict.fromkeys(("a", "an", "every", "each"), "s"),
    **dict.fromkeys(("this", "that"), "sm"),
    **dict.fromkeys(("these", "those", "many", "few", "several", "both", *NUMERALS), "p"),
    **dict.fromkeys(("all", "some"), "mp"),
}
# subject form, object form; how the verb agrees with it
PRONOUNS = (
    *("I me 1", "you you p", "he him s", "she her s", "it it s", "we us p", "they them p"),
    *("someone someone s", "everyone everyone s", "nobody nobody s"),
)
REFLEXIVE = ("myself", "yourself", "himself", "herself", "itself", "ourselves", "themselves")
SUBJECTS = {row.split()[0]: row.split()[2] for row in PRONOUNS}
OBJECTS = {row.split()[1]: row.split()[2] for row in PRONOUNS} | dict.fromkeys(REFLEXIVE, "")

BE = {"1": ("am", "was"), "s": ("is", "was"), "p": ("are", "were")}
HAVE = {"1": ("have", "had"), "s": ("has", "had"), "p": ("have", "had")}
DO = {"1": ("do", "did"), "s": ("does", "did"), "p": ("do", "did")}
MODALS = ("can", "cannot", "must", "should", "may", "could", "might", "will")
SUBORDINATORS = ("because", "when", "if", "although", "while", "before", "after", "until")


class Frame(NamedTuple):
    """What a verb asks for: a particle, objects, a preposition, a place, a clause."""

    particle: str
    num_objects: int
    preposition: str = ""
    place: bool = False
    content: str = ""


def _frames() -> dict[str, set[Frame]]:
    found = defaultdict(set)
    for verb in VERBS:
        add = found[verb.english].add
        match verb.frame:
            case "ditransitive":
                add(Frame(verb.particle, 2))
                add(Frame(verb.particle, 1, "to"))
            case "governing":
                add(Frame(verb.particle, 0, verb.preposition[0]))
            case "located" | "motion":
                add(Frame(verb.particle, 0, place=True))
            case "that" | "whether":
                add(Frame(verb.particle, 0, content=verb.frame))
            case "subject_control" | "object_control":
                add(Frame(verb.particle, int(verb.frame == "object_control"), content="to"))
            case "transitive" | "intransitive":
                add(Frame(verb.particle, int(verb.frame == "transitive")))
    return dict(found)


FRAMES = _frames()
THIRD, PAST, PARTICIPLE = defaultdict(set), defaultdict(set), defaultdict(set)
for _verb in VERBS:
    THIRD[_verb.third].add(_verb.english)
    PAST[_verb.past].add(_verb.english)
    PARTICIPLE[_verb.english_participle].add(_verb.english)


def needs_an(word: str) -> bool:
    """By sound: an hour, a university."""
    if not word:
        return False
    if re.match("hour|honest|heir|honou?r", word):
        return True
    return word[0] in "aeiou" and not re.match("uni(?!m|n)|us[eu]|eu|one|ut", word)
