"""The two ways a command can fail, and their exit codes.

Anything else that escapes is a bug of ours and shows its traceback.
"""


class InputError(ValueError):
    """The user's input is wrong: one line with what, where and how to mend it. Exit code 2."""


class JobError(RuntimeError):
    """The job could not be finished though its input was right (full disk, damaged file).

    Exit code 1.
    """
