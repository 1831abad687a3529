"""The generated corpus: unlimited, the same everywhere, in splits that never meet, annotated.

That its German and English are right is tested in test_grammar_german and test_grammar_english,
that its annotation is consistent in test_grammar_annotation, its words in test_grammar_lexicon, its
contrastive pairs in test_grammar_contrasts.
"""

import json
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from ticketscope.corpus import grammar
from ticketscope.corpus.grammar import output
from ticketscope.corpus.grammar.corruption import ERRORS, Written
from ticketscope.corpus.grammar.derivation import Common, Described, Named, Prepositional, Pronoun
from ticketscope.corpus.grammar.german_clauses import noun_phrase, prepositional_words
from ticketscope.corpus.grammar.german_verbs import conjugated
from ticketscope.corpus.grammar.lexicon import closed
from ticketscope.corpus.grammar.lexicon.modifiers import ADJECTIVES
from ticketscope.corpus.grammar.lexicon.names import NAMES
from ticketscope.corpus.grammar.lexicon.nouns import NOUNS
from ticketscope.corpus.grammar.phenomena import PHENOMENA

pytestmark = pytest.mark.slow

SOURCE = Path(grammar.__file__).parents[3]


@pytest.fixture(scope="module")
def train():
    return list(grammar.pairs("train", 4_000, 1))


@pytest.fixture(scope="module")
def annotated():
    return list(grammar.annotations("train", 1_500, 7))


def noun(german):
    return next(noun for noun in NOUNS if noun.german == german)


def common(determiner, german, plural=False, adjective="alt"):
    group = (
        (*closed.PLURAL_DETERMINERS, *closed.NUMERALS) if plural else closed.SINGULAR_DETERMINERS
    )
    chosen = next(entry for entry in group if entry.english == determiner)
    described = next(entry for entry in ADJECTIVES if entry.german == adjective)
    return Common(
        noun=noun(german),
        determiner=chosen,
        referent=0,
        plural=plural,
        described=(Described(described),),
    )


# ----------------------------------------------------------------------------- the stream


def test_another_process_gives_the_same_sentences_and_annotation():
    code = (
        "import hashlib\n"
        "from ticketscope.corpus.grammar import output\n"
        "lines = [*output.json_lines('train', 100, 1)]\n"
        "lines += output.contrast_lines('case', 'train', 50, 1)\n"
        "print(hashlib.sha256(repr(lines).encode()).hexdigest())\n"
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


def test_a_seed_gives_the_same_pairs_and_another_one_others(train):
    assert list(grammar.pairs("train", 300, 1)) == train[:300]
    assert list(grammar.pairs("train", 300, 2)) != train[:300]


def test_it_is_a_stream():
    assert len(list(islice(grammar.pairs("train", 10**12, 3), 5))) == 5


def test_annotation_is_of_the_same_sentences():
    pairs = [
        (found.translated.english, found.translated.german)
        for found in grammar.annotations("test", 20, 3)
    ]
    assert pairs == list(grammar.pairs("test", 20, 3))


def test_no_source_sentence_is_in_two_splits():
    # Few different sentences, so that each would soon be in every split.
    short = {
        split: {source for source, _ in grammar.pairs(split, num, 5) if len(source.split()) < 5}
        for split, num in (("train", 6_000), ("validation", 1_000), ("test", 1_000))
    }
    assert all(len(sources) > 50 for sources in short.values())
    assert len(set().union(*short.values())) == sum(map(len, short.values()))


def test_novel_sentences_hold_a_verb_and_object_that_no_other_split_shows():
    def combinations(split, num):
        return [
            set(grammar._combinations(found.derivation))
            for found in grammar.translated(split, num, 2)
        ]

    known = set().union(*combinations("train", 4_000), *combinations("test", 300))
    for combined in combinations("novel", 150):
        assert combined - known, "nothing in it is new"


def test_every_split_is_as_long_as_asked():
    for split in grammar.SPLITS:
        assert len(list(grammar.pairs(split, 60, 1))) == 60


def test_shape_of_the_sentences(train):
    for source, target in train:
        assert grammar.MIN_WORDS <= len(source.split()) <= grammar.MAX_WORDS
        assert len(target.split()) <= grammar.MAX_WORDS
    assert len(set(train)) > 3_900
    assert len(dict(train)) == len(set(train)), "one sentence has two translations"


def test_both_vocabularies_are_rich_and_words_as_unequal_as_in_real_text(train):
    english, german = (
        Counter(word.strip(".,?").lower() for pair in train for word in pair[side].split())
        for side in (0, 1)
    )
    assert len(english) > 1_300
    assert len(german) > 1_700
    for words in (english, german):
        ranked = [count for _, count in words.most_common()]
        assert ranked[0] > 10 * ranked[100] > 100 * ranked[1_000]


# ----------------------------------------------------------------------------- German forms


@pytest.mark.parametrize(
    ("phrase", "case", "expected"),
    [
        (common("the", "Mann"), "nominative", "der alte Mann"),
        (common("the", "Mann"), "accusative", "den alten Mann"),
        (common("the", "Mann"), "genitive", "des alten Mannes"),
        (common("the", "Mann", plural=True), "dative", "den alten Männern"),
        (common("the", "Auto", plural=True), "dative", "den alten Autos"),
        (common("the", "Frau", plural=True), "dative", "den alten Frauen"),
        (common("the", "Frau"), "genitive", "der alten Frau"),
        (common("a", "Haus"), "nominative", "ein altes Haus"),
        (common("a", "Hund"), "accusative", "einen alten Hund"),
        (common("a", "Frau"), "dative", "einer alten Frau"),
        (common("a", "Löwe"), "dative", "einem alten Löwen"),
        (common("a", "Löwe"), "genitive", "eines alten Löwen"),
        (common("every", "Kind"), "nominative", "jedes alte Kind"),
        (common("my", "Kind"), "accusative", "mein altes Kind"),
        (common("many", "Bild", plural=True), "dative", "vielen alten Bildern"),
        (common("all", "Bild", plural=True), "nominative", "alle alten Bilder"),
        (common("two", "Buch", plural=True), "accusative", "zwei alte Bücher"),
        (common("", "Junge", plural=True), "nominative", "alte Jungen"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_declension(phrase, case, expected):
    assert " ".join(noun_phrase(phrase, case)) == expected


@pytest.mark.parametrize(
    ("infinitive", "changed", "forms"),
    [
        ("arbeiten", "", "arbeite arbeitest arbeitet arbeiten"),
        ("tanzen", "", "tanze tanzt tanzt tanzen"),
        ("halten", "hält", "halte hältst hält halten"),
        ("laden", "läd", "lade lädst lädt laden"),
        ("lesen", "lies", "lese liest liest lesen"),
        ("waschen", "wäsch", "wasche wäschst wäscht waschen"),
        ("atmen", "", "atme atmest atmet atmen"),
        ("öffnen", "", "öffne öffnest öffnet öffnen"),
        ("lächeln", "", "lächele lächelst lächelt lächeln"),
        ("können", "", "kann kannst kann können"),
        ("past sein", "", "war warst war waren"),
    ],
)
def test_conjugation(infinitive, changed, forms):
    assert [conjugated(infinitive, changed, person) for person in range(4)] == forms.split()


@pytest.mark.parametrize(("gender", "it"), [("m", "ihn"), ("f", "sie"), ("n", "es")])
def test_it_has_the_gender_of_what_it_stands_for(gender, it):
    assert noun_phrase(Pronoun(closed.PERSONAL["3n"], 0, gender), "accusative") == [it]


def test_names_in_the_genitive():
    for name, expected in (("Anna", "Annas"), ("Max", "Max’")):
        entry = next(entry for entry in NAMES if entry.english == name)
        assert noun_phrase(Named(entry, 0), "genitive") == [expected]


def test_prepositions_contract_with_the_article(train):
    text = " ".join(target for _, target in train)
    for expected in (" im ", " zum ", " zur ", " vom "):
        assert expected in text
    for wrong in (" in das ", " zu dem ", " zu der "):
        assert wrong not in text.replace(" und ", "")


# ----------------------------------------------------------------------------- tags


def test_a_tag_says_that_there_is_a_contrast(annotated):
    shown = Counter(name for found in annotated for name in found.tags.phenomena)
    assert set(shown) == set(PHENOMENA)
    for found in annotated:
        assert ("modality" in found.tags.phenomena) == any(
            word in ("can", "must", "should", "might") for word in found.gold.lemmas
        )
        assert found.tags.num_words == len(found.gold.words)
        assert found.tags.rarest_word in (*found.gold.lemmas, "")
        assert 2 <= found.tags.depth < 25


# ----------------------------------------------------------------------------- errors


def test_half_of_the_corrupted_sentences_hold_an_error(annotated):
    wrong = [found for found in annotated if any(found.corrupted.errors)]
    assert 0.42 < len(wrong) / len(annotated) < 0.55
    for found in annotated:
        differs = found.corrupted.words != found.gold.words
        assert differs == any(found.corrupted.errors)
        assert sum(found.corrupted.errors) <= 2


def test_ten_kinds_of_errors_each_as_its_docstring_says(annotated):
    assert len(ERRORS) >= 7
    found = dict.fromkeys(ERRORS, 0)
    for sentence in annotated:
        tree = sentence.translated.tree
        words = list(tree.words())
        page = tuple(Written(word.form, True) for word in words)
        for kind, make in ERRORS.items():
            for changed in make(words, page):
                found[kind] += 1
                assert [word.form for word in changed] != [word.form for word in page]
                assert any(word.wrong for word in changed)
    assert min(found.values()) > 20, found


# ----------------------------------------------------------------------------- formats


def test_json_lines_hold_every_layer_and_all_tasks():
    for line in output.json_lines("test", 5, 1):
        record = json.loads(line)
        assert {"source", "target", "tags", "words", "heads", "tree", "arguments"} <= set(record)
        assert len(record["tasks"]) == 18, "17 of the study, and word senses"
        assert list(record["corrupted"]["tasks"]) == ["error_detection"]


def test_trees_and_conllu_are_those_of_the_json():
    records = [json.loads(line) for line in output.json_lines("test", 5, 1)]
    assert [record["tree"] for record in records] == list(output.tree_lines("test", 5, 1))
    for record, block in zip(records, output.conllu_blocks("test", 5, 1), strict=True):
        rows = [row.split("\t") for row in block.splitlines() if row and row[0] != "#"]
        assert [row[1] for row in rows] == record["words"]
        assert [int(row[6]) - 1 for row in rows] == record["heads"]


def test_all_phenomena_have_lines_of_contrasts():
    rows = [line.split("\t") for line in output.contrast_lines("all", "train", 1, 1)]
    assert [row[0] for row in rows] == list(PHENOMENA)
    assert all(len(row) == 4 for row in rows)


def test_place_and_direction_differ_in_the_german_case():
    garden = common("the", "Garten")
    uses = {
        entry.use: entry
        for entry in closed.PREPOSITIONS
        if entry.english in ("in", "into") and entry.use in ("place", "direction")
    }
    assert prepositional_words(Prepositional(uses["place"], garden)) == ["im", "alten", "Garten"]
    assert " ".join(prepositional_words(Prepositional(uses["direction"], garden))) == (
        "in den alten Garten"
    )
