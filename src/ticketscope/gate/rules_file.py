"""Rules from a TOML file; what is wrong is one line with file, line, rule and how to mend it."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketscope.config.reading import parsed, plain_section
from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import explained
from ticketscope.gate.rules import GateRule, GateRules


@dataclass(frozen=True)
class Places:
    """Where rules stand, for errors.

    Args:
        file: that they were read from; "" for rules that a program made.
        lines: of that file.
    """

    file: str = ""
    lines: Sequence[str] = ()

    def refused(self, rule: str, key: str, problem: str) -> InputError:
        """The error of a key of a rule ("" is the rule as a whole, or what is above all rules)."""
        number = self._line(rule, key)
        place = f"{self.file}:{number}: " if number else f"{self.file}: " if self.file else ""
        of_rule = f"rule {rule}: " if rule else ""
        return InputError(f"{place}{of_rule}{key}{': ' if key else ''}{problem}")

    def _line(self, rule: str, key: str) -> int:
        """The line of a key of a rule, or of the rule; 0 where it is not to be found."""
        wanted = ["rules", rule] if rule else []
        section: list[str] = []
        found = 0
        for number, line in enumerate(self.lines, start=1):
            if line.lstrip().startswith("["):
                section = _header(line)
            if section[: len(wanted)] != wanted or (not rule and section):
                continue
            if not found and rule:
                found = number
            if key and key in (_assigned(line), *section[len(wanted) : len(wanted) + 1]):
                return number
        return found


def read_rules(path: Path) -> tuple[GateRules, Places]:
    """The rules of a file, and where they stand.

    Raises `InputError` for an unreadable file, bad TOML, unknown keys and wrong values.
    """
    raw = parsed(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise explained(error, path) from None
    places = Places(str(path), lines)
    rules = raw.get("rules", {})
    if not isinstance(rules, dict) or not all(isinstance(rule, dict) for rule in rules.values()):
        raise places.refused("", "rules", 'give each rule a section of its own: [rules."its name"]')
    if not rules:
        raise places.refused("", "", 'no rule: give at least one, in a section [rules."its name"]')
    for name, rule in rules.items():
        _checked(GateRule, rule, places, name)
    return _checked(GateRules, raw, places, ""), places


def _checked(kind: Any, raw: dict[str, Any], places: Places, rule: str) -> Any:
    try:
        return plain_section(kind, raw)
    except InputError as error:
        # The line begins with the key, or where none is at fault with the kind of section.
        key, _, problem = str(error).partition(": ")
        if key == kind.__name__.lower():
            key = ""
        raise places.refused(rule, re.split(r"[.\[]", key)[0], problem) from None


def _header(line: str) -> list[str]:
    """The keys of a line such as ``[rules."no phenomenon"]``; none where it is no such line."""
    try:
        found = tomllib.loads(line)
    except ValueError:
        return []
    keys = []
    inner: Any = found
    while isinstance(inner, dict) and inner:
        [key] = inner
        keys.append(key)
        inner = inner[key]
    return keys


def _assigned(line: str) -> str:
    """The key of a line that sets one; "" where none is set."""
    found = re.match(r"""\s*(["']?)([^"'=]+?)\1\s*=""", line)
    return found[2] if found else ""


def meant(word: object, known: Sequence[object]) -> str:
    """What was meant by a word that is not known, and which there are, cut where they are many."""
    names = [str(name) for name in known]
    shown = ", ".join(name or '""' for name in names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{did_you_mean(str(word), names)}there are: {shown}{more}"


_MOST_NAMED = 30
