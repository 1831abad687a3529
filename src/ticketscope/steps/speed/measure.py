"""Times of every network in every engine, and what int8 says of the test set.

In each round all networks and engines have their turn, in every second round from the last to the
first, so that a drift of the machine hits all alike. Each is read from disk for its turn, so that
no two large networks are in memory at once, and decodes a batch that does not count. Times are
measured: the figures of no other step differ from run to run.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import eq
from typing import Any, Final

from ticketscope.config import Study
from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.files import scratch_folder
from ticketscope.measures.translation_scores import sentence_statistics
from ticketscope.networks.network import Network
from ticketscope.networks.translate import BATCH_SIZE
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.quality.measure import as_json
from ticketscope.steps.speed.timed import FLOAT, INT8, TORCH, Decode, Timed, threads_of, timed

Clock = Callable[[], float]
_DIGITS: Final = 6
"""Decimals of seconds."""


@dataclass(frozen=True)
class Turn:
    """What one engine did in one round.

    Args:
        seconds: of every call: of one, or of one per sentence where these come one at a time.
        said: the translations, in pieces.
    """

    seconds: list[float]
    said: list[list[int]]


@dataclass(frozen=True, eq=False)
class Times:
    """All rounds of a network in an engine.

    Args:
        subject: the network in the engine.
        threads: with how many threads.
        batch: sentences decoded together.
        num_bytes: of the weights in memory.
        turns: one per round.
    """

    subject: Timed
    threads: int
    batch: int
    num_bytes: int
    turns: list[Turn] = field(default_factory=list)

    @property
    def said(self) -> list[list[int]]:
        """The translations, which are the same in every round."""
        return self.turns[0].said


def measure(
    networks: Sequence[Network], bench: Bench, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    """Time networks beside the dense one of their replicate, which is the first of them; and score
    what int8 says of the whole first test set."""
    study, held_out = bench.study, bench.held_out
    whole = held_out.text(held_out.test_sets[0])
    texts = whole.source[: study.speed.sentences]
    with scratch_folder(bench.run.root) as scratch:
        subjects = [
            each
            for number, network in enumerate(networks)
            for each in timed(network, texts, scratch / str(number), study, in_torch=number == 0)
        ]
        rounds = rounds_of(subjects, study, clock)
        scored = {
            str(network.label): {subject.engine: _scored(network, subject, whole, study)}
            for network in networks
            for subject in subjects
            if (subject.label, subject.engine) == (network.label, INT8) and network.has_states
        }
    tickets: dict[str, list[dict[str, Any]]] = {str(network.label): [] for network in networks}
    for times in rounds:
        tickets[str(times.subject.label)].append(_result(times, rounds, texts))
    by_pieces = len({network.tokenizer.digest for network in networks}) == 1
    return {"tickets": tickets, "by_pieces": by_pieces, "scored": scored}


def rounds_of(subjects: Sequence[Timed], study: Study, clock: Clock) -> list[Times]:
    """The times of what is timed, with each number of threads and each size of batches."""
    found: dict[tuple[LevelId, str, int, int], Times] = {}
    for number in range(study.speed.rounds):
        for subject in subjects if number % 2 == 0 else reversed(subjects):
            for threads in threads_of(study):
                opened = subject.open(threads)
                for batch, num in _batches(study, subject).items():
                    key = (subject.label, subject.engine, threads, batch)
                    times = found.setdefault(key, Times(subject, threads, batch, opened.num_bytes))
                    times.turns.append(
                        _turn(opened.decode, subject.read[:num], batch, study, clock)
                    )
    return list(found.values())


def _batches(study: Study, subject: Timed) -> dict[int, int]:
    """Numbers of sentences that are decoded together, and of how many sentences. What is in
    transformers takes long, and nobody serves single sentences with it."""
    speed = study.speed
    found = {speed.batch: speed.sentences}
    if speed.singles and subject.engine != TORCH:
        found.setdefault(1, min(speed.singles, speed.sentences))
    return found


def _turn(
    decode: Decode, read: Sequence[list[int]], batch: int, study: Study, clock: Clock
) -> Turn:
    """One batch warms up and does not count."""
    beam, seconds, said = study.speed.beam, [], []
    decode(read[:batch], beam=beam, batch=batch)
    for part in [[pieces] for pieces in read] if batch == 1 else [read]:
        start = clock()
        said += decode(part, beam=beam, batch=batch)
        seconds.append(round(clock() - start, _DIGITS))
    return Turn(seconds, said)


def _scored(network: Network, subject: Timed, text: ParallelText, study: Study) -> dict[str, Any]:
    """Statistics of the sentences of a test set, translated as the quality of networks is
    measured, but in int8."""
    decode = subject.open(study.threads).decode
    read = network.tokenizer.source.encode(text.source)
    said = decode(read, beam=study.quality.beam, batch=BATCH_SIZE)
    translations = [network.tokenizer.target.decode(pieces) for pieces in said]
    found = sentence_statistics(translations, text.target)
    return {metric: as_json(statistics) for metric, statistics in found.items()}


def _result(times: Times, rounds: Sequence[Times], texts: Sequence[str]) -> dict[str, Any]:
    """Times as they are stored."""
    num, subject = len(times.said), times.subject
    floats = [
        other.said
        for other in rounds
        if (other.subject.label, other.subject.engine) == (subject.label, FLOAT)
        and (other.threads, other.batch) == (times.threads, times.batch)
    ]
    same = [sum(map(eq, times.said, said)) / num for said in floats if subject.engine != FLOAT]
    return {
        "engine": subject.engine,
        "threads": times.threads,
        "batch": times.batch,
        "bytes": subject.num_bytes,
        "bytes_in_memory": times.num_bytes,
        "num_sentences": num,
        "num_words": sum(len(text.split()) for text in texts[:num]),
        "num_pieces": sum(len(pieces) + 1 for pieces in times.said),
        "seconds": [turn.seconds for turn in times.turns],
        "unchanged": same[0] if same else None,
    }
