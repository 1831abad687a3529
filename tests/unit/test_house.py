"""The house: no module is long, and two modules have one name only where they have one role."""

from collections import defaultdict
from pathlib import Path

import ticketscope

ROOT = Path(ticketscope.__file__).parent
MODULES = sorted(path.relative_to(ROOT) for path in ROOT.rglob("*.py"))

MOST_LINES = 400
WORD_LISTS = {f"corpus/grammar/lexicon/{name}.py" for name in ("closed", "nouns", "verbs")}

NAMED_AFTER_TOPICS = {"commands", "config", "tables"}
"""Rooms that say what their modules are: the commands, the settings, the tables of a topic."""
ROLES = {"steps": {"data", "measure", "step", "table"}, "report": {"figures", "sections"}}
"""By room: what each of its folders may have one of."""


def test_only_word_lists_are_long() -> None:
    lines = {
        path.as_posix(): len((ROOT / path).read_text(encoding="utf-8").splitlines())
        for path in MODULES
    }
    assert {name for name, num in lines.items() if num > MOST_LINES} == WORD_LISTS


def test_modules_of_one_name_have_one_role() -> None:
    places = defaultdict(list)
    for path in MODULES:
        room, name = path.parts[0], path.stem
        if (
            name != "__init__"
            and room not in NAMED_AFTER_TOPICS
            and name not in ROLES.get(room, ())
        ):
            places[name].append(path.as_posix())
    alike = {name: found for name, found in places.items() if len(found) > 1}
    assert not alike, f"name each by what it is: {alike}"
