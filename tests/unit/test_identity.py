"""Digests to the letter: where one moves, every run of it is made again, or measured again.

A recipe whose own settings change on purpose gets its new ones here.
"""

from typing import Any

import pytest

from ticketscope import config
from ticketscope.config import Experiment
from ticketscope.study.recipes import RECIPES

_FILES: dict[str, Any] = {"kind": "files", "source": "en", "target": "de", "path": "here"}
_CONLLU = {**_FILES, "kind": "conllu", "train": "a/b", "validation": "c", "tests": ["d/e", "f"]}
_EVERYTHING: dict[str, Any] = {
    "corpus": {**_FILES, "kind": "table", "header": True, "member": "deu.txt", "tests": ["a/b"]},
    "vocabulary": {"model": "spm.model"},
    "training": {"epochs": 3, "threads": 2},
    "lottery": {"arms": ["random_pruning"], "replicates": 2, "levels": 3, "seed": 7},
    "quality": {"beam": 5, "resamples": 50, "seed": 3},
    "speed": {"rounds": 4},
    "representations": {"sentences": ["test", "./mine"], "num_words": 9, "resamples": 7},
    "word_classes": {"kinds": ["frequency"], "fewest_words": 50},
    "attention": {
        "sentences": ["test"],
        "num_words": 7,
        "targets": "own",
        "syntax": "gold.conllu",
        "language": "en",
        "importance_sentences": 0,
    },
    "behaviour": {
        "contrasts_per_phenomenon": 3,
        "contrasts": "pairs.tsv",
        "contrasts_header": True,
        "languages": ["en", "de"],
    },
    "probing": {
        "suite": "real",
        "data": "gold",
        "tasks": ["pos"],
        "own": [{"task": "ner", "format": "conll2003", "files": ["a"]}],
        "levels": [1],
        "max_train": 5,
        "max_held_out": 4,
        "hidden": 3,
        "resamples": 11,
        "seed": 2,
    },
    "execution": {"workers": 3},
}


def _of(corpus: dict[str, Any]) -> Experiment:
    raw = {"name": "x", "corpus": corpus, "training": {"updates": 10}}
    return config.from_mapping(raw, where="test")


EXPERIMENTS: dict[str, Experiment] = {
    **{name: make() for name, make in RECIPES.items()},
    "kind grammar": _of({"kind": "grammar"}),
    "kind files": _of(_FILES),
    "kind table": _of({**_FILES, "kind": "table"}),
    "kind conllu": _of(_CONLLU),
    "everything": config.from_mapping({"name": "y", **_EVERYTHING}, where="test"),
}


def _digests(experiment: Experiment) -> dict[str, str]:
    """The first letters of each."""
    identities = {"training": config.training_identity(experiment)}
    for section in config.ANALYSIS_SECTIONS:
        identities[section] = config.analysis_identity(experiment, section, 1)
    return {name: config.digest(identity)[:12] for name, identity in identities.items()}


SHARED: dict[str, str] = {
    "calibration": "97f6418c7857",
    "damage": "2d7ac7fdfeee",
    "scores": "4eda6a9d881b",
    "search": "38176701d0a4",
    "robustness": "d75d136afc6e",
    "challenge": "07766b4d80e1",
}
"""Of sections that are the same in all of these."""
GOLDEN: dict[str, dict[str, str]] = {
    "demo": {
        "training": "42277e1750ab",
        "quality": "0e89f192fe40",
        "speed": "1c09c153710c",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "7d289bc3d9a9",
        "behaviour": "6258639f929a",
        "probing": "44f453260aa7",
        "calibration": "74cdcfd50b9a",
        "search": "7212572c01ad",
        "robustness": "9664fe285826",
    },
    "grammar": {
        "training": "3e3258434232",
        "quality": "0e89f192fe40",
        "speed": "717457ba224f",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "multi30k": {
        "training": "bb44dde63d88",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "multi30k-short": {
        "training": "e39c0881d121",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "tatoeba": {
        "training": "b504add4b1db",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "wmt16-big": {
        "training": "3b882b6b8f5e",
        "quality": "9dc9c8a383c9",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "kind grammar": {
        "training": "45fadd7ea550",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "kind files": {
        "training": "fcb8adad95d8",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "kind table": {
        "training": "989d34f43f7b",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "kind conllu": {
        "training": "cc36c7d53460",
        "quality": "0e89f192fe40",
        "speed": "efd276702e74",
        "representations": "d64f21bfc4ea",
        "word_classes": "dae3e30eb7ae",
        "attention": "c020948cf60a",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "b9e2ac17f6ba",
    },
    "everything": {
        "training": "75bb3c370701",
        "quality": "8c5c715f48ec",
        "speed": "299e7f819b81",
        "representations": "8ac74d14efb5",
        "word_classes": "417f2dfc6971",
        "attention": "dc37cd98296d",
        "connectivity": "69cf8155ef72",
        "causes": "68463bf06ffe",
        "behaviour": "6258639f929a",
        "probing": "675bbebd1624",
    },
}


def test_updates_of_several_batches_say_that_each_draws_dropout() -> None:
    """Levels of versions that drew it once per update have other bytes."""
    raw = {"name": "x", "corpus": _FILES, "training": {"updates": 10, "accumulate": 2}}
    studies = (_of(_FILES), config.from_mapping(raw, where="test"))
    assert config.differing_keys(*map(config.training_identity, studies)) == [
        "training.accumulate",
        config.DROPOUT_BY_BATCH,
    ]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_no_digest_has_moved(name: str) -> None:
    assert _digests(EXPERIMENTS[name]) == SHARED | GOLDEN[name]
