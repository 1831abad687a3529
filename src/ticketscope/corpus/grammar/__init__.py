"""The corpus that ticketscope generates itself: English sentences with their German translations.

Synthetic, in unlimited supply and the same for the same seed on every machine. Which split a
sentence belongs to is decided by its English words alone, so that no source sentence is ever in two
splits, whatever the seeds and sizes. Within a split a sentence may recur, as in real text. Split
`novel` holds all sentences in which a verb meets an object that no other split shows it with.

    lexicon/       the words of both languages and what goes with what
    derivation     a sentence before it has words
    draw           random choices of words and phrases
    phrases, adjuncts, clauses, sentences   what can be said
    english        a derivation as an English tree: english_tree, english_phrases, english_clauses
    german         a derivation in German; german_text
    expressions    what a word of either stands for
    annotate       all that is known of a sentence; expressed, arguments, supertags, factuality
    alignment      which words of both languages say the same
    phenomena      what German needs to know, and contrastive pairs; wrong_forms, wrong_meanings
    corruption     sentences with a grammatical error
    tags           what slices of quality are cut by
    formats        all of this as lines of text
"""

import hashlib
from collections.abc import Iterator
from itertools import islice, pairwise
from random import Random
from typing import Literal, NamedTuple

from ticketscope.annotation.alignment import Alignment
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.corpus.grammar.aligned_words import aligned
from ticketscope.corpus.grammar.annotate import annotated
from ticketscope.corpus.grammar.corruption import corrupted
from ticketscope.corpus.grammar.derivation import (
    Common,
    Conjoined,
    Sentence,
    clauses_of,
    phrases_of,
)
from ticketscope.corpus.grammar.english import english
from ticketscope.corpus.grammar.english_tree import Node, text
from ticketscope.corpus.grammar.german import german, german_words
from ticketscope.corpus.grammar.german_text import raw_sentence
from ticketscope.corpus.grammar.phenomena import (
    CONSTRUCTIONS,
    PHENOMENA,
    may_show,
    wrong_translations,
)
from ticketscope.corpus.grammar.sentences import sentence
from ticketscope.corpus.grammar.tags import Tags, tags
from ticketscope.errors import InputError, did_you_mean
from ticketscope.text.words import RawSentence

MIN_WORDS, MAX_WORDS = 4, 25

Split = Literal["train", "validation", "test", "novel"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test", "novel")


class Translated(NamedTuple):
    """A derivation and what it reads in both languages; `tree` is the English one."""

    derivation: Sentence
    tree: Node
    english: str
    german: str


class Annotated(NamedTuple):
    """A sentence with all that is known of it.

    `gold` has every layer but grammatical errors; `corrupted` is the same sentence, in one of two
    cases with an error, and has that layer only. `german_words` and `alignment` are as in
    `AlignedPair`.
    """

    translated: Translated
    gold: AnnotatedSentence
    german_words: RawSentence
    alignment: Alignment
    corrupted: AnnotatedSentence
    tags: Tags


class AlignedPair(NamedTuple):
    """A sentence pair with its gold word alignment.

    The alignment counts in the words of `gold` and in those of `german_words`, whose text is
    `german`; punctuation marks are words.
    """

    english: str
    german: str
    gold: AnnotatedSentence
    german_words: RawSentence
    alignment: Alignment


class Contrast(NamedTuple):
    """A source, its translation, and one that is wrong in one respect."""

    source: str
    right: str
    wrong: str
    phenomenon: str


def pairs(split: Split, num: int, seed: int) -> Iterator[tuple[str, str]]:
    """Stream `num` sentence pairs (English, German) of a split: raw text, cased, untokenised."""
    for found in translated(split, num, seed):
        yield found.english, found.german


def translated(split: Split, num: int, seed: int) -> Iterator[Translated]:
    """Stream the derivations of the same sentence pairs."""
    return islice(_endless(split, Random(f"{split} {seed}")), num)


def annotations(split: Split, num: int, seed: int) -> Iterator[Annotated]:
    """Stream the same sentences with their gold annotation."""
    errors = Random(f"errors {split} {seed}")
    for found in translated(split, num, seed):
        yield Annotated(
            found,
            annotated(found.derivation, found.tree),
            *_aligned(found),
            corrupted(found.tree, errors),
            tags(found.derivation, found.tree, found.german),
        )


def aligned_pairs(split: Split, num: int, seed: int) -> Iterator[AlignedPair]:
    """Stream the same sentence pairs with the gold annotation and the word alignment of each."""
    for found in translated(split, num, seed):
        gold = annotated(found.derivation, found.tree)
        yield AlignedPair(found.english, found.german, gold, *_aligned(found))


def _aligned(found: Translated) -> tuple[RawSentence, Alignment]:
    words = german_words(found.derivation)
    raw = raw_sentence(words)
    assert raw.text == found.german
    return raw, aligned(found.tree, words)


def contrasts(phenomenon: str, split: Split, num: int, seed: int) -> Iterator[Contrast]:
    """Stream `num` contrastive pairs of a phenomenon, one per sentence.

    Raises `InputError` naming the phenomena for one that is not among them.
    """
    if phenomenon not in PHENOMENA:
        meant = did_you_mean(phenomenon, PHENOMENA)
        raise InputError(f"{phenomenon}: no such phenomenon; {meant}valid: {', '.join(PHENOMENA)}")
    return islice(_endless_contrasts(phenomenon, split, seed), num)


def _endless_contrasts(phenomenon: str, split: Split, seed: int) -> Iterator[Contrast]:
    random = Random(f"{phenomenon} {split} {seed}")
    wanted = CONSTRUCTIONS.get(phenomenon)
    for derivation in iter(lambda: sentence(random, wanted), None):
        # the cheap questions first: most draws for a rare phenomenon end here
        if not may_show(phenomenon, derivation) or not (found := _in_split(derivation, split)):
            continue
        if wrong := list(wrong_translations(phenomenon, derivation, found.german)):
            yield Contrast(found.english, found.german, random.choice(wrong), phenomenon)


def _endless(split: Split, random: Random) -> Iterator[Translated]:
    while True:
        if found := _in_split(sentence(random), split):
            yield found


def _in_split(derivation: Sentence, split: Split) -> Translated | None:
    """The sentence in both languages, if it is of this split and neither too short nor too long."""
    tree = english(derivation)
    source = text(tree)
    if not MIN_WORDS <= len(source.split()) <= MAX_WORDS or _split_of(source, derivation) != split:
        return None
    target = german(derivation)
    if len(target.split()) > MAX_WORDS or _stutters(source):
        return None
    return Translated(derivation, tree, source, target)


def _stutters(source: str) -> bool:
    """ "The car that worked worked" is right, but hard to read."""
    words = source.split()
    return any(first == second for first, second in pairwise(words))


def _split_of(source: str, derivation: Sentence) -> Split:
    """Of the rest, four fifths are for training, a tenth each for validation and test."""
    if any(_share(combination) < _HELD_OUT for combination in _combinations(derivation)):
        return "novel"
    share = _share(source)
    return "train" if share < 0.8 else "validation" if share < 0.9 else "test"


_HELD_OUT = 0.05
"""Share of the combinations of a verb and its object that are kept for `novel`."""


def _combinations(derivation: Sentence) -> Iterator[str]:
    """Verbs with the nouns that they are about: what is read, built, waited for."""
    for clause in clauses_of(derivation):
        patient = clause.subject if clause.passive else clause.direct or clause.governed
        parts = (patient.first, patient.second) if isinstance(patient, Conjoined) else (patient,)
        for part in parts:
            if isinstance(part, Common):
                yield f"{clause.verb.english} {part.noun.english}"
        for phrase in phrases_of(clause):
            if isinstance(phrase, Common) and phrase.relative and phrase.relative.gap == "direct":
                yield f"{phrase.relative.verb.english} {phrase.noun.english}"


def _share(text: str) -> float:
    return hashlib.sha256(text.encode()).digest()[0] / 256
