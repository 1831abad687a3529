"""What heads do: closed forms on hand-made maps, plain loops, and sums that add up."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope.measures.attention import total
from ticketscope.measures.heads import (
    MEASURES,
    ROLES,
    alignment_counts,
    head_profile,
    role,
    share_on,
    word_map,
)

LENGTHS = (4, 1, 6, 2, 9)


def word_maps(seed, num_heads, lengths=LENGTHS, *, extra=0):
    """Random word-level maps `[heads, words, words + extra + 1]`."""
    rng = np.random.default_rng(seed)
    found = []
    for length in lengths:
        weights = rng.gamma(0.5, size=(num_heads, length, length + extra + 1)) + 1e-6
        found.append(weights / weights.sum(axis=2, keepdims=True))
    return found


def positional(lengths, by_offset):
    """One head whose weight on a word hangs on its offset alone; the rest is on the special one."""
    found = []
    for length in lengths:
        weights = np.zeros((1, length, length + 1))
        for query in range(length):
            for key in range(length):
                weights[0, query, key] = by_offset.get(key - query, 0.0)
        weights[0, :, -1] = 1 - weights[0, :, :-1].sum(axis=1)
        found.append(weights)
    return found


# ---------------------------------------------------------------------------- from pieces to words


def test_weights_are_summed_over_keys_and_averaged_over_queries():
    # Pieces: word 0 is 0 and 1, word 1 is 2; 3 is the end of sentence.
    weights = np.array(
        [[[0.1, 0.2, 0.3, 0.4], [0.5, 0.1, 0.1, 0.3], [0, 0, 1, 0], [0.25, 0.25, 0.25, 0.25]]]
    )
    words = [(0, 1), (2,)]
    expected = [[(0.3 + 0.6) / 2, (0.3 + 0.1) / 2, (0.4 + 0.3) / 2], [0, 1, 0]]
    assert word_map(weights, words, words, special=[3]) == pytest.approx(np.array([expected]))


def test_a_piece_of_several_words_gives_each_an_equal_part():
    weights = np.array([[[0.6, 0.3, 0.1], [0.2, 0.8, 0.0], [0, 0, 1]]])
    words = [(0,), (0,), (0, 1)]
    found = word_map(weights, words, words, special=[2])
    first, last = [0.2, 0.2, 0.2 + 0.3, 0.1], [0.4 / 3, 0.4 / 3, 0.4 / 3 + 0.55, 0.05]
    assert found == pytest.approx(np.array([[first, first, last]]))


def test_positions_of_no_word_give_their_weight_to_the_next():
    # 0 is the start symbol; 1, 3 and 5 are lone blanks.
    weights = np.array([[[0.01, 0.02, 0.04, 0.08, 0.16, 0.69]] * 6])
    found = word_map(weights, [(2,), (4,)], [(2,), (4,)], special=[0])
    assert found[0] == pytest.approx(np.array([[0.06, 0.08 + 0.16 + 0.69, 0.01]] * 2))


@st.composite
def pieces(draw):
    """Words of ascending positions, some shared, some skipped; the last position is special."""
    words, position = [], 0
    for _ in range(draw(st.integers(1, 6))):
        start = position + draw(st.sampled_from([-1, 0, 0, 0, 1]))
        start = max(start, words[-1][0] if words else 0)
        length = draw(st.integers(1, 3))
        words.append(tuple(range(start, start + length)))
        position = max(position, start + length)
    return words, position + 1


@settings(max_examples=60, deadline=None)
@given(pieces(), pieces(), st.integers(0, 99))
def test_rows_keep_their_sum(queries, keys, seed):
    (query_words, num_queries), (key_words, num_keys) = queries, keys
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(num_keys), size=(3, num_queries)).astype(np.float32)
    found = word_map(weights, query_words, key_words, special=[num_keys - 1])
    assert found.shape == (3, len(query_words), len(key_words) + 1)
    assert found.sum(axis=2) == pytest.approx(1, abs=1e-6)
    for query, word in enumerate(query_words):
        expected = weights[:, list(word), -1].mean(axis=1)
        assert found[:, query, -1] == pytest.approx(expected, abs=1e-6)


def test_words_without_a_piece_are_a_bug():
    for words in ([], [(0,), ()]):
        with pytest.raises(AssertionError):
            word_map(np.ones((1, 2, 2)), words, [(0,)], special=[1])
    with pytest.raises(AssertionError, match="special"):
        word_map(np.ones((1, 2, 2)), [(0,)], [(0, 1)], special=[1])


# ------------------------------------------------------------------------------ where heads look


@pytest.mark.parametrize(("offset", "name"), [(-1, "previous"), (0, "same"), (1, "next")])
def test_a_head_that_looks_at_one_place(offset, name):
    means = head_profile(positional(LENGTHS, {offset: 1.0})).means()
    num_without = 0 if offset == 0 else len(LENGTHS)  # rows at the edge look at the special symbol
    for measure in ("previous", "same", "next"):
        assert means[measure] == pytest.approx(float(measure == name))
    assert means["entropy"] == pytest.approx(0)
    assert means["confidence"] == pytest.approx(1)
    assert means["distance"] == pytest.approx(abs(offset))
    assert means["special"] == pytest.approx(num_without / sum(LENGTHS))


def test_a_uniform_head():
    means = head_profile([np.full((2, 5, 6), 1 / 6)]).means()
    assert list(means) == list(MEASURES)
    assert means["entropy"] == pytest.approx(math.log(6))
    for name in ("confidence", "previous", "same", "next", "special"):
        assert means[name] == pytest.approx(1 / 6)
    assert means["distance"] == pytest.approx(1.6)


def test_what_no_row_counts_for_is_left_out():
    means = head_profile([np.array([[[0.0, 1.0]]])]).means()
    assert list(means) == ["entropy", "confidence", "same", "special"]
    mixed = np.array([[[0.0, 1.0]], [[0.5, 0.5]]])
    assert list(head_profile([mixed]).means()["distance"]) == [0, 0]


def test_the_profile_is_that_of_plain_loops():
    maps = word_maps(1, 3)
    means = head_profile(maps).means()
    for head in range(3):
        rows = [(q, list(row[:-1]), row[-1]) for w in maps for q, row in enumerate(w[head])]
        every = [[*words, special] for _, words, special in rows]
        weighted = sum(w * abs(k - q) for q, words, _ in rows for k, w in enumerate(words))
        expected = {
            "entropy": np.mean([-sum(w * math.log(w) for w in row) for row in every]),
            "confidence": np.mean([max(row) for row in every]),
            "distance": weighted / sum(sum(words) for _, words, _ in rows),
            "previous": np.mean([words[q - 1] for q, words, _ in rows if q > 0]),
            "same": np.mean([words[q] for q, words, _ in rows]),
            "next": np.mean([words[q + 1] for q, words, _ in rows if q + 1 < len(words)]),
            "special": np.mean([special for _, _, special in rows]),
        }
        assert {name: mean[head] for name, mean in means.items()} == pytest.approx(expected)


def test_rectangular_maps_have_a_profile_too():
    means = head_profile(word_maps(2, 2, extra=3)).means()
    assert means["entropy"].shape == (2,)
    assert all(np.isfinite(mean).all() for mean in means.values())


# -------------------------------------------------------------------------------- gold relations


def test_the_share_on_links_by_hand():
    weights = np.array([[[0.1, 0.2, 0.3, 0.4], [0.5, 0.1, 0.2, 0.2], [0.0, 0.7, 0.2, 0.1]]])
    found = share_on([weights], [[(0, (1, 2)), (2, (1,))]])
    assert found.num_linked == 2
    assert found.share() == pytest.approx([(0.5 + 0.7) / 2])
    next_mean, previous_mean = (0.2 + 0.2) / 2, (0.5 + 0.7) / 2
    assert found.share_by_distance() == pytest.approx([(next_mean + 0.3 + previous_mean) / 2])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 99), st.sampled_from([(7, 3, 5), (60,), (70, 41)]))
def test_a_positional_head_is_at_its_floor(seed, lengths):
    rng = np.random.default_rng(seed)
    at = dict(zip(range(-31, 32), rng.random(63) / 64, strict=True))
    links = [
        [(query, (int(rng.integers(length)),)) for query in range(length) if query % 3 == 0]
        for length in lengths
    ]
    found = share_on(positional(lengths, at), links)
    assert found.share_by_distance() == pytest.approx(found.share(), abs=1e-12)


def test_a_head_that_follows_links_is_above_its_floor():
    rng = np.random.default_rng(3)
    lengths = [int(n) for n in rng.integers(5, 12, 30)]
    links, maps = [], []
    for length in lengths:
        heads_of = rng.integers(length, size=length)
        links.append([(query, (int(key),)) for query, key in enumerate(heads_of)])
        weights = np.full((1, length, length + 1), 0.2 / (length + 1))
        weights[0, np.arange(length), heads_of] += 0.8
        maps.append(weights)
    found = share_on(maps, links)
    assert found.share() > 0.8
    assert found.share_by_distance() < 0.3


def test_words_farther_than_the_farthest_share_an_offset():
    weights = np.zeros((1, 40, 41))
    weights[0, 0, 33], weights[0, 0, 39], weights[0, 1:, 0] = 0.6, 0.2, 1.0
    weights[0, 0, -1] = 0.2
    found = share_on([weights], [[(0, (33,))]])
    # Keys 32 words or more on: 8 of query 0, 7 of query 1, … 1 of query 7.
    assert found.share_by_distance() == pytest.approx([0.8 / 36])
    assert found.share() == pytest.approx([0.6])


def test_a_share_of_no_links_is_a_bug():
    found = share_on(word_maps(4, 2), [[] for _ in LENGTHS])
    assert found.num_linked == 0
    for figure in (found.share, found.share_by_distance):
        with pytest.raises(AssertionError, match="no query word is linked"):
            figure()


# ------------------------------------------------------------------------------------- alignment


def one_hot(sources, num_sources):
    """A head that puts .4 on one source word each and .6 on the end of sentence."""
    weights = np.zeros((1, len(sources), num_sources + 1))
    weights[0, np.arange(len(sources)), sources] = 0.4
    weights[0, :, -1] = 0.6
    return weights


def test_the_error_rate_by_hand():
    sure, possible = {(0, 0), (2, 1)}, {(0, 0), (1, 2)}  # source, target
    perfect = alignment_counts([one_hot([0, 2, 1], 3)], [sure], [possible])
    # Three links, two of them sure and all possible: the sure ones are possible without being told.
    assert (perfect.num_links, perfect.num_sure) == (3, 2)
    assert (list(perfect.num_sure_hits), list(perfect.num_possible_hits)) == ([2], [3])
    assert perfect.error_rate() == pytest.approx([0])
    for sources, hits in (([0, 0, 0], 1 + 1), ([0, 2, 0], 2 + 2), ([1, 1, 1], 0 + 1), ([2] * 3, 2)):
        found = alignment_counts([one_hot(sources, 3)], [sure], [possible])
        assert found.error_rate() == pytest.approx([1 - hits / 5])


def test_a_target_word_that_is_aligned_with_nothing_makes_a_link():
    found = alignment_counts([one_hot([0, 1], 2)], [{(0, 0)}], [set()])
    assert found.num_links == 2
    assert found.error_rate() == pytest.approx([1 - 2 / 3])


def test_the_first_of_equal_source_words_is_taken():
    found = alignment_counts([np.full((1, 1, 5), 0.2)], [{(0, 0)}], [set()])
    assert found.error_rate() == pytest.approx([0])


def test_source_and_target_are_not_mixed_up():
    found = alignment_counts([one_hot([3], 4)], [{(3, 0)}], [{(3, 0)}])
    assert found.error_rate() == pytest.approx([0])


# ------------------------------------------------------------------------------------------ sums


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 99), st.data())
def test_sums_of_blocks_are_the_sums_of_all(lengths, seed, data):
    maps = word_maps(seed, 2, lengths)
    rng = np.random.default_rng(seed)
    gold = [{(int(rng.integers(n)), int(rng.integers(n))) for _ in range(n)} for n in lengths]
    links = [[(target, (source,)) for source, target in sorted(pairs)] for pairs in gold]
    cut = data.draw(st.integers(0, len(lengths)))
    bounds = [slice(*ends) for ends in pairwise(sorted({0, cut, len(lengths)}))]
    for measured in (
        lambda part: head_profile(maps[part]),
        lambda part: share_on(maps[part], links[part]),
        lambda part: alignment_counts(maps[part], gold[part], gold[part]),
    ):
        whole = measured(slice(None))
        added = total([measured(part) for part in bounds])
        for name, value in vars(whole).items():
            assert getattr(added, name) == pytest.approx(value, abs=1e-10), name


# ----------------------------------------------------------------------------------------- roles


@pytest.mark.parametrize(
    ("shares", "floors", "expected"),
    [
        ({"previous": 0.9, "same": 0.05}, {}, ("previous", 0.9)),
        ({"previous": 0.3, "same": 0.2}, {}, ("broad", 0.3)),
        ({"previous": 1 / 3}, {}, ("previous", 1 / 3)),
        ({"syntactic_head": 0.5, "next": 0.4}, {"syntactic_head": 0.3}, ("syntactic_head", 0.5)),
        ({"syntactic_head": 0.5, "next": 0.4}, {"syntactic_head": 0.45}, ("next", 0.4)),
        ({"syntactic_head": 0.5, "next": 0.2}, {"syntactic_head": 0.45}, ("broad", 0.5)),
        ({"aligned_read": 0.6, "aligned_predicted": 0.6}, {}, ("aligned_read", 0.6)),
        ({"start": 0.4, "same": 0.4}, {}, ("same", 0.4)),
        ({"end_of_sentence": 0.7, "coreferent": 0.2}, {"coreferent": 0}, ("end_of_sentence", 0.7)),
    ],
)
def test_roles(shares, floors, expected):
    found = role(shares, floors)
    assert (found.name, found.share) == expected
    assert found.name in ROLES
    backwards = role(dict(reversed(shares.items())), floors)
    assert backwards == found


def test_relations_that_are_none_are_a_bug():
    for shares, floors in (({}, {}), ({"special": 0.5}, {}), ({"same": 0.5}, {"next": 0.1})):
        with pytest.raises(AssertionError):
            role(shares, floors)
