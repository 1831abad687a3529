"""What the matrices of a network read: the states at real positions, padding left out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn

from ticketscope.errors import InputError
from ticketscope.networks.batches import Batch
from ticketscope.networks.families import Role, role
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask

Take = Callable[[str, Tensor], None]


def matrices_of(mask: Mask) -> dict[str, Role]:
    """The prunable matrices by name, each with its role.

    Raises `InputError` where an embedding is among them, which is looked up and reads nothing.
    """
    roles = {name: role(name) for name in mask.kept}
    for name, found in roles.items():
        if found.block == "embedding":
            raise InputError(
                f"criterion: it ranks the weights of a matrix by what the matrix reads, but {name} "
                "is an embedding: prune without lottery.prune_embeddings, or give another criterion"
            )
    return {name: found for name, found in roles.items() if found.kind == "weight"}


def matrix_of(bias: str) -> str:
    """The matrix that a bias is added to what comes out of."""
    return f"{bias.removesuffix('.bias')}.weight"


@contextmanager
def reading(
    network: LoadedNetwork, matrices: Iterable[str], batch: Batch, take: Take
) -> Iterator[None]:
    """Within, while the network computes on the batch, `take` is given the name of each matrix and
    what it reads at real positions, ``[N, columns]``."""
    with ExitStack() as hooks:
        for name in matrices:
            module = network.model.get_submodule(name.rpartition(".")[0])
            is_read_BT = _positions_read(role(name), batch)
            hook = module.register_forward_pre_hook(partial(_hand_over, name, is_read_BT, take))
            hooks.callback(hook.remove)
        yield


def _hand_over(
    name: str, is_read_BT: Tensor, take: Take, _module: nn.Module, inputs: tuple[Any, ...]
) -> None:
    (states_BTD,) = inputs
    take(name, states_BTD[is_read_BT].float())


def _positions_read(role: Role, batch: Batch) -> Tensor:
    """Which positions of its input are real for a matrix of that role, ``[B, S]`` or ``[B, T]``.

    The keys and values of attention from the decoder to the encoder read the encoder's states.
    """
    is_of_memory = role.block == "cross_attention" and role.projection in ("k", "v")
    if role.module == "encoder" or is_of_memory:
        return batch.source_mask_BS
    # Up to the last label: what a frame forces has none, but is read all the same.
    return batch.label_mask_BT.flip(1).cummax(1).values.flip(1)
