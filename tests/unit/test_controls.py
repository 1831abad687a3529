"""Control characters: written out for a terminal, refused in names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ticketscope.config import FilesCorpus
from ticketscope.controls import control_character, printable


@given(st.text())
def test_text_of_others_is_one_line_without_commands(text: str) -> None:
    shown = printable(text)
    assert len(f"{shown}x".splitlines()) == 1
    assert not any(unicodedata.category(character) == "Cc" for character in shown)
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text


@given(st.text())
def test_a_control_character_is_what_is_not_printed_as_it_is(text: str) -> None:
    assert bool(control_character(text)) == (printable(text) != text)
    assert control_character(text) in printable(text)


@pytest.mark.parametrize("bad", ["num\rber", "a\nb", "\x1b[2J", "a\x85", "a\u2028b", "\u202ea"])
@pytest.mark.parametrize("key", ["source", "path", "tests"])
def test_no_setting_holds_a_control_character(key: str, bad: str) -> None:
    settings = {"source": "en", "target": "de", "path": "data", "tests": ("test",)}
    settings[key] = ("test", bad) if key == "tests" else bad
    with pytest.raises(ValidationError, match="holds a control character") as caught:
        FilesCorpus.model_validate(settings)
    assert bad not in caught.value.errors()[0]["msg"]
