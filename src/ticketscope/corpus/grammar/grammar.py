"""A small synchronous grammar: one random derivation, read off in English and in German.

A `Clause` is the derivation without word order. `_english` and `_german` put it into words; the
German one knows three orders: verb second, verb first and verb final.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from random import Random
from typing import Literal, TypeVar

from ticketscope.corpus.grammar import lexicon
from ticketscope.corpus.grammar.lexicon import Adjective, Case, Determiner, Noun, Verb

MIN_WORDS, MAX_WORDS = 4, 25

T = TypeVar("T")
Tense = Literal["present", "perfect", "modal"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase in all its forms."""

    english: str
    english_object: str
    german: dict[Case, str]
    person: int = 3
    plural: bool = False
    pronoun: bool = False
    kein: str = ""
    """The accusative under negation, where that is a form of kein."""
    negatable: bool = True
    """Whether a negation beside it has one clear reading."""

    @property
    def third_singular(self) -> bool:
        return self.person == 3 and not self.plural


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause without word order; pairs of strings are English and German."""

    subject: Phrase
    verb: Verb
    tense: Tense = "present"
    modal: tuple[str, str] = ("", "")
    negated: bool = False
    direct: Phrase | None = None
    indirect: Phrase | None = None
    with_to: bool = False
    """Whether English puts the indirect object last."""
    place: tuple[str, str] = ("", "")
    """Place, direction or predicate: what stands last before the non-finite verbs."""
    time: tuple[str, str] = ("", "")


def sentence(random: Random) -> tuple[str, str]:
    """One random sentence of 4 to 25 words in English, and its German translation."""
    while True:
        english, german, end = _choose(random, _SENTENCES)(random)
        if MIN_WORDS <= len(english.split()) <= MAX_WORDS and len(german.split()) <= MAX_WORDS:
            return _written(english, end), _written(german, end)


def _written(text: str, end: str) -> str:
    return text[0].upper() + text[1:] + end


# ----------------------------------------------------------------------------- choosing


def _choose(random: Random, items: Sequence[T]) -> T:
    """Earlier items are likelier, as words are by rank (Zipf)."""
    return random.choices(items, cum_weights=_zipf(len(items)))[0]


@cache
def _zipf(num: int) -> tuple[float, ...]:
    return tuple(accumulate(1 / (rank + 2) for rank in range(num)))


@cache
def _nouns(kinds: str) -> tuple[Noun, ...]:
    return tuple(noun for noun in lexicon.NOUNS if set(noun.kinds) & set(kinds))


@cache
def _adjectives(kinds: str) -> tuple[Adjective, ...]:
    return tuple(adj for adj in lexicon.ADJECTIVES if set(kinds) <= set(adj.kinds))


def _phrase(random: Random, kinds: str) -> Phrase:
    """A noun phrase of any of these kinds: noun, name, pronoun or two of them."""
    draw = random.random()
    if "h" in kinds and draw < 0.12:
        return _named(_choose(random, lexicon.NAMES))
    if "h" in kinds and draw < 0.25:
        return _pronoun(_choose(random, lexicon.PRONOUNS))
    phrase = _noun_phrase(random, kinds)
    if draw > 0.94 and phrase.negatable:
        other = _noun_phrase(random, kinds)
        return _both(phrase, other) if other.english != phrase.english else phrase
    return phrase


def _named(name: str) -> Phrase:
    return Phrase(name, name, dict.fromkeys(lexicon.CASES, name))


def _pronoun(row: tuple[str, str, str, str, str, int, bool]) -> Phrase:
    subject, other, nominative, accusative, dative, person, plural = row
    german: dict[Case, str] = {
        "nominative": nominative,
        "accusative": accusative,
        "dative": dative,
    }
    return Phrase(subject, other, german, person, plural, pronoun=True)


def _both(first: Phrase, second: Phrase) -> Phrase:
    english = f"{first.english} and {second.english}"
    german = {case: f"{first.german[case]} und {second.german[case]}" for case in lexicon.CASES}
    return Phrase(english, english, german, plural=True, negatable=False)


def _noun_phrase(random: Random, kinds: str) -> Phrase:
    noun = _choose(random, _nouns(kinds))
    plural = random.random() < 0.25
    determiner = _choose(
        random, lexicon.PLURAL_DETERMINERS if plural else lexicon.SINGULAR_DETERMINERS
    )
    num_adjectives = random.choices((0, 1, 2), (60, 35, 5))[0]
    chosen = [_choose(random, _adjectives(noun.kinds)) for _ in range(num_adjectives)]
    adjectives = tuple(dict.fromkeys(chosen))
    english = _english_noun(determiner, adjectives, noun, plural)

    def german(case: Case, determiner: Determiner) -> str:
        return _german_noun(determiner, adjectives, noun, plural, case)

    return Phrase(
        english,
        english,
        {case: german(case, determiner) for case in lexicon.CASES},
        plural=plural,
        kein=german("accusative", lexicon.NO) if determiner.negation == "kein" else "",
        negatable=determiner.negation != "none",
    )


def _english_noun(
    determiner: Determiner, adjectives: Sequence[Adjective], noun: Noun, plural: bool
) -> str:
    words = [adj.english for adj in adjectives] + [noun.english_plural if plural else noun.english]
    article = "an" if determiner.english == "a" and words[0][0] in "aeiou" else determiner.english
    return " ".join(filter(None, [article, *words]))


def _german_noun(
    determiner: Determiner, adjectives: Sequence[Adjective], noun: Noun, plural: bool, case: Case
) -> str:
    cell = (case, "p" if plural else noun.gender)
    article = determiner.stem + lexicon.DETERMINER_ENDINGS[determiner.endings][cell]
    ending = lexicon.ADJECTIVE_ENDINGS[determiner.adjectives][cell]
    if plural:
        form = noun.german_plural
        if case == "dative" and form[-1] not in "ns":
            form += "n"
    else:
        form = noun.german if case == "nominative" else noun.oblique
    return " ".join(filter(None, [article, *(adj.stem + ending for adj in adjectives), form]))


def _place(random: Random) -> tuple[str, str]:
    english, german, kinds = _choose(random, lexicon.PLACE_PREPOSITIONS)
    return _prepositional(english, german, _noun_phrase(random, kinds), "dative")


def _direction(random: Random) -> tuple[str, str]:
    english, german, kinds, case = _choose(random, lexicon.DIRECTION_PREPOSITIONS)
    return _prepositional(english, german, _noun_phrase(random, kinds), case)


def _prepositional(english: str, german: str, phrase: Phrase, case: Case) -> tuple[str, str]:
    article, _, rest = phrase.german[case].partition(" ")
    preposition = f"{german} {article}"
    contracted = lexicon.CONTRACTIONS.get(preposition, preposition)
    return f"{english} {phrase.english_object}", f"{contracted} {rest}".rstrip()


def _clause(random: Random) -> Clause:
    """A clause with one of the verbs that need no other clause."""
    build = random.choices(
        (_transitive, _intransitive, _motion, _ditransitive, _predicative), (40, 20, 15, 13, 12)
    )[0]
    clause = _in_some_tense(random, build(random))
    if random.random() < 0.25:
        clause = replace(clause, time=_choose(random, lexicon.TIMES))
    phrases = [clause.subject, clause.direct, clause.indirect]
    if random.random() < 0.15 and all(phrase.negatable for phrase in phrases if phrase):
        clause = replace(clause, negated=True)
    return clause


def _in_some_tense(random: Random, clause: Clause) -> Clause:
    if clause.verb is lexicon.BE:
        return clause
    tense: Tense = random.choices(("present", "perfect", "modal"), (60, 27, 13))[0]
    modal = _choose(random, lexicon.MODALS) if tense == "modal" else ("", "")
    return replace(clause, tense=tense, modal=modal)


def _intransitive(random: Random) -> Clause:
    verb = _choose(random, lexicon.INTRANSITIVE)
    place = _place(random) if random.random() < 0.7 else ("", "")
    return Clause(_phrase(random, verb.subjects), verb, place=place)


def _motion(random: Random) -> Clause:
    verb = _choose(random, lexicon.MOTION)
    return Clause(_phrase(random, verb.subjects), verb, place=_direction(random))


def _transitive(random: Random) -> Clause:
    verb = _choose(random, lexicon.TRANSITIVE)
    subject = _phrase(random, verb.subjects)
    return Clause(subject, verb, direct=_other_phrase(random, subject, verb.objects))


def _ditransitive(random: Random) -> Clause:
    verb = _choose(random, lexicon.DITRANSITIVE)
    subject = _phrase(random, verb.subjects)
    return Clause(
        subject,
        verb,
        direct=_noun_phrase(random, verb.objects),
        indirect=_other_phrase(random, subject, "h"),
        with_to=random.random() < 0.4,
    )


def _other_phrase(random: Random, subject: Phrase, kinds: str) -> Phrase:
    """An object that is not the subject itself: "I see me" would have to be reflexive."""
    while True:
        phrase = _phrase(random, kinds)
        same_speaker = phrase.person == subject.person != 3
        if not same_speaker and phrase.german["nominative"] != subject.german["nominative"]:
            return phrase


def _predicative(random: Random) -> Clause:
    subject_kinds = _choose(random, ("h", "a", "t", "p", "r", "f"))
    adjective = _choose(random, _adjectives(subject_kinds))
    place = (adjective.english, adjective.predicate)
    return Clause(_noun_phrase(random, subject_kinds), lexicon.BE, place=place)


# ----------------------------------------------------------------------------- sentences


def _statement(random: Random) -> tuple[str, str, str]:
    clause = _clause(random)
    if clause.time[0] and random.random() < 0.5:
        time_first = replace(clause, time=("", ""))
        english = f"{clause.time[0]} {_english(time_first)}"
        return english, f"{clause.time[1]} {_german(time_first, 'first')}", "."
    return _english(clause), _german(clause, "second"), "."


def _question(random: Random) -> tuple[str, str, str]:
    clause = replace(_clause(random), negated=False)
    return _english(clause, question=True), _german(clause, "first"), "?"


def _with_subordinate(random: Random) -> tuple[str, str, str]:
    main, subordinate = _clause(random), _clause(random)
    conjunction, konjunktion = _choose(random, lexicon.SUBORDINATORS)
    english = f"{conjunction} {_english(subordinate)}"
    german = f"{konjunktion} {_german(subordinate, 'final')}"
    if random.random() < 0.4:
        return f"{english}, {_english(main)}", f"{german}, {_german(main, 'first')}", "."
    return f"{_english(main)} {english}", f"{_german(main, 'second')}, {german}", "."


def _coordinated(random: Random) -> tuple[str, str, str]:
    first, second = _clause(random), _clause(random)
    english, german = _choose(random, ((" and", " und"), (", but", ", aber")))
    return (
        f"{_english(first)}{english} {_english(second)}",
        f"{_german(first, 'second')}{german} {_german(second, 'second')}",
        ".",
    )


def _reported(random: Random) -> tuple[str, str, str]:
    verb = _choose(random, lexicon.REPORTING)
    tense: Tense = random.choices(("present", "perfect"), (70, 30))[0]
    speaker, content = Clause(_phrase(random, verb.subjects), verb, tense), _clause(random)
    return (
        f"{_english(speaker)} that {_english(content)}",
        f"{_german(speaker, 'second')}, dass {_german(content, 'final')}",
        ".",
    )


_SENTENCES: tuple[Callable[[Random], tuple[str, str, str]], ...] = (
    _statement,
    _with_subordinate,
    _coordinated,
    _reported,
    _question,
)


# ----------------------------------------------------------------------------- English


def _english(clause: Clause, question: bool = False) -> str:
    finite, verb = _english_verb(clause, question)
    subject = clause.subject.english
    negation = "not" if clause.negated else ""
    if finite == "can" and clause.negated:
        finite, negation = "cannot", ""
    start = [finite, subject] if question else [subject, finite]
    words = [*start, negation, verb, *_english_objects(clause), clause.place[0], clause.time[0]]
    return " ".join(filter(None, words))


def _english_verb(clause: Clause, question: bool) -> tuple[str, str]:
    """The auxiliary that not follows and that a question begins with, and the rest."""
    subject, base = clause.subject, clause.verb.english
    if clause.verb is lexicon.BE:
        return {1: "am", 2: "are", 3: "is"}[subject.person] if not subject.plural else "are", ""
    if clause.tense == "perfect":
        return "has" if subject.third_singular else "have", clause.verb.english_participle
    if clause.tense == "modal":
        modal = clause.modal[0]
        if modal != "want to":
            return modal, base
        base = f"{modal} {base}"
    if clause.negated or question:
        return "does" if subject.third_singular else "do", base
    return "", _third_person(base) if subject.third_singular else base


@cache
def _third_person(base: str) -> str:
    verb, space, rest = base.partition(" ")
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else "s"
    return verb + space + rest


def _english_objects(clause: Clause) -> list[str]:
    direct = clause.direct.english_object if clause.direct else ""
    indirect = clause.indirect.english_object if clause.indirect else ""
    if clause.with_to:
        return [direct, f"to {indirect}"]
    return [indirect, direct]


# ----------------------------------------------------------------------------- German


def _german(clause: Clause, verb_place: Literal["first", "second", "final"]) -> str:
    finite, others = _german_verb(clause)
    subject = clause.subject.german["nominative"]
    rest = [*_middle_field(clause), others]
    words = {
        "first": [finite, subject, *rest],
        "second": [subject, finite, *rest],
        "final": [subject, *rest, finite],
    }[verb_place]
    return " ".join(filter(None, words))


def _german_verb(clause: Clause) -> tuple[str, str]:
    """The finite verb, and what stands at the end of the clause."""
    verb = clause.verb
    person = clause.subject.person - 1 + 3 * clause.subject.plural
    if clause.tense == "perfect":
        return _conjugated(verb.auxiliary, "", person), verb.participle
    if clause.tense == "modal":
        return _conjugated(clause.modal[1], "", person), verb.german
    return _conjugated(verb.german, verb.changed, person), ""


@cache
def _conjugated(infinitive: str, changed: str, person: int) -> str:
    """Present tense; persons 0 to 5 are ich, du, er, wir, ihr, sie."""
    if infinitive in lexicon.IRREGULAR:
        return lexicon.IRREGULAR[infinitive][person]
    stem = infinitive.removesuffix("n").removesuffix("e")
    if person in (3, 5):
        return infinitive
    if person == 0:
        return stem + "e"
    if person in (1, 2) and changed:
        stem = changed
    elif stem[-1] in "td":
        stem += "e"
    if person == 1:
        return stem + ("t" if stem[-1] in "sßz" else "st")
    return stem if person == 2 and stem[-1] == "t" else stem + "t"


def _middle_field(clause: Clause) -> list[str]:
    """Pronouns, time, indirect and direct object, negation, place."""
    direct, indirect, negation = "", "", "nicht" if clause.negated else ""
    if clause.direct:
        direct = clause.direct.german[clause.verb.object_case]
        if clause.negated and clause.direct.kein and clause.verb.object_case == "accusative":
            direct, negation = clause.direct.kein, ""
    if clause.indirect:
        indirect = clause.indirect.german["dative"]
    objects = [(clause.indirect, indirect), (clause.direct, direct)]
    pronouns = [text for phrase, text in objects if phrase and phrase.pronoun]
    others = [text for phrase, text in objects if phrase and not phrase.pronoun]
    return [*pronouns, clause.time[1], *others, negation, clause.place[1]]
