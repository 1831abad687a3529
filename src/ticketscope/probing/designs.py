"""What a probe computes, for many probes of one design at once.

The parameters of a probe are one row of a matrix `[probes, size]`, so that an optimiser sees one
tensor and a probe that has stopped leaves by dropping its row. Everything is batched over probes
whose items are the same.
"""

from dataclasses import dataclass
from math import prod, sqrt

import torch
from torch import Tensor

from ticketscope.probing.items import ALIGNMENT, Batch
from ticketscope.probing.losses import Loss
from ticketscope.probing.products import product

Parameters = dict[str, Tensor]
"""By name, each `[probes, *shape]`."""

MIX_SPEED = 10.0
"""The logits of a mix are its parameters times this. A step of Adam is as large whatever the
gradient, so logits move so much faster than weights; at the same rate they were not half way when
the weights had learned (docs/log.md), and the probe stopped."""
_CACHE = 2**20  # bytes: the data of a group of probes should stay in the processor's cache


@dataclass(frozen=True)
class Design:
    """The shape of a probe.

    Args:
        width: d, of a word's vector.
        is_pair: whether it sees [x; y; x∘y] of two words rather than one word's x.
        num_outputs: classes, or 1 of a regression.
        hidden: ReLU units of a multi-layer perceptron; None for a linear probe.
        num_mixed: layers under the scalar mix γ Σ softmax(w)_k h_k (Peters et al. 2018), which
            wants layers of one scale; None for a probe of a single layer.
    """

    width: int
    is_pair: bool
    num_outputs: int
    hidden: int | None
    num_mixed: int | None

    @property
    def num_inputs(self) -> int:
        return 3 * self.width if self.is_pair else self.width

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter by name."""
        shapes: dict[str, tuple[int, ...]] = {}
        inputs = self.num_inputs
        if self.hidden is not None:
            shapes |= {"hidden_weight": (self.hidden, inputs), "hidden_bias": (self.hidden,)}
            inputs = self.hidden
        shapes |= {"weight": (self.num_outputs, inputs), "bias": (self.num_outputs,)}
        if self.num_mixed is not None:
            shapes |= {"mix": (self.num_mixed,), "scale": (1,)}
        return shapes

    @property
    def size(self) -> int:
        """Floats of one probe, each parameter rounded up to the alignment."""
        return sum(_aligned(prod(shape)) for shape in self.shapes().values())

    def views(self, rows: Tensor) -> Parameters:
        """The parameters `[probes, *shape]` that lie in `rows` `[probes, size]`."""
        views, start = {}, 0
        for name, shape in self.shapes().items():
            views[name] = rows[:, start : start + prod(shape)].view(len(rows), *shape)
            start += _aligned(prod(shape))
        return views

    def penalised(self) -> Tensor:
        """`[size]`: 1 where a weight is, 0 at biases and what mixes layers."""
        row = torch.zeros(self.size)
        for name, view in self.views(row[None]).items():
            if name.endswith("weight"):
                view.fill_(1.0)
        return row

    def initial(self, generator: torch.Generator) -> Tensor:
        """One probe's row `[size]`: weights and biases as `torch.nn.Linear` draws them.

        A mix starts as the plain mean of the layers, and its scores at 0: where weights drawn at
        random multiplied it, it ran to whatever layer fitted these, and one in twenty did not come
        back (docs/log.md).
        """
        row = torch.zeros(self.size)
        views = {name: view[0] for name, view in self.views(row[None]).items()}
        for prefix in ("",) if self.hidden is None else ("hidden_", ""):
            bound = 1 / sqrt(views[f"{prefix}weight"].shape[1])
            for name in ("weight", "bias"):
                views[prefix + name].uniform_(-bound, bound, generator=generator)
        if self.num_mixed is not None:
            views["scale"].fill_(1.0)
            views["weight"].zero_()
            views["bias"].zero_()
        return row


class ProbeNetwork:
    """Scores and gradients of probes of one design over features `[layers, rows, d]`.

    What it returns may lie in buffers that the next call overwrites.
    """

    def __init__(self, features: Tensor, design: Design, loss: Loss) -> None:
        self._vectors = features.unbind()
        self.design = design
        self.loss = loss
        self._buffers: dict[str, Tensor] = {}

    def group_size(self, batch: Batch) -> int:
        """How many probes are best computed at once on such a batch, at least 1."""
        design = self.design
        if design.num_mixed is not None:
            return 1
        floats = design.num_inputs + (design.hidden or 0) + design.num_outputs
        return max(1, _CACHE // (4 * floats * len(batch.first)))

    def scores(self, parameters: Parameters, layers: Tensor, batch: Batch) -> Tensor:
        """Scores `[probes, outputs, num_padded]` of probes.

        `layers` `[probes]` says which layer each probe reads; a mix reads all.
        """
        with torch.no_grad():
            return self._scores(parameters, self._inputs(parameters, layers, batch))

    def gradients_(
        self, gradients: Parameters, parameters: Parameters, layers: Tensor, batch: Batch
    ) -> None:
        """Write the gradients of each probe's mean loss over the batch."""
        share = 1 / batch.num_items
        if self.design.num_mixed is None:
            with torch.no_grad():
                self._closed_form_(gradients, parameters, layers, batch, share)
        else:
            leaves = {name: value.detach().requires_grad_() for name, value in parameters.items()}
            with torch.enable_grad():
                scores = self._scores(leaves, self._inputs(leaves, layers, batch))
            derivative = self._derivative_(scores.detach(), batch).mul_(share)
            computed = torch.autograd.grad(scores, list(leaves.values()), derivative)
            for name, gradient in zip(leaves, computed, strict=True):
                gradients[name].copy_(gradient)

    def _closed_form_(
        self,
        gradients: Parameters,
        parameters: Parameters,
        layers: Tensor,
        batch: Batch,
        share: float,
    ) -> None:
        """Back through the affine maps by hand, straight into the memory of the gradients."""
        inputs = self._inputs(parameters, layers, batch).transpose(1, 2)
        features = self._features(parameters, inputs)
        derivative = self._derivative_(self._affine("", parameters, features), batch)
        _affine_gradients_("", gradients, derivative, features, share)
        if self.design.hidden is not None:
            through = self._buffer("through", *features.shape)
            product(parameters["weight"].transpose(1, 2), derivative, through)
            through.mul_(features > 0)
            _affine_gradients_("hidden_", gradients, through, inputs, share)

    def _derivative_(self, scores: Tensor, batch: Batch) -> Tensor:
        """Gradients of the sum of losses, written over the scores; items that only pad have
        none."""
        derivative = self.loss.derivative_(scores, batch.gold)
        derivative[:, :, batch.num_items :] = 0
        return derivative

    def _scores(self, parameters: Parameters, inputs: Tensor) -> Tensor:
        """From inputs `[probes, num_padded, num_inputs]`."""
        features = self._features(parameters, inputs.transpose(1, 2))
        return self._affine("", parameters, features)

    def _features(self, parameters: Parameters, inputs: Tensor) -> Tensor:
        """What the last affine map sees, `[probes, num_inputs or hidden, num_padded]`."""
        if self.design.hidden is None:
            return inputs
        return self._affine("hidden_", parameters, inputs).relu_()

    def _affine(self, prefix: str, parameters: Parameters, inputs: Tensor) -> Tensor:
        weight, bias = parameters[f"{prefix}weight"], parameters[f"{prefix}bias"][:, :, None]
        if torch.is_grad_enabled():
            return torch.baddbmm(bias, weight, inputs)
        outputs = self._buffer(f"{prefix}outputs", len(inputs), weight.shape[1], inputs.shape[2])
        return product(weight, inputs, outputs).add_(bias)

    def _inputs(self, parameters: Parameters, layers: Tensor, batch: Batch) -> Tensor:
        """What the probes see of each item, `[probes, num_padded, num_inputs]`."""
        first = self._words("first", parameters, layers, batch.first)
        if batch.second is None:
            return first
        second = self._words("second", parameters, layers, batch.second)
        shape = (*first.shape[:2], 3 * self.design.width)
        out = None if torch.is_grad_enabled() else self._buffer("pairs", *shape)
        return torch.cat((first, second, first * second), 2, out=out)

    def _words(self, name: str, parameters: Parameters, layers: Tensor, words: Tensor) -> Tensor:
        """The vectors of some words in the layer of each probe, or mixed, `[probes, words, d]`."""
        if self.design.num_mixed is None:
            return self._gathered(name, layers, words)
        vectors = self._gathered(name, torch.arange(self.design.num_mixed), words)
        scaled = parameters["scale"] * shares(parameters)
        return (scaled @ vectors.flatten(1)).view(1, len(words), self.design.width)

    def _gathered(self, name: str, layers: Tensor, words: Tensor) -> Tensor:
        gathered = self._buffer(name, layers.numel(), words.numel(), self.design.width)
        for layer, of_layer in zip(layers.tolist(), gathered.unbind(), strict=True):
            torch.index_select(self._vectors[layer], 0, words, out=of_layer)
        return gathered

    def _buffer(self, name: str, *shape: int) -> Tensor:
        """Memory that is used again and again: asking the system for new pages is slow."""
        size = prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.numel() < size:
            buffer = self._buffers[name] = torch.empty(size)
        return buffer[:size].view(shape)


def _affine_gradients_(
    prefix: str, gradients: Parameters, derivative: Tensor, inputs: Tensor, share: float
) -> None:
    weight, bias = gradients[f"{prefix}weight"], gradients[f"{prefix}bias"]
    product(derivative, inputs.transpose(1, 2), weight).mul_(share)
    torch.sum(derivative, 2, out=bias).mul_(share)


def shares(parameters: Parameters) -> Tensor:
    """How much each layer counts in a mix, `[probes, layers]`; each row sums to 1."""
    return torch.softmax(MIX_SPEED * parameters["mix"], 1)


def some(parameters: Parameters, probes: slice) -> Parameters:
    """The parameters of these probes."""
    return {name: values[probes] for name, values in parameters.items()}


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
