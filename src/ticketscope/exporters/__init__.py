"""The tools that networks are exported to: one line each."""

from typing import Final

from ticketscope.exporters.exporter import Exporter
from ticketscope.exporters.to_tensorboard import TENSORBOARD
from ticketscope.exporters.to_trackio import TRACKIO
from ticketscope.exporters.to_wandb import WANDB

EXPORTERS: Final[dict[str, Exporter]] = {
    "tensorboard": TENSORBOARD,
    "wandb": WANDB,
    "trackio": TRACKIO,
}
