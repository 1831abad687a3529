"""The command line: what it says in one line, with which code it ends, and how fast it answers."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import load_file, save_file

import ticketscope
from tests_support import PATIENCE, left_of, listen_to_ctrl_c, poison, processes_of, wait_for
from ticketscope import cli
from ticketscope.config import Model, Vocabulary
from ticketscope.errors import InputError, JobError
from ticketscope.files import write_json, write_text
from ticketscope.lottery.training_log import read_log
from ticketscope.networks import model
from ticketscope.networks.translate import generation_settings
from ticketscope.runs.store import LevelFolder, Run
from ticketscope.study.main_job import describe
from ticketscope.study.recipes import RECIPES, recipe
from ticketscope.text.vocabulary import Vocabulary as SubwordVocabulary
from ticketscope.text.vocabulary import train_sentencepiece

LIBRARIES = ("MKL", "OMP", "OPENBLAS")
COMMAND = [sys.executable, "-W", "error", "-m", "ticketscope"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on standard error."""
        assert self.err.startswith("ticketscope: ")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix("ticketscope: ").rstrip("\n")


Call = Callable[..., Ended]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Call]:
    """Runs the command line here, in an empty directory, for importing torch takes seconds."""
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.chdir(tmp_path)
    for name in ("PYTHONSAFEPATH", *(f"{library}_NUM_THREADS" for library in LIBRARIES)):
        monkeypatch.setenv(name, "7")  # what `main` sets is undone afterwards

    def call(*arguments: str, stdin: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "argv", ["ticketscope", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ended(ended.value.code, *capsys.readouterr())  # type: ignore[arg-type]

    yield call
    signal.signal(signal.SIGTERM, handler)


# ----------------------------------------------------------------------------- quick answers


HEAVY = {
    "torch",
    "transformers",
    "numpy",
    "pandas",
    "altair",
    "sacrebleu",
    "sentencepiece",
    "ctranslate2",
}


@pytest.mark.parametrize(
    ("code", "also"),
    [
        ("import ticketscope", set()),
        ("from ticketscope.cli import app", {"pydantic"}),
        ("from ticketscope.cli import app; app(['--help'])", {"pydantic"}),
        ("from ticketscope.cli import app; app(['run', '--help'])", {"pydantic"}),
        ("from ticketscope.cli import app; app(['__complete', 'run', ''])", set()),
    ],
)
def test_quick_answers_import_nothing_heavy(code: str, also: set[str]) -> None:
    """They come in under half a second: the clock of a busy machine would not show it."""
    code += "; import sys; print(); print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    imported = set(result.stdout.splitlines()[-1].split())
    assert "ticketscope" in imported
    assert not imported & (HEAVY | also)


def test_help_groups_the_commands_and_ends_with_three_examples(call: Call) -> None:
    shown = call("--help").out
    groups = re.findall(r"^╭─ (\w+) ", shown, re.MULTILINE)
    assert groups == [*cli.COMMANDS, "Other"]
    commands = re.findall(r"^│ ([a-z]+)  ", shown, re.MULTILINE)
    assert commands == [
        *(command.__name__ for group in cli.COMMANDS.values() for command in group),
        "completion",
    ]
    examples = shown[shown.index("Examples:") :]
    assert [f"ticketscope {e}" in examples for e in ("run demo", "run mine", "compare")] == [
        True
    ] * 3
    assert "Examples:" not in call("run", "--help").out


def test_a_command_stands_in_the_module_of_its_group() -> None:
    for group, commands in cli.COMMANDS.items():
        assert {c.__module__ for c in commands} == {f"ticketscope.commands.{group.lower()}"}


# ----------------------------------------------------------------------------- completion


def test_completion_scripts_are_printed(call: Call) -> None:
    for shell in ("bash", "zsh", "fish"):
        ended = call("completion", shell)
        assert (ended.code, ended.err) == (0, "")
        assert all(word in ended.out for word in ("ticketscope", "translate", "--beam"))


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not here")
def test_bash_completes_commands_options_and_files(call: Call, tmp_path: Path) -> None:
    script = call("completion", "bash").out
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    (tmp_path / "finished").mkdir()
    ask = (
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ticketscope; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    for words, expected in {
        ("sho",): ["show"],
        ("report", "--fig"): ["--figures"],
        ("report", "--figures", "fi"): ["finished"],
        ("show", "fi"): ["finished"],
        ("run", "--probes", "g"): ["grammar"],
    }.items():
        done = subprocess.run(
            ["bash", "-c", f"{script}\n{ask}", "-", "ticketscope", *words],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == expected


def test_recipes_complete_as_names_and_as_files(call: Call, tmp_path: Path) -> None:
    def offered(*words: str) -> list[str]:
        return call("__complete", *words).out.splitlines()[2:]

    (tmp_path / "mine").mkdir()
    for name in ("mine.toml", "mine/other.toml", "mine/notes.txt"):
        (tmp_path / name).touch()
    assert offered("run", "") == [*RECIPES, "mine.toml", "mine/other.toml"]
    assert offered("run", "mine/") == [*RECIPES, "mine/other.toml"]
    assert offered("recipes", "") == list(RECIPES)


# ----------------------------------------------------------------------------- quick answers


def test_version_and_recipes(call: Call) -> None:
    assert call("--version") == Ended(0, f"{ticketscope.__version__}\n", "")
    listed = call("recipes")
    assert (listed.code, listed.err) == (0, "")
    assert [line.split()[0] for line in listed.out.splitlines()] == list(RECIPES)
    assert all(len(line.split()) > 5 for line in listed.out.splitlines())


def test_grammar_prints_pairs_annotation_and_contrasts(call: Call) -> None:
    pairs = call("grammar", "--split", "validation", "--num", "3", "--seed", "2")
    assert (pairs.code, pairs.err) == (0, "")
    rows = [line.split("\t") for line in pairs.out.splitlines()]
    assert [len(row) for row in rows] == [2, 2, 2]

    annotated = call(
        "grammar", "--split", "validation", "--num", "3", "--seed", "2", "--form", "json"
    )
    records = [json.loads(line) for line in annotated.out.splitlines()]
    assert [[record["source"], record["target"]] for record in records] == rows

    trees = call("grammar", "--num", "2", "--form", "trees").out.splitlines()
    assert len(trees) == 2
    assert all(line.startswith("(S") for line in trees)
    contrasts = call("grammar", "--num", "2", "--contrasts", "number").out.splitlines()
    assert [line.split("\t")[0] for line in contrasts] == ["number", "number"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--contrasts", "tense"], "tense: no such phenomenon; valid: gender, case"),
        (["--contrasts", "case", "--form", "trees"], "leave out --form"),
        (["--split", "dev"], "--split"),
        (["--num", "0"], "--num"),
    ],
)
def test_grammar_refuses_what_it_cannot_print(call: Call, arguments: list[str], said: str) -> None:
    ended = call("grammar", *arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert said in ended.line


# ----------------------------------------------------------------------------- wrong input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("run nope", "nope: no such recipe; valid: demo, grammar, multi30k, multi30k-short"),
        (
            "frobnicate",
            "frobnicate: no such command; valid: run, recipes, prune, shrink, restore, dissect",
        ),
        ("shw x", "shw: no such command (did you mean show?); valid: run, recipes"),
        ("--nope", "--nope: no such command; valid: run, recipes"),
        ("run demo --nope", "run: --nope: no such option; see `ticketscope run --help`"),
        (
            "run demo --ou x",
            "run: --ou: no such option (did you mean --out?); see `ticketscope run",
        ),
        ("run", "run: RECIPE is missing (a recipe's name (see `ticketscope recipes`) or a TOML f"),
        ("show", "show: RUN is missing (the run directory); see `ticketscope show --help`"),
        ("cost --run", "cost: --run needs a value after it; see `ticketscope cost --help`"),
        (
            "probe",
            "probe: NETWORK is missing (the model directory of a network, e.g. RUN/replicate",
        ),
        ("tasks x", "tasks: --format is missing (conllu, trees, bio, propbank"),
        ("probe t --task pos --format x --data", "probe: --data needs a value after it; see `tic"),
        ("run demo a b", "run: a, b: more arguments than it takes; see `ticketscope run --help`"),
        ("run demo --out a --out b", "run: --out: is given twice; leave out one"),
        ("run demo --dry-run=maybe", "run: --dry-run maybe: it takes no value; leave that out"),
        (
            "run demo --probes rel",
            "run: --probes rel: must be one of none, real, grammar (did you mean r",
        ),
        ("run demo --set", "run: --set needs a value after it; see `ticketscope run --help`"),
        ("run none.toml", "none.toml: no such file"),
        ("run demo --set training.nope=3", "--set: training.nope: unknown key; valid here: accum"),
        ("run demo --set training.updates=x", "--set: training.updates: input should be a valid i"),
        ("run demo --set training.updates", "--set training.updates: expected path=value, e.g. tr"),
        ("show .", ".: no config.json here; give the directory of a t"),
        ("show none", "none: no config.json here"),
        ("report .", ".: no config.json here; give the directory of a ticketscope run"),
        ("translate .", ".: not a model folder (config.json is missing); give the folder of a n"),
        ("translate none", "none: not a model folder"),
        ("translate . --beam many", "translate: --beam many: must be a whole number"),
        ("translate . --beam 1.5", "translate: --beam 1.5: must be a whole number"),
        ("translate . --beam 0", "translate: --beam 0: must be >= 1"),
        ("translate . --length-penalty nan", "translate: --length-penalty nan: must be a number"),
        ("translate . --length-penalty 1e4", "--length-penalty 1e4: must be <= 1000.0"),
        ("tasks [1].conllu --format conllu", "[1].conllu: no such file or directory"),
        ("fetch nope", "nope"),
        (
            "run demo --probe-data x --probes none",
            "--probe-data x: is of no use with probing.suite = none; add -",
        ),
        (
            "run demo --probe-data x --probes grammar",
            "use with probing.suite = grammar; add --probes",
        ),
        (
            "probe t --task pos --format ged --data x --protocol lbfgs --hidden 5",
            "--hidden 5: --protocol lbfgs is for linear probes; leave out one of the two",
        ),
        ("run demo --out /dev/null/x", "/dev/null/x: not a directory; a part of"),
    ],
)
def test_wrong_input_is_told_in_one_line(call: Call, arguments: str, words: str) -> None:
    ended = call(*arguments.split())
    assert ended.code == 2
    assert words in ended.line
    assert ended.out == ""
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("training = = 3", "bad.toml: not valid TOML: Invalid value (at line 1, column 12)"),
        ('[corpus]\nkind = "grammar"\nnope = 1', "bad.toml: corpus.nope: unknown key; valid here"),
        (
            '[corpus]\nkind = "nope"',
            "bad.toml: corpus: kind must be one of grammar, files, table, conllu",
        ),
        ('"new\\nline" = 1\n[training]\n[corpus]\nkind = "grammar"', "bad.toml: "),
    ],
)
def test_a_bad_toml_file_is_told_in_one_line(call: Call, content: str, words: str) -> None:
    Path("bad.toml").write_text(content)
    ended = call("run", "bad.toml")
    assert ended.code == 2
    assert words in ended.line


def test_another_training_config_and_foreign_files_are_refused(call: Call) -> None:
    made = describe(recipe("demo"))
    write_json(Path("run/config.json"), made)
    ended = call(
        "run", "demo", "--set", "training.updates=7", "--set", "model.heads=2", "--out", "run"
    )
    assert ended.code == 2
    assert "different: model.heads, training.updates)" in ended.line
    assert json.loads(Path("run/config.json").read_text()) == made
    write_text(Path("mine/thesis.tex"), "years of work")
    ended = call("run", "demo", "--out", "mine")
    assert ended.code == 2
    assert ended.line.startswith("mine: has files but no config.json")
    assert [path.name for path in Path("mine").iterdir()] == ["thesis.tex"]
    assert [path.name for path in Path("run").iterdir()] == ["config.json"]


def test_a_run_that_is_being_worked_on_is_refused(call: Call) -> None:
    run = Run(Path("busy"))
    with run.locked():
        ended = call("run", "demo", "--out", "busy")
    assert ended.code == 2
    assert ended.line.startswith("busy: another ticketscope is working on this run; wait for it")
    assert not run.config.exists()


# ----------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("what, where\nand how to mend it"), 2, "what, where and how to mend it"),
        (JobError("the disk\nis full"), 1, "the disk is full"),
        (KeyboardInterrupt(), 130, "interrupted; give the same command again to go on"),
        (
            IsADirectoryError(21, "", str(left_of(Path("a")))),
            2,
            "a: is a directory; a file is needed in its place",
        ),
        (
            OSError(5, ""),
            1,
            "input/output error; mend that and give the same command again, finished work is kept",
        ),
    ],
)
def test_errors_of_a_job(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
) -> None:
    def run(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("ticketscope.study.opened_run.run", run)
    ended = call("run", "demo")
    assert (ended.code, ended.line) == (code, line)


def test_our_own_bugs_are_not_hidden(monkeypatch: pytest.MonkeyPatch, call: Call) -> None:
    def run(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("ticketscope.study.opened_run.run", run)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        call("run", "demo")


def test_where_a_run_goes_and_with_which_settings(
    monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(
        "ticketscope.study.opened_run.run", lambda *arguments, **_: asked.append(arguments)
    )
    assert call("run", "demo", "--set", "training.updates=7", "--set", "name=mine").code == 0
    write_text(Path("a.toml"), '[training]\nupdates = 5\n[corpus]\nkind = "grammar"')
    assert call("run", "a.toml", "--out", "somewhere").code == 0
    for chosen in (("--probes", "real"), ("--set", "probing.suite=real")):
        assert call("run", "demo", *chosen, "--probe-data", 'my "😀"').code == 0
        asked_for = asked.pop()[0].probing.data  # type: ignore[attr-defined]
        assert asked_for == str(Path('my "😀"').absolute())
    assert call("run", "demo", "--challenge", "a.txt:winomt", "--challenge", "/b.json").code == 0
    challenged = asked.pop()[0].challenge.sets  # type: ignore[attr-defined]
    assert challenged == (str(Path("a.txt:winomt").absolute()), "/b.json")
    (first, out), (second, elsewhere) = asked
    assert first.training.updates == 7  # type: ignore[attr-defined]
    assert (out, elsewhere) == (Path("runs/mine"), Path("somewhere"))
    assert second.training.updates == 5  # type: ignore[attr-defined]


def test_a_dry_run_writes_nothing(call: Call) -> None:
    ended = call("run", "demo", "--dry-run")
    assert (ended.code, ended.err) == (0, "")
    assert "sparsity ladder" in ended.out
    assert f"updates: {recipe('demo').training.updates:,} for a dense model" in ended.out
    assert list(Path().iterdir()) == []


def test_a_dry_run_of_what_would_be_refused_shows_the_sizes_and_ends_as_the_run_would(
    call: Call,
) -> None:
    command = ("run", "multi30k", "--set", "corpus.path=nowhere")
    refused, dry = call(*command), call(*command, "--dry-run")
    assert (dry.code, dry.err) == (refused.code, refused.err)
    assert dry.code == 2
    assert "nowhere" in dry.err
    assert "sparsity ladder" in dry.out
    assert "updates:" not in dry.out
    assert list(Path().iterdir()) == []


# ----------------------------------------------------------------------------- translate


@pytest.fixture(scope="module")
def ticket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ticket that has learnt nothing, which is enough to be translated with."""
    folder = tmp_path_factory.mktemp("ticket")
    model_file = folder / "sentencepiece.model"
    train_sentencepiece(["a b c d e f g h"] * 3, Vocabulary(size=16), "pre", model_file)
    vocabulary = SubwordVocabulary(model_file, "pre")
    shape = Model(encoder_layers=1, decoder_layers=1, d_model=8, ffn=8, heads=1, max_positions=16)
    torch.set_num_threads(1)
    network = model.build(shape, vocabulary.size, seed=1)
    settings = generation_settings(vocabulary, beam=1, length_penalty=1.0, max_decoding_length=8)
    model.save(network, folder / "ticket", settings)
    vocabulary.save_tokenizer(folder / "ticket")
    return folder / "ticket"


@pytest.mark.parametrize(
    "command", ["translate {}", "probe {} --task pos --format conllu --data none.conllu"]
)
def test_a_network_that_lacks_weights_is_refused_by_every_command(
    call: Call, ticket: Path, command: str
) -> None:
    shutil.copytree(ticket, "lacking")
    tensors = load_file("lacking/model.safetensors")
    del tensors["model.decoder.layers.0.encoder_attn.v_proj.weight"]
    save_file(tensors, "lacking/model.safetensors")
    ended = call(*command.format("lacking").split(), stdin=b"a b\n")
    assert (ended.code, ended.out) == (2, "")
    assert ended.line.startswith(
        "lacking/model.safetensors: model.decoder.layers.0.encoder_attn.v_proj.weight of the netw"
    )


@pytest.mark.parametrize(
    "command", ["translate {}", "probe {} --task pos --format conllu --data none.conllu"]
)
def test_an_altered_ticket_of_a_run_is_refused_by_every_command(
    call: Call, ticket: Path, command: str
) -> None:
    level = LevelFolder(Path("level-00"))
    shutil.copytree(ticket, level.ticket)
    level.mark_done({})
    ids = level.ticket / "vocab.json"
    ids.write_text(ids.read_text().replace("7", "8"))
    ended = call(*command.format(level.ticket).split(), stdin=b"a b\n")
    assert (ended.code, ended.out) == (1, "")
    assert ended.line.startswith("level-00/ticket/vocab.json: truncated or altered")
    assert "delete level-00 and run again" in ended.line


def test_bad_utf8_is_named_with_its_line(call: Call, ticket: Path) -> None:
    ended = call(
        "translate", str(ticket), "--max-decoding-length", "8", stdin=b"a b\n\nc\xff d\na\n"
    )
    assert ended.code == 2
    assert ended.line.startswith("standard input:3: not valid UTF-8 (byte 0xff); ")


def test_lines_come_one_for_one_and_only_a_line_feed_ends_one(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = ModuleType("ticketscope.networks.translate")
    monkeypatch.setattr(
        echo, "translate_lines", lambda _, lines, **__: (f"<{line}>" for line in lines), False
    )
    monkeypatch.setitem(sys.modules, "ticketscope.networks.translate", echo)
    text = " one \r\n\ntwo\u2028half\x0bhalf\x85half\nlast without end"
    ended = call("translate", "anything", stdin=text.encode())
    expected = "< one >\n<>\n<two\u2028half\x0bhalf\x85half>\n<last without end>\n"
    assert ended == Ended(0, expected, "")


def test_a_reader_that_has_enough_ends_us_quietly(ticket: Path, tmp_path: Path) -> None:
    """As `ticketscope translate NETWORK < in | head -1` does."""
    (tmp_path / "in").write_text("a b c\n" * 20_000)
    with (
        (tmp_path / "in").open() as lines,
        subprocess.Popen(
            [*COMMAND, "translate", str(ticket), "--max-decoding-length", "8", "--beam", "1"],
            stdin=lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().endswith("\n")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() in (0, 1)


def test_a_reader_that_was_never_there_ends_us_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    buffered = {name: v for name, v in os.environ.items() if name != "PYTHONUNBUFFERED"}
    result = subprocess.run(
        [*COMMAND, "recipes"], stdout=write, stderr=subprocess.PIPE, env=buffered, check=False
    )
    os.close(write)
    assert result.stderr == b""
    assert result.returncode in (0, 1)


# ----------------------------------------------------------------------------- how Python starts


def test_tables_are_made_with_one_thread_whatever_the_environment_says(call: Call) -> None:
    """Intervals of a loss have other last digits with two: see `resampled_sums`."""
    assert call("recipes").code == 0
    assert [os.environ[f"{library}_NUM_THREADS"] for library in LIBRARIES] == ["1", "1", "1"]


@pytest.mark.parametrize("flag", ["-O", "-OO"])
def test_python_without_assertions_is_refused(flag: str) -> None:
    command = [sys.executable, flag, "-m", "ticketscope", "recipes"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    ended = Ended(result.returncode, result.stdout, result.stderr)
    assert (ended.code, ended.out) == (2, "")
    assert "Python runs with -O (or PYTHONOPTIMIZE)" in ended.line


def test_python_m_imports_from_the_working_directory_only_what_comes_before_us(
    tmp_path: Path,
) -> None:
    marker = poison(tmp_path / "here")
    # What `-m` itself needs is out of our hands.
    code = "import runpy, sys; print(*{name.split('.')[0] for name in sys.modules}, 'ticketscope')"
    before_us = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for name in before_us.stdout.split():
        (marker.parent / f"{name}.py").unlink(missing_ok=True)
    result = subprocess.run(
        [*COMMAND, "recipes"], cwd=marker.parent, capture_output=True, text=True, check=False
    )
    assert not marker.exists(), marker.read_text()
    assert (result.returncode, result.stderr) == (0, "")


# ----------------------------------------------------------------------------- interrupted

LONG = """
[corpus]
kind = "grammar"
num_train = 300
num_validation = 20
num_test = 20
[vocabulary]
size = 150
[model]
encoder_layers = 1
decoder_layers = 1
d_model = 16
ffn = 32
heads = 2
[batches]
max_tokens = 256
[training]
updates = 1000000
[lottery]
levels = 1
[behaviour]
contrasts_per_phenomenon = 0
[execution]
workers = 1
log_every = 1
checkpoint_seconds = 0.1
"""


def test_an_interrupted_run_ends_at_once_and_can_go_on(tmp_path: Path, call: Call) -> None:
    """Ctrl-C at a terminal; other signals and moments: test_executors.py."""
    toml = tmp_path / "long.toml"
    toml.write_text(LONG)
    run = Run(tmp_path / "run")
    log = run.root / "replicate-0" / "dense" / "level-00" / "training.jsonl"
    checkpoint = log.with_name("checkpoint.safetensors")
    arguments = ["run", str(toml), "--out", str(run.root)]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listen_to_ctrl_c,
    ) as process:
        wait_for(lambda: checkpoint.exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()

        refused = call(*arguments)
        assert refused.code == 2
        assert "another ticketscope is working on this run" in refused.line
        shown = call("show", str(run.root))
        assert shown.code == 0
        assert "(running)" in shown.out

        assert len(processes_of(process.pid)) >= 2  # the run and its worker
        os.killpg(process.pid, signal.SIGINT)
        _, complaint = process.communicate(timeout=PATIENCE)  # a million updates were asked
    ended = Ended(process.returncode, "", complaint)
    assert ended.code == 130
    assert ended.line == "interrupted; give the same command again to go on"
    wait_for(lambda: not processes_of(process.pid))

    assert checkpoint.exists()
    updates = [entry["update"] for entry in read_log(log) if "of" in entry]
    assert updates == list(range(1, len(updates) + 1))
    assert "(not running)" in call("show", str(run.root)).out
