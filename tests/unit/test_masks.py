import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ticketscope.errors import JobError
from ticketscope.networks.masks import Enforcer, Mask, check_exact_zeros

shapes = arrays.array_shapes(min_dims=1, max_dims=3, max_side=9)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    names = draw(st.lists(st.sampled_from("abcdef"), min_size=1, unique=True))
    return Mask(
        {name: torch.from_numpy(draw(arrays.arrays(bool, draw(shapes)))).clone() for name in names}
    )


@given(masks())
@settings(max_examples=50, deadline=None)
def test_disk_round_trip_is_exact(mask: Mask) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "masks.safetensors"
        mask.save(path)
        assert Mask.load(path) == mask


def test_same_mask_same_bytes(tmp_path) -> None:
    mask = Mask({f"w{i}": torch.ones(3, i + 1, dtype=torch.bool) for i in range(20)})
    for name in "ab":
        mask.save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_stored_eight_weights_a_byte(tmp_path) -> None:
    path = tmp_path / "m.safetensors"
    Mask({"w": torch.ones(1_000, 80, dtype=torch.bool)}).save(path)
    assert path.stat().st_size < 80_000 / 8 + 500


def test_counts() -> None:
    mask = Mask({"w": torch.tensor([[True, False], [False, False]]), "b": torch.tensor([True])})
    assert (mask.num_weights, mask.num_pruned) == (5, 3)


def test_only_booleans() -> None:
    with pytest.raises(TypeError):
        Mask({"w": torch.ones(2)})


def test_a_mask_cannot_be_given_other_tensors() -> None:
    mask = Mask({"w": torch.tensor([True])})
    with pytest.raises(TypeError):
        mask.kept["w"] = torch.tensor([False])  # type: ignore[index]


def test_within() -> None:
    dense = Mask({"w": torch.tensor([True, True])})
    half = Mask({"w": torch.tensor([True, False])})
    assert half.within(dense)
    assert half.within(half)
    assert not dense.within(half)
    assert not half.within(Mask({"v": torch.tensor([True, True])}))


def test_pruned_weights_become_positive_zero() -> None:
    weight = torch.tensor([-3.0, -0.0, 5.0, -1.0])
    Enforcer(Mask({"w": torch.tensor([False, False, False, True])}), {"w": weight}).mask_weights()
    assert np.array_equal(weight.numpy().view(np.uint32)[:3], [0, 0, 0])
    assert weight[3] == -1.0


@pytest.mark.parametrize("wrong", [-0.0, 1e-45, 1.0])
def test_the_check_is_bitwise(wrong: float) -> None:
    mask = Mask({"w": torch.tensor([False, True])})
    check_exact_zeros(mask, {"w": torch.tensor([0.0, 2.0])})
    with pytest.raises(JobError, match="w: a pruned weight is not exactly zero"):
        check_exact_zeros(mask, {"w": torch.tensor([wrong, 2.0])})
