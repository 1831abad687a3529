"""SparseGPT (Frantar and Alistarh 2023): what stays makes up for what goes.

The network reads all calibration pairs at once, a single time. On entering a layer it computes the
layer once with the weights that it has, to see what each of its matrices reads; then these are
pruned, and the layer is computed again for the layers above. So a layer reads what the pruned
layers below it make, the decoder what the pruned encoder makes, and inside a layer a matrix reads
what the others made before any was pruned: as in the authors' code. In memory are the network and
the Hessians of one layer.

Departures from that code: padding is left out; counts are exact; weights of an input that is always
zero go first, but what stays of them keeps its value. Biases have no input to make up with: those
that the cut lets go are ranked by magnitude.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn

from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks.batches import Batch
from ticketscope.networks.families import role
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.pruning.brain_surgeon import without_least
from ticketscope.pruning.criteria.criterion import Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Groups, WithinTensors, without_lowest
from ticketscope.pruning.matrix_inputs import matrices_of, reading


def by_sparsegpt(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """Remove the weights of least w² / [U_jj]², U being the upper Cholesky factor of H⁻¹, and
    change the others so that what comes out of each matrix changes least.

    Raises `InputError` for a cut that lets weights of two tensors compete.
    """
    del seed  # nothing random here
    if not isinstance(cut, WithinTensors):
        raise InputError(
            "per: global; sparsegpt prunes one matrix after the other, so that weights of two of "
            "them cannot compete: give tensor, row or a pattern"
        )
    matrices_of(mask)  # which refuses what it cannot prune
    calibration = evidence.reading
    network = calibration.network()
    surgery = _Surgery(evidence, mask, cut.groups(mask), network, calibration.together(network))
    surgery.operate()
    return Pruned(mask=Mask(surgery.kept), changed=surgery.changed)


class _Surgery:
    """A pass through a network that prunes each layer before it is computed.

    Attributes:
        kept: which weights are left, by tensor, of the layers that were pruned.
        changed: their matrices.
    """

    def __init__(
        self,
        evidence: Evidence,
        mask: Mask,
        groups: Callable[[str], Groups],
        network: LoadedNetwork,
        batch: Batch,
    ) -> None:
        self._evidence, self._mask, self._groups = evidence, mask, groups
        self._network, self._batch = network, batch
        self._parameters = model.parameters(network.model)
        self.kept: dict[str, Tensor] = {}
        self.changed: dict[str, Tensor] = {}

    @torch.no_grad()
    def operate(self) -> None:
        """Go through the network."""
        network = self._network
        hooks = [
            layer.register_forward_pre_hook(
                partial(self._prune_layer, stack, number), with_kwargs=True
            )
            for stack in ("encoder", "decoder")
            for number, layer in enumerate(network.family.layers(network.model, stack), start=1)
        ]
        network.decoded(self._batch, network.encoded(self._batch))
        for hook in hooks:
            hook.remove()
        assert self.kept.keys() == self._mask.kept.keys()

    def _prune_layer(
        self,
        stack: str,
        number: int,
        layer: nn.Module,
        inputs: tuple[Any, ...],
        named: dict[str, Any],
    ) -> None:
        names = [
            name
            for name in self._mask.kept
            if (role(name).module, role(name).layer) == (stack, number)
        ]
        matrices = [name for name in names if role(name).kind == "weight"]
        hessians: dict[str, Tensor] = {}

        def take(name: str, inputs_ND: Tensor) -> None:
            hessians[name] = (2 / len(inputs_ND)) * inputs_ND.T @ inputs_ND

        with reading(self._network, matrices, self._batch, take):
            layer.forward(*inputs, **named)  # without this hook
        for name in names:
            self._prune(name, hessians.pop(name, None))

    def _prune(self, name: str, hessian_CC: Tensor | None) -> None:
        parameter, groups = self._parameters[name], self._groups(name)
        weight, kept = self._evidence.weights[name].detach(), self._mask.kept[name]
        if hessian_CC is None:
            kept = without_lowest(weight.abs().cpu().numpy(), kept, groups)
            weight = torch.where(kept, weight.cpu(), 0.0)
        else:
            weight, kept = without_least(weight.to(hessian_CC.device), kept, hessian_CC, groups)
            weight = weight.cpu()
            self.changed[name] = weight
        self.kept[name] = kept
        # On the CPU in float32 this is the same memory.
        parameter.data = weight.to(parameter.device, parameter.dtype)


SPARSEGPT: Final = Criterion(
    prune=by_sparsegpt,
    ranks="the weights that the others of their row can make up for best, and these do (SparseGPT, "
    "Frantar and Alistarh 2023)",
    reads_text=True,
    by_input=True,
)
