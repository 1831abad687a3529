"""One file over HTTP: no more bytes than it has, in no more time than it may take.

A server that is broken or means harm can send without end, send a body that unpacks without end, or
send a byte now and then. Nothing here is unpacked, and nothing is waited for without a bound.
"""

import hashlib
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
_BLOCK = 1 << 16


def without_secrets(url: str) -> str:
    """An address to show: without name and password, and without a query, which may hold some."""
    path, question, _ = url.partition("?")
    return re.sub(r"^(\w+://)?.*@", r"\1…@", path, flags=re.DOTALL) + ("?…" if question else "")


def download(url: str, file: IO[bytes], size: int, tell: Callable[[int], None]) -> str:
    """Write the `size` bytes at an address to `file`; gives their sha256.

    Args:
        url: begins with http:// or https://.
        file: open for writing.
        size: bytes that are to come; fewer are no error here.
        tell: is called with the number of bytes of each part that has come, to show progress.

    Raises `JobError`, which shows no secret, when the server does not answer as it should: more
    bytes, an error, silence, or too slow. The caller must throw away what was written until then.
    """
    received: list[str | Exception] = []

    def receive() -> None:
        try:
            received.append(_received(url, file, size, tell))
        except Exception as error:  # raised again where it is waited for
            received.append(error)

    # A thread of its own bounds the whole time: no limit of a socket counts single bytes, names
    # that are looked up, and headers. One that is given up ends with the process.
    seconds = PATIENCE + size / SLOWEST
    thread = threading.Thread(target=receive, daemon=True)
    thread.start()
    thread.join(seconds)
    if not received:
        raise _failed(url, f"not all there after {seconds:,.0f} seconds")
    [result] = received
    if isinstance(result, Exception):
        raise result
    return result


def _received(url: str, file: IO[bytes], size: int, tell: Callable[[int], None]) -> str:
    import requests
    import urllib3

    class Session(requests.Session):
        """One that follows no redirection by itself: it would first read the whole body."""

        def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
            return None

    checksum, num_bytes = hashlib.sha256(), 0
    try:
        with Session() as session, closing(_answer(session, url)) as answer:
            answer.raise_for_status()
            while block := answer.raw.read(_BLOCK, decode_content=False):
                num_bytes += len(block)
                if num_bytes > size:
                    raise _failed(url, f"it is longer than the {size:,} bytes of the file")
                checksum.update(block)
                file.write(block)
                tell(len(block))
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _failed(url, _reason(error)) from None
    return checksum.hexdigest()


def _answer(session: "requests.Session", url: str) -> "requests.Response":
    """The answer at the end of all redirections, of which no body is read."""
    import requests

    for _ in range(MOST_REDIRECTIONS):
        answer = session.get(
            url, stream=True, timeout=SILENCE, headers={"Accept-Encoding": "identity"}
        )
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
        f"{without_secrets(url)}: could not be fetched ({reason}); nothing was kept, try again or "
        "give --mirror URL"
    )
