"""Which settings are paths, and from which folder each is seen."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from ticketscope import config
from ticketscope.config import Experiment, FilesCorpus
from ticketscope.config.paths import IsPath, NameOrPath, PathSetting, path_settings, seen_from
from ticketscope.errors import InputError
from ticketscope.study.recipes import recipe

MARKED = {
    (): IsPath(),
    ("a", "b"): IsPath(),
    ("names",): IsPath(or_name=True),
}


class Inner(BaseModel):
    place: PathSetting = ""
    number: int = 1


class Other(BaseModel):
    places: tuple[PathSetting, ...] = ()


class Outer(BaseModel):
    one: Inner | Other
    many: tuple[Inner, ...] = ()
    sets: tuple[NameOrPath, ...] = ()
    word: str = "place"


def test_paths_are_found_in_sections_unions_and_lists() -> None:
    assert dict(path_settings(Outer)) == {
        ("one", "place"): IsPath(),
        ("one", "places"): IsPath(),
        ("many", "place"): IsPath(),
        ("sets",): IsPath(or_name=True),
    }


def test_what_is_seen_from_a_folder_and_what_is_left_alone() -> None:
    folder = Path("/there")
    seen = seen_from(
        folder,
        {
            "a": {"b": ["x", "../y", "/z", ""], "c": "x"},
            "names": ["x", "./x", "x/y", "/z"],
            "b": {"a": "x"},
            "number": 3,
        },
        MARKED,
    )
    assert seen == {
        "a": {"b": ["/there/x", "/there/../y", "/z", ""], "c": "x"},
        "names": ["x", "/there/x", "/there/x/y", "/z"],
        "b": {"a": "x"},
        "number": 3,
    }
    assert seen_from(Path("/elsewhere"), seen, MARKED) == seen


plain = st.recursive(
    st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(plain)
def test_nothing_but_paths_is_touched(raw: Any) -> None:
    assert seen_from(Path("/there"), raw, {}) == raw
    assert seen_from(Path("/x"), seen_from(Path("/y"), raw, MARKED), MARKED) == seen_from(
        Path("/y"), raw, MARKED
    )


TOML = """
[corpus]
kind = "files"
source = "en"
target = "de"
path = "data"
tests = ["near", "beside/far"]
[training]
updates = 1
[attention]
syntax = "gold.conllu"
"""


def test_paths_are_seen_from_the_toml_file_and_those_of_set_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "mine.toml").write_text(TOML)
    overrides = ["probing.data=gold", "representations.sentences=['validation', './more.txt']"]

    def read(folder: Path, toml: str) -> Experiment:
        monkeypatch.chdir(folder)
        return config.load(Path(toml), overrides)

    here = read(tmp_path, "settings/mine.toml")
    corpus = here.corpus
    assert isinstance(corpus, FilesCorpus)
    assert corpus.path == str(tmp_path / "settings" / "data")
    assert corpus.tests == ("near", str(tmp_path / "settings" / "beside" / "far"))
    assert here.attention.syntax == str(tmp_path / "settings" / "gold.conllu")
    assert here.attention.coreference == ""
    assert here.probing.data == str(tmp_path / "gold")
    assert here.representations.sentences == ("validation", str(tmp_path / "more.txt"))

    # From elsewhere only what the command line gave is another place, and nothing is another run.
    there = read(tmp_path / "settings", "mine.toml")
    assert (there.corpus, there.attention) == (here.corpus, here.attention)
    assert there.probing.data == str(tmp_path / "settings" / "gold")
    assert config.training_identity(there) == config.training_identity(here)
    for section in config.ANALYSIS_SECTIONS:
        identity = config.analysis_identity(there, section, 1)
        assert identity == config.analysis_identity(here, section, 1)
        assert str(tmp_path) not in config.canonical_json(identity)
    assert str(tmp_path) not in config.canonical_json(config.training_identity(here))


def test_paths_of_a_recipe_are_seen_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = recipe("multi30k")
    corpus = config.override(made, []).corpus
    assert isinstance(corpus, FilesCorpus)
    assert corpus.path == str(tmp_path / "data" / "multi30k")
    assert corpus.tests == made.corpus.tests  # type: ignore[union-attr]
    assert config.training_identity(made) == config.training_identity(config.override(made, []))


def test_a_path_that_is_not_utf_8_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match=r"^corpus\.path: the path .*/b\\xffd is not UTF-8; ren"):
        seen_from(Path("/a"), {"corpus": {"path": "b\udcffd"}}, {("corpus", "path"): IsPath()})
