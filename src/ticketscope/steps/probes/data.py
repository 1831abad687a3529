"""What the probes of a run are asked, kept once in RUN/probing for all encoders.

`index.json` says which tasks there are and why others are absent; each task's items, and the
sentences with the places of their words, are safetensors of whole numbers. Each encoder gets the
sentences in the pieces of its own tokenizer.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from ticketscope.annotation.examples import SPLITS, Split, to_json_line
from ticketscope.annotation.exports import annotation_record
from ticketscope.annotation.tasks import TASKS, Task
from ticketscope.config import Study, digest
from ticketscope.corpus.grammar import annotations
from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import folder_appearing, is_there, sha256
from ticketscope.probing import own_gold, suites
from ticketscope.probing.prepared import SentenceStore, SplitData, TaskItems, prepare
from ticketscope.probing.suites import Absent, Limits, TaskData
from ticketscope.runs.looking import work_begins
from ticketscope.runs.seals import DamagedError, read_sealed, verify, verify_file, write_sealed
from ticketscope.runs.store import Run
from ticketscope.steps.bench import Bench
from ticketscope.text.words import RawSentence

VERSION = 3
"""Raise it when the data come out differently: they are then prepared again."""
ITEMS_VERSION = 1
"""Raised when other items are made of the same examples: they are then probed again."""
_INDEX, _SENTENCES = "index.json", "sentences.safetensors"
_GRAMMAR_SAMPLE = 50
_MEND = "give the command of this run again to have the data of the probes prepared again"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProbeData:
    """The folder of prepared data, and its index."""

    folder: Path
    index: Mapping[str, Any]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Those that there are data for."""
        return tuple(TASKS[name] for name in self.index["tasks"])

    def about(self, task: Task) -> Mapping[str, Any]:
        """Labels, baselines, counts and the digest of a task."""
        facts: Mapping[str, Any] = self.index["tasks"][task.id]
        return facts

    def items(self, task: Task) -> TaskItems:
        """The labelled items of a task."""
        arrays = self._arrays(f"{task.id}.safetensors")
        about = self.about(task)
        return TaskItems(
            labels=None if about["labels"] is None else tuple(about["labels"]),
            splits={split: _split_of(arrays, about, split) for split in SPLITS},
            majority=about["majority"],
            majority_by_word=about["majority_by_word"],
            num_available=about["num_available"],
        )

    def sentences(self) -> list[RawSentence]:
        """All sentences."""
        arrays = self._arrays(_SENTENCES)
        text = arrays["text"].tobytes().decode()
        spans = map(tuple, arrays["spans"].tolist())
        lengths = zip(arrays["num_characters"].tolist(), arrays["num_words"].tolist(), strict=True)
        found, start = [], 0
        for num_characters, num_words in lengths:
            end = start + num_characters
            found.append(RawSentence(text[start:end], tuple(islice(spans, num_words))))
            start = end
        return found

    def _arrays(self, name: str) -> dict[str, NDArray[Any]]:
        return load_file(verify_file(self.folder / _INDEX, self.index, name, _MEND))


def check(study: Study) -> None:
    """Refuse at once what would fail, or do nothing, only when the probes' turn comes: gold data of
    the user's own are read whole, of those of the suite `real` the first lines.

    Raises `InputError`.
    """
    settings, last = study.probing, study.last_level
    try:
        tasks = _of_suite(study)
    except InputError as error:
        raise InputError(f"probing.tasks: {error}") from None
    beyond = [level for level in settings.levels if level > last]
    if beyond:
        raise InputError(f"probing.levels: {beyond[0]}, but the last level is {last}")
    known = [arm.name for arm in study.cast.arms]
    for name in settings.arms:
        if name not in known:
            raise InputError(
                f"probing.arms: {name}: no such arm here; {did_you_mean(name, known)}"
                f"there are: {', '.join(known)}"
            )
    for own in settings.own:
        own_gold.check(own, _limits(study), settings.seed)
    if settings.suite == "real":
        folder = Path(settings.data)
        if not folder.is_dir():
            raise InputError(
                f"probing.data: {folder}: no such folder; give the one that holds the gold data"
            )
        if not settings.own:
            _refuse_nothing(tasks, suites.absent(folder, tasks))
        suites.look_at(folder, tasks)


def load(run: Run) -> ProbeData:
    """The prepared data of a run. Raises `DamagedError` where they are not as they were written."""
    return ProbeData(run.probing, read_sealed(run.probing / _INDEX, _MEND))


def tasks_prepared(run: Run) -> tuple[str, ...]:
    """The tasks that there are data for; none where these are not there, or damaged."""
    try:
        return tuple(load(run).index["tasks"])
    except DamagedError:
        return ()


def prepare_data(bench: Bench) -> bool:
    """Read the gold data of the suite and prepare it, unless it is there for the same settings.

    Returns whether that was done now. Raises `InputError` for data that are malformed, or a suite
    without any.
    """
    run, study = bench.run, bench.study
    settings = study.probing
    identity = digest(
        {
            "version": VERSION,
            "suite": settings.suite,
            "tasks": _of_suite(study),
            "limits": [settings.max_train, settings.max_held_out],
            "seed": settings.seed,
            "source": _fingerprint(study),
            **({"own": own_gold.fingerprint(settings.own)} if settings.own else {}),
        }
    )
    if _is_prepared(run, identity):
        return False
    work_begins()
    store = SentenceStore()
    found = _suite(study)
    absent = {name: data.reason for name, data in found.items() if isinstance(data, Absent)}
    _refuse_nothing(found, absent)
    with folder_appearing(run.probing) as folder:
        tasks = {
            name: _written(folder, data, store, settings.seed)
            for name, data in found.items()
            if isinstance(data, TaskData)
        }
        _save_sentences(folder, store.sentences)
        index = {
            "identity": identity,
            "tasks": tasks,
            "absent": absent,
            "num_sentences": len(store.sentences),
            "num_words": store.starts[-1],
            "num_without_piece": _num_without_piece(store.sentences, bench),
        }
        write_sealed(folder / _INDEX, index, folder.iterdir())
    return True


def _num_without_piece(sentences: Sequence[RawSentence], bench: Bench) -> int:
    """Words that vanish in the tokenizer of a network that is probed, the most of any."""
    tokenizers = map(bench.panel.tokenizer, bench.panel.with_states)
    distinct = {tokenizer.digest: tokenizer for tokenizer in tokenizers}
    return max(
        sum(not pieces for sentence in sentences for pieces in align(sentence).pieces_of_words)
        for align in (tokenizer.source.align for tokenizer in distinct.values())
    )


def _is_prepared(run: Run, identity: str) -> bool:
    """Whether the data are there, unaltered, for just these settings."""
    if not is_there(run.probing / _INDEX):
        return False
    try:
        index = verify(run.probing / _INDEX, "they are prepared again")
    except DamagedError as error:
        _log.warning("%s", error)
        return False
    return bool(index["identity"] == identity)


def _refuse_nothing(asked: Collection[str], absent: Mapping[str, str]) -> None:
    if len(absent) == len(asked):
        name, reason = next(iter(absent.items()))
        raise InputError(f"probing: no task has data ({name}: {reason}); docs/tasks.md says where")


def _of_suite(study: Study) -> list[str]:
    """The tasks that the suite is asked for, in the order of `TASKS`; by default all of the study.

    Raises `InputError` for an unknown one.
    """
    settings = study.probing
    asked = suites.tasks_named(settings.tasks)
    own = {one.task for one in settings.own}
    return [
        task.id
        for task in TASKS.values()
        if settings.suite != "none"
        and task.id not in own
        and (task in asked if asked else task.of_study)
    ]


def _limits(study: Study) -> Limits:
    return Limits(study.probing.max_train, study.probing.max_held_out)


def _suite(study: Study) -> Mapping[str, TaskData | Absent]:
    settings, tasks = study.probing, _of_suite(study)
    limits = _limits(study)
    found: dict[str, TaskData | Absent] = {
        own.task: own_gold.read(own, limits, settings.seed) for own in settings.own
    }
    if settings.suite == "real":
        found |= suites.real(Path(settings.data), tasks, limits, settings.seed)
    elif settings.suite == "grammar":
        found |= suites.grammar(tasks, limits, settings.seed, settings.seed)
    return {name: found[name] for name in TASKS if name in found}


def _fingerprint(study: Study) -> Any:
    """Identity of the gold data: their files, or a sample of the grammar's."""
    settings = study.probing
    if settings.suite == "none":
        return None
    if settings.suite == "real":
        folder = Path(settings.data)
        files = suites.files(folder, _of_suite(study)) if folder.is_dir() else []
        return {str(path.relative_to(folder)): sha256(path) for path in files}
    return digest(
        [
            annotation_record(sentence, settings.seed)
            for split in SPLITS
            for found in annotations(split, _GRAMMAR_SAMPLE, settings.seed)
            for sentence in (found.gold, found.corrupted)
        ]
    )


# ----------------------------------------------------------------------------- files


def _written(folder: Path, data: TaskData, store: SentenceStore, seed: int) -> dict[str, Any]:
    """Write the items of a task, and tell what the index holds of it."""
    items = prepare(data, store, seed)
    arrays = {
        f"{split}.{name}": array
        for split, of_split in items.splits.items()
        for name in ("first", "second", "gold", "examples", "sentences", "control")
        if (array := getattr(of_split, name)) is not None
    }
    save_file(arrays, folder / f"{data.task.id}.safetensors")
    examples = {split: [to_json_line(e) for e in data.splits[split]] for split in SPLITS}
    return {
        "labels": None if items.labels is None else list(items.labels),
        "majority": items.majority,
        "majority_by_word": items.majority_by_word,
        "num_available": dict(items.num_available),
        "left_out": dict(data.left_out),
        "num_targets": {
            split: sum(len(example.targets) for example in data.splits[split]) for split in SPLITS
        },
        "num_items": {split: len(of_split.gold) for split, of_split in items.splits.items()},
        "num_examples": {split: len(data.splits[split]) for split in SPLITS},
        "digest": digest({"version": ITEMS_VERSION, "examples": examples, "seed": seed}),
    }


def _split_of(
    arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any], split: Split
) -> SplitData:
    part = {name: arrays.get(f"{split}.{name}") for name in ("second", "control")}
    return SplitData(
        first=arrays[f"{split}.first"],
        second=part["second"],
        gold=arrays[f"{split}.gold"],
        examples=arrays[f"{split}.examples"],
        sentences=arrays[f"{split}.sentences"],
        num_examples=about["num_examples"][split],
        control=part["control"],
    )


def _save_sentences(folder: Path, sentences: Sequence[RawSentence]) -> None:
    """All texts as one in UTF-8, all spans one after the other, and lengths."""
    text = "".join(sentence.text for sentence in sentences)
    spans = [span for sentence in sentences for span in sentence.spans]
    flat = partial(np.array, dtype=np.int64)
    arrays = {
        "text": np.frombuffer(text.encode(), dtype=np.uint8),
        "num_characters": flat([len(sentence.text) for sentence in sentences]),
        "spans": flat(spans).reshape(-1, 2),
        "num_words": flat([len(sentence.spans) for sentence in sentences]),
    }
    save_file(arrays, folder / _SENTENCES)
