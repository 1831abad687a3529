"""The word that was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.errors import did_you_mean


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("multi30", "did you mean multi30k? "),
        ("POS", "did you mean pos? "),
        ("dep_labels", "did you mean dependency_labels? "),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_did_you_mean(word: str, meant: str) -> None:
    assert did_you_mean(word, ("pos", "dependency_labels", "multi30k")) == meant


@given(st.text(), st.lists(st.text(min_size=1)))
def test_what_is_named_is_known(word: str, known: list[str]) -> None:
    said = did_you_mean(word, known)
    assert not said or said.removeprefix("did you mean ").removesuffix("? ") in known
