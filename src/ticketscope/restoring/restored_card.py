"""The README.md of a network in which parts of its base are put back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketscope import __version__
from ticketscope.files import sha256
from ticketscope.networks.network import Network
from ticketscope.networks.parts import Cost, Part
from ticketscope.pruning.card import Calibrated, card_before, name_of
from ticketscope.restoring.greedy import Repair


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was put back, and what that costs and gives.

    Args:
        network: the network before.
        base: where the parts come from.
        parts: those that are put back.
        cost: of all of them together.
        whole: of putting everything back.
        steps: of the search that found them; none where they were named.
        calibrated: the loss before and after on pairs; None without pairs.
        seed: by which the pairs were drawn.
    """

    network: Network
    base: Network
    parts: tuple[Part, ...]
    cost: Cost
    whole: Cost
    steps: Sequence[Repair[Part]] = ()
    calibrated: Calibrated | None = None
    seed: int = 1

    def rows(self) -> Iterator[tuple[str, str]]:
        """The rows of a table."""
        cost, num_there = self.cost, self.whole.num_there
        yield "restored", ", ".join(part.name for part in self.parts)
        yield (
            "weights that come back",
            f"{cost.num_back:,}, {cost.num_back / num_there:.1%} of those of the base that are not "
            "zero",
        )
        yield (
            "weights that differ",
            f"{cost.num_changed:,}, {cost.num_changed / self.whole.num_weights:.1%} of all",
        )
        if self.calibrated:
            yield from self.calibrated.rows(self.seed)

    def card(self) -> str:
        """Markdown that says what was restored from where; no times, no paths. The card of the
        network before, if it has one, stands at its end."""
        name, base = name_of(self.network), name_of(self.base)
        rows = "\n".join(f"| {what} | {said} |" for what, said in self.rows())
        return f"""---
pipeline_tag: translation
library_name: transformers
---
# {name}, repaired

Made by ticketscope {__version__} from the network `{name}`, whose weights have the sha256
{_weights(self.network)}, by putting back parts of the network `{base}`, whose weights have the
sha256 {_weights(self.base)}. Nothing was trained afterwards. A block is restored with its layer
norm.

| | |
|---|---|
{rows}
{self._search()}{card_before(self.network)}"""

    def _search(self) -> str:
        if not self.steps:
            return ""
        assert self.calibrated, "a search reads pairs"
        num_words = self.calibrated.text.num_words
        lines = "\n".join(
            f"| {step.unit.name} | {step.loss / num_words:.4f} | {step.num:,} | {step.total:,} |"
            for step in self.steps
        )
        return f"""
The parts were found one after the other: always the one that lowered the loss on these pairs most
per weight.

| restored | nats per target word | weights | in all |
|---|---|---|---|
{lines}
"""


def _weights(network: Network) -> str:
    return ", ".join(f"`{sha256(file)}`" for file in network.folder.stored.files)
