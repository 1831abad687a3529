"""The derivative of the loss of calibration pairs by each prunable weight."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from ticketscope.networks import model
from ticketscope.networks.batches import Batch
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.loss import batch_losses

Gradients = dict[str, Tensor]


def summed(
    network: LoadedNetwork,
    batches: Iterable[Batch],
    names: Iterable[str],
    of_batch: Callable[[Tensor], Tensor] = lambda gradient: gradient,
) -> Gradients:
    """The sum over batches of `of_batch` of their gradients, by name, in float32 on the CPU.

    The loss is the negative log-likelihood of all targets of a batch, in nats and without label
    smoothing. In memory are the network and two numbers per prunable weight.
    """
    total: Gradients = {}
    for gradients in of_batches(network, batches, tuple(names)):
        for name, gradient in gradients:
            found = of_batch(gradient.float()).cpu()
            total[name] = total[name].add_(found) if name in total else found
    return total


def of_batches(
    network: LoadedNetwork, batches: Iterable[Batch], names: tuple[str, ...]
) -> Iterator[Iterator[tuple[str, Tensor]]]:
    """The gradients of each batch, by name, at the weights that the network has when it is asked
    for the next one."""
    assert not network.model.training, "dropout would drown the gradients"
    parameters = model.parameters(network.model)
    network.model.requires_grad_(False)
    wanted = [parameters[name].requires_grad_() for name in names]
    for batch in batches:
        with torch.enable_grad():
            loss = batch_losses(network, batch).sum()
        yield zip(names, torch.autograd.grad(loss, wanted), strict=True)
