"""Examples of tasks and their JSON lines: ours come back, jiant's are read, the rest is refused."""

import json
from itertools import combinations, pairwise

import pytest
from annotation_fixture import BARE, SENTENCE
from hypothesis import given, settings
from hypothesis import strategies as st
from reader_fixture import PLACE
from reader_samples import JIANT

from ticketscope.annotation.examples import Example, example, read, to_json_line
from ticketscope.annotation.sentence import NO_ENTRY
from ticketscope.annotation.tasks import TASKS, Target
from ticketscope.controls import control_character
from ticketscope.errors import InputError

word = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5).filter(
    lambda text: text.strip() and "\t" not in text and len(text.splitlines()) == 1
)


@st.composite
def found_examples(draw: st.DrawFn) -> Example:
    words = tuple(draw(st.lists(word, min_size=1, max_size=6)))
    size = len(words)
    starts = (0, *sorted(draw(st.sets(st.integers(1, size - 1))))) if size > 1 else (0,)
    span = st.sampled_from(
        [
            (start, end)
            for first, past in pairwise([*starts, size])
            for start, end in combinations(range(first, past + 1), 2)
        ]
    )
    text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
    label = st.floats(-1e6, 1e6) | text.filter(
        lambda label: label != NO_ENTRY and not control_character(label)
    )
    return Example(
        words=words,
        targets=tuple(draw(st.lists(st.builds(Target, span, st.none() | span, label), max_size=4))),
        name=draw(st.text(st.characters(exclude_categories=["Cs"]))),
        sentence_starts=starts,
        space_after=draw(st.none() | st.tuples(*[st.booleans()] * size)),
    )


@settings(deadline=None)
@given(st.lists(found_examples(), min_size=1, max_size=3))
def test_what_was_written_is_read(written: list[Example]) -> None:
    lines = [to_json_line(one) for one in written]
    assert not any("\n" in line for line in lines)
    assert list(read(lines, PLACE, None)) == written
    for line, one in zip(lines, written, strict=True):
        assert len(json.loads(line)["text"].split()) == len(one.words)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_targets_of_every_task_come_back(task) -> None:
    made = example(task, SENTENCE, 1)
    assert made is not None
    assert made.targets == task.targets(SENTENCE, 1) != ()
    assert list(read([to_json_line(made)], PLACE, task)) == [made]


def test_a_sentence_without_the_annotation_is_no_example() -> None:
    assert example(TASKS["pos"], BARE, 1) is None


def test_a_line_says_what_the_text_does_not_and_no_more() -> None:
    plain = Example(words=("New York", "!"), targets=(Target((0, 1), None, "GPE"),))
    assert json.loads(to_json_line(plain)) == {
        "text": "New_York !",
        "targets": [{"span1": [0, 1], "label": "GPE"}],
        "info": {"words": ["New York", "!"]},
    }
    assert json.loads(to_json_line(Example(words=("Go", "!"), targets=())))["info"] == {}


def test_files_of_jiant_are_read() -> None:
    first, second, third = read(JIANT.split("\n"), PLACE, None)
    assert first.words == ("Ann", "saw", "Bo", ".")
    assert first.targets == (Target((0, 1), (1, 2), "ARG0"), Target((2, 3), (1, 2), "ARG1"))
    assert (first.name, first.space_after, first.sentence_starts) == ("", None, (0,))
    assert second.targets == ()
    assert third.targets == (Target((1, 2), None, 2.0), Target((0, 1), None, -0.5))


@pytest.mark.parametrize(
    ("record", "task", "problem"),
    [
        ("{", None, "Invalid JSON"),
        ("[1]", None, "should be an object"),
        ('{"text": "a"}', None, "targets: Field required"),
        ('{"text": 3, "targets": []}', None, "text: Input should be a valid string"),
        ('{"text": " ", "targets": []}', None, "no words"),
        ('{"text": "a", "targets": [{"label": "x"}]}', None, "span1: Field required"),
        ('{"text": "a", "targets": [{"span1": [0, 2], "label": "x"}]}', None, "[0, 2] is no span"),
        ('{"text": "a", "targets": [{"span1": [0, 0], "label": "x"}]}', None, "[0, 0] is no span"),
        (
            '{"text": "a", "targets": [{"span1": [0, 1], "span2": [-1, 0], "label": "x"}]}',
            None,
            "[-1, 0] is no span",
        ),
        ('{"text": "a", "targets": [{"span1": [0.5, 1], "label": "x"}]}', None, "valid integer"),
        ('{"text": "a", "targets": [{"span1": [0, 1], "label": ["x", "y"]}]}', None, "2 labels"),
        ('{"text": "a", "targets": [{"span1": [0, 1], "label": []}]}', None, "0 labels"),
        ('{"text": "a", "targets": [{"span1": [0, 1], "label": NaN}]}', None, "label nan is"),
        ('{"text": "a", "targets": [{"span1": [0, 1], "label": true}]}', None, "label True is"),
        ('{"text": "a", "targets": [{"span1": [0, 1], "label": ""}]}', None, "neither text nor"),
        (
            '{"text": "a", "targets": [{"span1": [0, 1], "label": "\\u009b2J"}]}',
            None,
            "a control ch",
        ),
        ('{"text": "a", "targets": [], "info": {"words": ["b"]}}', None, "not those of the text"),
        ('{"text": "a", "targets": [], "info": {"space_after": [1]}}', None, "space_after.0"),
        ('{"text": "a", "targets": [], "info": {"space_after": []}}', None, "0 flags of spaces"),
        ('{"text": "a", "targets": [], "info": {"sentence_starts": [1]}}', None, "start at (1,)"),
        ('{"text": "a", "targets": [{"span1": [0, 1], "label": 1}]}', "pos", "1.0 is not text"),
        (
            '{"text": "a", "targets": [{"span1": [0, 1], "label": "x"}]}',
            "event_factuality",
            "'x' is not a number",
        ),
        (
            '{"text": "a", "targets": [{"span1": [0, 1], "label": "x"}]}',
            "coreference",
            "coreference have a span2",
        ),
        (
            '{"text": "a", "targets": [{"span1": [0, 1], "span2": [0, 1], "label": "x"}]}',
            "pos",
            "pos have no span2",
        ),
        (
            '{"text": "a", "targets": [{"span1": [0, 1], "label": "x"}]}',
            "error_detection",
            "the label 'x' is neither c (correct) nor i (wrong)",
        ),
        (
            '{"text": "a b c", "targets": [{"span1": [1, 3], "label": "x"}], '
            '"info": {"sentence_starts": [0, 2]}}',
            None,
            "[1, 3] crosses the start of a sentence, word 2",
        ),
        (
            '{"text": "a b c", "targets": [{"span1": [2, 3], "span2": [0, 3], "label": "x"}], '
            '"info": {"sentence_starts": [0, 2]}}',
            "coreference",
            "[0, 3] crosses the start of a sentence, word 2",
        ),
        (
            '{"text": "a b", "targets": [{"span1": [0, 2], "label": "x"}, '
            '{"span1": [1, 2], "label": "x"}]}',
            "ner",
            "two spans hold word 1",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(record: str, task: str | None, problem: str) -> None:
    with pytest.raises(InputError) as error:
        list(read(["", record], PLACE, TASKS[task] if task else None))
    assert str(error.value).startswith(f"{PLACE}:2: ")
    assert problem in str(error.value)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["span1", "span2", "label", "info"]), values)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["text", "targets", "info"]), JSON_VALUES))
def test_any_json_is_read_or_refused(record: dict[str, object]) -> None:
    lines = [json.dumps({"text": "a b", "targets": [], **record})]
    try:
        assert list(read(lines, PLACE, None))
    except InputError as error:
        assert str(error).startswith(f"{PLACE}:1: ")  # noqa: PT017
