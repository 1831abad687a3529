"""Products of matrices, one for each of many probes.

Small ones are one batched product, large ones are oneDNN's, each by itself. Torch multiplies
float32 by MKL, which leaves the widest vector instructions of AMD's processors unused: there
oneDNN took half the time (measured on an EPYC of 2024: 165 to 180 GFLOP/s against 86). It is called
by the operator that torch's own compiler emits; torch documents none that needs no copies.
"""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

LARGE = 2**20  # multiplications: from here on one call of oneDNN per probe is faster


def product(first: Tensor, second: Tensor, out: Tensor) -> Tensor:
    """`[probes, m, k]` times `[probes, k, n]`, written to `out` `[probes, m, n]`.

    Which library multiplies depends on m, k and n alone, not on how many probes there are.
    """
    _, m, k = first.shape
    onednn = _onednn()
    if m * k * second.shape[2] < LARGE or onednn is None:
        return torch.bmm(first, second, out=out)
    for one, other, of_probe in zip(first.unbind(), second.unbind(), out.unbind(), strict=True):
        of_probe.copy_(onednn(one, other.T, None, "none", [], ""))
    return out


@cache
def _onednn() -> Callable[..., Tensor] | None:
    """The operator, if this build of torch has it."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    try:
        operator: Callable[..., Tensor] = torch.ops.mkldnn._linear_pointwise
    except AttributeError:
        return None
    return operator
