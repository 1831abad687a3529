"""Whichever library multiplies, products are right, and the same alone as among many."""

import pytest
import test_probing_probes
import torch

from ticketscope.probing import products
from ticketscope.probing.products import LARGE, product

SHAPES = {
    "small": (7, 10, 33),
    "scores": (45, 128, 320),
    "gradients": (45, 320, 128),
    "two classes": (2, 1_600, 400),
    "odd": (101, 103, 107),
}


def operands(m, k, n, *, transposed):
    generator = torch.Generator().manual_seed(1)
    first = torch.randn(3, m, k, generator=generator)
    if transposed:
        return first, torch.randn(3, n, k, generator=generator).transpose(1, 2)
    return first, torch.randn(3, k, n, generator=generator)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("transposed", [False, True])
def test_products_are_those_of_the_definition_alone_and_among_many(shape, transposed):
    m, k, n = shape
    first, second = operands(m, k, n, transposed=transposed)
    out = torch.full((3, m, n), torch.nan)
    assert product(first, second, out) is out
    expected = (first.double() @ second.double()).float()
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-4)
    for i in range(3):
        alone = torch.empty(1, m, n)
        assert torch.equal(product(first[i : i + 1], second[i : i + 1], alone)[0], out[i])


def test_large_products_go_to_onednn(monkeypatch):
    if not torch.backends.mkldnn.is_available():
        pytest.skip("torch was built without oneDNN")
    batched = []
    monkeypatch.setattr(
        products.torch,
        "bmm",
        lambda first, second, *, out: batched.append(first.shape),  # noqa: ARG005
    )
    for m in (LARGE // 2**13 - 1, LARGE // 2**13):
        first, second = operands(m, 64, 128, transposed=True)
        product(first, second, torch.empty(3, m, 128))
    assert batched == [(3, LARGE // 2**13 - 1, 64)]


def test_without_onednn_products_are_torchs(monkeypatch):
    monkeypatch.setattr(products, "_onednn", lambda: None)
    first, second = operands(45, 320, 128, transposed=False)
    found = product(first, second, torch.empty(3, 45, 128))
    assert torch.equal(found, torch.bmm(first, second))


@pytest.mark.parametrize(("kind", "hidden"), [("token", None), ("pair", 7)])
def test_probes_beside_each_other_are_probes_one_by_one_by_onednn_too(monkeypatch, kind, hidden):
    monkeypatch.setattr(products, "LARGE", 1)
    test_probing_probes.test_probes_beside_each_other_are_probes_one_by_one(kind, hidden, 10)
