"""The challenge sets of a run: the built-in sentences on gender, and the user's files.

They are read once per run and kept, so that every network is asked the same whatever becomes of the
files. What they ask is part of each result's identity.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from ticketscope.challenges.challenge_items import ChallengeSet, Choice
from ticketscope.challenges.gender.built_in_sentences import GenderedSentence, built_in
from ticketscope.challenges.given_sets import given_set, read_sets
from ticketscope.config import Study
from ticketscope.corpus.grammar import Contrast
from ticketscope.errors import InputError
from ticketscope.files import sha256
from ticketscope.steps.bench import Bench
from ticketscope.steps.preferences import too_long
from ticketscope.steps.results import measured_once, read_result
from ticketscope.text.languages import same_language

VERSION: Final = 1
"""Raised when sets are read in another way, or others are built in."""
BUILT_IN: Final = "gender"
"""The name of the built-in set."""
_OF_GENDER: Final = ("en", "de")


def asks_gender(study: Study) -> bool:
    """Whether the built-in sentences are asked."""
    if study.challenge.gender == "auto":
        return _is_of_gender(study) and study.grammar is None
    return study.challenge.gender


def check(study: Study) -> None:
    """Raise `InputError` for the first fault of the settings or of a file."""
    if study.challenge.gender is True and not _is_of_gender(study):
        source, target = study.languages
        raise InputError(
            "challenge.gender: the built-in sentences are English and genders are read in German, "
            f"but this run translates {source} to {target}; set it to false"
        )
    for _ in _read(study):
        pass


def prepare(bench: Bench) -> bool:
    """Read all sets and keep what they ask, unless that is done; returns whether it was done now.

    Choices that do not fit every network are left out for all of them, and counted.
    """
    study, panel = bench.study, bench.panel
    fits = {
        (panel.tokenizer(label).digest, panel.extent(label).positions) for label in panel.labels
    }
    identity = {
        "version": VERSION,
        "gender": asks_gender(study),
        "files": [
            [given.name, given.loader.name, [sha256(file) for file in given.files]]
            for given in map(given_set, study.challenge.sets)
        ],
        "languages": list(study.languages),
        "fits": sorted(map(list, fits)),
    }

    def sets() -> dict[str, Any]:
        return {"sets": [asdict(_fitting(found, bench)) for found in _read(study)]}

    return measured_once(_place(bench), identity, sets)


def kept(bench: Bench) -> list[ChallengeSet]:
    """The sets that `prepare` kept."""
    return [
        ChallengeSet(
            name=stored["name"],
            kind=stored["kind"],
            choices=[
                Choice(**each | {"wrongs": tuple(each["wrongs"])}) for each in stored["choices"]
            ],
            sentences=[GenderedSentence(**each) for each in stored["sentences"]],
            left_out=stored["left_out"],
        )
        for stored in read_result(_place(bench))["sets"]
    ]


def pairs_of(choices: Sequence[Choice]) -> list[Contrast]:
    """The right translation of each choice beside each of its wrong ones."""
    return [
        Contrast(each.source, each.right, wrong, each.phenomenon)
        for each in choices
        for wrong in each.wrongs
    ]


# ----------------------------------------------------------------------------- details


def _place(bench: Bench) -> Path:
    return bench.results.place("challenge sets")


def _is_of_gender(study: Study) -> bool:
    return all(map(same_language, study.languages, _OF_GENDER))


def _read(study: Study) -> Iterator[ChallengeSet]:
    if asks_gender(study):
        yield ChallengeSet(BUILT_IN, "built_in", sentences=list(built_in()))
    for found in read_sets(study.challenge.sets, study.languages):
        if found.name == BUILT_IN:
            raise InputError(f"challenge.sets: {BUILT_IN} is the built-in set; rename the file")
        yield found


def _fitting(found: ChallengeSet, bench: Bench) -> ChallengeSet:
    """The set without choices that are too long for a network."""
    pairs = pairs_of(found.choices)
    of_pair = [place for place, each in enumerate(found.choices) for _ in each.wrongs]
    unfit = {of_pair[place] for place, _ in too_long(pairs, bench)}
    if not unfit:
        return found
    if len(unfit) == len(found.choices):
        raise InputError(
            f"challenge.sets: every line of {found.name} is longer than a network reads at once; "
            "leave it out"
        )
    reason = "longer than a network reads at once"
    left_out = Counter(found.left_out) + Counter({reason: len(unfit)})
    kept = [each for place, each in enumerate(found.choices) if place not in unfit]
    return replace(found, choices=kept, left_out=dict(sorted(left_out.items())))
