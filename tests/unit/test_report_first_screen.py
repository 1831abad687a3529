"""The claims on the page, the controls, and the tables that lie inside it."""

import base64
import csv
import io
import json
import random
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cast_fixture import CAST
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.errors import InputError
from ticketscope.packing import packed_json
from ticketscope.report import build_report
from ticketscope.report.claims.sections import claim_parts, level_parts, other_arms_parts
from ticketscope.report.control_section import control_parts
from ticketscope.report.downloads import downloads_parts, enclosed
from ticketscope.report.first_screen.cards import verdict_cards
from ticketscope.report.first_screen.next_steps import next_steps
from ticketscope.report.first_screen.picture import picture, picture_chart, picture_data
from ticketscope.report.first_screen.quality import CONTROL_IN_WORDS, quality_answer
from ticketscope.report.first_screen.small_picture import HEIGHT, small_picture
from ticketscope.report.first_screen.trust import trust
from ticketscope.report.first_screen.what_fell import fallen, losses
from ticketscope.report.page import rendered
from ticketscope.report.parts.part import (
    Downloads,
    Folded,
    Gap,
    Links,
    Prose,
    Table,
    Verdict,
    Verdicts,
)
from ticketscope.report.parts.wording import MINUS, significant
from ticketscope.report.reading.run_tables import RunTables, read_run
from ticketscope.report.sections import ACCOUNT, FINDINGS, sections
from ticketscope.report.summary import summary
from ticketscope.tables.table import NotMeasured
from unit.answers_fixture import STATISTICS, VERDICTS
from unit.attention_fixture import SEEDS_ALIKE, FakeAttention, head_similarity
from unit.report_fixture import (
    FakeRun,
    csv_rows,
    drawn,
    frame,
    with_table,
    write_csv,
    write_run,
)
from unit.report_fixture import similarity as similarity_of

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")
TITLES = [CAST[arm].title for arm in ARMS]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FakeRun(arms=ARMS))


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text, validate=True)))


# ----------------------------------------------------------------------------- claims


def cards(tables: RunTables) -> dict[str, Verdict]:
    found = verdict_cards(tables)
    assert isinstance(found, Verdicts)
    return {card.claim: card for card in found.verdicts}


def test_each_claim_is_a_question_with_its_verdict_as_word_and_sign(tables: RunTables) -> None:
    found = cards(tables)
    assert {claim: card.verdict for claim, card in found.items()} == VERDICTS
    assert len({card.sign for card in found.values()}) == 5
    assert found["C3"].question == "Do higher layers become simpler?"
    assert found["C3"].sentence == "What is computed for C3."
    assert found["C3"].reason == "the interval holds 0"


def test_answers_have_their_figures_in_words(tables: RunTables) -> None:
    found = cards(tables)
    assert found["C1"].answer == "Not measured."
    assert found["C2"].answer.endswith(", by 0.048 CKA."), "at eight rounds, without its sign"
    assert found["C3"].answer.endswith(" by ×0.67.")
    assert found["C4"].answer.endswith(" within 0.032 CKA.")
    assert found["C5"].answer == "Open: two training seeds cannot tell, 8 would."
    ends = f"{MINUS}0.072 CKA to {MINUS}0.024 CKA"
    assert found["C2"].figures == f"{MINUS}0.048 CKA [{ends}], 2 replicates"
    assert found["C0"].answer == "Yes: less than 0.5 BLEU is lost at every level."
    assert found["C1"].figures == ""


def test_every_verdict_of_every_claim_has_an_answer(tables: RunTables) -> None:
    claims = frame(tables.claims)
    for verdict in ("supported", "contradicted", "undecided", "not measured"):
        shown = claims.assign(verdict=verdict, value=0.01, margin=0.02)
        for card in cards(with_table(tables, "claims", shown)).values():
            assert card.answer.endswith(".")
            assert "{" not in card.answer


def test_small_pictures_have_a_dot_a_level_on_the_side_of_its_value(tables: RunTables) -> None:
    found = cards(tables)
    assert found["C1"].picture is None
    for claim, card in found.items():
        if card.picture is None:
            continue
        xs = [dot.x for dot in card.picture.dots]
        assert xs == sorted(xs)
        assert len(xs) == 4
        assert card.picture.ends == ("0\u00a0%", "83\u00a0%")
        below = [dot.y > card.picture.null for dot in card.picture.dots]
        assert all(below) == (claim in ("C0", "C2", "C3", "C5"))
        assert all(0 <= dot.upper <= dot.y <= dot.lower <= HEIGHT for dot in card.picture.dots)


def test_a_small_picture_is_not_flattened_by_two_replicates() -> None:
    row = {"sparsity_prunable": 0.36, "value": 0.1, "lower": -90.0, "upper": 90.0, "margin": 0.2}
    rows = [row, {**row, "sparsity_prunable": 0.9, "margin": 0.4}]
    picture = small_picture(rows, 0.0, 0.84, one_sided=False)
    assert picture is not None
    assert [dot.registered for dot in picture.dots] == [True, False]
    assert picture.null - picture.dots[0].y > 1, "the mean still stands off the line"
    assert picture.band.startswith(f"6.0,{picture.null} "), "what is per round begins at nothing"
    assert small_picture([], 0.0, 0.84, one_sided=True) is None


def test_other_arms_have_their_cards_in_the_section_of_claims(tables: RunTables) -> None:
    claims = frame(tables.claims)
    of_random = claims["arm"] == "random_pruning"
    other = claims.assign(verdict=claims["verdict"].mask(of_random, "undecided"))
    (folded,) = other_arms_parts(with_table(tables, "claims", other))
    assert isinstance(folded, Folded)
    assert folded.title.endswith("about random pruning")
    (found,) = folded.parts
    assert isinstance(found, Verdicts)
    verdicts = {card.claim: card.verdict for card in found.verdicts}
    assert verdicts == dict.fromkeys(VERDICTS, "undecided")
    alone = with_table(tables, "claims", claims[~of_random])
    assert list(other_arms_parts(alone)) == []


def test_every_statistic_is_in_the_folded_table(run: Path, tables: RunTables) -> None:
    _, registered, table = claim_parts(tables)
    assert isinstance(registered, Prose)
    assert "levels up to 84.0\u00a0% pruned" in registered.text
    assert isinstance(table, Table)
    assert table.folded
    written = csv_rows(run, "claims")
    for column, name in ((0, "arm"), (1, "claim"), (3, "reference"), (5, "verdict")):
        assert [row[column] for row in table.rows] == [row[name] for row in written]
    assert table.rows[0][2] == "Translation quality holds"
    (decides,) = [row for row in table.rows if row[:2] == ("lr_rewinding", "C5")][1:2]
    assert decides[2:12] == (
        *("retained heads", "control", "all registered", "undecided", "0.93"),
        *("0.87 to 0.99", "0.882 to 0.978", "0.1", "2", "8"),
    )
    assert [table.kind(column) for column in (1, 6, 7, 12, 13, 14)] == [
        *("text", "text"),
        *("number", "number"),
        *("sentence", "sentence"),
    ]


def test_every_level_has_what_decides(tables: RunTables) -> None:
    _, table = level_parts(tables)
    assert isinstance(table, Table)
    assert table.columns[:4] == ("arm", "claim", "statistic", "level 1 (36.0\u00a0% pruned)")
    rows = {row[1:3]: row[3:] for row in table.rows if row[0] == "lr_rewinding"}
    figures = f"{MINUS}0.012 [{MINUS}0.018 to {MINUS}0.006]"
    assert rows["C2", "slope over depth"][0] == figures, "against the control, not the dense model"
    assert list(rows) == [
        ("C0", "BLEU"),
        *((claim, deciding.name) for claim, deciding in STATISTICS.items()),
    ]
    missing = with_table(tables, "claims_by_level", NotMeasured("not yet"))
    assert list(level_parts(missing)) == [Gap("not yet")]


def test_without_claims_the_reason_stands_in_their_place(tables: RunTables) -> None:
    without = with_table(tables, "claims", NotMeasured("not yet"))
    assert verdict_cards(without) == Gap("not yet")
    assert list(claim_parts(without)) == [Gap("not yet")]
    assert summary(without).next_steps == ()


@pytest.mark.parametrize(
    ("column", "value", "needed"),
    [
        ("claim", "C9", '"C9" where a claim'),
        ("verdict", "maybe", '"maybe" where a verdict'),
        ("num_replicates", "", "an empty cell where a whole number"),
        ("lower", "low", '"low" where a number'),
    ],
)
def test_wrong_claims_are_named(
    run: Path, tmp_path: Path, column: str, value: str, needed: str
) -> None:
    rows = csv_rows(run, "claims")
    rows[1][column] = value
    other = write_run(tmp_path / "run", FakeRun(arms=ARMS, replicates=1, levels=1))
    write_csv(other / "tables/claims.csv", rows)
    with pytest.raises(InputError, match=f"claims.csv:3: column {column}: {needed} belongs"):
        read_run(other)


def test_significant_digits() -> None:
    assert [significant(x) for x in (0.12345, -2.0, 0.0, 12.34)] == [
        *("0.123", f"{MINUS}2"),
        *("0", "12.3"),
    ]


# ----------------------------------------------------------------------------- the first screen


def answer_of(tables: RunTables, **changed: Any) -> str:
    """Lead and text of the answer on quality, with C0's rows of levels changed."""
    levels = frame(tables.claims_by_level).copy()
    of_quality = levels["claim"].eq("C0") & levels["arm"].eq("lr_rewinding")
    for column, values in changed.items():
        levels.loc[of_quality, column] = values
    answer = quality_answer(with_table(tables, "claims_by_level", levels), "lr_rewinding")
    assert isinstance(answer, Prose)
    return f"{answer.lead} {answer.text}".replace("\u00a0", " ")


def test_the_answer_says_how_far_quality_holds_and_what_comes_then(tables: RunTables) -> None:
    assert answer_of(tables) == (
        "Tickets (learning-rate rewinding): 59 % of the prunable weights (38 % of all) could go "
        f"for less than 0.5 BLEU: {MINUS}0.2 BLEU [{MINUS}0.5 to 0.0]. At 74 % pruned, two "
        f"training seeds cannot tell: {MINUS}0.4 BLEU [{MINUS}0.7 to {MINUS}0.2]. At 83 % pruned, "
        f"quality is lost: {MINUS}1.6 BLEU [{MINUS}1.9 to {MINUS}1.4]. {CONTROL_IN_WORDS}"
    )


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (["supported"] * 4, "): 83 % of the prunable weights (53 % of all) could go"),
        (["contradicted"] * 4, "): already at 36 % to 83 % pruned, quality is lost: "),
        (
            ["undecided", "contradicted", "contradicted", "contradicted"],
            "): already at 36 % pruned, two training seeds cannot tell: ",
        ),
        (
            ["supported", "undecided", "supported", "supported"],
            " At 74 % to 83 % less than 0.5 BLEU is lost: ",
        ),
    ],
)
def test_levels_of_one_verdict_are_told_together(
    tables: RunTables, verdicts: list[str], said: str
) -> None:
    assert said in answer_of(tables, verdict=verdicts)


def test_without_a_verdict_on_quality_the_reason_is_given(tables: RunTables) -> None:
    none = with_table(tables, "claims_by_level", NotMeasured("not yet"))
    assert quality_answer(none, "lr_rewinding") == Gap("The interval holds 0.")
    neither = with_table(none, "claims", NotMeasured("no control"))
    assert quality_answer(neither, "lr_rewinding") == Gap("no control")


def test_arms_that_the_screen_does_not_speak_of_have_a_sentence(tables: RunTables) -> None:
    _, other = summary(tables).answers
    assert isinstance(other, Prose)
    assert other.text.startswith("Random pruning: already at 36")


def test_the_picture_has_the_mean_over_in_domain_test_sets(tables: RunTables) -> None:
    data = picture_data(frame(tables.quality), CAST, ("test_2016_flickr", "test_2017_flickr"))
    assert len(data) == 2 * (1 + 4 * 3)
    dense = data[data["arm"] == "dense"].sort_values("replicate")
    assert list(dense["value"]) == pytest.approx([32.0, 32.3])
    chart = picture_chart(data, CAST, 0.59)
    assert {row["arm"] for row in drawn(chart, 2)} == {"lr_rewinding", "random_pruning"}
    band = drawn(chart, 0)
    assert band[0]["upper"] - band[0]["lower"] == pytest.approx(0.3), "lowest to highest seed"
    assert drawn(chart, 3) == [{"drawn_at": 0.59, "says": "holds up to 59\u00a0%"}]
    assert len(picture_chart(data, CAST, 0.0).layer) == 3, "no mark where it does not hold"


def test_the_picture_shows_test_sets_of_the_own_kind_alone(tables: RunTables) -> None:
    assert picture_data(frame(tables.quality), CAST, ("test_2016_flickr",))["value"].max() > 34
    assert picture_data(frame(tables.quality), CAST, ()).empty
    shown = picture(with_table(tables, "quality", NotMeasured("not yet")), 0.0)
    assert shown == Gap("not yet")


def test_what_fell_fell_in_every_replicate() -> None:
    rows = pd.DataFrame(
        [(level, replicate, "length", bucket, "t", 0.3 * level, -2.0, upper)
         for level, replicate, bucket, upper in (
             (1, 0, "short", -1.0), (1, 1, "short", 1.0),
             (2, 0, "short", -1.0), (2, 1, "short", -0.5),
             (2, 0, "long", -1.0),
         )],
        columns=["level", "replicate", "bucket_kind", "bucket", "test_set", "sparsity_prunable",
                 "difference_control", "difference_control_upper"],
    )  # fmt: skip
    found = fallen(rows, 2)
    assert found[["level", "bucket"]].to_numpy().tolist() == [[2, "short"]]


def test_what_broke_and_what_was_gained_are_told(tables: RunTables) -> None:
    broke, speed = losses(tables, "lr_rewinding")
    assert broke.lead == "What broke first:"
    assert "phenomena of the minimal pairs" in broke.text
    assert speed.text == (
        "no gain (0.99 to 1.02 times the dense model's speed, the same size): single zeros are "
        "stored and multiplied as other weights are."
    )
    none = with_table(tables, "behaviour", NotMeasured("not yet"))
    assert list(losses(with_table(none, "speed", NotMeasured("not yet")), "lr_rewinding")) == []


def test_next_steps_say_what_would_decide_and_what_lacks(tables: RunTables) -> None:
    claims = frame(tables.claims)
    claims = claims[claims["arm"] == "lr_rewinding"]
    seeds, missing = next_steps(tables, claims)
    assert seeds.endswith("8 seeds would decide “Does attention stay as it was?”.")
    assert missing == "To answer “Does meaning go before grammar?”: the interval holds 0."
    learning = claims.assign(mark="dense model still learning", verdict="supported")
    (longer,) = next_steps(tables, learning)
    assert longer.startswith("Train the dense model for longer")


def test_how_far_to_trust_it_names_seeds_and_levels_where_quality_is_lost(
    tables: RunTables,
) -> None:
    lost, few = trust(tables, "lr_rewinding", 0.59)
    assert few == "Two training seeds: small effects cannot be seen."
    assert lost.replace("\u00a0", " ") == (
        "The claims are decided over all levels up to 83 % pruned, but quality is shown to hold up "
        "to 59 %; Claims, below, has the same over the levels at which it holds."
    )
    assert len(list(trust(tables, "lr_rewinding", 0.84))) == 1


def test_sections_follow_the_questions(tables: RunTables) -> None:
    topics = {topic.anchor for topic in (*FINDINGS, *ACCOUNT)} - {"behaviour"}
    order = [section.anchor for section in sections(tables) if section.anchor in topics]
    assert order == [
        *("claims", "quality", "compute", "sparsity", "representations", "word-classes"),
        *(
            "complexity",
            "probes",
            "attention",
            "examples",
            "damage",
            "challenge",
            "causes",
            "calibration",
            "search",
            "robustness",
            "weights",
            "controls",
            "speed",
            "training",
            "corpus",
            "method",
        ),
    ]


# ----------------------------------------------------------------------------- controls


def test_controls_tell_how_alike_they_leave_networks(tables: RunTables) -> None:
    _, kinds, layers, heads = control_parts(tables)
    assert isinstance(kinds, Table)
    controls = [row[0] for row in kinds.rows]
    assert controls == [*TITLES[1:], "another seed", "noise floor", "chance"]
    assert isinstance(layers, Table)
    assert layers.columns == ("layer", *(f"{title}, level 4" for title in TITLES), "another seed")
    key = (4, 3, 3, "cka_debiased")
    likeness = [similarity_of(arm, *key) + 0.0005 for arm in ARMS]
    assert layers.rows[3][0] == "3"
    assert [float(x) for x in layers.rows[3][1:]] == pytest.approx([*likeness, 0.5], abs=6e-4)
    assert isinstance(heads, Table)
    shown = [row[0] for row in heads.rows]
    assert len(shown) == sum(FakeAttention().layers.values())
    first = [head_similarity(arm, 4, 1, 1, "pearson_assigned") + 0.0005 for arm in ARMS]
    seeds = SEEDS_ALIKE["pearson_assigned"]
    assert heads.rows[0][0] == "encoder self, layer 1"
    assert [float(x) for x in heads.rows[0][1:]] == pytest.approx([*first, seeds], abs=6e-4)


def test_a_run_without_controls_has_none_of_them(tmp_path: Path) -> None:
    fake = FakeRun(arms=("lr_rewinding",), replicates=1, levels=1)
    _, kinds, *_ = control_parts(read_run(write_run(tmp_path / "run", fake)))
    assert isinstance(kinds, Table)
    assert [row[0] for row in kinds.rows] == ["noise floor", "chance"]


# ----------------------------------------------------------------------------- inside the page


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists))
def test_what_is_packed_comes_out_again(value: Any) -> None:
    text = packed_json(value)
    assert re.fullmatch("[A-Za-z0-9+/]+=*", text)
    assert unpacked(text) == value


def test_a_number_that_is_none_is_our_bug() -> None:
    with pytest.raises(ValueError, match="JSON"):
        packed_json(float("nan"))


cells = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=2)


@given(st.lists(cells))
def test_tables_lie_in_the_page_cell_for_cell(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([["claim", "reason"], *rows])
    (file,) = enclosed({"tables/a.csv": text.getvalue().encode()}, 10**6)
    _, *shown = zip(*unpacked(file.packed), strict=True)
    assert shown == [tuple(row) for row in rows]
    assert file.file_name == "a.csv"


def test_small_tables_go_in_first_and_no_more_than_fit() -> None:
    small = {name: f"{name}\n1\n".encode() for name in ("b", "a", "c")}
    digits = "\n".join(str(number**7) for number in range(3_000))
    contents = {"large": digits.encode(), **small}
    assert [file.path for file in enclosed(contents, most=10_000)] == ["b", "a", "c"]
    assert [file.path for file in enclosed(contents, most=10**6)] == ["large", "b", "a", "c"]
    assert enclosed(contents, most=10) == ()


def test_drawn_tables_are_enclosed_and_all_else_is_linked(run: Path) -> None:
    other = run / "tables/mine.csv"
    other.write_text("a\n")
    try:
        _, inside, _, links, _ = downloads_parts(read_run(run), 10**6)
    finally:
        other.unlink()
    assert isinstance(inside, Downloads)
    assert {file.path for file in inside.files} == {
        path.relative_to(run).as_posix() for path in run.glob("tables/*.csv")
    }
    assert isinstance(links, Links)
    views = sorted(path.relative_to(run).as_posix() for path in run.glob("views/*.json"))
    assert list(links.paths) == ["tables/mine.csv", *views]


def test_what_is_too_large_is_said_to_be(tables: RunTables) -> None:
    noise = random.Random(0)
    huge = "\n".join(noise.randbytes(1_000).hex() for _ in range(3_000)).encode()
    contents = {**tables.contents, "tables/similarity.csv": huge}
    _, inside, told, links, _ = downloads_parts(replace(tables, contents=contents), 10**6)
    assert isinstance(inside, Downloads)
    assert "tables/similarity.csv" not in {file.path for file in inside.files}
    assert isinstance(told, Prose)
    assert told.text.endswith("Too large for this page: tables/similarity.csv.")
    assert isinstance(links, Links)
    assert "tables/similarity.csv" in links.paths


def test_tables_take_what_the_figures_leave(
    run: Path, tables: RunTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = len(build_report(run).read_bytes())
    without = len(
        rendered(
            "page.html", {"summary": summary(tables), "run": tables, "sections": sections(tables)}
        ).encode()
    )
    monkeypatch.setattr("ticketscope.report.page.MOST_BYTES", without + (whole - without) // 2)
    smaller = len(build_report(run).read_bytes())
    assert without < smaller <= without + (whole - without) // 2 < whole
    monkeypatch.undo()
    build_report(run)


def test_the_page_holds_the_tables(run: Path) -> None:
    html = build_report(run).read_text(encoding="utf-8")
    pattern = r'download="(\w+).csv">tables/\1.csv</a><script type="text/plain">(\S+)</script>'
    found = dict(re.findall(pattern, html))
    assert len(found) >= 9
    for name, text in found.items():
        table = (run / f"tables/{name}.csv").read_text(encoding="utf-8")
        rows = [tuple(row) for row in csv.reader(table.splitlines())]
        assert list(zip(*unpacked(text), strict=True)) == rows
