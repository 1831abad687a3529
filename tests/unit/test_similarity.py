"""Similarity against the reference's values, its definitions done plainly, laws and bad input."""

from itertools import combinations_with_replacement, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.measures import cka, floors, moments, neurons, similarity, similarity_table
from ticketscope.measures.similarity import MEASURES, similarities

# Of the original implementation, float64, cut off after ten digits. SVCCA and PWCCA: `compat`.
REFERENCE = {
    ("A", "B"): (0.7166546624, 0.9151004325, 0.8236309214, 0.8792949828, 0.6058121263),
    ("B", "A"): (0.6744816985, 0.9097192675, 0.8236309214, 0.8884887388, 0.6058121263),
    ("A", "C"): (0.0797122387, 0.1260642626, 0.1005149724, 0.1109705726, 0.0072939216),
    ("C", "A"): (0.0774256990, 0.1602358050, 0.1005149724, 0.0981779314, 0.0072939216),
    ("B", "C"): (0.0773854014, 0.1325640237, 0.1187799097, 0.1242467735, 0.0086367986),
    ("C", "B"): (0.0821762613, 0.1415172832, 0.1187799097, 0.1135103763, 0.0086367986),
}


def reference_networks():
    rs = np.random.RandomState(0)
    x = rs.randn(400, 12) / np.arange(1, 13)
    a = x @ rs.randn(12, 12) + 3
    b = np.tanh(a - 3) @ rs.randn(12, 10) + 0.5 * rs.randn(400, 10)
    return {"A": a, "B": b, "C": rs.randn(400, 8) * np.arange(1, 9)}


def values(a, b, compat=False):
    """The measures of a against b, in the order of `MEASURES`."""
    found = similarities({"a": a, "b": b}, compat=compat)["a", "b"].values
    assert tuple(found) == MEASURES
    return np.array(list(found.values()))


def value(measure, a, b):
    return values(a, b)[MEASURES.index(measure)]


def networks(seed, num_words=60, width_a=6, width_b=5):
    """Two networks that share something, with neurons of unequal scale."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((num_words, 3))
    a = shared @ rng.standard_normal((3, width_a)) + rng.standard_normal((num_words, width_a))
    b = shared @ rng.standard_normal((3, width_b)) + rng.standard_normal((num_words, width_b))
    return a * rng.uniform(0.5, 2, width_a), b * rng.uniform(0.5, 2, width_b)


# ------------------------------------------------------------------------------ reference values


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 5e-4)])
def test_reference_values(dtype, tolerance):
    given_networks = {name: z.astype(dtype) for name, z in reference_networks().items()}
    found = similarities(given_networks, compat=True)
    for pair, expected in REFERENCE.items():
        assert list(found[pair].values.values())[:5] == pytest.approx(expected, abs=tolerance)


def test_reference_values_of_the_second_source():
    rs = np.random.RandomState(1337)
    x = rs.randn(100, 10)
    y = rs.randn(100, 10) + x
    assert value("cka", x, y) == pytest.approx(0.55761, abs=5e-6)
    assert value("cka_debiased", x, y) == pytest.approx(0.51346, abs=5e-6)


def test_compat_keeps_one_component_fewer():
    for name, num_kept in {"A": 7, "B": 8, "C": 7}.items():
        sums = moments.accumulate([reference_networks()], [(name, name)])[name, name]
        network = similarity.representation(sums)
        assert network.num_components(compat=True) == num_kept
        assert network.num_components(compat=False) == num_kept + 1
    single = np.random.default_rng(0).standard_normal((20, 1))
    assert values(single, single, compat=True) == pytest.approx(1)  # never fewer than one


def test_the_table_has_every_ordered_pair_and_measure():
    table = similarity_table(reference_networks(), compat=True)
    assert list(table.columns) == ["a", "b", "measure", "value"]
    pairs = [("A", "B"), ("A", "C"), ("B", "A"), ("B", "C"), ("C", "A"), ("C", "B")]
    assert list(zip(table["a"], table["b"], table["measure"], strict=True)) == [
        (*pair, measure) for pair in pairs for measure in MEASURES
    ]
    row = table[(table["a"] == "C") & (table["b"] == "A") & (table["measure"] == "pwcca")]
    assert row["value"].item() == pytest.approx(0.0981779314, abs=1e-10)


# ----------------------------------------------------------------- the definitions, done plainly


def plainly(a, b, num_components):
    """Measures of a against b by other means: least squares, QR and Gram matrices of the words."""
    num_words = len(a)
    correlations = np.corrcoef(a.T, b.T)[: a.shape[1], a.shape[1] :]
    za, zb = ((z - z.mean(axis=0)) / z.std(axis=0) for z in (a, b))
    predicted = zb @ np.linalg.lstsq(zb, za, rcond=None)[0]
    fits = [np.corrcoef(p, z)[0, 1] for p, z in zip(predicted.T, za.T, strict=True)]

    kept = []
    for z, count in zip((za, zb), num_components, strict=True):
        eigenvalues, axes = np.linalg.eigh(np.cov(z.T))
        kept.append(np.linalg.qr(z @ axes[:, np.argsort(eigenvalues)[::-1][:count]])[0])
    # Canonical directions of a: eigenvectors of the projection on b's space, within a's.
    squares, inner = np.linalg.eigh(kept[0].T @ kept[1] @ kept[1].T @ kept[0])
    few = min(num_components)
    canonical = np.sqrt(squares[::-1][:few])
    directions = kept[0] @ inner[:, ::-1][:, :few]
    weights = np.abs(directions.T @ (a - a.mean(axis=0))).sum(axis=1)

    grams = [(z - z.mean(axis=0)) @ (z - z.mean(axis=0)).T for z in (a, b)]

    def debiased(k, m):  # the unbiased estimator of HSIC, Song et al. 2012, from its definition
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        ones = np.ones(num_words)
        return (
            np.trace(k @ m)
            + (ones @ k @ ones) * (ones @ m @ ones) / ((num_words - 1) * (num_words - 2))
            - 2 / (num_words - 2) * ones @ k @ m @ ones
        )

    return np.array(
        [
            np.mean(np.max(np.abs(correlations), axis=1)),
            np.mean(fits),
            np.mean(canonical),
            weights @ canonical / weights.sum(),
            np.sum(grams[0] * grams[1]) / np.linalg.norm(grams[0]) / np.linalg.norm(grams[1]),
            debiased(*grams) / np.sqrt(np.prod([debiased(gram, gram) for gram in grams])),
        ]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(16, 80), st.integers(2, 7), st.integers(2, 7))
def test_measures_are_their_definitions(seed, num_words, width_a, width_b):
    a, b = networks(seed, num_words, width_a, width_b)
    counts = []
    for z in (a, b):
        shares = np.sort(np.linalg.eigvalsh(np.corrcoef(z.T)))[::-1] / z.shape[1]
        counts.append(next(k for k in range(1, 8) if shares[:k].sum() >= 0.99))
    assert values(a, b) == pytest.approx(plainly(a, b, counts), abs=1e-7)


# ---------------------------------------------------------------------------------- invariances


seeds = st.integers(0, 10**6)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_invariances(seed):
    rng = np.random.default_rng(seed)
    a, b = networks(seed)
    plain = dict(zip(MEASURES, values(a, b), strict=True))

    def unchanged(measures, changed_a, changed_b):
        for measure in measures:
            assert value(measure, changed_a, changed_b) == pytest.approx(plain[measure], abs=1e-9)

    signs = rng.choice([-1.0, 1.0], 6) * rng.uniform(0.1, 10, 6)
    permuted, affine = rng.permutation(6), (lambda z: z * signs + rng.uniform(-50, 50, 6))
    rotation_a, rotation_b = (np.linalg.qr(rng.standard_normal((d, d)))[0] for d in (6, 5))
    invertible = rotation_b * rng.uniform(0.2, 5, 5) @ np.linalg.qr(rng.standard_normal((5, 5)))[0]

    unchanged(MEASURES, a[:, permuted], b)
    unchanged(MEASURES, a + 1e3, b - 1e3)
    unchanged(["maxcorr", "maxlinreg", "svcca"], affine(a), b)
    unchanged(["pwcca"], a * rng.choice([-1.0, 1.0], 6), b)
    unchanged(["maxlinreg"], a, b @ invertible + 7)
    unchanged(["cka", "cka_debiased"], 30 * a @ rotation_a, b @ rotation_b)
    order = rng.permutation(len(a))
    unchanged(MEASURES, a[order], b[order])
    for measure in ("svcca", "cka", "cka_debiased"):
        assert value(measure, b, a) == pytest.approx(plain[measure], abs=1e-12)

    assert all(0 <= plain[measure] <= 1 for measure in MEASURES if measure != "cka_debiased")
    assert plain["maxlinreg"] >= plain["maxcorr"] - 1e-12
    in_span = b @ rng.standard_normal((5, 3))
    assert value("maxlinreg", in_span, b) == pytest.approx(1, abs=1e-9)
    assert values(a, a) == pytest.approx(1, abs=1e-9)
    assert values(a, a).max() <= 1


def test_svcca_without_a_cut_is_invariant_to_any_invertible_map():
    rng = np.random.default_rng(0)
    a, b = (np.linalg.qr(rng.standard_normal((50, 4)))[0] + 1 for _ in range(2))
    mixed = b @ (np.eye(4) + 0.1 * rng.standard_normal((4, 4)))  # no direction below one per cent
    assert value("svcca", a, mixed) == pytest.approx(value("svcca", a, b), abs=1e-9)


def test_what_is_not_an_invariance():
    rng = np.random.default_rng(1)
    a, b = networks(1)
    plain = dict(zip(MEASURES, values(a, b), strict=True))
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    stretch = np.array([1, 30.0, 1, 1, 1, 1])
    assert abs(value("maxcorr", a @ rotation, b) - plain["maxcorr"]) > 0.01
    assert abs(value("pwcca", a * stretch, b) - plain["pwcca"]) > 1e-4
    assert abs(value("cka", a * stretch, b) - plain["cka"]) > 0.01
    for measure in ("maxcorr", "maxlinreg", "pwcca"):
        assert abs(value(measure, b, a) - plain[measure]) > 1e-4


def test_pwcca_lies_between_the_canonical_correlations():
    rng = np.random.default_rng(2)
    shared = rng.standard_normal((500, 1))
    a = np.hstack([shared, rng.standard_normal((500, 3))])
    b = np.hstack([shared, rng.standard_normal((500, 3))])
    # One shared direction of four: SVCCA hardly sees it, PWCCA does where it carries the variance.
    assert value("svcca", a, b) < 0.4
    assert 0.85 < value("pwcca", a * [30, 1, 1, 1], b) < 1
    assert value("pwcca", a * [0.01, 1, 1, 1], b) < 0.4


# -------------------------------------------------------------------------------- degenerate input


def test_dead_neurons_count_as_zero():
    a, b = networks(3)
    dead = np.hstack([a, np.full((60, 2), 0.1)])  # 0.1 is rounded, and so are its means
    live, with_dead = (dict(zip(MEASURES, values(z, b), strict=True)) for z in (a, dead))
    for measure in ("maxcorr", "maxlinreg"):
        assert with_dead[measure] == pytest.approx(live[measure] * 6 / 8, abs=1e-12)
    for measure in ("svcca", "pwcca", "cka", "cka_debiased"):
        assert with_dead[measure] == pytest.approx(live[measure], abs=1e-12)
    assert values(b, dead) == pytest.approx(values(b, a), abs=1e-12)
    found = similarities({"a": dead, "b": b})["a", "b"]
    assert list(found.matched[6:]) == [-1, -1]
    sums = moments.accumulate([{"a": dead}], [("a", "a")])
    assert similarity.representation(sums["a", "a"]).num_dead == 2


def test_a_constant_is_dead_to_within_the_rounding_of_its_own_type():
    rng = np.random.default_rng(4)
    rounded = np.float32(3.3) * (1 + np.float32(1.2e-7) * rng.integers(-1, 2, (50, 4)))
    other = rng.standard_normal((50, 4))
    assert not values(rounded.astype(np.float32), other).any()
    assert value("maxcorr", rounded.astype(np.float64), other) > 0.1


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e5])
def test_a_constant_representation_resembles_nothing(constant):
    flat = np.full((3_000, 3), constant)
    other = np.random.default_rng(5).standard_normal((3_000, 4))
    for a, b in ((flat, other), (other, flat), (flat, flat)):
        assert not values(a, b).any()
        assert not values(a, b, compat=True).any()
    assert set(similarities({"a": flat, "b": other})["a", "b"].floors.values()) == {0.0}


def test_duplicate_neurons_carry_no_further_fit():
    a, b = networks(6)
    twice = np.hstack([b, b[:, :2], b @ np.ones((5, 1))])
    assert value("maxlinreg", a, twice) == pytest.approx(value("maxlinreg", a, b), abs=1e-9)
    assert value("maxlinreg", twice, b) == pytest.approx(1, abs=1e-9)
    assert values(twice, twice) == pytest.approx(1, abs=1e-9)


def test_directions_below_the_cut_carry_no_fit():
    rng = np.random.default_rng(7)
    base, hidden = rng.standard_normal((2, 200, 1))
    for size, seen in ((1e-4, True), (1e-7, False)):
        predictor = np.hstack([base, base + size * hidden])
        assert (value("maxlinreg", hidden, predictor) > 0.999) == seen


def test_fewer_words_than_neurons():
    rng = np.random.default_rng(8)
    a, b = rng.standard_normal((5, 30)), rng.standard_normal((5, 40))
    found = values(a, b)
    assert np.isfinite(found).all()
    assert found[:4] == pytest.approx([value("maxcorr", a, b), 1, 1, 1], abs=1e-9)
    assert np.isfinite(values(a[:3], b[:3])).all()


def test_an_offset_costs_no_digits():
    a, b = networks(9)
    assert values(a + 1e6, b - 1e6) == pytest.approx(values(a, b), abs=1e-8)


def test_wrong_input_is_refused():
    a, b = networks(10)
    for wrong, message in (
        ({"a": a, "b": b[:-1]}, "same words; numbers of words: a 60, b 59"),
        ({"a": a, "b": b[:, 0]}, r"activations of b: shape \(60,\), expected \[words, neurons\]"),
        ({"a": a[:2], "b": b[:2]}, "3 words or more, not 2"),
        ({"a": a[:0], "b": b[:0]}, "no words"),
        ({"a": a, "b": np.where(b > 1, np.nan, b)}, "activations of b: not finite"),
        ({"a": a, "b": b * 1e71}, "activations of b: not finite, or beyond 1e\\+70"),
    ):
        with pytest.raises(ValueError, match=message):
            similarities(wrong)
    with pytest.raises(ValueError, match="activations of a: 5 neurons after 6"):
        moments.accumulate([{"a": a}, {"a": a[:, :5]}], [("a", "a")])


# ----------------------------------------------------------------------------------- accumulators


def every_pair(names):
    return list(combinations_with_replacement(names, 2))


def same(found, expected, tolerance=1e-12):
    assert set(found) == set(expected)
    for pair, similarity_found in found.items():
        assert similarity_found.num_words == expected[pair].num_words
        assert (similarity_found.matched == expected[pair].matched).all()
        for field in ("values", "floors"):
            wanted = getattr(expected[pair], field)
            assert getattr(similarity_found, field) == pytest.approx(wanted, abs=tolerance)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 399), max_size=6))
def test_batches_of_words_give_the_same_numbers(cuts):
    given_networks = reference_networks()
    bounds = [0, *sorted(cuts), 400]
    batches = [
        {name: z[start:stop] for name, z in given_networks.items()}
        for start, stop in pairwise(bounds)
    ]
    sums = moments.accumulate(iter(batches), every_pair("ABC"))
    same(similarity.similarities_of_moments(sums), similarities(given_networks))
    # Blocks each about a centre of its own add up to the same.
    blocks = [
        moments.accumulate([batch], every_pair("ABC")) for batch in batches if len(batch["A"])
    ]
    added = {pair: sum((b[pair] for b in blocks[1:]), blocks[0][pair]) for pair in blocks[0]}
    same(
        similarity.similarities_of_moments(added, compat=True),
        similarities(given_networks, compat=True),
    )


def test_blocks_resampled_are_the_words_resampled():
    given_networks = {name: z + 40 for name, z in reference_networks().items()}
    blocks = [
        {name: z[i : i + 80] for name, z in given_networks.items()} for i in range(0, 400, 80)
    ]
    counts = [2, 0, 1, 0, 2]
    words = np.concatenate([np.arange(80 * i, 80 * i + 80) for i in (0, 0, 2, 4, 4)])
    sums = [moments.accumulate([block], every_pair("AB")) for block in blocks]
    # Among others, more than are taken at once.
    drawn = np.array([*np.random.default_rng(1).multinomial(5, [0.2] * 5, size=12), counts])
    resample = {
        pair: list(moments.resampled([s[pair] for s in sums], drawn))[-1]
        for pair in every_pair("AB")
    }
    expected = similarities({name: given_networks[name][words] for name in "AB"})
    same(similarity.similarities_of_moments(resample), expected)


def test_memory_does_not_grow_with_the_words():
    sums = [
        moments.accumulate([{"a": np.ones((50, 3))}] * num_batches, [("a", "a")])["a", "a"]
        for num_batches in (1, 40)
    ]
    assert [each.num_words for each in sums] == [50, 2_000]
    assert sums[0].sums.shape == sums[1].sums.shape == (5, 5)


def test_many_networks_in_groups_and_words_in_blocks(monkeypatch):
    rng = np.random.default_rng(11)
    shared = rng.standard_normal((90, 4))
    many = {
        f"layer {i}": shared @ rng.standard_normal((4, 3 + i)) + rng.standard_normal((90, 3 + i))
        for i in range(5)
    }
    whole = similarities(many)
    assert list(whole) == [(a, b) for a, b in product(many, many) if a != b]
    monkeypatch.setattr(similarity, "_GROUP", 2)
    monkeypatch.setattr(moments, "_BLOCK_WORDS", 7)
    same(similarities(many), whole)


# --------------------------------------------------------------------------- floors and neurons


def test_floors_are_what_shuffled_words_give():
    rng = np.random.default_rng(12)
    a, b = networks(12, num_words=300, width_a=24, width_b=16)
    b[:, 3] = 1.0
    shuffled = [similarities({"a": a, "b": b[rng.permutation(300)]}) for _ in range(40)]
    for pair in (("a", "b"), ("b", "a")):
        found = np.mean([list(each[pair].values.values()) for each in shuffled], axis=0)
        floor = np.array(list(shuffled[0][pair].floors.values()))
        assert found[1:5] == pytest.approx(floor[1:5], rel=0.05)
        assert found[0] == pytest.approx(floor[0], rel=0.15)  # neurons of b are not independent
        assert (found[5], floor[5]) == (pytest.approx(0, abs=0.003), 0.0)


def test_floors_of_white_data_are_the_known_ones():
    n, d = 10_000, 1_024
    participation = n * d / (n + d)
    assert floors.cka_floor(n, participation, participation) == pytest.approx(d / (n + d), rel=1e-3)
    assert floors.maxlinreg_floor(n, d) == pytest.approx(np.sqrt(d / n), rel=1e-3)
    assert floors.svcca_floor(n, d, d) == pytest.approx(0.27, abs=0.006)
    assert floors.svcca_floor(10**7, 50, 50) == pytest.approx(
        8 / (3 * np.pi) * np.sqrt(50 / 10**7), rel=1e-3
    )


@pytest.mark.parametrize(("few", "many"), [(3, 20), (20, 20), (35, 30), (10, 39), (38, 38)])
def test_the_floor_of_svcca_holds_for_few_words_and_any_components(few, many):
    rng = np.random.default_rng(13)
    bases = [
        [np.linalg.qr(rng.standard_normal((40, k)))[0] for k in (few, many)] for _ in range(60)
    ]
    means = [np.linalg.svd(a.T @ b, compute_uv=False).mean() for a, b in bases]
    assert floors.svcca_floor(41, few, many) == pytest.approx(np.mean(means), rel=0.015)


def test_floors_without_components_or_words_enough():
    assert floors.svcca_floor(10, 0, 3) == 0
    assert floors.svcca_floor(10, 9, 9) == 1
    assert floors.maxlinreg_floor(10, 20) == 1
    assert floors.maxcorr_floor(10, 0) == 0
    assert 0.99 < floors.maxcorr_floor(4, 10**6) <= 1


def test_matched_neurons():
    rng = np.random.default_rng(14)
    a = rng.standard_normal((200, 6))
    order = np.array([0, 1, 3, 2, 5, 4])
    b = -3 * a[:, order] + 0.1 * rng.standard_normal((200, 6))
    there, back = (similarities({"a": a, "b": b})[pair] for pair in (("a", "b"), ("b", "a")))
    assert list(there.matched) == list(order)
    assert list(back.matched) == list(order)
    assert neurons.num_kept(there.matched) == 2
    assert neurons.num_kept(np.array([0, -1, 1])) == 1


def test_equal_candidates_match_the_first():
    a = np.random.default_rng(15).standard_normal((100, 3))
    for scale in (1.0, 7.3, -0.01):  # scaled, the correlations differ by rounding
        b = np.hstack([a * scale, a])
        assert list(similarities({"a": a, "b": b})["a", "b"].matched) == [0, 1, 2]


def test_localization_is_maxcorr_less_svcca():
    found = similarities(reference_networks(), compat=True)
    expected = 0.7166546624 - 0.8236309214
    assert neurons.localization(found["A", "B"]) == pytest.approx(expected)


# ------------------------------------------------------------------------------ CKA alone


def pair_moments(a, b):
    """The sums of two networks over the same words."""
    sums = moments.accumulate([{"a": a, "b": b}], [("a", "a"), ("b", "b"), ("a", "b")])
    return cka.PairMoments(sums["a", "a"], sums["b", "b"], sums["a", "b"])


@pytest.mark.parametrize("num_dead", [0, 2, 6])
def test_cka_alone_is_that_of_all_measures(num_dead):
    a, b = networks(seed=4)
    a[:, :num_dead] = 3.0
    found, whole = pair_moments(a, b).cka(), similarities({"a": a, "b": b})["a", "b"]
    assert found.num_words == whole.num_words
    assert found.cka == pytest.approx(whole.values["cka"], abs=1e-12)
    assert found.cka_debiased == pytest.approx(whole.values["cka_debiased"], abs=1e-12)
    assert found.floor == pytest.approx(whole.floors["cka"], abs=1e-12)


@given(st.lists(st.integers(2, 9), min_size=2, max_size=6), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_each_block_left_out_leaves_the_words_of_the_others(sizes, seed):
    a, b = networks(seed, num_words=sum(sizes) + 3)
    ends = np.cumsum(sizes)
    words = np.split(np.arange(len(a)), ends)
    rest = cka.each_left_out([pair_moments(a[block], b[block]) for block in words])
    assert len(rest) == len(words)
    for without, block in zip(rest, words, strict=True):
        kept = np.setdiff1d(np.arange(len(a)), block)
        if len(kept) > 2:
            expected = pair_moments(a[kept], b[kept]).cka()
            assert without.cka().num_words == len(kept)
            assert without.cka().cka == pytest.approx(expected.cka, abs=1e-9)
            assert without.cka().cka_debiased == pytest.approx(expected.cka_debiased, abs=1e-9)


def test_cka_alone_needs_three_words():
    with pytest.raises(ValueError, match="3 words or more, not 2"):
        pair_moments(*networks(seed=0, num_words=2)).cka()


# ------------------------------------------------------------------------------ strongest neurons


@pytest.mark.parametrize(("width", "ranks"), [(5, [1, 2, 4, 5]), (8, [1, 2, 4, 8])])
def test_the_strongest_neurons_are_those_of_a_plain_sort(width, ranks):
    a, b = networks(seed=9, width_a=width, width_b=width)
    b = np.hstack([b[:, 1::-1], a[:, 2:] + b[:, 2:]])  # the first two swapped places
    a[:, 3] = 1.0  # a dead one comes last and matches none
    found = neurons.strongest(similarities({"a": a, "b": b})["a", "b"])
    assert [one.rank for one in found] == ranks
    best = []
    for i in range(width):
        row = [0.0 if i == 3 else abs(np.corrcoef(a[:, i], b[:, j])[0, 1]) for j in range(width)]
        best.append((max(row), int(i != 3 and int(np.argmax(row)) == i)))
    best.sort(key=lambda pair: -pair[0])
    for one in found:
        assert one.correlation == pytest.approx(best[one.rank - 1][0], abs=1e-9)
        assert one.num_matched == sum(kept for _, kept in best[: one.rank])


def test_of_wide_networks_the_256_strongest_are_looked_at():
    a = np.random.default_rng(0).standard_normal((900, 300))
    found = neurons.strongest(similarities({"a": a, "b": a[:, ::-1]})["a", "b"])
    assert [one.rank for one in found] == [2**power for power in range(9)]
    assert found[-1].correlation == pytest.approx(1)
    assert found[-1].num_matched == 0
    assert neurons.strongest(similarities({"a": a, "b": 2 - a})["a", "b"])[-1].num_matched == 256
