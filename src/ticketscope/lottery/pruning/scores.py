"""How much a weight matters: one function a criterion, higher is kept longer."""

from collections.abc import Callable, Mapping

import numpy as np
from torch import Tensor

Scores = Mapping[str, np.ndarray]


def magnitude(weights: Mapping[str, Tensor], seed: int) -> Scores:
    """Absolute value (Han et al. 2015; the study's criterion)."""
    del seed  # nothing random here
    return {name: weight.detach().abs().cpu().numpy() for name, weight in weights.items()}


def random(weights: Mapping[str, Tensor], seed: int) -> Scores:
    """Uniform chance, the control: what is lost when the choice carries no information."""
    generator = np.random.default_rng(seed)
    return {name: generator.random(weights[name].shape) for name in sorted(weights)}


SCORES: dict[str, Callable[[Mapping[str, Tensor], int], Scores]] = {
    "magnitude": magnitude,
    "random": random,
}
