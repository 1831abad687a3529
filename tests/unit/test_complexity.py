"""Complexity against closed forms, scikit-dimension's values, laws and degenerate input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.measures import complexity, moments
from ticketscope.measures import intrinsic_dimension as neighbours_module
from ticketscope.measures.intrinsic_dimension import two_nn
from ticketscope.measures.spectrum import (
    interpolated_components,
    num_components,
    spectral_complexity,
    spectrum,
)

NAMES = [
    "pcs_50",
    "pcs_80",
    "pcs_90",
    "pcs_99",
    "participation_ratio",
    "effective_rank",
    "two_nn",
]


def with_spectrum(variances, num_words=64, seed=0):
    """Activations with exactly these eigenvalues of their covariance, away from the origin."""
    rng = np.random.default_rng(seed)
    words = rng.standard_normal((num_words, len(variances)))
    white = np.linalg.qr(words - words.mean(axis=0))[0] * np.sqrt(num_words)
    rotation = np.linalg.qr(rng.standard_normal((len(variances),) * 2))[0]
    return (white * np.sqrt(variances)) @ rotation + 100


def test_closed_forms():
    found = complexity(with_spectrum(np.array([6.0, 2.0, 1.0, 1.0])))
    shares = np.array([0.6, 0.2, 0.1, 0.1])
    assert list(found) == NAMES
    assert [found[name] for name in NAMES[:4]] == [1, 2, 3, 4]
    assert found["participation_ratio"] == pytest.approx(100 / 42)
    assert found["effective_rank"] == pytest.approx(np.prod(shares**-shares))


@pytest.mark.parametrize("width", [1, 2, 10, 50])
def test_equal_directions_all_count(width):
    found = complexity(with_spectrum(np.full(width, 0.3)))
    assert found["participation_ratio"] == pytest.approx(width)
    assert found["effective_rank"] == pytest.approx(width)
    # A share that is reached exactly is reached, whatever rounding says.
    assert [found[name] for name in NAMES[:4]] == [
        int(np.ceil(round(share * width, 6))) for share in (0.5, 0.8, 0.9, 0.99)
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 40), st.integers(1, 12))
def test_invariances_and_bounds(seed, num_words, width):
    rng = np.random.default_rng(seed)
    words = rng.standard_normal((num_words, width)) * rng.uniform(0.3, 3, width)
    rotation = np.linalg.qr(rng.standard_normal((width, width)))[0]
    found = complexity(words)
    assert complexity(7 * words @ rotation + 50) == pytest.approx(found, rel=1e-6)
    assert complexity(words[rng.permutation(num_words)]) == pytest.approx(found, rel=1e-9)
    rank = min(width, num_words - 1)
    ordered = [found[name] for name in NAMES[:4]]
    assert ordered == sorted(ordered)
    assert ordered[0] >= 1
    assert ordered[3] <= rank
    assert 1 - 1e-9 <= found["participation_ratio"] <= found["effective_rank"] + 1e-9
    assert found["effective_rank"] <= rank + 1e-9
    assert found["two_nn"] > 0


def test_float32_to_three_digits():
    words = with_spectrum(np.array([6.0, 2.1, 1.2, 0.9]), num_words=500)
    assert complexity(words.astype(np.float32)) == pytest.approx(complexity(words), rel=1e-3)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e5])
def test_a_constant_representation_has_no_complexity(constant):
    for dtype in (np.float32, np.float64):
        found = complexity(np.full((3_000, 4), constant, dtype=dtype))
        assert found == dict.fromkeys(NAMES, 0.0)


def test_a_constant_with_rounding_is_constant():
    steps = np.random.default_rng(6).integers(-1, 2, (200, 4)).astype(np.float32)
    rounded = np.float32(3.3) * (1 + np.float32(1.2e-7) * steps)
    assert len(np.unique(rounded)) == 3
    assert complexity(rounded) == dict.fromkeys(NAMES, 0.0)


def test_degenerate_input_has_defined_values():
    rng = np.random.default_rng(1)
    base = rng.standard_normal((50, 3))
    dead = complexity(np.hstack([base, np.full((50, 2), 0.1)]))
    assert dead == pytest.approx(complexity(base), rel=1e-9)
    doubled = complexity(np.hstack([base, base]))
    assert doubled == pytest.approx(complexity(base), rel=1e-6)
    wide = complexity(rng.standard_normal((4, 30)))
    assert wide["pcs_99"] == 3
    assert wide["effective_rank"] <= 3
    assert complexity(base[:1]) == dict.fromkeys(NAMES, 0.0)
    assert complexity(base[:2])["pcs_99"] == 1
    assert complexity(base[:2])["two_nn"] == 0
    with pytest.raises(ValueError, match="expected \\[words, neurons\\]"):
        complexity(base[:, 0])
    with pytest.raises(ValueError, match="not finite"):
        complexity(np.where(base > 1, np.inf, base))


def test_spectrum_of_blocks_that_add_up():
    words = with_spectrum(np.array([6.0, 2.0, 1.0, 1.0]), num_words=90)
    blocks = [
        moments.accumulate([{"a": words[start : start + 30]}], [("a", "a")])["a", "a"]
        for start in (0, 30, 60)
    ]
    whole = complexity(words)
    added = spectral_complexity(spectrum(blocks[0] + blocks[1] + blocks[2]))
    assert added == pytest.approx({name: whole[name] for name in added}, rel=1e-9)
    resampled = complexity(np.concatenate([words[:30], words[:30], words[60:]]))
    [drawn] = moments.resampled(blocks, np.array([[2, 0, 1]]))
    found = spectral_complexity(spectrum(drawn))
    assert found == pytest.approx({name: resampled[name] for name in found}, rel=1e-9)


# ---------------------------------------------------------------------------------------- TwoNN


@pytest.mark.parametrize(("dimension", "tolerance"), [(1, 0.05), (2, 0.05), (5, 0.12)])
def test_dimension_of_a_hypercube(dimension, tolerance):
    cube = np.random.default_rng(2).uniform(size=(2_500, dimension))
    rotation = np.linalg.qr(np.random.default_rng(3).standard_normal((20, 20)))[0]
    assert two_nn(cube @ rotation[:dimension] * 9 + 4) == pytest.approx(dimension, rel=tolerance)


def test_values_of_scikit_dimension():
    # Of scikit-dimension 0.5.0, TwoNN().fit_transform
    rs = np.random.RandomState(0)
    assert two_nn(rs.rand(2000, 5)) == pytest.approx(4.554774949268212, rel=1e-9)
    curved = np.tanh(rs.randn(1500, 3) @ rs.randn(3, 40))
    assert two_nn(curved) == pytest.approx(2.9705974288481447, rel=1e-9)
    assert two_nn(rs.rand(1000, 30)) == pytest.approx(20.237144393003454, rel=1e-9)


def test_duplicates_are_dropped():
    rng = np.random.default_rng(4)
    cube = rng.uniform(size=(800, 3)) @ rng.standard_normal((3, 12))
    order = rng.permutation(1_200)
    exact = np.concatenate([cube, cube[:400]])[order]
    assert two_nn(exact) == pytest.approx(two_nn(cube), rel=1e-9)
    noisy = exact + 1e-7 * rng.standard_normal(exact.shape)  # as from other batches
    assert two_nn(noisy) == pytest.approx(two_nn(cube), rel=1e-3)
    outlier = np.concatenate([cube, np.full((3, 12), 1e5)])
    assert two_nn(outlier) == pytest.approx(two_nn(cube), rel=0.02)


def test_blocks_of_distances_do_not_matter(monkeypatch):
    words = np.random.default_rng(5).standard_normal((100, 4))
    words = np.concatenate([words, words[:30]])
    whole = two_nn(words)
    monkeypatch.setattr(neighbours_module, "_BLOCK_CELLS", 700)
    assert two_nn(words) == pytest.approx(whole, rel=1e-12)


def test_equal_distances_span_what_they_can():
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), axis=-1).reshape(-1, 2)
    assert two_nn(0.1 * grid) == 2
    assert two_nn(np.eye(4)) == 3


def test_too_few_distinct_words_have_no_dimension():
    words = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert two_nn(words) == 0
    assert two_nn(np.repeat(words, 5, axis=0)) == 0


@given(
    variances=st.lists(st.just(0.0) | st.floats(1e-3, 100), min_size=1, max_size=12).map(
        lambda found: np.sort(np.array(found))[::-1]
    ),
    share=st.floats(0.01, 0.99),
)
def test_components_counted_in_part_lie_between_whole_ones(
    variances: np.ndarray, share: float
) -> None:
    whole = num_components(variances, share)
    found = interpolated_components(variances, share)
    assert found == 0 if whole == 0 else whole - 1 < found <= whole
    assert interpolated_components(3 * variances, share) == pytest.approx(found)


def test_components_counted_in_part() -> None:
    assert interpolated_components(np.ones(10), 0.85) == pytest.approx(8.5)
    assert interpolated_components(np.array([3.0, 1.0]), 0.75) == pytest.approx(1)
    assert interpolated_components(np.array([3.0, 1.0]), 0.5) == pytest.approx(2 / 3)
    assert interpolated_components(np.array([2.0, 1.0, 1.0]), 0.8) == pytest.approx(2.2)
    assert interpolated_components(np.zeros(3), 0.8) == 0
    near = interpolated_components(np.array([0.8 + 1e-12, 0.2 - 1e-12]), 0.8)
    assert near == pytest.approx(1)  # no jump where a whole count jumps
