"""How fast our loop trains: `python benchmarks/train.py [--joeynmt]`, `… --size big --device cuda`.

At the small size: target tokens a second, padding not counted, on one thread, for both norms, as a
ratio

* to a bare loop over the same transformers model and the same batches (target: at least 0.97);
* to the machine's own rate of matrix products of the very shapes that an update runs;
* with `--joeynmt`, to JoeyNMT 2.3.0 in an environment of its own (target: at least 2.5).

At the study's own size (`at_size.py`): target tokens a second and the share of what the device can
do at most (target: 200,000 and 25 % on one H100 or H200).
"""

import argparse
import copy
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import PreTrainedModel

import at_size
import common
import peer_joeynmt
from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks import model
from ticketscope.networks.batches import Batch
from ticketscope.networks.loss import summed_loss
from ticketscope.networks.masks import Mask
from ticketscope.text.vocabulary import Vocabulary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=common.MULTI30K, help="Multi30k's folder")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--updates", type=int, default=10, help="updates in a round")
    parser.add_argument("--joeynmt", action="store_true", help="install and time JoeyNMT too")
    parser.add_argument("--size", choices=("small", "big"), default="small")
    big = parser.add_argument_group("--size big")
    big.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    big.add_argument("--precision", choices=("bfloat16", "float32"), default="bfloat16")
    big.add_argument("--max-tokens", type=int, default=10_000, help="padded positions of a batch")
    big.add_argument("--accumulate", type=int, default=8, help="batches of an update")
    big.add_argument("--peak", type=float, help="TFLOP/s of the device; known of H100, H200, A100")
    big.add_argument("--compile", action="store_true", help="compile the layers with torch.compile")
    options = parser.parse_args()
    common.one_thread()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: this machine has no GPU that torch can use")
    if options.size == "big":
        how = at_size.How(
            device=options.device,
            precision=options.precision,
            max_tokens=options.max_tokens,
            accumulate=options.accumulate,
            updates=options.updates,
            stretches=options.rounds,
            peak=options.peak,
            compiled=options.compile,
        )
        at_size.measure(how)
        return
    if options.device != "cpu":
        parser.error("--device: the small size is that of a published comparison on a CPU")
    for norm in ("post", "pre"):
        with tempfile.TemporaryDirectory() as folder:
            settings = common.experiment(options.data, Path(folder) / "files", norm)
            corpus = common.encoded(settings, Path(folder) / "corpus")
            measure(settings, corpus, options.rounds, options.updates)
            if options.joeynmt and norm == "pre":  # the norm of the recipes for small corpora
                measure_joeynmt(settings, corpus, Path(folder))


def measure(
    settings: config.Experiment, corpus: EncodedCorpus, rounds: int, num_updates: int
) -> None:
    """Time our loop, the bare loop and the bare matrix products, and print the table."""
    ours = model.build(settings.model, settings.vocabulary.size, seed=1)
    bare = copy.deepcopy(ours)
    batches = common.our_batches(ours, corpus, settings, num_updates)
    mask = Mask.dense(model.prunable(model.parameters(ours), embeddings=False))
    products = [products_of_update(copy.deepcopy(ours), batch) for batch in batches[1:]]
    seconds = common.in_turns(
        {
            "ours": lambda: common.seconds_of_our_loop(ours, mask, corpus, settings, num_updates),
            "bare": lambda: seconds_of_bare_loop(bare, batches),
            "products": lambda: np.array([seconds_of_products(shapes) for shapes in products]),
        },
        rounds,
    )
    ours_s, bare_s, products_s = (common.typical(seconds[name]) for name in seconds)
    num_tokens = sum(batch.num_tokens for batch in batches[1:])
    flops = sum(2 * m * k * n for shapes in products for m, k, n in shapes)
    by_round = seconds["bare"].sum(1) / seconds["ours"].sum(1)
    common.print_table(
        f"training {type(ours).__name__}, {rounds} rounds of {num_updates} updates",
        settings,
        {
            "our loop, target tokens/s": f"{num_tokens / ours_s:,.0f}",
            "bare loop, target tokens/s": f"{num_tokens / bare_s:,.0f}",
            "ours / bare (target at least 0.97)": f"{bare_s / ours_s:.3f}",
            "  lowest and highest round": f"{by_round.min():.3f} to {by_round.max():.3f}",
            "our loop, GFLOP/s in matrix products": f"{flops / ours_s / 1e9:.1f}",
            "bare matrix products of its shapes, GFLOP/s": f"{flops / products_s / 1e9:.1f}",
            "ours / bare matrix products": f"{products_s / ours_s:.3f}",
        },
    )


def measure_joeynmt(settings: config.Experiment, corpus: EncodedCorpus, folder: Path) -> None:
    """Train with JoeyNMT and with our loop in turns, and print the table."""
    rounds, num_updates = 3, 20
    if not isinstance(settings.corpus, config.FilesCorpus):
        sys.exit("--joeynmt needs the files of Multi30k; give their folder as --data")
    vocabulary = Vocabulary(corpus.model_file, settings.model.norm)
    peer = peer_joeynmt.Peer(
        folder / "joeynmt", Path(settings.corpus.path), vocabulary, settings.batches.max_tokens
    )
    ours = model.build(settings.model, vocabulary.size, seed=1)
    mask = Mask.dense(model.prunable(model.parameters(ours), embeddings=False))
    batches = common.our_batches(ours, corpus, settings, num_updates)
    num_tokens = sum(batch.num_tokens for batch in batches[1:])
    our_rates, peer_rates = [], []
    for _ in range(rounds):
        seconds = common.seconds_of_our_loop(ours, mask, corpus, settings, num_updates).sum()
        our_rates.append(num_tokens / float(seconds))
        peer_rates.append(peer.tokens_per_second(num_updates))
    ratios = [ours / theirs for ours, theirs in zip(our_rates, peer_rates, strict=True)]
    common.print_table(
        f"training {type(ours).__name__} and JoeyNMT 2.3.0, "
        f"{rounds} rounds of {num_updates} updates",
        settings,
        {
            "our loop, target tokens/s": f"{median(our_rates):,.0f}",
            "JoeyNMT, target tokens/s": f"{median(peer_rates):,.0f}",
            "ours / JoeyNMT (target at least 2.5)": f"{median(ratios):.2f}",
            "  lowest and highest round": f"{min(ratios):.2f} to {max(ratios):.2f}",
        },
    )


def seconds_of_bare_loop(network: PreTrainedModel, batches: Sequence[Batch]) -> np.ndarray:
    """Seconds of each update but the first of the least loop that trains this model.

    Batches are made beforehand, the loss is taken over all positions, Adam is torch's default.
    """
    pad = network.config.pad_token_id
    network.train()
    optimiser = torch.optim.Adam(network.parameters())
    times = []
    for batch in batches:
        logits_BTV = network(
            input_ids=batch.source_BS,
            attention_mask=batch.source_mask_BS,
            decoder_input_ids=batch.decoder_input_BT,
            use_cache=False,
        ).logits
        loss = functional.cross_entropy(
            logits_BTV.flatten(0, 1),
            batch.labels_BT.flatten(),
            label_smoothing=0.1,
            ignore_index=pad,
        )
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        times.append(time.monotonic())
    return np.diff(times)


# ----------------------------------------------------------------------------- matrix products

Shape = tuple[int, int, int]


class _Recorder(TorchDispatchMode):
    """Notes the shape `[m, k] x [k, n]` of every matrix product that runs, forward and backward.

    The two products inside the fused attention kernel are not seen: at sentences of 15 pieces
    they are a few per cent of all, so that our rate is given a little too low, never too high.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[Shape] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        operands = {torch.ops.aten.mm.default: args, torch.ops.aten.addmm.default: args[1:]}
        if func in operands:
            (m, k), (_, n) = operands[func][0].shape, operands[func][1].shape
            self.shapes.append((m, k, n))
        return func(*args, **(kwargs or {}))


def products_of_update(network: PreTrainedModel, batch: Batch) -> list[Shape]:
    """Shapes of the matrix products of one update of ours, padding as it is computed."""
    with _Recorder() as recorder:
        summed_loss(model.own(network.train()), batch, label_smoothing=0.1).backward()
    return recorder.shapes


def seconds_of_products(shapes: Sequence[Shape]) -> float:
    """Seconds of these products and nothing else, into memory that is there already."""
    operands = {shape: _operands(shape) for shape in set(shapes)}
    start = time.monotonic()
    for shape in shapes:
        left, right, out = operands[shape]
        torch.mm(left, right, out=out)
    return time.monotonic() - start


def _operands(shape: Shape) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    m, k, n = shape
    return torch.randn(m, k), torch.randn(k, n), torch.zeros(m, n)


if __name__ == "__main__":
    main()
