"""What the heads of one network do, word by word: where they look, and which role that makes.

Measured on word-level maps (`measures.heads.word_map`). Of a target word the row is that of the
positions that read it; for alignment, those that predict it are looked at, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ticketscope.annotation.alignment import Link
from ticketscope.measures.attention import SumsT
from ticketscope.measures.heads import (
    AlignmentCounts,
    HeadProfile,
    LinkSums,
    alignment_counts,
    head_profile,
    role,
    share_on,
)
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.trace import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF, KINDS
from ticketscope.packing import SMALLEST, packed
from ticketscope.steps.attention.data import GoldSentence, Links
from ticketscope.steps.attention.reading import Reading
from ticketscope.steps.word_maps import PREDICTED, Side, WordMaps, num_unfit, unfit, word_maps
from ticketscope.text.tokenizer import Tokenizer

MEASURES: Mapping[str, Mapping[str, str]] = {
    ENCODER_SELF: {
        name: name for name in ("entropy", "confidence", "distance", "previous", "same", "next")
    }
    | {"special": "end_of_sentence"},
    DECODER_SELF: {name: name for name in ("entropy", "confidence", "distance", "previous", "same")}
    | {"special": "start"},
    ENCODER_DECODER: {
        "entropy": "entropy",
        "confidence": "confidence",
        "special": "end_of_sentence",
    },
}
"""By kind, the measures of `measures.heads` that mean something there, as attention.csv calls them:
source and target words at the same place are not the same word, and no decoder sees the next."""
_ROLES_BY_PLACE = ("previous", "same", "next", "end_of_sentence", "start")
NUM_SHOWN = 10
"""Sentences whose maps people can look at."""
MOST_SHOWN_BYTES = 25_000
"""Of one sentence and network: ten sentences and three networks stay below a megabyte."""


class Relations(NamedTuple):
    """How far heads follow what gold data say.

    Args:
        figures: by kind `[heads of all layers]`.
        counts: sentences left out by reason, and words that each relation rests on.
    """

    figures: Mapping[str, Mapping[str, NDArray[np.float64]]]
    counts: Mapping[str, int]


def described(reading: Reading, of_gold: Relations, *, with_maps: bool) -> dict[str, Any]:
    """Figures of all heads of a network, as they are kept in JSON.

    `heads`: by kind and measure `[layers][heads]`; `roles`: by kind `[layers][heads]` of a name and
    the share that decided; `shown`: the first pairs with maps small enough to look at, by their
    place, the places of their words that have pieces, and the maps in 8 bits; and how many
    sentences and words all that rests on.
    """
    sides, heads = reading.sides, reading.num_heads
    fitting = [place for place, reason in enumerate(reading.unfits) if reason is None]
    shown = _shown(reading, fitting) if with_maps else []
    profiles: dict[str, HeadProfile] = {}
    maps_shown: dict[int, WordMaps] = {}
    for place in fitting:
        maps = reading.word_maps(place)
        for kind in KINDS:
            _add(profiles, kind, head_profile([maps[kind]]))
        if place in shown:
            maps_shown[place] = maps
    figures: dict[str, dict[str, Any]] = {}
    for kind, profile in profiles.items():
        names = MEASURES[kind]
        means = profile.means()
        figures[kind] = {names[name]: mean for name, mean in means.items() if name in names}
    for kind, of_kind in of_gold.figures.items():
        figures.setdefault(kind, {}).update(of_kind)
    return {
        "num_words": sum(len(sides[place][0].words) for place in fitting),
        **num_unfit(reading.unfits),
        "num_without_piece": sum(side.num_without_piece for both in sides for side in both if side),
        "num_gold": dict(of_gold.counts),
        "heads": {
            kind: {
                name: values.reshape(-1, heads[kind]).tolist() for name, values in of_kind.items()
            }
            for kind, of_kind in figures.items()
        },
        "roles": {kind: _roles(of_kind, heads[kind]) for kind, of_kind in figures.items()},
        "shown": [
            {
                "place": place,
                "words": [list(side.places) for side in sides[place] if side],
                "maps": _packed(maps_shown[place]),
            }
            for place in shown
        ],
    }


# ----------------------------------------------------------------------------- gold relations


def relations(
    network: LoadedNetwork, gold: Sequence[GoldSentence], tokenizer: Tokenizer, device: str
) -> Relations:
    """Of a network with eager attention, which reads the gold data."""
    links: dict[str, LinkSums] = {}
    alignments: dict[str, AlignmentCounts] = {}
    read, said = tokenizer.source.align, tokenizer.target.align
    sentences = [
        (one, Side.of(read(one.source)), Side.of(said(one.target)) if one.target else None)
        for one in gold
    ]
    reasons = [unfit(network.frame, network.max_positions, *one[1:]) for one in sentences]
    fitting = [one for one, reason in zip(sentences, reasons, strict=True) if reason is None]
    for with_target in (False, True):
        chosen = [one for one in fitting if bool(one[2]) == with_target]
        for batch in word_maps(network, [one[1:] for one in chosen], device):
            for place, maps in batch:
                for name, kind, linked in _links(*chosen[place]):
                    _add(links, name, share_on([maps[kind]], [linked]))
                for name, kind, sure, possible in _alignments(*chosen[place]):
                    _add(alignments, name, alignment_counts([maps[kind]], [sure], [possible]))
    figures: dict[str, dict[str, NDArray[np.float64]]] = {}
    counts = num_unfit(reasons)
    for name, whole in links.items():
        counts[name] = whole.num_linked
        of_kind = figures.setdefault(
            ENCODER_SELF if name in ("syntactic_head", "coreferent") else ENCODER_DECODER, {}
        )
        of_kind |= {name: whole.share(), f"{name}_by_distance": whole.share_by_distance()}
    for name, aligned in alignments.items():
        figures.setdefault(ENCODER_DECODER, {})[name] = aligned.error_rate()
    return Relations(figures, counts)


def _add(sums: dict[str, SumsT], name: str, more: SumsT) -> None:
    """Add to what was found so far: memory does not grow with the sentences."""
    sums[name] = sums[name] + more if name in sums else more


def _links(
    one: GoldSentence, source: Side, target: Side | None
) -> Iterator[tuple[str, str, Links]]:
    """What is known of a sentence: the relation, the maps to look at, and the linked words."""
    found = [
        ("syntactic_head", ENCODER_SELF, _kept(one.syntax or (), source.places)),
        ("coreferent", ENCODER_SELF, _kept(one.coreference or (), source.places)),
    ]
    if one.alignment and target:
        linked = _by_target(_pairs(one.alignment.possible, source, target))
        found += [
            ("aligned_read", ENCODER_DECODER, linked),
            ("aligned_predicted", PREDICTED, linked),
        ]
    yield from (relation for relation in found if relation[2])


def _alignments(
    one: GoldSentence, source: Side, target: Side | None
) -> Iterator[tuple[str, str, Sequence[Link], Sequence[Link]]]:
    if one.alignment and target:
        sure = _pairs(one.alignment.sure, source, target)
        possible = _pairs(one.alignment.possible, source, target)
        yield "aer_read", ENCODER_DECODER, sure, possible
        yield "aer_predicted", PREDICTED, sure, possible


def _kept(links: Links, places: Mapping[int, int]) -> Links:
    """Links between words that have pieces, by their places among these."""
    kept = (
        (places[query], tuple(places[key] for key in linked if key in places))
        for query, linked in links
        if query in places
    )
    return tuple((query, linked) for query, linked in kept if linked)


def _pairs(links: Sequence[Link], source: Side, target: Side) -> list[Link]:
    """Links between words that have pieces, likewise."""
    return [
        (source.places[in_source], target.places[in_target])
        for in_source, in_target in links
        if in_source in source.places and in_target in target.places
    ]


def _by_target(links: Sequence[Link]) -> Links:
    """Each linked target word with its source words."""
    found: dict[int, list[int]] = {}
    for in_source, in_target in links:
        found.setdefault(in_target, []).append(in_source)
    return tuple((word, tuple(sources)) for word, sources in sorted(found.items()))


def _roles(figures: Mapping[str, NDArray[np.float64]], heads: int) -> list[list[list[Any]]]:
    """The role of every head and the share that decided, `[layers][heads]`."""
    floors = {
        name: figures[f"{name}_by_distance"] for name in figures if f"{name}_by_distance" in figures
    }
    names = [name for name in figures if name in _ROLES_BY_PLACE or name in floors]
    found = [
        role(
            {name: float(figures[name][head]) for name in names},
            {name: float(floor[head]) for name, floor in floors.items()},
        )
        for head in range(len(figures[names[0]]))
    ]
    return [
        [[one.name, one.share] for one in found[start : start + heads]]
        for start in range(0, len(found), heads)
    ]


# ----------------------------------------------------------------------------- maps for people


def _shown(reading: Reading, fitting: Sequence[int]) -> list[int]:
    """The first sentences, as many as are shown, whose maps are small enough."""
    num_maps = reading.num_maps
    small = []
    for place in fitting:
        source, target = reading.sides[place]
        assert target
        num_source, num_target = len(source.words), len(target.words)
        num_bytes = (
            num_maps[ENCODER_SELF] * num_source * (num_source + 1)
            + num_maps[DECODER_SELF] * num_target * (num_target + 1)
            + num_maps[ENCODER_DECODER] * num_target * (num_source + 1)
        )
        if num_bytes <= MOST_SHOWN_BYTES:
            small.append(place)
    return small[:NUM_SHOWN]


def _packed(maps: WordMaps) -> str:
    """Weights in 8 bits, kind after kind, head after head, row after row."""
    weights = b"".join(np.rint(255 * maps[kind]).astype(np.uint8).tobytes() for kind in KINDS)
    return packed(weights, SMALLEST)
