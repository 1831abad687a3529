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

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketscope.claims import claims
from ticketscope.errors import InputError
from ticketscope.packing import packed_json
from ticketscope.report import build_report
from ticketscope.report.claims.sections import (
    DECIDING,
    claim_parts,
    claims_shown,
    level_parts,
    other_arms_parts,
    quality_in_words,
    verdict_cards,
)
from ticketscope.report.control_section import control_parts
from ticketscope.report.downloads import downloads_parts, enclosed
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
from unit.attention_fixture import SEEDS_ALIKE, FakeAttention, head_similarity
from unit.claims_fixture import STUDIED, FakeTables
from unit.report_fixture import (
    STATISTICS,
    VERDICTS,
    FakeRun,
    csv_rows,
    frame,
    with_table,
    write_csv,
    write_run,
)
from unit.report_fixture import similarity as similarity_of

pytestmark = pytest.mark.slow

ARMS = ("lr_rewinding", "dense_continued", "random_pruning")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run") / "run", FakeRun(arms=ARMS))


@pytest.fixture(scope="module")
def tables(run: Path) -> RunTables:
    return read_run(run)


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text, validate=True)))


# ----------------------------------------------------------------------------- verdicts


def cards(tables: RunTables) -> dict[str, Verdict]:
    found = verdict_cards(tables)
    assert isinstance(found, Verdicts)
    return {card.claim: card for card in found.verdicts}


def test_each_claim_has_a_card_with_its_verdict_as_word_and_sign(tables: RunTables) -> None:
    found = cards(tables)
    assert {claim: card.verdict for claim, card in found.items()} == VERDICTS
    signs = {card.verdict: card.sign for card in found.values()}
    assert len(set(signs.values())) == 4
    assert found["C3"].title == "Higher layers become less complex"
    assert found["C3"].sentence == "What is computed for C3."
    assert found["C3"].reason == "the interval holds 0"


def test_a_card_has_the_figures_that_decided(tables: RunTables) -> None:
    found = cards(tables)
    assert found["C0"].figures == (
        f"BLEU: 0.01 [{MINUS}0.24 to 0.26], 2 replicates",
        "BLEU is not shown to hold at any level, over 2 replicates (C0: supported)",
    )
    assert found["C1"].figures == ()
    # BLEU is shown to hold nowhere, so what was decided says where that was.
    mind = "Mind: the interval holds 0."
    assert found["C2"].figures == ("slope over depth: 2 [1.75 to 2.25], 2 replicates", mind)
    power = "2 replicates; replicates needed: 8"
    assert found["C4"].figures[0].endswith(power)
    lines = [figure.partition(":")[0] for figure in found["C4"].figures]
    assert lines == [STATISTICS["C4"][0], "Mind"]


def test_a_card_says_that_nobody_knows_where_bleu_holds(run: Path, tmp_path: Path) -> None:
    rows = [row for row in csv_rows(run, "claims") if row["statistic"] != "s*"]
    other = write_run(tmp_path / "run", FakeRun(replicates=1))
    write_csv(other / "tables/claims.csv", rows)
    found = cards(read_run(other))
    assert found["C2"].figures[1:] == (
        "Mind: it is unknown up to where BLEU holds (C0: not measured).",
    )
    assert found["C1"].figures == ()


def test_how_far_quality_holds_is_a_share_of_weights(run: Path, tmp_path: Path) -> None:
    rows = csv_rows(run, "claims")
    rows[1]["value"] = "0.59"
    other = write_run(tmp_path / "run", FakeRun(replicates=1))
    write_csv(other / "tables/claims.csv", rows)
    holds = (
        "BLEU holds until 59.0\u00a0% of the prunable weights are pruned, over 2 replicates; so it "
        "holds until half of them are (C0: supported)"
    )
    found = cards(read_run(other))
    assert found["C0"].figures[1] == holds
    assert found["C2"].figures == ("slope over depth: 2 [1.75 to 2.25], 2 replicates",)


def test_the_figures_that_decide_are_among_those_that_claims_have() -> None:
    rows = claims(FakeTables().tables(), STUDIED)
    names = {(row.claim, row.statistic) for row in rows}
    deciding = [(claim, name) for claim, of in DECIDING.items() for name in of]
    assert len(deciding) == 6
    deciding += [("C0", "s*")]
    assert names.issuperset(deciding)


def test_other_arms_have_their_cards_in_the_section_of_claims(tables: RunTables) -> None:
    claims = frame(tables.claims)
    of_random = claims["arm"] == "random_pruning"
    other = claims.assign(verdict=claims["verdict"].mask(of_random, "undecided"))
    (folded,) = other_arms_parts(with_table(tables, "claims", other))
    assert isinstance(folded, Folded)
    assert folded.title.endswith("for random_pruning")
    (found,) = folded.parts
    assert isinstance(found, Verdicts)
    verdicts = {card.claim: card.verdict for card in found.verdicts}
    assert verdicts == dict.fromkeys(VERDICTS, "undecided")
    alone = with_table(tables, "claims", claims[~of_random])
    assert list(other_arms_parts(alone)) == []


def test_every_statistic_is_in_the_folded_table(run: Path, tables: RunTables) -> None:
    prose, table = claim_parts(tables)
    assert isinstance(prose, Prose)
    assert isinstance(table, Table)
    assert table.folded
    written = csv_rows(run, "claims")
    for column, name in ((0, "arm"), (1, "claim"), (3, "verdict")):
        assert [row[column] for row in table.rows] == [row[name] for row in written]
    assert table.rows[0][2] == "Translation quality holds"
    last_of_first_arm = table.rows[len(written) // 2 - 1]
    assert last_of_first_arm[2:8] == (
        "heads matched to themselves",
        "undecided",
        "5.01",
        "4.76 to 5.26",
        "8",
        "2",
    )
    assert [table.kind(column) for column in (1, 4, 5, 8, 9, 10)] == [
        *("text", "text"),
        *("number", "number"),
        *("sentence", "sentence"),
    ]


def test_every_level_has_its_statistics(tables: RunTables) -> None:
    _, table = level_parts(tables)
    assert isinstance(table, Table)
    assert table.columns[:4] == ("arm", "claim", "statistic", "level 1 (36.0\u00a0% pruned)")
    rows = {row[1:3]: row[3:] for row in table.rows if row[0] == "lr_rewinding"}
    assert rows["C2", "slope over depth"][:2] == ("3", "4 [3.75 to 4.25]")
    assert ("C2", "Kendall's tau over layers") not in rows  # it decides nothing
    assert ("C0", "BLEU") in rows
    missing = with_table(tables, "claims_by_level", NotMeasured("not yet"))
    assert list(level_parts(missing)) == [Gap("not yet")]


def test_without_claims_the_reason_stands_in_their_place(tables: RunTables) -> None:
    without = with_table(tables, "claims", NotMeasured("not yet"))
    assert verdict_cards(without) == Gap("not yet")
    assert list(claim_parts(without)) == [Gap("not yet")]


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
    other = write_run(tmp_path / "run", FakeRun(replicates=1, levels=1))
    write_csv(other / "tables/claims.csv", rows)
    with pytest.raises(InputError, match=f"claims.csv:3: column {column}: {needed} belongs"):
        read_run(other)


def test_significant_digits() -> None:
    assert [significant(x) for x in (0.12345, -2.0, 0.0, 12.34)] == [
        *("0.123", f"{MINUS}2"),
        *("0", "12.3"),
    ]


# ----------------------------------------------------------------------------- the first screen


def test_the_replicates_that_quality_was_measured_in_are_told(run: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "run", FakeRun(replicates=2))
    first = [row for row in csv_rows(run, "quality") if row["replicate"] == "0"]
    write_csv(other / "tables/quality.csv", first)
    *leads, caution, folded = summary(read_run(other)).answers
    assert isinstance(caution, Prose)
    assert caution.text.startswith("One replicate: no verdict")
    assert isinstance(folded, Folded)
    holds, *evidence = folded.parts
    assert isinstance(holds, Prose)
    assert holds.text.startswith("Holds: ")
    for answer, figures in zip(leads, evidence, strict=True):
        assert isinstance(answer, Prose)
        assert isinstance(figures, Prose)
        assert answer.lead == "", "one replicate has no answer to stand in bold"
        assert answer.text.startswith(figures.lead.rstrip(".") + ": ")
        assert figures.text.startswith("Replicate 0: ")


def test_several_replicates_are_answered_by_their_mean(run: Path, tmp_path: Path) -> None:
    rows = csv_rows(run, "claims")
    rows[1]["value"] = "0.59"
    other = write_run(tmp_path / "run", FakeRun(replicates=2))
    write_csv(other / "tables/claims.csv", rows)
    lead, _, folded = summary(read_run(other)).answers
    assert isinstance(lead, Prose)
    assert isinstance(folded, Folded)
    said = cards(read_run(other))["C0"].figures[-1]
    assert lead.lead == f"lr_rewinding: {said}.", "the card says the same"
    assert said.startswith("BLEU holds until 59.0\u00a0% of the prunable weights are pruned")
    _, *evidence = folded.parts
    assert all(isinstance(figures, Prose) and " on " in figures.lead for figures in evidence)
    assert evidence


@pytest.mark.parametrize(
    ("verdict", "reached", "replicates", "said"),
    [
        ("undecided", "0.36", 2, "; whether it holds until half of them are: undecided (C0)"),
        ("contradicted", "0.36", 2, "; whether it holds until half of them are: contradicted (C0)"),
        ("not measured", "0.36", 2, "; no level prunes half of them (C0: not measured)"),
        ("supported", "0.59", 2, "; so it holds until half of them are (C0: supported)"),
        ("undecided", "0.0", 2, "at any level, over 2 replicates (C0: undecided)"),
        ("undecided", "0.0", 1, "1 replicate cannot tell up to where BLEU holds"),
    ],
)
def test_the_headline_says_what_the_verdict_on_quality_is(
    tables: RunTables, verdict: str, reached: str, replicates: int, said: str
) -> None:
    claims = frame(claims_shown(tables))
    of_quality = claims["claim"] == "C0"
    claims = claims.assign(
        verdict=claims["verdict"].mask(of_quality, verdict),
        value=claims["value"].mask(claims["statistic"] == "s*", float(reached)),
        num_replicates=replicates,
    )
    sentence = quality_in_words(claims)
    assert sentence is not None
    assert sentence.endswith(said)
    assert cards(with_table(tables, "claims", claims))["C0"].figures[-1] == sentence


def test_without_a_verdict_nothing_stands_in_bold(tables: RunTables) -> None:
    *answers, _, folded = summary(with_table(tables, "claims", NotMeasured("not yet"))).answers
    assert isinstance(folded, Folded)
    assert answers
    assert all(isinstance(answer, Prose) and not answer.lead for answer in answers)


def test_sections_follow_the_questions(tables: RunTables) -> None:
    topics = {topic.anchor for topic in (*FINDINGS, *ACCOUNT)} - {"behaviour"}
    order = [section.anchor for section in sections(tables) if section.anchor in topics]
    assert order == [
        *("claims", "quality", "sparsity", "representations", "word-classes"),
        *(
            "complexity",
            "probes",
            "attention",
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
    assert controls == [*ARMS[1:], "another seed", "noise floor", "chance"]
    assert isinstance(layers, Table)
    assert layers.columns == ("layer", *(f"{arm}, level 4" for arm in ARMS), "another seed")
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
