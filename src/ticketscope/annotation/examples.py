"""Examples of a task: sentences with their targets, and the JSON lines of edge probing.

The form of jiant (Tenney et al. 2019, "What do you learn from context?"): one object per line,
``{"text", "targets": [{"span1": [start, end), "span2", "label"}], "info"}``, spans in words.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from ticketscope.annotation.readers.blocks import at
from ticketscope.annotation.sentence import NO_ENTRY, AnnotatedSentence
from ticketscope.annotation.tasks import CORRECT, ERROR, Target, Targets, Task, target_record
from ticketscope.controls import control_character
from ticketscope.errors import InputError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")

MAX_VALUE = 1e9
"""Numbers beyond it are taken for a mistake."""
_ONE_SENTENCE = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """The words of a sentence or document, and its targets in one task.

    Args:
        words: the gold words.
        targets: spans of words with their labels; there may be none.
        name: what the source calls the sentence; "" for none.
        sentence_starts: the first word of each sentence, from 0; more than one in a document.
        space_after: whether a space follows each word in the raw text; None where unknown.
        num_unlabelled: how many more targets there would be if their labels were not empty.
    """

    words: tuple[str, ...]
    targets: tuple[Target, ...]
    name: str = ""
    sentence_starts: tuple[int, ...] = _ONE_SENTENCE
    space_after: tuple[bool, ...] | None = None
    num_unlabelled: int = 0


def example(task: Task, sentence: AnnotatedSentence, seed: int) -> Example | None:
    """A sentence as an example of a task; None where it lacks the annotation.

    The seed draws the negatives of pair tasks. Raises `InputError` where the layer that the task
    needs is there but malformed.
    """
    sentence.check(task.layer)
    targets = task.targets(sentence, seed)
    return None if targets is None else _with_labelled(sentence, targets)


def _with_labelled(sentence: AnnotatedSentence, targets: Targets) -> Example:
    """The sentence with only those targets that have a label; no other place removes any."""
    labelled = tuple(target for target in targets if target.label != NO_ENTRY)
    return Example(
        words=sentence.words,
        targets=labelled,
        name=sentence.name,
        sentence_starts=sentence.sentence_starts,
        space_after=sentence.space_after,
        num_unlabelled=len(targets) - len(labelled),
    )


def left_out(unit: AnnotatedSentence | Example, found: Example | None) -> Counter[str]:
    """What the example of a sentence or document leaves out, by reason.

    Args:
        unit: what the file holds.
        found: the example; None where the unit lacks the annotation.

    Returns:
        ``unannotated_sentences``: sentences without the annotation that the task asks for;
        ``unlabelled_targets``: targets whose label is empty; ``malformed_heads`` and the like:
        sentences with such a malformed
            layer, which the task does not need.
    """
    counts = Counter(
        unannotated_sentences=0 if found else len(unit.sentence_starts),
        unlabelled_targets=found.num_unlabelled if found else 0,
    )
    if isinstance(unit, AnnotatedSentence):
        counts.update(f"malformed_{malformed.layer}" for malformed in unit.malformed)
    return +counts


# ----------------------------------------------------------------------------- writing


def to_json_line(found: Example) -> str:
    """One line of JSON without its end, which `read` takes back.

    The text is the words joined by blanks. A word that holds blanks itself has underscores there,
    so that other programs
    count words in the same way, and `info` has all words as they are.
    """
    record = {
        "text": " ".join(map(_without_blanks, found.words)),
        "targets": [target_record(target) for target in found.targets],
        "info": dict(_info(found)),
    }
    return json.dumps(record, ensure_ascii=False)


def _without_blanks(word: str) -> str:
    return "".join("_" if character.isspace() else character for character in word)


def _info(found: Example) -> Iterator[tuple[str, object]]:
    """What the text does not say."""
    if found.name:
        yield "name", found.name
    if any(word != _without_blanks(word) for word in found.words):
        yield "words", list(found.words)
    if found.sentence_starts != _ONE_SENTENCE:
        yield "sentence_starts", list(found.sentence_starts)
    if found.space_after is not None:
        yield "space_after", list(found.space_after)


# ----------------------------------------------------------------------------- reading


def read(lines: Iterable[str], place: str, task: Task | None) -> Iterator[Example]:
    """Stream the examples of a file, written here or by jiant; empty lines are skipped.

    A label is text, a number, or a list of one of these. Of `info`, only what `to_json_line` writes
    is read.

    Args:
        lines: of the file.
        place: what errors call the file.
        task: that the examples must fit; None for any.

    Raises `InputError` with file and line for anything malformed, for targets that do not fit the
    task, and for a file without examples.
    """
    empty = True
    for number, line in enumerate(lines, start=1):
        if line.strip():
            empty = False
            with at(place, number):
                found = _example(_parsed(line))
                problem = _misfit(task, found) if task else ""
                if problem:
                    raise InputError(f"{problem}; name another task, or correct the file")
            yield found
    if empty:
        raise InputError(f"{place}: holds no examples; give a file of JSON lines that does")


class _JsonTarget(BaseModel, strict=True):
    span1: tuple[int, int]
    span2: tuple[int, int] | None = None
    label: Any


class _JsonInfo(BaseModel, strict=True):
    name: str = ""
    words: tuple[str, ...] | None = None
    sentence_starts: tuple[int, ...] = _ONE_SENTENCE
    space_after: tuple[bool, ...] | None = None


class _JsonExample(BaseModel, strict=True):
    text: str
    targets: tuple[_JsonTarget, ...]
    info: _JsonInfo = _JsonInfo()


def _parsed(line: str) -> _JsonExample:
    try:
        return _JsonExample.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{field + ': ' if field else ''}{first['msg']}; write "
            '{"text": "words joined by blanks", "targets": [{"span1": [0, 1], "label": "…"}]}'
        ) from None


def _example(record: _JsonExample) -> Example:
    info = record.info
    # The value type of sentences checks words, starts and flags.
    sentence = AnnotatedSentence(
        words=_words(record.text, info.words),
        name=info.name,
        sentence_starts=info.sentence_starts,
        space_after=info.space_after,
    )
    return _with_labelled(sentence, tuple(_target(target, sentence) for target in record.targets))


def _words(text: str, exact: tuple[str, ...] | None) -> tuple[str, ...]:
    of_text = tuple(text.split())
    if exact is not None and tuple(map(_without_blanks, exact)) != of_text:
        raise InputError("info.words are not those of the text; correct them or leave them out")
    return of_text if exact is None else exact


def _target(target: _JsonTarget, sentence: AnnotatedSentence) -> Target:
    num_words = len(sentence.words)
    for start, end in filter(None, (target.span1, target.span2)):
        if not 0 <= start < end <= num_words:
            raise InputError(
                f"[{start}, {end}] is no span of {num_words} words; give the first word, from 0, "
                "and the one past the last"
            )
        for first in sentence.sentence_starts:
            if start < first < end:
                raise InputError(
                    f"[{start}, {end}] crosses the start of a sentence, word {first}; give spans "
                    "inside one sentence, or correct info.sentence_starts"
                )
    return Target(target.span1, target.span2, _label(target.label))


def _label(label: object) -> str | float:
    labels = label if isinstance(label, list) else [label]
    if len(labels) != 1:
        raise InputError(f"{len(labels)} labels of one target; a target has one here: choose it")
    [only] = labels
    if isinstance(only, str) and only:
        if found := control_character(only):
            raise InputError(
                f"the label {only!r:.40} holds a control character, {found}: remove it"
            )
        return only
    if isinstance(only, int | float) and not isinstance(only, bool) and abs(only) <= MAX_VALUE:
        return float(only)
    raise InputError(f"the label {only!r:.40} is neither text nor a finite number")


def _misfit(task: Task, found: Example) -> str:
    """Why this is no example of the task; "" where it is one."""
    for target in found.targets:
        if isinstance(target.label, str) == (task.kind == "regression"):
            wanted = "a number" if task.kind == "regression" else "text"
            return f"the label {target.label!r} is not {wanted}, as {task.id} has it"
        if task.metric == "error_f1" and target.label not in (CORRECT, ERROR):
            return f"the label {target.label!r} is neither {CORRECT} (correct) nor {ERROR} (wrong)"
        if (target.span2 is None) == (task.kind == "pair"):
            wanted = "a span2" if task.kind == "pair" else "no span2"
            return f"targets of {task.id} have {wanted}"
    if task.kind == "bio":
        spans = sorted(target.span1 for target in found.targets)
        for (_, end), (start, _) in pairwise(spans):
            if start < end:
                return f"two spans hold word {start}, which {task.id} does not have"
    return ""
