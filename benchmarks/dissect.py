"""What comparing two networks costs beyond running them: `python benchmarks/dissect.py`.

Two networks of the size of opus-mt (74 M parameters) or NLLB-600M, with random weights, read the
first sentences of newstest2014, as `ticketscope dissect` has them read: similarity and complexity
of all layers, and attention of all heads. This is set against one bare forward pass of each network
over the same sentences, with logits, as `model(**batch)` computes them: at most 1.5 times their CPU
time is what is aimed at. Memory: at most the two networks and 2 GB more. The second network is the
first one pruned by half, which costs no less than any other.

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
from functools import partial
from pathlib import Path

import sentencepiece
import torch
from rich.console import Console
from rich.table import Table

import common
from ticketscope import config
from ticketscope.dissection.texts import keep_texts
from ticketscope.networks import model
from ticketscope.networks.batches import collate, longer_side, ordered_batches
from ticketscope.networks.network import Network
from ticketscope.networks.translate import generation_settings
from ticketscope.pruning.one_shot import prune
from ticketscope.runs.store import Run
from ticketscope.steps.attention.step import Attention
from ticketscope.steps.bench import Bench
from ticketscope.steps.representations.step import Representations
from ticketscope.steps.step import NetworkStep
from ticketscope.text.vocabulary import Vocabulary

NEWSTEST = common.MULTI30K.parent / "wmt_test"
_TARGET, _MOST_MORE_BYTES = 1.5, 2 * 2**30
_PIECES = 8_000  # that text is made of; 6,000 sentences give no more
_EVERYTHING = 1_000_000  # words
_BARE = "bare pass"


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
        folder: where networks, texts and the run directory are.
        size: how large the networks are.
        lines: what the tokenizer is trained on.
        decoder: whether the decoder's layers are compared, too.
        batch_tokens: padded positions of a batch at the most.
    """

    folder: Path
    size: Size
    lines: tuple[str, ...]
    decoder: bool
    batch_tokens: int

    @property
    def base(self) -> Path:
        """The first network."""
        return self.folder / "base"

    @property
    def variant(self) -> Path:
        """The second."""
        return self.folder / "pruned"

    @property
    def texts(self) -> Path:
        """The prefix of the sentences."""
        return self.folder / "newstest2014"

    def bench(self) -> Bench:
        """What a dissection measures with."""
        raw = {
            "base": str(self.base),
            "variants": [str(self.variant)],
            "source": "en",
            "target": "de",
            "tests": [str(self.texts)],
            "compute": {"threads": 1, "batch_tokens": self.batch_tokens},
            "representations": {"num_words": _EVERYTHING, "decoder": self.decoder},
            "attention": {"num_words": _EVERYTHING},
        }
        study = config.dissection(raw, [], where="benchmark")
        run = Run(self.folder / "run")
        keep_texts(study, run.corpus)
        return Bench.of(run.root, study)


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
    parser.add_argument(
        "--batch-tokens",
        type=int,
        default=4_096,
        help="padded positions of a batch; the logits of many take much memory",
    )
    options = parser.parse_args()
    lines = [
        (options.data / f"newstest2014.{language}").read_text(encoding="utf-8").splitlines()
        for language in ("en", "de")
    ]
    with tempfile.TemporaryDirectory() as folder:
        task = Task(
            folder=Path(folder),
            size=SIZES[options.size],
            lines=(*lines[0], *lines[1]),
            decoder=not options.encoder_only,
            batch_tokens=options.batch_tokens,
        )
        for language, side in zip(("en", "de"), lines, strict=True):
            text = "".join(f"{line}\n" for line in side[: options.sentences])
            Path(f"{task.texts}.{language}").write_text(text, encoding="utf-8")
        costs = {}
        for name, stage in STAGES.items():
            costs[name] = alone(stage, task)
            print(f"{name}: {costs[name]}", file=sys.stderr, flush=True)
        num_bytes = 2 * (task.base / "model.safetensors").stat().st_size
    print_table(options.size, len(lines[0][: options.sentences]), num_bytes, costs)


def alone(stage: Callable[[Task], None], task: Task) -> Cost:
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
    folder = task.base
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
    prune(Network.from_directory(task.base), sparsity=0.5, out=task.variant)


def bare(task: Task) -> None:
    """Let the first network read all pairs."""
    bench = task.bench()
    network = bench.panel[bench.panel.labels[0]]
    loaded = network.load()
    text = bench.held_out.text(task.texts.name)
    pairs = network.pairs(text.source, text.target)
    with torch.no_grad():
        for indices in ordered_batches(longer_side(pairs), bench.max_tokens):
            batch = collate(pairs, indices, loaded.frame)
            loaded.model(
                input_ids=batch.source_BS,
                attention_mask=batch.source_mask_BS,
                decoder_input_ids=batch.decoder_input_BT,
            )


def measured(step: NetworkStep, place: int, task: Task) -> None:
    """Do a step on one of the two networks, as a dissection does it."""
    bench = task.bench()
    assert step.do(bench.panel.labels[place], bench)


STAGES: Mapping[str, Callable[[Task], None]] = {
    "network made": make_base,
    "pruned": prune_it,
    _BARE: bare,
    "representations of the base": partial(measured, Representations(), 0),
    "representations of the variant": partial(measured, Representations(), 1),
    "attention of the base": partial(measured, Attention(), 0),
    "attention of the variant": partial(measured, Attention(), 1),
}


# ----------------------------------------------------------------------------- what is printed


def print_table(size: str, num_sentences: int, num_bytes: int, costs: Mapping[str, Cost]) -> None:
    """Print what each stage cost, in seconds and in bare passes of one network."""
    table = Table()
    for heading in ("stage", "CPU s", "bare passes", "peak GB"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    one_pass = costs[_BARE].seconds
    for name, cost in costs.items():
        passes = f"{cost.seconds / one_pass:.2f}"
        table.add_row(name, f"{cost.seconds:.0f}", passes, f"{cost.memory / 1e9:.2f}")
    steps = {name: cost.seconds for name, cost in costs.items() if " of the " in name}
    of_variant = sum(seconds for name, seconds in steps.items() if name.endswith("variant"))
    console = Console()
    console.print(f"{size}, {num_sentences:,} sentences of newstest2014", soft_wrap=True)
    console.print(table)
    console.print(
        f"all of both networks: {sum(steps.values()) / (2 * one_pass):.2f} of their bare passes, "
        f"each further variant {of_variant / one_pass:.2f} of its own; aimed at: {_TARGET}, and "
        f"{(num_bytes + _MOST_MORE_BYTES) / 1e9:.2f} GB",
        soft_wrap=True,
    )
    console.print(common.machine(), style="dim", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
