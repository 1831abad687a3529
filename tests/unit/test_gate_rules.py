"""Rules that are wrong: one line with file, line, rule and how to mend it."""

from pathlib import Path

import pytest
from gate_fixture import LOTTERY, WHOLE, bleu, judged, material

from ticketscope.errors import InputError
from ticketscope.gate.judging import judge
from ticketscope.gate.rules import GateRule, GateRules
from ticketscope.gate.rules_file import read_rules
from ticketscope.tables.quality import QUALITY

RULE = """\
# What may break.
networks = ["small"]

[rules.one]
table = "quality"
where = { metric = "bleu" }
at_least = 30

[rules."no loss"]
table = "quality"
where = { metric = "bleu" }
difference_to = "base"
at_least = -0.5
"""
WRONG = {
    "key": ("at_least = 30", "at_leest = 30", ":7: rule one: at_leest: unknown key; did you mean "),
    "section": ("networks =", "nets =", ":2: nets: unknown key; did you mean networks? valid "),
    "kind": ("at_least = 30", 'at_least = "30"', ":7: rule one: at_least: input should be a valid"),
    "no bound": ("at_least = 30", "", ":4: rule one: give one of at_least and at_most; two bounds"),
    "two bounds": ("= 30", "= 30\nat_most = 40", ":4: rule one: give one of at_least and at_most"),
    "two kinds": (
        'difference_to = "base"',
        'difference_to = "base"\nratio_to = "base"',
        ":9: rule no loss: give one of difference_to and ratio_to, or neither",
    ),
    "reference": ('"base"', '"bse"', ":12: rule no loss: difference_to: input should be 'base', "),
    "for nothing": (
        "at_least = 30",
        'at_least = 30\nreference_where = { metric = "chrf" }',
        ":4: rule one: reference_where is of use with difference_to or ratio_to alone",
    ),
    "not finite": ("at_least = 30", "at_least = nan", ":7: rule one: at_least: input should be a"),
    "where": ('{ metric = "bleu" }', '"bleu"', ":6: rule one: where: give columns with their val"),
    "truth": ('"bleu"', "true", ":6: rule one: where: metric: give a text, a number, or a list"),
    "list": ('"bleu"', "[]", ":6: rule one: where: metric: the list is empty"),
    "arm": ("metric =", "arm =", ":6: rule one: where: arm: select networks by networks = […]"),
    "replicate": ('metric = "bleu"', "replicate = 0", ":6: rule one: where: replicate: all repl"),
    "table": ('"quality"', '"qualty"', ":5: rule one: table: qualty: no such table; did you mean "),
    "packed": ('"quality"', '"sentences"', ":5: rule one: table: sentences: no rule can be about "),
    "unmeasured": ('"quality"', '"probes"', ":5: rule one: table: tables/probes.csv is not there"),
    "figure": ("at_least = 30", 'at_least = 30\nfigure = "vlue"', ":8: rule one: figure: vlue: "),
    "end": ("at_least = 30", 'at_least = 30\nfigure = "lower"', ":8: rule one: figure: lower: qua"),
    "column": ("metric =", "metrc =", ":6: rule one: where: metrc: no such column of quality.csv;"),
    "value": (
        '"bleu"',
        '"blue"',
        ':6: rule one: where: metric = "blue": no row of quality.csv has',
    ),
    "number": ('"bleu"', "5", ":6: rule one: where: metric = 5: no row of quality.csv has it; "),
    "itself": (
        "[rules.one]",
        '[rules.own]\ntable = "quality"\ndifference_to = "base"\nnetworks = ["base"]\n'
        "at_least = 0\n[rules.one]",
        ":6: rule own: difference_to: base is not compared with itself; name other networks",
    ),
    "no control": (
        "[rules.one]",
        '[rules.own]\ntable = "quality"\ndifference_to = "control"\nnetworks = ["trained_on"]\n'
        "at_least = 0\n[rules.one]",
        ":6: rule own: difference_to: trained_on has no control in this run; compare it with base",
    ),
    "nothing": (
        'metric = "bleu"',
        'metric = "bleu", test_set = "other"',
        ":6: rule one: where: no row of quality.csv has all of this at once",
    ),
    "network": ('["small"]', '["smal"]', ":2: networks: smal: no such network; did you mean small"),
    "no row": ('["small"]', '["trained_on"]', ":4: rule one: quality.csv has no such row of train"),
    "level": ('["small"]', '["small"]\nlevels = [4]', ":5: rule one: quality.csv has no such row "),
    "TOML": ("at_least = 30", "at_least == 30", ": not valid TOML: Invalid value (at line 7"),
    "no section": (RULE, "rules = 3", ":1: rules: give each rule a section of its own: [rules."),
    "no rule": (
        RULE,
        'networks = ["small"]',
        ': no rule: give at least one, in a section [rules."',
    ),
    "nameless": ("rules.one", 'rules.""', ": rules: '' is no name for a rule: give a plain text"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gate.toml"


@pytest.mark.parametrize(("old", "new", "line"), WRONG.values(), ids=[*WRONG])
def test_what_is_wrong_is_one_line(old: str, new: str, line: str, file: Path) -> None:
    assert old in RULE
    rows = [bleu("small", 40.0, 0.0), bleu("tiny", 40.0, 0.0, metric="chrf", test_set="other")]
    rows += [bleu("base", 40.0, level=0), bleu("trained_on", 40.0, 0.0)] if "own" in new else []
    made = material(file.parent, {QUALITY: rows})
    with pytest.raises(InputError) as refused:
        judged(file.parent, RULE.replace(old, new, 1), made)
    assert str(refused.value).startswith(f"{file}{line}"), refused.value
    assert "\n" not in str(refused.value)


def test_the_rules_themselves_are_right(file: Path) -> None:
    outcome = judged(file.parent, RULE, material(file.parent, WHOLE))
    assert [decision.rule for decision in outcome.decisions] == ["one", "no loss"]


def test_a_missing_file_is_named(file: Path) -> None:
    with pytest.raises(InputError, match=rf"^{file}: no such file or directory; "):
        read_rules(file)


def test_rules_can_be_made_without_a_file(tmp_path: Path) -> None:
    rule = GateRule(table="quality", where={"metric": ("bleu",)}, at_least=39.5)
    made = material(tmp_path, WHOLE)
    outcome = judge(GateRules(rules={"BLEU": rule}), made)
    assert [decision.verdict for decision in outcome.decisions] == ["undecided", "fail"]
    unknown = GateRules(rules={"BLEU": rule.model_copy(update={"table": "qualities"})})
    with pytest.raises(InputError, match=r"^rule BLEU: table: qualities: no such table; did you "):
        judge(unknown, made)


def test_by_default_the_networks_under_study_are_judged_at_each_level(tmp_path: Path) -> None:
    arms = ("lr_rewinding", "dense_continued", "random_pruning")
    rows = [bleu(arm, 40.0, 0.0, level=level) for arm in arms for level in (1, 2)]
    made = material(tmp_path, {QUALITY: rows}, LOTTERY)
    rules = RULE.replace('networks = ["small"]', "")
    networks = [decision.network for decision in judged(tmp_path, rules, made).decisions]
    assert networks == ["lr_rewinding level 1", "lr_rewinding level 2"] * 2
    at_level = judged(tmp_path, f'levels = [2]\nnetworks = ["random_pruning"]\n{rules}', made)
    assert {decision.network for decision in at_level.decisions} == {"random_pruning level 2"}
    own = rules.replace("at_least = 30", "at_least = 30\nlevels = [1]")
    found = judged(tmp_path, f"levels = [2]\n{own}", made)
    assert [d.network[-1] for d in found.decisions] == ["1", "2"]
