"""Codes of random classes are as long as the uniform one, those of plain classes much shorter."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from probing_fixture import random_task, toy_task

from ticketscope.probing.codelength import FRACTIONS, _cuts, codelength
from ticketscope.probing.descent import Protocol
from ticketscope.probing.probes import train

PROTOCOL = Protocol(rate=2e-2, batch_items=64, interval=20, patience=2, max_updates=400)


def coded(task, **settings):
    return codelength(
        task.features,
        task.train,
        task.validation,
        num_classes=task.num_classes,
        seeds=(1, 2),
        protocol=PROTOCOL,
        **settings,
    )


def test_random_classes_cost_what_the_uniform_code_costs():
    task = random_task(4_000, 4, 5, seed=1)
    found = coded(task)
    assert found.uniform_bits == 8_000
    assert found.bits.shape == (1, 2)
    np.testing.assert_allclose(found.bits / found.uniform_bits, 1, atol=0.03)


def test_classes_that_show_are_cheap_and_dearer_where_there_is_noise():
    found = coded(toy_task("token", num_sentences=300))
    assert (found.bits[0] < found.uniform_bits / 3).all()
    assert (np.diff(found.bits, axis=0) > 0).all()


def test_it_is_the_sum_over_blocks_of_what_probes_of_all_before_lose():
    task = toy_task("token", num_sentences=20)
    cuts = _cuts(task.train.starts())
    expected = np.full((3, 2), cuts[0] * 2.0)
    for start, stop in pairwise(cuts):
        probed = train(
            task.features,
            task.train.part(0, start),
            task.validation,
            task.train.part(start, stop),
            num_classes=4,
            seeds=(1, 2),
            protocol=PROTOCOL,
        )
        expected += probed.test.losses * (stop - start) / np.log(2)
    np.testing.assert_allclose(coded(task).bits, expected)


def test_every_block_is_sent_by_a_probe_that_has_learned():
    """One that is cut off makes the code too long, and is counted."""
    task = toy_task("token", num_sentences=300)
    features = task.features[2:]

    def of(protocol):
        return codelength(
            features, task.train, task.validation, num_classes=4, seeds=(1,), protocol=protocol
        )

    learned = of(replace(PROTOCOL, max_updates=4_000))
    capped = of(replace(PROTOCOL, rate=1e-3, max_updates=40))
    assert learned.num_probes == capped.num_probes > 5
    assert learned.num_capped == 0
    assert capped.num_capped == capped.num_probes
    assert capped.bits[0, 0] > 1.3 * learned.bits[0, 0]


def test_hidden_layers_are_coded_too():
    found = coded(toy_task("token"), hidden=4)
    assert found.bits.shape == (3, 2)
    assert (found.bits[0] < found.uniform_bits).all()


def test_blocks_end_with_sentences_at_the_fractions():
    starts = np.arange(0, 10_001, 10)
    assert _cuts(starts) == [10, 20, 40, 80, 160, 320, 630, 1250, 2500, 5000, 10_000]
    assert len(_cuts(starts)) == len(FRACTIONS)
    assert _cuts(np.array([0, 4, 9])) == [4, 9]
    assert _cuts(np.array([0, 3])) == [3]


def test_one_sentence_costs_the_uniform_code():
    task = random_task(4, 3, 2, seed=1)
    found = coded(task)
    assert found.bits == pytest.approx(found.uniform_bits)
