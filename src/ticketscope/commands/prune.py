"""Pruning one network."""

from pathlib import Path
from typing import Literal

from ticketscope.console.arguments import AtLeastZero
from ticketscope.controls import printable


def prune(
    network: Path,
    *,
    out: Path,
    sparsity: float | None = None,
    criterion: str = "magnitude",
    per: Literal["global", "tensor", "row"] | None = None,
    pattern: str | None = None,
    seed: AtLeastZero = 1,
) -> None:
    """Prune a network once, without training, and store it with its mask in a new directory.

    Weights that are zero already stay so and count in. docs/prune.md says what the figures mean.

    Parameters
    ----------
    network
        The model directory of a network, e.g. RUN/replicate-0/dense/level-00/ticket.
    out
        The new directory.
    sparsity
        The share of the weights that compete which shall be zero, e.g. 0.5.
    criterion
        What ranks the weights: magnitude, or random.
    per
        Which weights compete: all together (global, the default), those of a tensor, or those of
        a row of a matrix (biases stay).
    pattern
        In place of --sparsity and --per: how many of how many consecutive weights of a row are
        left, e.g. 2:4.
    seed
        The seed of the criterion random.
    """
    from ticketscope.console.terminal import at_work
    from ticketscope.networks.network import Network
    from ticketscope.pruning import one_shot

    base = Network.from_directory(network)
    with at_work("pruning"):
        pruned = one_shot.prune(
            base,
            out=out,
            sparsity=sparsity,
            criterion=criterion,
            per=per,
            pattern=pattern,
            seed=seed,
        )
        kept, shares = pruned.kept, pruned.sparsity
    print(printable(str(out)))
    print(
        f"{kept.num_pruned:,} of {kept.num_weights:,} prunable weights are zero: sparsity "
        f"{shares.prunable:.4f} of prunable, {shares.total:.4f} of all, "
        f"{shares.non_embedding:.4f} of non-embedding weights"
    )
    if names := one_shot.left_out(base):
        print(f"not copied (folders, and weights from before): {printable(', '.join(names))}")
