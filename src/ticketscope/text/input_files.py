"""Small files that others may have written, read whole; an error is one line."""

import json
from pathlib import Path
from typing import Any

from ticketscope.errors import InputError
from ticketscope.files import disk_errors_named

_LARGEST = 2**26
"""In bytes; the vocabulary of the largest translation model we know has a tenth of it."""


def read_input(path: Path) -> bytes:
    """All bytes of a file. Raises `InputError` if there is none, or if it is far too large."""
    with disk_errors_named(path):
        size = path.stat().st_size
        if not path.is_file():  # a pipe would be waited for
            raise InputError(f"{path}: a plain file is needed in its place")
        if size > _LARGEST:
            raise InputError(
                f"{path}: has {size:,} bytes, where a file of its kind has at most {_LARGEST:,}; "
                "get it again"
            )
        return path.read_bytes()


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON object. Raises `InputError` for anything else, with the line where JSON ends."""
    content = read_input(path)
    try:
        value = json.loads(content.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not JSON ({error.msg}); get it again") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not valid UTF-8; get it again") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; brackets as deep
        raise InputError(f"{path}: no JSON that can be read; get it again") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: not a JSON object; get it again")
    return value
