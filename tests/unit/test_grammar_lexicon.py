"""The open-class words of the grammar: readings can be told apart, and forms are right."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from itertools import combinations, permutations
from typing import Any

import pytest

from ticketscope.corpus.grammar.lexicon.entries import Adjective, Noun, Verb
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES, ADVERBS
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

KINDS = "hatlcfdrpisvwgeqbuxnmk"
FINER_KINDS = "joyz"
TAKES_OBJECT = ("transitive", "ditransitive", "governing")


def share(a: str, b: str) -> bool:
    return not set(a).isdisjoint(b)


def grouped(words: Iterable[Any], key: Any) -> dict[Hashable, list[Any]]:
    groups: dict[Hashable, list[Any]] = defaultdict(list)
    for word in words:
        groups[key(word)].append(word)
    return groups


NOUNS_BY_FORM = grouped(NOUNS, lambda noun: noun.english)
VERBS_BY_FORM = grouped(VERBS, lambda verb: (verb.english, verb.particle))
ADJECTIVES_BY_FORM = grouped(ADJECTIVES, lambda adjective: adjective.english)
AMBIGUOUS_NOUNS = {form: found for form, found in NOUNS_BY_FORM.items() if len(found) > 1}
AMBIGUOUS_VERBS = {
    form: found
    for form, found in VERBS_BY_FORM.items()
    if len({verb.infinitive for verb in found}) > 1
}


# ----------------------------------------------------------------------------- how many


def test_enough_words() -> None:
    words = (*NOUNS, *VERBS, *ADJECTIVES, *ADVERBS)
    assert len({(type(word), word.english) for word in words}) >= 900
    assert len(NOUNS) >= 360
    assert len(VERBS) >= 190
    assert len(ADJECTIVES) >= 100
    assert len(ADVERBS) >= 60
    assert len(AMBIGUOUS_NOUNS) >= 24
    assert len(AMBIGUOUS_VERBS) >= 15
    assert sum(len(found) > 1 for found in ADJECTIVES_BY_FORM.values()) >= 8
    assert len({verb.infinitive for verb in VERBS if verb.prefix}) >= 25
    assert len({verb.infinitive for verb in VERBS if verb.auxiliary == "sein"}) >= 25


@pytest.mark.parametrize(
    ("frame", "least"),
    [
        ("intransitive", 35),
        ("located", 10),
        ("motion", 15),
        ("transitive", 85),
        ("ditransitive", 14),
        ("governing", 14),
        ("that", 16),
        ("whether", 5),
        ("subject_control", 14),
        ("object_control", 10),
    ],
)
def test_enough_verbs_of_each_frame(frame: str, least: int) -> None:
    assert len({verb.english for verb in VERBS if verb.frame == frame}) >= least


@pytest.mark.parametrize(
    ("use", "least"),
    [
        ("manner", 16),
        ("past", 6),
        ("present", 5),
        ("future", 5),
        ("frequency", 7),
        ("place", 6),
        ("stance", 7),
        ("degree", 4),
    ],
)
def test_enough_adverbs_of_each_use(use: str, least: int) -> None:
    assert sum(adverb.use == use for adverb in ADVERBS) >= least


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_described_and_selected(kind: str) -> None:
    assert sum(kind in noun.kinds for noun in NOUNS) >= 8
    assert sum(kind in adjective.kinds for adjective in ADJECTIVES) >= (2 if kind == "u" else 8)
    assert any(kind in verb.objects for verb in VERBS if verb.frame == "transitive")
    assert any(kind in verb.subjects for verb in VERBS)


@pytest.mark.parametrize("kind", FINER_KINDS)
def test_finer_kinds_are_worth_their_letter(kind: str) -> None:
    assert sum(kind in noun.kinds for noun in NOUNS) >= 4


def test_only_known_kinds() -> None:
    for described in (*NOUNS, *ADJECTIVES):
        assert set(described.kinds) <= set(KINDS + FINER_KINDS), described
    assert all(noun.kinds[0] in KINDS for noun in NOUNS)
    assert all(set(adjective.kinds) & set(KINDS) for adjective in ADJECTIVES)
    for verb in VERBS:
        assert verb.subjects, verb
        assert set(verb.subjects + verb.objects) <= set(KINDS + FINER_KINDS), verb
        if verb.frame != "located":  # those may name the kinds of their places
            takes_object = verb.frame in (*TAKES_OBJECT, "object_control")
            assert bool(verb.objects) == takes_object, verb


# ----------------------------------------------------------------------------- senses


@pytest.mark.parametrize("words", [NOUNS, ADJECTIVES, ADVERBS], ids=["nouns", "adj", "adv"])
def test_nothing_is_listed_twice(words: tuple[Noun | Adjective, ...]) -> None:
    keys = [(word.english, getattr(word, "sense", "")) for word in words]
    assert len(keys) == len(set(keys))


def test_verbs_are_listed_once_in_a_frame() -> None:
    keys = [(verb.frame, verb.english, verb.particle, verb.sense) for verb in VERBS]
    assert len(keys) == len(set(keys))


def test_senses_mark_ambiguous_forms_and_no_others() -> None:
    for group in (NOUNS_BY_FORM, ADJECTIVES_BY_FORM):
        for form, found in group.items():
            assert all(bool(word.sense) == (len(found) > 1) for word in found), form
            assert all(word.sense.startswith(f"{form}.") for word in found if word.sense), form
    for form, found in VERBS_BY_FORM.items():
        assert all(bool(verb.sense) == (form in AMBIGUOUS_VERBS) for verb in found), form
        translations = {(verb.sense, verb.infinitive) for verb in found}
        assert len(translations) == len({sense for sense, _ in translations}), form


@pytest.mark.parametrize("form", AMBIGUOUS_NOUNS)
def test_readings_of_a_noun_can_be_told_apart(form: str) -> None:
    for noun, other in permutations(AMBIGUOUS_NOUNS[form], 2):
        assert not share(noun.kinds, other.kinds)
        adjectives = [
            found
            for found in ADJECTIVES_BY_FORM.values()
            if any(share(word.kinds, noun.kinds) for word in found)
            and not any(share(word.kinds, other.kinds) for word in found)
        ]
        verbs = [
            found
            for found in VERBS_BY_FORM.values()
            if any(v.frame in TAKES_OBJECT and share(v.objects, noun.kinds) for v in found)
            and not any(share(v.objects, other.kinds) for v in found)
        ]
        assert len(adjectives) >= 2, (noun.sense, other.sense)
        assert len(verbs) >= 2, (noun.sense, other.sense)


@pytest.mark.parametrize("form", AMBIGUOUS_VERBS, ids="+".join)
def test_no_noun_fits_two_readings_of_a_verb(form: tuple[str, str]) -> None:
    for verb, other in combinations(AMBIGUOUS_VERBS[form], 2):
        if verb.frame == other.frame:
            subjects_differ = told_apart(verb.subjects, other.subjects)
            objects_differ = verb.objects and told_apart(verb.objects, other.objects)
            assert subjects_differ or objects_differ, (verb, other)


def told_apart(first: str, second: str) -> bool:
    """No noun has a kind of each: that a letter is not shared is not enough (islands are n, s)."""
    return not any(share(noun.kinds, first) and share(noun.kinds, second) for noun in NOUNS)


def test_no_noun_fits_two_readings_of_an_adjective() -> None:
    for found in ADJECTIVES_BY_FORM.values():
        for first, second in combinations(found, 2):
            assert told_apart(first.kinds, second.kinds), (first, second)


# ----------------------------------------------------------------------------- forms


def test_a_verb_has_the_same_forms_everywhere() -> None:
    for found in VERBS_BY_FORM.values():
        assert len({(v.third, v.past, v.english_participle) for v in found}) == 1, found
    for found in grouped(VERBS, lambda verb: verb.infinitive).values():
        assert len({(verb.changed, verb.participle) for verb in found}) == 1, found


def test_german_verb_forms_are_well_made() -> None:
    for verb in VERBS:
        assert verb.german.endswith("n"), verb
        assert verb.participle.startswith(verb.prefix), verb
        assert verb.participle.endswith(("t", "n")), verb
        assert " " not in verb.german, verb
        if verb.changed:
            assert onset(verb.changed) == onset(verb.german), verb


def onset(german: str) -> str:
    """The consonants before the first vowel, which no change of the stem touches."""
    return german[: next(i for i, letter in enumerate(german) if letter in "aeiouäöü")]


def test_facts_are_in_range_and_clauses_have_a_subject() -> None:
    for verb in VERBS:
        assert all(-3 <= fact <= 3 for fact in verb.facts), verb
        assert verb.as_clause in ("", "subject", "object"), verb
        assert all(verb.preposition) == (verb.frame == "governing"), verb
        if verb.frame in ("that", "subject_control", "object_control"):
            assert verb.facts != (0, 0), verb


def test_english_plurals_differ_from_singulars_and_words_are_single() -> None:
    for noun in NOUNS:
        assert noun.english_plural != noun.english, noun
        assert " " not in noun.english, noun
        assert bool(noun.english_plural) == bool(noun.german_plural), noun
        assert noun.sex in (("", "m", "f") if "h" in noun.kinds else ("",)), noun
        assert noun.german[0].isupper(), noun
        assert noun.genitive.startswith(noun.german), noun
    assert all(not noun.english_plural for noun in NOUNS if share(noun.kinds, "xd"))


def test_stems_take_endings() -> None:
    for adjective in ADJECTIVES:
        assert not adjective.stem.endswith("e"), adjective
        assert " " not in adjective.german, adjective


def test_names_of_every_kind_and_names_of_two() -> None:
    assert len({(name.english, name.kind) for name in NAMES}) == len(NAMES)
    kinds = [name.kind for name in NAMES]
    assert (kinds.count("m"), kinds.count("f")) == (30, 30)
    assert kinds.count("l") >= 40
    assert kinds.count("o") >= 20
    entities = defaultdict(set)
    for name in NAMES:
        entities[name.english].add("person" if name.kind in "mf" else name.kind)
    assert sum(len(found) > 1 for found in entities.values()) >= 12
    assert not {name.english.lower() for name in NAMES} & set(NOUNS_BY_FORM) - {"apple"}


@pytest.mark.parametrize(
    ("german", "gender", "oblique", "genitive", "plural"),
    [
        ("Student", "m", "Studenten", "Studenten", "Studenten"),
        ("Junge", "m", "Jungen", "Jungen", "Jungen"),
        ("Nachbar", "m", "Nachbarn", "Nachbarn", "Nachbarn"),
        ("Bauer", "m", "Bauern", "Bauern", "Bauern"),
        ("Prinz", "m", "Prinzen", "Prinzen", "Prinzen"),
        ("Löwe", "m", "Löwen", "Löwen", "Löwen"),
        ("Name", "m", "Namen", "Namens", "Namen"),
        ("Gedanke", "m", "Gedanken", "Gedankens", "Gedanken"),
        ("Buchstabe", "m", "Buchstaben", "Buchstabens", "Buchstaben"),
        ("Planet", "m", "Planeten", "Planeten", "Planeten"),
        ("Haus", "n", "Haus", "Hauses", "Häuser"),
        ("Buch", "n", "Buch", "Buches", "Bücher"),
        ("Tisch", "m", "Tisch", "Tisches", "Tische"),
        ("Frosch", "m", "Frosch", "Frosches", "Frösche"),
        ("Wunsch", "m", "Wunsch", "Wunsches", "Wünsche"),
        ("Bus", "m", "Bus", "Busses", "Busse"),
        ("Schloss", "n", "Schloss", "Schlosses", "Schlösser"),
        ("Gefängnis", "n", "Gefängnis", "Gefängnisses", "Gefängnisse"),
        ("Geheimnis", "n", "Geheimnis", "Geheimnisses", "Geheimnisse"),
        ("Kaktus", "m", "Kaktus", "Kaktus", "Kakteen"),
        ("Museum", "n", "Museum", "Museums", "Museen"),
        ("Thema", "n", "Thema", "Themas", "Themen"),
        ("Mädchen", "n", "Mädchen", "Mädchens", "Mädchen"),
        ("Park", "m", "Park", "Parks", "Parks"),
        ("Chef", "m", "Chef", "Chefs", "Chefs"),
        ("Auto", "n", "Auto", "Autos", "Autos"),
        ("See", "m", "See", "Sees", "Seen"),
        ("Ufer", "n", "Ufer", "Ufers", "Ufer"),
        ("Firma", "f", "Firma", "Firma", "Firmen"),
        ("Werkstatt", "f", "Werkstatt", "Werkstatt", "Werkstätten"),
        ("Königin", "f", "Königin", "Königin", "Königinnen"),
        ("Motor", "m", "Motor", "Motors", "Motoren"),
    ],
)
def test_hard_forms_of_nouns(
    german: str, gender: str, oblique: str, genitive: str, plural: str
) -> None:
    noun = next(noun for noun in NOUNS if noun.german == german)
    assert (noun.gender, noun.oblique, noun.genitive, noun.german_plural) == (
        gender,
        oblique,
        genitive,
        plural,
    )


@pytest.mark.parametrize(
    ("infinitive", "zu_infinitive", "changed", "participle", "auxiliary"),
    [
        ("einladen", "einzuladen", "läd", "eingeladen", "haben"),
        ("aufstehen", "aufzustehen", "", "aufgestanden", "sein"),
        ("verlassen", "zu verlassen", "verläss", "verlassen", "haben"),
        ("bleiben", "zu bleiben", "", "geblieben", "sein"),
        ("folgen", "zu folgen", "", "gefolgt", "sein"),
        ("anhalten", "anzuhalten", "hält", "angehalten", "haben"),
        ("entlassen", "zu entlassen", "entläss", "entlassen", "haben"),
        ("annehmen", "anzunehmen", "nimm", "angenommen", "haben"),
        ("gefallen", "zu gefallen", "gefäll", "gefallen", "haben"),
        ("studieren", "zu studieren", "", "studiert", "haben"),
        ("teilnehmen", "teilzunehmen", "nimm", "teilgenommen", "haben"),
        ("wachsen", "zu wachsen", "wächs", "gewachsen", "sein"),
    ],
)
def test_hard_forms_of_verbs(
    infinitive: str, zu_infinitive: str, changed: str, participle: str, auxiliary: str
) -> None:
    verb = next(verb for verb in VERBS if verb.infinitive == infinitive)
    assert verb.zu_infinitive == zu_infinitive
    assert (verb.changed, verb.participle, verb.auxiliary) == (changed, participle, auxiliary)


@pytest.mark.parametrize("infinitive", ["zerbrechen", "fahren"])
def test_the_auxiliary_depends_on_the_frame(infinitive: str) -> None:
    auxiliaries = {
        verb.frame == "transitive": verb.auxiliary
        for verb in VERBS
        if verb.infinitive == infinitive
    }
    assert auxiliaries[False] == "sein"
    assert auxiliaries[True] == "haben"


@pytest.mark.parametrize("infinitive", ["helfen", "danken", "folgen", "vertrauen", "gefallen"])
def test_dative_verbs(infinitive: str) -> None:
    cases = {verb.object_case for verb in VERBS if verb.infinitive == infinitive}
    assert cases == {"dative"}


@pytest.mark.parametrize(
    ("english", "forms"),
    [
        ("stop", ("stops", "stopped", "stopped")),
        ("plan", ("plans", "planned", "planned")),
        ("carry", ("carries", "carried", "carried")),
        ("know", ("knows", "knew", "known")),
        ("catch", ("catches", "caught", "caught")),
        ("put", ("puts", "put", "put")),
        ("agree", ("agrees", "agreed", "agreed")),
        ("overcome", ("overcomes", "overcame", "overcome")),
    ],
)
def test_hard_forms_of_english_verbs(english: str, forms: tuple[str, str, str]) -> None:
    verb: Verb = next(verb for verb in VERBS if verb.english == english)
    assert (verb.third, verb.past, verb.english_participle) == forms


@pytest.mark.parametrize(
    ("predicate", "stem"),
    [("dunkel", "dunkl"), ("teuer", "teur"), ("hoch", "hoh"), ("müde", "müd"), ("sauer", "saur")],
)
def test_stems_of_adjectives(predicate: str, stem: str) -> None:
    assert {word.stem for word in ADJECTIVES if word.german == predicate} == {stem}


def test_the_controller_of_clauses_with_dass() -> None:
    controllers = {verb.english: verb.as_clause for verb in VERBS if verb.as_clause}
    assert controllers == {"promise": "subject", "tell": "object"}
