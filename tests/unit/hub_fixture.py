"""A hub on this machine: as much of the Hugging Face hub as a push talks to."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class LocalHub:
    """What it was sent.

    Args:
        files: of the one repository, by path; None: there is no repository.
        private: whether others are kept out of it.
        kind: what the repository holds: models, or datasets.
        tokens: what was sent along.
        cards: whose metadata it was asked to look at.
        fails_once: whether the next commit is answered by an error.
        changes: whether it keeps something else than it was sent.
    """

    url: str = ""
    files: dict[str, bytes] | None = None
    private: bool = False
    kind: str = ""
    tokens: set[str] = field(default_factory=set)
    cards: list[str] = field(default_factory=list)
    fails_once: bool = False
    changes: bool = False


@contextmanager
def local_hub() -> Iterator[LocalHub]:
    """Serve until the block is left."""
    hub = LocalHub()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.note_token()
            if self.path == "/api/repos/create":
                asked = json.loads(body)
                url = {"url": f"{hub.url}/{asked['organization']}/{asked['name']}"}
                if hub.files is not None:
                    return self.answer(409, {"error": "You already created this repo", **url})
                hub.files, hub.private = {}, asked.get("visibility") == "private"
                hub.kind = asked.get("type", "model") + "s"
                return self.answer(200, url)
            if self.path == "/api/validate-yaml":
                asked = json.loads(body)
                hub.cards.append(asked["content"])
                return self.answer(200, {"errors": [], "warnings": []})
            if "/preupload/" in self.path:
                asked = json.loads(body)["files"]
                modes = [{"path": f["path"], "uploadMode": "regular"} for f in asked]
                return self.answer(200, {"files": [{**m, "shouldIgnore": False} for m in modes]})
            assert "/commit/" in self.path, self.path
            if hub.fails_once:
                hub.fails_once = False
                return self.answer(500, {"error": "the disk of the hub is full"})
            assert hub.files is not None
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    content = base64.b64decode(entry["value"]["content"])
                    hub.files[entry["value"]["path"]] = content + b"x" * hub.changes
            address = f"{hub.url}/me/toy/commit/{'0' * 40}"
            self.answer(200, {"commitOid": "0" * 40, "commitUrl": address, "success": True})
            return None

        def do_GET(self) -> None:
            if self.path == "/api/agent-harnesses":  # what the client asks about itself
                return self.answer(404, {"error": "not here"})
            self.note_token()
            assert hub.files is not None, self.path
            if "/tree/" in self.path:
                return self.answer(200, [_listed(*item) for item in hub.files.items()])
            assert self.path.startswith(f"/api/{hub.kind}/"), self.path
            told = {"id": "me/toy", "sha": "0" * 40, "private": hub.private, "siblings": []}
            return self.answer(200, {**told, "gated": False, "disabled": False, "tags": []})

        def answer(self, code: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def note_token(self) -> None:
            hub.tokens.add(self.headers.get("Authorization", ""))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()


def _listed(path: str, content: bytes) -> dict[str, Any]:
    oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    return {"type": "file", "path": path, "size": len(content), "oid": oid}
