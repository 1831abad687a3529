"""From text to an encoded corpus: nothing lost, everything counted, changes refused."""

import json
import os
import random
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests_support import data_folder, left_of
from ticketscope import config, files
from ticketscope.corpus import prepare
from ticketscope.corpus.encoded import EncodedCorpus, EncodedSplit, write_split
from ticketscope.corpus.stored_texts import corpus_digest
from ticketscope.errors import InputError, JobError
from ticketscope.runs import seals
from ticketscope.text.vocabulary import Vocabulary

WORDS = [
    "the",
    "old",
    "man",
    "sees",
    "a",
    "dog",
    "and",
    "small",
    "cat",
    "in",
    "red",
    "house",
    "by",
    "night",
]


def sentences(num: int, seed: int) -> list[str]:
    choose = random.Random(seed)
    return [
        " ".join(choose.choices(WORDS, k=choose.randint(4, 9))) + f" {seed}.{number}"
        for number in range(num)
    ]


def write(folder: Path, name: str, pairs: list[tuple[str, str]]) -> None:
    for side, language in enumerate(("en", "de")):
        text = "".join(pair[side] + "\n" for pair in pairs)
        (folder / f"{name}.{language}").write_text(text, encoding="utf-8", newline="\n")


def pairs(num: int, seed: int) -> list[tuple[str, str]]:
    return [(text, text.upper()) for text in sentences(num, seed)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, "train", pairs(300, 1))
    write(folder, "val", [*pairs(20, 2), ("", "leer")])
    write(folder, "test", pairs(15, 3))
    return folder


def experiment(data: Path, **changes: Any) -> config.Experiment:
    raw = {
        "name": "x",
        "corpus": {"kind": "files", "source": "en", "target": "de", "path": str(data)},
        "vocabulary": {"size": 120},
        "training": {"updates": 1},
    }
    for dotted, value in changes.items():
        section, key = dotted.split("__")
        raw.setdefault(section, {})[key] = value
    return config.from_mapping(raw, where="test")


def prepared(settings: config.Experiment, folder: Path) -> EncodedCorpus:
    prepare.prepare(settings, folder, lambda _: None)
    return EncodedCorpus(folder)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# ----------------------------------------------------------------------------- shards


@given(
    lists=st.lists(st.tuples(*2 * (st.lists(st.integers(0, 65_535), max_size=5),)), min_size=1),
    pairs_per_shard=st.integers(1, 7),
)
def test_split_round_trip(lists, pairs_per_shard: int, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("split")
    size = write_split(folder, "train", lists, 2**16, pairs_per_shard)
    split = EncodedSplit(folder, "train", size.num_shards)
    assert len(split) == size.num_pairs == len(lists)
    read = [(split.source(i).tolist(), split.target(i).tolist()) for i in range(len(split))]
    assert read == lists
    assert split.source_lengths.tolist() == [len(source) for source, _ in lists]
    assert split.target_lengths.tolist() == [len(target) for _, target in lists]
    assert split.source_lengths.dtype == split.target_lengths.dtype == np.int32
    assert size.num_source_pieces == sum(split.source_lengths)
    assert size.longest_target == max(split.target_lengths)
    assert size.num_shards == -(-len(lists) // pairs_per_shard)
    with pytest.raises(IndexError):
        split.source(len(lists))
    with pytest.raises(IndexError):
        split.source(-1)


def test_large_vocabularies_take_four_bytes_an_id(tmp_path: Path) -> None:
    for vocabulary_size, dtype in ((2**16, np.uint16), (2**16 + 1, np.uint32)):
        folder = tmp_path / str(vocabulary_size)
        folder.mkdir()
        write_split(folder, "train", [([vocabulary_size - 1], [0])], vocabulary_size)
        split = EncodedSplit(folder, "train", 1)
        assert split.source(0).dtype == dtype
        assert split.source(0).tolist() == [vocabulary_size - 1]


def test_ids_are_views_of_the_file_and_read_only(tmp_path: Path) -> None:
    write_split(tmp_path, "train", [([1, 2], [3])], 100)
    ids = EncodedSplit(tmp_path, "train", 1).source(0)
    assert not ids.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        ids[0] = 5


def test_memory_holds_one_shard_at_a_time(tmp_path: Path) -> None:
    def peak(num_pairs: int) -> int:
        folder = tmp_path / str(num_pairs)
        folder.mkdir()
        stream = (([1] * 30, [2] * 30) for _ in range(num_pairs))
        tracemalloc.start()
        write_split(folder, "train", stream, 100, pairs_per_shard=1_000)
        result = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return result

    assert peak(20_000) < 1.5 * peak(2_000)


# ----------------------------------------------------------------------------- the whole way


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_prepared_corpus_holds_what_the_files_say(data: Path, tmp_path: Path, norm: str) -> None:
    corpus = prepared(experiment(data, model__norm=norm), tmp_path / "corpus")
    vocabulary = Vocabulary(corpus.model_file, norm)
    assert vocabulary.size == corpus.report["vocabulary"]["size"] == 120
    assert corpus.test_sets == ("test",)
    expected = {"train": pairs(300, 1), "validation": [*pairs(20, 2), ("", "leer")]}
    for name, text in (expected | {"test": pairs(15, 3)}).items():
        split = corpus.split(name)
        assert len(split) == len(text)
        for i, (source, target) in enumerate(text):
            assert split.source(i).tolist() == vocabulary.encode([source])[0]
            assert split.target(i).tolist() == vocabulary.encode([target])[0]
    assert corpus.text("validation").target[-1] == "leer"
    assert corpus.text("test").source == tuple(sentences(15, 3))
    with pytest.raises(AssertionError):
        corpus.text("train")
    left = {name for name in snapshot(tmp_path / "corpus") if name.startswith("train")}
    ids_and_ends = {"source.ids", "source.ends", "target.ids", "target.ends"}
    assert left == {f"train-00000.{name}.npy" for name in ids_and_ends}


def test_sentences_of_treebanks_without_a_translation_have_a_reason_of_their_own(
    tmp_path: Path,
) -> None:
    row = "1\tx\tx\tX\t_\t_\t0\troot\t_\t_\n\n"
    sides = {"train": pairs(100, 1), "dev": pairs(10, 2), "new": pairs(10, 3)}
    for name, texts in sides.items():
        blocks = [f"# text = {one}\n# text_en = {other}\n{row}" for one, other in texts]
        blocks[5:5] = [f"# text = left out\n{row}"] * 2
        (tmp_path / f"{name}.conllu").write_text("".join(blocks), encoding="utf-8")
    raw = {"kind": "conllu", "source": "xx", "target": "en", "path": str(tmp_path)}
    raw |= {"train": "train", "validation": "dev", "tests": ["new"]}
    settings = {"corpus": raw, "vocabulary": {"size": 90}, "training": {"updates": 1}, "name": "x"}
    corpus = prepared(config.from_mapping(settings, where="test"), tmp_path / "corpus")
    for name, split in corpus.report["splits"].items():
        assert split["left_out"]["untranslated"] == 2, name
        assert split["num_read"] == split["num_pairs"] + 2, name
    assert corpus.text("new").target == tuple(other for _, other in sides["new"])


def test_test_sets_may_be_called_anything_and_are_never_swept(data: Path, tmp_path: Path) -> None:
    names = [
        "wmt.partial-a",
        "x.partial-7",
        left_of(Path("x")).name[:-1],
        ".tmpcq6nG1",
        "train.scratch",
    ]
    for seed, name in enumerate(names):
        write(data, name, pairs(5, seed))
    settings = experiment(data, corpus__tests=names)
    corpus = prepared(settings, tmp_path / "run" / "corpus")
    for seed, name in enumerate(names):
        assert corpus.text(name).source == tuple(sentences(5, seed))
    before = snapshot(tmp_path / "run" / "corpus")
    assert files.sweep(tmp_path / "run") == 0
    prepared(settings, tmp_path / "run" / "corpus")  # checks every file
    assert snapshot(tmp_path / "run" / "corpus") == before


def test_raw_text_survives_odd_characters(data: Path, tmp_path: Path) -> None:
    odd = [("a\u2028b\x85c\x0bd\re\x1cf", "\ufeffx y"), ("n", "N")]
    write(data, "test", odd)
    write(data, "train", [("\ufeffbegins\roddly", "a\u2028b"), *pairs(300, 1)])
    text = prepared(experiment(data), tmp_path / "corpus").text("test")
    assert list(zip(text.source, text.target, strict=True)) == [
        (odd[0][0], "x y"),  # a byte order mark at the start of a file is dropped
        odd[1],
    ]


def test_every_reason_is_counted_and_counts_add_up(data: Path, tmp_path: Path) -> None:
    extra = [
        ("", "x"),
        ("x", " "),
        pairs(300, 1)[0],
        pairs(300, 1)[1],
        (sentences(15, 3)[2], "other"),
        (sentences(20, 2)[2], "other"),
        ("the old man " * 60, "x"),
        ("the old man sees a dog and a cat 1234567", "a"),
        ("\u200b", "only a zero-width space"),
    ]
    write(data, "train", [*pairs(300, 1), *extra])
    corpus = prepared(experiment(data, corpus__cleaning={"max_pieces": 60}), tmp_path / "corpus")
    train = corpus.report["splits"]["train"]
    assert train["left_out"] == {
        "held_out": 0,
        "empty": 3,
        "duplicate": 2,
        "test_overlap": 2,
        "over_long": 1,
        "length_ratio": 1,
    }
    assert train["num_read"] == 309
    assert train["num_pairs"] == len(corpus.split("train")) == 300
    assert train["longest_source"] == max(corpus.split("train").source_lengths)
    validation = corpus.report["splits"]["validation"]
    assert (validation["num_read"], validation["num_pairs"], validation["num_empty"]) == (21, 21, 1)


def test_table_has_no_held_out_source_in_training(tmp_path: Path) -> None:
    text = sentences(200, 1)
    rows = [(source, f"{variant} {source}") for source in text for variant in "AB"]
    table = tmp_path / "t.tsv"
    table.write_text("".join(f"{a}\t{b}\n" for a, b in rows))
    sizes = {"num_validation": 20, "num_test": 10}
    cleaning = {"remove_test_overlap": False, "remove_duplicates": False}
    raw = {
        "name": "x",
        "corpus": {"kind": "table", "source": "en", "target": "de", "path": str(table)}
        | sizes
        | {"cleaning": cleaning},
        "vocabulary": {"size": 120},
        "training": {"updates": 1},
    }
    corpus = prepared(config.from_mapping(raw, where="test"), tmp_path / "corpus")
    train = corpus.report["splits"]["train"]
    assert train["num_read"] == 400
    assert train["left_out"]["held_out"] == 60
    vocabulary = Vocabulary(corpus.model_file, "pre")
    held_out = {*corpus.text("validation").source, *corpus.text("test").source}
    assert len(held_out) == 30
    split = corpus.split("train")
    assert len(split) == 340
    kept = {vocabulary.decode(split.source(i).tolist()) for i in range(len(split))}
    assert len(kept) == 170
    assert not held_out & kept


def test_vocabulary_sees_an_even_sample_of_both_sides(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    train_sentencepiece = prepare.train_sentencepiece

    def spy(texts, settings, norm, path) -> None:
        seen.extend(texts)
        train_sentencepiece(iter(seen), settings, norm, path)

    monkeypatch.setattr(prepare, "train_sentencepiece", spy)
    settings = experiment(data, vocabulary__sample_size=61, vocabulary__size=80)
    corpus = prepared(settings, tmp_path / "corpus")
    lines = sentences(300, 1)
    assert len(seen) == 61
    assert corpus.report["vocabulary"]["trained_on"] == {"num_sentences": 61, "of": 600}
    places = [lines.index(text) for text in seen[:31]]
    assert places == sorted(set(places))
    assert max(np.diff(places)) <= 10
    assert {text.lower() for text in seen[31:]} <= set(lines)
    assert not set(seen[31:]) & set(lines)


def test_same_input_gives_same_bytes_wherever_it_lies(data: Path, tmp_path: Path) -> None:
    prepared(experiment(data), tmp_path / "a" / "corpus")
    elsewhere = tmp_path / "elsewhere"
    data.rename(elsewhere)
    script = (
        "import json, sys, pathlib\n"
        "from ticketscope import config\n"
        "from ticketscope.corpus.prepare import prepare\n"
        "experiment = config.from_mapping(json.loads(sys.argv[1]), where='')\n"
        "prepare(experiment, pathlib.Path(sys.argv[2]), lambda _: None)\n"
    )
    raw = experiment(elsewhere).model_dump_json()
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    arguments = [sys.executable, "-c", script, raw, str(tmp_path / "b")]
    subprocess.run(arguments, check=True, env=environment)
    first, second = snapshot(tmp_path / "a" / "corpus"), snapshot(tmp_path / "b")
    assert first == second
    assert str(tmp_path).encode() not in b"".join(first.values())


def test_digest_is_that_of_the_content(data: Path, tmp_path: Path) -> None:
    digest = corpus_digest(prepared(experiment(data), tmp_path / "a").report)
    windows = (data / "test.en").read_bytes().replace(b"\n", b"\r\n")
    (data / "test.en").write_bytes(windows)
    assert corpus_digest(prepared(experiment(data), tmp_path / "b").report) == digest
    write(data, "test", pairs(15, 4))
    assert corpus_digest(prepared(experiment(data), tmp_path / "c").report) != digest


# ----------------------------------------------------------------------------- again


def test_finished_and_unchanged_is_left_alone(data: Path, tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "corpus"
    prepared(experiment(data), folder)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    monkeypatch.setattr(prepare, "open_corpus", None)  # not to be called
    prepared(experiment(data, training__updates=2), folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_changed_input_is_refused_and_missing_input_is_not(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    prepared(experiment(data), folder)
    with (data / "val.de").open("a") as file:
        file.write("more\n")
    with pytest.raises(InputError, match=r"made from other data: .*val\.de .* differs"):
        prepared(experiment(data), folder)
    shutil.rmtree(data)
    assert len(prepared(experiment(data), folder).split("test")) == 15


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"vocabulary__size": 121}, "vocabulary.size"),
        ({"model__norm": "post"}, "norm"),
        ({"corpus__cleaning": {"max_pieces": 9}}, "corpus.cleaning.max_pieces"),
        ({"corpus__tests": ["other"]}, "corpus.tests"),
    ],
)
def test_other_settings_are_refused(data: Path, tmp_path: Path, change: dict, key: str) -> None:
    prepared(experiment(data), tmp_path / "corpus")
    with pytest.raises(InputError, match=f"made with other settings: {key};"):
        prepared(experiment(data, **change), tmp_path / "corpus")


def test_failure_leaves_nothing_and_the_next_try_succeeds(data: Path, tmp_path: Path) -> None:
    good = (data / "train.de").read_bytes()
    (data / "train.de").write_bytes(good[:-5] + b"\xff\xff\xff\xff\n")
    with pytest.raises(InputError, match=r"train\.de:300: not valid UTF-8"):
        prepared(experiment(data), tmp_path / "run" / "corpus")
    assert list((tmp_path / "run").iterdir()) == []
    (data / "train.de").write_bytes(good)
    prepared(experiment(data), tmp_path / "run" / "corpus")


def test_nothing_left_after_cleaning(data: Path, tmp_path: Path) -> None:
    write(data, "train", [("", "x"), ("a", "")])
    with pytest.raises(InputError, match=r"no training pair is left of the 2 read \(.*2 empty"):
        prepared(experiment(data), tmp_path / "corpus")
    write(data, "train", pairs(100, 1))
    with pytest.raises(InputError, match=r"of the 100 read \(.*100 over_long"):
        prepared(experiment(data, corpus__cleaning={"max_pieces": 1}), tmp_path / "corpus")


def test_held_out_set_of_empty_lines_only(data: Path, tmp_path: Path) -> None:
    write(data, "test", [("", ""), ("", "x")])
    with pytest.raises(InputError, match="the test split has no pair of sentences"):
        prepared(experiment(data), tmp_path / "corpus")


# ----------------------------------------------------------------------------- given vocabulary


def test_given_vocabulary(data: Path, tmp_path: Path) -> None:
    trained = prepared(experiment(data), tmp_path / "a")
    given = tmp_path / "given.model"
    shutil.copy(trained.model_file, given)
    settings = experiment(data, vocabulary__model=str(given))
    corpus = prepared(settings, tmp_path / "b")
    assert corpus.model_file.read_bytes() == given.read_bytes()
    assert corpus_digest(corpus.report) == corpus_digest(trained.report)
    assert corpus.report["vocabulary"]["trained_on"] is None
    assert corpus.split("train").source(3).tolist() == trained.split("train").source(3).tolist()

    with pytest.raises(InputError, match=r"made with a given vocabulary\.model"):
        prepared(experiment(data), tmp_path / "b")
    with pytest.raises(InputError, match=r"made without a given vocabulary\.model"):
        prepared(settings, tmp_path / "a")
    given.write_bytes(given.read_bytes() + b"\n")
    with pytest.raises(InputError, match=r"given\.model \(vocabulary\) differs"):
        prepared(settings, tmp_path / "b")
    given.unlink()
    prepared(settings, tmp_path / "b")


def test_given_vocabulary_that_is_none(data: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.model"
    settings = experiment(data, vocabulary__model=str(given))
    with pytest.raises(InputError, match=r"given\.model"):
        prepared(settings, tmp_path / "corpus")
    given.write_text("no model")
    with pytest.raises(InputError, match=r"given\.model: not a SentencePiece model"):
        prepared(settings, tmp_path / "corpus")


# ----------------------------------------------------------------------------- damage


def test_damage_is_named(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    corpus = prepared(experiment(data), folder)
    corpus.verify()
    assert set(corpus.report["files"]) == set(snapshot(folder)) - {"corpus.json"}
    for name in corpus.report["files"]:
        good = (folder / name).read_bytes()
        (folder / name).write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        with pytest.raises(JobError, match=f"{name}: truncated or altered"):
            corpus.verify()
        (folder / name).unlink()
        with pytest.raises(JobError, match=f"{name}: missing"):
            prepared(experiment(data), folder)
        (folder / name).write_bytes(good)
    corpus.verify()


@pytest.mark.parametrize("damaged", [b"\xff", b""])
def test_damaged_text_is_named_by_who_reads_it(damaged: bytes, data: Path, tmp_path: Path) -> None:
    corpus = prepared(experiment(data), tmp_path / "corpus")
    (tmp_path / "corpus" / "validation.source.txt").write_bytes(damaged)
    with pytest.raises(JobError, match=r"validation\.source\.txt: truncated or altered"):
        corpus.text("validation")


def test_damaged_counts_are_named(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    prepared(experiment(data), folder)
    report = folder / "corpus.json"
    report.write_text(report.read_text().replace('"num_read": ', '"num_read": 1', 1))
    with pytest.raises(JobError, match=r"corpus\.json: truncated or altered"):
        prepared(experiment(data), folder)


def test_no_corpus_and_damaged_report(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"corpus\.json: missing; .* prepared anew"):
        EncodedCorpus(tmp_path)
    (tmp_path / "corpus.json").write_text('{"settings": ')
    with pytest.raises(JobError, match=r"corpus\.json: truncated or altered"):
        EncodedCorpus(tmp_path)


def test_report_comes_last(data: Path, tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "run" / "corpus"
    present: list[str] = []

    write_sealed = seals.write_sealed

    def stop(path: Path, report: Mapping[str, Any], sealed: Iterable[Path]) -> None:
        if path.name != "corpus.json":
            write_sealed(path, report, sealed)
            return
        present.extend(file.name for file in sealed)
        json.dumps(report)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seals, "write_sealed", stop)
        with pytest.raises(KeyboardInterrupt):
            prepared(experiment(data), folder)
    assert not folder.exists()
    corpus = prepared(experiment(data), folder)
    assert sorted(present) == sorted(corpus.report["files"])


# ----------------------------------------------------------------------------- real data


def test_multi30k(tmp_path: Path) -> None:
    folder = data_folder("multi30k")
    settings = experiment(
        folder,
        vocabulary__size=2_000,
        vocabulary__sample_size=10_000,
        corpus__tests=["test_2016_flickr", str(data_folder("wmt_test") / "newstest2014")],
    )
    corpus = prepared(settings, tmp_path / "corpus")
    splits = corpus.report["splits"]
    assert splits["train"]["num_read"] == 29_000
    assert splits["train"]["left_out"]["duplicate"] == 3
    assert splits["train"]["left_out"]["test_overlap"] == 1
    assert splits["validation"]["num_pairs"] == 1_014
    assert corpus.test_sets == ("test_2016_flickr", "newstest2014")
    assert len(corpus.text("newstest2014").source) == 3_003
    vocabulary = Vocabulary(corpus.model_file, "pre")
    assert vocabulary.decode(corpus.split("test_2016_flickr").target(0).tolist()) == (
        "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt."
    )
