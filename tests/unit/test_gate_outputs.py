"""What a gate leaves behind: JUnit, Markdown, an exit code, and rules to begin with."""

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from gate_fixture import LOTTERY, WHOLE, bleu, judged, material, network, phenomenon
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.arms.cast import dissection_cast
from ticketscope.config import Experiment
from ticketscope.errors import InputError
from ticketscope.gate.joined_figure import JoinedFigure
from ticketscope.gate.junit import as_junit, write_junit
from ticketscope.gate.rules import Bound
from ticketscope.gate.suggested_rules import suggestion
from ticketscope.gate.summary_page import as_markdown, write_markdown
from ticketscope.gate.told import cells, summary, told
from ticketscope.gate.verdict import Decision, GateOutcome, JudgedRow, Verdict
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import Run
from ticketscope.study.main_job import describe
from ticketscope.study.opened_run import OpenedRun, open_run
from ticketscope.study.staleness import SETTINGS, settings_digest
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.written import write_table

RULES = """
[rules."BLEU | <b>"]
table = "quality"
where = { metric = "bleu" }
difference_to = "base"
at_least = -0.5
[rules."each phenomenon"]
table = "behaviour"
where = { bucket_kind = "phenomenon" }
each = true
difference_to = "base"
at_least = 0.0
"""
SMALL = JoinedFigure(0.1, 0.3, 0.3, num_sentences=500)


def outcome_of(*values: float) -> GateOutcome:
    """Decisions on figures with an interval of ±1, which must be at least 0."""
    bound = Bound("at_least", 0.0)
    rows = [JudgedRow("", JoinedFigure(value, 1.0, 1.0), bound) for value in values]
    return GateOutcome(tuple(Decision("r", "n", "s", bound, (row,)) for row in rows))


@pytest.mark.parametrize(
    ("values", "verdict", "code"),
    [
        ((2.0, 3.0), "pass", 0),
        ((2.0, -3.0, 0.1), "fail", 1),
        ((2.0, 0.1), "undecided", 3),
    ],
)
def test_the_exit_code_is_of_the_worst(
    values: tuple[float, ...], verdict: Verdict, code: int
) -> None:
    outcome = outcome_of(*values)
    assert (outcome.verdict, outcome.exit_code) == (verdict, code)
    assert summary(outcome).startswith(f"{verdict}: of {len(values)} decisions ")


def test_an_undecided_decision_says_what_it_needs() -> None:
    bound = Bound("at_least", 0.0)
    [row] = rows = (JudgedRow("", SMALL, bound),)
    assert row.sentences_needed == 4500
    decision = Decision("BLEU", "small", "", bound, rows)
    assert cells(decision) == (
        *("BLEU", "small", "0.1", "−0.2 to 0.4", "≥ 0"),
        "undecided; would need about 4,500 sentences, has 500 (a forecast)",
    )
    at_bound = Decision("", "", "", bound, (JudgedRow("", JoinedFigure(0.0, 1, 1), bound),))
    assert told(at_bound) == "undecided; lies at the bound: no forecast"


# ----------------------------------------------------------------------------- JUnit, Markdown


@pytest.fixture
def outcome(tmp_path: Path) -> GateOutcome:
    return judged(tmp_path, RULES, material(tmp_path, WHOLE))


def test_junit_has_the_shape_of_its_schema(outcome: GateOutcome, tmp_path: Path) -> None:
    """That of Jenkins (junit-10.xsd): names, counts, and which elements may be in which."""
    write_junit(tmp_path / "ci" / "gate.xml", outcome, "runs/mine")
    whole = Xml.parse(tmp_path / "ci" / "gate.xml").getroot()
    assert whole.tag == "testsuites"
    assert set(whole.attrib) <= {"name", "time", "tests", "failures", "disabled", "errors"}
    [suite] = whole
    assert suite.tag == "testsuite"
    assert suite.attrib == {
        "name": "runs/mine",
        "tests": "4",
        "failures": "2",
        "errors": "0",
        "skipped": "1",
    }
    assert [case.tag for case in suite] == ["testcase"] * 4
    for case in suite:
        assert set(case.attrib) == {"name", "classname"}
        [inner] = case
        assert inner.tag in ("system-out", "failure", "skipped")
    found = [(case.get("name"), case.get("classname"), case[0].tag) for case in suite]
    assert found == [
        ("BLEU | <b>", "small", "system-out"),
        ("BLEU | <b>", "tiny", "failure"),
        ("each phenomenon", "small", "skipped"),
        ("each phenomenon", "tiny", "failure"),
    ]
    last = suite[3][0]
    assert "less that of base" in str(last.get("message"))
    assert (last.text or "").splitlines() == [
        "bucket = gender: −0.2 (−0.21 to −0.19), fail",
        "bucket = case: 0 (−0.01 to 0.01), undecided",
    ]


@given(st.text())
def test_any_name_makes_whole_xml(name: str) -> None:
    bound = Bound("at_least", 0.0)
    decision = Decision(name, name, name, bound, (JudgedRow(name, SMALL, bound),))
    Xml.fromstring(as_junit(GateOutcome((decision,)), name).encode("utf-8", "replace"))


def test_markdown_is_escaped_and_whole(outcome: GateOutcome, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    page.write_text("before")
    write_markdown(page, outcome, "runs/<mine>")
    text = page.read_text(encoding="utf-8")
    assert text == as_markdown(outcome, "runs/<mine>")
    assert text.startswith(r"### ticketscope gate runs/\<mine\>")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + 4
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {7}
    assert r"BLEU \| \<b\>" in text
    assert "- bucket = gender: −0.2 (−0.21 to −0.19), fail" in text
    assert not re.search(r"(?<!\\)<", text)


def test_what_cannot_be_written_leaves_what_was_there(outcome: GateOutcome, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a pipe or a device"):
        write_markdown(Path("/dev/null"), outcome, "run")
    assert [*tmp_path.glob("*partial*")] == []


def test_the_table_of_an_outcome_has_every_row(outcome: GateOutcome) -> None:
    found = outcome.table
    assert found["row"].tolist() == ["", "", *["bucket = case", "bucket = gender"] * 2]
    assert found["at_most"].isna().all()
    of_rule = found.groupby("rule")["verdict_of_rule"].agg(list)
    assert of_rule["each phenomenon"] == ["undecided"] * 2 + ["fail"] * 2


# ----------------------------------------------------------------------------- suggestions


def test_no_network_fails_by_what_is_suggested(tmp_path: Path) -> None:
    made = material(tmp_path, WHOLE)
    text = suggestion(made, "runs/mine", None)
    outcome = judged(tmp_path, text, made)
    assert {"pass", "undecided"} == {decision.verdict for decision in outcome.decisions}
    # The control may lie .1 below, and `tiny` lies further.
    assert "# A network lies beyond −0.1: the bound is where it is just undecided." in text
    assert "at_least = -1.7" in text
    assert "# Not suggested: " in text


def test_without_a_control_the_bound_is_how_far_chance_goes(tmp_path: Path) -> None:
    rows = [bleu(arm, 40.0, difference) for arm, difference in (("small", 0.1), ("tiny", -0.1))]
    made = material(tmp_path, {QUALITY: rows}, dissection_cast("big", ["small", "tiny"]))
    text = suggestion(made, "run", None)
    assert "# Chance alone moves such a figure by up to 0.3 in this run." in text
    assert "at_least = -0.3\n" in text
    assert {d.verdict for d in judged(tmp_path, text, made).decisions} <= {"pass", "undecided"}


@settings(max_examples=20)
@given(
    figures=st.lists(st.tuples(st.floats(-50, 50), st.floats(0.001, 20)), min_size=3, max_size=3)
)
def test_what_is_suggested_fails_nobody(
    figures: list[tuple[float, float]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("suggested")
    pairs = [*zip(("small", "tiny", "trained_on"), figures, strict=True)]
    rows = [bleu(arm, 40.0, value, reach=reach) for arm, (value, reach) in pairs]
    more = [phenomenon(arm, "case", value / 50, reach=reach / 50) for arm, (value, reach) in pairs]
    made = material(folder, {QUALITY: rows, BEHAVIOUR: more})
    assert judged(folder, suggestion(made, "run", None), made).verdict != "fail"


def test_the_suggestion_for_a_lottery_is_about_one_level(tmp_path: Path) -> None:
    rows = [
        bleu(arm, 40.0, 0.0, level=level)
        for arm in ("lr_rewinding", "dense_continued")
        for level in (1, 2)
    ]
    made = material(tmp_path, {QUALITY: rows}, LOTTERY)
    text = suggestion(made, "run", 2, "quality holds up to level 2")
    assert "# These rules are about level 2: quality holds up to level 2.\nlevels = [2]" in text
    assert [d.network for d in judged(tmp_path, text, made).decisions] == ["lr_rewinding level 2"]


# ----------------------------------------------------------------------------- a run


@pytest.fixture
def run(toy: Experiment, tmp_path: Path) -> OpenedRun:
    """A run of two replicates with one table."""
    files = Run(tmp_path / "run")
    write_sealed(files.config, describe(toy))
    rows = [
        network("lr_rewinding", 1, replicate) | bleu("lr_rewinding", 40.0, 0.1, replicate=replicate)
        for replicate in range(toy.replicates)
    ]
    written = write_table(files.root, QUALITY, rows, toy.cast)
    write_sealed(files.checksums, {SETTINGS: settings_digest(files)}, [written])
    return open_run(files.root)


def test_a_run_is_judged_by_a_file(run: OpenedRun, tmp_path: Path) -> None:
    rules = tmp_path / "gate.toml"
    rules.write_text(RULES.partition('[rules."each')[0].replace("-0.5", "-0.1"))
    assert run.gate(rules).verdict == run.gate(str(rules)).verdict == "undecided"


def test_altered_tables_are_no_matter_for_a_gate(run: OpenedRun) -> None:
    table = run.files.root / QUALITY.file
    table.write_text(table.read_text().replace("40.0", "41.0"))
    with pytest.raises(InputError, match=r"quality\.csv: truncated or altered .* written anew$"):
        run.suggested_rules()


def test_tables_of_earlier_settings_are_no_matter_for_a_gate(
    run: OpenedRun, toy: Experiment
) -> None:
    beam = toy.quality.model_copy(update={"beam": 5})
    threads = toy.execution.model_copy(update={"workers": 7})
    same = toy.model_copy(update={"execution": threads})
    write_sealed(run.files.config, describe(same))
    run.suggested_rules()
    write_sealed(run.files.config, describe(toy.model_copy(update={"quality": beam})))
    with pytest.raises(InputError, match="the tables are of earlier settings than"):
        run.suggested_rules()
