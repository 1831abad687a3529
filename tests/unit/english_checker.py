"""A recogniser of English sentences, written from the rules of English alone.

It shares the lexical entries with the generator (forms and valency of words) and nothing else. A
sentence is right if some reading of its words is; all readings are kept from left to right.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from english_forms import (
    ADJECTIVE_WORDS,
    ADVERB_WORDS,
    BE,
    COUNTABLE,
    DEGREES,
    DETERMINERS,
    DO,
    EARLY,
    FRAMES,
    GOVERNED_PREPOSITIONS,
    HAVE,
    HUMAN,
    MASS,
    MODALS,
    OBJECTS,
    OTHER,
    PARTICIPLE,
    PARTS_OF_DAY,
    PAST,
    PEOPLE_OR_FIRMS,
    PLACES,
    PLURALS,
    PREPOSITION_WORDS,
    SUBJECTS,
    SUBORDINATORS,
    THIRD,
    TIME_NAMES,
    TIMES,
    VEHICLES,
    needs_an,
)

from ticketscope.corpus.grammar.lexicon.verbs import VERBS

# ----------------------------------------------------------------------------- readings


class Phrase(NamedTuple):
    """A noun phrase up to word `end`; `agreement`: 1, s or p; `word`: the noun."""

    end: int
    agreement: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """What stands behind a verb."""

    end: int
    num_objects: int = 0
    particle: str = ""
    prepositions: tuple[str, ...] = ()
    place: bool = False


def grammatical(sentence: str) -> bool:
    """Whether these words, raw text, are an English sentence of the kinds that the corpus has."""
    if not re.fullmatch(r"[A-Z][A-Za-z'’]*(,? [A-Za-z'’]+)*[.?]", sentence):
        return False
    text = re.sub(r"(['’]s?)(?= )", r" \1", sentence[:-1].replace(",", " ,"))
    words = text.split()
    if any(a.lower() == b.lower() and a.lower() not in ("her", "that") for a, b in pairwise(words)):
        return False
    starts = [words, [words[0].lower(), *words[1:]]] if words[0] != "I" else [words]
    return any(Reader(tuple(start)).whole(sentence[-1]) for start in starts)


class Reader:
    """All readings of one sentence, found once each."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = (*words, "", "", "")
        self.end = len(words)
        self.noun_phrases = lru_cache(None)(self._noun_phrases)
        self.clauses = lru_cache(None)(self._clauses)
        self.predicates = lru_cache(None)(self._predicates)
        self.rests = lru_cache(None)(self._rests)

    def whole(self, mark: str) -> bool:
        return self.end in (self.questions() if mark == "?" else self.statements())

    def at(self, index: int, *words: str) -> bool:
        return self.words[index : index + len(words)] == words

    def statements(self) -> Iterator[int]:
        for start in self.openings():
            for end in self.clauses(start, 0):
                yield end
                for join in (end, end + self.at(end, ",")):
                    if self.words[join] == ("but" if join > end else "and"):
                        yield from self.clauses(join + 1, 0)

    def openings(self) -> Iterator[int]:
        """Where the main clause begins: behind nothing, an adverbial or a subordinate clause."""
        yield 0
        yield from self.adverbs(0)
        for end, _ in self.prepositional(0):
            if self.at(end, ","):
                yield end + 1
        for end in self.subordinates(0):
            if self.at(end, ","):
                yield end + 1

    def subordinates(self, at: int) -> Iterator[int]:
        if self.words[at] in SUBORDINATORS:
            yield from self.clauses(at + 1, 0)

    def questions(self) -> Iterator[int]:
        yield from self.inverted(0, 0, False)
        match self.words[0]:
            case "who":
                yield from self.predicates(1, "s", 0, False)
                yield from self.inverted(1, 1, False)
            case "what":
                yield from self.inverted(1, 1, False)
            case "where":
                yield from self.inverted(1, 0, True)

    # ------------------------------------------------------------------------- clauses

    def _clauses(self, at: int, num_gaps: int, place_gap: bool = False) -> frozenset[int]:
        """Subject and predicate; `num_gaps` objects, or a place, stand elsewhere."""
        found = set()
        for subject in self.noun_phrases(at, True):
            found |= self.predicates(subject.end, subject.agreement, num_gaps, place_gap)
        if self.at(at, "there"):
            found |= set(self.existential(at + 1))
        return frozenset(found)

    def existential(self, at: int) -> Iterator[int]:
        """There is: the verb agrees with what exists."""
        for agreement in "sp":
            for verb_end in self.copulas(at, agreement):
                yield from self.existing(verb_end, agreement)

    def existing(self, at: int, agreement: str) -> Iterator[int]:
        for phrase in self.noun_phrases(at, False):
            if phrase.agreement in (agreement, ""):
                yield from (rest.end for rest in self.adjuncts(Rest(phrase.end)))

    def _predicates(self, at: int, agreement: str, gaps: int, place: bool) -> frozenset[int]:
        found = set()
        for start in self.early(at):
            for end in self.simple_predicates(start, agreement, gaps, place):
                found.add(end)
                if self.at(end, "and"):
                    found |= self.predicates(end + 1, agreement, gaps, place)
        return frozenset(found)

    def early(self, at: int) -> Iterator[int]:
        """Behind adverbs that stand before the verb."""
        yield at
        if self.words[at] in EARLY:
            yield from self.early(at + 1)

    def negated(self, at: int, needed: bool = False) -> Iterator[int]:
        for start in (at + self.at(at, "not"),):
            if start > at or not needed:
                yield from self.early(start)

    def simple_predicates(self, at: int, agreement: str, gaps: int, place: bool) -> Iterator[int]:
        word = self.words[at]
        finite = set(PAST.get(word, ()))
        finite |= THIRD.get(word, set()) if agreement == "s" else {word} & FRAMES.keys()
        for verb in finite:
            yield from self.complements(at + 1, verb, gaps, place)
        if word in DO[agreement]:
            for start in self.negated(at + 1, needed=True):
                yield from self.bare(start, gaps, place)
        if word in MODALS and not self.at(at, "can", "not"):
            for start in self.negated(at + 1):
                yield from self.bare(start, gaps, place)
        if word in HAVE[agreement]:
            for start in self.negated(at + 1):
                yield from self.perfect(start, gaps, place)
        if word in BE[agreement]:
            for start in self.negated(at + 1):
                yield from self.behind_be(start, gaps, place)

    def bare(self, at: int, gaps: int, place: bool) -> Iterator[int]:
        """A verb in its base form, as behind a modal, do or to."""
        word = self.words[at]
        if word in FRAMES:
            yield from self.complements(at + 1, word, gaps, place)
        if word == "be":
            yield from self.behind_be(at + 1, gaps, place)

    def perfect(self, at: int, gaps: int, place: bool) -> Iterator[int]:
        for verb in PARTICIPLE.get(self.words[at], ()):
            yield from self.complements(at + 1, verb, gaps, place)
        if self.at(at, "been"):
            yield from self.behind_be(at + 1, gaps, place)

    def behind_be(self, at: int, gaps: int, place: bool) -> Iterator[int]:
        """A passive, an adjective or a place."""
        for verb in PARTICIPLE.get(self.words[at], ()):
            yield from self.complements(at + 1, verb, gaps + 1, place)
        adjective = at + (self.words[at] in DEGREES)
        if self.words[adjective] in ADJECTIVE_WORDS:
            yield from (rest.end for rest in self.adjuncts(Rest(adjective + 1)))
        yield from (rest.end for rest in self.adjuncts(Rest(at)) if rest.place)

    def copulas(self, at: int, agreement: str) -> Iterator[int]:
        if self.words[at] in BE[agreement]:
            yield from self.negated(at + 1)
        if self.words[at] in MODALS:
            yield from (end + 1 for end in self.negated(at + 1) if self.at(end, "be"))
        if self.words[at] in HAVE[agreement]:
            yield from (end + 1 for end in self.negated(at + 1) if self.at(end, "been"))

    def inverted(self, at: int, gaps: int, place: bool) -> Iterator[int]:
        """Auxiliary, subject, the rest of the predicate."""
        word = self.words[at]
        for subject in self.noun_phrases(at + 1, True):
            for start in self.negated(subject.end):
                if word in DO[subject.agreement] or word in MODALS:
                    yield from self.bare(start, gaps, place)
                if word in HAVE[subject.agreement]:
                    yield from self.perfect(start, gaps, place)
                if word in BE[subject.agreement]:
                    yield from self.behind_be(start, gaps, place)
        if self.at(at + 1, "there"):
            for agreement in "sp":
                if word in BE[agreement]:
                    yield from self.existing(at + 2, agreement)
                start = at + 2
                if (word in MODALS and self.at(start, "be")) or (
                    word in HAVE[agreement] and self.at(start, "been")
                ):
                    yield from self.existing(start + 1, agreement)

    # ------------------------------------------------------------------------- behind the verb

    def complements(self, at: int, verb: str, gaps: int, place: bool) -> Iterator[int]:
        """All that a verb asks for, with adjuncts between and behind."""
        for rest in self.rests(Rest(at)):
            for frame in FRAMES[verb]:
                fits = frame.particle == rest.particle
                fits = fits and rest.num_objects + gaps == frame.num_objects
                fits = fits and frame.preposition in ("", *rest.prepositions)
                asked = set(rest.prepositions).intersection(GOVERNED_PREPOSITIONS)
                fits = fits and asked <= {frame.preposition}
                if fits and (not frame.place or rest.place or place):
                    yield from self.contents(rest.end, frame.content)

    def contents(self, at: int, kind: str) -> Iterator[int]:
        if not kind:
            yield at
        elif self.words[at] == kind:
            ends = self.bare(at + 1, 0, False) if kind == "to" else self.clauses(at + 1, 0)
            for end in ends:
                yield from (rest.end for rest in self.adjuncts(Rest(end)))

    def _rests(self, rest: Rest) -> frozenset[Rest]:
        found = {rest}
        at = rest.end
        if rest.num_objects < 2 and not rest.place:
            for phrase in self.noun_phrases(at, False):
                found |= self.rests(replace(rest, end=phrase.end, num_objects=rest.num_objects + 1))
        if not rest.particle and any(self.words[at] == v.particle for v in VERBS if v.particle):
            found |= self.rests(replace(rest, end=at + 1, particle=self.words[at]))
        for longer in self.one_adjunct(rest):
            found |= self.rests(longer)
        return frozenset(found)

    def adjuncts(self, rest: Rest) -> Iterator[Rest]:
        yield rest
        for longer in self.one_adjunct(rest):
            yield from self.adjuncts(longer)

    def one_adjunct(self, rest: Rest) -> Iterator[Rest]:
        for end, preposition in self.prepositional(rest.end):
            found = (*rest.prepositions, preposition)
            yield replace(rest, end=end, prepositions=found, place=True)
        for end in self.adverbs(rest.end):
            is_place = self.words[rest.end : end] in PLACES
            yield replace(rest, end=end, place=rest.place or is_place)
        for end in self.subordinates(rest.end):
            yield replace(rest, end=end)

    def adverbs(self, at: int) -> Iterator[int]:
        for words in ADVERB_WORDS:
            if self.at(at, *words):
                yield at + len(words)

    # ------------------------------------------------------------------------- phrases

    def prepositional(self, at: int) -> Iterator[tuple[int, str]]:
        for words in PREPOSITION_WORDS:
            if self.at(at, *words):
                start = at + len(words)
                for phrase in self.noun_phrases(start, False):
                    yield phrase.end, " ".join(words)
                if words == ("by",) and self.words[start] in VEHICLES:
                    yield start + 1, "by"
        preposition, name, last = self.words[at : at + 3]
        if preposition in ("on", "in", "by", "before", "after", "until", "since", "at"):
            if name in TIME_NAMES and (
                preposition not in TIMES
                or name in TIMES[preposition].split()
                or preposition == "until"
            ):
                yield at + 2, "time"
            if (preposition, name) == ("in", "the") and last in PARTS_OF_DAY:
                yield at + 3, "time"

    def _noun_phrases(self, at: int, subject: bool) -> tuple[Phrase, ...]:
        found = set()
        for single in self.single(at, subject):
            found.add(single)
            if self.at(single.end, "and"):
                for second in self.single(single.end + 1, subject):
                    found.add(Phrase(second.end, "p"))
        return tuple(found)

    def single(self, at: int, subject: bool) -> Iterator[Phrase]:
        word = self.words[at]
        pronouns = SUBJECTS if subject else OBJECTS
        if word in pronouns:
            yield Phrase(at + 1, pronouns[word])
        if word in PEOPLE_OR_FIRMS:
            yield Phrase(at + 1, "s")
            if self.at(at + 1, "'s"):
                yield from self.owned(at + 2)
        start, numbers = at, "mp"
        if word in DETERMINERS:
            if word in ("a", "an") and (word == "an") != needs_an(self.words[at + 1]):
                return
            start, numbers = at + 1, DETERMINERS[word]
        for phrase in self.nouns(start, numbers):
            yield from self.extended(phrase)
            plural_in_s = phrase.agreement == "p" and self.words[phrase.end - 1].endswith("s")
            if self.words[phrase.end] == ("'" if plural_in_s else "'s"):
                yield from self.owned(phrase.end + 1)

    def owned(self, at: int) -> Iterator[Phrase]:
        """What belongs to the one named before 's."""
        for phrase in self.nouns(at, "smp"):
            yield from self.extended(phrase)

    def nouns(self, at: int, numbers: str) -> Iterator[Phrase]:
        """Adjectives and a noun of these numbers: s countable, m mass, p plural."""
        word = self.words[at]
        if ("s" in numbers and word in COUNTABLE) or ("m" in numbers and word in MASS):
            yield Phrase(at + 1, "s", word)
        if "p" in numbers and word in PLURALS:
            yield Phrase(at + 1, "p", word)
        adjective = at + (word in DEGREES)
        if self.words[adjective] in ADJECTIVE_WORDS:
            yield from self.nouns(adjective + 1, numbers)

    def extended(self, phrase: Phrase) -> Iterator[Phrase]:
        """Perhaps with an attribute or a relative clause."""
        yield phrase
        end = phrase.end
        for behind, _ in self.prepositional(end):
            yield phrase._replace(end=behind)
        if self.at(end, "of"):
            for owner in self.noun_phrases(end + 1, False):
                yield phrase._replace(end=owner.end)
        human, other = phrase.word in HUMAN, phrase.word in OTHER
        for behind in self.relatives(end, human, other, phrase.agreement):
            yield phrase._replace(end=behind)

    def relatives(self, at: int, human: bool, other: bool, agreement: str) -> Iterator[int]:
        """Who beside people, that beside all else; none where a person is the object."""
        if (human and self.at(at, "who")) or (other and self.at(at, "that")):
            yield from self.predicates(at + 1, agreement, 0, False)
        if other and self.at(at, "in", "which"):
            yield from self.clauses(at + 2, 0, True)
        if other and self.at(at, "that"):
            yield from self.clauses(at + 1, 1)
        if human:
            yield from self.clauses(at, 1)
