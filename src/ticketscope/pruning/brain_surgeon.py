"""One matrix pruned so that what comes out of it changes least: the solver of SparseGPT.

Frantar and Alistarh (2023): columns are gone through from left to right. What a weight takes away
from the output is made up for by the weights of its row in later columns, as the optimal brain
surgeon does it (Hassibi and Stork 1993). Which weights go is decided block by block of columns,
since by then earlier blocks have changed them.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor

from ticketscope.errors import JobError
from ticketscope.pruning.cuts import Groups, without_lowest

COLUMNS: Final = 128
"""Of a block, as in the authors' code; of a pattern as many whole groups."""
DAMPING: Final = 0.01
"""Share of the mean of the diagonal that is added to it, as in the authors' code."""


def without_least(
    weight_RC: Tensor, kept_RC: Tensor, hessian_CC: Tensor, groups: Groups
) -> tuple[Tensor, Tensor]:
    """Prune a matrix.

    Args:
        weight_RC: it, in float32; not changed.
        kept_RC: which of its weights are left, on the CPU.
        hessian_CC: 2 XᵀX / n of its inputs X, ``[n, columns]``.
        groups: how many more go, of each row, of all rows together, or of each group of
            consecutive weights of a row.

    Returns the matrix, with +0.0 where a weight is gone, and which are left. Weights that are gone
    already stay gone.
    """
    weight_RC, kept_RC = weight_RC.clone(), kept_RC.clone()
    is_dead_C = hessian_CC.diagonal() == 0
    inverse_CC = _factor_of_inverse(hessian_CC, is_dead_C).to(weight_RC.dtype)
    choice = _Choice(kept_RC, groups)
    num_columns = weight_RC.shape[1]
    for first in range(0, num_columns, choice.width):
        last = min(first + choice.width, num_columns)
        of_block_BB = inverse_CC[first:last, first:last]
        # Turned, so that a column lies in one piece.
        block_BR = weight_RC[:, first:last].T.contiguous()
        errors_BR = torch.zeros_like(block_BR)
        for column in range(last - first):
            if column % choice.step == 0:
                end = min(column + choice.step, last - first)
                scores = (block_BR[column:end].T / of_block_BB.diagonal()[column:end]).square()
                # What reads nothing but zeros has no effect.
                scores[:, is_dead_C[first + column : first + end]] = 0.0
                choice.choose(first + column, scores)
            w_R = block_BR[column].clone()
            is_kept_R = kept_RC[:, first + column].to(w_R.device)
            error_R = torch.where(is_kept_R, 0.0, w_R) / of_block_BB[column, column]
            block_BR[column:].addr_(of_block_BB[column, column:], error_R, alpha=-1)
            block_BR[column] = torch.where(is_kept_R, w_R, 0.0)
            errors_BR[column] = error_R
        weight_RC[:, first:last] = block_BR.T
        weight_RC[:, last:] -= errors_BR.T @ inverse_CC[first:last, last:]
    return weight_RC, kept_RC


class _Choice:
    """Which weights of some columns go, when it is their turn.

    Attributes:
        width: columns of a block.
        step: how many columns are decided on at once.
    """

    def __init__(self, kept_RC: Tensor, groups: Groups) -> None:
        num_rows, num_columns = kept_RC.shape
        self._kept_RC = kept_RC
        self._of_rows = groups.size == num_columns
        self._of_all = groups.size == kept_RC.numel() and not self._of_rows
        if self._of_rows or self._of_all:
            self._num_more = groups.num_more.copy()
            self.width = self.step = COLUMNS
        else:
            self._num_more = groups.num_more.reshape(num_rows, -1)
            self.step = groups.size
            self.width = max(COLUMNS // groups.size, 1) * groups.size

    def choose(self, first: int, scores_RB: Tensor) -> None:
        """Decide on the columns from `first` on; the lowest scores go."""
        num_rows, width = scores_RB.shape
        kept_RB = self._kept_RC[:, first : first + width]
        if self._of_rows or self._of_all:
            # Each block gives its share of what still has to go; so the last one gives the rest.
            in_block, left = kept_RB.sum(1).numpy(), self._kept_RC[:, first:].sum(1).numpy()
            if self._of_all:
                in_block, left = in_block.sum(keepdims=True), left.sum(keepdims=True)
            num_more = self._num_more * in_block // np.maximum(left, 1)
            self._num_more -= num_more
            groups = Groups(width * (num_rows if self._of_all else 1), num_more)
        else:
            groups = Groups(width, self._num_more[:, first // self.step])
        self._kept_RC[:, first : first + width] = without_lowest(
            scores_RB.cpu().numpy(), kept_RB, groups
        )


def _factor_of_inverse(hessian_CC: Tensor, is_dead_C: Tensor) -> Tensor:
    """The upper Cholesky factor of (H + damping)⁻¹, in float64."""
    hessian_CC = hessian_CC.to(torch.float64, copy=True)
    diagonal_C = hessian_CC.diagonal()
    mean = 1.0 if bool(is_dead_C.all()) else float(diagonal_C[~is_dead_C].mean())
    # Inputs that are never there tell nothing; as they are, H would have no inverse.
    diagonal_C[is_dead_C] = mean
    diagonal_C += DAMPING * mean
    lower_CC, failed = torch.linalg.cholesky_ex(hessian_CC)
    if int(failed) or not bool(lower_CC.isfinite().all()):
        raise JobError(
            "sparsegpt: what a matrix reads is not finite or too large to compute with; check the "
            "network, or calibrate it in float32"
        )
    factor_CC: Tensor = torch.linalg.cholesky(torch.cholesky_inverse(lower_CC), upper=True)
    return factor_CC
