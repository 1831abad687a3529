"""Losses with parts of the dense network in a network and the other way round, losses and
translations of both stitched together, and what the output matrix makes of the decoder's states.

Kept are sums over the sentences, and the same without each block of them: all figures, their
intervals and their paired differences follow from these.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.errors import JobError
from ticketscope.measures.resampling import leaving_out
from ticketscope.measures.translation_scores import sentence_statistics
from ticketscope.networks.batches import PairsInMemory, ordered_batches
from ticketscope.networks.generate import greedy
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.logit_lens import settled
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.mixed import Pair, tensors
from ticketscope.networks.network import Network
from ticketscope.networks.parts import Cost, Part, by_layer, costs, parts_of, unlike
from ticketscope.networks.positions import longest_translation
from ticketscope.networks.stitched_translations import stitched_greedy
from ticketscope.networks.stitching import Place, maps_between, stitched_losses
from ticketscope.steps.bench import Bench
from ticketscope.steps.causes.judged_pairs import Pairs, piece_classes, texts
from ticketscope.steps.word_classes.classed_words import FREQUENCIES
from ticketscope.tables.causes import STITCHED_ABOVE, STITCHED_BELOW

Units = Mapping[str, tuple[Part, ...]]


def measure(network: Network, others: Sequence[Network], bench: Bench) -> dict[str, Any]:
    """All of one network; of the dense network itself no part is put anywhere.

    Raises `JobError` where a loss is not finite.
    """
    judged = bench.once(texts).judged
    pairs, loaded = _in_pieces(network, judged), network.load(device=bench.device)
    losses = sentence_losses(loaded, pairs, max_tokens=bench.max_tokens, device=bench.device)
    found = {
        "num_sentences": len(pairs),
        "num_tokens": _kept(losses.num_tokens),
        "loss": _kept(losses.negative_log_likelihood),
        "tokenizer": network.tokenizer.digest,
        "lens": _lens(network, loaded, pairs, bench),
    }
    if asked := _asked(network, bench):
        found["num_translated"] = len(asked.sources)
        found["bleu"] = _bleu(network, _greedy(loaded, asked, bench), bench)
    for dense in others:
        reason = unlike(network, dense)
        found |= {"unlike": reason} if reason else _beside(network, loaded, dense, pairs, bench)
    return found


def _in_pieces(network: Network, pairs: Pairs) -> PairsInMemory:
    return network.pairs([source for source, _ in pairs], [target for _, target in pairs])


def _kept(values: NDArray[Any]) -> Any:
    """Sums over sentences and without each block, of values per sentence along the last axis."""
    sums = leaving_out(np.asarray(values, dtype=np.float64))
    if not np.isfinite(sums).all():
        raise JobError(
            "causes: a loss is not finite: what the networks compute is too large, or a training "
            "diverged; lower training.peak_rate"
        )
    return sums.tolist()


# ----------------------------------------------------------------------------- parts


def _beside(
    network: Network, loaded: LoadedNetwork, dense: Network, pairs: PairsInMemory, bench: Bench
) -> dict[str, Any]:
    other = dense.load(device=bench.device)
    pair = Pair(loaded, other, parts_of(tensors(loaded), network.shape))
    layers = by_layer(pair.parts)
    units: Units = {**layers, **{part.name: (part,) for part in pair.parts}}

    def losses_by_unit(of: Pair) -> dict[str, Any]:
        nats_US = of.losses(list(units.values()), pairs, max_tokens=bench.max_tokens)
        return dict(zip(units, _kept(nats_US), strict=True))

    of_parts = costs(network, dense)

    def cost(unit: str) -> Cost:
        return sum((of_parts[part] for part in units[unit] if part in of_parts), start=Cost())

    return {
        "layers": list(layers),
        "blocks": [part.name for part in pair.parts],
        "costs": {unit: asdict(cost(unit)) for unit in units},
        "restored": losses_by_unit(pair),
        "transplanted": losses_by_unit(pair.turned),
        "stitched": list(_stitched(network, pair, pairs, bench)),
    }


def _stitched(
    network: Network, pair: Pair, pairs: PairsInMemory, bench: Bench
) -> Iterator[dict[str, Any]]:
    fit, validation = (_in_pieces(network, part) for part in bench.once(texts)[1:])
    maps = (
        maps_between(pair.own, pair.other, fit, validation, max_tokens=bench.max_tokens)
        if len(fit)
        else (None, None)
    )
    asked = _asked(network, bench)
    for experiment, (lower, upper), of_experiment in (
        (STITCHED_BELOW, (pair.own, pair.other), maps[0]),
        (STITCHED_ABOVE, (pair.other, pair.own), maps[1]),
    ):
        ways = {"none": None, **({"affine": of_experiment} if of_experiment else {})}
        losses = stitched_losses(
            lower, upper, pairs, list(ways.values()), max_tokens=bench.max_tokens
        )
        for (way, of_way), by_place in zip(ways.items(), losses, strict=True):
            said = (
                stitched_greedy(
                    lower,
                    upper,
                    asked.sources,
                    of_way,
                    longest=asked.longest,
                    max_tokens=bench.max_tokens,
                )
                if asked
                else {}
            )
            for place, nats_S in by_place.items():
                yield {
                    "experiment": experiment,
                    "part": _named(place),
                    "map": way,
                    "loss": _kept(nats_S),
                    **({"bleu": _bleu(network, said[place], bench)} if said else {}),
                }


def _named(place: Place) -> str:
    return ".".join(map(str, place))


@dataclass(frozen=True)
class _Asked:
    """The sources that are translated, in pieces, and how long a translation may be."""

    sources: Sequence[Sequence[int]]
    longest: int


def _asked(network: Network, bench: Bench) -> _Asked | None:
    """None where nothing is translated. What does not fit together need never end, so that a
    translation is cut where it is far longer than all references are."""
    settings, tokenizer = bench.study, network.tokenizer
    judged = bench.once(texts).judged[: settings.causes.bleu_sentences]
    if not judged:
        return None
    references = tokenizer.target.encode([reference for _, reference in judged])
    longest = min(
        2 * max(map(len, references)) + 10,
        settings.quality.max_decoding_length,
        longest_translation(tokenizer, network.max_positions),
    )
    return _Asked(tokenizer.source.encode([source for source, _ in judged]), longest)


def _greedy(loaded: LoadedNetwork, asked: _Asked, bench: Bench) -> list[list[int]]:
    said: list[list[int]] = [[]] * len(asked.sources)
    lengths = np.array([len(pieces) for pieces in asked.sources], dtype=np.int32)
    for indices in ordered_batches(lengths, bench.max_tokens):
        found = greedy(loaded, [asked.sources[i] for i in indices], asked.longest)
        for i, pieces in zip(indices, found, strict=True):
            said[i] = pieces
    return said


def _bleu(network: Network, said: Sequence[Sequence[int]], bench: Bench) -> Any:
    """Kept statistics of BLEU, by statistic, of translations in pieces."""
    references = [reference for _, reference in bench.once(texts).judged[: len(said)]]
    translations = [network.tokenizer.target.decode(pieces) for pieces in said]
    return _kept(sentence_statistics(translations, references)["bleu"].statistics.T)


# ----------------------------------------------------------------------------- logit lens


def _lens(
    network: Network, loaded: LoadedNetwork, pairs: PairsInMemory, bench: Bench
) -> dict[str, Any]:
    found = settled(loaded, pairs, max_tokens=bench.max_tokens)
    num_layers = network.shape.layers["decoder"]
    classes_N = bench.in_pieces(network.tokenizer, piece_classes)[found.labels_N]

    def by_sentence(values_N: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(found.sentences_N, weights=values_N, minlength=len(pairs))

    def account(is_of_N: NDArray[np.bool_]) -> dict[str, Any]:
        return {
            "num": _kept(by_sentence(is_of_N)),
            "layers": _kept(by_sentence(found.layers_N * is_of_N)),
        }

    return {
        "num_layers": num_layers,
        "settled": [
            _kept(by_sentence(found.layers_N <= layer)) for layer in range(1, num_layers + 1)
        ],
        "classes": {
            "": account(np.ones(len(classes_N), dtype=bool)),
            **{
                name: account(classes_N == name)
                for name in FREQUENCIES
                if (classes_N == name).any()
            },
        },
    }
