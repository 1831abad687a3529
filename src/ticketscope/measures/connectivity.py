"""Linear connectivity (Frankle et al. 2020): whether the loss rises between two networks."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.estimate import Estimate
from ticketscope.measures.resampling import NUM_BLOCKS, jackknife, sums_of_blocks

CONNECTED: Final = 0.02
"""Two networks count as connected where the barrier is below this share of the mean loss of the
two (Frankle et al. 2020)."""


def barrier(nats_PS: NDArray[np.float64], num_tokens_S: NDArray[np.int64]) -> dict[str, Estimate]:
    """The barrier between the two ends of a path: the highest loss on it less the mean of the ends.

    `barrier` is in nats per target token, `barrier_share` a share of the mean loss of the ends.
    The highest loss is looked for at all points, ends included, so that neither can be below 0.
    Intervals (jackknife over 20 blocks of sentences, where there are as many sentences) are of the
    point that is highest for all sentences.

    Args:
        nats_PS: negative log-likelihood of each sentence at each point, ``[points, sentences]``.
        num_tokens_S: target tokens of each sentence.
    """
    nats_PS = np.asarray(nats_PS, dtype=np.float64)
    top = int(np.argmax(nats_PS.sum(axis=1)))
    three_3S = nats_PS[[0, top, -1]]
    whole = _figures(three_3S.sum(axis=1), float(num_tokens_S.sum()))
    if len(num_tokens_S) < NUM_BLOCKS:
        return {name: Estimate(value) for name, value in whole.items()}
    nats_3B, tokens_B = sums_of_blocks(three_3S), sums_of_blocks(num_tokens_S)
    without = [
        _figures(three_3S.sum(axis=1) - nats_3B[:, block], float(num_tokens_S.sum() - tokens))
        for block, tokens in enumerate(tokens_B)
    ]
    return {
        name: jackknife(value, [figures[name] for figures in without])
        for name, value in whole.items()
    }


def _figures(nats_3: NDArray[np.float64], num_tokens: float) -> dict[str, float]:
    first, top, last = nats_3 / num_tokens
    ends = (first + last) / 2
    return {"barrier": float(top - ends), "barrier_share": float((top - ends) / ends)}
