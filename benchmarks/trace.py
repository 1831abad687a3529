"""What tracing costs beyond the encoder itself: `python benchmarks/trace.py`.

Bare forward passes of the encoder against `trace` over the very same batches, in CPU time of one
thread; the target is at most 1.15 times as much. Both are given pieces. Aligning text with its
pieces, which is done once for all tickets, is shown beside it; it costs the same however large the
network is.
"""

import argparse
import functools
import gzip
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

import common
from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks import model
from ticketscope.networks.trace import raw_words, trace
from ticketscope.steps.probes.features import extract
from ticketscope.text.tokenizer import AlignedSentence
from ticketscope.text.vocabulary import Vocabulary
from ticketscope.text.words import RawSentence

_TARGET = 1.15


def main() -> None:
    """Read the options, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=common.MULTI30K, help="Multi30k's folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sentences", type=int, default=500, help="at most so many")
    options = parser.parse_args()
    common.one_thread()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.data, options.rounds, options.sentences)


def measure(folder: Path, data: Path, rounds: int, most: int) -> None:
    """Time a network of either norm and print the table."""
    settings = common.experiment(data, folder / "files", "pre")
    corpus = common.encoded(settings, folder / "corpus")
    sentences = held_out_sources(data, corpus)[:most]
    rows: dict[str, str] = {}
    for shape in (settings.model, settings.model.model_copy(update={"norm": "post"})):
        seconds = seconds_of_ways(settings, shape, corpus.model_file, sentences, rounds, folder)
        bare, traced, extracted, aligning = (
            1e3 * common.typical(s) / len(sentences) for s in seconds.values()
        )
        rows |= {
            f"{shape.norm}-norm: encoder alone, ms a sentence": f"{bare:.3f}",
            f"{shape.norm}-norm: trace, ms a sentence": f"{traced:.3f}",
            f"{shape.norm}-norm: extraction for probes, ms a sentence": f"{extracted:.3f}",
            f"{shape.norm}-norm: aligning once, ms a sentence": f"{aligning:.3f}",
            f"{shape.norm}-norm: trace / encoder (target {_TARGET})": f"{traced / bare:.3f}",
            f"{shape.norm}-norm: extraction / encoder": f"{extracted / bare:.3f}",
        }
    common.print_table(
        f"tracing {len(sentences)} sentences with an encoder of {settings.model.encoder_layers} "
        f"layers, d {settings.model.d_model}; {rounds} rounds",
        settings,
        rows,
    )


def held_out_sources(data: Path, corpus: EncodedCorpus) -> list[RawSentence]:
    """The validation sources of Multi30k, or of the grammar corpus where there is no `data`."""
    if not data.is_dir():
        return [raw_words(text) for text in corpus.text("validation").source]
    with gzip.open(data / "val.en.gz", "rt", encoding="utf-8") as file:
        return [raw_words(line) for line in file]


def seconds_of_ways(
    settings: config.Experiment,
    shape: config.Model,
    model_file: Path,
    sentences: list[RawSentence],
    rounds: int,
    folder: Path,
) -> Mapping[str, np.ndarray]:
    """CPU seconds `[rounds, 1]` of the encoder alone, of tracing, of tracing to files in `folder`
    as probes have it, and of aligning, in turns."""
    vocabulary = Vocabulary(model_file, shape.norm)
    network = model.build(shape, vocabulary.size, seed=1).eval()

    def align() -> list[AlignedSentence]:
        return [vocabulary.align(sentence) for sentence in sentences]

    traced = functools.partial(
        trace,
        network,
        align(),
        max_tokens=settings.batches.max_tokens,
        max_positions=shape.max_positions,
        device="cpu",
    )
    features = folder / "features"
    features.mkdir(exist_ok=True)
    batches = encoder_inputs(network, traced)
    ways: dict[str, Callable[[], object]] = {
        "encoder": functools.partial(pass_forward, network, batches),
        "traced": traced,
        "extracted": functools.partial(
            extract,
            network,
            align(),
            features,
            max_tokens=settings.batches.max_tokens,
            max_positions=shape.max_positions,
        ),
        "aligning": align,
    }
    return common.in_turns(
        {name: functools.partial(cpu_seconds, way) for name, way in ways.items()}, rounds
    )


def encoder_inputs(network: PreTrainedModel, traced: Callable[[], object]) -> list[dict[str, Any]]:
    """What the encoder is asked when `traced` is called, batch by batch, but for all its layers."""
    seen: list[dict[str, Any]] = []
    names = ("input_ids", "attention_mask")
    watch = network.model.encoder.register_forward_pre_hook(
        lambda _, __, given: seen.append({name: given[name] for name in names}), with_kwargs=True
    )
    traced()
    watch.remove()
    return seen


@torch.no_grad()
def pass_forward(network: PreTrainedModel, batches: list[dict[str, Any]]) -> None:
    """The encoder over all batches, its last layer only."""
    for batch in batches:
        network.model.encoder(**batch)


def cpu_seconds(job: Callable[[], object]) -> np.ndarray:
    """CPU seconds `[1]` of one call."""
    start = time.process_time()
    job()
    return np.array([time.process_time() - start])


if __name__ == "__main__":
    main()
