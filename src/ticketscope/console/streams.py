"""The standard streams: UTF-8 whatever the locale says, and one line where output has no place.

Python's own streams follow the locale, and answer a full disk or a closed terminal with a
traceback, some of them only when the interpreter ends.
"""

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from ticketscope.errors import InputError, JobError
from ticketscope.text.lines import decoded_lines

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReaderGone(JobError):
    """Whoever read our standard output wants no more of it, as `head` does; this is no error to
    report."""


def prepare() -> None:
    """Replace Python's streams by our own; once, before anything is opened or printed.

    Streams that are not Python's own (those of a test) stay. Raises `JobError` when standard output
    is closed: what the command says would be lost.
    """
    _occupy_closed()
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(_Errors(2, "w", closefd=False), sys.stderr, line_buffering=True)
    if sys.stdout is not sys.__stdout__:
        return
    is_closed = sys.stdout is None
    sys.stdout = _text(_Output(1, "w", closefd=False), sys.stdout, line_buffering=False)
    if is_closed:
        raise JobError(
            "standard output is closed; give the command somewhere to write, e.g. > FILE"
        )


def finish() -> None:
    """Write what is still held back, or drop it if an error has been reported already."""
    with suppress(JobError):
        sys.stdout.flush()


def input_lines() -> Iterator[str]:
    """Lines of standard input; only a line feed ends one.

    Raises `InputError` as files do, and when it is closed.
    """
    if sys.stdin is None:
        raise InputError("standard input is closed; give the command text to read, e.g. < FILE")
    yield from decoded_lines(sys.stdin.buffer, "standard input")


class _Output(io.FileIO):
    """Standard output, which reports in our own words, once, that it cannot be written."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            while (written := super().write(data)) is None:  # a stream set never to wait
                select.select((), (self,), ())
        except OSError as error:
            # What is held back goes nowhere, or the interpreter would complain when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if isinstance(error, BrokenPipeError):
                raise ReaderGone("standard output: its reader is gone") from None
            raise JobError(f"standard output: cannot be written ({error.strerror})") from None
        return written


class _Errors(io.FileIO):
    """Standard error; there is nowhere to say that it cannot be written."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _text(
    raw: io.FileIO, before: io.TextIOWrapper | None, *, line_buffering: bool
) -> io.TextIOWrapper:
    """UTF-8 that no text makes fail; otherwise as eager as the stream that was there before."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8",
        errors="backslashreplace",  # halves of surrogate pairs: names that are not UTF-8
        line_buffering=before.line_buffering if before else line_buffering,
        write_through=before.write_through if before else False,
    )


def _occupy_closed() -> None:
    """Put the null device where a standard stream is closed, or the next file would become it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
