"""Settings of the analysis steps: what is measured on the tickets."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ticketscope.config.kinds import (
    BY_CONTENT,
    OF_TABLES,
    AnalysisSection,
    Few,
    FewOrZero,
    Section,
    Seed,
    Size,
    SizeOrZero,
    States,
)
from ticketscope.config.paths import NameOrPath, PathSetting


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("a name comes twice; name each once")
    return names


Once = AfterValidator(_once)
"""For sets or files that are put together."""


class Quality(AnalysisSection):
    """Translation quality of every ticket (analysis step)."""

    beam: Few = 4
    length_penalty: float = 1.0
    max_decoding_length: Size = 256
    resamples: Annotated[Size, OF_TABLES] = 1_000
    seed: Annotated[Seed, OF_TABLES] = 12_345


class Speed(AnalysisSection):
    """Decoding speed of every ticket, measured alone on the machine (analysis step)."""

    sentences: SizeOrZero = 100
    """Sources of the first test set that are decoded; 0: none, and speed is not measured."""
    rounds: Few = 6
    """Timed rounds, all networks and engines in turn; of fewer than 6 there are no intervals."""
    batch: Size = 32
    """Sentences decoded together."""
    singles: SizeOrZero = 50
    """Of the sentences so many are decoded one at a time, too, for the latency."""
    beam: Few = 4
    threads: tuple[Few, ...] = ()
    """Numbers of threads; none: those of every other job."""


class Representations(AnalysisSection):
    """Which words the tickets are compared on, and intervals (analysis step)."""

    sentences: Annotated[tuple[NameOrPath, ...], Field(min_length=1), Once, BY_CONTENT] = (
        "validation",
    )
    """Held-out sets (validation, or a test set's name), or, with a slash, text files with one
    sentence per line."""
    num_words: Annotated[Size, BY_CONTENT] = 20_000
    """Words at the most, of the first sentences."""
    states: States = "normed"
    """Of the layers of a pre-norm network: as the layer above reads them, or raw."""
    decoder: Annotated[Literal["auto"] | bool, BY_CONTENT] = "auto"
    """Whether the decoder's layers are measured too, on the words of the right translations; auto:
    those of a narrow network, where all sentences have translations."""
    resamples: Size = 200
    """Resamples of blocks of sentences for the intervals of complexity."""
    seed: Seed = 1


WordKind = Literal["part_of_speech", "dependency", "semantic_tag", "frequency"]


class WordClasses(AnalysisSection):
    """Classes of words on which the tickets are compared one by one (analysis step)."""

    kinds: tuple[WordKind, ...] = ("part_of_speech", "dependency", "semantic_tag", "frequency")
    """Which kinds of classes; empty: none."""
    fewest_words: Annotated[int, Field(ge=3, le=1_000_000)] = 100
    """A class with fewer words is left out, and counted."""


class Attention(AnalysisSection):
    """Which sentences the heads are compared and described on (analysis step)."""

    sentences: Annotated[tuple[str, ...], Field(min_length=1), Once, BY_CONTENT] = ("validation",)
    """Held-out sets: validation, or a test set's name."""
    num_words: Annotated[Size, BY_CONTENT] = 5_000
    """Source words at the most, of the first sentences; likewise of the gold data below."""
    targets: Literal["reference", "own"] = "reference"
    """What the decoder reads: the right translations, or those of the ticket itself, on which its
    heads are described but not compared, since other tickets read others."""
    syntax: PathSetting = ""
    """A CoNLL-U file of source sentences with syntactic heads. A corpus of the grammar has gold
    syntax, coreference and alignments by itself."""
    coreference: PathSetting = ""
    """A CoNLL-2012 file of source documents with coreferent mentions."""
    language: Annotated[str, BY_CONTENT] = ""
    """Of both files, for a run of another source language to refuse; empty: that of the run."""
    alignments: PathSetting = ""
    """Gold word alignments of the first of `sentences`, one line per pair: ``0-0 1-2 3p2`` links
    source word 3 possibly with target word 2; words are what blanks separate."""
    importance_sentences: Annotated[SizeOrZero, BY_CONTENT] = 300
    """Sentences, from the first on, on which heads are masked one by one; 0: they are not."""


class Connectivity(AnalysisSection):
    """Whether the loss rises on the straight line between two networks (analysis step)."""

    sentences: Annotated[tuple[str, ...], Field(min_length=1), Once, BY_CONTENT] = ("validation",)
    """Held-out sets: validation, or a test set's name."""
    num_sentences: Annotated[SizeOrZero, BY_CONTENT] = 200
    """Pairs, from the first on, on which the loss is followed; 0: it is not."""


class Causes(AnalysisSection):
    """Where the damage sits: layers put back, stitched, and read by the output (analysis step)."""

    sentences: Annotated[tuple[str, ...], Field(min_length=1), Once] = ("validation",)
    """Held-out sets: validation, or a test set's name."""
    num_sentences: SizeOrZero = 200
    """Pairs, from the first on, on which losses are measured; 0: none of it is."""
    fit_sentences: SizeOrZero = 400
    """Pairs after these on which the maps between two networks are fitted; 0: no maps."""
    bleu_sentences: SizeOrZero = 0
    """Of the pairs on which losses are measured, from the first on, so many are also translated by
    every stitched network; 0: none."""


class Behaviour(AnalysisSection):
    """Minimal pairs that every ticket is asked (analysis step)."""

    contrasts_per_phenomenon: Annotated[SizeOrZero, BY_CONTENT] = 100
    """Pairs of each phenomenon of the grammar, from its test split; 0: none. Other corpora have
    none of these."""
    contrasts: PathSetting = ""
    """The user's tab-separated file: phenomenon, source, right and wrong translation."""
    contrasts_header: Annotated[bool, BY_CONTENT] = False
    """Whether the first line of that file has the names of the columns, and no pair."""
    languages: Annotated[tuple[str, ...], BY_CONTENT] = ()
    """Source and target language of that file; a run of other languages refuses it; empty: the
    run's."""

    @model_validator(mode="after")
    def _names_both_or_none(self) -> Self:
        if len(self.languages) not in (0, 2):
            raise ValueError("languages: give two, of the sources and of the translations")
        return self


class OwnGold(Section):
    """The user's gold data for the probes of one task, in files that hold all three splits."""

    task: str
    format: str
    """As `ticketscope tasks` takes it."""
    train: PathSetting = ""
    validation: PathSetting = ""
    test: PathSetting = ""
    """One file per split; all three or none."""
    files: tuple[PathSetting, ...] = ()
    """Files whose names say the split; also CoNLL-U files that the format needs."""
    language: str = ""
    """Of the sentences; empty: that of the run's source side."""

    @model_validator(mode="after")
    def _all_splits(self) -> Self:
        given = [bool(path) for path in (self.train, self.validation, self.test)]
        if any(given) != all(given) or not (all(given) or self.files):
            raise ValueError(
                "set train, validation and test, a file each, or files whose names say the split"
            )
        return self


class Probing(AnalysisSection):
    """What the layers hold: probes of the study's tasks on every layer (analysis step)."""

    suite: Annotated[Literal["none", "real", "grammar"], BY_CONTENT] = "none"
    """Gold data: none, a folder of real data, or what the embedded grammar annotates."""
    data: PathSetting = ""
    """The folder of the real suite."""
    tasks: Annotated[tuple[str, ...], BY_CONTENT] = ()
    """Only these tasks of the suite; empty: all 18 of the study."""
    own: Annotated[tuple[OwnGold, ...], BY_CONTENT] = ()
    """The user's gold data, one entry per task: instead of those of the suite, or beside them."""
    levels: Annotated[tuple[FewOrZero, ...], BY_CONTENT] = ()
    """Only these levels of every arm; empty: all. Level 0, the dense model, is always probed."""
    arms: Annotated[tuple[str, ...], BY_CONTENT] = ()
    """Only these arms, or in a dissection these networks, beside the dense model; empty: all.
    Differences to a control need the control among them."""
    max_train: Annotated[Size, BY_CONTENT] = 40_000
    """At most this many training targets per task, in whole sentences."""
    max_held_out: Annotated[Size, BY_CONTENT] = 10_000
    """At most this many validation targets, and as many test targets."""
    states: States = "normed"
    """Those of representations."""
    seeds: Few = 3
    """Probes per task and layer, which differ by seed."""
    protocol: Literal["liu", "lbfgs"] = "liu"
    """Adam, after Liu et al. (2019), or the convex optimum; both with L2."""
    hidden: SizeOrZero = 0
    """ReLU units of the probe; 0: a linear probe."""
    max_updates: Size = 20_000
    """After so many a probe is cut off, whether or not it has learned, and counted as such."""
    patience: Few = 3
    """Hundreds of updates in which the validation loss falls no further before a probe goes on to
    the next weaker penalty, or stops."""
    mix: bool = True
    """Whether a scalar mix of all layers is probed too, whose weights tell where a task is."""
    control_task: bool = True
    """Whether token tasks are learned with random labels too (Hewitt and Liang 2019)."""
    codelength: bool = False
    """Whether the description length of each task is measured (Voita and Titov 2020)."""
    resamples: Annotated[Size, OF_TABLES] = 5_000
    """Resamples of sentences for intervals and tests: no p-value is below 1 / (resamples + 1), and
    Holm's correction multiplies the least of them by the number of tasks times levels."""
    seed: Seed = 1

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.suite == "real" and not self.data:
            raise ValueError("suite = real needs data, the folder of the gold data (--probe-data)")
        if self.protocol == "lbfgs" and self.hidden:
            raise ValueError("protocol = lbfgs is for linear probes: set hidden = 0")
        tasks = [own.task for own in self.own]
        if len(set(tasks)) < len(tasks):
            raise ValueError("own: a task comes twice; put its files into one entry")
        return self

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to probe for."""
        return self.suite != "none" or bool(self.own)
