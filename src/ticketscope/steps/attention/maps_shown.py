"""The attention maps that people can look at: a few sentences in a few networks, by word."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ticketscope.networks.trace import DECODER_SELF, ENCODER_DECODER, ENCODER_SELF
from ticketscope.packing import SMALLEST, packed, unpacked
from ticketscope.runs.store import LevelId
from ticketscope.steps.attention import ATTENTION
from ticketscope.steps.attention.data import pairs_of
from ticketscope.steps.attention.roles import MOST_SHOWN_BYTES, NUM_SHOWN
from ticketscope.steps.bench import Bench

Figures = Mapping[str, Any]
_MOST_BYTES: Final = 3 * NUM_SHOWN * MOST_SHOWN_BYTES
"""Of all maps together, before they are packed. Three networks have room for all sentences; the
more there are, the fewer sentences are shown, but one always is."""


def maps_shown(bench: Bench, last_held: int) -> dict[str, Any] | None:
    """The maps of views/attention.json; None where no two networks have a sentence in common.

    `last_held`: the last level at which quality holds, whose maps are shown with those of the dense
    model and of the last level. Of networks of others all are shown but the twins, whose heads have
    nothing to do with each other.
    """
    labels = [label for label in _labels(bench, last_held) if bench.panel[label].has_states]
    return maps_of(labels, bench)


def maps_of(labels: Sequence[LevelId], bench: Bench) -> dict[str, Any] | None:
    """The maps of some networks.

    Maps are by word, so networks may differ in pieces and depth: of each sentence all must have a
    map of the same words. A network that has no sentence in common with the first is not shown.
    """
    found = {label: bench.results.read(ATTENTION, label) for label in labels}
    if not found:
        return None
    of_first = _sentences(found[labels[0]])
    labels = [label for label in labels if _common([of_first, _sentences(found[label])])]
    if len(labels) < 2:
        return None
    kept = {label: {shown["place"]: shown for shown in found[label]["shown"]} for label in labels}
    in_all = _common([_sentences(found[label]) for label in labels])
    if not in_all:
        return None
    pairs = bench.once(pairs_of)
    data = bytearray()
    sentences: list[dict[str, list[str]]] = []
    for place in in_all:
        maps = [unpacked(kept[label][place]["maps"]) for label in labels]
        if sentences and len(data) + sum(map(len, maps)) > _MOST_BYTES:
            continue
        pair, (source, target) = pairs[place], of_first[place]
        sentences.append(
            {
                side: [text.text[slice(*text.spans[word])] for word in words]
                for side, text, words in (
                    ("source", pair.source, source),
                    ("target", pair.target, target),
                )
            }
        )
        data += b"".join(maps)
    base = found[labels[0]]
    num_fitting = len(pairs) - base["num_empty"] - base["num_too_long"]
    return {
        "replicate": labels[0].replicate,
        "networks": [_about(label, bench) for label in labels],
        "sentences": sentences,
        "num_left_out": min(NUM_SHOWN, num_fitting) - len(sentences),
        "data": packed(bytes(data), SMALLEST),
    }


def _labels(bench: Bench, last_held: int) -> Sequence[LevelId]:
    panel = bench.panel
    if not bench.study.cast.is_given:
        return panel.shown(last_held)
    return [label for label in panel.labels if label.replicate == panel.labels[0].replicate]


def _sentences(measured: Figures) -> dict[int, tuple[tuple[int, ...], ...]]:
    """The places of the sentences with a map, and of the words on either side that have pieces."""
    return {shown["place"]: tuple(map(tuple, shown["words"])) for shown in measured["shown"]}


def _common(networks: Sequence[Mapping[int, tuple[tuple[int, ...], ...]]]) -> list[int]:
    """The sentences that all have with the same words."""
    first, *others = networks
    return [
        place
        for place, words in first.items()
        if all(other.get(place) == words for other in others)
    ]


def _about(label: LevelId, bench: Bench) -> dict[str, Any]:
    shape = bench.panel[label].shape
    return {
        "arm": label.arm,
        "level": label.level,
        "sparsity_prunable": bench.panel[label].sparsity.prunable,
        "kinds": {
            ENCODER_SELF: shape.layers["encoder"],
            DECODER_SELF: shape.layers["decoder"],
            ENCODER_DECODER: shape.layers["decoder"],
        },
        "num_heads": shape.heads["encoder"],
    }
