"""Digests: which settings make which bytes."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ticketscope.config.experiment import PATHS, Experiment

SCHEMA_VERSION = 1

TRAINING_SECTIONS = ("corpus", "vocabulary", "model", "batches", "training", "lottery")
ANALYSIS_SECTIONS = (
    "quality",
    "speed",
    "representations",
    "attention",
    "behaviour",
    "probing",
)
_ABSENT = object()
# Not part of the identity, beside paths: how many levels, arms and replicates there are, since none
# of them changes the bytes of another: a run may be extended.
_FREE = {
    ("lottery", "arms"),
    ("lottery", "replicates"),
    ("lottery", "levels"),
}
# Settings that came later. While they have this value they are left out of the identity, so that
# runs from before keep their digest.
_LATER = {("corpus", "header"): False}
# How the table is made from what was measured; tables are written anew every time.
_OF_TABLES = {("quality", "resamples"), ("quality", "seed"), ("probing", "resamples")}
# Which sentences and targets these are: the digest of what they hold says it.
_BY_CONTENT = {
    ("representations", "num_words"),
    ("attention", "sentences"),
    ("attention", "num_words"),
    ("attention", "importance_sentences"),
    ("attention", "language"),
    ("behaviour", "contrasts_per_phenomenon"),
    ("behaviour", "contrasts_header"),
    ("behaviour", "languages"),
    ("probing", "suite"),
    ("probing", "own"),
    ("probing", "tasks"),
    ("probing", "levels"),
    ("probing", "max_train"),
    ("probing", "max_held_out"),
}


def canonical_json(value: Any) -> str:
    """Text that is equal for equal values: sorted keys, no spaces, shortest floats."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """sha256 of the canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def training_identity(experiment: Experiment) -> dict[str, Any]:
    """All that decides the bytes of the tickets, except the content of the corpus and a given
    vocabulary, whose digests the corpus folder of a run keeps."""
    identity: dict[str, Any] = {"schema": SCHEMA_VERSION}
    for name in TRAINING_SECTIONS:
        settings = getattr(experiment, name).model_dump(mode="json")
        identity[name] = {
            k: v
            for k, v in settings.items()
            if (name, k) not in _FREE and v != _LATER.get((name, k), _ABSENT)
        }
    for (name, *_, key), mark in PATHS.items():
        settings = identity.get(name, {})
        if key in settings and mark.or_name:  # a split is called by the last part of its path
            named = settings[key]
            settings[key] = (
                Path(named).name if isinstance(named, str) else [Path(name).name for name in named]
            )
        else:
            settings.pop(key, None)
    return identity


def analysis_identity(experiment: Experiment, section: str, version: int) -> dict[str, Any]:
    """All settings that decide what one analysis step, in its `version`, measures on a ticket."""
    assert section in ANALYSIS_SECTIONS
    settings: dict[str, Any] = getattr(experiment, section).model_dump(mode="json")
    left_out = _OF_TABLES | _BY_CONTENT | PATHS.keys()
    measured = {k: v for k, v in settings.items() if (section, k) not in left_out}
    return {"version": version, section: measured}


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
