"""What comparing two networks costs beyond running them: `python benchmarks/dissect.py`.

Two networks of the size of opus-mt (74 M parameters) or NLLB-600M, with random weights, read the
first sentences of newstest2014. Similarity and complexity of all layers, and attention of all
heads, are set against bare forward passes over the same sentences (with logits, as `model(**batch)`
computes them): at most 1.5 times their CPU time. Memory: at most the two networks and 2 GB more.
The second network is the first one pruned by half, which costs no less than any other.

Each stage is a process of its own, so that its memory is known. Most rows of the vocabulary are
symbols that no text has: they cost what rows cost, and need no large corpus.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import sentencepiece
import torch
from rich.console import Console
from rich.table import Table

import common
from ticketscope import config
from ticketscope.corpus.stored_texts import ParallelText
from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory, collate, longer_side, ordered_batches
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Extent, Panel
from ticketscope.networks.translate import generation_settings
from ticketscope.pruning.one_shot import prune
from ticketscope.runs.store import LevelId, Run
from ticketscope.steps.attention.measure import measure as measure_attention
from ticketscope.steps.bench import Bench
from ticketscope.steps.representations.measure import measure as measure_representations
from ticketscope.text.vocabulary import Vocabulary

NEWSTEST = common.MULTI30K.parent / "wmt_test"
_TARGET, _MOST_MORE_BYTES = 1.5, 2 * 2**30
_PIECES = 8_000  # that text is made of; 6,000 sentences give no more
_BASE, _VARIANT = LevelId(0, "dense", 0), LevelId(0, "lr_rewinding", 1)


@dataclass(frozen=True)
class Size:
    """Shape and rows of a network."""

    shape: config.Model
    rows: int


SIZES = {
    "opus-mt": Size(
        config.Model(
            norm="post", encoder_layers=6, decoder_layers=6, d_model=512, ffn=2048, heads=8
        ),
        58_101,
    ),
    "nllb-600m": Size(
        config.Model(
            norm="pre", encoder_layers=12, decoder_layers=12, d_model=1024, ffn=4096, heads=16
        ),
        256_206,
    ),
}


@dataclass(frozen=True)
class Task:
    """What a stage works on.

    Args:
        folder: where the networks are, each under the name of its arm.
        size: how large they are.
        texts: the sentences and their translations.
        lines: what the tokenizer is trained on.
        decoder: whether the decoder's layers are compared, too.
    """

    folder: Path
    size: Size
    texts: ParallelText
    lines: tuple[str, ...]
    decoder: bool

    def network(self, label: LevelId) -> Network:
        """One of the two."""
        return Network(self.folder / label.arm, label)


@dataclass(frozen=True)
class Cost:
    """CPU seconds and the most memory in bytes."""

    seconds: float
    memory: int


def main() -> None:
    """Read the options, measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="opus-mt")
    parser.add_argument("--sentences", type=int, default=1_000, help="at most so many")
    parser.add_argument(
        "--data", type=Path, default=NEWSTEST, help="folder of newstest2014.en, .de"
    )
    parser.add_argument("--encoder-only", action="store_true", help="compare no decoder layers")
    options = parser.parse_args()
    lines = [
        (options.data / f"newstest2014.{language}").read_text(encoding="utf-8").splitlines()
        for language in ("en", "de")
    ]
    texts = ParallelText(*(tuple(side[: options.sentences]) for side in lines))
    with tempfile.TemporaryDirectory() as folder:
        task = Task(
            folder=Path(folder),
            size=SIZES[options.size],
            texts=texts,
            lines=(*lines[0], *lines[1]),
            decoder=not options.encoder_only,
        )
        costs = {}
        for name, stage in STAGES.items():
            costs[name] = _alone(stage, task)
            print(f"{name}: {costs[name]}", file=sys.stderr, flush=True)
        num_bytes = 2 * (task.folder / _BASE.arm / "model.safetensors").stat().st_size
    print_table(options.size, len(texts.source), num_bytes, costs)


def _alone(stage: Callable[[Task], None], task: Task) -> Cost:
    """What a stage costs, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_cost, (stage, task))


def _cost(stage: Callable[[Task], None], task: Task) -> Cost:
    common.one_thread()
    start = time.process_time()
    stage(task)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Cost(time.process_time() - start, memory)


# ----------------------------------------------------------------------------- stages


def make_base(task: Task) -> None:
    """Store a network with random weights and a tokenizer trained for it."""
    folder = task.folder / _BASE.arm
    norm, rows = task.size.shape.norm, task.size.rows
    pieces = task.folder / "pieces.spm"
    num_outside = 2 if norm == "post" else 3  # special symbols beside <unk>
    with pieces.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(task.lines),
            model_writer=file,
            vocab_size=rows - num_outside,
            user_defined_symbols=[f"<{row}>" for row in range(rows - num_outside - _PIECES)],
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            num_threads=1,
            minloglevel=5,
        )
    vocabulary = Vocabulary(pieces, norm)
    assert vocabulary.size == rows
    decoding = generation_settings(vocabulary, beam=4, length_penalty=1.0, max_decoding_length=256)
    model.save(model.build(task.size.shape, rows, seed=1), folder, decoding)
    vocabulary.save_tokenizer(folder)


def prune_it(task: Task) -> None:
    """Store it with half of its weights pruned."""
    prune(task.network(_BASE), sparsity=0.5, out=task.folder / _VARIANT.arm)


def bare_of_base(task: Task) -> None:
    """Let the first network read all pairs."""
    loaded = task.network(_BASE).load()
    tokenizer = task.network(_BASE).tokenizer
    pairs = PairsInMemory(
        tokenizer.source.encode(task.texts.source), tokenizer.target.encode(task.texts.target)
    )
    with torch.no_grad():
        for indices in ordered_batches(longer_side(pairs), config.Batches().max_tokens):
            batch = collate(pairs, indices, loaded.frame)
            loaded.model(
                input_ids=batch.source_BS,
                attention_mask=batch.source_mask_BS,
                decoder_input_ids=batch.decoder_input_BT,
            )


def representations_of_base(task: Task) -> None:
    """Similarity and complexity within the first network."""
    measure_representations(task.network(_BASE), [], _bench(task))


def representations_of_both(task: Task) -> None:
    """The same of the second one, and all its layers beside those of the first."""
    measure_representations(task.network(_VARIANT), [task.network(_BASE)], _bench(task))


def attention_of_base(task: Task) -> None:
    """The heads of the first network, alone."""
    measure_attention(task.network(_BASE), [], _bench(task))


def attention_of_both(task: Task) -> None:
    """The heads of the second one beside those of the first."""
    measure_attention(task.network(_VARIANT), [task.network(_BASE)], _bench(task))


STAGES: Mapping[str, Callable[[Task], None]] = {
    "network made": make_base,
    "pruned": prune_it,
    "bare": bare_of_base,
    "representations, one network": representations_of_base,
    "representations, two": representations_of_both,
    "attention, one network": attention_of_base,
    "attention, two": attention_of_both,
}


# ----------------------------------------------------------------------------- without a run


class _TwoNetworks(Bench):
    """A bench whose text is at hand."""

    texts: ParallelText

    @cached_property
    def held_out(self) -> "_OneSet":  # type: ignore[override]
        """The one test set."""
        return _OneSet(self.texts)


@dataclass(frozen=True)
class _OneSet:
    test: ParallelText
    test_sets: tuple[str, ...] = ("test",)
    names: tuple[str, ...] = ("test",)

    def text(self, _name: str) -> ParallelText:
        return self.test


def _bench(task: Task) -> Bench:
    shape, everything = task.size.shape, 1_000_000
    study = config.Experiment(
        name="benchmark",
        corpus=config.FilesCorpus(source="en", target="de", path="nowhere", tests=("test",)),
        model=shape,
        training=config.Training(updates=1),
        representations=config.Representations(
            sentences=("test",), num_words=everything, decoder=task.decoder
        ),
        attention=config.Attention(sentences=("test",), num_words=everything),
    )
    panel = Panel(
        networks={label: task.network(label) for label in (_BASE, _VARIANT)},
        references={_VARIANT: _BASE},
        controls={},
        studied=frozenset([_VARIANT]),
        pruned=frozenset([_VARIANT]),
        extent=lambda _: Extent(shape.d_model, shape.encoder_layers, shape.max_positions),
        fresh=_unasked,
        tokenizer=lambda label: task.network(label).tokenizer,
    )
    bench = _TwoNetworks(Run(task.folder), study, panel)
    object.__setattr__(bench, "texts", task.texts)
    return bench


def _unasked(_: LevelId) -> NoReturn:
    raise AssertionError


# ----------------------------------------------------------------------------- what is printed


def print_table(size: str, num_sentences: int, num_bytes: int, costs: Mapping[str, Cost]) -> None:
    """Print what each stage cost, beside bare passes of the networks that it reads."""
    table = Table()
    for heading in ("stage", "CPU s", "of bare passes", "peak GB"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    bare = costs["bare"].seconds
    for name, cost in costs.items():
        num_read = {"one network": 1, "two": 2}.get(name.rpartition(", ")[2])
        ratio = f"{cost.seconds / (num_read * bare):.2f}" if num_read else ""
        table.add_row(name, f"{cost.seconds:.0f}", ratio, f"{cost.memory / 1e9:.2f}")
    console = Console()
    console.print(
        f"{size}, {num_sentences:,} sentences of newstest2014; target: at most {_TARGET} of bare "
        f"passes, and {(num_bytes + _MOST_MORE_BYTES) / 1e9:.2f} GB",
        soft_wrap=True,
    )
    console.print(table)
    console.print(common.machine(), style="dim", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
