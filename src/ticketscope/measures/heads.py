"""What attention heads do: where they look, and how far that follows syntax and alignment.

Everything is measured on word-level maps, one array `[heads, query words, key words + 1]` per
sentence, whose last column is the special symbol (the end of sentence, or the start symbol); rows
sum to 1. What a function returns are sums over sentences, which add up; figures are ratios of them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.moments import Array

Words = Sequence[Sequence[int]]
"""For each word the positions of its pieces, ascending."""
WordMaps = Sequence[NDArray[np.floating]]
Links = Sequence[tuple[int, tuple[int, ...]]]
"""Query words of a sentence with the key words that gold data link each to."""
Alignment = Collection[tuple[int, int]]
"""Pairs of a source and a target word of a sentence, in this order."""

MEASURES = ("entropy", "confidence", "distance", "previous", "same", "next", "special")
ROLES = (
    "previous",
    "same",
    "next",
    "end_of_sentence",
    "start",
    "syntactic_head",
    "coreferent",
    "aligned_read",
    "aligned_predicted",
    "broad",
)
ROLE_SHARE = 1 / 3
"""What share of a head's weight makes its role."""
ROLE_MARGIN = 0.1
"""By how much that share must exceed its floor, where it has one (as Voita et al. 2019)."""

_FARTHEST = 32  # words; distances beyond count as this one


# ---------------------------------------------------------------------------- from pieces to words


def word_map(
    map_HQK: NDArray[np.floating], query_words: Words, key_words: Words, special: Sequence[int]
) -> Array:
    """Attention of words to words from that of pieces, `[H, query words, key words + 1]`.

    Weights are averaged over the pieces attended from and summed over those attended to (Clark et
    al. 2019); the weight on a piece of several words goes to each in equal parts. That on the
    positions `special` is the last column; that on any other position of no word (a lone blank)
    goes to the next word, after the last word to the last. Rows keep their sum. Words without a
    piece must not be given.
    """
    _, num_queries, num_keys = map_HQK.shape
    pieces_QV = _pieces(query_words, num_queries)
    from_QV = pieces_QV / pieces_QV.sum(axis=0)
    to_KW = _receivers(key_words, num_keys, special)
    return np.asarray(from_QV.T @ map_HQK.astype(np.float64) @ to_KW)


def _pieces(words: Words, num_positions: int) -> Array:
    """1 where a position holds a piece of a word, else 0, `[positions, words]`."""
    assert words, "a sentence needs a word"
    assert all(words), "words without a piece are to be left out"
    pieces = np.zeros((num_positions, len(words)))
    for number, word in enumerate(words):
        pieces[list(word), number] = 1.0
    return pieces


def _receivers(words: Words, num_positions: int, special: Sequence[int]) -> Array:
    """Who gets the weight on each position, `[positions, words + 1]`; rows sum to 1."""
    pieces = _pieces(words, num_positions)
    receivers = np.zeros((num_positions, len(words) + 1))
    receivers[:, :-1] = pieces / np.maximum(pieces.sum(axis=1, keepdims=True), 1)
    assert not receivers[list(special)].any(), "a special symbol is no piece of a word"
    receivers[list(special), -1] = 1.0
    firsts = [word[0] for word in words]
    for position in np.flatnonzero(~receivers.any(axis=1)):
        following = int(np.searchsorted(firsts, position))
        receivers[int(position), min(following, len(words) - 1)] = 1.0
    return receivers


# ------------------------------------------------------------------------------ where heads look


@dataclass(frozen=True, eq=False)
class HeadProfile:
    """Sums of what heads do, `[measures, heads]`, in the order of `MEASURES`, and what of."""

    sums: Array
    counts: Array

    def __add__(self, other: "HeadProfile") -> "HeadProfile":
        """The sums over both sets of sentences."""
        return HeadProfile(self.sums + other.sums, self.counts + other.counts)

    def means(self) -> dict[str, Array]:
        """Each measure of each head, `[heads]`; a measure for which no row counts is left out.

        `entropy` in nats and `confidence`, the mean largest weight, take all columns. `distance`
        in words is that of the weight on words, 0 for a head with none there. The others are
        shares of the weight: `previous`, `same` and `next` on the word at that place, of the rows
        that have such a word, and `special` on the special symbol.
        """
        means = np.divide(
            self.sums, self.counts, out=np.zeros_like(self.sums), where=self.counts > 0
        )
        return {
            name: mean
            for name, mean, counts in zip(MEASURES, means, self.counts, strict=True)
            if counts.any()
        }


def head_profile(maps: WordMaps) -> HeadProfile:
    """What heads do in these sentences.

    Query and key words at the same place count as the same: only where they are the same words do
    `distance`, `previous`, `same` and `next` mean anything.
    """
    num_heads = len(maps[0])
    sums = np.zeros((len(MEASURES), num_heads))
    counts = np.zeros((len(MEASURES), num_heads))
    for weights in maps:
        offsets = _offsets(weights)
        on_words = weights[:, :, :-1].astype(np.float64)
        places = [offsets == offset for offset in (-1, 0, 1)]
        sums += [
            _entropies(weights).sum(axis=1),
            weights.max(axis=2).sum(axis=1, dtype=np.float64),
            (on_words * np.abs(offsets)).sum(axis=(1, 2)),
            *(on_words[:, place].sum(axis=1) for place in places),
            weights[:, :, -1].sum(axis=1, dtype=np.float64),
        ]
        num_rows = np.full(num_heads, len(offsets))
        counts += [
            num_rows,
            num_rows,
            on_words.sum(axis=(1, 2)),
            *(np.full(num_heads, np.count_nonzero(place)) for place in places),
            num_rows,
        ]
    return HeadProfile(sums, counts)


def _offsets(weights: NDArray[np.floating]) -> NDArray[np.intp]:
    """How many words each key word lies after each query word, `[queries, keys]`."""
    _, num_queries, num_columns = weights.shape
    return np.arange(num_columns - 1) - np.arange(num_queries)[:, None]


def _entropies(weights: NDArray[np.floating]) -> Array:
    """The entropy of each row in nats, `[heads, queries]`."""
    given = weights.astype(np.float64)
    logarithms = np.log(given, out=np.zeros_like(given), where=given > 0)
    return np.asarray(-np.vecdot(given, logarithms))


# -------------------------------------------------------------------------------- gold relations


@dataclass(frozen=True, eq=False)
class LinkSums:
    """Weight of heads on linked words, and what their weights by distance alone would put there.

    `on_links` `[heads]` is the sum over `num_linked` query words. By offset of the key word from
    the query word, -32 to 32 with all beyond in the outermost: `weights` `[heads, offsets]`, the
    number of `cells` and of `links` `[offsets]`.
    """

    on_links: Array
    num_linked: int
    weights: Array
    cells: NDArray[np.int64]
    links: NDArray[np.int64]

    def __add__(self, other: "LinkSums") -> "LinkSums":
        """The sums over both sets of sentences."""
        return LinkSums(
            on_links=self.on_links + other.on_links,
            num_linked=self.num_linked + other.num_linked,
            weights=self.weights + other.weights,
            cells=self.cells + other.cells,
            links=self.links + other.links,
        )

    def share(self) -> Array:
        """The mean weight of linked query words on the words they are linked to, `[heads]`."""
        assert self.num_linked, "no query word is linked"
        return self.on_links / self.num_linked

    def share_by_distance(self) -> Array:
        """The share if every row had the head's mean weights at each offset, `[heads]`."""
        assert self.num_linked, "no query word is linked"
        means = self.weights / np.maximum(self.cells, 1)
        return np.asarray(means @ self.links / self.num_linked)


def share_on(maps: WordMaps, links: Sequence[Links]) -> LinkSums:
    """How much heads look at the words that gold data link to a word, sentence by sentence.

    `links` are, for each sentence, query words with the key words each is linked to. Rows of all
    words count for the mean weights at an offset, linked or not.
    """
    num_heads, num_offsets = len(maps[0]), 2 * _FARTHEST + 1
    on_links = np.zeros(num_heads)
    num_linked = 0
    weights_by_offset = np.zeros((num_heads, num_offsets))
    cells_by_offset = np.zeros(num_offsets, dtype=np.int64)
    links_by_offset = np.zeros(num_offsets, dtype=np.int64)
    for weights, linked in zip(maps, links, strict=True):
        on_words = weights[:, :, :-1].astype(np.float64)
        bins = np.clip(_offsets(weights), -_FARTHEST, _FARTHEST) + _FARTHEST
        is_linked = np.zeros(bins.shape, dtype=bool)
        for query, keys in linked:
            assert keys, "a link needs a key word"
            is_linked[query, list(keys)] = True
        on_links += on_words[:, is_linked].sum(axis=1)
        num_linked += int(is_linked.any(axis=1).sum())
        at_offset = bins.reshape(-1, 1) == np.arange(num_offsets)
        weights_by_offset += on_words.reshape(num_heads, -1) @ at_offset.astype(np.float64)
        cells_by_offset += at_offset.sum(axis=0)
        links_by_offset += at_offset[is_linked.ravel()].sum(axis=0)
    return LinkSums(on_links, num_linked, weights_by_offset, cells_by_offset, links_by_offset)


# ------------------------------------------------------------------------------------- alignment


@dataclass(frozen=True, eq=False)
class AlignmentCounts:
    """Links that heads make, and those of them that gold data have (Och and Ney 2003).

    Of `num_links` links per head `num_sure_hits` and `num_possible_hits`, `[heads]`, are right;
    `num_sure` is the number of sure gold links.
    """

    num_links: int
    num_sure: int
    num_sure_hits: NDArray[np.int64]
    num_possible_hits: NDArray[np.int64]

    def __add__(self, other: "AlignmentCounts") -> "AlignmentCounts":
        """The counts over both sets of sentences."""
        return AlignmentCounts(
            num_links=self.num_links + other.num_links,
            num_sure=self.num_sure + other.num_sure,
            num_sure_hits=self.num_sure_hits + other.num_sure_hits,
            num_possible_hits=self.num_possible_hits + other.num_possible_hits,
        )

    def error_rate(self) -> Array:
        """The alignment error rate, `[heads]`, in [0, 1]; lower is better."""
        hits = self.num_sure_hits + self.num_possible_hits
        return 1 - hits / (self.num_links + self.num_sure)


def alignment_counts(
    maps: WordMaps, sure: Sequence[Alignment], possible: Sequence[Alignment]
) -> AlignmentCounts:
    """What heads align: each target word (a query) with the source word (a key) of most weight.

    The special symbol is left out of that, and the first of equal words is taken. `sure` and
    `possible` are the gold pairs of each sentence; a sure pair is possible, too, listed or not.
    Every target word makes a link, also one that gold data align with nothing.
    """
    num_heads = len(maps[0])
    num_links = num_sure = 0
    num_sure_hits = np.zeros(num_heads, dtype=np.int64)
    num_possible_hits = np.zeros(num_heads, dtype=np.int64)
    for weights, sure_pairs, possible_pairs in zip(maps, sure, possible, strict=True):
        links = weights[:, :, :-1].argmax(axis=2)
        targets = np.arange(links.shape[1])
        is_sure = _pairs(sure_pairs, weights)
        is_possible = is_sure | _pairs(possible_pairs, weights)
        num_links += len(targets)
        num_sure += int(is_sure.sum())
        num_sure_hits += is_sure[targets, links].sum(axis=1)
        num_possible_hits += is_possible[targets, links].sum(axis=1)
    return AlignmentCounts(num_links, num_sure, num_sure_hits, num_possible_hits)


def _pairs(alignment: Alignment, weights: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether each target word is aligned with each source word, `[queries, keys]`."""
    _, num_targets, num_columns = weights.shape
    pairs = np.zeros((num_targets, num_columns - 1), dtype=bool)
    for source, target in alignment:
        pairs[target, source] = True
    return pairs


# ----------------------------------------------------------------------------------------- roles


@dataclass(frozen=True)
class Role:
    """What a head does, one of `ROLES`, and the share that decided."""

    name: str
    share: float


def role(shares: Mapping[str, float], floors: Mapping[str, float]) -> Role:
    """The role of a head: the relation with the largest share, if that is `ROLE_SHARE` or more.

    `shares` are the head's by relation, of `ROLES`; `floors` what some would be by distance alone.
    A relation with a floor stands only if its share exceeds that by `ROLE_MARGIN`: a head that
    always looks at the next word often finds a syntactic head there. Where none stands the head is
    `broad`, with the largest share of all. Of equal shares the first in `ROLES` decides.
    """
    assert shares, "a role needs a relation"
    assert set(floors) <= set(shares) <= set(ROLES) - {"broad"}
    ordered = sorted(shares, key=ROLES.index)
    standing = [
        name
        for name in ordered
        if shares[name] >= ROLE_SHARE
        and (name not in floors or shares[name] - floors[name] >= ROLE_MARGIN)
    ]
    if not standing:
        return Role("broad", max(shares.values()))
    largest = max(standing, key=lambda name: shares[name])
    return Role(largest, shares[largest])
