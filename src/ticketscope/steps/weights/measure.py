"""What pruning did to the weights of a network: spectra, dead neurons, distances."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from torch import Tensor

from ticketscope.measures import weights as measures
from ticketscope.measures.spectrum import spectral_complexity
from ticketscope.networks.families import role
from ticketscope.networks.network import Network
from ticketscope.steps.weights.sparsity import heads

WHOLE = ""
"""The name under which figures of the whole network are kept."""

Figures = Mapping[str, float]


class Shaped(Protocol):
    """A tensor or an array."""

    @property
    def shape(self) -> Any: ...


def measure(network: Network, others: Sequence[Network]) -> dict[str, Any]:
    """Spectra and dead neurons of one network, and how far it is from others."""
    weights = network.weights()
    mask = network.mask
    kept = mask.kept if mask else {}
    matrices = [name for name in weights if is_matrix(name)]
    return {
        "matrices": {name: _matrix_figures(weights[name], kept.get(name)) for name in matrices},
        "heads": {
            name: [
                {"effective_rank": measures.weight_complexity(part.numpy())["effective_rank"]}
                for part in heads(role(name), weights[name], network.shape.heads)
            ]
            for name in matrices
        },
        "distances": {
            str(other.label): _distances(weights, other.weights(), matrices) for other in others
        },
    }


def is_matrix(name: str) -> bool:
    """Whether a parameter is a weight matrix whose spectrum is measured."""
    what = role(name)
    return what.kind == "weight" and (what.is_prunable or what.block == "embedding")


def _matrix_figures(matrix: Tensor, kept: Tensor | None) -> Figures:
    """`kept` is None for a matrix that pruning may not touch, where no row or column is dead."""
    values = measures.singular_values(matrix.numpy())  # once for all that follows from them
    figures = {**spectral_complexity(values**2), "top_singular_value": float(values[0])}
    if kept is not None:
        dead = measures.dead(kept.numpy())
        figures |= {"dead_rows": dead.num_rows, "dead_columns": dead.num_columns}
    return figures


def _distances(
    ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor], matrices: Sequence[str]
) -> dict[str, Figures]:
    """Between all trainable parameters together, where all have the same names and shapes, and
    between each weight matrix that both networks have in one shape."""

    def between(names: Sequence[str]) -> Figures:
        distance = measures.distance(
            [ours[name].numpy() for name in names], [theirs[name].numpy() for name in names]
        )
        return {"l1_distance": distance.l1, "l2_distance": distance.l2}

    return {
        **(
            {WHOLE: between(list(ours))}
            if len(alike(ours, theirs)) == len(ours.keys() | theirs.keys())
            else {}
        ),
        **{name: between([name]) for name in alike(ours, theirs) if name in matrices},
    }


def alike(ours: Mapping[str, Shaped], theirs: Mapping[str, Shaped]) -> list[str]:
    """The names of tensors that both have in one shape, in the order of the first."""
    return [
        name
        for name, tensor in ours.items()
        if name in theirs and tensor.shape == theirs[name].shape
    ]
