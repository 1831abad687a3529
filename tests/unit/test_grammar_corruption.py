"""Corrupted sentences are ungrammatical, and each kind of error is what its docstring says."""

from collections import Counter

import pytest
from derivation_builder import (
    adverb,
    content,
    does,
    indefinite,
    name,
    noun,
    preposition,
    pronoun,
    time,
    verb,
)
from english_checker import grammatical

from ticketscope.corpus.grammar import corruption, translated
from ticketscope.corpus.grammar.corruption import ERRORS, Written
from ticketscope.corpus.grammar.derivation import Clause, Sentence
from ticketscope.corpus.grammar.english import english
from ticketscope.corpus.grammar.english_tree import Node, spaces

NUM_SENTENCES = 1_200


def made(kind: str, tree: Node) -> list[tuple[str, list[str]]]:
    """Each sentence with this error, and the words in error."""
    words = list(tree.words())
    page = tuple(Written(word.form, space) for word, space in zip(words, spaces(tree), strict=True))
    found = []
    for changed in map(corruption._capitalised, ERRORS[kind](words, page)):
        text = "".join(word.form + " " * word.space_after for word in changed)
        found.append((text, [word.form for word in changed if word.wrong]))
    return found


def errors(kind: str, main: Clause, **more) -> list[str]:
    return [text for text, _ in made(kind, english(Sentence(main=main, **more)))]


@pytest.fixture(scope="module")
def corpus() -> list[Node]:
    return [item.tree for item in translated("train", NUM_SENTENCES, 31)]


@pytest.mark.parametrize("kind", ERRORS)
def test_what_is_called_an_error_is_one(corpus, kind):
    """A checker that knows nothing of the corruptions refuses them; nearly, for it is lenient."""
    texts = [text for tree in corpus for text, _ in made(kind, tree)]
    passed = [text for text in texts if grammatical(text)]
    assert len(texts) > 10
    assert len(passed) <= 0.01 * len(texts), passed[:20]


def test_the_words_in_error_are_marked(corpus):
    lengths = Counter(
        len(wrong) for kind in ERRORS for tree in corpus[:300] for _, wrong in made(kind, tree)
    )
    assert set(lengths) == {1, 2}


def test_agreement():
    man = noun("Mann")
    assert errors("agreement", does(man, "schlafen")) == ["The man sleep."]
    assert not errors("agreement", does(man, "schlafen", tense="past"))


def test_who_are_sleeping_is_no_error():
    asked = does(None, "schlafen", gap="subject", frame="intransitive")
    assert not errors("agreement", asked, question="who")
    told = does(noun("Frau"), "sehen", gap="direct")
    assert errors("agreement", told, question="whom") == ["Who do the woman see?"]


def test_numbers_of_nouns():
    def seen(*args, **more):
        return errors("noun_number", does(name("Tom"), "sehen", noun("Hund", *args, **more)))

    assert seen("a") == ["Tom sees a dogs."]
    assert seen("two", plural=True) == ["Tom sees two dog."]
    assert seen("every") == ["Tom sees every dogs."]
    assert not seen("some", plural=True)
    assert not seen("the")
    assert not seen("my")


def test_missing_articles():
    man = noun("Mann")
    assert errors("missing_article", does(man, "schlafen")) == ["Man sleeps."]
    sees = does(name("Tom"), "sehen", noun("Hund"))
    assert errors("missing_article", sees) == ["Tom sees dog."]
    for plural_or_mass in (noun("Hund", plural=True), noun("Milch"), noun("Kuchen", "a")):
        assert not errors("missing_article", does(name("Tom"), "sehen", plural_or_mass))
    to_church = preposition("direction", "to", noun("Kirche"))
    goes = does(name("Tom"), "gehen", place=to_church, frame="motion")
    assert not errors("missing_article", goes)


def test_prepositions():
    waits = does(pronoun("3m"), "warten", governed=pronoun("3f"), frame="governing")
    assert errors("preposition", waits) == ["He waits of her."]
    night = preposition("event", "during", noun("Krieg"))
    slept = does(pronoun("3m"), "schlafen", tense="past", adjuncts=(night,))
    assert errors("preposition", slept) == ["He slept while the war."]
    came = does(pronoun("3m"), "schlafen", tense="past", adjuncts=(time("on", "Monday"),))
    assert errors("preposition", came) == ["He slept at Monday."]
    talks = does(pronoun("3m"), "sprechen", governed=pronoun("3f"), frame="governing")
    assert not errors("preposition", talks), "one talks of, to and with her"
    table = preposition("place", "on", noun("Tisch"))
    assert not errors("preposition", does(pronoun("3m"), "finden", noun("Buch"), adjuncts=(table,)))


def test_word_order():
    old = does(noun("Hund", "the", "alt"), "schlafen")
    assert errors("word_order", old) == ["Old the dog sleeps.", "The dog old sleeps."]
    sees = does(name("Tom"), "sehen", noun("Hund"))
    assert errors("word_order", sees) == ["Tom sees dog the."]
    painted = does(name("Tom"), "streichen", noun("Tisch", "the", "weiß"), tense="past")
    assert errors("word_order", painted) == ["Tom painted white the table."]
    everyone = does(noun("Mann", "all", plural=True), "schlafen", tense="past")
    assert not errors("word_order", everyone), "men all slept"


def test_missing_to():
    def told(governing: str, inner: Clause) -> list[str]:
        frame = "object_control" if governing == "helfen" else "subject_control"
        direct = indefinite("someone") if governing == "helfen" else None
        subject = pronoun("3m")
        main = Clause(
            verb=verb(governing, frame),
            subject=subject,
            direct=direct,
            content=content("to", inner, controller=direct or subject),
        )
        return errors("missing_to", main)

    finds = does(None, "finden", noun("Hund"), tense="infinitive")
    assert told("versuchen", finds) == ["He tries find the dog."]
    assert not told("helfen", finds), "helps someone find"
    assert not told("versuchen", does(None, "schlafen", tense="infinitive")), "a noun"


def test_pronouns_verbs_articles_and_needless_words():
    sees = does(pronoun("3f"), "sehen", pronoun("3m"))
    assert errors("pronoun_case", sees) == ["Her sees him.", "She sees he."]
    apple = does(pronoun("3f"), "finden", noun("Apfel", "a"), tense="perfect")
    assert errors("article", apple) == ["She has found a apple."]
    finds = does(pronoun("3f"), "sehen", noun("Apfel"), tense="perfect")
    assert errors("verb_form", finds) == ["She has saw the apple."]
    late = does(pronoun("3f"), "schlafen", tense="future", adjuncts=(adverb("oft"),))
    assert errors("needless_word", does(pronoun("3f"), "schlafen", tense="future")) == [
        "She will to sleep."
    ]
    assert not errors("needless_word", late), "an adverb between them"
