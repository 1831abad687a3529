"""A local server whose files, manners and faults tests choose."""

import gc
import gzip
import hashlib
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ticketscope.corpus.remote import Dataset, RemoteFile

CONTENT = {"a.txt": b"first file\n" * 5_000, "b.gz": gzip.compress(b"second file\n")}


@dataclass
class Server:
    """What the local server holds; tests change it."""

    address: str
    served: dict[str, bytes]
    truncated: set[str] = field(default_factory=set)
    instead: dict[str, Callable[[BaseHTTPRequestHandler, threading.Event], None]] = field(
        default_factory=dict
    )
    """What answers in the place of a file, until the client goes or the event is set."""
    requests: list[str] = field(default_factory=list)
    knows_parts: bool = True
    """Whether it sends a file from a byte on, when it is asked to."""

    def dataset(self) -> Dataset:
        return Dataset(
            base=f"{self.address}/data",
            files=tuple(
                RemoteFile(name, len(content), hashlib.sha256(content).hexdigest())
                for name, content in CONTENT.items()
            ),
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(self.path)
            name = self.path.removeprefix("/data/")
            if name in state.instead:
                with suppress(OSError):
                    state.instead[name](self, over)
                self.close_connection = True
                return
            if name not in state.served:
                self.send_error(404)
                return
            content = state.served[name]
            first = int(self.headers.get("Range", "bytes=0-")[len("bytes=") : -1])
            if first >= len(content) and state.knows_parts:
                self.send_error(416)
                return
            if first and state.knows_parts:
                state.requests[-1] += f" from {first}"
                self.send_response(206)
                last, whole = len(content) - 1, len(content)
                self.send_header("Content-Range", f"bytes {first}-{last}/{whole}")
                content = content[first:]
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if name in state.truncated else content)

        def log_message(self, *_: object) -> None:
            pass

    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        state = Server(f"http://127.0.0.1:{http.server_port}", dict(CONTENT))
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        over.set()
        http.shutdown()
        thread.join()
    # requests leaves the closed sockets of refused answers to the collector, which would complain
    # of them in whatever test it comes by.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
