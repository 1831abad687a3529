"""Control characters: a terminal obeys them and does not show them, and no name may hold one."""

import re
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Those of ASCII and Latin-1, the line ends of Unicode, and what turns the direction of a text."""


def printable(text: str) -> str:
    r"""Text of others as one line that a terminal can show: what it would obey is written out.

    An escape sequence in a name, a path or a label could otherwise hide or forge what is said;
    ``\x1b[2J`` clears the screen.
    """
    return _CONTROLS.sub(lambda found: _written_out(found[0]), text)


def control_character(text: str) -> str:
    r"""The first control character of a text, written out as ``\r``; "" where there is none.

    A name with one would break a row of a table, or the line that names it, long after it was read.
    """
    found = _CONTROLS.search(text)
    return _written_out(found[0]) if found else ""


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
