"""A network proves that it was loaded as it was stored, before anything is measured on it.

Loading itself compares every stored tensor with what the network computes with, and lets nothing
be initialised anew (`ModelFolder.network`). Here the network reads and writes a handful of
sentences: its numbers must be finite, its tokenizer must give texts back, it must not say what is
no text, and CTranslate2, which translates with it later, must say the same as transformers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ticketscope.errors import InputError
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.decoding.engine_opening import engine_of
from ticketscope.networks.families import CONFIG
from ticketscope.networks.generate import greedy
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.network import Network
from ticketscope.networks.precision import Dtype
from ticketscope.networks.tokenizers.round_trip import round_trip
from ticketscope.text.input_files import read_json_object

NUM_SENTENCES: Final = 10
"""As many are enough to see a network that was loaded in a wrong way."""
_LONGEST: Final = 48  # pieces of a translation, so that a network that never ends costs little
_NEAR: Final = 0.01  # nats between two pieces that two engines may take for equal
_GENERATION = "generation_config.json"
_SILENT = (
    "num_beams",
    "num_beam_groups",
    "do_sample",
    "temperature",
    "top_k",
    "top_p",
    "max_length",
    "max_new_tokens",
    "min_length",
    "min_new_tokens",
    "length_penalty",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "early_stopping",
    "renormalize_logits",
    "bad_words_ids",
    "suppress_tokens",
    "begin_suppress_tokens",
    "forced_eos_token_id",
)
"""Settings of a stored generation config that `generate` of transformers uses silently. What it is
forced to say first is not among them: the tokenizer puts it into the frame of a text."""


@dataclass(frozen=True)
class Proof:
    """What was checked of one network.

    Args:
        made_of: class, size and tokenizer, in words.
        checks: what was found right, in words.
        settings: what its generation config says; none of it is used.
    """

    made_of: str
    checks: tuple[str, ...]
    settings: Mapping[str, Any]

    @property
    def line(self) -> str:
        """All of it in a line."""
        return f"{self.made_of}; checked: {', '.join(self.checks)}"


def prove(
    network: Network,
    sources: Sequence[str],
    targets: Sequence[str],
    *,
    device: str = "cpu",
    dtype: Dtype = "float32",
    scratch: Path | None = None,
) -> Proof:
    """Check a network on the first sentences that it has room for.

    Args:
        network: which one; it is in memory only as long as this takes.
        sources, targets: sentences and their translations.
        device, dtype: where and in which type it will compute.
        scratch: a folder to convert it in; None for the one that the system has for such.

    Raises `InputError` naming the first check that fails, and as `Network.load`.
    """
    sample = _sample(network, sources, targets)
    trip = round_trip(network.tokenizer, sample.targets)
    if trip.lost and 2 * trip.num_same < trip.num_sentences:
        raise _failed(
            network,
            f"only {trip.num_same} of {trip.num_sentences} texts come back from the tokenizer: "
            f"{trip.lost[0]!r} comes back as {trip.lost[1]!r}",
            "give the tokenizer of this network, and texts in its languages",
        )
    comes_back = f"{trip.num_same} of {trip.num_sentences} texts come back from the tokenizer"
    if not network.has_states:
        _score(network, sample)
        return Proof(_made_of_engine(network), ("scores finite", comes_back), {})
    said = _said(network, sample, device)
    if dtype != "float32":
        loaded = network.load(device=device, dtype=dtype)
        _check_finite(network, loaded, sample, dtype)
        del loaded  # one network at a time
    num_alike = _num_alike(network, sample, said, device, scratch)
    unread = network.folder.num_unread
    checks = (
        f"{network.folder.num_stored} stored tensors used bit for bit and none made anew"
        + (f" ({unread} that networks of this kind never read left out)" if unread else ""),
        network.folder.ties,
        f"all logits finite in {dtype}",
        comes_back,
        "no padding said",
        f"{num_alike} of {len(said)} greedy translations alike in transformers and CTranslate2",
    )
    return Proof(_made_of(network), checks, _settings(network))


def unlike_settings(proofs: Mapping[str, Proof]) -> list[str]:
    """A line for each setting of generation configs in which networks differ, by their names.

    None of them is used: all networks translate with the same settings.
    """
    lines = []
    for name in _SILENT:
        found = {who: proof.settings.get(name) for who, proof in proofs.items()}
        values = list(found.values())
        if any(value != values[0] for value in values[1:]):
            each = ", ".join(
                f"{who}: {'none' if value is None else value}" for who, value in found.items()
            )
            lines.append(f"{name} of {_GENERATION} differs and is not used ({each})")
    return lines


def other_starts(base: Network, others: Mapping[str, Network]) -> list[str]:
    """A line for each network of CTranslate2's, by its name, whose decoder starts from nothing
    although that of `base` starts from a row that is not zero.

    CTranslate2's converter takes every Marian for one that Marian trained. transformers trains the
    row of pad, from which its Marian starts, by way of the output matrix that is tied to it.
    """
    lost = [
        name for name, other in others.items() if not other.has_states and other.starts_from_nothing
    ]
    if not lost or base.starts_from_nothing:
        return []
    start = base.tokenizer.target.names[base.tokenizer.frame.target_before[0]]
    return [
        f"{name}: its decoder starts from nothing, that of the base from the row of {start!r}, "
        f"which is not zero; what {name} loses may come from this conversion, whatever its type: "
        "dissect one in float32 beside it, or train the base with that row at zero "
        "(docs/dissect.md)"
        for name in lost
    ]


def _made_of(network: Network) -> str:
    shape = network.shape
    num = sum(torch.Size(size).numel() for size in network.folder.parameter_shapes.values())
    layers = "+".join(map(str, shape.layers.values()))
    return (
        f"{shape.network_class.__name__}, {num:,} parameters, {layers} layers, width "
        f"{shape.d_model}; tokenizer {network.tokenizer.name}"
    )


def _made_of_engine(network: Network) -> str:
    return (
        f"CTranslate2, at most {network.max_positions:,} positions, for texts, scores, speed and "
        f"size alone; tokenizer {network.tokenizer.name}"
    )


def _settings(network: Network) -> dict[str, Any]:
    """Of the generation config; older files have them in config.json."""
    files = (network.directory / CONFIG, network.directory / _GENERATION)
    stored: dict[str, Any] = {}
    for path in files:
        if path.is_file():
            stored |= read_json_object(path)
    return {name: stored[name] for name in _SILENT if stored.get(name) is not None}


# ----------------------------------------------------------------------------- the checks


@dataclass(frozen=True)
class _Sample:
    """Some sentences, their translations, and the pieces of both."""

    sources: list[str]
    targets: list[str]
    read: list[list[int]]
    said: list[list[int]]


def _sample(network: Network, sources: Sequence[str], targets: Sequence[str]) -> _Sample:
    """The first sentences for which the network has positions."""
    tokenizer, frame = network.tokenizer, network.tokenizer.frame
    some = slice(0, 10 * NUM_SENTENCES)
    read, said = tokenizer.source.encode(sources[some]), tokenizer.target.encode(targets[some])
    room = network.max_positions
    fit = [
        i
        for i, (mine, other) in enumerate(zip(read, said, strict=True))
        if 0 < len(mine) <= room - frame.num_source and 0 < len(other) <= room - frame.num_target
    ][:NUM_SENTENCES]
    if not fit:
        raise _failed(
            network,
            f"none of {len(read)} sentences has pieces, and no more than the {room:,} positions of "
            "the network",
            "give other texts",
        )
    return _Sample(
        [sources[i] for i in fit],
        [targets[i] for i in fit],
        [read[i] for i in fit],
        [said[i] for i in fit],
    )


def _failed(network: Network, what: str, mend: str) -> InputError:
    return InputError(f"{network.directory}: {what}; {mend}")


@torch.no_grad()
def _check_finite(network: Network, loaded: LoadedNetwork, sample: _Sample, dtype: Dtype) -> None:
    pairs = PairsInMemory(sample.read, sample.said)
    batch = collate(pairs, range(len(sample.read)), loaded.frame).to(loaded.device)
    states_BTD = loaded.decoded(batch, loaded.encoded(batch))
    if not loaded.logits(states_BTD[batch.label_mask_BT]).isfinite().all():
        raise _failed(
            network,
            f"its logits are not finite in {dtype}",
            "give --dtype float32" if dtype != "float32" else "get the network again",
        )


def _said(network: Network, sample: _Sample, device: str) -> list[list[int]]:
    """Greedy translations by transformers, in float32."""
    loaded = network.load(device=device, dtype="float32")
    _check_finite(network, loaded, sample, "float32")
    translations = greedy(loaded, sample.read, _num_new(network))
    for source, ids in zip(sample.sources, translations, strict=True):
        if loaded.frame.pad in ids:
            raise _failed(
                network,
                f"it says padding in its translation of {source!r}",
                "its pad_token_id, or its tokenizer, is that of another network",
            )
    return translations


def _num_new(network: Network) -> int:
    return min(_LONGEST, network.max_positions - network.tokenizer.frame.num_target)


def _score(network: Network, sample: _Sample) -> None:
    """Have CTranslate2 score the translations."""
    losses = network.losses(sample.sources, sample.targets).negative_log_likelihood
    if not np.isfinite(losses).all():
        raise _failed(network, "its scores are not finite", "convert the network again")


def _num_alike(
    network: Network,
    sample: _Sample,
    said: list[list[int]],
    device: str,
    scratch: Path | None,
) -> int:
    """How many translations of CTranslate2 are those of transformers.

    Others may part at a piece that both find as likely as another, but nowhere else.
    """
    codec = network.tokenizer.target
    with engine_of(network.stored, network.tokenizer, scratch, threads=1) as engine:
        found = engine.translate(
            sample.read,
            beam=1,
            length_penalty=1.0,
            max_decoding_length=_num_new(network),
            batch_size=NUM_SENTENCES,
        )
    unlike = [i for i, (mine, other) in enumerate(zip(said, found, strict=True)) if mine != other]
    if unlike:
        loaded = network.load(device=device, dtype="float32")
        for i in unlike:
            if (gap := _gap(loaded, sample.read[i], said[i], found[i])) > _NEAR:
                raise _failed(
                    network,
                    f"CTranslate2 translates {sample.sources[i]!r} into {codec.decode(found[i])!r},"
                    f" transformers into {codec.decode(said[i])!r}, and they part where "
                    f"transformers is sure by {gap:.2g} nats",
                    "this is a fault of the conversion: report it with the config.json",
                )
    return len(said) - len(unlike)


@torch.no_grad()
def _gap(
    loaded: LoadedNetwork, read: Sequence[int], mine: Sequence[int], other: Sequence[int]
) -> float:
    """Nats by which transformers prefers its own piece where two translations part."""
    (end,) = loaded.frame.target_after
    of_mine, of_other = [*mine, end], [*other, end]
    place = next(i for i, (a, b) in enumerate(zip(of_mine, of_other, strict=False)) if a != b)
    batch = collate(PairsInMemory([read], [of_mine[:place]]), [0], loaded.frame).to(loaded.device)
    states_BTD = loaded.decoded(batch, loaded.encoded(batch))
    logits_V = loaded.logits(states_BTD[0, -1:])[0]
    first = loaded.frame.labels[0]
    return float(logits_V[of_mine[place] - first] - logits_V[of_other[place] - first])
