"""Operations counted from shapes against those that torch counts while a network computes."""

from pathlib import Path

import numpy as np
import pytest
from tiny_networks import KINDS, load, make, store
from torch.utils.flop_counter import FlopCounterMode

from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory, collate
from ticketscope.networks.loss import summed_loss
from ticketscope.networks.operations import TRAINING, Operations, operations_of
from ticketscope.study.recipes import recipe


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_what_torch_counts(kind: str, tmp_path: Path):
    # torch counts no fused attention on a CPU.
    network = load(store(make(kind), tmp_path), attention="eager")
    shapes = {name: tuple(tensor.shape) for name, tensor in network.model.named_parameters()}
    first, last = network.frame.labels
    found = operations_of(shapes, last - first)
    pairs = PairsInMemory([[7, 8, 9], [10, 11, 12]], [[8, 9], [13, 14]])
    batch = collate(pairs, np.array([0, 1]), network.frame)
    sides = (np.full(*ids.shape) for ids in (batch.source_BS, batch.decoder_input_BT))
    labels, once = batch.label_mask_BT.sum(1).numpy(), np.ones(2, dtype=np.int64)
    expected = found.forward(*sides, labels, once)
    with FlopCounterMode(display=False) as counted:
        loss = summed_loss(network, batch, 0.0)
    assert counted.get_total_flops() == expected
    with FlopCounterMode(display=False) as counted:
        loss.backward()
    assert counted.get_total_flops() == (TRAINING - 1) * expected


def test_pairs_are_added_up():
    one = Operations(source=2, target=3, output=1, self_source=5, self_target=7, cross=11)
    first, second = ([np.array([n]) for n in pair] for pair in ((1, 2, 2, 1), (4, 3, 9, 2)))
    both = one.forward(*map(np.concatenate, zip(first, second, strict=True)))
    assert both == one.forward(*first) + one.forward(*second)
    assert one.forward(*second) == 2 * (2 * 4 + 3 * 3 + 9 + 5 * 16 + 7 * 9 + 11 * 12)


def test_a_target_token_of_transformer_big_takes_as_much_as_is_said():
    """docs/scale.md: 1.258 GFLOP with a source of the same length, without attention."""
    settings = recipe("wmt16-big")
    network = model.build_on_meta(settings.model, settings.vocabulary.size)
    shapes = {name: tuple(p.shape) for name, p in model.parameters(network).items()}
    first, last = model.own_frame(network).labels
    found = operations_of(shapes, last - first)
    per_token = TRAINING * (found.source + found.target + found.output)
    assert per_token == pytest.approx(1.258e9, rel=1e-3)
