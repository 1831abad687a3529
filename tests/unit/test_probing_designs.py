"""Gradients against autograd, scores against the plain definition, initial weights."""

import numpy as np
import pytest
import torch
from probing_fixture import toy_task
from torch.nn import functional

from ticketscope.probing.designs import MIX_SPEED, Design, ProbeNetwork, shares
from ticketscope.probing.items import ALIGNMENT, Batch
from ticketscope.probing.losses import loss_for

DESIGNS = [
    (kind, hidden, mix)
    for kind in ("token", "pair", "regression")
    for hidden in (None, 7)
    for mix in (False, True)
]


def made(kind, hidden, mix, num_probes):
    task = toy_task(kind)
    loss = loss_for(task.num_classes)
    design = Design(
        width=task.features.shape[2],
        is_pair=kind == "pair",
        num_outputs=loss.num_outputs,
        hidden=hidden,
        num_mixed=len(task.features) if mix else None,
    )
    generator = torch.Generator().manual_seed(3)
    rows = torch.stack([design.initial(generator) for _ in range(num_probes)])
    if mix:  # which starts at nothing
        rows.uniform_(0.05, 0.15, generator=generator)
    return task, ProbeNetwork(task.features, design, loss), design.views(rows)


def plain_loss(task, parameters, layer, mix, numbers):
    """The mean loss of one probe, as the definitions say it."""
    vectors = task.features[layer]
    if mix:
        shares = torch.softmax(MIX_SPEED * parameters["mix"], 0)
        vectors = parameters["scale"] * torch.einsum("l,lrd->rd", shares, task.features)
    inputs = vectors[task.train.first[numbers]]
    if task.train.second is not None:
        second = vectors[task.train.second[numbers]]
        inputs = torch.cat((inputs, second, inputs * second), 1)
    if "hidden_weight" in parameters:
        inputs = functional.linear(
            inputs, parameters["hidden_weight"], parameters["hidden_bias"]
        ).relu()
    scores = functional.linear(inputs, parameters["weight"], parameters["bias"])
    gold = torch.from_numpy(task.train.gold[numbers])
    if task.num_classes is None:
        return functional.smooth_l1_loss(scores[:, 0], gold), scores
    return functional.cross_entropy(scores, gold), scores


@pytest.mark.parametrize(("kind", "hidden", "mix"), DESIGNS)
def test_scores_and_gradients_are_those_of_the_definition(kind, hidden, mix):
    num_probes = 1 if mix else 2
    task, network, parameters = made(kind, hidden, mix, num_probes)
    layers = torch.tensor([2, 0])[:num_probes]
    numbers = np.arange(5, 42)
    batch = Batch.of(task.train, numbers)
    assert len(batch.first) % ALIGNMENT == 0
    gradients = {name: torch.full_like(value, 9.0) for name, value in parameters.items()}
    network.gradients_(gradients, parameters, layers, batch)
    scores = network.scores(parameters, layers, batch)
    for probe, layer in enumerate(layers.tolist()):
        leaves = {name: value[probe].clone().requires_grad_() for name, value in parameters.items()}
        loss, expected = plain_loss(task, leaves, layer, mix, numbers)
        loss.backward()
        torch.testing.assert_close(scores[probe, :, : len(numbers)].T, expected)
        for name, leaf in leaves.items():
            torch.testing.assert_close(gradients[name][probe], leaf.grad, msg=name)


@pytest.mark.parametrize("kind", ["token", "regression"])
def test_losses_are_torchs(kind):
    task = toy_task(kind)
    loss = loss_for(task.num_classes)
    generator = torch.Generator().manual_seed(1)
    scores = 3 * torch.randn(2, loss.num_outputs, len(task.train), generator=generator)
    gold = torch.from_numpy(task.train.gold)
    values = loss.values(scores, gold)
    leaf = scores.clone().requires_grad_()
    for probe in range(2):
        if task.num_classes is None:
            expected = functional.smooth_l1_loss(leaf[probe, 0], gold, reduction="none")
        else:
            expected = functional.cross_entropy(leaf[probe].T, gold, reduction="none")
        torch.testing.assert_close(values[probe], expected.detach())
        expected.sum().backward()
    torch.testing.assert_close(loss.derivative_(scores, gold), leaf.grad)


def test_a_pair_probe_is_three_products_of_words_and_of_their_product():
    task, network, parameters = made("pair", None, False, 1)
    batch = Batch.of(task.train, np.arange(32))
    found = network.scores(parameters, torch.tensor([1]), batch)[0]
    vectors, width = task.features[1], task.features.shape[2]
    w1, w2, w3 = parameters["weight"][0].split(width, dim=1)
    product = vectors[batch.first] * vectors[batch.second]
    expected = (vectors @ w1.T)[batch.first] + (vectors @ w2.T)[batch.second] + product @ w3.T
    torch.testing.assert_close(found.T, expected + parameters["bias"][0])


@pytest.mark.parametrize("hidden", [None, 7])
def test_initial_weights_are_those_of_torchs_linear(hidden):
    design = Design(width=10, is_pair=False, num_outputs=4, hidden=hidden, num_mixed=None)
    views = design.views(design.initial(torch.Generator().manual_seed(5))[None])
    with torch.random.fork_rng():
        torch.manual_seed(5)
        modules = (
            {"": torch.nn.Linear(10, 4)}
            if hidden is None
            else {"hidden_": torch.nn.Linear(10, 7), "": torch.nn.Linear(7, 4)}
        )
    for prefix, module in modules.items():
        torch.testing.assert_close(views[f"{prefix}weight"][0], module.weight.data)
        torch.testing.assert_close(views[f"{prefix}bias"][0], module.bias.data)


@pytest.mark.parametrize("hidden", [None, 7])
def test_a_mix_starts_as_the_mean_of_layers_that_says_nothing(hidden):
    design = Design(width=10, is_pair=False, num_outputs=4, hidden=hidden, num_mixed=3)
    views = design.views(design.initial(torch.Generator().manual_seed(5))[None])
    torch.testing.assert_close(shares(views), torch.full((1, 3), 1 / 3))
    assert views["scale"].tolist() == [[1]]
    assert not views["weight"].any()
    assert not views["bias"].any()
    assert hidden is None or views["hidden_weight"].all()


def test_every_parameter_starts_where_vector_instructions_like_it():
    design = Design(width=5, is_pair=True, num_outputs=3, hidden=7, num_mixed=2)
    rows = torch.zeros(4, design.size)
    for name, values in design.views(rows).items():
        assert values.shape == (4, *design.shapes()[name])
        for probe in values:
            assert probe.data_ptr() % (4 * ALIGNMENT) == 0, name
        values += 1
    assert rows.sum() == sum(values.numel() for values in design.views(rows).values())
