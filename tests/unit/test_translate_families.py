"""Networks that ticketscope did not make: CTranslate2 says what transformers says."""

import numpy as np
import pytest
import torch

from both import network_of
from foreign import texts
from foreign.families import FOREIGN
from foreign.nets import Nets
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.decoding.engine_opening import engine_of
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.network import Network

SEARCH = {"length_penalty": 1.0, "max_decoding_length": 30}
PAIRS = texts.test_pairs()[:6]
SOURCES, TARGETS = ([pair[side] for pair in PAIRS] for side in (0, 1))
# Words in disorder leave a network unsure, so that a beam matters.
TEXTS = [*SOURCES, *(" ".join(reversed(text.split())) for text in SOURCES)]


def foreign_network(nets: Nets, name: str) -> Network:
    return network_of(FOREIGN[name], nets.base(name))


@torch.no_grad()
def generated(network: Network, texts: list[str], beam: int) -> list[list[int]]:
    """Ids that transformers generates, by the frame of the network."""
    model, frame = network.load().model, network.tokenizer.frame
    start, *fed = frame.target_before
    settings = {
        "decoder_start_token_id": start,
        "forced_bos_token_id": fed[0] if fed else None,
        "forced_eos_token_id": None,
        "pad_token_id": frame.pad,
        "bad_words_ids": [[frame.pad]],
        "renormalize_logits": True,
        "num_beams": beam,
        "early_stopping": beam > 1,
        "max_new_tokens": len(fed) + SEARCH["max_decoding_length"],
    }
    found = []
    for ids in network.tokenizer.source.encode(texts):
        read = torch.tensor([[*frame.source_before, *ids, *frame.source_after]])
        [row] = model.generate(read, attention_mask=torch.ones_like(read), **settings).tolist()
        said = row[len(frame.target_before) :]
        [end] = frame.target_after
        found.append(said[: said.index(end)] if end in said else said)
    return found


@pytest.mark.parametrize("name", FOREIGN)
def test_translations_are_those_of_generate(nets: Nets, name: str) -> None:
    network = foreign_network(nets, name)
    read = network.tokenizer.source.encode(TEXTS)
    with engine_of(network.stored, network.tokenizer, None, threads=1) as engine:
        for beam in (1, 4):
            found = engine.translate(read, beam=beam, batch_size=7, **SEARCH)
            expected = generated(network, TEXTS, beam)
            same = sum(a == b for a, b in zip(found, expected, strict=True))
            assert same >= len(TEXTS) - (beam > 1)
            assert len(set(map(tuple, found))) >= len(TEXTS) / 3


@pytest.mark.parametrize("name", FOREIGN)
def test_losses_are_those_of_torch(nets: Nets, name: str) -> None:
    network = foreign_network(nets, name)
    tokenizer = network.tokenizer
    pairs = PairsInMemory(tokenizer.source.encode(SOURCES), tokenizer.target.encode(TARGETS))
    with engine_of(network.stored, tokenizer, None, threads=1) as engine:
        found = engine.losses(pairs, max_tokens=100)
    expected = sentence_losses(network.load(), pairs, max_tokens=100, device="cpu")
    assert found.num_tokens.tolist() == expected.num_tokens.tolist()
    np.testing.assert_allclose(
        found.negative_log_likelihood, expected.negative_log_likelihood, atol=1e-4
    )
