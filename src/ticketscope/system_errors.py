"""Errors of the operating system: what each says about the work, and about trying again."""

import errno
import os
import re
from collections.abc import Iterator

UNUSABLE = {
    errno.EACCES: "give yourself the right to use it, or name another place",
    errno.EPERM: "give yourself the right to use it, or name another place",
    errno.EROFS: "name a place that can be written to",
    errno.ENOENT: "name one that is there",
    errno.ENOTDIR: "a part of this path is no directory; name another place",
    errno.EBADF: "give one that is open for reading",
    errno.EISDIR: "a file is needed in its place",
    errno.EEXIST: "something else is in its place; move that away, or name another place",
    errno.ENOTEMPTY: "something else is in its place; move that away, or name another place",
    errno.ELOOP: "its links lead round in a circle; name the file itself",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EILSEQ: "this file system does not allow the name; choose another",
    errno.ENODEV: "a plain file is needed in its place",
    errno.ENXIO: "a plain file is needed in its place",
}
"""Places that the user named and that cannot be used, and how to mend that."""

AGAIN = "give the same command again, finished work is kept"
FULL = {
    errno.ENOSPC: f"the disk is full; free some space and {AGAIN}",
    errno.EDQUOT: f"the disk quota is used up; free some space and {AGAIN}",
    errno.EFBIG: f"files may not grow as large here (ulimit -f); raise the limit and {AGAIN}",
}
"""A disk that fails while the work is right; every number that is not listed counts as one, too."""


_PASSING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.ESTALE,
    errno.EAGAIN,
    errno.EBUSY,
    errno.ETIMEDOUT,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.ENETRESET,
    errno.ECONNABORTED,
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENOTCONN,
    errno.ESHUTDOWN,
    errno.EREMOTEIO,
}
"""What a file server, or whoever else fills a disk, may have mended by itself a moment later."""


def behind(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def may_pass(error: BaseException) -> bool:
    """Whether the same work may succeed a moment later: by the error, or by one behind it."""
    return any(
        isinstance(each, Exception) and error_number(each) in _PASSING for each in behind(error)
    )


def error_number(error: Exception) -> int | None:
    """The number of the system's error. Libraries have their own words for it: safetensors ends
    in "(os error 28)", numpy says how many items were requested and how many written."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, FileNotFoundError):
        return errno.ENOENT
    text = str(error)
    if found := re.search(r"\(os error (\d+)\)", text):
        return int(found[1])
    if re.search(r"\d+ requested and \d+ written", text):
        return errno.ENOSPC
    return next((code for code in FULL if os.strerror(code) in text), None)
