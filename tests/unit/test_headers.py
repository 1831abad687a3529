"""Which first lines read like the names of columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.text.headers import names_columns


@pytest.mark.parametrize(
    "cells",
    [
        ("source", "target"),
        ("src", "tgt"),
        ("Source", " TARGET "),
        ("en", "de"),
        ("EN", "de_DE"),
        ("English", "German"),
        ("#en", '"de"'),
        ("deu", "eng_Latn"),
        ("mine", "yours"),
    ],
)
def test_names_of_columns(cells: tuple[str, str]) -> None:
    assert names_columns(cells, ("Mine", "yours"))


@pytest.mark.parametrize(
    "cells",
    [
        ("A dog sleeps.", "Ein Hund schläft."),
        ("Source", "Quelle der Elbe"),
        ("English", "Das ist Englisch."),
        ("source of light", "target"),
        ("source_of_light", "target"),
        ("", ""),
        ("source", ""),
    ],
)
def test_sentences(cells: tuple[str, str]) -> None:
    assert not names_columns(cells)


@given(st.text(), st.text())
def test_any_text_has_an_answer_and_sentences_of_words_are_none(one: str, other: str) -> None:
    assert names_columns((one, other)) in (True, False)
    assert not names_columns((f"{one} and", f"{other} so"))
