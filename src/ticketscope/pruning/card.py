"""The README.md of a network that was pruned once."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ticketscope import __version__
from ticketscope.files import sha256
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.pruning.calibration import CalibrationFiles, CalibrationText
from ticketscope.pruning.criteria import CRITERIA, Pruned
from ticketscope.pruning.cuts import Cut

CARD: Final = "README.md"

_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Calibrated:
    """What a network lost on the pairs that it read.

    Args:
        files: where they come from.
        text: the pairs that were drawn.
        loss_before, loss_after: negative log-likelihood of the targets, in nats per word.
    """

    files: CalibrationFiles
    text: CalibrationText
    loss_before: float
    loss_after: float

    def rows(self, seed: int) -> tuple[tuple[str, str], tuple[str, str]]:
        """Of a table: which pairs, by which seed, and the loss on them; no paths."""
        (calibration, drawn), loss = self._told
        return (calibration, f"{drawn}; seed {seed}"), loss

    @property
    def lines(self) -> tuple[str, ...]:
        """The same for the command, whose reader has said the seed."""
        return tuple(f"{what}: {figures}" for what, figures in self._told)

    @property
    def _told(self) -> tuple[tuple[str, str], tuple[str, str]]:
        files = self.files
        name, source, target = Path(files.prefix).name, files.source, files.target
        return (
            (files.called, f"{name}, {source} to {target}: {self.text}"),
            (
                "loss there",
                f"{self.loss_before:.4f} nats per target word before, {self.loss_after:.4f} after",
            ),
        )


def pruned_card(
    network: Network,
    pruned: Pruned,
    *,
    criterion: str,
    cut: Cut,
    seed: int,
    calibrated: Calibrated | None,
) -> str:
    """Markdown that says what was pruned and how; no times, no paths. `network`: from before.

    The card of the network from before, if it has one, stands at its end.
    """
    mask, about, name = pruned.mask, CRITERIA[criterion], name_of(network)
    sparsity = network.sparsity_of(mask)
    # Of the files alone: pruning needs no tokenizer, and no language codes.
    weights = ", ".join(f"`{sha256(file)}`" for file in network.folder.stored.files)
    drawn = f", seed {seed}" if about.draws else ""
    changed = ""
    if about.trains:
        changed = (
            " To find out which weights go, all that can be pruned were trained on the calibration "
            "pairs; what stays has the values of that training."
        )
    elif pruned.changed:
        changed = " Of what stays, weights were changed to make up for it."
    return f"""---
pipeline_tag: translation
library_name: transformers
tags: [pruning, sparse]
---
# {name}, pruned

Made by ticketscope {__version__} from the network `{name}`, whose weights have the sha256
{weights}. Nothing was trained after pruning.{changed}

| | |
|---|---|
| criterion | {criterion}{drawn} |
| what goes | {about.ranks} |
| weights that compete | {cut.competing} |{_calibration(calibrated, seed)}
| sparsity of prunable weights | {sparsity.prunable:.4f} ({mask.num_pruned} of {mask.num_weights}) |
| sparsity of all parameters | {sparsity.total:.4f} |
| sparsity of non-embedding parameters | {sparsity.non_embedding:.4f} |

Prunable are weights and biases of attention and feed-forward blocks:

| module | block | pruned | weights | sparsity |
|---|---|---|---|---|
{_by_block(network, mask)}

Pruned weights are exact zeros in `model.safetensors`; which ones is in `masks.safetensors`. Dense
kernels do not run faster for it.
{card_before(network)}"""


def _calibration(calibrated: Calibrated | None, seed: int) -> str:
    if calibrated is None:
        return ""
    return "".join(f"\n| {what} | {figures} |" for what, figures in calibrated.rows(seed))


def name_of(network: Network) -> str:
    """What a card calls a network: its place in a run, else its directory."""
    if network.level:
        return "/".join(network.level.path.absolute().parts[-3:])
    return network.directory.resolve().name


def _by_block(network: Network, mask: Mask) -> str:
    kept, weights = defaultdict[str, int](int), defaultdict[str, int](int)
    roles = network.parameters
    for name, is_kept in mask.kept.items():
        place = f"{roles[name].module} | {roles[name].block.replace('_', ' ')}"
        kept[place] += int(is_kept.sum())
        weights[place] += is_kept.numel()
    return "\n".join(
        f"| {place} | {num - kept[place]} | {num} | {1 - kept[place] / num:.4f} |"
        for place, num in sorted(weights.items())
    )


def card_before(network: Network) -> str:
    """The card that a network has, for the end of another; empty where it has none."""
    file = network.directory / CARD
    if not file.is_file():
        return ""
    text = file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    # Only what begins a file is front matter; licence and languages stay readable here.
    text = _FRONT_MATTER.sub(r"```yaml\n\1\n```\n", text, count=1) if text[:4] == "---\n" else text
    return f"\n## The card of the network before\n\n{text.rstrip()}\n"
