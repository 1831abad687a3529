"""Gold data of tasks: the suites of real corpora and of the embedded grammar, or files.

Each task has as many targets as its limits allow. All tasks go through the sentences of a
corpus in one order, by a hash of the words, so they share sentences, and few need to be encoded.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from ticketscope import seeds
from ticketscope.annotation.examples import SPLITS, Example, Split, example, left_out
from ticketscope.annotation.formats import FORMATS, Known, Unit, asked_tasks
from ticketscope.annotation.gold_files import GoldFile, gold_files, known_sentences, units, units_of
from ticketscope.annotation.gold_files import look_at as look_at_files
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.annotation.tasks import TASKS, Task
from ticketscope.corpus.grammar import MIN_WORDS, annotations
from ticketscope.errors import InputError, did_you_mean


@dataclass(frozen=True, slots=True)
class Limits:
    """The most targets that a task may have.

    Args:
        train: of its training split.
        held_out: of its validation split, and of its test split.
    """

    train: int = 40_000
    held_out: int = 10_000

    def of(self, split: Split) -> int:
        """The limit of a split."""
        return self.train if split == "train" else self.held_out


@dataclass(frozen=True, slots=True)
class TaskData:
    """The examples of a task by split, how many targets there were before the limits, and what of
    the gold data is not among these, by reason (`annotation.examples.left_out`)."""

    task: Task
    splits: Mapping[Split, tuple[Example, ...]]
    num_available: Mapping[Split, int]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Absent:
    """A task without data, and why."""

    task: Task
    reason: str


Suite = dict[str, TaskData | Absent]
Make = Callable[[Task, Unit, int], Example | None]


# ----------------------------------------------------------------------------- real corpora


@dataclass(frozen=True, slots=True)
class _Source:
    """Files of gold data: their folder, their format, and patterns of their names."""

    folder: str
    format: str
    patterns: tuple[str, ...]


def _split_files(folder: str, format_name: str, pattern: str) -> _Source:
    patterns = tuple(pattern.format(split) for split in ("train", "dev", "test"))
    return _Source(folder, format_name, patterns)


_EWT = _split_files("ud_english_ewt", "conllu", "en_ewt-ud-{}.conllu*")
# Trees and arcs in one file; the trees alone (ewt_const_*.mrg) are the same, but have neither the
# names nor the words of EWT, so that sentences would have to be encoded twice.
_PROPBANK = _split_files("ewt_propbank_const", "propbank", "ewt_pb_{}.conll*")
_MEANING_BANK = _split_files("pmb4_layers", "pmb", "en_{}.conll*")
_STREUSLE = _split_files("streusle", "streusle", "snacs_{}.tsv*")
_SOURCES = {
    "pos": _EWT,
    "ner": _split_files("uner_english_ewt", "bio", "en_ewt-ud-{}*.iob2*"),
    "ccg": _MEANING_BANK,
    "constituency_parent": _PROPBANK,
    "constituency_grandparent": _PROPBANK,
    "constituency_greatgrandparent": _PROPBANK,
    "chunking": _PROPBANK,
    "error_detection": _Source("ged_multiged", "ged", ("en_realec_*.tsv*",)),
    "conjuncts": _EWT,
    "dependency_prediction": _EWT,
    "dependency_labels": _EWT,
    "semantic_tags": _MEANING_BANK,
    "adposition_function": _STREUSLE,
    "adposition_role": _STREUSLE,
    "event_factuality": _split_files("uds_decomp", "factuality", "factuality_{}.tsv*"),
    "semantic_prediction": _PROPBANK,
    "semantic_labels": _PROPBANK,
    "coreference": _Source("litbank_coref", "conll2012", ("coref_conll.tar.gz",)),
}
_NEED_EWT = (
    *("adposition_function", "adposition_role", "event_factuality"),
    *("semantic_prediction", "semantic_labels"),
)
"""Tasks that take words or heads from EWT. Tasks of trees take only spaces from it, if it is
there."""


def real(folder: Path, tasks: Sequence[str], limits: Limits, seed: int) -> Suite:
    """Gold data of real corpora for these tasks, in their order.

    The splits are those of the corpora; the data of grammatical errors and of coreference have none
    and are split 80/10/10 by hash.

    Args:
        folder: holds a folder for each corpus, by the names that docs/tasks.md gives.
        tasks: ids of tasks.
        limits: of targets per task.
        seed: draws the negatives of pair tasks, and what the limits leave.

    Raises `InputError` for an unknown task, where `folder` is none, and with file and line for
    anything malformed. What is merely not there makes its tasks absent.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the one that holds the gold data")
    wanted = tasks_named(tasks)
    reasons = {task: _missing(folder, task) for task in wanted}
    present = [task for task in wanted if not reasons[task]]
    known = _words_of_ewt(folder, present)

    found: Suite = {task.id: Absent(task, reasons[task]) for task in wanted if reasons[task]}
    for source in dict.fromkeys(_SOURCES[task.id] for task in present):
        form = FORMATS[source.format]
        found_units = units(gold_files(_paths(folder, source)), form, known, None)
        by_split = _in_order(found_units, seed)
        for task in present:
            if _SOURCES[task.id] == source:
                place = str(folder / source.folder)
                found[task.id] = _limited(task, by_split, form.example, limits, seed, place)
    return {task.id: found[task.id] for task in wanted}


def absent(folder: Path, tasks: Sequence[str]) -> dict[str, str]:
    """The tasks among these that lack files in the folder of `real`, and why."""
    reasons = {task.id: _missing(folder, task) for task in tasks_named(tasks)}
    return {task: reason for task, reason in reasons.items() if reason}


def look_at(folder: Path, tasks: Sequence[str]) -> None:
    """Open every file that `real` reads for these tasks, and read its first lines.

    Raises `InputError` for what cannot be read.
    """
    present = [task for task in tasks_named(tasks) if not _missing(folder, task)]
    for source in dict.fromkeys(_SOURCES[task.id] for task in present):
        look_at_files(gold_files(_paths(folder, source)), FORMATS[source.format], None)


def files(folder: Path, tasks: Sequence[str]) -> list[Path]:
    """The files that `real` reads for these tasks, those that are there. Raises `InputError` alike.

    Trees are read with the spaces of EWT if it is there, so its presence counts for all tasks that
    can use it.
    """
    present = [task for task in tasks_named(tasks) if not _missing(folder, task)]
    sources = dict.fromkeys(_SOURCES[task.id] for task in present)
    if _lean_on_ewt(folder, present):
        sources[_EWT] = None
    return [path for source in sources for path in _paths(folder, source)]


def _missing(folder: Path, task: Task) -> str:
    """Why there are no data for a task; "" where they are all there."""
    if task.id not in _SOURCES:
        return "no real corpus is known for it; the embedded grammar has it"
    for source in (_SOURCES[task.id], *([_EWT] if task.id in _NEED_EWT else [])):
        place = folder / source.folder
        if not place.is_dir():
            return f"{place}: no such folder"
        for pattern in source.patterns:
            if not any(place.glob(pattern)):
                return f"{place}: no file {pattern}"
    return ""


def _words_of_ewt(folder: Path, present: Sequence[Task]) -> Known:
    """The sentences of EWT by name, where they are there and some task leans on them."""
    if not _lean_on_ewt(folder, present):
        return {}
    return known_sentences(gold_files(_paths(folder, _EWT)))


def _lean_on_ewt(folder: Path, present: Sequence[Task]) -> bool:
    leaning = any(FORMATS[_SOURCES[task.id].format].leans_on_conllu for task in present)
    return leaning and not _missing(folder, TASKS["pos"])


def _paths(folder: Path, source: _Source) -> list[Path]:
    paths = []
    for pattern in source.patterns:
        matching = sorted((folder / source.folder).glob(pattern))
        if len(matching) > 1:
            names = ", ".join(path.name for path in matching)
            raise InputError(f"{folder / source.folder}: {names} are the same file twice; keep one")
        paths += matching
    return paths


# ----------------------------------------------------------------------------- the grammar


def grammar(tasks: Sequence[str], limits: Limits, seed: int, corpus_seed: int) -> Suite:
    """Gold data of the embedded grammar for these tasks, in their order.

    The sentences are the first of the grammar's own splits: for a limit of 40,000 targets 10,000,
    since none has fewer than four words. Rare tasks take what these have.

    Args:
        tasks: ids of tasks.
        limits: of targets per task.
        seed: draws the negatives of pair tasks, and what the limits leave.
        corpus_seed: the sentences are those of a corpus with this seed.

    Raises `InputError` for an unknown task.
    """
    wanted = tasks_named(tasks)
    right: list[tuple[Split, Unit]] = []
    with_errors: list[tuple[Split, Unit]] = []
    for split in SPLITS:
        for found in annotations(split, max(1, limits.of(split) // MIN_WORDS), corpus_seed):
            right.append((split, found.gold))
            with_errors.append((split, found.corrupted))
    in_order, wrong_in_order = _in_order(right, seed), _in_order(with_errors, seed)
    return {
        task.id: _limited(
            task,
            wrong_in_order if task.id == "error_detection" else in_order,
            _annotated,
            limits,
            seed,
            "the grammar",
        )
        for task in wanted
    }


def _annotated(task: Task, unit: Unit, seed: int) -> Example | None:
    assert isinstance(unit, AnnotatedSentence)
    return example(task, unit, seed)


# ----------------------------------------------------------------------------- files of the user


def from_files(
    paths: Sequence[Path], format_name: str, task_id: str, limits: Limits, seed: int
) -> TaskData:
    """Gold data of one task from files of one format, which hold all three splits.

    Args:
        paths: as `ticketscope tasks` takes them.
        format_name: a key of `FORMATS`.
        task_id: one of the tasks that the format can serve.
        limits: of targets.
        seed: draws the negatives of pair tasks, and what the limits leave.

    Raises `InputError` for whatever is wrong with these, and for a split without targets.
    """
    asked_tasks(format_name, task_id)
    return from_gold_files(gold_files(paths), format_name, task_id, limits, seed)


def from_gold_files(
    found_files: Sequence[GoldFile], format_name: str, task_id: str, limits: Limits, seed: int
) -> TaskData:
    """The same from files that know their split."""
    [task] = asked_tasks(format_name, task_id)
    assert task
    form = FORMATS[format_name]
    by_split = _in_order(units_of(found_files, format_name, task), seed)
    found = _limited(task, by_split, form.example, limits, seed, str(found_files[0].path))
    if isinstance(found, Absent):
        raise InputError(
            f"{found.reason} of {task_id}; give files for training, validation and test, with "
            "train, dev and test in their names"
        )
    return found


# ----------------------------------------------------------------------------- limits

BySplit = Mapping[Split, Sequence[Unit]]


def tasks_named(ids: Sequence[str]) -> list[Task]:
    """The tasks of these ids. Raises `InputError` that gives the valid ones."""
    for task_id in ids:
        if task_id not in TASKS:
            meant = did_you_mean(task_id, TASKS)
            raise InputError(f"{task_id}: no such task; {meant}valid: {', '.join(TASKS)}")
    return [TASKS[task_id] for task_id in ids]


def _in_order(found: Iterable[tuple[Split, Unit]], seed: int) -> BySplit:
    """The sentences of each split in an order that their words decide."""
    by_split: dict[Split, list[Unit]] = {split: [] for split in SPLITS}
    for split, unit in found:
        by_split[split].append(unit)
    for units_ in by_split.values():
        units_.sort(key=lambda unit: seeds.derive(seed, "order", *unit.words))
    return by_split


def _limited(
    task: Task, by_split: BySplit, make: Make, limits: Limits, seed: int, place: str
) -> TaskData | Absent:
    splits: dict[Split, tuple[Example, ...]] = {}
    num_available: dict[Split, int] = {}
    missing: Counter[str] = Counter()

    def made(units_: Iterable[Unit]) -> Iterator[Example]:
        for unit in units_:
            found = make(task, unit, seed)
            missing.update(left_out(unit, found))
            if found:
                yield found

    for split in SPLITS:
        annotated = made(by_split[split])
        of_documents = any(len(unit.sentence_starts) > 1 for unit in by_split[split])
        if of_documents and task.kind != "bio":  # a word whose span is not drawn would be outside
            share = max(1, limits.of(split) // len(by_split[split]))
            taken, num_available[split] = _shares(annotated, share, seed)
        else:
            taken, num_available[split] = _whole(annotated, limits.of(split), task)
        if not num_available[split]:
            return Absent(task, f"{place}: no targets in the {split} split")
        splits[split] = tuple(taken)
    return TaskData(task, splits, num_available, dict(sorted(missing.items())))


def _whole(sentences: Iterable[Example], limit: int, task: Task) -> tuple[list[Example], int]:
    """Sentences or documents from the first on with at most `limit` targets, and how many all have.

    None is taken in part; the first is taken in any case. Those without targets serve spans only,
    as examples of words outside.
    """
    taken: list[Example] = []
    num_taken = num_available = 0
    is_full = False
    for sentence in sentences:
        num_targets = len(sentence.targets)
        num_available += num_targets
        is_full = is_full or (num_taken > 0 and num_taken + num_targets > limit)
        if not is_full and (num_targets or task.kind == "bio"):
            taken.append(sentence)
            num_taken += num_targets
    return taken, num_available


def _shares(documents: Iterable[Example], share: int, seed: int) -> tuple[list[Example], int]:
    """All documents with at most `share` targets of each, drawn, and how many all have."""
    taken: list[Example] = []
    num_available = 0
    for document in documents:
        targets = document.targets
        num_available += len(targets)
        if len(targets) > share:
            random = Random(seeds.derive(seed, "share", document.name, *document.words))
            kept = sorted(random.sample(range(len(targets)), share))
            targets = tuple(targets[number] for number in kept)
        if targets:
            taken.append(replace(document, targets=targets))
    return taken, num_available
