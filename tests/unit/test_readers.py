"""What every reader of gold annotation keeps: sentences come out, or one line that says where."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reader_fixture import PLACE, damaged, junk_lines
from reader_samples import SAMPLES, Samples

from ticketscope.annotation.formats import FORMATS, Format, Unit
from ticketscope.annotation.tasks import TASKS
from ticketscope.errors import InputError
from ticketscope.text.lines import text_lines

every_format = pytest.mark.parametrize("name", FORMATS)


def read(name: str, lines: list[str], place: str = PLACE) -> list[Unit]:
    return list(FORMATS[name].read(lines, place, SAMPLES[name].known[-1], None))


def assert_read_or_refused(data: st.DataObject, name: str, lines: list[str]) -> None:
    """Sentences come out, or one line that names the file: nothing else."""
    form: Format = FORMATS[name]
    task = data.draw(st.sampled_from([None, *(TASKS[task] for task in form.tasks)]))
    known = data.draw(st.sampled_from(SAMPLES[name].known))
    try:
        found, message = list(form.read(lines, PLACE, known, task)), ""
    except InputError as error:
        found, message = [], str(error)
    assert found or message.startswith(f"{PLACE}:")
    assert len(message.splitlines()) <= 1


def test_every_format_has_samples() -> None:
    assert set(SAMPLES) == set(FORMATS)


@every_format
def test_a_file_of_another_system_is_read_alike(tmp_path: Path, name: str) -> None:
    """With a byte order mark, line ends of two characters and blank lines behind the last one."""
    for text in SAMPLES[name].texts:
        path = tmp_path / "sample.txt"
        path.write_text("\ufeff" + text + "\n\n", encoding="utf-8", newline="\r\n")
        of_file = list(FORMATS[name].read(text_lines(path), PLACE, SAMPLES[name].known[-1], None))
        assert of_file == read(name, text.split("\n"))
        assert all(unit.words for unit in of_file)


@every_format
@pytest.mark.parametrize("lines", [[], [""], ["", " ", "\t"]])
def test_a_file_without_sentences_is_refused(name: str, lines: list[str]) -> None:
    samples: Samples = SAMPLES[name]
    for without in (lines, [*samples.opening, *lines] if not samples.closing else lines):
        with pytest.raises(InputError, match=f"^{PLACE}: holds no (sentences|examples)"):
            read(name, without)


@every_format
@settings(deadline=None)
@given(data=st.data(), lines=junk_lines)
def test_any_text_is_read_or_refused(data: st.DataObject, name: str, lines: list[str]) -> None:
    samples: Samples = SAMPLES[name]
    assert_read_or_refused(data, name, lines)
    assert_read_or_refused(data, name, [*samples.opening, *lines, *samples.closing])


@every_format
@settings(deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject, name: str) -> None:
    text = data.draw(st.sampled_from(SAMPLES[name].texts))
    assert_read_or_refused(data, name, data.draw(damaged(text)))
