"""The generated corpus: correct, unlimited, the same everywhere, with splits that never meet."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from ticketscope.corpus import grammar
from ticketscope.corpus.grammar import lexicon
from ticketscope.corpus.grammar.grammar import (
    Clause,
    _conjugated,
    _english,
    _german,
    _german_noun,
    _named,
    _prepositional,
    _pronoun,
)

SOURCE = Path(grammar.__file__).parents[3]


@pytest.fixture(scope="module")
def train():
    return list(grammar.pairs("train", 4_000, 1))


def noun(german):
    return next(noun for noun in lexicon.NOUNS if noun.german == german)


def adjective(german):
    return next(adj for adj in lexicon.ADJECTIVES if adj.predicate == german)


def verb(german, group):
    return next(verb for verb in group if verb.german == german)


def test_another_process_gives_the_same_pairs(train):
    code = (
        "import hashlib\n"
        "from ticketscope.corpus.grammar import pairs\n"
        "print(hashlib.sha256(repr(list(pairs('train', 300, 1))).encode()).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert list(grammar.pairs("train", 300, 1)) == train[:300]
    assert list(grammar.pairs("train", 300, 2)) != train[:300]


def test_it_is_a_stream():
    assert len(list(islice(grammar.pairs("train", 10**12, 3), 5))) == 5


def test_no_source_sentence_is_in_two_splits(monkeypatch):
    # So few sentences that each would soon be in every split.
    few = [(f"Sentence {number}.", f"Satz {number}.") for number in range(200)]
    monkeypatch.setattr(grammar, "sentence", lambda random: random.choice(few))
    names = ("train", "validation", "test")
    sources = [{source for source, _ in grammar.pairs(name, 3_000, seed=9)} for name in names]
    assert [len(split) for split in sources] == pytest.approx([160, 20, 20], abs=10)
    assert len(set().union(*sources)) == sum(map(len, sources)) == 200


def test_every_split_is_as_long_as_asked():
    for name in ("train", "validation", "test"):
        assert len(list(grammar.pairs(name, 150, 1))) == 150


def test_shape_of_the_sentences(train):
    for source, target in train:
        assert 4 <= len(source.split()) <= 25
        assert len(target.split()) <= 25
        for text in (source, target):
            assert text[0].isupper()
            assert text[-1] in ".?"
            assert "  " not in text
            assert " ." not in text
            assert " ," not in text
    assert len(set(train)) > 3_950
    assert len(dict(train)) == len(set(train)), "one sentence has two translations"


def test_both_vocabularies_are_rich(train):
    english, german = ({word for pair in train for word in pair[side].split()} for side in (0, 1))
    assert len(english) > 500
    assert len(german) > 700
    counts = sorted(
        sum(word == n.english for pair in train for word in pair[0].split()) for n in lexicon.HUMANS
    )
    assert counts[-1] > 5 * counts[0] > 0, "words should be as unequal as in real text"


@pytest.mark.parametrize(
    ("determiner", "german", "plural", "case", "expected"),
    [
        ("the", "Mann", False, "nominative", "der alte Mann"),
        ("the", "Mann", False, "accusative", "den alten Mann"),
        ("the", "Mann", True, "dative", "den alten Männern"),
        ("the", "Auto", True, "dative", "den alten Autos"),
        ("the", "Frau", True, "dative", "den alten Frauen"),
        ("a", "Haus", False, "nominative", "ein altes Haus"),
        ("a", "Hund", False, "accusative", "einen alten Hund"),
        ("a", "Frau", False, "dative", "einer alten Frau"),
        ("a", "Student", False, "dative", "einem alten Studenten"),
        ("every", "Kind", False, "nominative", "jedes alte Kind"),
        ("our", "Kind", False, "accusative", "unser altes Kind"),
        ("many", "Bild", True, "dative", "vielen alten Bildern"),
        ("two", "Buch", True, "accusative", "zwei alte Bücher"),
        ("", "Junge", True, "nominative", "alte Jungen"),
    ],
)
def test_declension(determiner, german, plural, case, expected):
    group = lexicon.PLURAL_DETERMINERS if plural else lexicon.SINGULAR_DETERMINERS
    chosen = next(item for item in group if item.english == determiner)
    assert _german_noun(chosen, [adjective("alt")], noun(german), plural, case) == expected


@pytest.mark.parametrize(
    ("infinitive", "changed", "forms"),
    [
        ("arbeiten", "", "arbeite arbeitest arbeitet arbeiten"),
        ("tanzen", "", "tanze tanzt tanzt tanzen"),
        ("halten", "hält", "halte hältst hält halten"),
        ("lesen", "lies", "lese liest liest lesen"),
        ("waschen", "wäsch", "wasche wäschst wäscht waschen"),
        ("können", "", "kann kannst kann können"),
    ],
)
def test_conjugation(infinitive, changed, forms):
    assert [_conjugated(infinitive, changed, person) for person in range(4)] == forms.split()


def test_three_word_orders_negation_and_the_auxiliary():
    tom, her = _named("Tom"), _pronoun(lexicon.PRONOUNS[1])
    see = verb("sehen", lexicon.TRANSITIVE)
    seen = Clause(tom, see, "perfect", direct=her, time=("today", "heute"))
    assert _english(seen) == "Tom has seen her today"
    assert _german(seen, "second") == "Tom hat sie heute gesehen"
    assert _german(seen, "first") == "hat Tom sie heute gesehen"
    assert _german(seen, "final") == "Tom sie heute gesehen hat"

    go = verb("gehen", lexicon.MOTION)
    gone = Clause(her, go, "perfect", negated=True, place=("to Tom", "zu Tom"))
    assert _english(gone) == "she has not gone to Tom"
    assert _german(gone, "second") == "sie ist nicht zu Tom gegangen"

    helping = Clause(tom, verb("helfen", lexicon.TRANSITIVE), negated=True, direct=her)
    assert _english(helping) == "Tom does not help her"
    assert _german(helping, "second") == "Tom hilft ihr nicht"
    assert _english(helping, question=True) == "does Tom not help her"


def test_place_and_direction_differ_in_case_and_articles_contract(train):
    text = " ".join(target for _, target in train)
    for expected in (" im Haus", " ins Haus", " zum ", " zur ", " in die ", " in der "):
        assert expected in text
    for wrong in (" in dem ", " in das ", " zu dem ", " zu der "):
        assert wrong not in text
    assert _prepositional("to", "zu", _named("Tom"), "dative") == ("to Tom", "zu Tom")


def test_an_indefinite_object_is_negated_by_kein(train):
    negated = [
        (source, target)
        for source, target in train
        if source.startswith("The man does not buy a ") or " does not need a " in source
    ]
    assert negated
    assert all(" kein" in target for _, target in negated)
