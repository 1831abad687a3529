"""The README.md of a network that was pruned once."""

import re
from collections import defaultdict
from typing import Final

from ticketscope import __version__
from ticketscope.files import sha256
from ticketscope.networks.masks import Mask
from ticketscope.networks.network import Network
from ticketscope.pruning.cuts import Cut

CARD: Final = "README.md"

_FRONT_MATTER = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)


def pruned_card(network: Network, mask: Mask, *, criterion: str, cut: Cut, seed: int) -> str:
    """Markdown that says what was pruned and how; no times, no paths. `network`: from before.

    The card of the network from before, if it has one, stands at its end.
    """
    sparsity = network.sparsity_of(mask)
    # Of the files alone: pruning needs no tokenizer, and no language codes.
    weights = ", ".join(f"`{sha256(file)}`" for file in network.folder.stored.files)
    drawn = f", seed {seed}" if criterion == "random" else ""
    return f"""---
pipeline_tag: translation
library_name: transformers
tags: [pruning, sparse]
---
# {_name(network)}, pruned

Made by ticketscope {__version__} from the network `{_name(network)}`, whose weights have the sha256
{weights}. Nothing was trained after pruning.

| | |
|---|---|
| criterion | {criterion}{drawn} |
| weights that compete | {cut.competing} |
| sparsity of prunable weights | {sparsity.prunable:.4f} ({mask.num_pruned} of {mask.num_weights}) |
| sparsity of all parameters | {sparsity.total:.4f} |
| sparsity of non-embedding parameters | {sparsity.non_embedding:.4f} |

Prunable are weights and biases of attention and feed-forward blocks:

| module | block | pruned | weights | sparsity |
|---|---|---|---|---|
{_by_block(network, mask)}

Pruned weights are exact zeros in `model.safetensors`; which ones is in `masks.safetensors`. Dense
kernels do not run faster for it.
{_card_before(network)}"""


def _name(network: Network) -> str:
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


def _card_before(network: Network) -> str:
    file = network.directory / CARD
    if not file.is_file():
        return ""
    text = file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
    # Only what begins a file is front matter; licence and languages stay readable here.
    text = _FRONT_MATTER.sub(r"```yaml\n\1\n```\n", text, count=1) if text[:4] == "---\n" else text
    return f"\n## The card of the network before\n\n{text.rstrip()}\n"
