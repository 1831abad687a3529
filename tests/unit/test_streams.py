"""Standard input, output and error, whatever the locale and wherever they lead."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ticketscope.console.streams import ReaderGone
from ticketscope.runs.doing import do
from ticketscope.runs.jobs import Job

# As the command line, but `translate` gives back what it reads: importing torch takes seconds.
PROGRAM = """
import sys, types
echo = types.ModuleType("ticketscope.networks.translate")
echo.translate_lines = lambda _, lines, **__: lines
sys.modules["ticketscope.networks.translate"] = echo
from ticketscope.cli import main
main()
"""
LOCALES = {
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Latin-1": {"PYTHONIOENCODING": "latin-1"},
}
GOLD = "1\tÜbung\tübung\tNOUN\tNŒUD\t_\t0\troot\t_\t_\n\n"
FULL, CLOSED = (
    "ticketscope: standard output: cannot be written (No space left on device)\n",
    "ticketscope: standard output is closed; give the command somewhere to write, e.g. > FILE\n",
)


def run(*arguments: str, **how: object) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own, with output that is held back as in a pipe."""
    environment = {n: v for n, v in os.environ.items() if n not in ("PYTHONUNBUFFERED", "LC_ALL")}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-W", "error", "-c", PROGRAM, *arguments],
        env=environment | how.pop("env", {}),  # type: ignore[operator]
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "check": False, **how},
    )


def closing(*descriptors: int) -> Callable[[], None]:
    """For a new process: close these before it begins."""
    return lambda: [os.close(descriptor) for descriptor in descriptors] and None


# ----------------------------------------------------------------------------- UTF-8


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES.keys())
def test_what_is_written_is_utf8_whatever_the_locale_says(
    locale: dict[str, str], tmp_path: Path
) -> None:
    text = "größer 🙂 Ω\n"
    translated = run("translate", "x", input=text.encode(), env=locale)
    assert (translated.returncode, translated.stdout) == (0, text.encode())
    assert translated.stderr == b""

    gold = tmp_path / "train.conllu"
    gold.write_text(GOLD, encoding="utf-8")
    counted = run("tasks", str(gold), "--format", "conllu", env=locale)
    assert (counted.returncode, counted.stderr) == (0, b"")
    assert "NŒUD" in counted.stdout.decode()

    drawn = run("--help", env=locale)
    assert "╭─ Train ─" in drawn.stdout.decode()


def test_a_name_that_is_not_utf8_is_told_all_the_same(tmp_path: Path) -> None:
    for locale in ({}, *LOCALES.values()):
        missing = run("run", os.fsdecode(bytes(tmp_path) + b"/caf\xe9.toml"), env=locale)
        assert missing.returncode == 2
        assert missing.stderr.decode().startswith(f"ticketscope: {tmp_path}/caf")
        assert missing.stderr.count(b"\n") == 1


# ----------------------------------------------------------------------------- full and closed

PRINTING = ("--help", "--version", "recipes", "grammar --num 2", "translate x", "cost --help")


@pytest.mark.parametrize("command", PRINTING)
def test_a_full_standard_output_is_one_line(command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run(*command.split(), input=b"a line\n", stdout=full)
    assert (ended.returncode, ended.stderr.decode()) == (1, FULL)


@pytest.mark.parametrize("command", ["--help", "recipes", "translate x"])
def test_a_closed_standard_output_is_one_line(command: str) -> None:
    ended = run(*command.split(), input=b"a line\n", preexec_fn=closing(1))
    assert (ended.returncode, ended.stderr.decode()) == (1, CLOSED)


def test_nothing_at_all_to_write_to() -> None:
    ended = run("recipes", preexec_fn=closing(0, 1, 2))
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"", b"")
    with Path("/dev/full").open("wb") as full:
        ended = run("recipes", stdout=full, stderr=full)
        assert ended.returncode == 1
        ended = run("run", "nope", stderr=full)
    assert (ended.returncode, ended.stdout) == (2, b"")


def test_without_standard_error_all_else_is_as_ever() -> None:
    for command, code in (("recipes", 0), ("run nope", 2)):
        ended = run(*command.split(), preexec_fn=closing(2))
        assert ended.returncode == code
        assert b"nope" not in ended.stdout  # an error line is no output


def test_an_error_is_told_though_what_came_before_has_no_place() -> None:
    """Lines wait in the buffer when the error comes; they must not be missed at the exit either."""
    program = PROGRAM.replace("main()", "print('held back'); main()", 1)
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c",
             "from ticketscope.console import streams\nstreams.prepare()\n" + program,
             "run", "nope"],
            stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr.startswith(b"ticketscope: nope: no such recipe")
    assert ended.stderr.count(b"\n") == 1


def test_no_file_takes_the_place_of_a_closed_stream() -> None:
    program = (
        "import os; from ticketscope.console import streams; streams.prepare()\n"
        "assert os.open(os.devnull, os.O_RDONLY) > 2\n"
        "assert os.get_inheritable(0) and os.get_inheritable(2)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        preexec_fn=closing(0, 2),
        check=False,
    )
    assert ended.returncode == 0


def test_a_pipe_that_never_waits_gets_all() -> None:
    """As one is that another program left so; a pipe holds 64 KB and the reader sleeps."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "translate", "x"],
        stdin=subprocess.PIPE,
        stdout=write,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(write)
        assert process.stdin is not None
        process.stdin.write(b"x" * 300_000 + b"\n")
        process.stdin.close()
        with os.fdopen(read, "rb") as output:
            assert output.read() == b"x" * 300_000 + b"\n"
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_reader_that_goes_is_known_as_such_from_a_worker_too(tmp_path: Path) -> None:
    def print_on() -> None:
        raise ReaderGone("gone")

    done = do(Job("print", None, print_on, ()), tmp_path)
    assert (done.state, done.kind, done.text) == ("failed", ReaderGone, "gone")


# ----------------------------------------------------------------------------- input


def test_a_closed_standard_input_is_told() -> None:
    ended = run("translate", "x", preexec_fn=closing(0))
    assert ended.returncode == 2
    assert ended.stderr.decode() == (
        "ticketscope: standard input is closed; give the command text to read, e.g. < FILE\n"
    )


def test_a_line_of_standard_input_has_a_greatest_length() -> None:
    ended = run("translate", "x", input=b"short\n" + b"x" * 1_000_001)
    assert ended.returncode == 2
    assert ended.stdout == b"short\n"
    assert ended.stderr.decode().startswith(
        "ticketscope: standard input:2: the line is longer than 1 MB"
    )


def test_a_standard_input_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as write_only:
        ended = run("translate", "x", stdin=write_only)
    assert ended.returncode == 2
    assert ended.stderr.decode() == (
        "ticketscope: standard input: bad file descriptor; give one that is open for reading\n"
    )
