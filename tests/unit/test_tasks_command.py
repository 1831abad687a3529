"""`ticketscope tasks`: what it counts, which split is whose, what it writes, what it refuses."""

import gzip
import io
import json
import re
import signal
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests_support import data_folder
from ticketscope import cli
from ticketscope.annotation.examples import read
from ticketscope.annotation.formats import FORMATS
from ticketscope.annotation.splits import split_by_hash, split_named
from ticketscope.annotation.tasks import TASKS
from ticketscope.text.lines import text_lines

CONLLU = """\
# sent_id = s1
1\tAnn\tAnn\tPROPN\tNNP\t_\t2\tnsubj\t_\t_
2\tsleeps\tsleep\tVERB\tVBZ\t_\t0\troot\t_\tSpaceAfter=No
3\t.\t.\tPUNCT\t.\t_\t2\tpunct\t_\t_

# sent_id = s2
1\tGo\tgo\tVERB\tVB\t_\t0\troot\t_\t_

"""
TREES = "(S (NP (NNP Ann)) (VP (VBZ sleeps)) (. .))\n(S (VP (VB Go)))\n"
BIO = "Ann NNP B-PER\nsaw VBD O\nNew NNP B-LOC\nYork NNP I-LOC\n\nGo VB O\n"
PROPBANK = """\
# sent_id = s1
1\tAnn\tNNP\t(S(NP*)\t-\t-\t(ARG0*)
2\tsleeps\tVBZ\t(VP*)\tsleep\tsleep.01\t(V*)
3\t.\t.\t*)\t-\t-\t*
"""
CONLL2012 = """\
#begin document (bc/a); part 000
bc/a 0 0 Ann NNP - (0)
bc/a 0 1 slept VBD - -

bc/a 0 0 She PRP - (0)
bc/a 0 1 woke VBD - -
bc/a 0 2 Bo NNP - (1)
#end document
"""
STREUSLE = "sent_id\ttok_ids\twords\trole\tfunction\ns1\t2\tsleeps\tp.Time\tp.Locus\n"
FACTUALITY = "sent_id\ttok_id\tword\tvalue\ns1\t2\tsleeps\t2.5\ns2\t1\tGo\t-1.5\n"
PMB = "Ann\tAnn\tann\tPER\tnp\tO\t[]\nsleeps\tsleeps\tsleep\tENS\ts\\np\tsleep.v.01\t[]\n"
SDP = "#SDP 2015\n#1\n1\tAnn\tAnn\tNNP\t-\t-\t_\tARG1\n2\tsleeps\tsleep\tVBZ\t+\t+\tv:e-i\t_\n"
GED = "Ann\tc\nsleep\ti\n\nGo\tc\n"
JSONL = '{"text": "Ann sleeps", "targets": [{"span1": [0, 1], "label": "NNP"}]}\n'
SAMPLES = {
    "conllu": CONLLU,
    "trees": TREES,
    "bio": BIO,
    "propbank": PROPBANK,
    "conll2012": CONLL2012,
    "streusle": STREUSLE,
    "factuality": FACTUALITY,
    "pmb": PMB,
    "sdp": SDP,
    "ged": GED,
    "jsonl": JSONL,
}
NUM_TARGETS = {
    ("conllu", "pos"): 4,
    ("conllu", "conjuncts"): 0,
    ("conllu", "dependency_prediction"): 4,
    ("conllu", "dependency_labels"): 2,
    ("trees", "pos"): 4,
    ("trees", "constituency_parent"): 4,
    ("trees", "constituency_grandparent"): 4,
    ("trees", "constituency_greatgrandparent"): 4,
    ("trees", "chunking"): 3,
    ("bio", "ner"): 2,
    ("bio", "chunking"): 2,
    ("bio", "conjuncts"): 2,
    ("propbank", "pos"): 3,
    ("propbank", "constituency_parent"): 3,
    ("propbank", "constituency_grandparent"): 3,
    ("propbank", "constituency_greatgrandparent"): 3,
    ("propbank", "chunking"): 2,
    ("propbank", "semantic_prediction"): 2,
    ("propbank", "semantic_labels"): 1,
    ("conll2012", "coreference"): 2,
    ("streusle", "adposition_function"): 1,
    ("streusle", "adposition_role"): 1,
    ("factuality", "event_factuality"): 2,
    ("pmb", "ccg"): 2,
    ("pmb", "semantic_tags"): 2,
    ("sdp", "pos"): 2,
    ("sdp", "semantic_prediction"): 1,
    ("sdp", "semantic_labels"): 1,
    ("ged", "error_detection"): 3,
    ("jsonl", "pos"): 1,
}

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Runs `ticketscope tasks` here: exit code, standard output, standard error."""
    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ticketscope", "tasks", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return (ended.value.code, *capsys.readouterr())  # type: ignore[return-value]

    yield call
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def tell(call: Call) -> Callable[..., Any]:
    """What it prints, when all is well."""

    def tell(*arguments: object) -> Any:
        code, out, err = call(*arguments)
        assert (code, err) == (0, "")
        return json.loads(out)

    return tell


@pytest.fixture
def refuse(call: Call) -> Callable[..., str]:
    """The one line that it says, when something is wrong."""

    def refuse(*arguments: object) -> str:
        code, out, err = call(*arguments)
        assert (code, out) == (2, "")
        assert err.startswith("ticketscope: ")
        assert err.count("\n") == 1
        return err.removeprefix("ticketscope: ").removesuffix("\n")

    return refuse


def sample(folder: Path, form: str, name: str = "sample.txt") -> list[Path]:
    """Files of a format, with the CoNLL-U file that it leans on."""
    paths = [folder / name]
    paths[0].write_text(SAMPLES[form], encoding="utf-8")
    if FORMATS[form].leans_on_conllu:
        paths.append(folder / "words.conllu")
        paths[1].write_text(CONLLU, encoding="utf-8")
    return paths


# ----------------------------------------------------------------------------- counts


def test_every_format_and_task_is_tried_here() -> None:
    assert set(SAMPLES) == set(FORMATS)
    served = {(name, task) for name, form in FORMATS.items() for task in form.tasks}
    assert {pair for pair in served if pair[0] != "jsonl"} == {
        pair for pair in NUM_TARGETS if pair[0] != "jsonl"
    }
    of_study = {task.id for task in TASKS.values() if task.of_study}
    assert of_study <= {task for name, task in served if name != "jsonl"}
    assert FORMATS["jsonl"].tasks == tuple(TASKS)


@pytest.mark.parametrize(("form", "task"), NUM_TARGETS)
def test_counts_of_one_task(tmp_path: Path, tell, form: str, task: str) -> None:
    found = tell(*sample(tmp_path, form), "--format", form, "--task", task)
    num_documents = {"num_documents": 1} if form == "conll2012" else {}
    assert list(found) == [
        "task",
        *num_documents,
        "num_sentences",
        "num_targets",
        "left_out",
        "labels",
        "splits",
    ]
    assert found["task"] == task
    assert found["num_targets"] == NUM_TARGETS[form, task]
    if task != "event_factuality":
        assert sum(found["labels"].values()) == found["num_targets"]
    assert sum(split["num_targets"] for split in found["splits"].values()) == found["num_targets"]
    if form not in ("ged", "conll2012"):
        sizes = {key: found[key] for key in ("num_sentences", "num_targets")}
        assert found["splits"] == {"train": sizes}


def test_counts_of_all_tasks(tmp_path: Path, tell) -> None:
    found = tell(*sample(tmp_path, "conllu", "x-dev.conllu"), "--format", "conllu")
    assert {key: found[key] for key in ("num_sentences", "splits")} == {
        "num_sentences": 2,
        "splits": {"validation": {"num_sentences": 2}},
    }
    assert list(found["tasks"]) == list(FORMATS["conllu"].tasks)
    assert found["tasks"]["dependency_labels"] == {
        "task": "dependency_labels",
        "num_sentences": 2,
        "num_targets": 2,
        "left_out": {},
        "labels": {"nsubj": 1, "punct": 1},
        "splits": {"validation": {"num_sentences": 2, "num_targets": 2}},
    }
    for task_id, record in found["tasks"].items():
        assert record == tell(tmp_path / "x-dev.conllu", "--format", "conllu", "--task", task_id)


def test_a_format_of_one_task_needs_no_task(tmp_path: Path, tell) -> None:
    assert tell(*sample(tmp_path, "bio"), "--format", "bio") == {
        "task": "ner",
        "num_sentences": 2,
        "num_targets": 2,
        "left_out": {},
        "labels": {"LOC": 1, "PER": 1},
        "splits": {"train": {"num_sentences": 2, "num_targets": 2}},
    }


def test_the_chunks_of_conll_2003_are_its_third_column(tmp_path: Path, tell) -> None:
    (tmp_path / "eng.train").write_text("U.N. NNP I-NP I-ORG\nwent VBD I-VP O\n")
    for task, labels in (("chunking", {"NP": 1, "VP": 1}), ("ner", {"ORG": 1})):
        assert tell(tmp_path / "eng.train", "--format", "bio", "--task", task)["labels"] == labels


def test_numbers_are_summed_up(tmp_path: Path, tell) -> None:
    found = tell(*sample(tmp_path, "factuality"), "--format", "factuality")
    assert found["labels"] == {"min": -1.5, "max": 2.5, "mean": 0.5}


def test_documents_are_counted(tmp_path: Path, tell) -> None:
    path = tmp_path / "a.conll"
    path.write_text(CONLL2012 + CONLL2012.replace("bc/a", "bc/b").replace("000", "001"))
    found = tell(path, "--format", "conll2012")
    assert (found["num_documents"], found["num_sentences"], found["num_targets"]) == (2, 4, 4)
    assert found["labels"] == {"coreferent": 2, "not coreferent": 2}


def test_examples_without_a_task(tmp_path: Path, tell) -> None:
    found = tell(*sample(tmp_path, "jsonl"), "--format", "jsonl")
    assert (found["task"], found["labels"]) == (None, {"NNP": 1})


def test_labels_come_in_order_of_frequency(tmp_path: Path, tell) -> None:
    path = tmp_path / "a.ged"
    path.write_text("a\ti\nb\tc\nc\tc\n")
    assert list(tell(path, "--format", "ged")["labels"].items()) == [("c", 2), ("i", 1)]


# ----------------------------------------------------------------------------- what is left out

XPOS_GAP = """\
# sent_id = gap-1
# text = stop here
1\tstop\tstop\tVERB\t_\t_\t0\troot\t_\t_
2\there\there\tADV\tRB\t_\t1\tadvmod\t_\t_

"""


def test_an_empty_part_of_speech_is_no_target(tmp_path: Path, tell) -> None:
    (tmp_path / "gap.conllu").write_text(XPOS_GAP + XPOS_GAP.replace("RB", "_"))
    found = tell(tmp_path / "gap.conllu", "--format", "conllu", "--task", "pos")
    assert (found["num_targets"], found["labels"]) == (1, {"RB": 1})
    assert found["left_out"] == {"unannotated_sentences": 1, "unlabelled_targets": 1}


@pytest.mark.parametrize(
    ("form", "task", "old", "new"),
    [
        ("conllu", "pos", "\tVBZ\t", "\t_\t"),
        ("conllu", "dependency_labels", "nsubj", "_"),
        ("trees", "pos", "(VBZ ", "(_ "),
        ("trees", "constituency_parent", "(NP ", "(_ "),
        ("bio", "ner", "B-PER", "B-_"),
        ("propbank", "pos", "\tVBZ\t", "\t-\t"),
        ("propbank", "semantic_labels", "ARG0", "_"),
        ("streusle", "adposition_role", "p.Time", "_"),
        ("streusle", "adposition_function", "p.Locus", "_"),
        ("pmb", "ccg", "\tnp\t", "\t_\t"),
        ("pmb", "semantic_tags", "\tPER\t", "\t_\t"),
        ("sdp", "pos", "\tVBZ\t", "\t_\t"),
        ("jsonl", "pos", "NNP", "_"),
    ],
)
def test_an_empty_label_is_no_target_whatever_the_format(
    tmp_path: Path, call, form: str, task: str, old: str, new: str
) -> None:
    paths = sample(tmp_path, form)
    text = paths[0].read_text(encoding="utf-8")
    assert text.count(old) == 1
    paths[0].write_text(text.replace(old, new), encoding="utf-8")
    code, out, err = call(*paths, "--format", form, "--task", task)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["num_targets"] == NUM_TARGETS[form, task] - 1
    assert "_" not in found["labels"]
    assert found["left_out"] == {"unlabelled_targets": 1}


def test_a_relation_that_is_missing_may_be_that_of_a_conjunct(tmp_path: Path, tell) -> None:
    (tmp_path / "a.conllu").write_text(CONLLU.replace("nsubj", "_"))
    found = tell(tmp_path / "a.conllu", "--format", "conllu", "--task", "conjuncts")
    assert found["left_out"] == {"unannotated_sentences": 1}


def test_a_malformed_layer_is_an_error_for_those_who_need_it(tmp_path: Path, tell, refuse) -> None:
    path = tmp_path / "a.conllu"
    path.write_text(CONLLU.replace("\t0\troot", "\t1\troot", 1))
    found = tell(path, "--format", "conllu", "--task", "pos")
    assert (found["num_sentences"], found["num_targets"]) == (2, 4)
    assert found["left_out"] == {"malformed_heads": 1}
    for task in (["--task", "dependency_prediction"], []):
        assert refuse(path, "--format", "conllu", *task) == (
            f"{path}:2: 0 roots instead of one among the heads; correct them, or ask for a task "
            "that needs no heads"
        )


def test_arcs_can_be_predicted_without_their_names(tmp_path: Path, tell) -> None:
    (tmp_path / "a.conllu").write_text(re.sub("nsubj|root|punct", "_", CONLLU))
    found = tell(tmp_path / "a.conllu", "--format", "conllu", "--task", "dependency_prediction")
    assert found["num_targets"] == NUM_TARGETS["conllu", "dependency_prediction"]


# ----------------------------------------------------------------------------- splits


@pytest.mark.parametrize(
    ("name", "split"),
    {
        "en_ewt-ud-train.conllu.gz": "train",
        "en_ewt-ud-dev.conllu.gz": "validation",
        "val.jsonl": "validation",
        "x.validation.txt": "validation",
        "eng.testa": "validation",
        "eng.testb": "test",
        "TEST_2.conll": "test",
        "training.txt": None,
        "contest.txt": None,
        "en_eval.conll": None,
    }.items(),
)
def test_splits_by_name(name: str, split: str | None) -> None:
    assert split_named(name) == split


def test_files_go_to_the_splits_of_their_names(tmp_path: Path, tell) -> None:
    names = ("a-train.mrg", "a-dev.mrg", "a-test.mrg", "more.mrg")
    paths = [sample(tmp_path, "trees", name)[0] for name in names]
    found = tell(*paths, "--format", "trees", "--task", "pos")
    assert {split: sizes["num_sentences"] for split, sizes in found["splits"].items()} == {
        "train": 4,
        "validation": 2,
        "test": 2,
    }


def test_a_folder_does_not_name_a_split(tmp_path: Path, tell) -> None:
    (tmp_path / "test").mkdir()
    paths = sample(tmp_path / "test", "bio")
    assert list(tell(*paths, "--format", "bio")["splits"]) == ["train"]


def test_hashed_sentences_are_split_alike_wherever_they_stand(tmp_path: Path, tell) -> None:
    words = [f"w{number}" for number in range(500)]
    one, other = tmp_path / "one-dev.tsv", tmp_path / "other.tsv"
    one.write_text("".join(f"{word}\tc\n\n" for word in words))
    other.write_text("".join(f"{word}\ti\n\n" for word in reversed(words)))
    tell(one, "--format", "ged", "--out", tmp_path / "1")
    tell(other, "--format", "ged", "--out", tmp_path / "2")
    sizes = {}
    for split in ("train", "validation", "test"):
        of_one, of_other = (
            {
                found.words
                for found in read(text_lines(tmp_path / part / f"{split}.jsonl"), "", None)
            }
            for part in "12"
        )
        assert of_one == of_other == {(word,) for word in words if split_by_hash(word) == split}
        sizes[split] = len(of_one)
    assert 370 < sizes["train"] < 430
    assert min(sizes.values()) > 30


def test_hashed_formats_go_by_name_where_one_file_is_for_training(tmp_path: Path, tell) -> None:
    words = "".join(f"w{number}\tc\n\n" for number in range(50))
    (tmp_path / "fce.train.tsv").write_text(words)
    (tmp_path / "fce.test.tsv").write_text(words)
    found = tell(tmp_path / "fce.train.tsv", tmp_path / "fce.test.tsv", "--format", "ged")
    assert {split: sizes["num_targets"] for split, sizes in found["splits"].items()} == {
        "train": 50,
        "test": 50,
    }


def test_the_parts_of_a_document_stay_together(tmp_path: Path, tell) -> None:
    documents = [
        CONLL2012.replace("bc/a", f"bc/{number}").replace("000", part)
        for number in range(60)
        for part in ("000", "001")
    ]
    (tmp_path / "a.conll").write_text("".join(documents))
    found = tell(tmp_path / "a.conll", "--format", "conll2012")
    assert list(found["splits"]) == ["train", "validation", "test"]
    for sizes in found["splits"].values():
        assert sizes["num_sentences"] == 4 * sizes["num_documents"]


# ----------------------------------------------------------------------------- files


def test_archives_and_their_members(tmp_path: Path, tell) -> None:
    [path] = sample(tmp_path, "bio")
    plain = tell(path, "--format", "bio")
    zipped, tarred = tmp_path / "x.zip", tmp_path / "x.tar.gz"
    members = {
        "d/train.bio": BIO.encode(),
        "d/dev.bio.gz": gzip.compress(BIO.encode()),
        "d/README.md": b"no columns",
        "d/._train.bio": b"\xff",
        "__MACOSX/train.bio": b"\xff",
    }
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with tarfile.open(tarred, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    (tmp_path / "x.bio.gz").write_bytes(gzip.compress(BIO.encode()))

    assert tell(tmp_path / "x.bio.gz", "--format", "bio") == plain
    for path in (zipped, tarred):
        assert tell(path / "d/train.bio", "--format", "bio") == plain
        both = tell(path, "--format", "bio")
        assert both["num_targets"] == 2 * plain["num_targets"]
        assert list(both["splits"]) == ["train", "validation"]


def test_conllu_inside_an_archive_is_joined(tmp_path: Path, tell) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("train.tsv", FACTUALITY)
        archive.writestr("en.conllu", CONLLU)
    assert tell(tmp_path / "x.zip", "--format", "factuality")["num_targets"] == 2


def test_propbank_needs_no_conllu(tmp_path: Path, tell) -> None:
    path = sample(tmp_path, "propbank")[0]
    found = tell(path, "--format", "propbank", "--task", "semantic_labels")
    assert found["labels"] == {"ARG0": 1}


# ----------------------------------------------------------------------------- writing


def test_examples_are_written_by_split(tmp_path: Path, tell) -> None:
    files = [
        *sample(tmp_path, "factuality", "f-train.tsv"),
        *sample(tmp_path, "factuality", "f-dev.tsv"),
    ]
    files = list(dict.fromkeys(files))
    out = tmp_path / "made" / "here"
    counted = tell(*files, "--format", "factuality", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["train.jsonl", "validation.jsonl"]
    assert (out / "train.jsonl").read_text(encoding="utf-8").splitlines()[0] == (
        '{"text": "Ann sleeps .", "targets": [{"span1": [1, 2], "label": 2.5}], '
        '"info": {"name": "s1", "space_after": [true, false, true]}}'
    )
    again = tell(*sorted(out.iterdir()), "--format", "jsonl", "--task", "event_factuality")
    assert again == counted


def test_what_is_left_of_an_earlier_call_does_not_stand_beside_the_new_files(
    tmp_path: Path, tell
) -> None:
    out = tmp_path / "out"
    path, *_ = sample(tmp_path, "bio", "a-test.bio")
    tell(*sample(tmp_path, "bio", "a-train.bio"), path, "--format", "bio", "--out", out)
    (out / "notes.txt").write_text("mine")
    tell(path, "--format", "bio", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == ["notes.txt", "test.jsonl"]


def test_a_file_is_no_folder_to_write_to(tmp_path: Path, refuse) -> None:
    [path] = sample(tmp_path, "bio")
    line = refuse(path, "--format", "bio", "--out", path)
    assert line == f"--out {path}: is a file; name a folder, there or not"
    assert path.read_text() == BIO


def test_nothing_is_written_when_a_file_is_malformed(tmp_path: Path, refuse) -> None:
    good, bad = sample(tmp_path, "ged")[0], tmp_path / "bad-test.tsv"
    bad.write_text("Ann\tc\nsleep\tx\n")
    line = refuse(good, bad, "--format", "ged", "--out", tmp_path / "out")
    assert line.startswith(f"{bad}:2: ")
    assert not (tmp_path / "out").exists()


# ----------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--format", "xml"), f"--format xml: no such format; valid: {', '.join(FORMATS)}"),
        (
            ("--format", "ged", "--task", "pose"),
            "--task pose: no such task; did you mean pos? valid: pos",
        ),
        (
            ("--format", "pmb", "--task", "pos"),
            "--task pos: cannot be served by files of the format pmb; it serves: ccg, semantic_",
        ),
        (("--format", "trees", "--out", "x"), "--out takes one task; add --task, one of: pos, con"),
    ],
)
def test_wrong_options_are_named_with_the_valid_ones(
    tmp_path: Path, refuse, arguments: tuple[str, ...], says: str
) -> None:
    assert refuse(tmp_path / "none", *arguments).startswith(says)


def test_files_that_are_not_there(tmp_path: Path, refuse) -> None:
    assert "no such file" in refuse(tmp_path / "none.tsv", "--format", "ged")
    assert "no such file" in refuse(tmp_path / "none.tar.gz", "--format", "ged")
    assert "is a directory" in refuse(tmp_path, "--format", "ged")
    assert refuse("--format", "ged") == "ged: no file given; name one or more"
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("README", "")
    assert "holds no data files" in refuse(tmp_path / "x.zip", "--format", "ged")
    assert "no file 'a/b' in it" in refuse(tmp_path / "x.zip" / "a" / "b", "--format", "ged")


@pytest.mark.parametrize("form", ["streusle", "factuality"])
def test_tables_need_the_words(tmp_path: Path, refuse, form: str) -> None:
    table, words = sample(tmp_path, form)
    assert "give their CoNLL-U file" in refuse(table, "--format", form)
    assert refuse(words, "--format", form) == (
        f"{words}: CoNLL-U alone; give the files of {form}, too"
    )
    twice = refuse(table, words, words, "--format", form)
    assert twice.startswith(f"{words}: the sentence 's1' is there twice")


def test_a_layer_that_is_not_there(tmp_path: Path, refuse, tell) -> None:
    path = tmp_path / "a.conllu"
    path.write_text("1\tGo\t_\t_\t_\t_\t0\troot\t_\t_\n\n")
    line = refuse(path, "--format", "conllu", "--task", "pos")
    assert line.startswith(f"{path}: no sentence has the annotation that pos asks for")
    assert tell(path, "--format", "conllu")["tasks"]["pos"]["num_targets"] == 0


def test_numbers_and_text_do_not_mix(tmp_path: Path, refuse) -> None:
    (tmp_path / "a.jsonl").write_text(JSONL + JSONL.replace('"NNP"', "3"))
    assert "some labels are numbers (3.0) and some text ('NNP')" in refuse(
        tmp_path / "a.jsonl", "--format", "jsonl", "--out", tmp_path / "out"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", ["a\x1b[2J\x1b]0;x\x07.ged", "a\nb\r.ged", "a\u2028\x9b2J.ged"])
def test_no_name_reaches_the_terminal_as_a_command(tmp_path: Path, refuse, bad: str) -> None:
    (tmp_path / bad).write_text("Ann\tx\n")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(bad, "Ann\tx\n")
    for path in (tmp_path / bad, tmp_path / "x.zip", tmp_path / f"none{bad}"):
        line = refuse(path, "--format", "ged")
        assert line.isprintable(), line
        assert len(line.splitlines()) == 1


# ----------------------------------------------------------------------------- real files


def test_the_members_of_litbank(tell) -> None:
    archive = data_folder("litbank_coref") / "coref_conll.tar.gz"
    found = tell(archive / "105_persuasion_brat.conll", "--format", "conll2012")
    assert (found["num_documents"], found["num_sentences"]) == (1, 45)
    assert found["labels"] == {"coreferent": 4057, "not coreferent": 4057}
