"""What a person reads says "per" where it means per, and names what it speaks of.

Readers whose second language is English read "3 updates a ticket" twice, and look back for what
"ours" may be. The patterns find both in the pages, and in the docstrings (`--help` is made of
them), comments and messages of the package.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests_support import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
PACKAGE = REPOSITORY / "src" / "ticketscope"
ROOMS = sorted({path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py")})
WORDS_OF_THE_GRAMMAR = PACKAGE / "corpus" / "grammar" / "lexicon"

NUMBERS = r"(?:[\d.,]*\d|two|three|four|five|six|seven|eight|nine|ten|thousand|million)"
BETWEEN = r"(?: (?:more|target|source|[kMG]?B|m?s|%|(?!is|was|has|its|holds|needs)[a-z-]+s))*"
UNITS = (
    r"(?:once|twice|times|nats|bits|bytes|seconds|minutes|hours|days|CPU-minutes|CPU-seconds|ms|min"
    r"|MB|kB|GB|epochs|updates|batches|tokens|pieces|words|sentences|pairs|rows|columns|tickets"
    r"|networks|levels|layers|heads|seeds|probes|targets|labels|files|lines|operations|numbers"
    r"|figures|values|jobs|tasks|points|panels|bars|translations)"
)
ONE = (
    r"(?:bit|byte|row|line|word|thread|process|bucket|core|number|file|object|job|probe|point|bar"
    r"|panel|colour|figure|verdict|card|function|translation|millisecond|second|minute|hour)"
)
PARTS = (
    r"(?:replicate|level|ticket|network|update|step|token|piece|sentence|word|layer|head|epoch"
    r"|minute|hour|day|line|task|arm|row|column|neuron|pair|phenomenon|batch|job|stage|kind|source"
    r"|encoder|decoder|tensor|shard|target|label|probe|seed|split|parameter|weight|bucket|worker"
    r"|core|round|thread|document|span|class|run|test|CPU|GPU|process|second(?! span| word))"
)
DISTRIBUTIVE = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # 3 s a ticket; 7,400 target tokens a second; 2.25 more a level; one number (or two) a run
        rf"\b{NUMBERS}{BETWEEN}\)? an? (?:[a-z]+ )?{PARTS}\b",
        # nats a token; once a replicate; but not: which pairs a ticket was asked
        rf"(?<!which )(?<!many )\b{UNITS} an? {PARTS}\b",
        # a byte a weight; one row a ticket; half an hour a run; targets that are not one a source
        rf"\b(?:(?:an?|one) {ONE}|not one) an? {PARTS}\b",
    )
]
POSSESSIVE = re.compile(r"\b(?:ours|theirs|hers|yours)\b", re.IGNORECASE)
ALLOWED = ("for pairs a second span",)
"""Phrases that a pattern takes for what it looks for."""


def paragraphs(page: Path) -> Iterator[str]:
    """Each paragraph, item or row of a page as one line, without blocks of code."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    yield from re.split(r"\n\s*\n|\n(?=\||[-*] |\d+\. )", text)


def texts(module: Path) -> Iterator[str]:
    """Each string, with … for what is put into it, and each block of comments."""
    source = module.read_text(encoding="utf-8")
    inside: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inside |= set(ast.walk(node))
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            yield node.value
    comments = {
        token.start[0]: token.string.lstrip("#: ")
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    block = ""
    for line, comment in comments.items():
        block = f"{block} {comment}"
        if line + 1 not in comments:
            yield block
            block = ""


def read_twice(text: str) -> list[str]:
    """What a reader has to read twice, with the words around it."""
    line = " ".join(re.sub(r"``?[^`]+``?", "…", text).split())
    found = [match for pattern in (*DISTRIBUTIVE, POSSESSIVE) for match in pattern.finditer(line)]
    around = [line[max(0, match.start() - 30) : match.end() + 30] for match in found]
    return [words for words in around if not any(phrase in words for phrase in ALLOWED)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_pages_say_per_and_name_what_they_speak_of(page: Path) -> None:
    assert [words for text in paragraphs(page) for words in read_twice(text)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_package_says_per_and_names_what_it_speaks_of(room: str) -> None:
    place = PACKAGE / room
    modules = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    assert [
        f"{module.relative_to(PACKAGE)}: {words}"
        for module in modules
        if module.parent != WORDS_OF_THE_GRAMMAR
        for text in texts(module)
        for words in read_twice(text)
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "It trains 3 updates a ticket.",
        "1,200 target tokens a second",
        "a loss in nats a token",
        "drawn once a run",
        "one number (or two) a replicate",
        "half a second a step",
        "Ours is the level nearest to theirs.",
    ],
)
def test_what_is_read_twice_is_found(text: str) -> None:
    assert read_twice(text)


@pytest.mark.parametrize(
    "text",
    [
        "one row per ticket",
        "which pairs a ticket was asked",
        "A column is a layer.",
        "At 59 %, a ticket stays nearer to its dense model.",
        "`ours` and `theirs` are two arrays.",
    ],
)
def test_plain_sentences_pass(text: str) -> None:
    assert read_twice(text) == []
