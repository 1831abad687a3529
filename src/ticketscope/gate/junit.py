"""Decisions in the form of JUnit, which services for continuous integration show.

A test case is a rule for one network. What fails has a `failure`; what is undecided is `skipped`
with its reason, so that it is told apart from both others.
"""

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

from ticketscope.controls import printable
from ticketscope.files import write_text
from ticketscope.gate.told import details, sentence
from ticketscope.gate.verdict import Decision, GateOutcome, Verdict

_NOT_IN_XML: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")
_ELEMENTS: Final[dict[Verdict, str]] = {"fail": "failure", "undecided": "skipped"}


def write_junit(path: Path, outcome: GateOutcome, run: str) -> None:
    """Write a file of JUnit's form; `run` names the suite."""
    write_text(path, as_junit(outcome, run))


def as_junit(outcome: GateOutcome, run: str) -> str:
    """The decisions as XML. Neither a time nor the name of a machine is in it."""
    verdicts = [decision.verdict for decision in outcome.decisions]
    counts = {
        "tests": str(len(verdicts)),
        "failures": str(verdicts.count("fail")),
        "errors": "0",
        "skipped": str(verdicts.count("undecided")),
    }
    whole = Xml.Element("testsuites", {"name": "ticketscope gate", **_without_skipped(counts)})
    suite = Xml.SubElement(whole, "testsuite", {"name": _text(run), **counts})
    for decision in outcome.decisions:
        _add(suite, decision)
    Xml.indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(whole, encoding="unicode")}\n'


def _add(suite: Xml.Element, decision: Decision) -> None:
    names = {"name": _text(decision.rule), "classname": _text(decision.network)}
    case = Xml.SubElement(suite, "testcase", names)
    if decision.verdict in _ELEMENTS:
        found = Xml.SubElement(case, _ELEMENTS[decision.verdict])
        found.set("message", _text(sentence(decision)))
        if decision.verdict == "fail":
            found.set("type", "gate")
        found.text = "\n".join(map(_text, details(decision))) or None
    else:
        Xml.SubElement(case, "system-out").text = _text(sentence(decision))


def _without_skipped(counts: dict[str, str]) -> dict[str, str]:
    """The form knows no number of skipped cases for all suites together."""
    return {name: count for name, count in counts.items() if name != "skipped"}


def _text(text: str) -> str:
    """Text that XML can hold."""
    return _NOT_IN_XML.sub("�", printable(text))
