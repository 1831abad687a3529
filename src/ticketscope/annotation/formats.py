"""The formats of gold annotation by name: their readers, and the tasks that each can serve."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ticketscope.annotation import examples
from ticketscope.annotation.examples import Example
from ticketscope.annotation.readers import (
    bio,
    conll2012,
    conllu,
    factuality,
    ged,
    pmb,
    propbank,
    sdp,
    streusle,
    trees,
)
from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.annotation.tasks import TASKS, Task
from ticketscope.errors import InputError, did_you_mean

Known = Mapping[str, AnnotatedSentence]
Unit = AnnotatedSentence | Example
"""What a file holds: annotated sentences or documents, or finished examples of one task."""

Read = Callable[[Iterable[str], str, Known, Task | None], Iterator[Unit]]


@dataclass(frozen=True, slots=True)
class Format:
    """A format in which gold annotation is distributed.

    Args:
        read: from lines, the place that errors name, sentences known by name, and the task.
        tasks: ids of those that it can serve.
        shown: ids of the tasks that are meant if none is asked for; empty: a task without a name.
        layer: if a file has one layer and does not say which, its targets are read as those of this
            task and given to the task that is asked for; "" for none.
        leans_on_conllu: whether it takes words or heads from sentences of CoNLL-U files.
        hashed: what a hash splits if no file is for training: each sentence by its words, or each
            document by its name; None if the names of files alone decide.
    """

    read: Read
    tasks: tuple[str, ...]
    shown: tuple[str, ...]
    layer: str = ""
    leans_on_conllu: bool = False
    hashed: Literal["sentence", "document"] | None = None

    def example(self, task: Task | None, unit: Unit, seed: int) -> Example | None:
        """A unit as an example of a task; None where it lacks the annotation."""
        if isinstance(unit, Example):
            return unit
        assert task
        return examples.example(TASKS[self.layer] if self.layer else task, unit, seed)


# ----------------------------------------------------------------------------- the registry


def _alone(read: Callable[[Iterable[str], str], Iterator[Unit]]) -> Read:
    return lambda lines, place, _known, _task: read(lines, place)


def _joined(read: Callable[[Iterable[str], str, Known], Iterator[Unit]]) -> Read:
    return lambda lines, place, known, _task: read(lines, place, known)


def _bio(
    lines: Iterable[str], place: str, _known: Known, task: Task | None
) -> Iterator[AnnotatedSentence]:
    return bio.read(lines, place, chunks=task == TASKS["chunking"])


_DEPENDENCY = ("pos", "conjuncts", "dependency_prediction", "dependency_labels")
_CONSTITUENCY = (
    "constituency_parent",
    "constituency_grandparent",
    "constituency_greatgrandparent",
    "chunking",
)
_SEMANTIC_ARCS = ("semantic_prediction", "semantic_labels")
_ADPOSITIONS = ("adposition_function", "adposition_role")
_ALL = tuple(TASKS)


def _format(
    read: Read,
    *tasks: str,
    leans_on_conllu: bool = False,
    hashed: Literal["sentence", "document"] | None = None,
) -> Format:
    return Format(read, tasks, tasks, leans_on_conllu=leans_on_conllu, hashed=hashed)


FORMATS: dict[str, Format] = {
    "conllu": _format(_alone(conllu.read), *_DEPENDENCY),
    "trees": _format(_alone(trees.read), "pos", *_CONSTITUENCY),
    "bio": Format(_bio, ("ner", "chunking", "conjuncts"), ("ner",), layer="ner"),
    "propbank": _format(
        _joined(propbank.read), "pos", *_CONSTITUENCY, *_SEMANTIC_ARCS, leans_on_conllu=True
    ),
    "conll2012": _format(_alone(conll2012.read), "coreference", hashed="document"),
    "streusle": _format(_joined(streusle.read), *_ADPOSITIONS, leans_on_conllu=True),
    "factuality": _format(_joined(factuality.read), "event_factuality", leans_on_conllu=True),
    "pmb": _format(_alone(pmb.read), "ccg", "semantic_tags"),
    "sdp": _format(_alone(sdp.read), "pos", *_SEMANTIC_ARCS),
    "ged": _format(_alone(ged.read), "error_detection", hashed="sentence"),
    "jsonl": Format(
        lambda lines, place, _known, task: examples.read(lines, place, task), _ALL, shown=()
    ),
}
"""All formats by the names of the command line."""


def format_named(name: str) -> Format:
    """The format of this name. Raises `InputError` that gives the valid ones."""
    if name not in FORMATS:
        meant = did_you_mean(name, FORMATS)
        raise InputError(f"--format {name}: no such format; {meant}valid: {', '.join(FORMATS)}")
    return FORMATS[name]


def asked_tasks(format_name: str, task_id: str | None) -> tuple[Task | None, ...]:
    """The task that was asked for, or all that the format shows; None is one without a name.

    Raises `InputError` that gives the valid ones for an unknown task, and for one that files of
    this format cannot serve.
    """
    form = format_named(format_name)
    if task_id is None:
        return tuple(TASKS[shown] for shown in form.shown) or (None,)
    if task_id not in TASKS:
        meant = did_you_mean(task_id, TASKS)
        raise InputError(f"--task {task_id}: no such task; {meant}valid: {', '.join(TASKS)}")
    if task_id not in form.tasks:
        raise InputError(
            f"--task {task_id}: cannot be served by files of the format {format_name}; it serves: "
            f"{', '.join(form.tasks)}"
        )
    return (TASKS[task_id],)
