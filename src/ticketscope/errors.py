"""The two ways a command can fail, and their exit codes.

Anything else that escapes is a bug of ticketscope and shows its traceback.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """The user's input is wrong: one line with what, where and how to mend it. Exit code 2."""


class JobError(RuntimeError):
    """The job could not be finished though its input was right (full disk, damaged file).

    Exit code 1.
    """


class JobsFailedError(JobError):
    """Several jobs could not be finished: a line says how many, and one line or more names each."""


class DiskFullError(JobError):
    """Nothing more can be written, by whatever job."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean heads? `` where a known word is nearly the same, to stand before a list of
    all; else nothing."""
    by_lower_case = {one.lower(): one for one in known}
    close = get_close_matches(word.lower(), by_lower_case, n=1)
    return f"did you mean {by_lower_case[close[0]]}? " if close else ""
