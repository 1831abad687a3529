"""What gold files hold for each task: how many sentences, targets and labels in which split."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from ticketscope.annotation.examples import SPLITS, Example, Split, left_out, to_json_line
from ticketscope.annotation.formats import Unit, asked_tasks, format_named
from ticketscope.annotation.gold_files import units_at
from ticketscope.annotation.tasks import Task
from ticketscope.errors import InputError
from ticketscope.files import disk_errors_named, write_text

SEED = 0
"""Draws the negatives of pair tasks."""

Record = dict[str, object]


def inventory(
    paths: Sequence[Path], format_name: str, task_id: str | None, out: Path | None
) -> Record:
    """Count what files hold for one task, or for every task that their format shows.

    Args:
        paths: plain or compressed files, archives, or members of these; for a format that leans on
            CoNLL-U those named ``.conllu`` are what the others are joined to.
        format_name: a key of `FORMATS`.
        task_id: the task; None for all that files of the format show.
        out: a folder to write ``{split}.jsonl`` to, examples of the one task; None for none. If the
            files lack a split, an older file of that split is removed.

    Returns:
        for one task `task`, `num_sentences`, `num_targets`, `left_out` (see there), `labels` and
        `splits`; for several `num_sentences`, `splits` and `tasks`, with such a record for each.

    Raises `InputError` for whatever is wrong with these, and then writes nothing.
    """
    form, tasks = format_named(format_name), asked_tasks(format_name, task_id)
    if out and len(tasks) > 1:
        raise InputError(f"--out takes one task; add --task, one of: {', '.join(form.tasks)}")
    if out and out.exists() and not out.is_dir():
        raise InputError(f"--out {out}: is a file; name a folder, there or not")

    sizes = _Sizes(of_documents=form.hashed == "document")
    tallies = [_Tally(task) for task in tasks]
    lines: dict[Split, list[str]] = {}
    task = tasks[0] if len(tasks) == 1 else None
    for split, unit in units_at(paths, format_name, task):
        sizes.add(split, unit)
        for tally in tallies:
            example = form.example(tally.task, unit, SEED)
            tally.left_out += left_out(unit, example)
            if example is not None:
                tally.add(split, example)
                if out:
                    lines.setdefault(split, []).append(to_json_line(example) + "\n")

    if len(tasks) > 1:
        by_task = {tally.id: tally.record(sizes) for tally in tallies}
        return {**sizes.of_all(), "splits": sizes.by_split(), "tasks": by_task}
    [tally] = tallies
    if not tally.is_annotated:
        raise InputError(
            f"{paths[0]}: no sentence has the annotation that {tally.id} asks for; give files "
            "that have it"
        )
    record = tally.record(sizes)
    if out:
        _write(out, lines)
    return record


def _write(out: Path, lines: Mapping[Split, Sequence[str]]) -> None:
    """Write the splits that there are, and remove those of an earlier call."""
    for split in SPLITS:
        path = out / f"{split}.jsonl"
        if split in lines:
            write_text(path, "".join(lines[split]))
        else:
            with disk_errors_named(path):
                path.unlink(missing_ok=True)


# ----------------------------------------------------------------------------- counting


@dataclass(slots=True)
class _Sizes:
    """How much the files hold, whatever the task."""

    of_documents: bool
    num_sentences: Counter[Split] = field(default_factory=Counter)
    documents: dict[Split, set[str]] = field(default_factory=dict)

    def add(self, split: Split, unit: Unit) -> None:
        self.num_sentences[split] += len(unit.sentence_starts)
        if self.of_documents:
            self.documents.setdefault(split, set()).add(unit.name)

    @property
    def splits(self) -> list[Split]:
        return [split for split in SPLITS if split in self.num_sentences]

    def of_all(self) -> Record:
        return self._of(self.splits)

    def of(self, split: Split) -> Record:
        return self._of([split])

    def _of(self, splits: Sequence[Split]) -> Record:
        names = set().union(*(self.documents.get(split, ()) for split in splits))
        documents = {"num_documents": len(names)} if self.of_documents else {}
        return {**documents, "num_sentences": sum(self.num_sentences[split] for split in splits)}

    def by_split(self) -> Record:
        return {split: self.of(split) for split in self.splits}


@dataclass(slots=True)
class _Tally:
    """The targets and labels of one task; numbers as values."""

    task: Task | None
    is_annotated: bool = False
    num_targets: Counter[Split] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    values: list[float] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.task.id if self.task else "the task"

    def add(self, split: Split, example: Example) -> None:
        self.is_annotated = True
        self.num_targets[split] += len(example.targets)
        for target in example.targets:
            if isinstance(target.label, str):
                self.labels[target.label] += 1
            else:
                self.values.append(target.label)

    def record(self, sizes: _Sizes) -> Record:
        splits = {
            split: {**sizes.of(split), "num_targets": self.num_targets[split]}
            for split in sizes.splits
        }
        return {
            "task": self.task.id if self.task else None,
            **sizes.of_all(),
            "num_targets": self.num_targets.total(),
            "left_out": dict(sorted(self.left_out.items())),
            "labels": self._labels(),
            "splits": splits,
        }

    def _labels(self) -> Record:
        """How often each label occurs, the most frequent first; for numbers their range and
        mean."""
        if self.values and self.labels:
            raise InputError(
                f"some labels are numbers ({self.values[0]}) and some text "
                f"({next(iter(self.labels))!r}); give files of one task"
            )
        if self.values:
            mean = fmean(self.values)
            return {"min": min(self.values), "max": max(self.values), "mean": mean}
        in_order = sorted(self.labels, key=lambda label: (-self.labels[label], label))
        return {label: self.labels[label] for label in in_order}
