"""What ticketscope says of networks that it did not make is what transformers says of them.

The networks are trained by transformers alone, and the figures compared with are computed by it
alone, one sentence at a time, so without padding: see `tests/foreign`.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from both import Both, network_of
from foreign import texts
from foreign.families import FOREIGN
from foreign.figures import Reference
from foreign.nets import Nets
from ticketscope.config import States
from ticketscope.pruning.one_shot import prune

SOURCES, TARGETS = (list(side) for side in zip(*texts.test_pairs(), strict=True))
FEW = 6
RESHAPED = ("float16", "magnitude_50", "encoder_layer_dropped", "decoder_layer_dropped", "trimmed")


@pytest.fixture(scope="module", params=FOREIGN)
def both(request: pytest.FixtureRequest, nets: Nets) -> Both:
    """The base of each family."""
    name = request.param
    return Both(network_of(FOREIGN[name], nets.base(name)), nets.reference(name))


def test_ids_are_those_of_transformers(both: Both) -> None:
    tokenizer, frame = both.network.tokenizer, both.network.tokenizer.frame
    for source, target in texts.test_pairs():
        (read,), (said,) = tokenizer.source.encode([source]), tokenizer.target.encode([target])
        assert [*frame.source_before, *read, *frame.source_after] == both.reference.read(source)
        fed = both.reference.fed(target)
        assert [*frame.target_before, *said] == fed[: len(frame.target_before) + len(said)]


@pytest.mark.parametrize("states", ["normed", "raw"])
def test_states_of_words_are_those_of_transformers(both: Both, states: States) -> None:
    found = both.network.activations(SOURCES[:FEW], TARGETS[:FEW], states=states)
    expected = [both.reference.word_states(*p, states) for p in texts.test_pairs()[:FEW]]
    for side, layers in ((0, found.encoder), (1, found.decoder)):
        of_sentences = zip(*(sides[side] for sides in expected), strict=True)
        for mine, other in zip(layers, of_sentences, strict=True):
            assert_allclose(mine, np.concatenate(other), atol=3e-5, rtol=1e-4)


def test_attention_is_that_of_transformers(both: Both) -> None:
    found = both.network.attention(SOURCES[:FEW], TARGETS[:FEW])
    for one, pair in zip(found, texts.test_pairs()[:FEW], strict=True):
        expected = both.reference.forward(*pair).attention
        for kind, maps in one.maps.items():
            num_queries = maps.shape[2]
            # The last of what transformers' decoder is fed may be the end, which predicts nothing.
            other = expected[kind][:, :, :num_queries]
            other = other[..., :num_queries] if kind == "decoder_self" else other
            assert_allclose(maps, other, atol=1e-5)


def test_losses_are_those_of_logits_by_hand(both: Both) -> None:
    found = both.network.losses(SOURCES, TARGETS)
    first, last = both.network.tokenizer.frame.labels
    rows = both.network.shape.target_vocab_size
    never = [i for i in range(rows) if not first <= i < last]
    expected = [both.reference.loss(*pair, never=never) for pair in texts.test_pairs()]
    assert_allclose(found.negative_log_likelihood, [nll for nll, _ in expected], rtol=1e-4)
    assert found.num_tokens.tolist() == [number for _, number in expected]


@pytest.mark.parametrize("variant", RESHAPED)
@pytest.mark.parametrize("name", FOREIGN)
def test_variants_have_the_losses_of_logits_by_hand(name: str, variant: str, nets: Nets) -> None:
    network = network_of(FOREIGN[name], nets.variant(name, variant))
    reference = nets.reference(name, variant)
    found = network.losses(SOURCES[:FEW], TARGETS[:FEW])
    last = network.tokenizer.frame.labels[1]
    never = range(last, network.shape.target_vocab_size)
    expected = [reference.loss(*pair, never=never) for pair in texts.test_pairs()[:FEW]]
    assert_allclose(found.negative_log_likelihood, [nll for nll, _ in expected], rtol=1e-4)


@pytest.mark.parametrize("name", FOREIGN)
def test_half_pruned_is_as_by_plain_code(name: str, nets: Nets, tmp_path: Path) -> None:
    base = network_of(FOREIGN[name], nets.base(name))
    by_plain_code = network_of(FOREIGN[name], nets.variant(name, "magnitude_50"))
    pruned = prune(base, sparsity=0.5, out=tmp_path / "pruned")
    mask, weights = pruned.mask, pruned.weights()
    assert mask is not None
    assert mask.num_pruned == int(mask.num_weights * 0.5 + 0.5)
    if not any(kept.ndim == 1 for kept in mask.kept.values()):  # where no biases compete
        others = by_plain_code.weights()
        assert all(torch.equal(tensor, others[name]) for name, tensor in weights.items())
    reference = Reference.open(pruned.directory, FOREIGN[name])
    found = pruned.losses(SOURCES[:2], TARGETS[:2])
    never = range(pruned.tokenizer.frame.labels[1], pruned.shape.target_vocab_size)
    expected = [reference.loss(*pair, never=never)[0] for pair in texts.test_pairs()[:2]]
    assert_allclose(found.negative_log_likelihood, expected, rtol=1e-4)


@pytest.mark.parametrize("name", FOREIGN)
def test_files_of_transformers_4_hold_the_same_network(name: str, nets: Nets) -> None:
    """With every tied matrix by all its names, sinusoids, and entries that are gone since."""
    old = network_of(FOREIGN[name], nets.variant(name, "version_4"))
    new = network_of(FOREIGN[name], nets.base(name))
    assert old.parameters == new.parameters
    assert old.tokenizer.digest == new.tokenizer.digest
    found, expected = (one.losses(SOURCES[:FEW], TARGETS[:FEW]) for one in (old, new))
    assert found.negative_log_likelihood.tolist() == expected.negative_log_likelihood.tolist()
