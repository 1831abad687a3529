"""Sums over words from which similarity and complexity follow exactly, in one pass over the words.

Each word of a network is taken as its features: the d activations less a fixed centre, their
squared norm, and 1. The sum over words of the outer product of the features of two networks then
holds their cross-moments, means, row norms and the number of words in one matrix
`[d_a + 2, d_b + 2]`. Such sums of batches or of blocks of sentences add up; moving the centre is
linear in the features, so the moments about the mean follow without a second pass over the words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pair = tuple[str, str]

# A neuron is dead when its deviation is within so many roundings of its mean: averaging the
# subwords of a word rounds a constant differently for words of different length.
_DEAD_ROUNDINGS = 8
_LARGEST = np.float64(1e70)  # fourth powers must be finite
_BLOCK_WORDS = 2048
_RESAMPLES_AT_ONCE = 10


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over words of the features of network a times those of network b, which may be a.

    `centre_a` `[d_a]` and `centre_b` `[d_b]` are what was taken off the activations; `sums` is
    `[d_a + 2, d_b + 2]`, float64; `epsilon` is the relative rounding of the activations' own type.
    """

    centre_a: Array
    centre_b: Array
    sums: Array
    epsilon: float

    @property
    def num_words(self) -> int:
        """How many words went in."""
        return round(float(self.sums[-1, -1]))

    def __add__(self, other: "Moments") -> "Moments":
        """The moments of both sets of words together."""
        other = other.about(self.centre_a, self.centre_b)
        epsilon = max(self.epsilon, other.epsilon)
        return Moments(self.centre_a, self.centre_b, self.sums + other.sums, epsilon)

    def about(self, centre_a: Array, centre_b: Array) -> "Moments":
        """The same moments about other centres."""
        if centre_a is self.centre_a and centre_b is self.centre_b:
            return self
        sums = _moved(self.sums, self.centre_a - centre_a)
        sums = _moved(sums.T, self.centre_b - centre_b).T
        return Moments(centre_a, centre_b, sums, self.epsilon)

    def centred(self) -> "Moments":
        """The same moments about the means."""
        mean_a, mean_b = self._means()
        return self.about(self.centre_a + mean_a, self.centre_b + mean_b)

    def centred_norms(self) -> tuple[float, float, float]:
        """With r and q the squared norms of the words about the mean, in a and in b: Σ r q, Σ r and
        Σ q. Moving the centre weighs the features of a word, so all follow from `sums`."""
        a, b = (np.array([*-2 * mean, 1.0, mean @ mean]) for mean in self._means())
        along_b = self.sums @ b
        return float(a @ along_b), float(a @ self.sums[:, -1]), float(along_b[-1])

    def covariances(self) -> Array:
        """Population covariances of the neurons of a with those of b, `[d_a, d_b]`."""
        mean_a, mean_b = self._means()
        return np.asarray(self.sums[:-2, :-2] / self.num_words - np.outer(mean_a, mean_b))

    def deviations(self) -> Array:
        """Population standard deviations of a's neurons, 0 for a dead (constant) one, `[d]`.

        For the moments of a network with itself.
        """
        mean, _ = self._means()
        variances = np.diagonal(self.sums)[:-2] / self.num_words - mean**2
        deviations = np.sqrt(np.maximum(variances, 0.0))
        resolution = _DEAD_ROUNDINGS * self.epsilon * np.abs(self.centre_a + mean)
        return np.where(deviations > resolution, deviations, 0.0)

    def _means(self) -> tuple[Array, Array]:
        """Mean activations of a and of b, as seen from the centres."""
        return self.sums[:-2, -1] / self.num_words, self.sums[-1, :-2] / self.num_words


def accumulate(
    batches: Iterable[Mapping[str, NDArray[np.floating]]], pairs: Iterable[Pair]
) -> dict[Pair, Moments]:
    """The moments of the named pairs of networks over all words of all batches.

    A batch maps the name of each network to its activations `[words, d]`, the same words in each.
    To compare a with b, the pairs (a, a), (b, b) and (a, b) are needed. Takes
    8 (d_a + 2) (d_b + 2) bytes per pair, and the features of one batch, whatever the number of
    words. Sums are in float64. Raises `ValueError` for batches of no words at all, of unequal words
    or widths, or with values that are not finite.
    """
    pairs = list(dict.fromkeys(pairs))
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    centres: dict[str, Array] = {}
    sums: dict[Pair, Array] = {}
    epsilons = dict.fromkeys(names, 0.0)
    for batch in batches:
        check({name: batch[name] for name in names})
        if not len(batch[names[0]]):
            continue
        features = {}
        for name in names:
            words = batch[name]
            if not (np.abs(words) < _LARGEST).all():
                raise ValueError(f"activations of {name}: not finite, or beyond {_LARGEST:g}")
            epsilons[name] = max(epsilons[name], _epsilon(words.dtype))
            if name not in centres:
                centres[name] = words.mean(axis=0, dtype=np.float64)
            features[name] = _features(words, centres[name], name)
        for a, b in pairs:
            product = features[a].T @ features[b]
            if (a, b) in sums:
                sums[a, b] += product
            else:
                sums[a, b] = product
    if pairs and not sums:
        raise ValueError("no words to measure activations on")
    return {
        (a, b): Moments(centres[a], centres[b], sums[a, b], max(epsilons[a], epsilons[b]))
        for a, b in pairs
    }


def about_one_centre(blocks: Sequence[Moments]) -> list[Moments]:
    """The moments of blocks of words about the centres of the first, so that their sums add up."""
    first = blocks[0]
    return [block.about(first.centre_a, first.centre_b) for block in blocks]


def resampled(blocks: Sequence[Moments], counts_RB: NDArray[np.int64]) -> Iterator[Moments]:
    """The moments of the words of each block taken as often as each of R resamples has it.

    `counts_RB`: `[R, num_blocks]`. The sums of some resamples at a time are one product of their
    counts with the blocks.
    """
    parts = about_one_centre(blocks)
    first, epsilon = parts[0], max(block.epsilon for block in parts)
    sums_BC = np.stack([part.sums.ravel() for part in parts])
    for start in range(0, len(counts_RB), _RESAMPLES_AT_ONCE):
        counts = counts_RB[start : start + _RESAMPLES_AT_ONCE].astype(np.float64)
        for sums in counts @ sums_BC:
            of_resample = sums.reshape(first.sums.shape)
            yield Moments(first.centre_a, first.centre_b, of_resample, epsilon)


def without_each(blocks: Sequence[Moments]) -> Iterator[Moments]:
    """The moments of all blocks of words but one, for each block in turn: the sums of all less its
    own, about the centres of the first. One after the other, since wide layers have large sums."""
    parts = about_one_centre(blocks)
    total = sum(parts[1:], start=parts[0])
    for part in parts:
        yield Moments(total.centre_a, total.centre_b, total.sums - part.sums, total.epsilon)


def blocks(
    representations: Mapping[str, NDArray[np.floating]],
) -> Iterable[Mapping[str, NDArray[np.floating]]]:
    """Activations in memory (or mapped from a file) as batches of words."""
    num_words = len(next(iter(representations.values())))
    for start in range(0, num_words, _BLOCK_WORDS):
        words = slice(start, start + _BLOCK_WORDS)
        yield {name: activations[words] for name, activations in representations.items()}


def check(representations: Mapping[str, NDArray[np.floating]]) -> None:
    """Raise `ValueError` unless all are `[words, neurons]` of the same number of words."""
    lengths = {}
    for name, activations in representations.items():
        if activations.ndim != 2 or not activations.shape[1]:
            raise ValueError(
                f"activations of {name}: shape {activations.shape}, expected [words, neurons]"
            )
        lengths[name] = len(activations)
    if len(set(lengths.values())) > 1:
        numbers = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise ValueError(f"networks must see the same words; numbers of words: {numbers}")


def _features(words: NDArray[np.floating], centre: Array, name: str) -> Array:
    """Centred activations, their squared norms and ones, `[words, d + 2]`."""
    num_words, width = words.shape
    if width != len(centre):
        raise ValueError(f"activations of {name}: {width} neurons after {len(centre)} before")
    features = np.empty((num_words, width + 2))
    centred = features[:, :width]
    np.subtract(words, centre, out=centred)
    features[:, -2] = np.einsum("wd,wd->w", centred, centred)
    features[:, -1] = 1.0
    return features


def _moved(sums: Array, shift: Array) -> Array:
    """`sums` with `shift` added to the activations that its rows stand for."""
    neurons, norms, ones = sums[:-2], sums[-2], sums[-1]
    return np.vstack(
        [
            neurons + np.outer(shift, ones),
            norms + 2 * shift @ neurons + (shift @ shift) * ones,
            ones,
        ]
    )


def _epsilon(dtype: np.dtype[np.floating]) -> float:
    exact = not np.issubdtype(dtype, np.floating)
    return float(np.finfo(np.float64 if exact else dtype).eps)
