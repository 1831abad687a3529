"""Settings of the steps for those who ship: what a network does where it is used."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from ticketscope.config.analysis import Once
from ticketscope.config.kinds import (
    BY_CONTENT,
    OF_TABLES,
    AnalysisSection,
    Few,
    Seed,
    SizeOrZero,
)
from ticketscope.config.paths import PathSetting


def _ascending(numbers: tuple[float, ...]) -> tuple[float, ...]:
    if list(numbers) != sorted(set(numbers)):
        raise ValueError("name each once, the smallest first")
    return numbers


_Ascending: Final = AfterValidator(_ascending)
_Strength = Annotated[float, Field(gt=0.0, le=1.0)]


class Damage(AnalysisSection):
    """Damage that a reader can see, counted by kind (analysis step)."""

    sentences: SizeOrZero = 5_000
    """Sentences of each test set at the most, from the first on; 0: no damage is counted."""
    contrasted: SizeOrZero = 100
    """Of these, sentences of which the dense network or the base tells word by word what is left
    out and what is made up; 0: none."""
    alignments: PathSetting = ""
    """A folder of word alignments by another aligner, which tell that instead, of all sentences."""


class Calibration(AnalysisSection):
    """Whether the probabilities of a network are what they say (analysis step)."""

    sentences: SizeOrZero = 1_000
    """Pairs of the first test set, from the first on, whose next pieces are predicted; 0: none."""
    bins: Annotated[Few, OF_TABLES] = 15
    """Bins of confidence."""
    binning: Annotated[Literal["equal_width", "adaptive"], OF_TABLES] = "equal_width"
    """Bins of one width, or with as many predictions of the network in each."""


class Search(AnalysisSection):
    """What networks translate with beams of several sizes (analysis step)."""

    sentences: SizeOrZero = 120
    """Sources of the first test set, from the first on; 0: none."""
    beams: Annotated[tuple[Few, ...], Field(min_length=1), _Ascending] = (1, 2, 4, 8, 16)
    """Sizes of beams; 1 is greedy. That of `quality` is not decoded again."""


class Robustness(AnalysisSection):
    """What networks make of noisy sources (analysis step)."""

    sentences: SizeOrZero = 60
    """Sources of the first test set, from the first on, that get each kind of noise at each
    strength; 0: none."""
    strengths: Annotated[tuple[_Strength, ...], Field(min_length=1), _Ascending] = (0.1, 0.3, 1.0)
    """Shares of words that the noise hits."""
    seed: Seed = 1
    """Of the noise, which depends on this and on the sentence alone."""


class Challenge(AnalysisSection):
    """Challenge sets: what networks make of sentences that ask for one thing (analysis step)."""

    gender: Annotated[Literal["auto"] | bool, BY_CONTENT] = "auto"
    """Whether the built-in sentences are translated in which a pronoun tells who is a man and who
    a woman; auto: by networks from English into German that know other text than the grammar's."""
    sets: Annotated[tuple[PathSetting, ...], Once, BY_CONTENT] = ()
    """The user's files as they are distributed, ``FILE`` or ``FILE:KIND``."""
