"""English sentences with a grammatical error, and which words it made wrong.

There is one function per kind of error: it takes the words of a sentence and yields the ways to
make that error in it. Half of the sentences stay right, so that an error has to be found and not
assumed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.corpus.grammar.derivation import Clause, Described, Time
from ticketscope.corpus.grammar.english_tree import Node, spaces
from ticketscope.corpus.grammar.expressions import CaseMark, DeterminerWord, NounWord, QuestionWord
from ticketscope.corpus.grammar.lexicon import closed

_SHARE_CORRUPTED = 0.5


@dataclass(frozen=True, slots=True)
class Written:
    """A word on the page, and whether it is part of an error."""

    form: str
    space_after: bool
    wrong: bool = False


Page = tuple[Written, ...]


def corrupted(tree: Node, random: Random) -> AnnotatedSentence:
    """The sentence, in one of two cases with an error; its only layer is `errors`."""
    words = list(tree.words())
    page = tuple(Written(word.form, space) for word, space in zip(words, spaces(tree), strict=True))
    if random.random() < _SHARE_CORRUPTED:
        found = {kind: pages for kind, make in ERRORS.items() if (pages := list(make(words, page)))}
        if found:
            page = random.choice(found[random.choice(list(found))])
    page = _capitalised(page)
    return AnnotatedSentence(
        words=tuple(word.form for word in page),
        space_after=tuple(word.space_after for word in page),
        errors=tuple(word.wrong for word in page),
    )


def _capitalised(page: Page) -> Page:
    first = page[0]
    return (replace(first, form=first.form[0].upper() + first.form[1:]), *page[1:])


def _with(page: Page, index: int, form: str) -> Page:
    """Another form, in error, in place of a word."""
    changed = replace(page[index], form=form, wrong=True)
    return (*page[:index], changed, *page[index + 1 :])


def _without(page: Page, index: int) -> Page:
    """A word left out: the one that follows is where it is missed."""
    following = replace(page[index + 1], wrong=True)
    return (*page[:index], following, *page[index + 2 :])


# ----------------------------------------------------------------------------- kinds of errors

_BE = {"is": "are", "are": "is", "am": "is", "was": "were", "were": "was"}
_OTHER_AGREEMENT = {**_BE, "has": "have", "have": "has", "does": "do", "do": "does"}


def _agreement(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """The man sleep; they is."""
    for index, word in enumerate(words):
        match words[index - 1].of:
            case QuestionWord(Clause(gap="subject")):
                # who are sleeping? is no error
                continue
        if word.upos == "AUX" and word.label in ("VBZ", "VBP", "VBD"):
            other = _OTHER_AGREEMENT.get(word.form.lower(), "")
        else:
            match word.of:
                case Clause(verb=verb) if word.label == "VBZ":
                    other = verb.english
                case Clause(verb=verb) if word.label == "VBP":
                    other = verb.third
                case _:
                    other = ""
        if other and other != word.form:
            yield _with(page, index, other)


def _verb_form(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """He can sleeps; she has saw; to slept."""
    for index, word in enumerate(words):
        if not isinstance(word.of, Clause) or word.upos != "VERB":
            continue
        verb = word.of.verb
        if word.label == "VB":
            yield _with(page, index, verb.third)
            if verb.past != verb.english:
                yield _with(page, index, verb.past)
        elif word.label == "VBN" and verb.english_participle != verb.past:
            yield _with(page, index, verb.past)
        elif word.label == "VBN" and verb.english != word.form:
            yield _with(page, index, verb.english)


_NUMBERED = frozenset(
    (
        "a",
        "this",
        "that",
        "these",
        "those",
        "every",
        "each",
        "all",
        "both",
        "many",
        "several",
        "few",
    )
)
"""Determiners that tell the number of their noun (no, some and possessives do not)."""


def _noun_number(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """Two dog; a dogs; every men."""
    for index, word in enumerate(words):
        match word.of:
            case NounWord(phrase) if not phrase.possessor and (
                phrase.determiner.english in _NUMBERED or phrase.determiner.xpos == "CD"
            ):
                noun = phrase.noun
                other = noun.english if phrase.plural else noun.english_plural
                if other and other != word.form:
                    yield _with(page, index, other)


def _article(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """A apple; an dog."""
    for index, word in enumerate(words):
        if word.form.lower() in ("a", "an"):
            yield _with(page, index, "an" if word.form.lower() == "a" else "a")


_EATEN_OR_FELT = frozenset("fdx")
"""Kinds of nouns that are substances as well: he eats a cake, he eats cake."""
_BARE_PLACES = frozenset(("school", "church", "prison", "university", "hospital", "bed", "town"))
"""One goes there, and is there, without an article."""


def _missing_article(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """Man sleeps in garden."""
    for index, word in enumerate(words):
        match word.of:
            case DeterminerWord(phrase) if word.lemma in ("a", "the") and not phrase.plural:
                noun = phrase.noun
                counted = noun.english_plural and not _EATEN_OR_FELT & set(noun.kinds)
                # the man and woman is no error
                second = index > 0 and words[index - 1].lemma == "and"
                if counted and noun.english not in _BARE_PLACES and not second:
                    yield _without(page, index)


def _preposition(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """He waits of her; he sleeps while the night; he came at Monday."""
    for index, word in enumerate(words):
        match word.of:
            case CaseMark(Clause(governed=phrase)) if phrase:
                wrong = _MISGOVERNED.get(word.form, "")
            case CaseMark(Time()):
                wrong = _MISTAKEN_IN_TIMES.get(word.form.lower(), "")
            case CaseMark():
                wrong = _MISTAKEN.get(word.form.lower(), "")
            case _:
                continue
        if wrong:
            yield _with(page, index, wrong)


_MISGOVERNED = {
    **dict.fromkeys(("for", "at", "on", "in", "to", "from", "against", "with"), "of"),
    "of": "at",
}
"""About is not among them: one talks of, to, at and with."""
_MISTAKEN_IN_TIMES = {"on": "at", "in": "at", "since": "for"}
_MISTAKEN = {"during": "while", "into": "of", "onto": "of"}


def _pronoun_case(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """Him sleeps; she sees he."""
    for index, word in enumerate(words):
        for entry in closed.PERSONAL.values():
            if word.label == "PRP" and entry.english != entry.english_object:
                if word.form.lower() == entry.english.lower():
                    yield _with(page, index, entry.english_object)
                elif word.form.lower() == entry.english_object:
                    yield _with(page, index, entry.english)


_WITH_A_NOUN_BEFORE = frozenset(("all", "both", "each", "that"))
"""The men all slept, the man that slept."""


def _word_order(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """The dog old sleeps; he sees dog the."""
    for index, (word, following) in enumerate(pairwise(words)):
        noun = isinstance(following.of, NounWord)
        behind = words[index + 2].label if index + 2 < len(words) else ""
        # painted the wall white is no error: adjectives of subjects only
        adjective = isinstance(word.of, Described) and noun and behind in _FINITE
        determiner = isinstance(word.of, DeterminerWord) and word.lemma not in _WITH_A_NOUN_BEFORE
        if adjective or (determiner and (noun or isinstance(following.of, Described))):
            yield _swapped(page, index)


_FINITE = ("VBD", "VBZ", "VBP", "MD")


def _swapped(page: Page, index: int) -> Page:
    first, second = page[index], page[index + 1]
    swapped = (
        replace(second, wrong=True, space_after=first.space_after),
        replace(first, form=_lowered(first.form), wrong=True, space_after=second.space_after),
    )
    return (*page[:index], *swapped, *page[index + 2 :])


def _lowered(form: str) -> str:
    return form[0].lower() + form[1:]


_WITHOUT_TO = frozenset(("help", "dare"))
"""He helps her sleep."""
_NO_NOUNS = frozenset(
    (
        *("go", "come", "travel", "flee", "wander", "creep", "crawl", "sing", "eat", "sit"),
        *("live", "arrive", "disappear", "bleed", "explode", "pray", "argue", "hesitate"),
    )
)
"""He tries sleep, he plans work: these may be nouns, unlike transitive verbs with their object."""


def _missing_to(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """Tries find the dog."""
    governing = {
        id(word.of.content.clause): word.of.verb
        for word in words
        if isinstance(word.of, Clause) and word.of.content
    }
    for index, (word, following) in enumerate(pairwise(words)):
        if word.label == "TO" and isinstance(following.of, Clause):
            inner, outer = following.of.verb, governing[id(following.of)]
            is_verb = inner.frame == "transitive" or inner.english in _NO_NOUNS
            if is_verb and outer.english not in _WITHOUT_TO:
                yield _without(page, index)


def _needless_word(words: Sequence[Node], page: Page) -> Iterator[Page]:
    """Can to sleep; the the dog."""
    for index, (word, following) in enumerate(pairwise(words)):
        if word.label == "MD" and following.label == "VB":
            needless = Written("to", True, wrong=True)
            yield (*page[: index + 1], needless, *page[index + 1 :])
        if word.label in ("DT", "IN") and index > 0 and page[index].space_after:
            again = replace(page[index], wrong=True)
            yield (*page[: index + 1], again, *page[index + 1 :])


ERRORS: dict[str, Callable[[Sequence[Node], Page], Iterator[Page]]] = {
    "agreement": _agreement,
    "verb_form": _verb_form,
    "noun_number": _noun_number,
    "article": _article,
    "missing_article": _missing_article,
    "preposition": _preposition,
    "pronoun_case": _pronoun_case,
    "word_order": _word_order,
    "missing_to": _missing_to,
    "needless_word": _needless_word,
}
