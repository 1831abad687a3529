"""Features of any scale come out alike."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from probing_fixture import toy_task

from ticketscope.probing.normalised import standardise_


def standardised(features, train):
    features = features.clone()
    standardise_(features, train)
    return features


def test_neurons_have_mean_0_and_deviation_1_over_the_words_of_training():
    task = toy_task("pair")
    found = standardised(task.features * 1e-3 + 0.01, task.train)
    rows = np.union1d(task.train.first, task.train.second)
    assert torch.allclose(found[:, rows].mean(1), torch.zeros(3, 10), atol=1e-4)
    deviations = found[:, rows].std(1, correction=0)
    assert torch.allclose(deviations, torch.ones(3, 10), atol=1e-5)


def test_what_is_constant_in_training_is_0_everywhere():
    task = toy_task("token")
    of_training = torch.from_numpy(task.train.first)
    task.features[1, :, 4] *= 1e3
    task.features[1, of_training, 4] = 0.1
    task.features[2, of_training, 5] = 1e4 + 1e-3 * (torch.arange(len(of_training)) % 2)
    found = standardised(task.features, task.train)
    assert not found[1, :, 4].any()
    assert not found[2, :, 5].any(), "what float32 rounds is constant too"
    assert found[0].all()


@given(exponent=st.integers(-10, 10))
def test_powers_of_two_change_no_bit(exponent):
    task = toy_task("token", num_layers=1)
    expected = standardised(task.features, task.train)
    assert torch.equal(standardised(2.0**exponent * task.features, task.train), expected)


@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-3, 3))
def test_neither_scale_nor_shift_counts(scale, shift):
    task = toy_task("token", num_layers=1)
    expected = standardised(task.features, task.train)
    found = standardised(scale * (task.features + shift), task.train)
    assert torch.allclose(found, expected, atol=1e-4)
