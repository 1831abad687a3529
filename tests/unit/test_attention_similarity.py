"""Similarity of heads against its definitions in plain loops, laws, sums and bad input."""

import math
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.measures import attention_cka, attention_similarity
from ticketscope.measures.attention import (
    divergence_sums,
    head_sums,
    jensen_shannon,
    layer_cka,
    pearson,
    total,
)
from ticketscope.measures.matched_heads import (
    assigned,
    best_heads,
    by_layer,
    similarity_of_layers,
)

CAUSAL = pytest.mark.parametrize("causal", [False, True])


def maps(seed, num_heads, shapes, *, causal=False, dtype=np.float64, sharpness=2.0):
    """Random attention; weights on keys beyond the query are 0 with `causal`."""
    rng = np.random.default_rng(seed)
    found = []
    for num_queries, num_keys in shapes:
        scores = sharpness * rng.standard_normal((num_heads, num_queries, num_keys))
        if causal:
            scores = np.where(np.tri(num_queries, num_keys, dtype=bool), scores, -np.inf)
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        found.append((weights / weights.sum(axis=2, keepdims=True)).astype(dtype))
    return found


SQUARES = [(4, 4), (1, 1), (7, 7), (2, 2)]
RECTANGLES = [(4, 6), (1, 3), (5, 1), (2, 2)]


def rows_of(sentences, head, causal):
    """Each row of one head as a list of its valid weights."""
    for weights in sentences:
        for query, row in enumerate(weights[head]):
            yield [float(w) for w in (row[: query + 1] if causal else row)]


def naive_pearson(p, q):
    """The correlation and its weight."""
    mean_p, mean_q = sum(p) / len(p), sum(q) / len(q)
    top = sum((x - mean_p) * (y - mean_q) for x, y in zip(p, q, strict=True))
    below = math.sqrt(sum((x - mean_p) ** 2 for x in p) * sum((y - mean_q) ** 2 for y in q))
    return (top / below, len(p) - 1) if below > 1e-15 else None


def naive_jensen_shannon(p, q):
    """1 less the divergence and its weight."""

    def kl(x, y):
        return sum(a * math.log2(a / b) for a, b in zip(x, y, strict=True) if a > 0)

    middle = [(x + y) / 2 for x, y in zip(p, q, strict=True)]
    return (1 - (kl(p, middle) + kl(q, middle)) / 2, 1) if len(p) > 1 else None


def naive(figure, maps_a, maps_b, causal):
    """The weighted mean over the rows that have the figure, of every pair of heads."""
    result = np.zeros((len(maps_a[0]), len(maps_b[0])))
    for h, g in np.ndindex(*result.shape):
        rows = zip(rows_of(maps_a, h, causal), rows_of(maps_b, g, causal), strict=True)
        found = [value for value in (figure(p, q) for p, q in rows) if value is not None]
        if found:
            values, weights = zip(*found, strict=True)
            result[h, g] = np.average(values, weights=weights)
    return result


def gram_cka(maps_a, maps_b, causal):
    """CKA from the kernels of all cells with all cells."""
    kernels = []
    for sentences in (maps_a, maps_b):
        columns = [
            [w for row in rows_of(sentences, head, causal) for w in row]
            for head in range(len(sentences[0]))
        ]
        cells = np.array(columns).T
        centring = np.eye(len(cells)) - 1 / len(cells)
        kernels.append(centring @ cells @ cells.T @ centring)
    one, other = kernels
    return np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other)


# ------------------------------------------------------------------------------- the definitions


@pytest.mark.parametrize(
    ("shapes", "causal"), [(SQUARES, False), (SQUARES, True), (RECTANGLES, False)]
)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-12)])
def test_values_are_those_of_plain_loops(shapes, causal, dtype, tolerance):
    maps_a = maps(1, 3, shapes, causal=causal, dtype=dtype)
    maps_b = maps(2, 4, shapes, causal=causal, dtype=dtype)
    for measure, figure in (("pearson", naive_pearson), ("jensen_shannon", naive_jensen_shannon)):
        found = attention_similarity(maps_a, maps_b, measure=measure, causal=causal)
        assert found.shape == (3, 4)
        assert found.dtype == np.float64
        expected = naive(figure, maps_a, maps_b, causal)
        # float32 rows do not quite sum to 1, which the plain form takes as it is.
        slack = 1e-7 if measure == "jensen_shannon" and dtype == np.float32 else tolerance
        assert found == pytest.approx(expected, abs=slack)
    found_cka = attention_cka(maps_a, maps_b, causal=causal)
    assert found_cka == pytest.approx(gram_cka(maps_a, maps_b, causal), abs=1e-12)


def lengths(rectangular):
    one = st.integers(1, 9)
    shape = st.tuples(one, one) if rectangular else one.map(lambda n: (n, n))
    return st.lists(shape, min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.tuples(lengths(False), st.booleans()), st.tuples(lengths(True), st.just(False))),
    st.integers(0, 99),
    st.sampled_from([np.float32, np.float64]),
)
def test_identical_heads_score_one_whatever_the_lengths(kind, seed, dtype):
    shapes, causal = kind
    given_maps = maps(seed, 3, shapes, causal=causal, dtype=dtype)
    for measure in ("pearson", "jensen_shannon"):
        found = attention_similarity(given_maps, given_maps, measure=measure, causal=causal)
        # Only rows with a choice are compared; without any the similarity is 0.
        has_choice = any(keys > 1 and (not causal or queries > 1) for queries, keys in shapes)
        assert np.diagonal(found) == pytest.approx(float(has_choice), abs=1e-6)
        assert found == pytest.approx(found.T, abs=1e-12)
        assert (found <= 1).all()
    varies = len({float(w) for row in rows_of(given_maps, 0, causal) for w in row}) > 1
    found_cka = attention_cka(given_maps, given_maps, causal=causal)
    assert found_cka == pytest.approx(float(varies), abs=1e-6)


def test_identical_heads_score_one_among_others_of_another_network():
    maps_a, maps_b = maps(3, 3, SQUARES), maps(4, 5, SQUARES)
    for one, other in zip(maps_a, maps_b, strict=True):
        other[[4, 0, 2]] = one
    for measure in ("pearson", "jensen_shannon"):
        found = attention_similarity(maps_a, maps_b, measure=measure)
        assert found[[0, 1, 2], [4, 0, 2]] == pytest.approx(1, abs=1e-12)
        assert found[0, 1] < 0.95
        assert list(best_heads(found).heads) == [4, 0, 2]


@CAUSAL
def test_permuted_heads_permute_the_values(causal):
    maps_a, maps_b = maps(5, 3, SQUARES, causal=causal), maps(6, 4, SQUARES, causal=causal)
    order = [2, 0, 3, 1]
    permuted = [weights[order] for weights in maps_b]
    for measure in ("pearson", "jensen_shannon"):
        before = attention_similarity(maps_a, maps_b, measure=measure, causal=causal)
        after = attention_similarity(maps_a, permuted, measure=measure, causal=causal)
        assert after == pytest.approx(before[:, order], abs=1e-12)


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -3.0, 7.0])
def test_cells_beyond_the_query_are_not_read(rubbish):
    maps_a, maps_b = maps(7, 2, SQUARES, causal=True), maps(8, 3, SQUARES, causal=True)
    spoilt = [
        np.where(np.tri(*weights.shape[1:], dtype=bool), weights, rubbish) for weights in maps_b
    ]
    for measure in ("pearson", "jensen_shannon"):
        clean = attention_similarity(maps_a, maps_b, measure=measure, causal=True)
        assert (attention_similarity(maps_a, spoilt, measure=measure, causal=True) == clean).all()
    assert attention_cka(maps_a, spoilt, causal=True) == attention_cka(maps_a, maps_b, causal=True)


def test_disjoint_rows_have_nothing_in_common():
    one = [np.array([[[0.3, 0.7, 0.0, 0.0], [0, 0, 0, 1]]])]
    other = [np.array([[[0.0, 0.0, 0.9, 0.1], [1, 0, 0, 0]]])]
    found = attention_similarity(one, other, measure="jensen_shannon")
    assert found == pytest.approx(0, abs=1e-12)
    assert found >= 0
    assert attention_similarity(one, other, measure="pearson") < 0


def test_divergence_is_symmetric_and_takes_rows_over_their_sum():
    maps_a, maps_b = maps(9, 3, RECTANGLES, sharpness=20), maps(10, 4, RECTANGLES, sharpness=20)
    there = attention_similarity(maps_a, maps_b, measure="jensen_shannon")
    back = attention_similarity(maps_b, maps_a, measure="jensen_shannon")
    assert there == pytest.approx(back.T, abs=1e-12)
    assert (there >= 0).all()
    assert (there <= 1).all()
    scaled = [0.9 * weights for weights in maps_a]
    assert attention_similarity(scaled, maps_b, measure="jensen_shannon") == pytest.approx(
        there, abs=1e-12
    )


# ------------------------------------------------------------------------------- rows of few keys


@CAUSAL
def test_rows_of_one_key_change_neither_measure_and_are_counted(causal):
    """The first row of a decoder's self-attention, which says 1 whatever the heads do."""
    maps_a, maps_b = maps(40, 2, SQUARES, causal=causal), maps(41, 3, SQUARES, causal=causal)
    with_more = [[*given, *[np.ones((len(given[0]), 1, 1))] * 9] for given in (maps_a, maps_b)]
    for measure in ("pearson", "jensen_shannon"):
        few = attention_similarity(maps_a, maps_b, measure=measure, causal=causal)
        many = attention_similarity(*with_more, measure=measure, causal=causal)
        assert many == pytest.approx(few, abs=1e-15)
    heads = head_sums(*with_more, causal=causal)
    divergences = divergence_sums(*with_more, causal=causal)
    assert heads.num_rows == divergences.num_rows == 14 + 9
    num_of_one_key = 9 + (len(SQUARES) if causal else 1)
    assert (heads.num_left_out == num_of_one_key).all()
    assert divergences.num_used == 23 - num_of_one_key


def test_heads_with_rows_of_one_key_alone_have_nothing_in_common():
    alone = [np.ones((2, 3, 1))]
    for measure in ("pearson", "jensen_shannon"):
        assert (attention_similarity(alone, alone, measure=measure) == 0).all()
    assert list(best_heads(np.zeros((2, 2))).heads) == [-1, -1]


def test_a_row_weighs_its_number_of_keys_less_one():
    """Two keys give -1 here, four keys .8, by hand: (1 x -1 + 3 x .8) / 4."""
    one = [np.array([[[0.9, 0.1]]]), np.array([[[0.1, 0.2, 0.3, 0.4]]])]
    other = [np.array([[[0.2, 0.8]]]), np.array([[[0.1, 0.3, 0.2, 0.4]]])]
    assert attention_similarity(one, other, measure="pearson") == pytest.approx(0.35)
    # Jensen-Shannon has no such weight.
    apart = [
        attention_similarity([a], [b], measure="jensen_shannon")
        for a, b in zip(one, other, strict=True)
    ]
    both = attention_similarity(one, other, measure="jensen_shannon")
    assert both == pytest.approx(sum(apart) / 2)


@pytest.mark.parametrize("num_keys", [2, 4, 25])
def test_the_weight_is_how_much_a_row_of_unrelated_heads_tells(num_keys):
    """Its correlation has the variance 1 / (n - 1): 1.00, .58 and .20 from 0."""
    rng = np.random.default_rng(42)
    one, other = (rng.standard_normal((100, 1, num_keys)) + 9 for _ in "ab")
    found = pearson(head_sums([one], [other], causal=False))
    assert found.std() == pytest.approx(1 / math.sqrt(num_keys - 1), rel=0.05)


# ---------------------------------------------------------------------------- heads without rows


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_heads_correlate_with_nothing_and_are_counted(dtype):
    rng = np.random.default_rng(11)
    maps_a, maps_b = (maps(seed, 2, SQUARES, dtype=dtype) for seed in (12, 13))
    for weights in maps_b:
        rounding = 1e-7 * rng.integers(-1, 2, weights.shape[1:])
        weights[1] = (1 + rounding) / weights.shape[2]
    sums = head_sums(maps_a, maps_b, causal=False)
    # 14 rows in all; that of one key never counts.
    assert sums.num_rows == 14
    assert sums.num_left_out.tolist() == [[1, 14], [1, 14]]
    assert (pearson(sums)[:, 1] == 0).all()
    assert pearson(sums)[:, 0] == pytest.approx(
        attention_similarity(maps_a, [w[:1] for w in maps_b], measure="pearson")[:, 0]
    )
    assert list(best_heads(pearson(sums).T).heads[1:]) == [-1]


def test_a_row_without_variance_is_left_out_for_its_pairs_alone():
    maps_a, maps_b = maps(14, 2, [(3, 3)]), maps(15, 2, [(3, 3)])
    maps_a[0][1, 2] = 1 / 3
    sums = head_sums(maps_a, maps_b, causal=False)
    assert sums.num_left_out.tolist() == [[0, 0], [1, 1]]
    assert pearson(sums) == pytest.approx(naive(naive_pearson, maps_a, maps_b, False), abs=1e-12)


def test_layers_that_never_vary_have_no_cka():
    rounding = 1e-7 * np.random.default_rng(34).integers(-1, 2, (2, 5, 5))
    flat = [(0.2 * (1 + rounding)).astype(np.float32)]
    other = maps(16, 2, [(5, 5)])
    assert attention_cka(flat, other) == attention_cka(flat, flat) == 0
    both = [np.concatenate([flat[0], other[0]])]
    assert layer_cka(head_sums(both, both, causal=False), 2) == pytest.approx(
        np.array([[0, 0], [0, 1]]), abs=1e-12
    )


def test_sharpness_and_uniformity_cost_no_digits():
    for sharpness in (1e-4, 60.0):
        maps_a, maps_b = (maps(s, 2, [(6, 6), (3, 3)], sharpness=sharpness) for s in (17, 18))
        found = attention_similarity(maps_a, maps_b, measure="pearson")
        assert found == pytest.approx(naive(naive_pearson, maps_a, maps_b, False), abs=1e-9)
        assert attention_cka(maps_a, maps_b) == pytest.approx(
            gram_cka(maps_a, maps_b, False), abs=1e-6
        )


# ------------------------------------------------------------------------------------------- CKA


def transformed(sums, matrix_a):
    """The sums of the same cells with the heads of a multiplied by a matrix."""
    num_a, num_b = sums.correlations.shape
    matrix = np.eye(num_a + num_b)
    matrix[:num_a, :num_a] = matrix_a
    return replace(sums, weights=matrix @ sums.weights, products=matrix @ sums.products @ matrix.T)


def test_cka_is_invariant_to_rotation_and_scale_of_heads():
    maps_a, maps_b = maps(19, 4, RECTANGLES), maps(20, 4, RECTANGLES)
    for a, b in zip(maps_a, maps_b, strict=True):
        b[:] = 0.6 * a[::-1] + 0.4 * b
    sums = head_sums(maps_a, maps_b, causal=False)
    value = layer_cka(sums, 4)
    assert 0.3 < value[0, 0] < 0.99
    rng = np.random.default_rng(21)
    rotation, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    assert layer_cka(transformed(sums, rotation), 4) == pytest.approx(value, abs=1e-12)
    assert layer_cka(transformed(sums, 0.01 * np.eye(4)), 4) == pytest.approx(value, abs=1e-12)
    general = rng.standard_normal((4, 4))
    assert layer_cka(transformed(sums, general), 4) != pytest.approx(value, abs=1e-3)
    assert attention_cka(maps_a, maps_b) == pytest.approx(attention_cka(maps_b, maps_a))


def test_cka_of_all_layers_at_once():
    maps_a, maps_b = maps(22, 6, SQUARES), maps(23, 4, SQUARES)
    found = layer_cka(head_sums(maps_a, maps_b, causal=False), 2)
    assert found.shape == (3, 2)
    for layer_a, layer_b in np.ndindex(3, 2):
        one = [weights[2 * layer_a : 2 * layer_a + 2] for weights in maps_a]
        other = [weights[2 * layer_b : 2 * layer_b + 2] for weights in maps_b]
        assert found[layer_a, layer_b] == pytest.approx(attention_cka(one, other), abs=1e-12)


# ------------------------------------------------------------------------------------------ sums


def same(one, other):
    for name, value in vars(one).items():
        assert getattr(other, name) == pytest.approx(value, abs=1e-10), name


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 11), max_size=4), st.booleans())
def test_sums_of_blocks_are_the_sums_of_all(cuts, causal):
    shapes = [(n, n) for n in (3, 1, 6, 2, 8, 4, 1, 5, 3, 7, 2, 4)]
    maps_a, maps_b = maps(24, 2, shapes, causal=causal), maps(25, 3, shapes, causal=causal)
    bounds = sorted({0, *cuts, 12})
    for summed in (head_sums, divergence_sums):
        blocks = [
            summed(maps_a[start:stop], maps_b[start:stop], causal=causal)
            for start, stop in pairwise(bounds)
        ]
        same(total(blocks), summed(maps_a, maps_b, causal=causal))


def test_a_block_can_be_left_out():
    maps_a, maps_b = maps(26, 4, SQUARES), maps(27, 4, SQUARES)
    blocks = [head_sums([a], [b], causal=False) for a, b in zip(maps_a, maps_b, strict=True)]
    rest = total(blocks[:2] + blocks[3:])
    without = [0, 1, 3]
    expected = attention_similarity(
        [maps_a[i] for i in without], [maps_b[i] for i in without], measure="pearson"
    )
    assert pearson(rest) == pytest.approx(expected, abs=1e-12)
    divergences = [
        divergence_sums([a], [b], causal=False) for a, b in zip(maps_a, maps_b, strict=True)
    ]
    assert jensen_shannon(total(divergences)) == pytest.approx(
        attention_similarity(maps_a, maps_b, measure="jensen_shannon"), abs=1e-12
    )


def test_sentences_without_tokens_add_nothing():
    maps_a, maps_b = maps(28, 2, SQUARES), maps(29, 3, SQUARES)
    for summed in (head_sums, divergence_sums):
        with_empty = summed(
            [*maps_a, np.ones((2, 0, 4))], [*maps_b, np.ones((3, 0, 4))], causal=False
        )
        same(with_empty, summed(maps_a, maps_b, causal=False))


# -------------------------------------------------------------------------- from heads to layers


def test_layers_from_heads():
    similarities = np.random.default_rng(33).uniform(-1, 1, (4, 6))
    assert by_layer(similarities, 2).shape == (2, 3, 2, 2)
    assert (by_layer(similarities, 2)[1, 2] == similarities[2:, 4:]).all()
    expected = [
        [
            np.mean([max(similarities[2 * i + h, 2 * j : 2 * j + 2]) for h in (0, 1)])
            for j in (0, 1, 2)
        ]
        for i in (0, 1)
    ]
    assert similarity_of_layers(similarities, 2) == pytest.approx(np.array(expected))


def test_best_heads_and_those_in_place():
    similarities = np.array(
        [[0.9, 0.1, 0.2], [0.5, 0.5 + 1e-12, 0.1], [-0.3, -0.2, -0.1], [0.0, 0.0, 0.0]]
    )
    found = best_heads(similarities)
    assert list(found.heads) == [0, 0, 2, -1]
    assert found.similarities == pytest.approx([0.9, 0.5, -0.1, 0])
    assert found.share_in_place == 0.5
    assert found.mean == pytest.approx(1.3 / 4)


def test_the_assignment_is_the_best_of_all():
    similarities = np.random.default_rng(30).uniform(-1, 1, (5, 5))
    found = assigned(similarities)
    best = max(
        permutations(range(5)),
        key=lambda order: sum(similarities[h, g] for h, g in enumerate(order)),
    )
    assert tuple(found.heads) == best
    assert found.mean == pytest.approx(np.mean([similarities[h, g] for h, g in enumerate(best)]))
    assert found.mean <= best_heads(similarities).mean


# ------------------------------------------------------------------------------------- bad input


def test_wrong_input_is_refused():
    a, b = maps(31, 2, SQUARES), maps(32, 3, SQUARES)
    spoilt = [*b[:2], np.where(b[2] > 0.5, np.nan, b[2]), b[3]]
    for maps_a, maps_b, message in (
        (a, b[:-1], "attention of 4 sentences and of 3"),
        (
            a,
            [*b[:-1], b[0]],
            r"sentence 3: \(2, 2\) queries and keys in maps_a, \(4, 4\) in maps_b",
        ),
        (a, [w[0] for w in b], r"maps_b\[0\]: shape \(4, 4\), expected \[heads, query, key\]"),
        ([*a[:-1], a[-1][:1]], b, r"maps_a\[3\]: shape \(1, 2, 2\).*the same heads"),
        ([w[:0] for w in a], b, r"maps_a\[0\]: shape \(0, 4, 4\)"),
        ([], [], "no rows of attention"),
        ([w[:, :0] for w in a], [w[:, :0] for w in b], "no rows of attention"),
        (a, spoilt, r"maps_b\[2\]: attention weights must be finite and not negative"),
        ([np.log(w) for w in a], b, r"maps_a\[0\]: attention weights"),
        ([*a[:3], np.full((2, 2, 2), np.inf)], b, r"maps_a\[3\]: attention weights"),
    ):
        for measure in ("pearson", "jensen_shannon"):
            with pytest.raises(ValueError, match=message):
                attention_similarity(maps_a, maps_b, measure=measure)
        with pytest.raises(ValueError, match=message):
            attention_cka(maps_a, maps_b)
    with pytest.raises(ValueError, match="called 'cosine'; there are pearson, jensen_shannon"):
        attention_similarity(a, b, measure="cosine")
    with pytest.raises(ValueError, match="all 0 has no divergence"):
        attention_similarity([0 * w for w in a], b, measure="jensen_shannon")
    assert (attention_similarity([0 * w for w in a], b, measure="pearson") == 0).all()
