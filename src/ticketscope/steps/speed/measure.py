"""Decoding speed and size of every network.

A network's engines and the dense one are timed in turn, round by round, so that the machine's drift
hits all alike, and what is reported is the median ratio to the dense network inside a round. Times
are measured: this is the one table that a second run does not repeat to the byte.

A network of transformers' is timed in float32 and in int8, converted here; one of CTranslate2's as
it is stored.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ticketscope.config import Study
from ticketscope.files import scratch_folder
from ticketscope.networks.decoding.conversion import ComputeType, convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.decoding.engine_folder import EngineFolder
from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench

_DENSE: Final = "dense"
_CONVERTED: Final[tuple[ComputeType, ...]] = ("float32", "int8")


@dataclass(frozen=True, eq=False)
class _Loaded:
    """A network in an engine, ready to be timed.

    Args:
        name: of the type in which it computes.
        engine: with the network.
        num_bytes: of its weights on disk.
        read: the sentences, in its pieces.
    """

    name: str
    engine: Engine
    num_bytes: int
    read: list[list[int]]


@dataclass(frozen=True)
class _Round:
    """One decoding of all sentences.

    Args:
        seconds: that it took.
        said: the translations, in pieces.
    """

    seconds: float
    said: list[list[int]]

    @property
    def tokens_per_second(self) -> float:
        """Target pieces per second, end of sentence included."""
        return sum(len(pieces) + 1 for pieces in self.said) / self.seconds


def measure(networks: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """Time networks beside the dense one of their replicate, which is the first of them."""
    texts = _texts(bench)
    by_tokens = len({network.tokenizer.digest for network in networks}) == 1
    tickets: dict[str, list[dict[str, Any]]] = {}
    with scratch_folder(bench.run.root) as scratch:
        dense, *_ = _engines(networks[0], texts, scratch, bench.threads)
        for network in networks:
            with scratch_folder(scratch) as folder:
                engines = _engines(network, texts, folder, bench.threads)
                rounds = _timed(dense, engines, bench.study)
            if network is networks[0]:  # against itself its noise would be a ratio
                rounds[dense.name] = rounds[_DENSE]
            tickets[str(network.label)] = [
                _row(engine, rounds, texts, bench, by_tokens) for engine in engines
            ]
    return {"tickets": tickets}


def _texts(bench: Bench) -> Sequence[str]:
    held_out = bench.held_out
    texts: Sequence[str] = held_out.text(held_out.test_sets[0]).source
    return texts[: bench.study.speed.sentences]


def _engines(network: Network, texts: Sequence[str], folder: Path, threads: int) -> list[_Loaded]:
    """A network in each engine that it is timed in; the first is the one that its translations come
    from."""
    stored, tokenizer = network.stored, network.tokenizer
    read = tokenizer.source.encode(texts)
    if isinstance(stored, EngineFolder):
        engine = Engine(stored.path, tokenizer.frame, threads=threads, compute_type="default")
        return [_Loaded(stored.header.compute_type, engine, stored.num_bytes, read)]
    found = []
    for name in _CONVERTED:
        place = folder / name
        convert(stored, tokenizer, place, name)
        engine = Engine(place, tokenizer.frame, threads=threads, compute_type=name)
        found.append(_Loaded(name, engine, EngineFolder(place).num_bytes, read))
    return found


def _timed(dense: _Loaded, engines: Sequence[_Loaded], study: Study) -> dict[str, list[_Round]]:
    """The rounds of the dense network and of each engine, in turn."""
    in_turn = {_DENSE: dense} | {engine.name: engine for engine in engines}
    rounds: dict[str, list[_Round]] = {name: [] for name in in_turn}
    for number in range(study.speed.rounds + 1):
        for name, engine in in_turn.items():
            found = _decoded(engine, study)
            if number:  # the first round warms up
                rounds[name].append(found)
    return rounds


def _decoded(loaded: _Loaded, study: Study) -> _Round:
    start = time.perf_counter()
    said = loaded.engine.translate(
        loaded.read,
        beam=study.speed.beam,
        length_penalty=study.quality.length_penalty,
        max_decoding_length=study.quality.max_decoding_length,
        batch_size=study.speed.batch,
    )
    return _Round(time.perf_counter() - start, said)


def _row(
    engine: _Loaded,
    rounds: dict[str, list[_Round]],
    texts: Sequence[str],
    bench: Bench,
    by_tokens: bool,
) -> dict[str, Any]:
    """Rates are medians. Pieces of unlike tokenizers are not compared: there all networks are by
    their time for the same texts."""
    own, dense = rounds[engine.name], rounds[_DENSE]
    num_words = sum(len(text.split()) for text in texts)
    pairs = zip(own, dense, strict=True)
    ratios = (
        a.tokens_per_second / b.tokens_per_second if by_tokens else b.seconds / a.seconds
        for a, b in pairs
    )
    found: dict[str, Any] = {
        "engine": f"ctranslate2-{engine.name}",
        "threads": bench.threads,
        "batch": bench.study.speed.batch,
        "tokens_per_second": round(statistics.median(each.tokens_per_second for each in own), 1),
        "words_per_second": round(statistics.median(num_words / each.seconds for each in own), 1),
        "bytes": engine.num_bytes,
        "against_dense": round(statistics.median(ratios), 4),
    }
    if engine.name == "int8" and "float32" in rounds:
        same = zip(own[0].said, rounds["float32"][0].said, strict=True)
        found["unchanged"] = round(statistics.mean(a == b for a, b in same), 4)
    return found
