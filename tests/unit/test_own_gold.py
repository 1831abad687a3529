"""Gold data of one's own in a run: which files, which split, which language, and what is told."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from ticketscope import config
from ticketscope.config import Experiment, OwnGold
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.probing import own_gold
from ticketscope.probing.suites import Limits
from ticketscope.runs.store import Run
from ticketscope.steps.bench import Bench
from ticketscope.steps.probes import data as probe_data
from ticketscope.study import checks

TAGS = {"red": "JJ", "green": "JJ", "one": "CD", "two": "CD", "big": "RB"}


def write_gold(folder: Path, *names: str) -> list[Path]:
    """CoNLL-U files of the words of the toy corpus, each with its words in another order."""
    folder.mkdir(exist_ok=True)
    paths = [folder / name for name in names]
    for number, path in enumerate(paths):
        words = [*TAGS][number:] + [*TAGS][:number]
        sentences = [(words[i], words[i - 1]) for i in range(len(words))] * 4
        path.write_text("".join(map(_sentence, sentences)))
    return paths


def _sentence(words: tuple[str, ...]) -> str:
    lines = [
        f"{n}\t{word}\t{word}\tX\t{TAGS[word]}\t_\t{n - 1}\tdep\t_\t_\n"
        for n, word in enumerate(words, start=1)
    ]
    return "".join(lines) + "\n"


def splits_of(paths: list[Path]) -> dict[str, str]:
    return dict(zip(("train", "validation", "test"), map(str, paths), strict=True))


def asking(toy: Experiment, *entries: dict[str, Any], **settings: Any) -> Experiment:
    raw = toy.model_dump(mode="json")
    raw["probing"] = {"own": list(entries), **settings}
    return config.from_mapping(raw, where="test")


def test_files_by_split_or_by_their_names_are_the_same_data(tmp_path: Path) -> None:
    paths = write_gold(tmp_path / "a", "one.conllu", "two.conllu", "three.conllu")
    by_split = OwnGold(task="pos", format="conllu", **splits_of(paths))
    named = [tmp_path / f"x-{split}.conllu" for split in ("train", "dev", "test")]
    for path, copy in zip(paths, named, strict=True):
        shutil.copy(path, copy)
    by_name = OwnGold(task="pos", format="conllu", files=tuple(map(str, named)))
    for own in (by_split, by_name):
        own_gold.check(own, Limits(), 1)
    limits = Limits()
    assert own_gold.read(by_split, limits, 1) == own_gold.read(by_name, limits, 1)
    assert own_gold.fingerprint([by_split]) == own_gold.fingerprint([by_name])
    named[1].write_text(named[1].read_text() + "\n")
    assert own_gold.fingerprint([by_split]) != own_gold.fingerprint([by_name])


def test_what_is_given_goes_before_what_a_name_says(tmp_path: Path) -> None:
    paths = write_gold(tmp_path, "a-test.conllu", "b-train.conllu", "c-train.conllu")
    own = OwnGold(task="pos", format="conllu", **splits_of(paths))
    own_gold.check(own, Limits(), 1)
    found = own_gold.read(own, Limits(), 1)
    assert {split: len(examples) for split, examples in found.splits.items()} == {
        "train": 20,
        "validation": 20,
        "test": 20,
    }


def test_the_three_files_and_others_of_the_task_do_not_mix(tmp_path: Path) -> None:
    paths = write_gold(tmp_path, "one.conllu", "two.conllu", "three.conllu")
    own = OwnGold(task="pos", format="conllu", files=(str(paths[0]),), **splits_of(paths))
    with pytest.raises(
        InputError, match=r"pos: beside train, .* files may only .*, or all as files"
    ):
        own_gold.check(own, Limits(), 1)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"task": "pose", "format": "conllu"}, "task pose: no such task; did you mean pos"),
        ({"task": "pos", "format": "conllux"}, "format conllux: no such format; did you mean conl"),
        ({"task": "ner", "format": "conllu"}, "task ner: cannot be served by files of the format"),
    ],
)
def test_unknown_names(entry: dict[str, str], words: str, tmp_path: Path) -> None:
    paths = write_gold(tmp_path, "1", "2", "3")
    with pytest.raises(InputError, match=f"^probing.own: {words}"):
        own_gold.check(OwnGold(**entry, **splits_of(paths)), Limits(), 1)  # type: ignore[arg-type]


def test_files_that_are_not_there_or_not_of_the_format(tmp_path: Path) -> None:
    train, validation, test = write_gold(tmp_path, "1", "2", "3")
    own = OwnGold(task="pos", format="conllu", **splits_of([train, validation, test]))
    whole = validation.read_text()
    for before in ("", whole):  # all lines are read
        validation.write_text(f"{before}1\tred\n\n")
        with pytest.raises(InputError, match=f"^{validation}:{before.count(chr(10)) + 1}: "):
            own_gold.check(own, Limits(), 1)
    test.unlink()
    validation.write_text(train.read_text())
    with pytest.raises(InputError, match=f"^{test}: .*[Nn]o such file"):
        own_gold.check(own, Limits(), 1)
    named = write_gold(tmp_path, "x-train.conllu", "x-test.conllu")
    with pytest.raises(InputError, match="no file of pos is for validation"):
        own_gold.check(
            OwnGold(task="pos", format="conllu", files=tuple(map(str, named))), Limits(), 1
        )


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ([{"task": "pos", "format": "conllu"}], r"probing\.own\.0: set train, validation and test"),
        (
            [{"task": "pos", "format": "conllu", "train": "a", "test": "b"}],
            r"probing\.own\.0: set train, validation and test",
        ),
        ([{"task": "pos", "format": "conllu", "files": ["a"]}] * 2, "probing: own: a task comes"),
        ([{"tsk": "pos"}], r"probing\.own\.0\.tsk: unknown key; did you mean task"),
        (
            [{"task": "pos", "format": "conllu", "files": ["a"], "langauge": "en"}],
            r"probing\.own\.0\.langauge: unknown key; did you mean language\? valid here: files, ",
        ),
    ],
)
def test_entries_that_are_wrong(own: list[dict[str, Any]], words: str, toy: Experiment) -> None:
    with pytest.raises(InputError, match=words):
        asking(toy, *own)


def test_paths_are_seen_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        """
        corpus = {kind = "grammar"}
        training = {updates = 1}
        [[probing.own]]
        task = "pos"
        format = "conllu"
        train = "a"
        validation = "b"
        test = "c"
        files = ["d", "/e"]
        """
    )
    read = config.load(file)
    assert read.probing.own[0].train == str(tmp_path / "a")
    assert read.probing.own[0].files == (str(tmp_path / "d"), "/e")
    file.write_text(config.to_toml(read.model_dump(mode="json")))
    assert config.load(file) == read


def test_another_language_is_refused(toy: Experiment, tmp_path: Path) -> None:
    paths = write_gold(tmp_path / "gold", "1", "2", "3")
    entry = {"task": "pos", "format": "conllu", **splits_of(paths)}
    checks.check(asking(toy, entry), tmp_path / "run")
    checks.check(asking(toy, entry | {"language": "en-GB"}), tmp_path / "run")
    with pytest.raises(InputError, match=r"^probing\.own of pos: .* German \(de\), but the encod"):
        checks.check(asking(toy, entry | {"language": "de"}), tmp_path / "run")


def test_own_data_stand_in_place_of_the_suite_or_alone(
    toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path
) -> None:
    paths = write_gold(tmp_path / "gold", "1", "2", "3")
    entry = {"task": "pos", "format": "conllu", **splits_of(paths)}
    run = Run(tmp_path / "run")
    shutil.copytree(toy_corpus.model_file.parent, run.corpus)

    def prepared(experiment: Experiment) -> probe_data.ProbeData:
        probe_data.prepare_data(Bench.of(run.root, experiment))
        return probe_data.load(run)

    alone = prepared(asking(toy, entry))
    assert [task.id for task in alone.tasks] == ["pos"]
    of_pos = alone.index["tasks"]["pos"]
    assert of_pos["num_available"] == {"train": 40, "validation": 40, "test": 40}
    limits = {"max_train": 40, "max_held_out": 40}
    beside = prepared(asking(toy, entry, suite="grammar", tasks=["pos", "ner"], **limits))
    assert [task.id for task in beside.tasks] == ["pos", "ner"]
    assert beside.index["tasks"]["pos"]["digest"] == of_pos["digest"]
    moved = splits_of(write_gold(tmp_path / "elsewhere", "x", "y", "z.conllu"))
    before = (run.probing / "index.json").stat().st_mtime_ns
    prepared(asking(toy, entry | moved, suite="grammar", tasks=["pos", "ner"], **limits))
    assert (run.probing / "index.json").stat().st_mtime_ns == before  # where they lie is no matter
