"""A second device for machines without a GPU: it computes on the CPU, and refuses what a GPU would.

Inside `SecondDevice()` the name "meta" stands for it: `model.to("meta")`, `torch.zeros(2,
device="meta")`. Its tensors have values, yet one that lies there and one of the CPU never go into
the same operation (single numbers may), and numpy gets none. Whatever makes a program wait until a
GPU is done is counted.

`devices()` has the tests run on a real GPU, too, where there is one.
"""

import warnings
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Self
from unittest.mock import patch

import pytest
import torch
from torch import Tensor
from torch.__future__ import (
    get_swap_module_params_on_conversion,
    set_swap_module_params_on_conversion,
)
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_iter, tree_map_only

NAME = "meta"
_ATEN = torch.ops.aten
_WAITS = {
    _ATEN._local_scalar_dense,
    _ATEN.nonzero,
    _ATEN.masked_select,
    _ATEN.equal,
    _ATEN._unique2,
    _ATEN.unique_consecutive,
    _ATEN.unique_dim,
    _ATEN.bincount,
    _ATEN.repeat_interleave,
}
_INDEXING = {_ATEN.index, _ATEN.index_put, _ATEN.index_put_, _ATEN._index_put_impl_}
_COPIES = {_ATEN._to_copy, _ATEN.copy_, _ATEN.copy}


class There(Tensor):
    """A tensor of the second device."""

    here: Tensor

    @staticmethod
    def __new__(cls, here: Tensor) -> "There":
        there = Tensor._make_wrapper_subclass(
            cls,
            here.shape,
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            device=NAME,
            requires_grad=False,
        )
        there.here = here
        return there

    def __repr__(self) -> str:  # type: ignore[override]
        return f"There({self.here!r})"

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        raise AssertionError(f"{func} outside SecondDevice()")


class MixedDevicesError(AssertionError):
    """Tensors of two devices in one operation."""


class Gpu:
    """A real one, while it is entered."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._warnings: list[warnings.WarningMessage] = []

    @property
    def num_waits(self) -> int:
        """How often the program has waited for it."""
        return sum("synchroniz" in str(warning.message) for warning in self._warnings)

    def __enter__(self) -> Self:
        self._warnings = self._stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        self._stack.callback(torch.cuda.set_sync_debug_mode, "default")
        torch.cuda.set_sync_debug_mode("warn")
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()


class SecondDevice(TorchDispatchMode):
    """While it is entered, there is a second device.

    Attributes:
        waits: how often the program had to wait for it, by operation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.waits: Counter[str] = Counter()
        self._stack = ExitStack()

    @property
    def num_waits(self) -> int:
        """How often the program has waited for it."""
        return self.waits.total()

    def __enter__(self) -> Self:
        # Otherwise a module that moves gets new parameters, and what was tied is so no longer.
        self._stack.callback(
            set_swap_module_params_on_conversion, get_swap_module_params_on_conversion()
        )
        set_swap_module_params_on_conversion(True)
        self._stack.enter_context(_WithValues())
        fused = "torch.optim.optimizer._get_fused_kernels_supported_devices"
        self._stack.enter_context(patch(fused, lambda: ["cpu", NAME]))
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._stack.close()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = dict(kwargs or {})
        packet = func.overloadpacket
        device = kwargs.get("device")
        is_made_there = device is not None and torch.device(device).type == NAME
        any_there = any(isinstance(x, There) for x in tree_iter((args, kwargs)))
        is_there = any_there if device is None else is_made_there
        if packet in _COPIES:
            self._count_copy(packet, args, kwargs, is_there)
        elif any_there:
            _check_devices(func, args, kwargs)
            if _waits(packet, args):
                self.waits[str(packet)] += 1
        if is_made_there:
            kwargs["device"] = "cpu"
        here_args, here_kwargs = tree_map_only(There, lambda x: x.here, (args, kwargs))
        result = func(*here_args, **here_kwargs)
        if (
            packet is _ATEN._to_copy
            and result is not None
            and any(result is x for x in tree_iter(here_args))
        ):
            result = result.clone()
        if packet is _ATEN.copy_:
            return args[0]
        if not is_there:
            return result
        outside = tree_map_only(Tensor, There, result)
        return return_and_correct_aliasing(func, args, kwargs, outside)

    def _count_copy(self, packet: Any, args: Any, kwargs: Any, is_there: bool) -> None:
        if packet is _ATEN._to_copy:
            was_there, waits = isinstance(args[0], There), not kwargs.get("non_blocking")
        else:
            is_there, was_there = isinstance(args[0], There), isinstance(args[1], There)
            waits = not (args[2] if len(args) > 2 else kwargs.get("non_blocking"))
        if was_there != is_there and waits:
            self.waits[f"{packet} {'from' if was_there else 'to'} it"] += 1


class _WithValues(TorchFunctionMode):
    """What asks no dispatch mode: `torch.tensor(..., device="meta")`, which makes a tensor without
    values, and `tolist`, which refuses what is no plain tensor."""

    def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        kwargs = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and kwargs.get("device") is not None:
            device = kwargs.pop("device")
            return func(*args, **kwargs).to(device)
        if func is Tensor.tolist and isinstance(args[0], There):
            return args[0].cpu().tolist()
        return func(*args, **kwargs)


ON_GPU = (
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU"),
)


def devices() -> list[Any]:
    """Parameters for a test that shall run on the second device and, where there is one, on a GPU:
    what to enter, and its name."""
    return [
        pytest.param(SecondDevice, NAME, id="second device"),
        pytest.param(Gpu, "cuda", id="GPU", marks=ON_GPU),
    ]


def _check_devices(func: Any, args: Sequence[Any], kwargs: Any) -> None:
    """Raise where tensors of both devices go in. Places in a tensor there may be named by one
    here."""
    if func.overloadpacket in _INDEXING and isinstance(args[0], There):
        args = (args[0], *args[2:])
    tensors = [x for x in tree_iter((args, kwargs)) if isinstance(x, Tensor)]
    if any(x.dim() and not isinstance(x, There) for x in tensors):
        found = [(x.device.type, tuple(x.shape)) for x in tensors]
        raise MixedDevicesError(f"{func}: {found}")


def _waits(packet: Any, args: Sequence[Any]) -> bool:
    if packet in _INDEXING:
        places = [i for i in args[1] if i is not None]
        return any(i.dtype == torch.bool or not isinstance(i, There) for i in places)
    return packet in _WAITS
