"""A recogniser of German sentences, written from the rules of German alone.

It shares the lexical entries with the generator (gender, plural, principal parts, valency) and
nothing else: paradigms, agreement, government and the order of the clause are its own. A sentence
is right if some reading of its words is; a reading is found by going through the words from left to
right and keeping every possibility.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from german_forms import (
    ACC,
    ADJECTIVE_STEMS,
    ADVERB_WORDS,
    ALL_FRAMES,
    BY_INFINITIVE,
    BY_PARTICIPLE,
    BY_ZU,
    CONTRACTED,
    DAT,
    DEGREES,
    DETERMINERS,
    FINITE,
    FRAMES,
    GEN,
    GOING,
    GOVERNMENT,
    INDEFINITE_ARTICLE,
    NAME_FORMS,
    NAME_GENITIVES,
    NAMED_TIMES,
    NOM,
    NOUN_FORMS,
    NUMERALS,
    PERSONAL,
    PLACE_ADVERBS,
    PREDICATES,
    PRONOUNS,
    RELATIVE,
    STRONG,
    SUBORDINATORS,
    TWO_WAY,
    UNCONTRACTED,
    WEAK,
    Frame,
)

# ----------------------------------------------------------------------------- readings


class Phrase(NamedTuple):
    """A noun phrase up to word `end`; `indefinite`: it has no article, or ein."""

    end: int
    person: int
    number: str
    gender: str = ""
    kinds: str = ""
    indefinite: bool = False
    pronoun: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """What was found between the verbs; `prepositions`: with their case and what they govern.

    `begun`: something stands there that no subject and no pronoun may follow.
    """

    end: int
    subject: tuple[int, str] | None = None
    expletive: bool = False
    acc: int = 0
    dat: int = 0
    indefinite: bool = False
    negated: bool = False
    predicate: bool = False
    place: bool = False
    begun: bool = False
    prepositions: tuple[tuple[str, str, str], ...] = ()


def grammatical(sentence: str) -> bool:
    """Whether these words, raw text, are a German sentence of the kinds that the corpus has."""
    body, mark = sentence[:-1], sentence[-1]
    words = body.replace(",", " ,").split()
    if not body[0].isupper() or mark not in ".?" or "  " in body or body.endswith((" ", ",")):
        return False
    starts = [words, [words[0][0].lower() + words[0][1:], *words[1:]]]
    return any(Reader(tuple(start)).whole(mark) for start in starts)


class Reader:
    """All readings of one sentence, found once each."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = (*words, "", "")
        self.end = len(words)
        self.noun_phrases = lru_cache(None)(self._noun_phrases)
        self.prepositional = lru_cache(None)(self._prepositional)
        self.finals = lru_cache(None)(self._finals)

    def whole(self, mark: str) -> bool:
        ends = self.questions() if mark == "?" else self.statements()
        return self.end in ends

    def statements(self) -> Iterator[int]:
        for first in self.mains(0):
            yield first
            yield from self.subordinates(first)
            for at in self.after_comma(first):
                if self.words[at] == "und" or (self.words[at] == "aber" and at > first):
                    yield from self.mains(at + 1)
        for end in self.subordinate(0):
            for at in self.after_comma(end, required=True):
                yield from self.firsts(at, Field(at))

    def questions(self) -> Iterator[int]:
        yield from self.firsts(0, Field(0))
        asked = {"wer": Field(1, subject=(3, "s")), "wen": Field(1, acc=1), "was": Field(1, acc=1)}
        asked |= {"wem": Field(1, dat=1), "wo": Field(1, place=True)}
        asked["wohin"] = Field(1, prepositions=(("wohin", ACC, ""),))
        if self.words[0] in asked:
            yield from self.firsts(1, asked[self.words[0]])

    def after_comma(self, at: int, required: bool = False) -> Iterator[int]:
        """Behind a comma here, or one that closed what came before (two are never written)."""
        if self.words[at] == ",":
            yield at + 1
        if self.words[at - 1] == "," or not required:
            yield at

    def closed(self, at: int) -> Iterator[int]:
        """The end of an inner clause: a comma, which may serve another clause too, or the end."""
        if self.words[at] == ",":
            yield at + 1
        if self.words[at] in (",", ""):
            yield at

    # ------------------------------------------------------------------------- clauses

    def mains(self, at: int) -> Iterator[int]:
        """The finite verb second: exactly one constituent before it."""
        for field in self.constituents(Field(at)):
            if not (field.negated or field.acc or field.dat or field.predicate):
                yield from self.firsts(field.end, replace(field, begun=False))

    def firsts(self, at: int, before: Field) -> Iterator[int]:
        """The finite verb first, then the middle field, then the other verbs."""
        for infinitive, person, number in FINITE.get(self.words[at], ()):
            for field in self.fields(replace(before, end=at + 1)):
                if field.subject != (person, number):
                    continue
                for frame, passive, end in self.right_bracket(infinitive, field.end):
                    if fits(frame, passive, field):
                        for done in self.contents(frame, end):
                            yield done
                            # a second predicate of the same subject
                            if self.words[done] == "und":
                                again = Field(done + 1, subject=field.subject)
                                yield from self.firsts(done + 1, again)

    def right_bracket(self, infinitive: str, at: int) -> Iterator[tuple[Frame, bool, int]]:
        """What stands at the end of the clause: frame, whether passive, end."""
        for frame in FRAMES.get(infinitive, ()):
            if not frame.prefix:
                yield frame, False, at
            elif self.words[at] == frame.prefix:
                yield frame, False, at + 1
        for frame, passive, end, finite in self.clusters(at):
            if infinitive == finite:
                yield frame, passive, end

    def clusters(self, at: int) -> Iterator[tuple[Frame, bool, int, str]]:
        """Verbs that are not finite: frame, whether passive, end, the finite verb they go with."""
        first, second = self.words[at], self.words[at + 1]
        for frame in BY_INFINITIVE.get(first, ()):
            for finite in ("MODAL", "werden"):
                yield frame, False, at + 1, finite
        for frame in BY_PARTICIPLE.get(first, ()):
            yield frame, False, at + 1, frame.auxiliary
            if frame.acc:
                yield frame, True, at + 1, "werden"
                if second == "worden":
                    yield frame, True, at + 2, "sein"
                if second == "werden":
                    for finite in ("MODAL", "werden"):
                        yield frame, True, at + 2, finite

    def subordinates(self, at: int) -> Iterator[int]:
        for opened in self.after_comma(at, required=True):
            yield from self.subordinate(opened)

    def subordinate(self, at: int) -> Iterator[int]:
        if self.words[at] in SUBORDINATORS:
            yield from self.finals(Field(at + 1))

    def _finals(self, before: Field) -> frozenset[int]:
        """The finite verb last."""
        return frozenset(self.all_finals(before))

    def all_finals(self, before: Field) -> Iterator[int]:
        for field in self.fields(before):
            for frame, passive, end in self.final_verbs(field):
                if fits(frame, passive, field):
                    for done in self.contents(frame, end):
                        yield done
                        if self.words[done] == "und":
                            yield from self.finals(Field(done + 1, subject=field.subject))

    def final_verbs(self, field: Field) -> Iterator[tuple[Frame, bool, int]]:
        if field.subject is None:
            return
        word = self.words[field.end]
        for frame in ALL_FRAMES:
            if word.startswith(frame.prefix):
                finite = FINITE.get(word.removeprefix(frame.prefix), ())
                if (frame.bare, *field.subject) in finite:
                    yield frame, False, field.end + 1
        for frame, passive, end, infinitive in self.clusters(field.end):
            if (infinitive, *field.subject) in FINITE.get(self.words[end], ()):
                yield frame, passive, end + 1

    def contents(self, frame: Frame, at: int) -> Iterator[int]:
        """The clause that the verb asks for, if it asks for one."""
        if not frame.content:
            yield at
            return
        for opened in self.after_comma(at, required=True):
            if frame.content == "zu":
                for field in self.fields(Field(opened)):
                    word, following = self.words[field.end : field.end + 2]
                    separate = word == "zu"
                    verb = f"zu {following}" if separate else word
                    for inner in BY_ZU.get(verb, ()):
                        if field.subject is None and fits(inner, False, field, infinitive=True):
                            yield from self.closed(field.end + 1 + separate)
            elif self.words[opened] == frame.content:
                for end in self.finals(Field(opened + 1)):
                    yield from self.closed(end)

    # ------------------------------------------------------------------------- the middle field

    def fields(self, field: Field) -> Iterator[Field]:
        """None, one or more constituents."""
        yield field
        for longer in self.constituents(field):
            yield from self.fields(longer)

    def constituents(self, field: Field) -> Iterator[Field]:
        """The field with one constituent more."""
        at = field.end
        word = self.words[at]
        if not word or word == ",":
            return
        if field.subject is None and not field.begun:
            for found in self.noun_phrases(at, NOM):
                agreement = (found.person, found.number)
                yield replace(field, end=found.end, subject=agreement, expletive=word == "es")
        begun = replace(field, begun=True)
        for found in self.noun_phrases(at, ACC):
            if self.words[found.end] == "lang":
                yield replace(begun, end=found.end + 1)
            elif not field.acc and self.may_follow(field, found):
                following = field if found.pronoun else begun
                yield replace(following, end=found.end, acc=1, indefinite=found.indefinite)
        for found in self.noun_phrases(at, DAT):
            if not field.dat and self.may_follow(field, found):
                yield replace(field if found.pronoun else begun, end=found.end, dat=1)
        for end, use in self.prepositional(at):
            yield replace(begun, end=end, prepositions=(*field.prepositions, use))
        if word == "nicht" and not (field.negated or field.predicate):
            yield replace(begun, end=at + 1, negated=True)
        for words in ADVERB_WORDS:
            if self.words[at : at + len(words)] == words:
                place = field.place or words in PLACE_ADVERBS
                yield replace(begun, end=at + len(words), place=place)
        behind = at + (word in DEGREES)
        if self.words[behind] in PREDICATES and not field.predicate:
            yield replace(begun, end=behind + 1, predicate=True)

    def hides_genitive(self, at: int) -> bool:
        """Neither article nor adjective, or a numeral without endings, before the noun."""
        return self.words[at + (self.words[at] in NUMERALS)] in NOUN_FORMS

    @staticmethod
    def may_follow(field: Field, found: Phrase) -> bool:
        """Pronouns stand before all else but the subject, other objects before nicht."""
        return not (field.begun if found.pronoun else field.negated)

    # ------------------------------------------------------------------------- phrases

    def _prepositional(self, at: int) -> tuple[tuple[int, tuple[str, str, str]], ...]:
        found = []
        word, following = self.words[at : at + 2]
        for case in GOVERNMENT.get(word, ()):
            for phrase in self.noun_phrases(at + 1, case):
                joined = not phrase.gender and phrase.number == "p"
                if (word, following) in UNCONTRACTED and not joined:
                    continue
                if (word, case) == ("während", DAT) and not self.hides_genitive(at + 1):
                    continue
                found.append((phrase.end, (word, case, phrase.kinds)))
        if word in CONTRACTED:
            preposition, case, genders = CONTRACTED[word]
            for phrase in self.declined(at + 1, case, WEAK, genders):
                for longer in self.extended(phrase):
                    found.append((longer.end, (preposition, case, longer.kinds)))
        if following in NAMED_TIMES.get(word, ()):
            found.append((at + 2, (word, "", "time")))
        return tuple(set(found))

    def _noun_phrases(self, at: int, case: str) -> tuple[Phrase, ...]:
        found = set()
        for single in self.single(at, case):
            found.add(single)
            if self.words[single.end] == "und" and single.person == 3:
                for second in self.single(single.end + 1, case):
                    found.add(Phrase(second.end, 3, "p", kinds=single.kinds))
        return tuple(found)

    def single(self, at: int, case: str) -> Iterator[Phrase]:
        word = self.words[at]
        for of_case, person, number in PRONOUNS.get(word, ()):
            if of_case == case:
                yield Phrase(at + 1, person, number, pronoun=word in PERSONAL)
        if word in NAME_FORMS and case != GEN:
            yield Phrase(at + 1, 3, "s")
        starts = [self.declined(at, case, STRONG, "mfnp", bare=True)]
        if word in NAME_GENITIVES:
            starts.append(self.declined(at + 1, case, STRONG, "mfnp"))
        for of_case, gender, adjectives in DETERMINERS.get(word, ()):
            if of_case == case:
                starts.append(self.declined(at + 1, case, adjectives, gender))
        for phrases in starts:
            for phrase in phrases:
                indefinite = word in INDEFINITE_ARTICLE or phrases is starts[0]
                yield from self.extended(phrase._replace(indefinite=indefinite))

    def declined(
        self, at: int, case: str, endings: dict, genders: str, bare: bool = False
    ) -> Iterator[Phrase]:
        """Adjectives and noun that agree; without an article only plurals and what has none."""
        noun_at = at
        places = {(case, gender) for gender in genders}
        while (stem_at := noun_at + (self.words[noun_at] in DEGREES)) < self.end:
            word = self.words[stem_at]
            fitting = {
                place
                for ending, agreeing in endings.items()
                if word.endswith(ending) and word.removesuffix(ending) in ADJECTIVE_STEMS
                for place in agreeing
            }
            if not fitting:
                break
            places &= fitting
            noun_at = stem_at + 1
        if case == GEN and bare and noun_at == at:
            return  # a genitive has to be seen on an article or an adjective
        for of_case, gender, noun in NOUN_FORMS.get(self.words[noun_at], ()):
            if (of_case, gender) in places and not (bare and gender != "p" and noun.german_plural):
                yield Phrase(noun_at + 1, 3, "p" if gender == "p" else "s", gender, noun.kinds)

    def extended(self, phrase: Phrase) -> Iterator[Phrase]:
        """Perhaps with a genitive, an attribute or a relative clause behind it."""
        yield phrase
        for owner in self.noun_phrases(phrase.end, GEN):
            yield phrase._replace(end=owner.end)
        for end, (preposition, of_case, _) in self.prepositional(phrase.end):
            if of_case == (ACC if preposition == "über" else DAT):
                yield phrase._replace(end=end)
        if self.words[phrase.end] == ",":
            for end in self.relative(phrase.end + 1, phrase):
                yield phrase._replace(end=end)

    def relative(self, at: int, phrase: Phrase) -> Iterator[int]:
        """A clause whose pronoun agrees with the noun in gender and number."""
        pronoun, following = self.words[at : at + 2]
        opened = []
        for case, gender in RELATIVE.get(pronoun, ()):
            if gender == phrase.gender:
                start = {NOM: Field(at + 1, subject=(3, phrase.number)), ACC: Field(at + 1, acc=1)}
                start[DAT] = Field(at + 1, dat=1)
                opened += [start[case]] if case in start else []
        if pronoun == "in" and (DAT, phrase.gender) in RELATIVE.get(following, ()):
            opened.append(Field(at + 2, place=True))
        for field in opened:
            for end in self.finals(field):
                yield from self.closed(end)


def fits(frame: Frame, passive: bool, field: Field, infinitive: bool = False) -> bool:
    """Whether the verb has what it asks for and nothing else that it governs."""
    if field.subject is None and not infinitive:
        return False
    if (field.acc, field.dat) != (0 if passive else frame.acc, frame.dat):
        return False
    if field.negated and field.indefinite and field.acc:
        return False  # that would be kein
    uses = list(field.prepositions)
    if frame.preposition[0]:
        governed = [use for use in uses if use[:2] == frame.preposition]
        if not governed:
            return False
        uses.remove(governed[0])
    if field.predicate != (frame.need == "predicate"):
        return False
    two_way = [use for use in uses if use[0] in TWO_WAY]
    if frame.need == "direction":
        inside = [use for use in two_way if use[1] == DAT and not set(use[2]) & set("eu")]
        num_directions = sum(map(is_direction, uses))
        if frame.bare in GOING:
            return num_directions == 1 and not inside
        there = field.place or any(case == DAT for _, case, _ in uses)
        return num_directions == 1 or (num_directions == 0 and there)
    if any(case == ACC for _, case, _ in two_way):
        return False
    if frame.need == "place":
        return field.place or any(case == DAT for _, case, _ in uses)
    return frame.need != "es" or field.expletive


def is_direction(use: tuple[str, str, str]) -> bool:
    """Where to or where from; nach is a direction where it is not a time."""
    preposition, case, kinds = use
    if preposition == "nach":
        return kinds != "time" and "e" not in kinds
    return preposition in ("zu", "aus", "von", "wohin") or (preposition in TWO_WAY and case == ACC)
