"""How often the intervals of `measures/clustered.py` hold the truth, by simulation.

`python benchmarks/clustered_coverage.py [RUNS]` draws sentences with 1 to 6 events. With the chance
`together` a sentence breaks whole or not at all, else each event breaks by itself. Of two networks
that are compared, a share of sentences (`paired`) breaks in both alike; with 1.0 the second
breaks only where the first does.
"""

import sys
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.clustered import clustered_difference, clustered_share

Draws = NDArray[np.int64]


def broken(generator: np.random.Generator, num: Draws, share: float, together: float) -> Draws:
    whole = num * (generator.random(num.shape) < share)
    single = generator.binomial(num, share)
    return np.where(generator.random(num.shape) < together, whole, single)


def main(runs: int) -> None:
    generator = np.random.default_rng(1)
    print("sentences  together  share    covered    missed below  above   width")
    for size, together, share in product((10, 40, 400), (0.0, 0.3, 1.0), (0.01, 0.1, 0.5)):
        found = []
        for _ in range(runs):
            num = 1 + generator.binomial(5, 0.3, size)
            found.append(clustered_share(broken(generator, num, share, together), num))
        tell(f"{size:9d}  {together:8.1f}  {share:5.2f}", found, share)
    print("\nsentences  together  shares       paired  covered  missed below  above   width")
    sizes, pairs = (10, 40, 400), ((0.02, 0.02), (0.1, 0.05), (0.5, 0.4))
    for size, together, (ours, theirs), paired in product(
        sizes, (0.0, 1.0), pairs, (0.0, 0.7, 1.0)
    ):
        found = []
        for _ in range(runs):
            num = 1 + generator.binomial(5, 0.3, size)
            one = broken(generator, num, ours, together)
            other = broken(generator, num, theirs, together)
            # Where both go together, the other breaks in part of the sentences that one breaks in.
            kept = generator.random(size) < theirs / ours
            same = generator.random(size) < paired
            other = np.where(same, np.where(kept, one, 0), other)
            found.append(clustered_difference(one, num, other, num))
        name = f"{size:9d}  {together:8.1f}  {ours:.2f}, {theirs:.2f}  {paired:6.1f}"
        tell(name, found, ours - theirs)


def tell(name: str, found: list, truth: float) -> None:
    lower, upper = (np.array([getattr(each, end) for each in found]) for end in ("lower", "upper"))
    below, above = np.mean(truth < lower), np.mean(truth > upper)
    width = np.mean(upper - lower)
    print(f"{name}  {1 - below - above:7.3f}  {below:12.3f}  {above:5.3f}  {width:6.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
