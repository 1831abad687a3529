"""The suites: which folder serves which task, what the limits leave, what is absent and why."""

import gzip
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests_support import data_folder
from ticketscope.annotation.examples import SPLITS, Example, to_json_line
from ticketscope.annotation.gold_files import gold_files, known_sentences
from ticketscope.annotation.splits import split_by_hash
from ticketscope.annotation.tasks import TASKS, Target
from ticketscope.errors import InputError
from ticketscope.probing import suites
from ticketscope.probing.suites import Absent, Limits, Suite, TaskData
from ticketscope.text.lines import text_lines
from ticketscope.text.words import join_words

pytestmark = pytest.mark.slow

OF_STUDY = [task.id for task in TASKS.values() if task.of_study]
LIMITS = Limits(train=400, held_out=100)
FOLDERS = {
    "pos": "ud_english_ewt",
    "ner": "uner_english_ewt",
    "ccg": "pmb4_layers",
    "chunking": "ewt_propbank_const",
    "error_detection": "ged_multiged",
    "adposition_role": "streusle",
    "event_factuality": "uds_decomp",
    "coreference": "litbank_coref",
}
OF_EWT = ("ud_english_ewt", "ewt_propbank_const", "streusle", "uds_decomp", "uner_english_ewt")
OF_PROPBANK = (
    *("constituency_parent", "constituency_grandparent", "constituency_greatgrandparent"),
    *("chunking", "semantic_prediction", "semantic_labels"),
)


def task_data(suite: Suite) -> Iterator[tuple[str, TaskData]]:
    for task_id, found in suite.items():
        assert isinstance(found, TaskData), found
        yield task_id, found


def num_targets(examples: tuple[Example, ...]) -> int:
    return sum(len(example.targets) for example in examples)


def is_kept(sent_id: str, part: str) -> bool:
    """One sentence of EWT in twenty, or in five; the same ones in every file."""
    return zlib.crc32(sent_id.encode()) % (20 if part == "train" else 5) == 0


def blocks(path: Path) -> Iterator[str]:
    yield from gzip.decompress(path.read_bytes()).decode().strip().split("\n\n")


def small_copy(folder: Path) -> Path:
    """A part of the real data that loads in seconds."""
    source = data_folder("ud_english_ewt").parent
    for name in FOLDERS.values():
        (folder / name).mkdir(parents=True)

    for path in [path for name in OF_EWT for path in (source / name).iterdir()]:
        [part] = {"train", "dev", "test"} & set(re.split("[-_.]", path.name)) or ["none"]
        copy = folder / path.parent.name / path.name
        if path.suffixes[-2:] in ([".conllu", ".gz"], [".conll", ".gz"], [".iob2", ".gz"]):
            kept = [
                block
                for block in blocks(path)
                if is_kept(re.search("# sent_id = (.*)", block)[1], part)  # type: ignore[index]
            ]
            copy.write_bytes(gzip.compress("".join(f"{one}\n\n" for one in kept).encode()))
        elif ".tsv" in path.suffixes:
            header, *rows = text_lines(path)
            kept = [row for row in rows if is_kept(row.split("\t")[0], part)]
            text = "".join(f"{row}\n" for row in (header, *kept)).encode()
            copy.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)

    for part in ("train", "dev", "test"):
        name = f"en_{part}.conll.gz"
        kept = list(blocks(source / "pmb4_layers" / name))[:300]
        text = "".join(f"{one}\n\n" for one in kept).encode()
        (folder / "pmb4_layers" / name).write_bytes(gzip.compress(text))
    shutil.copy(source / "ged_multiged" / "en_realec_dev.tsv.gz", folder / "ged_multiged")
    some_documents(source / "litbank_coref", folder / "litbank_coref")
    return folder


def some_documents(source: Path, folder: Path) -> None:
    """The three smallest documents of each split."""
    with (
        tarfile.open(source / "coref_conll.tar.gz") as whole,
        tarfile.open(folder / "coref_conll.tar.gz", "w:gz") as part,
    ):
        num_kept = dict.fromkeys(SPLITS, 0)
        for info in sorted(whole.getmembers(), key=lambda info: info.size):
            split = split_by_hash(info.name.removesuffix(".conll"))
            if num_kept[split] < 3:
                num_kept[split] += 1
                part.addfile(info, whole.extractfile(info))
    assert set(num_kept.values()) == {3}


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_copy(tmp_path_factory.mktemp("gold") / "data")


@pytest.fixture(scope="session")
def real_suite(small_folder: Path) -> Suite:
    return suites.real(small_folder, OF_STUDY, LIMITS, 1)


@pytest.fixture(scope="session")
def grammar_suite() -> Suite:
    return suites.grammar([*OF_STUDY, "word_sense"], LIMITS, 1, 1)


# ----------------------------------------------------------------------------- both suites


@pytest.mark.parametrize("name", ["real_suite", "grammar_suite"])
def test_every_task_has_targets_within_the_limits(
    name: str, request: pytest.FixtureRequest
) -> None:
    suite = request.getfixturevalue(name)
    assert list(suite)[: len(OF_STUDY)] == OF_STUDY
    assert len(OF_STUDY) == 18
    for task_id, found in task_data(suite):
        assert found.task is TASKS[task_id]
        assert tuple(found.splits) == tuple(found.num_available) == SPLITS
        for split, examples in found.splits.items():
            taken, limit = num_targets(examples), LIMITS.of(split)
            assert 0 < taken <= limit, (task_id, split)
            assert found.num_available[split] >= taken
            if found.num_available[split] > limit and task_id != "coreference":
                longest = max(len(example.targets) for example in examples)
                assert taken > limit - 3 * max(longest, 60), (task_id, split)


@pytest.mark.parametrize("name", ["real_suite", "grammar_suite"])
def test_sentences_are_whole_and_of_one_split(name: str, request: pytest.FixtureRequest) -> None:
    suite = request.getfixturevalue(name)
    for task_id, found in task_data(suite):
        if task_id == "coreference" and name == "real_suite":
            continue
        for examples in found.splits.values():
            for example in examples:
                if found.task.kind == "token":
                    assert len(example.targets) == len(example.words)
                elif found.task.kind != "bio":
                    assert example.targets


@pytest.mark.parametrize("name", ["real_suite", "grammar_suite"])
def test_tasks_share_sentences(name: str, request: pytest.FixtureRequest) -> None:
    """Where a corpus serves several tasks, they take sentences from the same end."""
    suite = request.getfixturevalue(name)
    names = ("constituency_parent", "chunking", "semantic_prediction", "pos", "dependency_labels")
    texts = [
        {join_words(example.words, example.space_after).text for example in found.splits["train"]}
        for task_id, found in task_data(suite)
        if task_id in names
    ]
    fewest, most = min(map(len, texts)), max(map(len, texts))
    assert len(set.union(*texts)) <= most + fewest


def test_the_same_call_gives_the_same_suite(real_suite: Suite, small_folder: Path) -> None:
    tasks = ["semantic_prediction", "error_detection"]
    again = suites.real(small_folder, tasks, LIMITS, 1)
    assert again == {task_id: real_suite[task_id] for task_id in tasks}
    other = suites.real(small_folder, tasks, LIMITS, 2)
    assert all(other[task_id] != again[task_id] for task_id in tasks)


def test_an_unknown_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^pose: no such task; did you mean pos\? valid: pos, "):
        suites.real(tmp_path, ["pose"], LIMITS, 1)
    with pytest.raises(InputError, match=r"^pose: no such task; did you mean pos\? valid: pos, "):
        suites.grammar(["pose"], LIMITS, 1, 1)


# ----------------------------------------------------------------------------- real data


def test_what_leans_on_ewt_has_its_words_and_spaces(real_suite: Suite, small_folder: Path) -> None:
    ewt = known_sentences(gold_files(sorted((small_folder / "ud_english_ewt").iterdir())))
    leaning = [*OF_PROPBANK, "adposition_role", "event_factuality", "dependency_labels"]
    for task_id, found in task_data({task_id: real_suite[task_id] for task_id in leaning}):
        for examples in found.splits.values():
            for example in examples:
                sentence = ewt[example.name]
                assert example.words == sentence.words, task_id
                assert example.space_after == sentence.space_after, task_id


def test_documents_all_take_part_with_a_share(real_suite: Suite) -> None:
    [(_, found)] = task_data({"coreference": real_suite["coreference"]})
    for split, examples in found.splits.items():
        share = LIMITS.of(split) // 3
        assert [len(example.targets) for example in examples] == [share] * 3
        assert all(len(example.sentence_starts) > 20 for example in examples)
        labels = [target.label for example in examples for target in example.targets]
        assert 0.3 < labels.count("coreferent") / len(labels) < 0.7
        assert found.num_available[split] > 3 * LIMITS.of(split)


@pytest.mark.parametrize(("task_id", "folder"), FOLDERS.items())
def test_a_task_without_its_folder_is_absent(
    tmp_path: Path, small_folder: Path, task_id: str, folder: str
) -> None:
    tasks = [task_id, "ccg"]
    for name in {FOLDERS[task] for task in tasks} - {folder}:
        shutil.copytree(small_folder / name, tmp_path / name)
    found = suites.real(tmp_path, tasks, LIMITS, 1)
    assert found[task_id] == Absent(TASKS[task_id], f"{tmp_path / folder}: no such folder")
    assert isinstance(found["ccg"], Absent if task_id == "ccg" else TaskData)


def test_without_ewt_trees_are_there_and_what_leans_on_its_words_is_not(
    tmp_path: Path, small_folder: Path
) -> None:
    for name in ("ewt_propbank_const", "streusle", "uds_decomp"):
        shutil.copytree(small_folder / name, tmp_path / name)
    tasks = [*OF_PROPBANK, "adposition_role", "event_factuality", "pos"]
    found = suites.real(tmp_path, tasks, LIMITS, 1)
    absent = {task_id for task_id, one in found.items() if isinstance(one, Absent)}
    assert absent == {
        *("semantic_prediction", "semantic_labels", "adposition_role", "event_factuality", "pos")
    }


def test_a_file_that_is_missing_or_there_twice(tmp_path: Path, small_folder: Path) -> None:
    folder = tmp_path / "pmb4_layers"
    shutil.copytree(small_folder / "pmb4_layers", folder)
    (folder / "en_dev.conll").write_bytes(b"")
    with pytest.raises(
        InputError, match=r"en_dev\.conll, en_dev\.conll\.gz are the same file twice"
    ):
        suites.real(tmp_path, ["ccg"], LIMITS, 1)
    (folder / "en_dev.conll").unlink()
    (folder / "en_dev.conll.gz").unlink()
    assert suites.real(tmp_path, ["ccg"], LIMITS, 1) == {
        "ccg": Absent(TASKS["ccg"], f"{folder}: no file en_dev.conll*")
    }


def test_a_malformed_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "ged_multiged").mkdir()
    file = tmp_path / "ged_multiged" / "en_realec_dev.tsv"
    file.write_text("a\tc\nb\tx\n")
    with pytest.raises(InputError, match=f"^{re.escape(str(file))}:2: "):
        suites.real(tmp_path, ["error_detection"], LIMITS, 1)


def test_a_split_without_targets_makes_a_task_absent(tmp_path: Path) -> None:
    (tmp_path / "ged_multiged").mkdir()
    (tmp_path / "ged_multiged" / "en_realec_dev.tsv").write_text("a\tc\n")
    [found] = suites.real(tmp_path, ["error_detection"], LIMITS, 1).values()
    assert isinstance(found, Absent)
    assert re.search("ged_multiged: no targets in the (train|validation|test) split", found.reason)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none: no such folder; give the one that holds"):
        suites.real(tmp_path / "none", ["pos"], LIMITS, 1)


def test_our_own_task_is_absent_from_real_data(tmp_path: Path) -> None:
    found = suites.real(tmp_path, ["word_sense"], LIMITS, 1)["word_sense"]
    assert isinstance(found, Absent)
    assert "the embedded grammar has it" in found.reason


def test_the_files_that_are_read(small_folder: Path, tmp_path: Path) -> None:
    names = [path.name for path in suites.files(small_folder, ["chunking", "ccg", "coreference"])]
    assert names == [
        *(f"ewt_pb_{part}.conll.gz" for part in ("train", "dev", "test")),
        *(f"en_{part}.conll.gz" for part in ("train", "dev", "test")),
        "coref_conll.tar.gz",
        *(f"en_ewt-ud-{part}.conllu.gz" for part in ("train", "dev", "test")),
    ]
    assert suites.files(tmp_path, ["chunking"]) == []


# ----------------------------------------------------------------------------- files of the user


def test_files_of_the_user(small_folder: Path) -> None:
    paths = sorted((small_folder / "pmb4_layers").iterdir())
    found = suites.from_files(paths, "pmb", "ccg", LIMITS, 1)
    assert found == suites.real(small_folder, ["ccg"], LIMITS, 1)["ccg"]
    with pytest.raises(InputError, match="no targets in the train split of ccg; give files for"):
        suites.from_files(paths[:1], "pmb", "ccg", LIMITS, 1)
    with pytest.raises(InputError, match="pos: cannot be served by files of the format pmb"):
        suites.from_files(paths, "pmb", "pos", LIMITS, 1)


def test_what_is_left_out_is_counted_over_all_splits(tmp_path: Path) -> None:
    row = "{}\tw\t_\t_\t{}\t_\t{}\tx\t_\t_\n"
    sentences = (
        row.format(1, "A", 0) + row.format(2, "_", 1),
        row.format(1, "_", 0),
        row.format(1, "B", 1),  # its own head
    )
    paths = [tmp_path / f"{name}.conllu" for name in ("train", "dev", "test")]
    for path in paths:
        path.write_text("\n".join(sentences) + "\n")
    found = suites.from_files(paths, "conllu", "pos", LIMITS, 1)
    assert found.num_available == dict.fromkeys(SPLITS, 2)
    assert found.left_out == {
        "malformed_heads": 3,
        "unannotated_sentences": 3,
        "unlabelled_targets": 3,
    }
    with pytest.raises(InputError, match=r"train\.conllu:6: 0 roots .* a task that needs no heads"):
        suites.from_files(paths, "conllu", "dependency_labels", LIMITS, 1)


def test_documents_of_spans_are_taken_whole(tmp_path: Path) -> None:
    """A word whose span was left out would count as outside; one without spans says what is."""
    document = Example(
        words=tuple("abcdef"),
        targets=tuple(Target((word, word + 1), None, "X") for word in (0, 2, 4)),
        sentence_starts=(0, 3),
    )
    bare = replace(document, words=tuple("uvwxyz"), targets=())
    other = replace(document, words=tuple("ghijkl"))
    paths = [tmp_path / f"{name}.jsonl" for name in ("train", "dev", "test")]
    for path in paths:
        path.write_text("".join(to_json_line(one) + "\n" for one in (document, bare, other)))
    found = suites.from_files(paths, "jsonl", "ner", Limits(train=6, held_out=4), 1)
    by_words = {one.words: one for one in (document, bare, other)}
    for split, examples in found.splits.items():
        assert all(example == by_words[example.words] for example in examples)
        assert num_targets(examples) == (6 if split == "train" else 3)
        assert found.num_available[split] == 6
    assert bare in found.splits["train"]


# ----------------------------------------------------------------------------- grammar


def test_no_sentence_of_the_grammar_is_in_two_splits(grammar_suite: Suite) -> None:
    sentences = {split: set[tuple[str, ...]]() for split in SPLITS}
    for task_id, found in task_data(grammar_suite):
        if task_id != "error_detection":  # its words are not those that decide the split
            for split, examples in found.splits.items():
                sentences[split].update(example.words for example in examples)
    for one, other in combinations(sentences.values(), 2):
        assert one
        assert not one & other


def test_errors_are_looked_for_in_corrupted_sentences(grammar_suite: Suite) -> None:
    [(_, found)] = task_data({"error_detection": grammar_suite["error_detection"]})
    labels = {target.label for one in found.splits["train"] for target in one.targets}
    assert labels == {"c", "i"}


# ----------------------------------------------------------------------------- limits


@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=12), limit=st.integers(1, 30))
def test_whole_sentences_up_to_the_limit(sizes: list[int], limit: int) -> None:
    sentences = [
        Example(words=("a",) * 9, targets=(Target((0, 1), None, "x"),) * size) for size in sizes
    ]
    taken, num_available = suites._whole(sentences, limit, TASKS["ner"])
    assert taken == sentences[: len(taken)]
    assert num_available == sum(sizes)
    num_taken = num_targets(tuple(taken))
    assert num_taken <= max(limit, next((size for size in sizes if size), 0))
    rest = sizes[len(taken) :]
    assert not rest or num_taken + rest[0] > limit
    with_targets, _ = suites._whole(sentences, limit, TASKS["pos"])
    assert with_targets == [one for one in taken if one.targets]
