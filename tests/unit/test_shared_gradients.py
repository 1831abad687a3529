"""Gradients that several ranks sum are those that one process sums, bit by bit."""

import threading
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ticketscope.lottery.ranks.digests import digest_of
from ticketscope.lottery.ranks.shared_gradients import SharedGradients

SHAPES = [(3, 5), (700,), (1,), (40, 40)]


class _Threads:
    """What moves parts between ranks that are threads of one process."""

    def __init__(self, number: int, barrier: threading.Barrier, table: dict[int, Tensor]) -> None:
        self.number, self.size = number, barrier.parties
        self._barrier, self._table = barrier, table

    def exchange(self, mine_WP: Tensor, received_WP: Tensor) -> None:
        self._post(mine_WP, lambda w: received_WP[w].copy_(self._table[w][self.number]))

    def gather(self, part_P: Tensor, whole_WP: Tensor) -> None:
        self._post(part_P, lambda w: whole_WP[w].copy_(self._table[w]))

    def _post(self, tensor: Tensor, take: Callable[[int], object]) -> None:
        self._table[self.number] = tensor
        self._barrier.wait(60)
        for w in range(self.size):
            take(w)
        self._barrier.wait(60)


def _gradients(num_updates: int, accumulate: int) -> list[list[list[Tensor]]]:
    """By update and micro-batch, of every parameter, with what rounding shows: numbers of all
    sizes, infinities and zeros of either sign."""
    generator = torch.Generator().manual_seed(3)
    found = []
    for _ in range(num_updates * accumulate):
        one = [torch.randn(shape, generator=generator) for shape in SHAPES]
        one = [g * 10 ** (8 * torch.rand(g.shape, generator=generator) - 4) for g in one]
        one[1][:300] = -0.0
        one[1][100:200] = 0.0
        one[3][0, 0] = float("inf")
        found.append(one)
    return [found[i : i + accumulate] for i in range(0, len(found), accumulate)]


def _summed(size: int, updates: list[list[list[Tensor]]]) -> list[list[list[Tensor]]]:
    """By rank and update, what each parameter has as its gradient at the end."""
    barrier, table = threading.Barrier(size), dict[int, Tensor]()
    found: list[list[list[Tensor]]] = [[] for _ in range(size)]

    def work(number: int) -> None:
        parameters = [torch.zeros(shape, requires_grad=True) for shape in SHAPES]
        shared = SharedGradients(parameters, _Threads(number, barrier, table))
        for micro_batches in updates:
            for first in range(0, len(micro_batches), size):
                if first + number < len(micro_batches):
                    for p, gradient in zip(parameters, micro_batches[first + number], strict=True):
                        p.grad = gradient.clone()
                shared.end_round()
            shared.end_update()
            found[number].append([p.grad.clone() for p in parameters])  # type: ignore[union-attr]
            for p in parameters:
                p.grad = None

    threads = [threading.Thread(target=work, args=(number,)) for number in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_the_sum_is_that_of_one_process_in_every_bit(size) -> None:
    """DDP's order of sums depends on its buckets (pytorch 30509, 35137, 44798)."""
    updates = _gradients(num_updates=3, accumulate=5)
    expected = []
    for micro_batches in updates:
        sums = [gradient.clone() for gradient in micro_batches[0]]
        for one in micro_batches[1:]:
            for total, gradient in zip(sums, one, strict=True):
                total += gradient
        expected.append(sums)
    for of_rank in _summed(size, updates):
        for found, sums in zip(of_rank, expected, strict=True):
            for ours, total in zip(found, sums, strict=True):
                assert torch.equal(ours.view(torch.int32), total.view(torch.int32))


def test_what_has_no_gradient_stays_without_and_each_begins_where_memory_would() -> None:
    parameters = [torch.zeros(shape, requires_grad=True) for shape in SHAPES]
    table: dict[int, Tensor] = {}
    shared = SharedGradients(parameters, _Threads(0, threading.Barrier(1), table))
    parameters[1].grad = torch.ones(700)
    shared.end_round()
    assert parameters[1].grad is None  # the next backward pass begins anew
    shared.end_update()
    assert [p.grad is None for p in parameters] == [True, False, True, True]
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    shared.end_round()
    shared.end_update()
    starts = {p.grad.data_ptr() % 512 for p in parameters if p.grad is not None}
    assert len(starts) == 1


def test_a_digest_tells_any_change_and_the_places_of_numbers() -> None:
    tensor = torch.randn(4, 5, generator=torch.Generator().manual_seed(1))
    digest = int(digest_of(tensor))
    assert digest == int(digest_of(tensor.clone()))
    for bit in range(32):
        changed = tensor.clone()
        changed.view(torch.int32)[2, 3] ^= -(2**31) if bit == 31 else 2**bit
        assert int(digest_of(changed)) != digest
    assert int(digest_of(tensor.flip(0))) != digest
    assert int(digest_of(torch.tensor(-0.0))) != int(digest_of(torch.tensor(0.0)))
