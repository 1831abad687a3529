"""What the readers share: sentences as blocks of lines, and errors that name file and line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from ticketscope.annotation.sentence import AnnotatedSentence, Malformed
from ticketscope.errors import InputError

Layer = TypeVar("Layer")


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring lines without an empty one: a sentence. first_line counts from 1."""

    first_line: int
    lines: tuple[str, ...]

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Each line with its number in the file, from 1."""
        return enumerate(self.lines, start=self.first_line)


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """Stream the blocks of a file; lines of blanks count as empty, so no block holds one."""
    first_line = 0
    block: list[str] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            first_line = first_line if block else number
            block.append(line)
        elif block:
            yield Block(first_line, tuple(block))
            block = []
    if block:
        yield Block(first_line, tuple(block))


def refused(place: str, line: int, problem: str, mend: str) -> InputError:
    """The error for what a reader cannot read: where, what, how to mend it."""
    return InputError(f"{place}:{line}: {problem}; {mend}")


@contextmanager
def at(place: str, line: int) -> Iterator[None]:
    """Put place and line in front of an `InputError` that is raised inside."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{place}:{line}: {error}") from None


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of a sentence that may be malformed while its words are right.

    The sentence is given without such a layer, so that a task which does not need it is served all
    the same.
    """

    malformed: list[Malformed] = field(default_factory=list)

    def take(self, name: str, read: Callable[[], Layer]) -> Layer | None:
        """What `read` returns; None if it raises an `InputError`, which is kept."""
        try:
            return read()
        except InputError as error:
            mend = f"or ask for a task that needs no {name}"
            self.malformed.append(Malformed(name, f"{error}, {mend}"))
            return None


def not_empty(place: str, sentences: Iterable[AnnotatedSentence]) -> Iterator[AnnotatedSentence]:
    """The same sentences. Raises `InputError` where there are none."""
    empty = True
    for sentence in sentences:
        empty = False
        yield sentence
    if empty:
        raise InputError(f"{place}: holds no sentences; give a file of this format that does")


def comment(block: Block, name: str) -> str:
    """The value of the comment `# name = value`; "" without one."""
    for line in block.lines:
        if line.startswith("#"):
            its_name, _, value = line[1:].partition("=")
            if its_name.strip() == name:
                return value.strip()
    return ""


def spaces_of_text(words: Sequence[str], text: str) -> tuple[bool, ...] | None:
    """Whether blanks follow each word in the raw text; None where the words do not spell it.

    What follows the last word is unknown and taken for a blank, as in CoNLL-U.
    """
    spaces = []
    rest = text.strip()
    for word in words:
        if not rest.startswith(word):
            return None
        after = rest.removeprefix(word)
        rest = after.lstrip()
        spaces.append(rest != after or not rest)
    return None if rest else tuple(spaces)
