"""Reading experiments, errors in one line, and the two kinds of identity."""

import datetime
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from cast_fixture import with_needed
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ticketscope import config
from ticketscope.arms import ARMS
from ticketscope.config import Experiment
from ticketscope.config.kinds import LeftOut
from ticketscope.config.paths import path_mark
from ticketscope.controls import printable
from ticketscope.errors import InputError

GRAMMAR: dict[str, Any] = {"kind": "grammar"}
FILES: dict[str, Any] = {"kind": "files", "source": "en", "target": "de", "path": "here"}
TABLE: dict[str, Any] = {**FILES, "kind": "table"}
CONLLU: dict[str, Any] = {
    **FILES,
    "kind": "conllu",
    "train": "big.conllu",
    "validation": "small.conllu",
    "tests": ["one.conllu"],
}
CORPORA = {"grammar": GRAMMAR, "files": FILES, "table": TABLE, "conllu": CONLLU}
HERE = Path().absolute()
SECTIONS = (*config.TRAINING_SECTIONS, *config.ANALYSIS_SECTIONS, "claims", "execution")


def experiment(corpus: dict[str, Any] = FILES, **sections: object) -> Experiment:
    raw = {"name": "x", "corpus": corpus, "training": {"updates": 10}, **sections}
    return config.from_mapping(raw, where="test")


def complaint(raw: dict[str, Any]) -> str:
    """The one line that refuses `raw`."""
    with pytest.raises(InputError) as caught:
        config.from_mapping(raw, where="some.toml")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("some.toml: ")
    return message.removeprefix("some.toml: ")


def raw_with(key: str, value: object, corpus: dict[str, Any] = FILES) -> dict[str, Any]:
    """A valid experiment but for one dotted key."""
    raw: dict[str, Any] = {"name": "x", "corpus": dict(corpus), "training": {"updates": 10}}
    *parents, last = key.split(".")
    node = raw
    for parent in parents:
        node = node.setdefault(parent, {})
    node[last] = value
    return raw


# ----------------------------------------------------------------------------- reading


def test_toml_and_json_give_the_same_experiment(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        """
        [corpus]
        kind = "files"
        source = "en"
        target = "de"
        path = "daten/größer"
        tests = ["a", "../b/c"]
        [corpus.cleaning]
        remove_duplicates = false
        [training]
        epochs = 3
        peak_rate = 1
        [lottery]
        arms = ["random_pruning"]
        rewind_to = [0.5, 0.2]
        """,
        encoding="utf-8",
    )
    read = config.load(file)
    assert read.name == "mine"  # after the file, where none is given
    corpus = read.corpus
    assert isinstance(corpus, config.FilesCorpus)
    assert corpus.path == str(tmp_path / "daten" / "größer")  # seen from the file
    assert corpus.tests == ("a", str(tmp_path / ".." / "b" / "c"))
    assert corpus.cleaning == config.Cleaning(remove_duplicates=False)
    assert read.training == config.Training(epochs=3, peak_rate=1.0)
    assert read.lottery.rewind_to == (0.5, 0.2)
    assert read.quality == config.Quality()
    stored = json.loads(json.dumps(read.model_dump(mode="json")))
    assert config.from_mapping(stored, where="config.json") == read


def test_a_setting_that_was_given_up_is_read_past_in_a_run_and_refused_in_a_file() -> None:
    """Runs that an older version made still open; what is asked for now is said at once."""
    read = experiment()
    raw = read.model_dump(mode="json")
    older = raw | {"probing": raw["probing"] | {"epochs": 50}}
    assert config.from_stored(older, where="config.json") == read
    assert "probing.epochs: this setting was given up; " in complaint(older)
    assert "set probing.max_updates" in complaint(older)


def test_an_experiment_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        experiment().training.updates = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[training]\nupdates = = 3\n", "not valid TOML: .*line 2"),
        (b"name = 1\nname = 2\n", "not valid TOML: .*line 2"),
        (b'name = "\xff"\n', "not UTF-8"),
    ],
)
def test_a_file_that_is_no_toml(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=f"^{file}: {words}") as caught:
        config.load(file)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.toml: no such file"):
        config.load(tmp_path / "none.toml")
    with pytest.raises(InputError, match=r"is a directory; a file is needed"):
        config.load(tmp_path)


# ----------------------------------------------------------------------------- extends


def written(folder: Path, **files: str) -> Path:
    """TOML files of these names; the path of the first."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return folder / f"{next(iter(files))}.toml"


BASE = """
name = "base"
[corpus]
kind = "files"
source = "en"
target = "de"
path = "data"
[corpus.cleaning]
max_pieces = 100
[training]
updates = 3
warmup_updates = 7
[lottery]
rewind_to = [0.5, 0.2]
"""


def test_a_file_may_start_from_another_one(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    written(tmp_path / "below", base=BASE)
    child = written(
        tmp_path,
        child="""
        extends = "below/base.toml"
        vocabulary = {kind = "unigram"}
        [corpus]
        tests = ["./mine"]
        [corpus.cleaning]
        remove_duplicates = false
        [training]
        updates = 5
        [lottery]
        rewind_to = [0.3]
        """,
    )
    read = config.load(child, ["training.peak_rate=1"])
    corpus = read.corpus
    assert isinstance(corpus, config.FilesCorpus)
    assert read.name == "child"
    assert corpus.path == str(tmp_path / "below" / "data")  # seen from where it is written
    assert corpus.tests == (str(tmp_path / "mine"),)
    assert corpus.cleaning == config.Cleaning(max_pieces=100, remove_duplicates=False)
    assert read.training == config.Training(updates=5, warmup_updates=7, peak_rate=1)
    assert read.lottery.rewind_to == (0.3,)
    assert read.vocabulary == config.Vocabulary(kind="unigram")


def test_a_corpus_of_another_kind_replaces_the_one_below(tmp_path: Path) -> None:
    child = written(tmp_path, child='extends = "base.toml"\ncorpus = {kind = "grammar"}', base=BASE)
    assert config.load(child).corpus == config.GrammarCorpus()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": 'extends = "a.toml"'}, r"a\.toml: extends itself: "),
        (
            {"a": 'extends = "b.toml"', "b": 'extends = "c.toml"', "c": 'extends = "./b.toml"'},
            r"b\.toml: extends itself: .*b\.toml extends .*c\.toml extends .*b\.toml",
        ),
        ({"a": 'extends = "none.toml"'}, r"none\.toml: no such file"),
        ({"a": 'extends = "demmo"'}, r"a\.toml: extends: demmo: .*did you mean demo\? valid: demo"),
        ({"a": "extends = 3"}, r"a\.toml: extends: name a recipe or a file"),
        ({"a": '[corpus]\nextends = "demo"'}, r"corpus: kind must be one of"),
    ],
)
def test_what_cannot_be_extended(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        config.load(written(tmp_path, **files), recipes={"demo": experiment})
    assert "\n" not in str(caught.value)


# ----------------------------------------------------------------------------- --set


@pytest.mark.parametrize(
    ("setting", "place", "value"),
    [
        ("training.updates=500", ("training", "updates"), 500),
        ("training.peak_rate = 7e-4", ("training", "peak_rate"), 7e-4),
        ("quality.length_penalty=-1", ("quality", "length_penalty"), -1.0),
        ("quality.length_penalty=-.5", ("quality", "length_penalty"), -0.5),
        ("lottery.prune_fraction=.593", ("lottery", "prune_fraction"), 0.593),
        ("lottery.rewind_to=[.5, 0.25,.125]", ("lottery", "rewind_to"), (0.5, 0.25, 0.125)),
        ("corpus.path=./data.5", ("corpus", "path"), str(HERE / "data.5")),
        ("corpus.path=/v/.5", ("corpus", "path"), "/v/.5"),
        ("corpus.path=../shared/data", ("corpus", "path"), str(HERE / "../shared/data")),
        (
            'corpus.path="../shared/data"',
            ("corpus", "path"),
            str(Path("../shared/data").absolute()),
        ),
        ("corpus.path=a=b", ("corpus", "path"), str(HERE / "a=b")),
        ("corpus.path=2020-01-01", ("corpus", "path"), str(HERE / "2020-01-01")),
        ("corpus.path=", ("corpus", "path"), ""),
        ('corpus.tests=["a", "b"]', ("corpus", "tests"), ("a", "b")),
        ("lottery.rewind_to=[0.5, 0.2]", ("lottery", "rewind_to"), (0.5, 0.2)),
        ("execution.log_every=7", ("execution", "log_every"), 7),
        ("corpus.cleaning.max_pieces=9", ("corpus", "cleaning", "max_pieces"), 9),
        ("corpus.cleaning.remove_duplicates=false", ("corpus", "cleaning", "remove_duplicates"), 0),
        ("name=other", ("name",), "other"),
    ],
)
def test_set(setting: str, place: tuple[str, ...], value: object) -> None:
    before = experiment()
    found: Any = config.override(before, [setting])
    assert before == experiment()  # the original is left alone
    for key in place:
        found = getattr(found, key)
    assert found == value


def test_set_reaches_a_file_and_later_settings_win(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('[corpus]\nkind = "grammar"\n')  # no length: the settings complete it
    read = config.load(file, ["training.updates=3", "training.updates=4", "model.heads=2"])
    assert (read.training.updates, read.model.heads) == (4, 2)
    assert config.override(read, ["training.updates=0", "training.epochs=2"]).training.epochs == 2


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "bom.toml"
    file.write_bytes(b'\xef\xbb\xbf[corpus]\nkind = "grammar"\n[training]\nupdates = 3\n')
    assert config.load(file).training.updates == 3


def test_numbers_that_no_machine_holds(tmp_path: Path) -> None:
    file = tmp_path / "long.toml"
    file.write_text(f"a = {'9' * 5_000}")
    with pytest.raises(InputError, match=r"long\.toml: not valid TOML: .*digits"):
        config.load(file)
    with pytest.raises(InputError, match=r"model\.d_model: .*integer, not \"9+…$"):
        config.override(experiment(), [f"model.d_model={'9' * 5_000}"])


@pytest.mark.parametrize("setting", ["name=\udcff", "corpus.path=\udcff", "a\udcff=3"])
def test_a_setting_that_is_no_text(setting: str) -> None:
    with pytest.raises(InputError, match=r"not (valid )?UTF-8") as caught:
        config.override(experiment(), [setting])  # so Python gives the byte 0xff
    assert '"corpus"' not in str(caught.value)  # nothing else is shown


@pytest.mark.parametrize("setting", ["training.updates", "=3", "", ".a=3", "a..b=3", "a.=3"])
def test_set_without_path_or_value(setting: str) -> None:
    with pytest.raises(InputError, match="expected path=value") as caught:
        config.override(experiment(), [setting])
    assert str(caught.value).startswith(f"--set {setting}")


def test_set_below_a_value() -> None:
    with pytest.raises(InputError, match=r"training\.updates has no parts"):
        config.override(experiment(), ["training.updates.x=3"])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("training.nope=3", r"--set: training\.nope: unknown key"),
        ("training.updates=many", r'--set: training\.updates: .*integer, not "many"'),
        ("name=true", r"--set: name: .*string, not true"),
        ("name=../x", r"--set: name: .*pattern '\^\[A-Za-z0-9_\]\[.*, not \"../x\""),
        ("name=a/b", r"--set: name: .*pattern"),
        ("name=<b>", r"--set: name: .*pattern"),
        ("name=", r"--set: name: .*pattern"),
    ],
)
def test_set_to_something_wrong(setting: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        config.override(experiment(), [setting])


@pytest.mark.parametrize(
    ("setting", "where"),
    [
        ("training.update=5", "--set: training.update: unknown key; did you mean updates?"),
        ("lottery.levels=-1", "--set: lottery.levels: "),
        # What is missing beside an unknown key is named later: it may be what was meant.
        ('probing.own=[{tsk="pos"}]', "--set: probing.own.0.tsk: unknown key; did you mean task?"),
        ("name=mine", "{}: modle: unknown key; did you mean model?"),
    ],
)
def test_what_is_wrong_is_named_where_it_was_written(
    setting: str, where: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    wrong = "[modle]\n" if setting.startswith("name") else ""
    path.write_text(f"[corpus]\nkind = 'grammar'\n[training]\nupdates = 5\n{wrong}")
    with pytest.raises(InputError) as caught:
        config.load(path, [setting])
    assert str(caught.value).startswith(where.format(path))


# ----------------------------------------------------------------------------- one line


def places() -> Iterator[tuple[dict[str, Any], str, type[BaseModel]]]:
    """Every section: the corpus it needs, its dotted place, its model."""
    yield FILES, "", Experiment
    for name in (name for name in SECTIONS if name != "corpus"):
        yield FILES, name, type(getattr(experiment(), name))
    yield FILES, "execution.stages.train", config.Asked
    yield FILES, "execution.slurm", config.Slurm
    yield FILES, "execution.ray", config.Ray
    for corpus in CORPORA.values():
        section = experiment(corpus).corpus
        yield corpus, "corpus", type(section)
        yield corpus, "corpus.cleaning", type(section.cleaning)


# Some are names of corpus kinds: pydantic puts those into its error locations itself.
@pytest.mark.parametrize("unknown", ["nope", "files", "table", "grammar", "kind ", "ö", "a\nb"])
@pytest.mark.parametrize(("corpus", "place", "model"), list(places()))
def test_unknown_keys_are_named_with_the_valid_ones(
    corpus: dict[str, Any], place: str, model: type[BaseModel], unknown: str
) -> None:
    key = f"{place}.{unknown}".strip(".")
    valid = ", ".join(sorted(model.model_fields))
    shown = key.replace("\n", " ")
    message = complaint(raw_with(key, 3, corpus))
    assert message.startswith(f"{shown}: unknown key; ")
    assert message.endswith(f"valid here: {valid}")


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("modle", "model"),
        ("training.warmup_update", "warmup_updates"),
        ("training.Peak_Rate", "peak_rate"),
        ("corpus.cleaning.max_piece", "max_pieces"),
        ("patience", None),  # of two sections
        ("d_model", "model.d_model"),
        ("training.prune_fraction", "lottery.prune_fraction"),
        ("training.nope", None),
    ],
)
def test_the_key_that_was_meant_is_named(key: str, meant: str | None) -> None:
    message = complaint(raw_with(key, 3))
    if meant:
        assert f"unknown key; did you mean {meant}? valid here: " in message
    else:
        assert "did you mean" not in message


def test_the_corpus_kind_that_was_meant_is_named() -> None:
    message = complaint(raw_with("corpus.kind", "file"))
    assert message.endswith('not "file"; did you mean files?')


def test_every_count_has_an_upper_bound() -> None:
    for _, place, model in places():
        for key, field in model.model_fields.items():
            if field.annotation is int:
                assert any(hasattr(limit, "le") for limit in field.metadata), (place, key)


@pytest.mark.parametrize("kind", ["nope", 3, None, ["files"]])
def test_an_unknown_corpus_kind(kind: object) -> None:
    message = complaint(raw_with("corpus.kind", kind))
    choices = "grammar, files, table, conllu"
    assert message == f"corpus: kind must be one of {choices}, not {json.dumps(kind)}"


def test_a_corpus_without_kind() -> None:
    message = complaint({"name": "x", "corpus": {"seed": 1}, "training": {"updates": 1}})
    assert message == "corpus: kind must be one of grammar, files, table, conllu, not null"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("training.updates", "10", 'training.updates: input should be a valid integer, not "10"'),
        ("training.updates", 10.5, "integer"),
        ("training.updates", True, "not true"),
        ("training.updates", -1, "greater than or equal to 0, not -1"),
        ("training.updates", datetime.date(2020, 1, 2), 'integer, not "2020-01-02"'),
        ("training.peak_rate", float("nan"), "training.peak_rate: input should be a finite number"),
        ("training.peak_rate", float("inf"), "finite"),
        ("training.peak_rate", 0.0, "greater than 0"),
        ("training.optimiser", "sgd", "input should be 'adam' or 'adamw', not \"sgd\""),
        ("training", 3, "training: input should be an object, not 3"),
        ("corpus", [], "corpus: input should be an object, not []"),
        ("corpus.tests", "a", "corpus.tests: "),
        ("corpus.tests", ["a", 3], "corpus.tests.1: input should be a valid string, not 3"),
        ("corpus.cleaning", 3, "corpus.cleaning: input should be an object, not 3"),
        ("corpus.cleaning.max_pieces", 0, "corpus.cleaning.max_pieces: "),
        ("corpus.cleaning.remove_duplicates", 1, "valid boolean, not 1"),
        ("lottery.arms", ["dense"], "lottery.arms.0: dense: no such arm; valid: lr_rewinding, wei"),
        ("lottery.arms", ["lr_rewound"], "no such arm; did you mean lr_rewinding? valid: lr_"),
        ("lottery.prune_fraction", 1, "less than 1"),
        ("lottery.rewind_to", [1.5], "lottery.rewind_to.0: "),
        ("vocabulary.character_coverage", 0, "vocabulary.character_coverage: "),
        ("vocabulary.size", 15, "greater than or equal to 16, not 15"),
        ("name", ["two\nlines"], "name: input should be a valid string"),
        ("name", "../up", "pattern"),
        ("name", "two\nlines", "pattern"),
        ("corpus.tests", [], "give at least 1"),
        ("model.d_model", 2, "greater than or equal to 4"),
        ("training.beta2", 1.0, "less than 1"),
        ("model.d_model", 10**9, "less than or equal to 1000000, not 1000000000"),
        ("model.encoder_layers", 10**6, "less than or equal to 1000, not 1000000"),
        ("lottery.levels", 10**10, "less than or equal to 1000, not 10000000000"),
        ("lottery.seed", 2**63, "less than or equal to 9223372036854775807"),
    ],
)
def test_wrong_values_are_named_with_their_place(key: str, value: object, words: str) -> None:
    message = complaint(raw_with(key, value))
    assert message.startswith(key)
    assert words in message


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"training": {"updates": 3, "epochs": 2}}, "training: set exactly one of updates and ep"),
        ({"training": {}}, "training: set exactly one of updates and epochs"),
        ({"training": {"updates": 3, "patience": 2, "average_last": 2}}, "training: patience cho"),
        ({"model": {"d_model": 10, "heads": 4}}, "model: d_model must be a multiple of 2 x heads"),
        ({"model": {"d_model": 12, "heads": 4}}, "model: d_model must be a multiple of 2 x heads"),
        ({"lottery": {"arms": ["lr_rewinding"] * 2}}, "lottery: arms: each arm may be named once"),
        ({"connectivity": {"sentences": ["a", "a"]}}, "connectivity.sentences: a name comes twi"),
        ({"attention": {"sentences": ["a", "a"]}}, "attention.sentences: a name comes twice; na"),
        ({"quality": {"max_decoding_length": 600}}, "experiment: quality.max_decoding_length asks"),
        ({"model": {"max_positions": 256}}, "experiment: corpus.cleaning.max_pieces asks for 257 "),
        ({"lottery": {"rewind_to": []}}, "lottery: rewind_to needs at least one value"),
        ({"lottery": {"rewind_to": [0.5, 1.0]}}, "lottery: rewind_to: 1.0 would leave no update"),
    ],
)
def test_settings_that_contradict_each_other(sections: dict[str, Any], words: str) -> None:
    base = {"name": "x", "corpus": GRAMMAR, "training": {"updates": 1}}
    assert complaint({**base, **sections}).startswith(words)


def test_missing_keys_and_how_many_problems() -> None:
    missing = "missing; it has no default"
    assert complaint({"name": "x", "corpus": GRAMMAR}) == f"training: {missing}"
    assert (
        complaint(raw_with("corpus", {"kind": "files"})) == f"corpus.source: {missing} (and 2 more)"
    )
    wrong = raw_with("training.nope", 1) | {"also": 2}
    assert complaint(wrong).endswith("(and 1 more)")
    assert complaint({}) == f"name: {missing} (and 2 more)"


def nested(leaves: st.SearchStrategy[Any], depth: int = 3) -> st.SearchStrategy[Any]:
    """JSON values of some depth. (`st.recursive` complains now and then without a cause.)"""
    if not depth:
        return leaves
    inner = nested(leaves, depth - 1)
    texts = st.text(max_size=4)
    return leaves | st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)


json_values = nested(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6))


@given(section=st.sampled_from(("name", *SECTIONS)), value=json_values)
def test_anything_at_all_is_accepted_or_refused_in_one_line(section: str, value: object) -> None:
    raw = {"name": "x", "corpus": GRAMMAR, "training": {"updates": 1}, section: value}
    try:
        config.from_mapping(raw, where="some.toml")
    except InputError as error:
        message = str(error)
    else:
        return
    assert message.startswith(f"some.toml: {section}")
    assert len(message.splitlines()) == 1


@given(key=st.text(min_size=1, max_size=8), value=json_values)
def test_any_unknown_key_of_a_section(key: str, value: object) -> None:
    if key in config.Model.model_fields:
        return
    raw = {"name": "x", "corpus": GRAMMAR, "training": {"updates": 1}, "model": {key: value}}
    message = complaint(raw)
    assert "unknown key; " in message
    assert "valid here: activation_dropout, " in message


# ----------------------------------------------------------------------------- identity

# Anything valid that is not the default, where adding 1 or flipping does not give it.
ANOTHER: dict[str, Any] = {
    "speed_up": 1.3,
    "source": "fr",
    "language": "fr",
    "target": "nl",
    "train": "big",
    "validation": "dev",
    "member": "deu.txt",
    "source_comment": "text_cs",
    "target_comment": "text_sv",
    "tests": ("other",),
    "executor": "elsewhere",
    "partition": "gpu",
    "account": "lottery",
    "constraint": "h100",
    "stages": {"train": {"cores": 2, "gpus": 1, "memory_gb": 3, "minutes": 4}},
    "better": {"comet": "lower"},
    "path": "elsewhere",
    "model": "spm.model",
    "pretrained": "network",
    "source_code": "eng_Latn",
    "target_code": "deu_Latn",
    "prefix": "translate: ",
    "data": "gold",
    "syntax": "gold.conllu",
    "coreference": "gold.conll",
    "alignments": "gold.talp",
    "contrasts": "pairs.tsv",
    "languages": ("en", "de"),
    "suite": "grammar",
    "own": ({"task": "pos", "format": "conllu", "files": ["gold.conllu"]},),
    "heads": 2,
    "d_model": 64,
    "arms": ("random_pruning",),
    "rewind_to": (0.25,),
    "looks": (3, 5),
    "strengths": (0.2, 1.0),
    "gender": False,
    "decoder": True,
    "address": "auto",
    "cleaning": None,  # walked into
}


def is_part(section: type[config.Section], key: str) -> bool:
    """Whether a setting is part of a digest when it is not as in runs from before."""
    field = section.model_fields[key]
    mark = path_mark(field)
    is_place = mark is not None and not mark.or_name
    return not is_place and not any(isinstance(one, LeftOut) for one in field.metadata)


def another(name: str, field: FieldInfo, value: Any) -> Any:
    """A valid value of the field that is not `value`; None where there is no other."""
    choices = [choice for choice in get_args(field.annotation) if choice != value]
    match value:
        case _ if name in ANOTHER:
            return ANOTHER[name]
        case str():
            return choices[0] if choices else None
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return value / 2 if value else 0.25
        case tuple():
            if name == "kinds":
                return value[1:]
            others: dict[str, Any] = {"levels": 1, "rewind_weights_to": 0.0, "threads": 1}
            others |= {"beams": 32}
            return (*value, others.get(name, "other"))
    raise AssertionError(f"no other value known of {name}")


def changes_of(section: config.Section) -> Iterator[tuple[str, Any]]:
    """Every setting of a section, those of sections in it, too, and another value."""
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if isinstance(value, config.Section):
            yield from ((f"{key}.{inner}", other) for inner, other in changes_of(value))
        else:
            yield key, another(key, field, value)


def changes() -> Iterator[tuple[str, str, str, Any]]:
    """Every setting there is: corpus kind, section, dotted key in it and another value."""
    for name in (name for name in SECTIONS if name != "corpus"):
        for key, value in changes_of(getattr(experiment(), name)):
            assert value is not None, key
            yield "files", name, key, value
    for kind, corpus in CORPORA.items():
        section = experiment(corpus).corpus
        for key, field in type(section).model_fields.items():
            value = another(key, field, getattr(section, key))
            # The kind changes with all the rest, and the grammar knows one pair of languages.
            if key != "kind" and not (kind == "grammar" and key in ("source", "target")):
                yield kind, "corpus", key, value
        for key, field in config.Cleaning.model_fields.items():
            value = another(key, field, getattr(section.cleaning, key))
            yield kind, "corpus", f"cleaning.{key}", value


OF_PRETRAINED = [("model", key) for key in ("fine_tune", "source_code", "target_code", "prefix")]
CHANGES = [change for change in changes() if change[2] != "cleaning"]


def changed(kind: str, section: str, key: str, value: Any) -> tuple[Experiment, Experiment]:
    """An experiment and one that differs in that setting alone."""
    before = experiment(CORPORA[kind])
    raw = before.model_dump(mode="json")
    if (section, key) in OF_PRETRAINED:
        raw["model"]["pretrained"] = "network"
        before = config.from_mapping(raw, where="of a pretrained network")
    node = raw[section]
    if (section, key) == ("training", "ranks"):  # each has a batch
        raw["training"]["accumulate"] = 1_000
        before = config.from_mapping(raw, where="of several ranks")
    if (section, key) == ("training", "last_rate"):  # the rate falls to it
        raw["training"]["peak_rate"] = 1.0
        before = config.from_mapping(raw, where="of a high peak")
    *parents, last = key.split(".")
    for parent in parents:
        node = node[parent]
    assert node[last] != value
    node[last] = list(value) if isinstance(value, tuple) else value
    if (section, key) == ("training", "epochs"):  # one of the two is zero
        raw["training"]["updates"] = 0
    after = config.from_mapping(raw, where="changed")
    assert after != before
    return before, after


def test_what_jobs_of_a_stage_ask_for() -> None:
    """As of all stages, but for what is said of this one; of nothing else."""
    execution = experiment(
        execution={"gpus": 1, "minutes": 60, "stages": {"train": {"minutes": 600, "gpus": 0}}}
    ).execution
    of_training, of_others = execution.asked("train"), execution.asked("quality")
    assert (of_training.gpus, of_training.minutes, of_training.cores) == (0, 600, 0)
    assert (of_others.gpus, of_others.minutes, of_others.memory_gb) == (1, 60, 0)
    assert experiment().execution.asked("train").gpus is None


def test_the_walk_meets_every_setting() -> None:
    met = {f"{section}.{key}" for _, section, key, _ in CHANGES}
    assert {"training.seed", "lottery.seed"} & met == {"lottery.seed"}
    assert {"corpus.cleaning.max_pieces", "corpus.member", "corpus.num_train"} <= met
    assert len(met) > 60


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: f"{c[0]}-{c[1]}.{c[2]}")
def test_every_setting_moves_the_identity_it_belongs_to(change: tuple[str, str, str, Any]) -> None:
    kind, section, key, value = change
    before, after = changed(kind, section, key, value)
    ours, theirs = config.training_identity(before), config.training_identity(after)
    counts = is_part(type(getattr(before, section)), key.partition(".")[0])
    trains = section in config.TRAINING_SECTIONS and counts
    assert (config.digest(ours) != config.digest(theirs)) == trains
    expected = [f"{section}.{key}"] if trains else []
    if (section, key) == ("training", "epochs"):
        expected.append("training.updates")
    if (section, key) == ("training", "accumulate"):
        expected.append(config.DROPOUT_BY_BATCH)
    assert config.differing_keys(ours, theirs) == sorted(expected)
    for analysis in config.ANALYSIS_SECTIONS:
        ours = config.analysis_identity(before, analysis, 1)
        theirs = config.analysis_identity(after, analysis, 1)
        measures = section == analysis and counts
        assert (config.digest(ours) != config.digest(theirs)) == measures


@pytest.mark.parametrize("languages", [["en"], ["en", "de", "fr"]])
def test_minimal_pairs_have_two_languages_or_none_are_named(languages: list[str]) -> None:
    message = complaint(raw_with("behaviour.languages", languages))
    assert message.startswith("behaviour: languages: give two")


def test_corpus_kinds_are_told_apart() -> None:
    digests = {config.digest(config.training_identity(experiment(c))) for c in CORPORA.values()}
    assert len(digests) == len(CORPORA)


def test_the_place_of_a_test_set_is_not_part_of_the_identity_but_its_name_is() -> None:
    def identity(*tests: str) -> dict[str, Any]:
        return config.training_identity(experiment({**FILES, "tests": list(tests)}))

    assert identity("a/newstest", "b") == identity("../c/newstest", "b")
    assert identity("a/newstest") != identity("a/newstest2")
    assert identity("a", "b") != identity("b", "a")


def test_defaults_given_or_left_out_are_the_same() -> None:
    default = config.Model().model_dump(mode="json")
    given_all = config.training_identity(experiment(model=default))
    assert config.digest(given_all) == config.digest(config.training_identity(experiment()))


def test_versions_are_part_of_the_identities(monkeypatch: pytest.MonkeyPatch) -> None:
    before = config.training_identity(experiment())
    monkeypatch.setattr(config.identity, "SCHEMA_VERSION", 99)
    assert config.training_identity(experiment()) != before
    measured = [config.analysis_identity(experiment(), "quality", version) for version in (1, 2)]
    assert measured[0] != measured[1]


finite_json = nested(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
)


@given(st.dictionaries(st.text(max_size=3), finite_json, max_size=4), st.randoms())
def test_canonical_json_knows_no_order_and_reads_back(value: dict[str, Any], random: Any) -> None:
    text = config.canonical_json(value)
    assert json.loads(text) == value
    items = list(value.items())
    random.shuffle(items)
    assert config.canonical_json(dict(items)) == text
    assert config.digest(dict(items)) == config.digest(value)


def test_canonical_json_to_the_letter() -> None:
    value = {"b": [1, 0.1, 1e-7], "a": {"ü": None, "z": True}}
    assert config.canonical_json(value) == '{"a":{"z":true,"ü":null},"b":[1,0.1,1e-07]}'
    # sha256 of '{"a":1}', from coreutils' sha256sum.
    expected = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert config.digest({"a": 1}) == expected


def test_differing_keys() -> None:
    ours = {"a": 1, "b": {"c": [1, 2], "d": {"e": None}}, "only": {"here": 1}}
    theirs = {"a": 1, "b": {"c": [2, 1], "d": {"e": None}, "there": None}}
    assert config.differing_keys(ours, theirs) == ["b.c", "b.there", "only.here"]
    assert config.differing_keys(theirs, ours) == ["b.c", "b.there", "only.here"]
    assert config.differing_keys(ours, ours) == []


toml_experiments = st.builds(
    Experiment,
    name=st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", fullmatch=True),
    corpus=st.builds(
        config.FilesCorpus,
        source=st.just("en"),
        target=st.just("de"),
        path=st.text(st.characters(exclude_categories=["Cs"])).map(printable),
        tests=st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(tuple),
    ),
    training=st.builds(
        config.Training,
        updates=st.integers(1, 10**9),
        epochs=st.just(0),
        peak_rate=st.floats(1e-300, 1e300),
        patience=st.just(0),
        beta1=st.floats(0, 0.999),
    ),
    lottery=st.builds(
        config.Lottery,
        arms=st.lists(st.sampled_from(list(ARMS)), unique=True).map(with_needed),
        rewind_to=st.lists(st.floats(0, 0.99), min_size=1).map(tuple),
        prune_fraction=st.floats(0.01, 0.99),
    ),
)


@given(toml_experiments)
def test_config_json_reads_back_to_the_last_digit(written: Experiment) -> None:
    text = config.canonical_json(written.model_dump(mode="json"))
    read = config.from_mapping(json.loads(text), where="config.json")
    assert read == written
    assert config.training_identity(read) == config.training_identity(written)


def test_toml_dates_are_words() -> None:
    raw = tomllib.loads('name = 2020-01-02\n[corpus]\nkind = "grammar"\n[training]\nupdates = 1')
    assert config.from_mapping(raw, where="x").name == "2020-01-02"


def test_a_setting_that_came_later_leaves_the_identity_of_older_runs() -> None:
    table = config.training_identity(experiment(TABLE))["corpus"]
    assert "header" not in table
    told = config.training_identity(experiment({**TABLE, "header": True}))["corpus"]
    assert told == {**table, "header": True}
    made = experiment(TABLE)
    assert "init_std" not in config.training_identity(made)["model"]
    wider = config.override(made, ["model.init_std=0.1"])
    assert config.training_identity(wider)["model"]["init_std"] == 0.1
