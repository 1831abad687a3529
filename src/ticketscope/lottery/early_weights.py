"""The weights that a dense model had after its first updates, for arms that go back to them.

It keeps them on its way. One that was trained before they were asked for goes through its first
updates again, which gives the same bytes: so neither its digest nor any other file of it depends on
the arms.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ticketscope.arms import arm_of
from ticketscope.config import Lottery
from ticketscope.files import appearing, is_there
from ticketscope.lottery.course import early_update
from ticketscope.runs.seals import read_sealed, verify, write_sealed
from ticketscope.runs.store import LevelFolder

_WEIGHT: Final = "weight "


@dataclass(frozen=True)
class EarlyWeights:
    """The weights after one update, stored or not yet.

    Args:
        path: the file; a JSON file beside it, written last, seals it.
    """

    path: Path

    @property
    def are_kept(self) -> bool:
        """Whether they are stored."""
        return is_there(self._seal)

    @property
    def digest(self) -> str:
        """Identity of what is stored. Raises `DamagedError` where nothing is."""
        checksum: str = read_sealed(self._seal, self._mend)["files"][self.path.name]
        return checksum

    def keep(self, weights: Mapping[str, Tensor], moments: Mapping[str, Tensor]) -> None:
        """Store weights, and the moments that the optimiser has of them; none: they are reset."""
        state = {**{_WEIGHT + name: tensor for name, tensor in weights.items()}, **moments}
        with appearing(self.path) as partial:
            save_file({name: tensor.detach().cpu() for name, tensor in state.items()}, partial)
        write_sealed(self._seal, {}, [self.path])

    def read(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The weights, and the moments. Raises `DamagedError` where they are not as stored."""
        verify(self._seal, self._mend)
        weights, moments = {}, {}
        with safe_open(self.path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (it is no mapping)
                if name.startswith(_WEIGHT):
                    weights[name.removeprefix(_WEIGHT)] = file.get_tensor(name)
                else:
                    moments[name] = file.get_tensor(name)
        return weights, moments

    @property
    def _seal(self) -> Path:
        return self.path.with_suffix(".json")

    @property
    def _mend(self) -> str:
        return f"delete {self.path.parent} and run again to have it made again, with the same bytes"


def early_updates(lottery: Lottery, dense_updates: int) -> list[int]:
    """The updates whose weights the arms ask for; `dense_updates`: the dense model's, all."""
    if not any(arm_of(name).weights == "early" for name in lottery.arms):
        return []
    levels = range(1, lottery.levels + 1)
    return sorted({early_update(lottery, level, dense_updates) for level in levels})


def early_weights(
    dense: LevelFolder, lottery: Lottery, dense_updates: int
) -> dict[int, EarlyWeights]:
    """Those weights of a dense model, by update."""
    updates = early_updates(lottery, dense_updates)
    return {update: EarlyWeights(dense.early(update)) for update in updates}


def not_kept(dense: LevelFolder, lottery: Lottery) -> dict[int, EarlyWeights]:
    """Those of a dense model that is trained, but has not kept them."""
    asked = early_weights(dense, lottery, dense.facts()["num_updates"])
    return {update: weights for update, weights in asked.items() if not weights.are_kept}
