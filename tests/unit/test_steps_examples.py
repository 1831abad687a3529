"""Which sentences and networks are browsed: what broke first, then an even draw."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.runs.store import LevelId, dense_of
from ticketscope.steps.examples.browsed import networks
from ticketscope.steps.examples.drawing import drawn
from ticketscope.steps.examples.reasons import always_broken, newly_damaged
from unit.examples_fixture import damaged_rows
from unit.panel_fixture import panel_with

TICKET, CONTROL = LevelId(0, "lr_rewinding", 2), LevelId(0, "dense_continued", 2)


def test_all_that_broke_comes_before_an_even_draw() -> None:
    broke = np.isin(np.arange(100), [3, 50])
    fell = np.isin(np.arange(100), [3, 4])
    reasons = {"a": broke, "b": fell, "rest": np.ones(100, dtype=bool)}
    one, two, rest = drawn(reasons, np.ones(100, dtype=int), most=7, most_bytes=1_000)
    assert (one.why, one.num_sentences, one.places.tolist()) == ("a", 2, [3, 50])
    assert (two.num_sentences, two.places.tolist()) == (1, [4]), "3 counts for the first reason"
    assert rest.num_sentences == 97
    assert rest.places.tolist() == [0, 34, 67, 99]


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=40),
    st.integers(0, 45),
    st.integers(0, 500),
)
def test_no_draw_takes_more_than_there_is_room(
    sentences: list[tuple[bool, int]], most: int, most_bytes: int
) -> None:
    broke = np.array([broken for broken, _ in sentences], dtype=bool)
    sizes = np.array([size for _, size in sentences], dtype=np.int64)
    found = list(drawn({"a": broke, "rest": np.ones(len(sizes), bool)}, sizes, most, most_bytes))
    places = np.concatenate([one.places for one in found])
    assert len(set(places)) == len(places) <= most
    assert sizes[places.astype(int)].sum() <= most_bytes
    assert sum(one.num_sentences for one in found) == len(sentences)
    if most >= len(sentences) and most_bytes >= sizes.sum():
        assert len(places) == len(sentences)


def test_damage_counts_beside_that_of_the_first_network() -> None:
    rows = pd.DataFrame(damaged_rows())
    new = newly_damaged(rows, dense_of(0), [TICKET])
    assert list(zip(new["line"], new["kind"], strict=True)) == [(2, "numbers"), (5, "empty")]
    assert newly_damaged(rows, TICKET, [TICKET]).empty
    assert newly_damaged(rows.iloc[:0], dense_of(0), [TICKET]).empty


def test_a_sentence_breaks_every_time_only_in_several_networks() -> None:
    rows = pd.DataFrame(
        [
            {"test_set": "a", "line": 1, "arm": "lr_rewinding", "level": 2, "num_networks": 3},
            {"test_set": "a", "line": 2, "arm": "lr_rewinding", "level": 2, "num_networks": 1},
            {"test_set": "a", "line": 3, "arm": "lr_rewinding", "level": 1, "num_networks": 3},
            {"test_set": "a", "line": 4, "arm": "", "level": 1, "num_networks": 2},
        ]
    )
    assert always_broken(rows, [TICKET])["line"].tolist() == [1, 4]


def test_a_ticket_stands_behind_its_control() -> None:
    panel = panel_with(levels=3)
    found = networks(panel, 2, is_given=False)
    assert [(label.arm, label.level) for label in found] == [
        ("dense", 0),
        ("dense_continued", 2),
        ("lr_rewinding", 2),
        ("dense_continued", 3),
        ("lr_rewinding", 3),
    ]
    assert networks(panel_with(arms=(), levels=0), 0, is_given=False) == [dense_of(0)]


def test_a_dissection_shows_all_that_is_studied() -> None:
    panel = panel_with(arms=("lr_rewinding", "dense_continued"), replicates=1, levels=1)
    found = networks(panel, 0, is_given=True)
    assert [label.arm for label in found] == ["dense", "dense_continued", "lr_rewinding"]
