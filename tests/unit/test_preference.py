"""Log-probabilities of minimal pairs: closed forms, ties, no influence of batches."""

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel

from ticketscope import config
from ticketscope.corpus.encoded import EncodedCorpus, EncodedSplit
from ticketscope.networks import model, preference
from ticketscope.networks.loss import sentence_losses
from ticketscope.networks.preference import log_probabilities

SIZE = 80
SHAPE = config.Model(encoder_layers=1, decoder_layers=1, d_model=16, ffn=32, heads=2)


@pytest.fixture
def network() -> PreTrainedModel:
    return model.build(SHAPE, SIZE, seed=3)


def asked(network: PreTrainedModel, *triples: tuple[list[int], ...], max_tokens: int = 64):
    sources, rights, wrongs = zip(*triples, strict=True)
    return log_probabilities(
        model.own(network), sources, rights, wrongs, max_tokens=max_tokens, device="cpu"
    )


def test_equal_output_rows_give_each_piece_the_same_probability(network: PreTrainedModel) -> None:
    with torch.no_grad():
        network.get_output_embeddings().weight.zero_()
    first, last = model.own_frame(network).labels
    found = asked(network, ([5, 6], [7, 8, 9], [7]))
    # Three pieces and the end of sentence; one and the end.
    np.testing.assert_allclose(found, [[-4 * np.log(last - first), -2 * np.log(last - first)]])


def test_a_network_prefers_what_its_output_prefers(network: PreTrainedModel) -> None:
    with torch.no_grad():
        network.model.decoder.layer_norm.weight.zero_()
        network.model.decoder.layer_norm.bias.fill_(1.0)  # every hidden state is the same
        network.get_output_embeddings().weight[9] += 0.5  # so piece 9 is always likelier
    [[right, wrong], [worse, better]] = asked(
        network, ([5], [6, 9], [6, 10]), ([5], [6, 10], [6, 9])
    )
    assert right > wrong
    assert (right, wrong) == pytest.approx((better, worse))


def test_the_same_pieces_tie_to_the_last_bit(
    network: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A machine may sum the rows of a batch in another order each.
    monkeypatch.setattr(
        preference, "batch_losses", lambda _model, batch, _: torch.arange(len(batch.labels_BT))
    )
    found = asked(network, ([5, 6, 7], [7, 8, 9], [7, 8, 9]), ([5], [6], [7]))
    assert found[0, 0] == found[0, 1]
    assert found[1, 0] != found[1, 1]


def test_they_are_the_losses_of_the_pairs_whatever_the_batches(
    network: PreTrainedModel, toy_corpus: EncodedCorpus
) -> None:
    split: EncodedSplit = toy_corpus.split("validation")
    triples = [
        tuple(
            side.tolist()
            for side in (split.source(i), split.target(i), split.target((i + 1) % len(split)))
        )
        for i in range(len(split))
    ]
    network.train()
    found = {budget: asked(network, *triples, max_tokens=budget) for budget in (2, 400)}
    assert network.training
    expected = sentence_losses(model.own(network), split, max_tokens=100, device="cpu")
    np.testing.assert_allclose(found[400][:, 0], -expected.negative_log_likelihood, rtol=1e-5)
    np.testing.assert_allclose(found[2], found[400], rtol=1e-5)
    again = asked(network, *triples, max_tokens=400)
    np.testing.assert_array_equal(again, found[400])
