"""Control tasks: what a probe learns by heart and does not read (Hewitt and Liang 2019)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ticketscope import seeds

_SEED_BITS = 63


def control_labels(words: Sequence[str], label_counts: ArrayLike, seed: int) -> NDArray[np.int64]:
    """A label for each word that depends on nothing but its form, ``[num_words]``.

    The label of a form is drawn from the distribution of the task's labels in its training split,
    `label_counts` ``[num_labels]``, by the seed and the form alone: a word has the same one
    wherever it stands, in training as in test. The form is taken as it is written ("The" is not
    "the"), since that is what the encoder sees and what the probe can know again. For token tasks.
    """
    bounds = np.cumsum(np.asarray(label_counts, dtype=np.int64))
    total = int(bounds[-1])
    assert total > 0
    forms, form_of_word = np.unique(np.array(words, dtype=object), return_inverse=True)
    # A seed is a uniform number of so many bits, so this is one from 0 to total - 1.
    drawn = [seeds.derive(seed, "control", form) * total >> _SEED_BITS for form in forms]
    return np.searchsorted(bounds, drawn, side="right").astype(np.int64)[form_of_word]
