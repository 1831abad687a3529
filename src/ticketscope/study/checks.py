"""What `run` and `run --dry-run` check of an experiment before anything is made.

`BEFORE_ANYTHING` is the one list. Each check looks at what is about to start and raises
`InputError` with one line. All inputs are opened here: small ones are read whole; of the training
text and of the suite `real` only the first lines are read.

How many pieces a sentence has is known only when there is a vocabulary. What depends on it is
checked by `check_encoded`, which `run` calls when the corpus is encoded and nothing is trained yet.
"""

import errno
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Protocol

from ticketscope.arms import arm_of
from ticketscope.config import (
    DROPOUT_BY_BATCH,
    Experiment,
    GrammarCorpus,
    Model,
    Study,
    differing_keys,
    training_identity,
)
from ticketscope.config.paths import path_settings, paths_in
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.made_from import check_unchanged
from ticketscope.corpus.parallel import VALIDATION, likely_headers, open_corpus
from ticketscope.corpus.prepare import HeldOutStreams
from ticketscope.corpus.stored_texts import HeldOut
from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import explained, is_plain, is_there, require_plain, require_utf8
from ticketscope.lottery.early_weights import not_kept
from ticketscope.lottery.origins import (
    given_tokenizer,
    origin_of,
    planned_parameters,
    planned_shapes,
)
from ticketscope.lottery.speed_ups import Layout, check_speed_ups
from ticketscope.pruning.criteria import CRITERIA
from ticketscope.runs.executors import EXECUTORS
from ticketscope.runs.stages import CORPUS, TRAIN
from ticketscope.runs.store import OPENED, Run, dense_of
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.study.registration import late
from ticketscope.text.vocabulary import num_rows

_FIRST_PAIRS = 200_000
"""Training pairs that are looked at, which takes half a second; most corpora have no more."""
_BYTES_PER_WEIGHT = 4
_HIGH_RATE = 5e-4


class AnyStart(Protocol):
    """A study that is about to start, of whatever kind."""

    @property
    def study(self) -> Study:
        """Its settings."""

    @property
    def out(self) -> Path:
        """The run directory, whether or not it is there."""

    @property
    def held_out(self) -> HeldOut:
        """The text of the held-out sets."""


@dataclass(frozen=True)
class Start:
    """An experiment that is about to start, and the run directory."""

    experiment: Experiment
    out: Path

    @property
    def study(self) -> Study:
        """The same, of which only is asked what every study has."""
        return self.experiment

    @property
    def run(self) -> Run:
        """The run directory, whether or not it is there."""
        return Run(self.out)

    @property
    def is_begun(self) -> bool:
        """Whether each replicate has its level 0, and the early weights that arms go back to: a
        pretrained network is needed no more."""
        lottery = self.experiment.lottery
        dense = [self.run.level(dense_of(each)) for each in range(lottery.replicates)]
        return all(level.is_done() and not not_kept(level, lottery) for level in dense)

    @cached_property
    def held_out(self) -> HeldOut:
        """The text of the held-out sets: of the encoded corpus, else of the input files."""
        if self.run.is_encoded:
            return EncodedCorpus(self.run.corpus)
        return HeldOutStreams(open_corpus(self.experiment.corpus).held_out)


def check(experiment: Experiment, out: Path, *, elsewhere: bool = False) -> list[str]:
    """Go through `BEFORE_ANYTHING`; nothing is made. Gives what is to be warned about.

    elsewhere: whether other machines are to do the work, so that this one need not be able to.

    Raises `InputError` for the first fault.
    """
    start = Start(experiment, out)
    for one in BEFORE_ANYTHING:
        if not (elsewhere and one in (works_from_here, gpu, memory)):
            one(start)
    return list(_warnings(start))


def _warnings(start: Start) -> Iterator[str]:
    """Warnings: no fault, but hardly what the user means."""
    if not start.run.is_encoded:  # else the input files need no longer be there
        yield from likely_headers(start.experiment.corpus)
    if start.run.config.exists() and (told := late(start.run, start.experiment)):
        yield told
    if start.experiment.model.pretrained and start.experiment.training.peak_rate > _HIGH_RATE:
        yield (
            f"training.peak_rate is {start.experiment.training.peak_rate:g}, which is high for a "
            "pretrained network: it may forget what it knows"
        )
    for step in STEPS:
        yield from step.warnings(start.experiment)


# ----------------------------------------------------------------------------- the machine


def memory(start: Start) -> None:
    """Training takes several times the memory of the weights; where that is not there once, it is
    hopeless."""
    shape = start.experiment.model
    if not start.study.execution.is_here:
        return
    if shape.pretrained:
        if start.is_begun:
            return
        number = sum(size.numel() for size in planned_parameters(start.experiment).values())
        mend = "take a smaller network"
    else:
        number = num_weights(shape, num_rows(start.experiment.vocabulary, shape.norm))
        mend = "lower model.d_model, model.ffn, the number of layers or vocabulary.size"
    needed, there = number * _BYTES_PER_WEIGHT, _memory_bytes()
    if needed > there:
        raise InputError(
            f"model: {number:,} weights alone take {needed / 1e9:,.0f} GB, and training several "
            f"times that, but this machine has {there / 1e9:,.0f} GB of memory; {mend}"
        )


def num_weights(shape: Model, vocabulary_rows: int) -> int:
    """Numbers in the matrices of a network, without building it: biases and norms are left out."""
    d, ffn = shape.d_model, shape.ffn
    encoder_layer = 4 * d * d + 2 * d * ffn
    decoder_layer = 8 * d * d + 2 * d * ffn
    layers = shape.encoder_layers * encoder_layer + shape.decoder_layers * decoder_layer
    return (vocabulary_rows + shape.max_positions) * d + layers


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def pretrained(start: Start) -> None:
    """Whether there is a network that can be trained, where one is given, and its tokenizer."""
    if not start.is_begun:
        given_tokenizer(start.experiment)


def criteria(start: Start) -> None:
    """Whether the criterion of every arm can rank all that is prunable."""
    lottery = start.experiment.lottery
    for name in lottery.arms:
        criterion = arm_of(name).criterion
        if lottery.prune_embeddings and criterion and CRITERIA[criterion].by_input:
            raise InputError(
                f"lottery.prune_embeddings: {name} ranks weights by what their matrix reads, and "
                "an embedding reads nothing: set it to false, or leave out this arm"
            )


def units(start: Start) -> None:
    """Whether each level of an arm that removes whole units has some to remove, and some left."""
    lottery = start.experiment.lottery
    if lottery.levels and any(arm_of(name).removes for name in lottery.arms):
        check_speed_ups(Layout(planned_shapes(start.experiment, start.run)), lottery)


def gpu(start: AnyStart) -> None:
    """Whether this machine has the device of the settings, where it is to do the work."""
    import torch

    if not start.study.execution.is_here:
        return
    key = "training.device" if isinstance(start.study, Experiment) else "compute.device"
    if start.study.device == "cuda" and not torch.cuda.is_available():
        raise InputError(
            f"{key}: cuda is asked for, but this machine has no GPU that torch can use; "
            f"--set {key}=cpu"
        )


def executor(start: AnyStart) -> None:
    """Whether there is an executor of this name, and every stage for which something is asked."""
    name = start.study.execution.executor
    if name not in EXECUTORS:
        raise InputError(
            f"execution.executor: {name}: no such executor; "
            f"{did_you_mean(name, EXECUTORS)}valid: {', '.join(EXECUTORS)}"
        )
    prepared = (step.preparation for step in STEPS if step.preparation)
    stages = (CORPUS, TRAIN, OPENED, *prepared, *(step.name for step in STEPS))
    for stage in start.study.execution.stages:
        if stage not in stages:
            raise InputError(
                f"execution.stages.{stage}: no such stage; {did_you_mean(stage, stages)}valid: "
                f"{', '.join(stages)}"
            )


def works_from_here(start: AnyStart) -> None:
    """Whether the executor has here what it needs: libraries, programs, a cluster."""
    EXECUTORS[start.study.execution.executor](start.out, start.study)


# ----------------------------------------------------------------------------- the run directory


def run_directory(start: Start) -> None:
    """Refuse a directory that holds a run of another training config, or something else.

    Raises `InputError` naming the keys that differ.
    """
    run = start.run
    if not has_config(run):
        return
    keys = differing_keys(training_identity(start.experiment), run.stored("training_identity"))
    if keys == [DROPOUT_BY_BATCH]:
        raise InputError(
            f"{run.root}: an earlier version made it, which drew dropout once per update and not "
            "for each of its batches (training.accumulate): finish it with that version, or give "
            "--out another directory"
        )
    if keys := [key for key in keys if key != DROPOUT_BY_BATCH]:
        raise InputError(
            f"{run.root}: was made with another training config (different: {', '.join(keys)}); "
            "give --out another directory, or the settings it was made with"
        )


def has_config(run: Run) -> bool:
    """Whether a run directory is there and has its config. Raises `InputError` for another one."""
    require_utf8(run.root)
    if not run.root.exists():
        return False
    if not run.root.is_dir():
        raise InputError(f"{run.root}: is not a directory; give --out another place")
    found = is_there(run.config)
    if not found and not all(run.may_hold(path) for path in run.root.iterdir()):
        raise InputError(
            f"{run.root}: has files but no config.json, so it is no run directory; "
            "give --out another place"
        )
    require_plain(run.root)
    return found


def looks(start: Start) -> None:
    """Looks that were registered stay: whoever chose them by what is seen would err more often."""
    if not start.run.config.exists():
        return
    kept = start.run.stored("config").get("claims", {}).get("looks")
    if kept and tuple(kept) != start.experiment.claims.looks:
        raise InputError(
            f"{start.out}: it is registered that its claims are looked at after "
            f"{', '.join(map(str, kept))} replicates; go on with --until-decided, or give --out "
            "another place"
        )


def writable(start: AnyStart) -> None:
    """Whether the run directory can be written, or made where it is not there."""
    place = start.out
    # A link to nothing is in the way: no folder can be made in its place.
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise explained(NotADirectoryError(errno.ENOTDIR, "", str(start.out)))
    if not os.access(place, os.W_OK | os.X_OK):
        raise explained(PermissionError(errno.EACCES, "", str(place)))


# ----------------------------------------------------------------------------- inputs


def input_paths(start: AnyStart) -> None:
    """No input is a pipe, such as ``<(...)`` of a shell: each is read more than once."""
    settings = dict(path_settings(type(start.study)))
    for key, path in paths_in(start.study.model_dump(mode="json"), settings):
        if not is_plain(Path(path)):
            raise InputError(
                f"{'.'.join(key)}: {path} is a pipe or a device, and inputs are read more than "
                "once; write it to a file first"
            )


def corpus(start: Start) -> None:
    """Every file of the corpus: there, and readable from its first line on, both sides."""
    settings = start.experiment.corpus
    if start.run.is_encoded:
        check_unchanged(start.experiment, start.run.corpus)
    elif not isinstance(settings, GrammarCorpus):
        deque(islice(open_corpus(settings).train, _FIRST_PAIRS), maxlen=0)
        for name in (VALIDATION, *start.held_out.test_sets):
            start.held_out.text(name)


def steps(start: AnyStart) -> None:
    """What the steps read, each by its own check."""
    for step in STEPS:
        step.check(start.study, start.held_out)


BEFORE_ANYTHING: tuple[Callable[[Start], None], ...] = (
    run_directory,
    looks,
    writable,
    executor,
    works_from_here,
    gpu,
    pretrained,
    memory,
    criteria,
    units,
    input_paths,
    corpus,
    steps,
)


# ----------------------------------------------------------------------------- pieces


def check_encoded(bench: Bench, experiment: Experiment) -> None:
    """What shows only when there is a vocabulary. Raises `InputError` for the first fault."""
    held_out_lengths(bench, experiment)
    for step in STEPS:
        step.check_encoded(step.bench(bench))


def held_out_lengths(bench: Bench, experiment: Experiment) -> None:
    """Held-out pairs that do not fit the model are refused; they are never left out or cut."""
    origin = origin_of(bench.run, experiment)
    frame, positions = origin.frame, origin.extent.positions
    for name, split in bench.encoded.report["splits"].items():
        longest = max(
            split["longest_source"] + frame.num_source, split["longest_target"] + frame.num_target
        )
        if longest > positions:
            mend = (
                f"the pretrained network has {positions} positions: leave it out"
                if experiment.model.pretrained
                else f"model.max_positions is {positions}: set it to {longest} or more"
            )
            raise InputError(
                f"the {name} split has a sentence of {longest} pieces, end included, but {mend}"
            )
