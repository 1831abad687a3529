"""Fetching from a local server: right files arrive, wrong ones never do."""

import fcntl
import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from server_fixture import CONTENT, Server, server

from tests_support import data_folder
from ticketscope.corpus import download, fetch
from ticketscope.corpus.fetch import DATASETS, fetch_dataset
from ticketscope.corpus.remote import Dataset, RemoteFile
from ticketscope.errors import InputError, JobError

__all__ = ["server"]


def test_files_arrive_and_are_not_fetched_again(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = fetch_dataset(server.dataset(), folder, None)
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert sorted(folder.iterdir()) == sorted(paths)
    assert server.requests == ["/data/a.txt", "/data/b.gz"]
    assert fetch_dataset(server.dataset(), folder, None) == paths
    assert len(server.requests) == 2


def test_wrong_file_in_place_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "b.gz").write_bytes(b"half of it")
    fetch_dataset(server.dataset(), tmp_path, None)
    assert (tmp_path / "b.gz").read_bytes() == CONTENT["b.gz"]


def refused(server: Server, folder: Path, message: str, part: int = 0) -> None:
    """`part`: how many bytes of the file are kept, to go on from."""
    mirror = server.address.replace("//", "//user:secret@") + "/data"
    with pytest.raises(JobError, match=message) as caught:
        fetch_dataset(server.dataset(), folder, mirror)
    assert "\n" not in str(caught.value)
    assert server.address.replace("//", "//…@") in str(caught.value)
    assert "secret" not in str(caught.value)
    assert (folder / "a.txt").is_file()
    parts = {path.name: path.stat().st_size for path in folder.iterdir() if path.name != "a.txt"}
    assert parts == ({"b.gz.part": part} if part else {})


def test_tampered_file(server: Server, tmp_path: Path) -> None:
    server.served["b.gz"] = CONTENT["b.gz"][:-1] + b"\x01"
    refused(server, tmp_path, r"b\.gz: not the file that was asked for \(its sha256 is \w{64}; ")


def test_a_file_is_taken_that_is_accepted(server: Server, tmp_path: Path) -> None:
    server.served["b.gz"] = CONTENT["b.gz"][:-1] + b"\x01"
    checksum = hashlib.sha256(server.served["b.gz"]).hexdigest()
    with pytest.raises(JobError, match=f"if you know that it is right, add --accept {checksum}$"):
        fetch_dataset(server.dataset(), tmp_path, None)
    _, path = fetch_dataset(server.dataset(), tmp_path, None, [checksum])
    assert path.read_bytes() == server.served["b.gz"]
    server.requests.clear()
    fetch_dataset(server.dataset(), tmp_path, None, [checksum])  # as is one that was put there
    assert not server.requests


@pytest.mark.parametrize("checksum", ["", "ab12", "G" * 64, "A" * 64])
def test_only_a_sha256_is_accepted(tmp_path: Path, checksum: str) -> None:
    with pytest.raises(InputError, match="no sha256, which has 64 digits"):
        fetch.fetch("multi30k", tmp_path, None, [checksum])


def test_short_file(server: Server, tmp_path: Path) -> None:
    server.served["b.gz"] = CONTENT["b.gz"][:-5]
    refused(server, tmp_path, r"b\.gz: could not be fetched \(it has 27 bytes there, not 32\)")


def test_truncated_transfer(server: Server, tmp_path: Path) -> None:
    server.truncated.add("b.gz")
    refused(server, tmp_path, r"b\.gz: could not be fetched \(the connection broke off\)", part=16)


@pytest.mark.parametrize("knows_parts", [True, False])
def test_what_came_before_the_connection_broke_off_is_gone_on_from(
    server: Server, tmp_path: Path, knows_parts: bool
) -> None:
    server.truncated.add("a.txt")
    with pytest.raises(JobError, match="try again, which goes on from what has come"):
        fetch_dataset(server.dataset(), tmp_path, None)
    half = (tmp_path / "a.txt.part").stat().st_size
    assert half == len(CONTENT["a.txt"]) // 2
    server.truncated.clear()
    server.requests.clear()
    server.knows_parts = knows_parts
    paths = fetch_dataset(server.dataset(), tmp_path, None)
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert server.requests[0] == "/data/a.txt" + (f" from {half}" if knows_parts else "")
    assert sorted(tmp_path.iterdir()) == sorted(paths)


@pytest.mark.parametrize(
    "left", [CONTENT["b.gz"], b"x" * 40, b"x" * 7], ids=["whole", "longer", "shorter"]
)
def test_what_is_left_of_another_file_does_no_harm(
    server: Server, tmp_path: Path, left: bytes
) -> None:
    (tmp_path / "b.gz.part").write_bytes(left)
    if len(left) == 7:  # shows at the end alone, and is then thrown away
        with pytest.raises(JobError, match="not the file that was asked for"):
            fetch_dataset(server.dataset(), tmp_path, None)
    paths = fetch_dataset(server.dataset(), tmp_path, None)
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_two_processes_do_not_fetch_one_file(server: Server, tmp_path: Path) -> None:
    with (tmp_path / "a.txt.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(JobError, match=r"a\.txt\.part: another process is fetching this file"):
            fetch_dataset(server.dataset(), tmp_path, None)
    assert server.requests == []


def test_a_file_of_unknown_size_and_an_md5(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [file] = [
        RemoteFile("b.gz", None, hashlib.md5(CONTENT["b.gz"]).hexdigest(), f"{server.address}/data")
    ]
    dataset = Dataset("http://127.0.0.1:1/unreachable", (file,))
    assert fetch_dataset(dataset, tmp_path, None)[0].read_bytes() == CONTENT["b.gz"]
    (tmp_path / "b.gz").unlink()
    monkeypatch.setattr(download, "MOST_UNSAID", 31)
    with pytest.raises(JobError, match="it is longer than the 31 bytes of the file"):
        fetch_dataset(dataset, tmp_path, None)
    assert list(tmp_path.iterdir()) == []


def test_file_not_found(server: Server, tmp_path: Path) -> None:
    del server.served["b.gz"]
    refused(server, tmp_path, r"b\.gz: could not be fetched \(the server answered 404\)")


def endless(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    handler.send_response(200)
    handler.end_headers()
    while not over.is_set():
        handler.wfile.write(bytes(1_000))


def a_byte_now_and_then(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(31):  # of 32: not all is ever there, however late a busy machine looks
        handler.wfile.write(b"x")
        over.wait(0.01)
    over.wait()


def a_header_now_and_then(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
    while not over.wait(0.01):
        handler.wfile.write(b"x")


def packed(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
    body = gzip.compress(bytes(10_000_000))
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def an_endless_redirection(handler: BaseHTTPRequestHandler, over: threading.Event) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/data/b.gz")
    handler.end_headers()
    while not over.is_set():
        handler.wfile.write(bytes(1_000))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (endless, "it is longer than the 32 bytes of the file"),
        (packed, r"it has 9,\d+ bytes there, not 32"),
        (a_byte_now_and_then, "not all there after 0 seconds"),
        (a_header_now_and_then, "not all there after 0 seconds"),
        (an_endless_redirection, "the server sends from one address to the next"),
    ],
)
def test_a_server_that_does_not_end_is_given_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer, reason: str
) -> None:
    fetch_dataset(Dataset(server.dataset().base, server.dataset().files[:1]), tmp_path, None)
    assert server.dataset().files[1].size == 32
    if "seconds" in reason:
        monkeypatch.setattr(download, "PATIENCE", 0.2)
    server.instead["b.gz"] = answer
    refused(server, tmp_path, rf"b\.gz: could not be fetched \({reason}\)")


@pytest.mark.parametrize("place", ["http://[::1", "file:///etc/passwd", "http://a:b/"])
def test_a_redirection_to_no_address_is_one_line(
    server: Server, tmp_path: Path, place: str
) -> None:
    def nowhere(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.send_response(302)
        handler.send_header("Location", place)
        handler.end_headers()

    server.instead["b.gz"] = nowhere
    refused(server, tmp_path, r"b\.gz: could not be fetched \(.*no address of http or https\)")


def test_a_redirection_is_followed(server: Server, tmp_path: Path) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler, _: threading.Event) -> None:
        handler.send_response(301)
        handler.send_header("Location", "/data/c.gz?key=secret")
        handler.end_headers()

    server.instead["b.gz"] = elsewhere
    server.served["c.gz?key=secret"] = CONTENT["b.gz"]
    paths = fetch_dataset(server.dataset(), tmp_path, None)
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/a/b.gz", "https://host/a/b.gz"),
        ("https://me:pass@host/b", "https://…@host/b"),
        ("https://me:p/a@s?s@host/b", "https://…@s?…"),
        ("me:pass@host/b", "…@host/b"),
        ("https://host/b?token=pass", "https://host/b?…"),
    ],
)
def test_no_secret_is_shown(url: str, shown: str) -> None:
    assert download.without_secrets(url) == shown


def test_no_connection(server: Server, tmp_path: Path) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        port = closed.server_port
    with pytest.raises(JobError, match=r"could not be fetched \(no connection"):
        fetch_dataset(server.dataset(), tmp_path, f"http://127.0.0.1:{port}")
    assert list(tmp_path.iterdir()) == []


def test_mirror_takes_the_place_of_the_base(server: Server, tmp_path: Path) -> None:
    dataset = Dataset(base="http://127.0.0.1:1/unreachable", files=server.dataset().files)
    paths = fetch_dataset(dataset, tmp_path, f"{server.address}/data/")
    assert [path.read_bytes() for path in paths] == list(CONTENT.values())


@pytest.mark.parametrize("mirror", ["", "ftp://me:secret@host/x", "/local/folder", "file:///etc"])
def test_mirror_must_be_an_http_address(tmp_path: Path, mirror: str) -> None:
    with pytest.raises(InputError, match="not an address") as caught:
        fetch.fetch("multi30k", tmp_path, mirror, [])
    assert "secret" not in str(caught.value)


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="valid: multi30k, ud-ewt, wmt16"):
        fetch.fetch("wmt", tmp_path, None, [])


def test_fetch_by_name(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "DATASETS", {"small": server.dataset()})
    assert len(fetch.fetch("small", tmp_path, None, [])) == 2


def test_registry_holds_the_files_of_the_shared_data() -> None:
    multi30k = data_folder("multi30k")
    named = {file.name: (file.size, file.checksum) for file in DATASETS["multi30k"].files}
    here = {
        path.name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in multi30k.glob("*.gz")
    }
    assert named == here

    treebank = data_folder("ud_english_ewt")
    named = {file.name: (file.size, file.checksum) for file in DATASETS["ud-ewt"].files}
    unpacked = {path.stem: gzip.decompress(path.read_bytes()) for path in treebank.glob("*.gz")}
    here = {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in unpacked.items()
    }
    assert named == here


def test_addresses_name_the_commits_of_the_shared_data() -> None:
    for name, folder in (("multi30k", "multi30k"), ("ud-ewt", "ud_english_ewt")):
        readme = (data_folder(folder) / "README").read_text()
        commit = DATASETS[name].base.split("/")[5]
        assert len(commit) == 40
        assert commit in readme
