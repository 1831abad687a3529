"""One file over HTTP: no more bytes than it has, in no more time than it may take, resumed where it
broke off.

A server that is broken or means harm can send without end, send a body that unpacks without end, or
send a byte now and then. Nothing here is unpacked, and nothing is waited for without a bound.
"""

import re
import threading
from collections.abc import Callable
from contextlib import closing
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin

from ticketscope.errors import JobError

if TYPE_CHECKING:
    import requests

SILENCE = 30.0
"""After this many seconds without a byte a server is given up."""
PATIENCE, SLOWEST = 60.0, 10_000
"""A whole file may take this many seconds, and one more per this many bytes."""
MOST_REDIRECTIONS = 5
MOST_UNSAID = 1 << 26
"""As many bytes may a file have whose size is not known."""
_BLOCK = 1 << 16


def without_secrets(url: str) -> str:
    """An address to show: without name and password, and without a query, which may hold some."""
    path, question, _ = url.partition("?")
    return re.sub(r"^(\w+://)?.*@", r"\1…@", path, flags=re.DOTALL) + ("?…" if question else "")


def download(url: str, file: IO[bytes], size: int | None, tell: Callable[[int], None]) -> None:
    """Write the bytes at an address to `file`, or those that it lacks.

    What came before an error is kept in `file`, so that the next call goes on behind it; nothing is
    kept of an answer that cannot be the file. Whoever calls has to check the whole.

    Args:
        url: begins with http:// or https://.
        file: open for appending.
        size: bytes that the whole file has; None where that is not known.
        tell: is called with the number of bytes of each part that has come, to show progress.

    Raises `JobError`, which shows no secret, when the server does not answer as it should: more
    bytes or fewer, an error, silence, or too slow.
    """
    received: list[Exception | None] = []

    def receive() -> None:
        try:
            _receive(url, file, size, tell)
            received.append(None)
        except Exception as error:  # raised again where it is waited for
            received.append(error)

    # A thread of its own bounds the whole time: no limit of a socket counts single bytes, names
    # that are looked up, and headers. One that is given up ends with the process.
    seconds = PATIENCE + (size or MOST_UNSAID) / SLOWEST
    thread = threading.Thread(target=receive, daemon=True)
    thread.start()
    thread.join(seconds)
    if not received:
        raise _failed(url, f"not all there after {seconds:,.0f} seconds")
    if error := received[0]:
        raise error


def _receive(url: str, file: IO[bytes], size: int | None, tell: Callable[[int], None]) -> None:
    import requests
    import urllib3

    class Session(requests.Session):
        """One that follows no redirection by itself: it would first read the whole body."""

        def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
            return None

    try:
        with Session() as session:
            with closing(_answer(session, url, file.tell())) as answer:
                if answer.status_code != requests.codes.range_not_satisfiable:
                    _write(answer, url, file, size, tell)
                    return
            _empty(file)  # what is there is no part of what the server has
            with closing(_answer(session, url, 0)) as answer:
                _write(answer, url, file, size, tell)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _failed(url, _reason(error)) from None


def _write(
    answer: "requests.Response",
    url: str,
    file: IO[bytes],
    size: int | None,
    tell: Callable[[int], None],
) -> None:
    answer.raise_for_status()
    there = file.tell()
    if not _begins_at(answer, there):  # a server that knows no parts sends the whole
        there = _empty(file)
    tell(there)
    coming = answer.headers.get("content-length", "")
    if size and coming.isdigit() and there + int(coming) != size:
        _empty(file)
        raise _another(url, f"it has {there + int(coming):,} bytes there, not {size:,}")
    most = size or MOST_UNSAID
    while block := answer.raw.read(_BLOCK, decode_content=False):
        there += len(block)
        if there > most:
            _empty(file)
            raise _another(url, f"it is longer than the {most:,} bytes of the file")
        file.write(block)
        tell(len(block))
    if size and there < size:
        raise _failed(url, "the connection broke off")


def _empty(file: IO[bytes]) -> int:
    """Throw away what a file has; gives how much it has now."""
    file.seek(0)
    return file.truncate()


def _begins_at(answer: "requests.Response", first: int) -> bool:
    """Whether what comes goes on behind as many bytes (RFC 9110, 14.4)."""
    partial = answer.status_code == 206
    return partial and answer.headers.get("content-range", "").startswith(f"bytes {first}-")


def _answer(session: "requests.Session", url: str, first: int) -> "requests.Response":
    """The answer at the end of all redirections, of which no body is read; from byte `first` on."""
    import requests

    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={first}-"} if first else {})
    for _ in range(MOST_REDIRECTIONS):
        answer = session.get(url, stream=True, timeout=SILENCE, headers=headers)
        if not answer.is_redirect:
            return answer
        answer.close()
        try:
            url = urljoin(url, answer.headers["location"])
        except ValueError:  # no address at all
            raise requests.exceptions.InvalidURL from None
    raise requests.TooManyRedirects


def _reason(error: Exception) -> str:
    import requests
    import urllib3

    match error:
        case requests.HTTPError(response=requests.Response(status_code=status)):
            return f"the server answered {status}"
        case requests.TooManyRedirects():
            return "the server sends from one address to the next"
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
            return "that, or where the server sends to, is no address of http or https"
        case requests.Timeout() | urllib3.exceptions.TimeoutError():
            return "no answer in time"
        case requests.ConnectionError():
            return "no connection"
        case urllib3.exceptions.HTTPError() | requests.exceptions.ChunkedEncodingError():
            return "the connection broke off"
        case _:
            return type(error).__name__


def _failed(url: str, reason: str) -> JobError:
    return JobError(
        f"{without_secrets(url)}: could not be fetched ({reason}); try again, which goes on from "
        "what has come, or give --mirror URL"
    )


def _another(url: str, reason: str) -> JobError:
    return JobError(
        f"{without_secrets(url)}: could not be fetched ({reason}), so it is another file; give "
        "another --mirror URL"
    )
