"""The German of the generated corpus is right: every sentence has a reading by the rules of German.

The rules are in `german_checker`, which does not know how the sentences were made. What it accepts
and what it refuses is shown by hand-made sentences, checked word by word.
"""

import pytest
from german_checker import grammatical

from ticketscope.corpus.grammar import pairs, translated
from ticketscope.corpus.grammar.lexicon.verbs import VERBS

pytestmark = pytest.mark.slow

NUM_SENTENCES = 3_000


@pytest.fixture(scope="module")
def corpus() -> list[tuple[str, str]]:
    return [(item.english, item.german) for item in translated("train", NUM_SENTENCES, 21)]


def test_every_sentence_is_german(corpus):
    wrong = [pair for pair in corpus if not grammatical(pair[1])]
    assert not wrong, "\n".join(f"{source}\n    {target}" for source, target in wrong[:20])


def test_a_sentence_has_one_translation():
    """Where the English words leave two readings open, the sentence is not in the corpus."""
    found = set(pairs("train", 12_000, 23))
    assert len({source for source, _ in found}) == len(found)


def test_movement_into_something_takes_the_accusative(corpus):
    """English says into and onto, German in and auf with the accusative."""
    accusative = ("in den", "in die", "ins", "in das", "in ein", "auf d", "auf ein", "in ", "auf ")
    pairs = [pair for pair in corpus if " into " in pair[0] or " onto " in pair[0]]
    assert len(pairs) > 20
    for source, target in pairs:
        assert any(f" {start}" in f" {target.lower()}" for start in accusative), (source, target)


def test_every_construction_is_met(corpus):
    """The corpus holds what the checker is for."""
    text = " ".join(f" {target} " for _, target in corpus)
    words = "im ins zum zur am beim vom weil obwohl nachdem bevor dass ob zu wurde kein nicht"
    for word in words.split():
        assert f" {word} " in text, word


# ----------------------------------------------------------------------------- the checker refuses

WRONG = """
Die Mann schläft. | gender of the article
Der alter Mann schläft. | weak adjective
Ein alte Mann schläft. | mixed adjective
Ich sehe der Mann. | case of the object
Ich helfe den Mann. | verb with the dative
Er wartet auf den Bus und die Frau ihn sehen. | agreement in the second clause
Die Kinder schläft. | number of the verb
Du schläfst nicht und ich schläft. | person of the verb
Das Kind heute schläft. | two constituents before the verb
Heute das Kind schläft. | the verb third
Weil das Kind schläft, ich lache. | the verb not behind the clause
Ich lache, weil das Kind schläft nicht. | subordinate clause with the verb second
Ich weiß, dass er ist krank. | the same behind dass
Ich weiß dass das Kind schläft. | no comma
Ich lache, weil das Kind schläft und die Frau singt | no full stop
Er geht in dem Garten. | direction with the dative
Er geht ins Wald. | contraction of the wrong gender
Er wohnt in den Garten. | place with the accusative
Er wohnt in dem Haus. | a contraction is due
Er arbeitet mit den Hammer. | preposition with the dative
Er arbeitet für dem Mann. | preposition with the accusative
Während dem Spiel lacht er. | preposition with the genitive
Er hat gegangen. | sein as auxiliary
Er ist das Brot gegessen. | haben as auxiliary
Er hat das Brot essen. | participle
Er kann das Brot gegessen. | infinitive behind a modal
Er aufsteht. | separable prefix
Er ruft die Frau. Er | two sentences
Er anruft die Frau. | prefix on a finite verb in second place
Ich hoffe, dass er steht auf. | prefix off in a subordinate clause
Er versucht, aufstehen. | infinitive without zu
Er versucht, zu aufstehen. | zu before the prefix
Er sieht nicht einen Hund. | nicht for kein
Der Mann, die schläft, lacht. | gender of the relative pronoun
Der Mann, der ich sehe, lacht. | case of the relative pronoun
Der Mann, den ich sehe lacht. | no comma behind the relative clause
Der mann schläft. | noun without a capital
Der Alte Mann schläft. | adjective with a capital
Er sieht zwei Hund. | number of the noun
Er hilft den Kinder. | dative plural
Das Haus des Mann ist alt. | genitive
Der Student sieht den Student. | weak noun
Das Brot wird von der Mann gegessen. | agent of the passive
Das Brot hat gegessen geworden. | perfect of the passive
Er gibt die Frau das Buch. | indirect object
Er sieht den Hund die Katze. | too many objects
Er verspricht der Frau. | a clause is missing
Er sitzt. | a place is missing
Nicht er sieht den Mann ihn. | two objects
Er liest einem Buch. | dative object of a verb with the accusative
Meine Frau sieht seinen Bild. | gender of a possessed noun
Es gibt ein Hund im Garten. | es gibt with the nominative
Viele gute Kindern schlafen. | strong plural
Alle gute Kinder schlafen. | weak plural behind alle
"""


@pytest.mark.parametrize("row", WRONG.strip().splitlines())
def test_the_checker_refuses(row):
    sentence, _, reason = row.partition(" | ")
    assert not grammatical(sentence), reason


def test_auxiliaries_follow_the_meaning():
    """Movement and change take sein; whoever acts on something has done it with haben."""
    for entry in VERBS:
        if entry.frame == "motion":
            assert entry.auxiliary == "sein", entry
        if entry.objects and entry.object_case == "accusative" and entry.frame != "governing":
            assert entry.auxiliary == "haben", entry
