"""How much of the expected calibration error is chance, by simulation.

`python benchmarks/calibration_bias.py [RUNS]` draws sentences of 5 to 24 predictions, of which a
share that is lower than their confidence is right.
"""

import sys

import numpy as np

from ticketscope.measures import confidence as measures
from ticketscope.measures.resampling import resample, resampled_sums

BINS = 15


def main(runs: int) -> None:
    generator = np.random.default_rng(0)
    edges = measures.equal_width(BINS)
    print("sentences  true error  differ    ece   by chance  rms error  intervals that hold it")
    for size, off, spread in [
        (200, 0, 0),
        (200, 0.05, 0),
        (200, 0, 0.1),
        (1_000, 0.02, 0),
        (50, 0.1, 0),
    ]:
        draws = resample(size, 400, 1)
        found, errors, chances, squares = [], [], [], []
        for _ in range(runs):
            num = generator.integers(5, 25, size)
            trust = np.clip(generator.beta(2, 1, num.sum()), 0.02, 0.999)
            of_sentence = np.repeat(generator.normal(0, spread, size), num)
            is_right = generator.random(len(trust)) < np.clip(trust - off + of_sentence, 0, 1)
            sums = measures.binned(trust, is_right, num, edges)
            whole = sums.sum(0)
            resampled = resampled_sums(sums.reshape(size, -1), draws).reshape(len(draws), -1, BINS)
            found.append(measures.root_of_squared(whole, resampled))
            squares.append(measures.squared_error(whole))
            errors.append(measures.expected_error(whole))
            chances.append(measures.errors_by_chance(trust, edges, 100, 1).mean())
        held = np.mean([each.lower <= off <= each.upper for each in found])
        root = np.sqrt(max(np.mean(squares), 0.0))
        print(
            f"{size:9d}  {off:10.2f}  {spread:6.1f}  {np.mean(errors):.4f}  {np.mean(chances):9.4f}"
            f"  {root:9.4f}  {held:.3f}"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
