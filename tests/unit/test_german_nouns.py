"""Genders read off German noun phrases, and the built-in sentences that they are read for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.challenges.gender.built_in_sentences import built_in
from ticketscope.challenges.gender.german_nouns import forms, gender_said
from ticketscope.challenges.gender.professions import FEMALE, MALE, PROFESSIONS

SAID = {
    "male": (
        "Der Lehrer kam.",
        "Sie half dem Lehrer.",
        "Sie sah den sehr alten Lehrer.",
        "Das Buch des Lehrers lag da.",
        "Sie ging zum Lehrer.",
        "Ein junger, müder Grundschullehrer kam.",
        "Sie arbeitet als Lehrer.",
        "Die, die als Lehrer arbeitet, kam.",
        "der lehrer",
        "Unser Lehrer kam.",
    ),
    "female": (
        "Die Lehrerin kam.",
        "Er half der Lehrerin.",
        "Er sah eine junge Lehrerin.",
        "Er ging zur Grundschullehrerin.",
        "Er sprach mit seiner Lehrerin.",
        "Lehrerin wurde sie gern.",
    ),
    "unclear": (
        "Die Lehrer kamen.",
        "Er half dem Lehrerin.",
        "Das Lehrer kam.",
        "Lehrer:in gesucht.",
        "Der*die Lehrer*in kam.",
        "Die Lehrer/-in kam.",
        "Ein Lehrer(in) kam.",
        "Lehrer_innen kamen.",
        "Die LehrerIn kam.",
        "Der Lehrer oder die Lehrerin kam.",
        "Die Lehrkraft kam.",
    ),
    "not found": ("", "Der Schüler kam.", "Die Lehre war gut.", "Die Lehrerinnen kamen.", "…"),
}
OTHERS = {
    # Umlauts, weak nouns, and nouns of their own for women.
    "Die Ärztin kam.": ("physician", "female"),
    "Die Arzt kam.": ("physician", "unclear"),
    "Sie rief den Arzt.": ("physician", "male"),
    "Die Bäuerin dankte dem Klempner.": ("farmer", "female"),
    "Sie dankte dem Bauern.": ("farmer", "male"),
    "Er dankte der Köchin.": ("cook", "female"),
    "Sie half dem Psychologen.": ("psychologist", "male"),
    "Er half der Psychologin.": ("psychologist", "female"),
    "Die Krankenschwester kam.": ("nurse", "female"),
    "Sie sah den Krankenpfleger.": ("nurse", "male"),
    "Die Pflegekraft kam.": ("nurse", "unclear"),
    "Die Feuerwehrfrau kam.": ("firefighter", "female"),
    # Compounds, but no noun of another profession.
    "Der Lkw-Fahrer kam.": ("truck driver", "male"),
    "Die Sozialarbeiterin half dem Bauarbeiter.": ("construction worker", "male"),
    "Der Sozialarbeiter kam.": ("construction worker", "not found"),
    "Es dauerte zehn Sekunden.": ("customer", "not found"),
    # Nouns that are adjectives.
    "Der Angestellte kam.": ("employee", "male"),
    "Ein junger Angestellter kam.": ("employee", "male"),
    "Sie half einem Angestellten.": ("employee", "male"),
    "Die Angestellte kam.": ("employee", "female"),
    "Er half der Angestellten.": ("employee", "female"),
    "Er half einer jungen Angestellten.": ("employee", "female"),
    "Die Angestellten kamen.": ("employee", "unclear"),
    "Angestellte kamen.": ("employee", "unclear"),
    "Die Polizeibeamtin kam.": ("police officer", "female"),
    "Sie rief einen Polizeibeamten.": ("police officer", "male"),
}


@pytest.mark.parametrize(
    ("sentence", "said"), [(one, said) for said, sentences in SAID.items() for one in sentences]
)
def test_article_and_noun_say_the_gender_of_a_teacher(sentence: str, said: str) -> None:
    assert gender_said(sentence, PROFESSIONS["teacher"]) == said


@pytest.mark.parametrize("sentence", OTHERS)
def test_so_they_do_of_other_nouns(sentence: str) -> None:
    profession, said = OTHERS[sentence]
    assert gender_said(sentence, PROFESSIONS[profession]) == said


@pytest.mark.parametrize("profession", [*MALE, *FEMALE], ids=lambda one: one.name)
def test_every_noun_has_a_man_or_a_woman_who_is_read(profession) -> None:
    """Each form by itself behind a fitting article; every built-in profession has both."""
    said = {
        gender_said(f"{article} {form.capitalize()} kam.", profession)
        for form, gender in forms(profession.nouns).items()
        for article in {"male": ("den",), "female": ("die",)}.get(gender, ())
    }
    assert said == {"male", "female"}


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert gender_said(text, PROFESSIONS["employee"]) in {*SAID}


def test_the_built_in_sentences_are_balanced() -> None:
    sentences = list(built_in())
    assert len({each.source for each in sentences}) == len(sentences) == 320
    asked = Counter((each.profession, each.gender) for each in sentences)
    assert len(asked) == 80
    assert set(asked.values()) == {4}
    assert all(each.profession in each.source for each in sentences)


def test_no_one_is_taken_for_the_other_person_of_a_sentence() -> None:
    for man in MALE:
        for woman in FEMALE:
            for one, other in ((man, woman), (woman, man)):
                for noun in forms(one.nouns):
                    assert gender_said(f"Der {noun.capitalize()} kam.", other) == "not found"


def test_a_stereotype_is_what_most_of_a_profession_are() -> None:
    assert all(one.stereotype == "male" and one.women <= 30 for one in MALE)
    assert all(one.stereotype == "female" and one.women >= 70 for one in FEMALE)
    assert all(bool(one.row) == (one.women is not None) for one in PROFESSIONS.values())
    assert PROFESSIONS["patient"].stereotype is None
