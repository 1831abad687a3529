"""What the browser of examples is given: every text as it was, and what broke in it."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pandas as pd
import pytest

from ticketscope.errors import InputError
from ticketscope.packing import packed_json, unpacked
from ticketscope.report.behaviour.broken_sentences import broken_sentences, shown
from ticketscope.report.examples.browser_data import browser_data
from ticketscope.report.examples.sections import examples_parts, fell_and_rose
from ticketscope.report.parts.example_browser import ExampleBrowser
from ticketscope.report.parts.example_links import example_link
from ticketscope.report.parts.part import Prose
from ticketscope.report.reading.translated import Translated, read_translated
from ticketscope.tables.quality import SENTENCES
from ticketscope.tables.table import NotMeasured
from ticketscope.tables.views import BehaviourView
from unit.examples_fixture import CAST, LINES, NETWORKS, write_examples


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examples(tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="module")
def found(run: Path) -> Translated:
    read = read_translated(run, CAST)
    assert isinstance(read, Translated)
    return read


def test_every_text_comes_as_it_was_written(found: Translated) -> None:
    data = browser_data(found, CAST)
    kept = json.loads(unpacked(packed_json(data)))
    assert kept["texts"] == [list(line) for line in LINES]
    assert kept["places"] == [[0, line] for line in range(1, len(LINES) + 1)]
    assert "<" not in packed_json(data)


def test_slices_of_a_kind_lie_side_by_side(found: Translated) -> None:
    data = browser_data(found, CAST)
    assert data["slice_names"] == ["up to 5", "case", "negation"]
    assert [(cut["kind"], cut["first"], cut["names"]) for cut in data["cuts"]] == [
        ("length", 0, ["up to 5"]),
        ("tag", 1, ["case", "negation"]),
    ]
    assert data["slices"][:2] == [[0, 1, 2], [0]]


def test_what_broke_stands_at_its_sentence_and_network(found: Translated) -> None:
    data = browser_data(found, CAST)
    assert [name for name, _ in data["kinds"]] == ["numbers", "empty"]
    assert data["damage"][1] == [(0, 0, 1, 3), (2, 0, 2, 3)]
    assert data["damage"][4] == [(1, 1, 1, 1), (2, 1, 1, 1)]
    assert data["every_time"][0] == [(2, 0)]
    assert not any(data["every_time"][1:]), "of one network alone nobody knows"
    assert data["failures"] == [["exact", "not the reference"]]


def test_links_name_networks_and_sentences(found: Translated) -> None:
    data = browser_data(found, CAST)
    assert [network["id"] for network in data["networks"]] == [f"{a}:{n}" for a, n in NETWORKS]
    assert data["first"] == "lr_rewinding:2"
    assert data["networks"][2]["title"].endswith(", level 2 (60\u00a0% zero)")
    link = example_link("a&b=#c", 12)
    assert parse_qs(link.removeprefix("#examples?")) == {"sentence": ["a&b=#c:12"]}


def test_changes_are_counted_as_in_what_broke(found: Translated) -> None:
    dense, _, ticket = found.rows
    assert fell_and_rose(found.view, ticket, dense) == (6, 0)
    exact = found.view.model_copy(update={"exact": True})
    assert fell_and_rose(exact, ticket, dense) == (5, 0)
    assert fell_and_rose(exact, dense, ticket) == (0, 5)


def parts(found: Translated | NotMeasured) -> list[Any]:
    of_run: Any = type("Run", (), {"translated": found, "cast": CAST})
    return list(examples_parts(of_run))


def test_the_page_says_which_sentences_it_has(found: Translated) -> None:
    finding, drawn, browser = parts(found)
    assert isinstance(finding, Prose)
    assert finding.text.startswith("6 of these 15 sentences are translated in other words")
    assert "Of 20 sentences of a there are 15 here" in drawn.text
    assert "3 of 3 that fell in a network under study and 12 of 17 of the others" in drawn.text
    assert isinstance(browser, ExampleBrowser)
    assert browser.num_sentences == 15
    whole = found.view.model_copy(
        update={
            "test_sets": (found.view.test_sets[0].model_copy(update={"num_sentences": 15}),),
            "num_networks_left_out": 2,
        }
    )
    told = parts(replace(found, view=whole))[1].text
    assert told.startswith("All sentences of a are here. 2 further tickets had no room")


def test_a_run_without_the_view_says_so(tmp_path: Path) -> None:
    read = read_translated(tmp_path, CAST)
    assert isinstance(read, NotMeasured)
    assert parts(read)[0].reason == read.reason


def test_a_table_of_another_run_is_refused(tmp_path: Path) -> None:
    run = write_examples(tmp_path)
    path = run / SENTENCES.file
    rows = pd.read_csv(path, keep_default_na=False)
    rows[rows["level"] == 0].to_csv(path, index=False)
    with pytest.raises(InputError, match="no translations of dense_continued, replicate 0, level"):
        read_translated(run, CAST)


def test_two_thousand_sentences_take_less_than_two_megabytes() -> None:
    draw = random.Random(1)
    vocabulary = [
        "".join(draw.choices("abcdefghijklmnopqrstuvwxyzäöü", k=draw.randint(2, 12)))
        for _ in range(20_000)
    ]
    weights = [1 / (1 + rank) for rank in range(len(vocabulary))]

    def texts() -> list[str]:
        source, reference = (draw.choices(vocabulary, weights, k=25) for _ in range(2))
        made = []
        for _ in range(5):
            words = list(reference)
            for place in draw.sample(range(25), 5):
                words[place] = draw.choice(vocabulary)
            made.append(" ".join(words))
        return [" ".join(source), " ".join(reference), *made]

    numbers = [[round(draw.random() * 100, 3) for _ in range(2_000)] for _ in range(5)]
    data = {
        "texts": [texts() for _ in range(2_000)],
        "scores": dict.fromkeys(("a", "b", "c"), numbers),
    }
    assert len(packed_json(data)) < 2_000_000


# ----------------------------------------------------------------------------- from what broke


def test_what_broke_leads_to_the_examples(found: Translated) -> None:
    translation = {"text": "Die Lampe geht .", "chrf": 40.0}
    casualty = {
        "source": LINES[0][0],
        "reference": LINES[0][1],
        "dense": translation,
        "control": translation,
        "ticket": translation,
    }
    changes = {
        "ticket_from_both": {"fell": 3, "rose": 1},
        "ticket_from_dense": {"fell": 4, "rose": 1},
        "control_from_dense": None,
    }
    broken = {
        "arm": "lr_rewinding",
        "replicate": 0,
        "level": 2,
        "sparsity_prunable": 0.6,
        "test_set": "a",
        "num_sentences": 20,
        "changes": changes,
        "casualties": [casualty],
    }
    tickets = [broken, broken | {"test_set": "b"}, broken | {"level": 1}]
    view = BehaviourView.model_validate(
        {"exact": False, "margin": 10.0, "tickets": tickets}, strict=False
    )
    how = shown(view, CAST, found)
    assert [(one.test_set, one.level) for one in how.beside] == [("a", 2), ("a", 1)]
    assert [jump.address for jump in how.jumps] == [
        f"#examples?network=lr_rewinding%3A2&test_set={name}&change=worse&against=both"
        for name in ("a", "b")
    ]
    assert "3 of 20 sentences of a fell below the dense model and the control" in how.jumps[0].text
    [sentence] = broken_sentences(how.beside[0], CAST, found)
    assert sentence.link == example_link("a", 1)
    without = shown(view, CAST, NotMeasured("not there"))
    assert (len(without.beside), without.jumps) == (3, ())
    assert broken_sentences(view.tickets[0], CAST, NotMeasured("x"))[0].link == ""
