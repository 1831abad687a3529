"""What is refused before anything is made: one list, by `run` and `--dry-run` alike."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from tests_support import left_of, tree
from ticketscope import config
from ticketscope.config import Experiment, FilesCorpus, Lottery, Model, Quality, Training
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.prepare import prepare
from ticketscope.corpus.stored_texts import REPORT
from ticketscope.errors import InputError
from ticketscope.files import write_json, write_text
from ticketscope.networks.model import build_on_meta, count, parameters
from ticketscope.runs.seals import write_sealed
from ticketscope.runs.store import Run
from ticketscope.steps.bench import Bench
from ticketscope.study import checks
from ticketscope.study.main_job import describe
from ticketscope.text.languages import in_words, same_language

EXPERIMENT = Experiment(
    name="x",
    corpus=FilesCorpus(source="en", target="de", path="here"),
    training=Training(updates=10),
    lottery=Lottery(levels=2, replicates=2),
)
CONLLU = "1\tred\tred\tADJ\tJJ\t_\t0\troot\t_\t_\n\n"


def changed(**sections: object) -> Experiment:
    return EXPERIMENT.model_copy(update=sections)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "run")
    write_sealed(run.config, describe(EXPERIMENT))
    return run


# ----------------------------------------------------------------------------- run directory


def check_directory(run: Run, experiment: Experiment) -> None:
    checks.run_directory(checks.Start(experiment, run.root))


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"name": "other"},
        {"quality": Quality(beam=2)},
        {"corpus": FilesCorpus(source="en", target="de", path="elsewhere", tests=("a/test",))},
        {"lottery": Lottery(levels=5, replicates=3, arms=("random_pruning",))},
    ],
    ids=lambda sections: " ".join(sections) or "the same",
)
def test_a_run_may_be_repeated_measured_anew_moved_and_extended(
    run: Run, sections: dict[str, Any]
) -> None:
    before = tree(run.root)
    check_directory(run, changed(**sections))
    assert tree(run.root) == before


def test_another_training_config_is_refused_naming_the_keys(run: Run) -> None:
    other = changed(training=Training(updates=11, peak_rate=1e-3), lottery=Lottery(seed=7))
    with pytest.raises(InputError) as caught:
        check_directory(run, other)
    keys = "lottery.seed, training.peak_rate, training.updates"
    assert f"{run.root}: was made with another training config (different: {keys});" in str(
        caught.value
    )


def test_what_an_earlier_version_made_of_several_batches_per_update_is_refused(run: Run) -> None:
    """Its levels have other dropout, and it had no word for that in its identity."""
    several = changed(training=Training(updates=10, accumulate=4))
    stored = describe(several)
    check_directory(Run(run.root.with_name("new")), several)
    write_sealed(run.config, stored)
    check_directory(run, several)
    with pytest.raises(InputError, match=r"\(different: training\.accumulate\);"):
        check_directory(run, EXPERIMENT)
    del stored["training_identity"]["training"]["dropout_by_batch"]
    write_sealed(run.config, stored)
    with pytest.raises(InputError, match=r"an earlier version made it, which drew dropout once"):
        check_directory(run, several)


def test_places_where_a_run_may_begin(tmp_path: Path) -> None:
    check_directory(Run(tmp_path / "none" / "yet"), EXPERIMENT)
    empty = Run(tmp_path / "empty")
    empty.root.mkdir()
    check_directory(empty, EXPERIMENT)
    # What a run leaves that was killed before its config was there.
    locks, scratch = (empty.root / "lock", empty.root / "lock-workers"), empty.root / "scratch"
    for path in (*locks, left_of(empty.config), left_of(scratch)):
        path.touch()
    write_text(left_of(empty.corpus) / "scratch.source.txt", "half")
    check_directory(empty, EXPERIMENT)
    write_json(empty.corpus / REPORT, {})
    check_directory(empty, EXPERIMENT)
    write_text(left_of(empty.probing) / "pos.safetensors", "half")
    check_directory(empty, EXPERIMENT)
    write_json(empty.probing / "index.json", {})
    check_directory(empty, EXPERIMENT)
    write_text(left_of(empty.contrasts), "half")
    check_directory(empty, EXPERIMENT)
    write_json(empty.contrasts, {})
    check_directory(empty, EXPERIMENT)
    write_text(empty.root / "analysis" / "thesis" / "results.json", "years of work")
    with pytest.raises(InputError, match=r"has files but no config\.json"):
        check_directory(empty, EXPERIMENT)
    shutil.rmtree(empty.root / "analysis")
    check_directory(empty, EXPERIMENT)
    (empty.corpus / REPORT).unlink()  # a corpus of someone else
    with pytest.raises(InputError, match=r"has files but no config\.json"):
        check_directory(empty, EXPERIMENT)


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks.writable(checks.Start(EXPERIMENT, tmp_path / "runs" / "x"))
    write_text(tmp_path / "file", "")
    with pytest.raises(InputError, match=f"^{tmp_path}/file/x: not a directory"):
        checks.writable(checks.Start(EXPERIMENT, tmp_path / "file" / "x"))
    monkeypatch.setattr("os.access", lambda place, _: Path(place) != tmp_path)
    with pytest.raises(InputError, match=f"^{tmp_path}: permission denied"):
        checks.writable(checks.Start(EXPERIMENT, tmp_path / "runs" / "x"))


@pytest.mark.parametrize("target", ["nowhere", "link"])
@pytest.mark.parametrize("below", ["", "run"])
def test_a_link_to_nothing_is_no_place_for_a_run(tmp_path: Path, target: str, below: str) -> None:
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(InputError, match=r"link.*: not a directory"):
        checks.writable(checks.Start(EXPERIMENT, tmp_path / "link" / below))


# ----------------------------------------------------------------------------- the machine


def test_a_name_that_is_not_utf8_is_refused_at_once(tmp_path: Path) -> None:
    run = Run(tmp_path / os.fsdecode(b"runs\xff") / "run")
    with pytest.raises(InputError, match="not valid UTF-8"):
        check_directory(run, EXPERIMENT)


def test_weights_are_counted_but_for_biases_and_norms() -> None:
    shape = Model(encoder_layers=3, decoder_layers=2, d_model=64, ffn=256, heads=4)
    counted = count(parameters(build_on_meta(shape, 1_000)), embeddings=False).total
    ours = checks.num_weights(changed(model=shape).model, 1_000) - shape.max_positions * 64
    assert 0.97 * counted < ours < counted


def test_weights_that_do_not_fit_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sysconf", {"SC_PAGE_SIZE": 4_096, "SC_PHYS_PAGES": 10**6}.get)
    start = checks.Start(EXPERIMENT, Path("none"))
    checks.memory(start)
    large = changed(model=Model(d_model=100_000, ffn=100_000, heads=10, encoder_layers=1_000))
    with pytest.raises(
        InputError, match=r"^model: .* weights alone take 241,203 GB, .* has 4 GB of"
    ):
        checks.memory(checks.Start(large, Path("none")))


# ----------------------------------------------------------------------------- languages


@pytest.mark.parametrize("code", ["en", "EN", "en_GB", "en-US", "eng", "eng_Latn", "en.tok"])
def test_codes_of_one_language(code: str) -> None:
    assert same_language(code, "en")
    assert not same_language(code, "de")


def test_a_language_in_words() -> None:
    assert in_words("de") == "German (de)"
    assert in_words("xx") == "xx"


# ----------------------------------------------------------------------------- the whole list


@dataclass
class Place:
    """A folder with the toy corpus, which a fault may be made in."""

    folder: Path

    def experiment(self, toy: Experiment, *settings: str) -> Experiment:
        return config.override(toy, [f"corpus.path={self.folder}", *settings])


@pytest.fixture
def place(toy_files: Path, tmp_path: Path) -> Place:
    return Place(Path(shutil.copytree(toy_files, tmp_path / "corpus")))


Fault = Callable[[Path], object]


def rewritten(name: str, content: bytes) -> Fault:
    return lambda folder: (folder / name).write_bytes(content)


def gone(name: str) -> Fault:
    return lambda folder: (folder / name).unlink()


def unharmed(_: Path) -> None:
    pass


FAULTS: dict[str, tuple[Fault, tuple[str, ...], str]] = {
    "no training file": (
        gone("train.en"),
        (),
        r"no file train\.en .* \(train\.source of the corpus\); set ",
    ),
    "no target side": (gone("val.de"), (), r"no file val\.de"),
    "no test set": (
        unharmed,
        ('corpus.tests=["tset"]',),
        r"no file tset\.en .* did you mean test\?",
    ),
    "sides of unequal length": (
        rewritten("train.de", b"eins\n" * 301),
        (),
        r"train\.en has 300 lines but .*train\.de has 301",
    ),
    "a test set of unequal length": (
        rewritten("other.de", b"eins\n"),
        (),
        r"other\.en has 20 lines",
    ),
    "an empty test set": (
        lambda folder: [rewritten(f"other.{side}", b"\n")(folder) for side in ("en", "de")],
        (),
        "the other split has no pair of sentences",
    ),
    "no UTF-8": (rewritten("train.en", b"\xff\n"), (), r"train\.en:1: not valid UTF-8"),
    "not gzip": (
        lambda folder: (folder / "test.en").rename(folder / "test.en.gz"),
        (),
        r"test\.en\.gz: damaged",
    ),
    "a column that is not there": (
        rewritten("t.tsv", b"one\teins\n" * 3),
        ('corpus={kind="table", source="en", target="de", path="FOLDER/t.tsv", target_column=2}',),
        r"t\.tsv:1: 2 tab-separated columns, .* need 3",
    ),
    "an embedding and a criterion of inputs": (
        unharmed,
        ("lottery.prune_embeddings=true", 'lottery.arms=["lr_rewinding-wanda"]'),
        "lottery.prune_embeddings: lr_rewinding-wanda ranks weights by what their matrix reads",
    ),
    "no executor of this name": (
        unharmed,
        ("execution.executor=locl",),
        r"^execution\.executor: locl: no such executor; did you mean local\? valid: local",
    ),
    "no stage of this name": (
        unharmed,
        ("execution.stages.trian.gpus=1",),
        r"^execution\.stages\.trian: no such stage; did you mean train\? valid: corpus, train, ",
    ),
    "no vocabulary": (unharmed, ("vocabulary.model=FOLDER/none.spm",), r"none\.spm: no such file"),
    "no SentencePiece model": (
        unharmed,
        ("vocabulary.model=FOLDER/test.en",),
        r"test\.en: not a SentencePiece model",
    ),
    "no set of this name": (
        unharmed,
        ('representations.sentences=["tests"]',),
        "representations.sentences: tests is neither .*; did you mean test",
    ),
    "a text file without words": (
        rewritten("mine.txt", b"\n"),
        ('representations.sentences=["FOLDER/mine.txt"]',),
        r"representations\.sentences: .* hold 0 words",
    ),
    "no set of this name for attention": (
        unharmed,
        ('attention.sentences=["othre"]',),
        "attention.sentences: othre is no held-out set; did you mean other",
    ),
    "no gold syntax": (
        unharmed,
        ("attention.syntax=FOLDER/none",),
        r"attention\.syntax: .*no such",
    ),
    "malformed gold syntax": (
        rewritten("gold.conllu", b"1\tred\n\n"),
        ("attention.syntax=FOLDER/gold.conllu",),
        r"gold\.conllu.*1",
    ),
    "alignments of other pairs": (
        rewritten("gold.talp", b"0-0\n"),
        ("attention.alignments=FOLDER/gold.talp",),
        r"gold\.talp: 1 lines for the 30 pairs of validation",
    ),
    "gold syntax of another language": (
        rewritten("gold.conllu", CONLLU.encode()),
        ("attention.syntax=FOLDER/gold.conllu", "attention.language=de"),
        r"attention\.language: .*German \(de\), but the encoder .* English \(en\)",
    ),
    "no minimal pairs": (unharmed, ("behaviour.contrasts=FOLDER/none.tsv",), r"none\.tsv: no such"),
    "minimal pairs of other languages": (
        rewritten("mine.tsv", b"case\ta\tb\tc\n"),
        ("behaviour.contrasts=FOLDER/mine.tsv", 'behaviour.languages=["en_GB", "fr"]'),
        r"^behaviour\.languages: .* English \(en_GB\) to fr, but .* \(en\) to German \(de\);",
    ),
    "malformed minimal pairs": (
        rewritten("mine.tsv", b"a\tb\n"),
        ("behaviour.contrasts=FOLDER/mine.tsv",),
        r"mine\.tsv:1: 2 columns",
    ),
    "no challenge set": (
        unharmed,
        ('challenge.sets=["FOLDER/none.tsv:aces"]',),
        r"none\.tsv: no such",
    ),
    "a malformed challenge set": (
        rewritten("mine.tsv", b"source\treference\tcontrastive\na\tb\n"),
        ('challenge.sets=["FOLDER/mine.tsv"]',),
        r"mine\.tsv:2: 2 cells between tabs",
    ),
    "a challenge set from a pipe": (
        lambda folder: os.mkfifo(folder / "pipe"),
        ('challenge.sets=["FOLDER/pipe:aces"]',),
        r"pipe: a pipe or a device",
    ),
    "a pipe": (
        lambda folder: os.mkfifo(folder / "pipe"),
        ("behaviour.contrasts=FOLDER/pipe",),
        r"behaviour\.contrasts: .*pipe is a pipe or a device",
    ),
    "a pipe in a list of tables": (
        lambda folder: os.mkfifo(folder / "pipe"),
        ('probing.own=[{task="pos", format="conllu", files=["FOLDER/pipe"]}]',),
        r"probing\.own\.files: .*pipe is a pipe or a device",
    ),
    "no folder of gold data": (
        unharmed,
        ("probing.suite=real", "probing.data=FOLDER/none"),
        r"probing\.data: .*none: no such folder",
    ),
    "gold data of no task": (
        unharmed,
        ("probing.suite=real", "probing.data=FOLDER"),
        r"probing: no task has data \(pos: .*ud_english_ewt: no such folder",
    ),
    "an unknown task": (
        unharmed,
        ("probing.suite=grammar", 'probing.tasks=["poss"]'),
        r"probing\.tasks: poss: no such task; did you mean pos\?",
    ),
    "a level that is not made": (
        unharmed,
        ("probing.suite=grammar", "probing.levels=[9]"),
        r"probing\.levels: 9, but the last level is 2",
    ),
    "probes of another language": (
        lambda folder: [path.rename(path.with_suffix(".fr")) for path in folder.glob("*.en")],
        ("corpus.source=fr", "probing.suite=grammar"),
        r"probing\.suite = grammar: the gold data are English \(en\), but the encoder .* reads fr;",
    ),
    "a GPU": (unharmed, ("training.device=cuda",), r"^training\.device: cuda is asked for"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_one_line_and_nothing_is_made(
    fault: str, toy: Experiment, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    harm, settings, words = FAULTS[fault]
    harm(place.folder)
    asked = [setting.replace("FOLDER", str(place.folder)) for setting in settings]
    experiment = place.experiment(toy, *asked)
    before = tree(tmp_path)
    with pytest.raises(InputError, match=words) as caught:
        checks.check(experiment, tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert tree(tmp_path) == before


def test_what_is_right_passes(
    toy: Experiment, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    write_text(place.folder / "gold.conllu", CONLLU)
    asked = (
        "attention.syntax=gold.conllu",
        "attention.language=en_GB",
        "behaviour.contrasts=gold.tsv",
        'behaviour.languages=["eng", "deu"]',
        "training.device=cuda",
    )
    write_text(place.folder / "gold.tsv", "case\ta\tb\tc\n")
    settings = [setting.replace("gold.", f"{place.folder}/gold.") for setting in asked]
    experiment = place.experiment(toy, *settings)
    before = tree(tmp_path)
    checks.check(experiment, tmp_path / "run")
    assert tree(tmp_path) == before


def test_gold_data_of_probes_are_opened(toy: Experiment, place: Place, tmp_path: Path) -> None:
    gold = tmp_path / "gold" / "ud_english_ewt"
    for split in ("train", "dev", "test"):
        write_text(gold / f"en_ewt-ud-{split}.conllu", CONLLU)
    settings = ("probing.suite=real", f"probing.data={gold.parent}", 'probing.tasks=["pos"]')
    experiment = place.experiment(toy, *settings)
    checks.check(experiment, tmp_path / "run")
    (gold / "en_ewt-ud-dev.conllu").write_text("1\tred\n\n")
    with pytest.raises(InputError, match=r"en_ewt-ud-dev\.conllu"):
        checks.check(experiment, tmp_path / "run")


def test_an_encoded_corpus_needs_no_files_but_the_same_ones(
    toy: Experiment, place: Place, tmp_path: Path
) -> None:
    experiment = place.experiment(toy)
    run = Run(tmp_path / "run")
    prepare(experiment, run.corpus, lambda _: None)
    checks.check(experiment, run.root)
    kept = (place.folder / "train.en").read_bytes()
    (place.folder / "train.en").write_bytes(kept + b"one\n")
    with pytest.raises(InputError, match=r"made from other data: .*train\.en"):
        checks.check(experiment, run.root)
    shutil.rmtree(place.folder)  # as on another machine
    checks.check(experiment, run.root)


def test_first_lines_that_read_like_headers_are_told(
    toy: Experiment, place: Place, tmp_path: Path
) -> None:
    experiment = place.experiment(toy)
    assert checks.check(experiment, tmp_path / "run") == []
    for language, word in (("en", "English"), ("de", "German")):
        path = place.folder / f"train.{language}"
        path.write_text(f"{word}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("type\tsource\ttarget\twrong\n", encoding="utf-8")
    asked = experiment.model_copy(update={"behaviour": config.Behaviour(contrasts=str(pairs))})
    of_corpus, of_pairs = checks.check(asked, tmp_path / "run")
    assert of_corpus.startswith(f"{place.folder / 'train.en'}:1: the first line is taken as a pair")
    assert of_pairs.startswith(f"{pairs}:1: the first line is taken as a minimal pair")
    # Where the corpus is encoded, its files need no longer be there.
    prepare(experiment, tmp_path / "run" / "corpus", lambda _: None)
    shutil.rmtree(place.folder)
    assert checks.check(experiment, tmp_path / "run") == []


def test_lengths_are_checked_when_there_is_a_vocabulary(
    toy: Experiment, toy_corpus: EncodedCorpus
) -> None:
    root = toy_corpus.model_file.parent.parent
    checks.check_encoded(Bench.of(root, toy), toy)
    short = toy.model_copy(update={"model": Model(max_positions=5)})
    with pytest.raises(InputError, match=r"split has a sentence of .* pieces, end included"):
        checks.check_encoded(Bench.of(root, short), short)


def test_nodes_of_a_cluster_may_have_what_this_machine_lacks(
    toy: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "_memory_bytes", lambda: 1)
    here = config.override(toy, ["training.device=cuda"])
    there = config.override(here, ["execution.executor=slurm"])
    for check, fault in ((checks.gpu, "no GPU that torch can use"), (checks.memory, "GB of mem")):
        with pytest.raises(InputError, match=fault):
            check(checks.Start(here, tmp_path))
        check(checks.Start(there, tmp_path))
