"""Records of challenge sets: tables with a header, JSON lines, and lists in JSON.

Each record knows its file and line, so that a fault in it can be named.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ticketscope.errors import InputError
from ticketscope.text.lines import text_lines

_LONGEST = 1 << 27
"""Bytes of a line: JSON may be written in one."""
_BLANKS = " \t\r\n"


@dataclass(frozen=True)
class Record:
    """Args:
    place: file and line.
    fields: by name.
    """

    place: str
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text of it. Raises `InputError` where there is none, or where it is no text."""
        return _text(self.fields, name, self.place)

    def text_or(self, name: str, other: str) -> str:
        """A text of it, or another where it has no such field."""
        return self.text(name) if name in self.fields else other

    def parts(self, name: str) -> "list[Record]":
        """A list of records in it."""
        found = self.fields.get(name)
        if not isinstance(found, list) or not all(isinstance(part, dict) for part in found):
            raise InputError(f"{self.place}: {name} must be a list of JSON objects; mend the line")
        return [Record(self.place, part) for part in found]


def records(path: Path) -> Iterator[Record]:
    """The records of a file, whichever of the three it is.

    Raises `InputError` with file and line for what is none of them.
    """
    start = first_line(path).lstrip(_BLANKS)[:1]
    match start:
        case "[":
            yield from _json_list(path)
        case "{":
            yield from _json_lines(path)
        case _:
            yield from _table(path)


def first_fields(path: Path) -> tuple[str, ...]:
    """By what a file can be known: the names of the fields of its first record, or the cells of its
    first line."""
    line = first_line(path)
    if line.lstrip(_BLANKS)[:1] in ("[", "{"):
        return tuple(next((record.fields for record in records(path)), {}))
    return cells(line)


def first_line(path: Path) -> str:
    """Raises `InputError` for a file without a line."""
    for line in text_lines(path, longest=_LONGEST):
        return line
    raise InputError(f"{path}: the file is empty; give another one")


def cells(line: str) -> tuple[str, ...]:
    """What stands between the tabs of a line."""
    return tuple(cell.strip() for cell in line.split("\t"))


# ----------------------------------------------------------------------------- details


def _text(fields: Mapping[str, Any], name: str, place: str) -> str:
    if name not in fields:
        raise InputError(f"{place}: there is no {name}; it has {', '.join(fields) or 'nothing'}")
    if not isinstance(fields[name], str):
        raise InputError(f"{place}: {name} must be a text; mend the line")
    return str(fields[name])


def _table(path: Path) -> Iterator[Record]:
    """Lines with tabs, without quotes, below a header."""
    names: tuple[str, ...] = ()
    for number, line in enumerate(text_lines(path), start=1):
        if not names:
            names = cells(line)
        elif line.strip():
            found = cells(line)
            place = f"{path}:{number}"
            if len(found) != len(names):
                raise InputError(
                    f"{place}: {len(found)} cells between tabs, but the header names {len(names)} "
                    "columns; mend the line"
                )
            yield Record(place, dict(zip(names, found, strict=True)))


def _json_lines(path: Path) -> Iterator[Record]:
    for number, line in enumerate(text_lines(path, longest=_LONGEST), start=1):
        if line.strip():
            place = f"{path}:{number}"
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                raise InputError(f"{place}: not JSON; mend the line") from None
            yield _record(found, place)


def _json_list(path: Path) -> Iterator[Record]:
    """The entries one by one, each with the line on which it begins."""
    text = "\n".join(text_lines(path, longest=_LONGEST))
    decoder, line, counted = json.JSONDecoder(), 1, 0
    at = text.index("[") + 1
    goes_on = True
    while goes_on:
        at = _past_blanks(text, at)
        if text.startswith("]", at):
            return
        line, counted = line + text.count("\n", counted, at), at
        place = f"{path}:{line}"
        try:
            found, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _broken(path, text, error.pos) from None
        except (ValueError, RecursionError):  # a number of thousands of digits; brackets as deep
            raise _broken(path, text, at) from None
        yield _record(found, place)
        at = _past_blanks(text, at)
        goes_on = text.startswith(",", at)
        if not goes_on and not text.startswith("]", at):
            raise _broken(path, text, at)
        at += goes_on


def _broken(path: Path, text: str, at: int) -> InputError:
    line = text.count("\n", 0, at) + 1
    return InputError(f"{path}:{line}: no JSON list goes on here; get the file again")


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _record(found: Any, place: str) -> Record:
    if not isinstance(found, dict):
        raise InputError(f"{place}: a JSON object is needed here; mend the line")
    return Record(place, found)
