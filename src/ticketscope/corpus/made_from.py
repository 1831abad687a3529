"""What a corpus was made from and how: settings and input files, by content."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ticketscope import config, files
from ticketscope.config import Experiment
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.parallel import first_existing, input_places
from ticketscope.errors import InputError

_VOCABULARY = "vocabulary"  # the input part that a given SentencePiece model plays
_PRETRAINED = "pretrained"  # that of a network that others trained
_OF_NETWORK = (".safetensors", ".json", ".spm", ".model", ".txt")


def settings_of(experiment: Experiment) -> dict[str, Any]:
    """The settings that decide how text becomes pieces."""
    identity = config.training_identity(experiment)
    return {
        "corpus": identity["corpus"],
        "vocabulary": identity["vocabulary"],
        "norm": experiment.model.norm,
    }


def places_of(experiment: Experiment) -> dict[str, tuple[Path, ...]]:
    """Where each input may lie, by the part it plays."""
    places = input_places(experiment.corpus)
    for part, path in _given(experiment).items():
        if path:
            places[part] = (Path(path),)
    return places


def _given(experiment: Experiment) -> dict[str, str]:
    return {_VOCABULARY: experiment.vocabulary.model, _PRETRAINED: experiment.model.pretrained}


def digests_of(places: Mapping[str, tuple[Path, ...]]) -> dict[str, dict[str, str]]:
    """Name and checksum of every input file that is there, by the part it plays."""
    found = {part: _there(candidates) for part, candidates in places.items()}
    return {
        part: {"file": path.name, "sha256": _digest(path)}
        for part, path in found.items()
        if path is not None
    }


def _there(candidates: tuple[Path, ...]) -> Path | None:
    """The first file of several; a network is one folder."""
    folders = (path for path in candidates if path.is_dir())
    return first_existing(candidates) or next(folders, None)


def _digest(path: Path) -> str:
    if not path.is_dir():
        return files.sha256(path)
    return config.digest({file.name: files.sha256(file) for file in files_of_network(path)})


def check_unchanged(experiment: Experiment, folder: Path) -> None:
    """Raise `InputError` where a finished folder was made with other settings or other data."""
    corpus = EncodedCorpus(folder)
    ours, theirs = settings_of(experiment), corpus.report["settings"]
    if keys := config.differing_keys(ours, theirs):
        raise InputError(
            f"{folder} was made with other settings: {', '.join(keys)}; "
            "set them back, or choose another folder for the run"
        )
    places, recorded = places_of(experiment), corpus.report["inputs"]
    for part, key in ((_VOCABULARY, "vocabulary.model"), (_PRETRAINED, "model.pretrained")):
        if (part in places) != (part in recorded):
            raise InputError(
                f"{folder} was made with{'' if part in recorded else 'out'} a given "
                f"{key}; set it back, or choose another folder for the run"
            )
    for part, now in digests_of(places).items():
        if now["sha256"] != recorded[part]["sha256"]:
            raise InputError(
                f"{folder} was made from other data: {_there(places[part])} ({part}) "
                "differs; put the old file back, or choose another folder for the run"
            )


def check_untouched(experiment: Experiment, before: Mapping[str, Mapping[str, str]]) -> None:
    """Raise `InputError` where an input is not what it was `before` it was read: nobody could tell
    what a corpus of it is made of."""
    places = places_of(experiment)
    now = digests_of(places)
    for part, found in before.items():
        if now.get(part) != found:
            raise InputError(
                f"{_there(places[part]) or found['file']} ({part}) changed while it was read; "
                "run again when nothing writes to it"
            )


def files_of_network(folder: Path) -> list[Path]:
    """What of a model directory decides what the network computes and how it reads text."""
    return sorted(
        path for path in folder.iterdir() if path.is_file() and path.suffix in _OF_NETWORK
    )
