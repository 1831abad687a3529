"""Linear probes at the optimum of a convex loss, free of seeds, rates and early stopping.

Classes: multinomial logistic regression by L-BFGS (Liu and Nocedal 1989). Values: ridge regression
in closed form. The strength of the L2 penalty is chosen on validation, for each layer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ticketscope.errors import JobError
from ticketscope.probing.fit_checks import check
from ticketscope.probing.items import Items
from ticketscope.probing.losses import Loss, loss_for
from ticketscope.probing.readings import Reading

PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""From the strongest on, since the search for the next optimum starts at the last one."""

GRADIENT = 1e-6
"""No derivative of the mean loss is larger where a search ends."""

_MOST_EVALUATIONS = 5_000
_CHUNK_ITEMS = 4_096


@dataclass(frozen=True, eq=False)
class Optimum:
    """The readings of probes at their optimum; `seeds` is 1 in their shapes.

    Args:
        validation: read with the penalty that reads it best.
        test: likewise, and read this once.
        penalties: `[layers]`, the strength that validation chose.
    """

    validation: Reading
    test: Reading
    penalties: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Split:
    """Inputs `[items, num_inputs]` and gold `[items]`, float64 or class ids."""

    inputs: Tensor
    gold: Tensor

    def chunks(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Few enough at once that all scores of all items are never in memory."""
        for start in range(0, len(self.gold), _CHUNK_ITEMS):
            stop = start + _CHUNK_ITEMS
            yield self.inputs[start:stop], self.gold[start:stop]


def fit(
    features: Tensor,
    train: Items,
    validation: Items,
    test: Items,
    *,
    num_classes: int | None,
    penalties: Sequence[float] = PENALTIES,
) -> Optimum:
    """Fit a linear probe of each layer; everything else is as `probes.train` has it.

    Minimised is the mean loss plus half of `penalty` times the sum of squared weights, the bias
    not counted; for values the loss that is minimised is half the squared error, the loss that is
    reported and chooses the penalty is smooth L1. Inputs are centred, and scaled so that their mean
    variance is 1 (in a pair that of x, of y and of x∘y): what a penalty means then does not depend
    on where and how large the activations are, nor (for words) on how their space is rotated.

    In float64: 8 bytes per number of one layer's inputs. Raises `InputError` for features that are
    not finite and `JobError` where L-BFGS comes to no optimum with any penalty; a penalty without
    one is left out.
    """
    check(features, (train, validation, test), num_classes)
    loss = loss_for(num_classes)
    readings: list[tuple[Reading, Reading]] = []
    chosen = []
    for layer, vectors in enumerate(features):
        splits = _splits(vectors, (train, validation, test))
        best, best_loss, best_penalty = None, np.inf, np.nan
        weights = torch.zeros(loss.num_outputs, splits[0].inputs.shape[1] + 1).double()
        for penalty in penalties:
            found = (
                _ridge(splits[0], penalty)
                if num_classes is None
                else _logistic(splits[0], loss, weights, penalty)
            )
            if found is None:
                continue
            weights = found
            validation_loss = _mean_loss(splits[1], loss, weights)
            if validation_loss < best_loss:
                best, best_loss, best_penalty = weights, validation_loss, penalty
        if best is None:
            raise JobError(
                f"probe of layer {layer}: L-BFGS found no optimum with any L2 penalty; take the "
                "protocol liu"
            )
        readings.append((_reading(splits[1], loss, best), _reading(splits[2], loss, best)))
        chosen.append(best_penalty)
    of_validation, of_test = zip(*readings, strict=True)
    return Optimum(_stacked(of_validation), _stacked(of_test), np.array(chosen))


def _splits(vectors: Tensor, splits: Sequence[Items]) -> list[_Split]:
    """Inputs of each split, centred and scaled by those of the first."""
    inputs = [_inputs(vectors, items) for items in splits]
    means = inputs[0].mean(0)
    variances = inputs[0].var(0, correction=0).view(-1, vectors.shape[1])
    scales = variances.mean(1, keepdim=True).sqrt()
    scales[scales == 0] = 1  # a constant has nothing to scale
    spread = scales.expand_as(variances).flatten()
    found = []
    for items, raw in zip(splits, inputs, strict=True):
        gold = torch.from_numpy(items.gold)
        gold = gold.double() if gold.is_floating_point() else gold
        found.append(_Split(raw.sub_(means).div_(spread), gold))
    return found


def _inputs(vectors: Tensor, items: Items) -> Tensor:
    first = vectors[torch.from_numpy(items.first)].double()
    if items.second is None:
        return first
    second = vectors[torch.from_numpy(items.second)].double()
    return torch.cat((first, second, first * second), 1)


def _ridge(train: _Split, penalty: float) -> Tensor:
    """The optimum for values, `[1, num_inputs + 1]`; inputs are centred, so the bias is a mean."""
    num_items, width = train.inputs.shape
    mean = train.gold.mean()
    moments = train.inputs.T @ train.inputs / num_items + penalty * torch.eye(width).double()
    with_gold = train.inputs.T @ (train.gold - mean) / num_items
    return torch.cat((torch.linalg.solve(moments, with_gold), mean[None]))[None]


def _logistic(train: _Split, loss: Loss, start: Tensor, penalty: float) -> Tensor | None:
    """The optimum for classes, `[classes, num_inputs + 1]`, sought from `start` on.

    None where it is not found, as happens under next to no penalty.
    """
    weights = start.clone()
    gradient = weights.grad = torch.empty_like(weights)
    search = torch.optim.LBFGS(
        [weights],
        max_iter=_MOST_EVALUATIONS,
        max_eval=_MOST_EVALUATIONS,
        tolerance_grad=GRADIENT,
        tolerance_change=0,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def objective() -> float:
        return _objective(train, loss, weights, penalty, gradient)

    search.step(objective)  # type: ignore[no-untyped-call]
    objective()
    return weights if gradient.abs().max() <= GRADIENT else None


def _objective(
    train: _Split, loss: Loss, weights: Tensor, penalty: float, gradient: Tensor
) -> float:
    """The mean loss with its penalty; its derivative is written to `gradient`."""
    num_items = len(train.gold)
    without_bias = weights[:, :-1]
    torch.mul(weights, penalty, out=gradient)
    gradient[:, -1] = 0
    total = penalty / 2 * float(without_bias.square().sum())
    for inputs, gold in train.chunks():
        scores = _scores(inputs, weights)
        total += float(loss.values(scores, gold).sum()) / num_items
        derivative = loss.derivative_(scores, gold)[0] / num_items
        gradient[:, :-1] += derivative @ inputs
        gradient[:, -1] += derivative.sum(1)
    return total


def _scores(inputs: Tensor, weights: Tensor) -> Tensor:
    """`[1, outputs, items]`."""
    return torch.addmm(weights[:, -1:], weights[:, :-1], inputs.T)[None]


def _mean_loss(split: _Split, loss: Loss, weights: Tensor) -> float:
    sums = [float(loss.values(_scores(x, weights), gold).sum()) for x, gold in split.chunks()]
    return sum(sums) / len(split.gold)


def _reading(split: _Split, loss: Loss, weights: Tensor) -> Reading:
    """Of one layer, without that axis: predictions `[1, items]` and losses `[1]`."""
    said = [loss.predictions(_scores(inputs, weights)) for inputs, _ in split.chunks()]
    predictions = torch.cat(said, 1).to(loss.prediction_type).numpy()
    return Reading(predictions, np.array([_mean_loss(split, loss, weights)]))


def _stacked(layers: Sequence[Reading]) -> Reading:
    return Reading(
        np.stack([reading.predictions for reading in layers]),
        np.stack([reading.losses for reading in layers]),
    )
