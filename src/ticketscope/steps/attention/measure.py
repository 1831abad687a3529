"""What the heads of a ticket attend to, alone and beside the heads of others.

One result per ticket, kept beside those before it, as in `results.representations` and with the
same pairs. Two networks read the same batches in turn, and their maps are reduced at once: none is
kept but those of the few sentences that people can look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedModel

from ticketscope.config import Experiment, Lottery, analysis_identity, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.measures.attention import (
    DivergenceSums,
    HeadSums,
    assigned,
    best_heads,
    by_layer,
    divergence_sums,
    head_sums,
    jensen_shannon,
    layer_cka,
    pearson,
    similarity_of_layers,
    total,
)
from ticketscope.measures.resampling import NUM_BLOCKS
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.trace import DECODER_SELF, Attended, attended, raw_words
from ticketscope.runs.store import DENSE, LevelId, Run
from ticketscope.steps.attention.data import Gold, Pair, gold_data, held_out_pairs
from ticketscope.steps.attention.roles import described
from ticketscope.steps.measured import measured_once
from ticketscope.steps.quality.measure import translating
from ticketscope.steps.representations import measure as representations
from ticketscope.text.vocabulary import AlignedSentence, Vocabulary

STEP = "attention"
VERSION = 2
"""Raised when a figure is computed in another way: all tickets are then measured again."""


def compared_with(level: LevelId, lottery: Lottery) -> list[LevelId]:
    """The other tickets that `measure_ticket` reads: those of `results.representations`."""
    return representations.compared_with(level, lottery)


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> bool:
    """Describe the heads of one ticket, and compare them with others on the same sentences.

    Does nothing that is done already; returns whether there was anything to do.
    Raises `InputError` for gold data that are malformed, and
    `JobError` for a ticket that is damaged or whose attention is not finite.
    """
    run = Run(root)
    corpus = EncodedCorpus(run.corpus)
    pairs = held_out_pairs(corpus, experiment.attention)
    gold = gold_data(corpus, experiment)
    others = compared_with(level, experiment.lottery)
    own = experiment.attention.targets == "own"
    identity = {
        **analysis_identity(experiment, STEP, VERSION),
        # Own translations are made as quality's are.
        **({"decoding": experiment.quality.model_dump(mode="json")} if own else {}),
        "pairs": digest([[pair.source.text, pair.target.text] for pair in pairs]),
        "gold": gold.digest(),
        "ticket": run.level(level).digest(),
        "others": {str(other): run.level(other).digest() for other in others},
    }
    return measured_once(
        run.analysis(STEP, level),
        identity,
        lambda: _measure(run, level, others, pairs, gold, experiment),
    )


def _measure(
    run: Run,
    level: LevelId,
    others: Sequence[LevelId],
    pairs: Sequence[Pair],
    gold: Gold,
    experiment: Experiment,
) -> dict[str, Any]:
    device = experiment.training.device
    align = Vocabulary(EncodedCorpus(run.corpus).model_file, experiment.model.norm).align
    own = experiment.attention.targets == "own"
    read = _own_translations(run, level, pairs, experiment) if own else pairs
    sources = [align(pair.source) for pair in pairs]
    translations = [align(pair.target) for pair in read]
    network = _loaded(run, level, device)
    found = described(
        network,
        list(zip(sources, translations, strict=True)),
        gold.sentences,
        align,
        device,
        with_maps=not own,
    )
    # Each ticket reads its own translations then, and rows of other targets cannot be compared.
    targets = None if own else translations
    if level.arm == DENSE:
        others = [level, *others]
    compared = []
    for other in others:
        theirs = network if other == level else _loaded(run, other, device)
        blocks = _sums(network, theirs, sources, targets, device)
        with_left_out = other.arm == DENSE and other != level
        compared.append(
            {
                "other": [other.replicate, other.arm, other.level],
                "kinds": {
                    kind: _similarities(blocks[kind], experiment.model.heads, with_left_out)
                    for kind in blocks
                },
            }
        )
        del theirs  # before the next one is read: two networks are in memory at a time
    return {
        "num_sentences": len(pairs),
        "gold": list(gold.notes),
        **found,
        "similarity": compared,
    }


def _own_translations(
    run: Run, level: LevelId, pairs: Sequence[Pair], experiment: Experiment
) -> list[Pair]:
    ticket = ModelFolder(run.level(level).ticket)
    with translating(run, ticket, experiment) as translate:
        translations = translate([pair.source.text for pair in pairs])
    return [
        Pair(pair.source, raw_words(translation))
        for pair, translation in zip(pairs, translations, strict=True)
    ]


def _loaded(run: Run, level: LevelId, device: str) -> PreTrainedModel:
    network: PreTrainedModel = ModelFolder(run.level(level).ticket).network(attention="eager")
    return network.to(device)


# ----------------------------------------------------------------------------- similarity


@dataclass(frozen=True)
class _Sums:
    """What the heads of two networks have in common on some sentences, of one kind."""

    products: HeadSums
    divergences: DivergenceSums

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(self.products + other.products, self.divergences + other.divergences)


def _sums(
    ours: PreTrainedModel,
    theirs: PreTrainedModel,
    sources: Sequence[AlignedSentence],
    targets: Sequence[AlignedSentence] | None,
    device: str,
) -> dict[str, list[_Sums]]:
    """By kind the sums over each of `NUM_BLOCKS` runs of neighbouring sentences; over all in one
    where there are not as many."""
    num_blocks = NUM_BLOCKS if len(sources) >= NUM_BLOCKS else 1
    blocks: dict[str, list[_Sums]] = {}
    for places in np.array_split(np.arange(len(sources)), num_blocks):
        sentences = [sources[place].ids for place in places]
        translations = None if targets is None else [targets[place].ids for place in places]
        batches = zip(
            attended(ours, sentences, translations, device=device),
            attended(theirs, sentences, translations, device=device),
            strict=True,
        )
        of_block: dict[str, list[_Sums]] = {}
        for our_batch, their_batch in batches:
            for kind in our_batch[0].maps:
                maps = [_stacked(batch, kind) for batch in (our_batch, their_batch)]
                causal = kind == DECODER_SELF
                sums = _Sums(head_sums(*maps, causal=causal), divergence_sums(*maps, causal=causal))
                of_block.setdefault(kind, []).append(sums)
        for kind, parts in of_block.items():
            blocks.setdefault(kind, []).append(total(parts))
    return blocks


def _stacked(batch: Sequence[Attended], kind: str) -> list[NDArray[np.float32]]:
    """The maps of each sentence with the heads of all layers along one axis."""
    return [one.maps[kind].reshape(-1, *one.maps[kind].shape[2:]) for one in batch]


def _similarities(blocks: Sequence[_Sums], num_heads: int, with_left_out: bool) -> dict[str, Any]:
    """All measures of one kind, of all layers with all layers; what a head of a layer has in common
    with the heads of the same layer; and where asked for what remains without each block."""
    whole = total(blocks)
    correlations = pearson(whole.products)
    divergences = jensen_shannon(whole.divergences)
    of_pairs = by_layer(correlations, num_heads)
    used = by_layer(whole.products.num_used.astype(np.float64), num_heads)
    same = range(len(of_pairs))
    result = {
        **{
            measure: values.tolist()
            for measure, values in _of_layers(whole, num_heads).items()
            if values.ndim == 2
        },
        **{measure: values.tolist() for measure, values in _same_layer(whole, num_heads).items()},
        "num_rows": whole.products.num_rows,
        "num_rows_used": used.min(axis=(2, 3)).astype(int).tolist(),
        "heads": {
            "pearson": [best_heads(of_pairs[layer, layer]).similarities.tolist() for layer in same],
            "jensen_shannon": [
                by_layer(divergences, num_heads)[layer, layer].max(axis=1).tolist()
                for layer in same
            ],
            "matched_head": [best_heads(of_pairs[layer, layer]).heads.tolist() for layer in same],
        },
    }
    if with_left_out and len(blocks) == NUM_BLOCKS:
        rests = [
            total([block for place, block in enumerate(blocks) if place != left_out])
            for left_out in range(NUM_BLOCKS)
        ]
        figures = [
            {
                **{
                    measure: np.diagonal(values)
                    for measure, values in _of_layers(rest, num_heads).items()
                },
                **_same_layer(rest, num_heads),
            }
            for rest in rests
        ]
        result["left_out"] = {
            measure: np.stack([of_rest[measure] for of_rest in figures], axis=1).tolist()
            for measure in figures[0]
        }
    return result


def _of_layers(sums: _Sums, num_heads: int) -> dict[str, NDArray[np.float64]]:
    """Each measure `[layers, other layers]`."""
    return {
        "pearson": similarity_of_layers(pearson(sums.products), num_heads),
        "jensen_shannon": similarity_of_layers(jensen_shannon(sums.divergences), num_heads),
        "cka": layer_cka(sums.products, num_heads),
    }


def _same_layer(sums: _Sums, num_heads: int) -> dict[str, NDArray[np.float64]]:
    """Measures of the heads of one layer of two networks, `[layers]`."""
    pairs = by_layer(pearson(sums.products), num_heads)
    layers = range(len(pairs))
    return {
        "pearson_assigned": np.array([assigned(pairs[layer, layer]).mean for layer in layers]),
        "matched": np.array([best_heads(pairs[layer, layer]).share_in_place for layer in layers]),
    }
