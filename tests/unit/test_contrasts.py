"""Minimal pairs of a run: drawn or read, refused where malformed, kept once."""

from pathlib import Path

import pytest

from ticketscope.config import Behaviour, Experiment, GrammarCorpus, Model
from ticketscope.corpus import grammar
from ticketscope.corpus.grammar import Contrast
from ticketscope.corpus.grammar.phenomena import PHENOMENA
from ticketscope.errors import InputError
from ticketscope.runs.store import Run
from ticketscope.steps.behaviour import contrasts
from ticketscope.steps.bench import Bench

LINES = ("colour\tone red\trot eins\tblau eins", "number\ttwo\tzwei\tdrei")


def file_of(folder: Path, *lines: str) -> Path:
    path = folder / "pairs.tsv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def asking(experiment: Experiment, behaviour: Behaviour) -> Experiment:
    return experiment.model_copy(update={"behaviour": behaviour})


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    found = list(contrasts.read_contrasts(file_of(tmp_path, *LINES)))
    assert found == [
        Contrast("one red", "rot eins", "blau eins", "colour"),
        Contrast("two", "zwei", "drei", "number"),
    ]


def test_a_header_is_left_out_where_the_setting_says_so_and_else_warned_about(
    tmp_path: Path, toy: Experiment
) -> None:
    path = file_of(tmp_path, "phenomenon\tsource\tright\twrong", *LINES)
    found = list(contrasts.read_contrasts(path, header=True))
    assert found == list(contrasts.read_contrasts(path))[1:]
    assert len(found) == 2
    of_file = Behaviour(contrasts=str(path))
    assert list(contrasts.likely_headers(asking(toy, of_file))) == [
        f"{path}:1: the first line is taken as a minimal pair, but reads like names of columns "
        "(source, right, wrong, phenomenon); if it is a header, set "
        "behaviour.contrasts_header = true"
    ]
    told = of_file.model_copy(update={"contrasts_header": True})
    assert not list(contrasts.likely_headers(asking(toy, told)))
    assert not list(contrasts.likely_headers(asking(toy, Behaviour())))
    file_of(tmp_path, *LINES)
    assert not list(contrasts.likely_headers(asking(toy, of_file)))
    with pytest.raises(InputError, match=": no minimal pair in it"):
        list(contrasts.read_contrasts(file_of(tmp_path, "a\tb\tc\td"), header=True))


def test_what_the_grammar_prints_is_such_a_file(tmp_path: Path) -> None:
    drawn = list(grammar.contrasts("case", "test", 5, 1))
    lines = [f"{one.phenomenon}\t{one.source}\t{one.right}\t{one.wrong}" for one in drawn]
    assert list(contrasts.read_contrasts(file_of(tmp_path, *lines))) == drawn


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((LINES[0], "number\ttwo\tzwei"), ":2: 3 columns; a minimal pair has 4 between tabs"),
        ((f"{LINES[0]}\tmore",), ":1: 5 columns"),
        ((LINES[0], ""), ":2: 1 columns"),
        ((LINES[0], "number\t \tzwei\tdrei"), ":2: the source is empty; fill it in"),
        (("number\ttwo\tzwei\t zwei",), ":1: both translations are the same"),
        (("num\rber\tone dog\tein Hund\tein Hunde",), ":1: the phenomenon holds a control"),
        ((LINES[0], "number\ttwo\tz\x1b[2Jwei\tdrei"), ":2: the right translation holds a con"),
        ((), ": no minimal pair in it"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    path = file_of(tmp_path, *lines)
    with pytest.raises(InputError) as caught:
        list(contrasts.read_contrasts(path))
    assert str(caught.value).startswith(f"{path}{words}")
    assert str(caught.value).isprintable()


def test_files_are_checked_before_any_work(
    tmp_path: Path, toy: Experiment, encoded_run: Run
) -> None:
    def check(experiment: Experiment) -> None:
        contrasts.check_lengths(Bench.of(encoded_run.root, experiment))

    missing = asking(toy, Behaviour(contrasts=str(tmp_path / "none.tsv")))
    with pytest.raises(InputError, match=r"none\.tsv: no such file"):
        check(missing)
    long = file_of(tmp_path, LINES[0], f"number\t{'one ' * 30}\teins\tzwei")
    small = toy.model_copy(update={"model": Model(max_positions=20)})
    with pytest.raises(InputError, match=r"pieces, end included, but the networks read 20"):
        check(asking(small, Behaviour(contrasts=str(long))))
    check(asking(toy, Behaviour(contrasts=str(long))))
    check(toy)


def test_whether_there_are_any(toy: Experiment) -> None:
    of_grammar = toy.model_copy(update={"corpus": GrammarCorpus()})
    assert not contrasts.are_asked(toy), "files have none by themselves"
    assert contrasts.are_asked(of_grammar)
    assert not contrasts.are_asked(asking(of_grammar, Behaviour(contrasts_per_phenomenon=0)))
    assert contrasts.are_asked(asking(toy, Behaviour(contrasts="pairs.tsv")))


def test_pairs_are_drawn_once_and_again_only_for_others(
    encoded_run: Run, tmp_path: Path, toy: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contrasts, "PHENOMENA", dict.fromkeys(["gender", "case"]))
    own = str(file_of(tmp_path, *LINES))
    experiment = asking(
        toy.model_copy(update={"corpus": GrammarCorpus(seed=4)}),
        Behaviour(contrasts_per_phenomenon=3, contrasts=own),
    )
    assert contrasts.prepare(Bench.of(encoded_run.root, experiment))
    kept = contrasts.kept(Bench.of(encoded_run.root, toy))
    expected = [
        pair for name in ("gender", "case") for pair in grammar.contrasts(name, "test", 3, 4)
    ]
    assert kept == {"grammar": expected, "own": list(contrasts.read_contrasts(Path(own)))}

    monkeypatch.setattr(grammar, "contrasts", None)  # drawing again would fail
    moved = tmp_path / "elsewhere.tsv"
    moved.write_bytes(Path(own).read_bytes())
    settings = Behaviour(contrasts_per_phenomenon=3, contrasts=str(moved))
    assert not contrasts.prepare(Bench.of(encoded_run.root, asking(experiment, settings)))
    monkeypatch.undo()

    file_of(tmp_path, LINES[1])
    only_own = asking(toy, Behaviour(contrasts=own))
    contrasts.prepare(Bench.of(encoded_run.root, only_own))
    assert contrasts.kept(Bench.of(encoded_run.root, toy)) == {
        "own": [Contrast("two", "zwei", "drei", "number")]
    }


def test_every_phenomenon_is_drawn() -> None:
    assert contrasts.PHENOMENA is PHENOMENA
