"""Digests: which settings make which bytes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from ticketscope.config.experiment import Experiment
from ticketscope.config.kinds import AnalysisSection, Later, LeftOut, Section, TrainingSection
from ticketscope.config.paths import path_mark
from ticketscope.config.study import Study

SCHEMA_VERSION = 1
DROPOUT_BY_BATCH = "training.dropout_by_batch"
"""No setting: part of the identity where updates have several batches, each of which draws dropout
from a seed of its own. Earlier versions had one seed per update."""
_ABSENT = object()


def _sections(of: type[Section], kind: type[Section]) -> tuple[str, ...]:
    """The names of all sections of this kind. Those of a union are of one kind."""
    found = []
    for name, field in of.model_fields.items():
        classes = get_args(field.annotation) or (field.annotation,)
        if all(isinstance(one, type) and issubclass(one, kind) for one in classes):
            found.append(name)
    return tuple(found)


TRAINING_SECTIONS = _sections(Experiment, TrainingSection)
ANALYSIS_SECTIONS = _sections(Study, AnalysisSection)


def canonical_json(value: Any) -> str:
    """Text that is equal for equal values: sorted keys, no spaces, shortest floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """sha256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def training_identity(experiment: Experiment) -> dict[str, Any]:
    """All that decides the bytes of the tickets, except the content of the corpus and a given
    vocabulary, whose digests the corpus folder of a run keeps."""
    sections = {name: _identity(getattr(experiment, name)) for name in TRAINING_SECTIONS}
    if experiment.training.accumulate > 1:
        section, _, key = DROPOUT_BY_BATCH.partition(".")
        sections[section][key] = True
    return {"schema": SCHEMA_VERSION, **sections}


def analysis_identity(study: Study, section: str, version: int) -> dict[str, Any]:
    """All settings that decide what one analysis step, in its `version`, measures on a ticket."""
    assert section in ANALYSIS_SECTIONS
    return {"version": version, section: _identity(getattr(study, section))}


def _identity(section: Section) -> dict[str, Any]:
    """The settings of a section, but for those whose marks leave them out, and for places."""
    identity = {}
    for key, value in section.model_dump(mode="json").items():
        field = type(section).model_fields[key]
        is_left_out = any(isinstance(mark, LeftOut) for mark in field.metadata)
        if is_left_out or Later(value) in field.metadata:
            continue
        mark = path_mark(field)
        if mark is None:
            identity[key] = value
        elif mark.or_name:  # a split is called by the last part of its path
            is_one = isinstance(value, str)
            identity[key] = Path(value).name if is_one else [Path(name).name for name in value]
    return identity


def differing_keys(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Dotted keys whose values differ between two nested mappings."""
    a, b = dict(flat(ours)), dict(flat(theirs))
    return sorted(key for key in a.keys() | b.keys() if a.get(key, _ABSENT) != b.get(key, _ABSENT))


def flat(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of nested mappings with its dotted key, as `--set` takes it."""
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
