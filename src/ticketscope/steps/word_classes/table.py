"""The table and the view of word classes, from what `word_classes` measured."""

from collections.abc import Iterator, Mapping
from typing import Any

from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.left_out import Figure, beside_control
from ticketscope.steps.word_classes import WORD_CLASSES
from ticketscope.steps.word_classes.measure import MEASURES

_Place = tuple[str, str, int]


def view(bench: Bench) -> dict[str, Any]:
    """What was measured of each kind: the words that have a piece in the tokenizer of the first
    network."""
    settings, labels = bench.study.word_classes, bench.panel.with_states
    is_measured = settings.kinds and labels
    kinds = bench.results.read(WORD_CLASSES, labels[0])["kinds"] if is_measured else {}
    return {"fewest_words": settings.fewest_words, "kinds": kinds}


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of word_classes.csv, without the columns that every table begins with."""
    if not bench.study.word_classes.kinds:
        return
    labels = bench.panel.with_states
    controls = {
        control: _by_place(bench, control)
        for control in set(bench.panel.controls.values())
        if control in labels
    }
    for label in labels:
        control = bench.panel.control(label)
        of_control = controls.get(control, {}) if control else {}
        for found in bench.results.read(WORD_CLASSES, label)["classes"]:
            other = LevelId(*found["other"])
            yield from _of_layer(label, other, found, of_control.get(_place(found)))
            if other.replicate != label.replicate:
                # CKA is symmetric, and the earlier of two replicates is never compared itself.
                yield from _of_layer(other, label, found, None)


def _by_place(bench: Bench, label: LevelId) -> dict[_Place, Mapping[str, Any]]:
    return {_place(row): row for row in bench.results.read(WORD_CLASSES, label)["classes"]}


def _place(found: Mapping[str, Any]) -> _Place:
    return found["kind"], found["word_class"], found["layer"]


def _of_layer(
    label: LevelId, other: LevelId, found: Mapping[str, Any], control: Mapping[str, Any] | None
) -> Iterator[dict[str, Any]]:
    """A row per measure, with the difference to the control where there is one."""
    for number, measure in enumerate(MEASURES):
        of_control = _figure(control, number) if control else None
        yield {
            "level_id": label,
            "kind": found["kind"],
            "word_class": found["word_class"],
            "module": "encoder",
            "layer": found["layer"],
            "other_arm": other.arm,
            "other_replicate": other.replicate,
            "other_level": other.level,
            "measure": measure,
            "floor": found["floor"] if measure == "cka" else 0.0,
            "num_words": found["num_words"],
            **beside_control(_figure(found, number), of_control, measure),
        }


def _figure(found: Mapping[str, Any], number: int) -> Figure:
    return Figure(found["value"][number], [rest[number] for rest in found["left_out"]])
