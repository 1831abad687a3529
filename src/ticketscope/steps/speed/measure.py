"""Decoding speed and size of every network.

A network's engines and the dense one are timed in turn, round by round, so that the machine's drift
hits all alike, and what is reported is the median ratio to the dense network in float32 inside a
round. Times are measured: this is the one table that a second run does not repeat to the byte.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from ticketscope.config import Study
from ticketscope.files import scratch_folder
from ticketscope.networks.decoding.conversion import ComputeType, convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench


def measure(networks: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """Time networks beside the dense one of their replicate, which is the first of them."""
    tickets: dict[str, list[dict[str, Any]]] = {}
    with scratch_folder(bench.run.root) as scratch:
        dense = scratch / "dense"
        convert(networks[0].folder, networks[0].tokenizer, dense, "float32")
        for network in networks:
            tickets[str(network.label)] = _of(network, networks[0], bench, dense)
    return {"tickets": tickets}


def _sources(network: Network, bench: Bench) -> list[list[int]]:
    corpus = bench.held_out
    texts = corpus.text(corpus.test_sets[0]).source[: bench.study.speed.sentences]
    return network.tokenizer.source.encode(texts)


def _of(network: Network, reference: Network, bench: Bench, dense: Path) -> list[dict[str, Any]]:
    """Time one network in every engine in turn with the dense one, `reference`, round by round."""
    settings, threads = bench.study.speed, bench.threads
    frame, of_dense = network.tokenizer.frame, reference.tokenizer.frame
    sources = dict.fromkeys(get_args(ComputeType), _sources(network, bench))
    sources["dense"] = _sources(reference, bench)
    engines: tuple[ComputeType, ...] = get_args(ComputeType)
    sizes = {}
    with scratch_folder(dense.parent) as scratch:
        translators = {"dense": Engine(dense, of_dense, threads=threads, compute_type="float32")}
        for engine in engines:
            convert(network.folder, network.tokenizer, scratch / engine, engine)
            sizes[engine] = (scratch / engine / "model.bin").stat().st_size
            translators[engine] = Engine(
                scratch / engine, frame, threads=threads, compute_type=engine
            )
        rates: dict[str, list[float]] = {name: [] for name in translators}
        for round_number in range(settings.rounds + 1):
            for name, translator in translators.items():
                rate = _tokens_per_second(translator, sources[name], bench.study)
                if round_number:  # the first round warms up
                    rates[name].append(rate)
    if network is reference:
        rates["float32"] = rates["dense"]  # the dense model against itself: its noise is no ratio
    return [
        {
            "engine": f"ctranslate2-{engine}",
            "threads": threads,
            "batch": settings.batch,
            "tokens_per_second": round(statistics.median(rates[engine]), 1),
            "bytes": sizes[engine],
            "against_dense": round(_median_ratio(rates[engine], rates["dense"]), 4),
        }
        for engine in engines
    ]


def _tokens_per_second(translator: Engine, sources: list[list[int]], study: Study) -> float:
    """Target pieces per second, end of sentence included."""
    start = time.perf_counter()
    translations = translator.translate(
        sources,
        beam=study.speed.beam,
        length_penalty=study.quality.length_penalty,
        max_decoding_length=study.quality.max_decoding_length,
        batch_size=study.speed.batch,
    )
    seconds = time.perf_counter() - start
    return sum(len(pieces) + 1 for pieces in translations) / seconds


def _median_ratio(ours: list[float], dense: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, dense, strict=True))
