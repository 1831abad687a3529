"""What is asked of a smaller network, checked against the one that it comes from."""

from dataclasses import dataclass
from typing import Literal, get_args

from ticketscope.errors import InputError
from ticketscope.networks.families import Shape
from ticketscope.pruning.cuts import num_to_prune
from ticketscope.shrinking.unit_scores import BY, By

To = Literal["transformers", "ctranslate2"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What shall be removed, or left.

    Args:
        neurons: the share of the neurons of every feed-forward block that goes; None: all stay.
        encoder_layers, decoder_layers: how many layers are left; None: all.
        heads: the share of the heads of every attention block that goes; None: all stay.
        vocabulary: the corpora whose pieces stay, as paths of two files without language; none:
            all pieces stay.
        by: what ranks neurons and heads; None: magnitude for neurons and Taylor for heads
            (docs/log.md says why).
        to: whose format the network is written in.
    """

    neurons: float | None = None
    encoder_layers: int | None = None
    decoder_layers: int | None = None
    heads: float | None = None
    vocabulary: tuple[str, ...] = ()
    by: By | None = None
    to: To = "transformers"

    @property
    def neurons_by(self) -> By:
        """What ranks neurons."""
        return self.by or "magnitude"

    @property
    def heads_by(self) -> By:
        """What ranks heads."""
        return self.by or "taylor"

    @property
    def depths(self) -> dict[str, int]:
        """How many layers are left, of the stacks of which it is said."""
        given = {"encoder": self.encoder_layers, "decoder": self.decoder_layers}
        return {stack: depth for stack, depth in given.items() if depth is not None}

    def check(self, shape: Shape) -> None:
        """Raise `InputError` for what cannot be, or is nothing, before anything is measured."""
        for name, value, valid in (("by", self.by, BY), ("to", self.to, get_args(To))):
            if value is not None and value not in valid:
                raise InputError(f"{name}: {value}: no such choice; valid: {', '.join(valid)}")
        for stack, depth in self.depths.items():
            if not 1 <= depth <= shape.layers[stack]:
                raise InputError(
                    f"{stack}_layers: {depth}, but the {stack} has {shape.layers[stack]}; give how "
                    "many of these are left, 1 or more"
                )
        layers_go = any(depth < shape.layers[stack] for stack, depth in self.depths.items())
        if not (layers_go or self.vocabulary) and self.neurons is None and self.heads is None:
            raise InputError(
                "nothing is to be removed; give neurons, fewer encoder_layers or decoder_layers, "
                "vocabulary or heads"
            )
        if self.neurons is not None:
            for width in shape.widths.values():
                _check_share("neurons", self.neurons, width)
        if self.heads is None:
            return
        for num_heads in shape.heads.values():
            _check_share("heads", self.heads, num_heads)
        if self.to == "transformers":
            raise InputError(
                "heads: a network of transformers cannot have fewer: it divides its width by their "
                "number, or has one set of them for all layers, so that other numbers would be "
                "taken for a head; give --to ctranslate2, or leave out heads"
            )


def _check_share(name: str, share: float, num: int) -> None:
    if not 0 < share < 1:
        raise InputError(f"{name} is {share:g}; give the share that goes, between 0 and 1")
    if not 0 < num_to_prune(num, share) < num:
        raise InputError(
            f"{name}: {share:g} of {num} is {num_to_prune(num, share)}; give a share by which some "
            "go and some are left"
        )
