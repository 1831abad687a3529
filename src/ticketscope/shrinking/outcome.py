"""What became of a network that was shrunk: for the card and for the command."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ticketscope.networks.network import Network
from ticketscope.pruning.card import Calibrated
from ticketscope.shrinking.asked_for import Asked
from ticketscope.shrinking.choosing import RemovedLayer
from ticketscope.shrinking.kept import STACK_OF, STACKS, Kept
from ticketscope.shrinking.vocabulary.recut import Pieces


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was removed and what that cost.

    Args:
        before: the network that it was removed from.
        asked: what was asked for.
        kept: the units that are left.
        removed: the layers that went, in that order.
        pieces: what became of the vocabulary; None where all pieces stay.
        calibrated: the pairs that were read, and the loss on them.
        seed: by which they were drawn.
        num_before, num_after: numbers of trainable parameters.
        bytes_before, bytes_after: sizes of the weights on disk.
    """

    before: Network
    asked: Asked
    kept: Kept
    removed: tuple[RemovedLayer, ...]
    pieces: Pieces | None
    calibrated: Calibrated
    seed: int
    num_before: int
    num_after: int
    bytes_before: int
    bytes_after: int

    def rows(self) -> Iterator[tuple[str, str]]:
        """What was removed and by what: the rows of a table."""
        layers, num_words = self.before.shape.layers, self.calibrated.text.num_words
        for stack in STACKS:
            if gone := [one for one in self.removed if one.stack == stack]:
                left = self.kept.layers[stack]
                went = ", ".join(f"{one.layer} ({one.loss / num_words:.4f})" for one in gone)
                yield (
                    f"layers of the {stack}",
                    f"{len(left)} of {layers[stack]} are left: {', '.join(map(str, left))}; "
                    f"gone, with the loss after each: {went}",
                )
        if self.kept.neurons:
            widths = self.kept.widths(self.before.shape)
            for stack in STACKS:
                yield (
                    f"neurons of the {stack}",
                    f"{widths[stack]:,} of {self.before.shape.widths[stack]:,} per feed-forward "
                    f"block are left, by {self.asked.neurons_by}",
                )
        for stack, num in self._heads().items():
            yield (
                f"heads of the {stack}",
                f"{num} of {self.before.shape.heads[stack]} per attention block are left, by "
                f"{self.asked.heads_by}",
            )
        if found := self.pieces:
            yield "vocabulary", f"{found.num_after:,} of {found.num_before:,} rows are left"
            yield (
                "sentences cut otherwise than before",
                f"{found.num_recut:,} of {found.num_sentences:,} of the vocabulary's corpora, "
                f"{found.num_recut_calibration:,} of {found.num_calibration:,} of the calibration",
            )
        yield "parameters", _less(self.num_before, self.num_after)
        yield "bytes of weights", _less(self.bytes_before, self.bytes_after)
        yield from self.calibrated.rows(self.seed)

    def _heads(self) -> Mapping[str, int]:
        return {STACK_OF[kind]: int(units.sum()) for (kind, _), units in self.kept.heads.items()}


def _less(before: int, after: int) -> str:
    return f"{after:,} of {before:,} ({after / before:.1%})"
