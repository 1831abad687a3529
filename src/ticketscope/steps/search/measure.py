"""What a network translates with beams of several sizes, and how likely it finds that."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ticketscope.networks.batches import Pairs, PairsInMemory
from ticketscope.networks.loss import SentenceLosses
from ticketscope.networks.network import Network
from ticketscope.steps.bench import Bench
from ticketscope.steps.first_sentences import as_measured, first_sentences, stored_statistics


def measure(network: Network, bench: Bench) -> dict[str, Any]:
    """By beam the translations, their statistics, log-probabilities and numbers of pieces.

    Those of the beam of quality are not here, but for their log-probabilities; the empty
    translation has some, too.
    """
    settings, label = bench.study.search, network.label
    assert label is not None
    text = first_sentences(bench, settings.sentences)
    kept = bench.study.quality.beam
    with bench.translator(network) as translate:
        texts = {
            beam: replace(translate, beam=beam)(text.source)
            for beam in settings.beams
            if beam != kept
        }
    all_texts = {str(beam): said for beam, said in texts.items()}
    if kept in settings.beams:
        all_texts[str(kept)] = list(as_measured(bench, label, settings.sentences).texts)
    with bench.scoring(network) as losses_of:
        scored = {
            name: _scored(network, text.source, said, losses_of)
            for name, said in {**all_texts, "empty": [""] * len(text.source)}.items()
        }
    return {
        "translations": {str(beam): said for beam, said in texts.items()},
        "statistics": {
            str(beam): stored_statistics(said, text.target) for beam, said in texts.items()
        },
        "scored": scored,
    }


def _scored(
    network: Network,
    sources: Sequence[str],
    texts: Sequence[str],
    losses_of: Callable[[Pairs], SentenceLosses],
) -> dict[str, Any]:
    """Log-probability of each text and its number of pieces, end of sentence included; of one that
    is too long for the network as far as it goes."""
    tokenizer = network.tokenizer
    longest = network.max_positions - tokenizer.frame.num_target
    said = tokenizer.target.encode(texts)
    read = tokenizer.source.encode(sources)
    losses = losses_of(PairsInMemory(read, [pieces[:longest] for pieces in said]))
    return {
        "log_probability": (-losses.negative_log_likelihood).round(6).tolist(),
        "num_pieces": losses.num_tokens.tolist(),
        "num_too_long": sum(len(pieces) > longest for pieces in said),
    }
