"""What the tests of the readers share: files that went wrong, and what may come of them."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st

from ticketscope.annotation.sentence import AnnotatedSentence
from ticketscope.errors import InputError
from ticketscope.text.lines import text_lines

Read = Callable[[Iterable[str], str], Iterator[AnnotatedSentence]]

PLACE = "sample.txt"
STRANGE = (
    *("", "_", " ", "0", "-1", "1.5", "007", "٣", "½", "nan", "inf", "1e999", "9" * 5000),
    *("1-2", "2-1", "1.1", "|", ":", "=", "#", "# ", "*", "-", "O", "I-", "(", ")", "()", "))"),
    *("a\x00b", "\x85", "\u2028", "\xa0", "\ufeff", "\r", "\x1f", "(S " * 5000, "(" * 300),
)

cells = st.sampled_from(STRANGE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
junk_lines = st.lists(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=30)
    | st.lists(cells, max_size=11).map("\t".join),
    max_size=8,
)


@st.composite
def damaged(draw: st.DrawFn, sample: str) -> list[str]:
    """The lines of a well-formed file after one to three accidents."""
    lines = sample.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, len(lines) - 1))
        other = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "swap", "repeat", "replace", "lose part", "put part"])):
            case "drop":
                lines[number : number + 1] = [] if len(lines) > 1 else [""]
            case "swap":
                lines[number], lines[other] = lines[other], lines[number]
            case "repeat":
                lines.insert(other, lines[number])
            case "replace":
                lines[number] = draw(cells)
            case "lose part":
                parts = re.split(r"([\t ]+)", lines[number])
                lines[number] = "".join(
                    parts[: other % len(parts)] + parts[other % len(parts) + 1 :]
                )
            case "put part":
                parts = re.split(r"([\t ()|:]+)", lines[number])
                parts[other % len(parts)] = draw(cells)
                lines[number] = "".join(parts).replace("\n", "")
    return lines


def assert_refused(read: Read, text: str, line: int, problem: str) -> None:
    """The error names the place, the line and what is wrong."""
    with pytest.raises(InputError) as error:
        sentences(read, text)
    assert str(error.value).startswith(f"{PLACE}:{line}: ")
    assert problem in str(error.value)


def assert_malformed(read: Read, text: str, layer: str, line: int, problem: str) -> None:
    """Sentences come out, the first of those with a defect without that layer, for that reason."""
    (malformed,) = next(found.malformed for found in sentences(read, text) if found.malformed)
    assert malformed.layer == layer
    assert malformed.reason.startswith(f"{PLACE}:{line}: ")
    assert problem in malformed.reason
    assert malformed.reason.endswith(f", or ask for a task that needs no {layer}")


def sentences(read: Read, text: str) -> list[AnnotatedSentence]:
    return list(read(text.split("\n"), PLACE))


def sentences_of_file(read: Read, path: Path) -> list[AnnotatedSentence]:
    return list(read(text_lines(path), str(path)))


def num_words(found: Iterable[AnnotatedSentence]) -> int:
    return sum(len(sentence.words) for sentence in found)
