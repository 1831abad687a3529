"""The frozen description of a whole experiment.

TOML or a recipe goes in, canonical JSON and digests come out. Nothing past this module sees a
dict. The sections fall into three kinds, and the kind decides what a change costs:

* *training* sections (`TRAINING_SECTIONS`) make the tickets. They share one digest; a run
  directory made with another one is refused.
* *analysis* sections (`ANALYSIS_SECTIONS`) measure the tickets. Each has its own digest; a change
  reruns that step only.
* `execution` changes neither tickets nor figures (how many processes, how often to save), and is
  part of no digest. Nor is where a corpus or vocabulary file lies: its content is.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ticketscope.errors import InputError

SCHEMA_VERSION = 1

Arm = Literal["lr_rewinding", "dense_continued", "random_pruning"]
ARMS: tuple[Arm, ...] = get_args(Arm)

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
OpenFraction = Annotated[float, Field(gt=0.0, lt=1.0)]
Count = Annotated[int, Field(ge=1)]
CountOrZero = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


class Section(BaseModel):
    """A frozen group of settings; unknown keys and wrong types are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Cleaning(Section):
    """Which training pairs are left out. Every reason is counted; test sets are never cleaned."""

    max_pieces: Count = 256
    """Longest side of a pair, in subword pieces without the end of sentence."""
    max_length_ratio: Positive = 4.0
    """Longest allowed ratio of the two sides in pieces, for pairs with a side of 10 or more."""
    remove_duplicates: bool = True
    """Leave out a pair whose two sides both occurred before."""
    remove_test_overlap: bool = True
    """Leave out training pairs whose source side occurs in validation or a test set."""


class GrammarCorpus(Section):
    """The corpus that the package generates itself: synthetic, no download."""

    kind: Literal["grammar"] = "grammar"
    source: Literal["en"] = "en"
    target: Literal["de"] = "de"
    seed: CountOrZero = 1
    num_train: Count = 20_000
    num_validation: Count = 500
    num_test: Count = 500
    num_novel: CountOrZero = 0
    """Sentences of a second test set, ``novel``, with verbs and objects never met in training."""
    cleaning: Cleaning = Cleaning()


class FilesCorpus(Section):
    """Files ``{split}.{language}``, plain or ``.gz``, aligned by line."""

    kind: Literal["files"] = "files"
    source: str
    target: str
    path: str
    """The folder that holds the files (not part of any digest)."""
    train: str = "train"
    validation: str = "val"
    tests: Annotated[tuple[str, ...], Field(min_length=1)] = ("test",)
    """Test sets: ``NAME`` in the folder, or a path prefix, e.g. ``../wmt_test/newstest2014``."""
    cleaning: Cleaning = Cleaning()


class TableCorpus(Section):
    """One tab-separated file (plain, ``.gz`` or inside a ``.zip``), split by source side."""

    kind: Literal["table"] = "table"
    source: str
    target: str
    path: str
    """The file (not part of any digest)."""
    member: str = ""
    """Which file inside a ``.zip``; may be empty when only one ends in .txt or .tsv."""
    source_column: CountOrZero = 0
    target_column: CountOrZero = 1
    num_validation: Count = 1_000
    num_test: Count = 1_000
    """Distinct source sentences held out, chosen by a fixed hash; all their translations go too."""
    tests: tuple[str, ...] = ()
    """Further test sets: path prefixes of ``{prefix}.{language}`` files, seen from the cwd."""
    cleaning: Cleaning = Cleaning()


Corpus = Annotated[GrammarCorpus | FilesCorpus | TableCorpus, Field(discriminator="kind")]


class Vocabulary(Section):
    """Joint SentencePiece vocabulary of both languages."""

    kind: Literal["bpe", "unigram"] = "bpe"
    size: Annotated[int, Field(ge=16)] = 6_000
    """Rows of the embedding matrix, special symbols included."""
    character_coverage: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9999
    sample_size: Count = 2_000_000
    """At most this many sentences train the vocabulary, drawn evenly from both sides."""
    model: str = ""
    """An existing SentencePiece model file to use instead (its content, not its place, counts)."""


class Model(Section):
    """Shape of the Transformer; embeddings are shared three ways and the output is tied."""

    norm: Literal["pre", "post"] = "pre"
    """post: MarianMTModel, the study's; pre: M2M100ForConditionalGeneration."""
    encoder_layers: Count = 3
    decoder_layers: Count = 3
    d_model: Annotated[int, Field(ge=4)] = 128
    ffn: Count = 512
    heads: Count = 4
    dropout: Fraction = 0.1
    attention_dropout: Fraction = 0.0
    activation_dropout: Fraction = 0.0
    max_positions: Count = 512

    @model_validator(mode="after")
    def _heads_divide(self) -> Self:
        if self.d_model % (2 * self.heads):
            raise ValueError("d_model must be a multiple of 2 x heads")
        return self


class Batches(Section):
    """Length-bucketed batches under a token budget."""

    max_tokens: Count = 2_048
    """Sentences of a batch times its longest side in pieces, end of sentence included."""


class Training(Section):
    """How the dense model trains, and with which schedule the levels go on.

    Exactly one of `updates` and `epochs` is not zero. An update is one optimiser step.
    """

    updates: CountOrZero = 0
    epochs: CountOrZero = 0
    peak_rate: Positive = 3e-3
    initial_rate: NotNegative = 1e-7
    warmup_updates: Count = 500
    optimiser: Literal["adam", "adamw"] = "adam"
    beta1: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.9
    beta2: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.98
    epsilon: Positive = 1e-8
    weight_decay: NotNegative = 0.0
    label_smoothing: Fraction = 0.1
    clip_norm: NotNegative = 0.0
    """Largest norm of the gradient of the weights that are left; 0 does not clip."""
    accumulate: Count = 1
    """Batches an update."""
    precision: Literal["float32", "bfloat16"] = "float32"
    validate_every: Count = 500
    """Updates between two validations."""
    patience: CountOrZero = 0
    """Stop the *dense* model after so many validations without improvement; 0: never.

    Its ticket is then the best checkpoint. Levels always train a fixed number of updates.
    """
    average_last: Count = 1
    """A ticket is the mean of its last so many checkpoints, taken `average_every` updates apart."""
    average_every: Count = 100
    threads: Count = 1
    """Threads of one job; part of the identity because it changes the order of summation."""
    device: Literal["cpu", "cuda"] = "cpu"

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if bool(self.updates) == bool(self.epochs):
            raise ValueError("set exactly one of updates and epochs (the other one 0)")
        if self.patience and self.average_last > 1:
            raise ValueError(
                "patience chooses one checkpoint and average_last mixes several: "
                "set patience = 0 or average_last = 1"
            )
        return self


class Lottery(Section):
    """Levels, arms and replicates."""

    arms: tuple[Arm, ...] = ("lr_rewinding", "dense_continued")
    replicates: Count = 1
    levels: CountOrZero = 4
    prune_fraction: OpenFraction = 0.2
    """Share of the remaining prunable weights that each level removes."""
    rewind_to: tuple[Fraction, ...] = (0.5,)
    """Level l winds the schedule back to this share of the dense model's updates and trains to the
    end again. One value a level; the last one holds for all later levels."""
    moments: Literal["reset", "keep"] = "reset"
    """Adam's moments at the start of a level, in every arm alike: zero, or those of the parent
    with the pruned weights' entries zeroed."""
    prune_embeddings: bool = False
    seed: CountOrZero = 1

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if len(set(self.arms)) != len(self.arms):
            raise ValueError("arms: each arm may be named once")
        if not self.rewind_to:
            raise ValueError("rewind_to needs at least one value")
        if any(share == 1.0 for share in self.rewind_to):
            raise ValueError("rewind_to: 1.0 would leave no update to train")
        return self


class Quality(Section):
    """Translation quality of every ticket (analysis step)."""

    beam: Count = 4
    length_penalty: float = 1.0
    max_decoding_length: Count = 256
    resamples: Count = 1_000
    seed: CountOrZero = 12_345


class Speed(Section):
    """Decoding speed of every ticket, measured alone on the machine (analysis step)."""

    sentences: Count = 200
    """Sources of the first test set that are decoded."""
    rounds: Count = 3
    """Timed rounds, engines and tickets in turn; the median ratio to dense is reported."""
    batch: Count = 32
    beam: Count = 4


class Representations(Section):
    """Which words the tickets are compared on, and intervals (analysis step)."""

    sentences: Annotated[tuple[str, ...], Field(min_length=1)] = ("validation",)
    """Held-out sets (validation, or a test set's name), or text files with a sentence a line."""
    num_words: Count = 20_000
    """Words at the most, of the first sentences."""
    decoder: bool = False
    """Whether the decoder's layers are measured too, on the words of the right translations."""
    resamples: Count = 200
    """Resamples of blocks of sentences for the intervals of complexity."""
    seed: CountOrZero = 1

    @model_validator(mode="after")
    def _no_sentence_twice(self) -> Self:
        if len(set(self.sentences)) < len(self.sentences):
            raise ValueError("sentences: a name comes twice; name each set or file once")
        return self


class Attention(Section):
    """Which sentences the heads are compared and described on (analysis step)."""

    sentences: Annotated[tuple[str, ...], Field(min_length=1)] = ("validation",)
    """Held-out sets: validation, or a test set's name."""
    num_words: Count = 5_000
    """Source words at the most, of the first sentences; likewise of the gold data below."""
    targets: Literal["reference", "own"] = "reference"
    """What the decoder reads: the right translations, or those of the ticket itself, on which its
    heads are described but not compared, since other tickets read others."""
    syntax: str = ""
    """A CoNLL-U file of source sentences with syntactic heads. A corpus of the grammar has gold
    syntax, coreference and alignments by itself."""
    coreference: str = ""
    """A CoNLL-2012 file of source documents with coreferent mentions."""
    alignments: str = ""
    """Gold word alignments of the first of `sentences`, a line a pair: ``0-0 1-2 3p2`` links source
    word 3 possibly with target word 2; words are what blanks separate."""
    importance_sentences: CountOrZero = 300
    """Sentences, from the first on, on which heads are masked one by one; 0: they are not."""

    @model_validator(mode="after")
    def _no_sentence_twice(self) -> Self:
        if len(set(self.sentences)) < len(self.sentences):
            raise ValueError("sentences: a name comes twice; name each set once")
        return self


class Behaviour(Section):
    """Minimal pairs that every ticket is asked (analysis step)."""

    contrasts_per_phenomenon: CountOrZero = 100
    """Pairs of each phenomenon of the grammar, from its test split; 0: none. Other corpora have
    none of these."""
    contrasts: str = ""
    """A tab-separated file of one's own: phenomenon, source, right and wrong translation."""


class Probing(Section):
    """What the layers hold: probes of the study's tasks on every layer (analysis step)."""

    suite: Literal["none", "real", "grammar"] = "none"
    """Gold data: none, a folder of real data, or what the embedded grammar annotates."""
    data: str = ""
    """The folder of the real suite (not part of any digest)."""
    tasks: tuple[str, ...] = ()
    """Only these; none named: all 18 of the study."""
    levels: tuple[CountOrZero, ...] = ()
    """Only these levels of every arm; none named: all. Level 0, the dense model, always is."""
    max_train: Count = 40_000
    """Training targets of a task at the most, in whole sentences."""
    max_held_out: Count = 10_000
    """Validation targets, and test targets, likewise."""
    seeds: Count = 3
    """Probes of each task and layer, which differ by seed."""
    protocol: Literal["liu", "lbfgs"] = "liu"
    """Adam with early stopping as Liu et al. (2019), or the convex optimum with L2."""
    hidden: CountOrZero = 0
    """ReLU units of the probe; 0: a linear one."""
    epochs: Count = 50
    """At the most."""
    patience: Count = 3
    """Epochs without a better validation loss before a probe stops."""
    mix: bool = True
    """Whether a scalar mix of all layers is probed too, whose weights tell where a task is."""
    control_task: bool = True
    """Whether token tasks are learned with random labels too (Hewitt and Liang 2019)."""
    codelength: bool = False
    """Whether the description length of each task is measured (Voita and Titov 2020)."""
    resamples: Count = 5_000
    """Resamples of sentences for intervals and tests: no p-value is below 1 / (resamples + 1), and
    Holm's correction multiplies the least of them by the number of tasks times levels."""
    seed: CountOrZero = 1

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.suite == "real" and not self.data:
            raise ValueError("suite = real needs data, the folder of the gold data (--probe-data)")
        if self.protocol == "lbfgs" and self.hidden:
            raise ValueError("protocol = lbfgs is for linear probes: set hidden = 0")
        return self


class Execution(Section):
    """How the work is done; changes no figure and is part of no digest."""

    workers: CountOrZero = 0
    """Jobs side by side; 0: as many as this machine's cores allow at `training.threads` each."""
    checkpoint_seconds: NotNegative = 60.0
    log_every: Count = 20
    tensorboard: bool = False


class Experiment(Section):
    """A whole experiment."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$")]
    """Also the name of the run directory below runs/, so a plain file name."""
    corpus: Corpus
    vocabulary: Vocabulary = Vocabulary()
    model: Model = Model()
    batches: Batches = Batches()
    training: Training
    lottery: Lottery = Lottery()
    quality: Quality = Quality()
    speed: Speed = Speed()
    representations: Representations = Representations()
    attention: Attention = Attention()
    behaviour: Behaviour = Behaviour()
    probing: Probing = Probing()
    execution: Execution = Execution()

    @model_validator(mode="after")
    def _fits_the_positions(self) -> Self:
        positions = self.model.max_positions
        longest = {
            "corpus.cleaning.max_pieces": self.corpus.cleaning.max_pieces + 1,  # end of sentence
            "quality.max_decoding_length": self.quality.max_decoding_length,
        }
        for key, length in longest.items():
            if length > positions:
                raise ValueError(
                    f"{key} asks for {length} positions but model.max_positions is {positions}: "
                    "lower the one or raise the other"
                )
        return self


TRAINING_SECTIONS = ("corpus", "vocabulary", "model", "batches", "training", "lottery")
ANALYSIS_SECTIONS = (
    "quality",
    "speed",
    "representations",
    "attention",
    "behaviour",
    "probing",
)
# Not part of the identity: places (the run directory keeps the digest of the content), and how many
# levels, arms and replicates there are, since none of them changes the bytes of another: a run
# may be extended.
_FREE = {
    ("corpus", "path"),
    ("vocabulary", "model"),
    ("lottery", "arms"),
    ("lottery", "replicates"),
    ("lottery", "levels"),
}
# How the table is made from what was measured; tables are written anew every time.
_OF_TABLES = {("quality", "resamples"), ("quality", "seed"), ("probing", "resamples")}
# Which sentences and targets these are: the digest of what they hold says it, wherever they lie.
_BY_CONTENT = {
    ("representations", "sentences"),
    ("representations", "num_words"),
    ("attention", "sentences"),
    ("attention", "num_words"),
    ("attention", "syntax"),
    ("attention", "coreference"),
    ("attention", "alignments"),
    ("attention", "importance_sentences"),
    ("behaviour", "contrasts_per_phenomenon"),
    ("behaviour", "contrasts"),
    ("probing", "suite"),
    ("probing", "data"),
    ("probing", "tasks"),
    ("probing", "levels"),
    ("probing", "max_train"),
    ("probing", "max_held_out"),
}


# ----------------------------------------------------------------------------- reading


def load(path: Path, overrides: Iterable[str] = ()) -> Experiment:
    """Read an experiment from a TOML file.

    Raises `InputError` for an unreadable file, bad TOML, unknown keys and wrong types.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    raw.setdefault("name", path.stem)
    return from_mapping(_overridden(raw, overrides), where=str(path))


def override(experiment: Experiment, overrides: Iterable[str]) -> Experiment:
    """Apply ``path=value`` settings, values written as in TOML (a bare word is a string)."""
    return from_mapping(_overridden(experiment.model_dump(mode="json"), overrides), where="--set")


def from_mapping(raw: Mapping[str, Any], *, where: str) -> Experiment:
    """Validate plain data; `where` names its origin in errors."""
    text = json.dumps(raw, default=str)  # a TOML date is a string here
    try:
        return Experiment.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{where}: {_explain(error)}") from None


def _overridden(raw: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    for setting in overrides:
        path, equals, text = setting.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(keys):
            raise InputError(f"--set {setting}: expected path=value, e.g. training.updates=500")
        node = raw
        for depth, key in enumerate(keys[:-1]):
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise InputError(f"--set {setting}: {'.'.join(keys[: depth + 1])} has no parts")
        node[keys[-1]] = _toml_value(text.strip())
    return raw


def _toml_value(text: str) -> Any:
    try:
        document = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return document["value"] if list(document) == ["value"] else text


def _explain(error: ValidationError) -> str:
    """One line for the first problem: where it is, what is wrong, what would be valid."""
    first = error.errors(include_url=False)[0]
    loc = [str(part) for part in first["loc"]]
    # pydantic names the kind of the corpus behind the key.
    kind = loc.pop(1) if loc[:1] == ["corpus"] and len(loc) > 1 else ""
    place = ".".join(loc)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    match first["type"]:
        case "extra_forbidden":
            problem = f"unknown key; valid here: {', '.join(_valid_keys(loc[:-1], kind))}"
        case "union_tag_not_found" | "union_tag_invalid":
            found = json.dumps(first["input"].get("kind"))
            problem = f"kind must be one of {', '.join(_CORPORA)}, not {found}"
        case "missing":
            problem = "missing; it has no default"
        case "value_error":
            problem = str(first["ctx"]["error"])
        case _:
            problem = f"{first['msg'].lower()}, not {json.dumps(first['input'])}"
    return " ".join(f"{place or 'experiment'}: {problem}{more}".splitlines())


_CORPORA: dict[str, type[Section]] = {
    "grammar": GrammarCorpus,
    "files": FilesCorpus,
    "table": TableCorpus,
}


def _valid_keys(path: Iterable[str], corpus_kind: str) -> list[str]:
    section: Any = Experiment
    for key in path:
        section = _CORPORA[corpus_kind] if key == "corpus" else section.model_fields[key].annotation
    return sorted(section.model_fields)


# ----------------------------------------------------------------------------- identity


def canonical_json(value: Any) -> str:
    """Text that is equal for equal values: sorted keys, no spaces, shortest floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """sha256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def training_identity(experiment: Experiment) -> dict[str, Any]:
    """All that decides the bytes of the tickets, except the content of the corpus and a given
    vocabulary, whose digests the corpus folder of a run keeps."""
    identity: dict[str, Any] = {"schema": SCHEMA_VERSION}
    for name in TRAINING_SECTIONS:
        settings = getattr(experiment, name).model_dump(mode="json")
        identity[name] = {k: v for k, v in settings.items() if (name, k) not in _FREE}
    if "tests" in identity["corpus"]:
        identity["corpus"]["tests"] = [Path(test).name for test in identity["corpus"]["tests"]]
    return identity


def analysis_identity(experiment: Experiment, section: str, version: int) -> dict[str, Any]:
    """All settings that decide what one analysis step, in its `version`, measures on a ticket."""
    assert section in ANALYSIS_SECTIONS
    settings: dict[str, Any] = getattr(experiment, section).model_dump(mode="json")
    measured = {k: v for k, v in settings.items() if (section, k) not in _OF_TABLES | _BY_CONTENT}
    return {"version": version, section: measured}


def differing_keys(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Dotted keys whose values differ between two nested mappings."""
    a, b = dict(_flat(ours)), dict(_flat(theirs))
    return sorted(key for key in a.keys() | b.keys() if a.get(key, _ABSENT) != b.get(key, _ABSENT))


_ABSENT = object()


def _flat(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
