"""What holding pruned weights at zero costs in a training step: `python benchmarks/masking.py`.

Our whole update with half of the prunable weights masked, against the same without any mask.
Target: at most 3 % more time.
"""

from functools import partial
from pathlib import Path

import torch

import common
from ticketscope.networks import model
from ticketscope.networks.masks import Mask

_TARGET = 0.03


def measure(folder: Path, data: Path, rounds: int, num_updates: int) -> None:
    """Time both variants and print the table."""
    settings = common.experiment(data, folder / "files", "pre")
    corpus = common.encoded(settings, folder / "corpus")
    network = model.build(settings.model, settings.vocabulary.size, seed=1)
    weights = model.prunable(model.parameters(network), embeddings=False)
    masks = {"no mask": Mask.dense(weights), "half of the weights masked": half(weights)}
    seconds = common.in_turns(
        {
            name: partial(common.seconds_of_our_loop, network, mask, corpus, settings, num_updates)
            for name, mask in masks.items()
        },
        rounds,
    )
    dense, masked = (common.typical(seconds[name]) / num_updates for name in masks)
    common.print_table(
        f"cost of masking, {rounds} rounds of {num_updates} updates",
        settings,
        {
            "ms an update, no mask": f"{1e3 * dense:.1f}",
            "ms an update, half of the weights masked": f"{1e3 * masked:.1f}",
            f"cost of masking (target at most {_TARGET:.0%})": f"{masked / dense - 1:+.1%}",
        },
    )


def half(weights: dict[str, torch.Tensor]) -> Mask:
    """A random half of the weights."""
    generator = torch.Generator().manual_seed(1)
    return Mask(
        {name: torch.rand(w.shape, generator=generator) < 0.5 for name, w in weights.items()}
    )


if __name__ == "__main__":
    common.main(measure, __doc__, rounds=7, updates=20)
