"""Putting parts of the base back into a stored network: another model directory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from ticketscope.errors import InputError, JobError
from ticketscope.files import folder_appearing, sweep_beside
from ticketscope.networks.mixed import Pair, tensors
from ticketscope.networks.network import Network
from ticketscope.networks.parts import Cost, Part, chosen, costs, parts_of, unlike
from ticketscope.pruning.calibration import CalibrationFiles, CalibrationText
from ticketscope.pruning.card import Calibrated
from ticketscope.pruning.one_shot import refuse_taken
from ticketscope.restoring.greedy import Repair, repairs
from ticketscope.restoring.restored_card import Restored
from ticketscope.restoring.restored_files import write_restored

_SPARSE: Final = 20
"""A network is sparse where it lacks at least one in so many of the weights of its base."""


def restore(
    network: Network,
    base: Network,
    *,
    out: Path | str,
    layers: Sequence[str] = (),
    budget: float | None = None,
    validation: CalibrationFiles | None = None,
    seed: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Network:
    """Put parts of the base back into a network that was made from it, and store it as another
    model directory. Nothing is trained.

    Either the parts are named, or the cheapest repair within a budget is searched greedily: always
    the block that lowers the loss on the validation pairs most per weight, until no further one
    fits the budget or lowers the loss.

    Args:
        network: pruned, quantised and stored in floats again, trained on; it is only read.
        base: what it was made from, in the same shapes, with the same tokenizer.
        out: the new directory; it must not be there yet, or be empty.
        layers: names of stacks, layers or blocks: "decoder", "encoder.1", "decoder.3.feed_forward",
            "embeddings", "decoder.final_norm".
        budget: how many weights a repair may cost, as a share of all weights of the base. Of a
            sparse network those count that come back, being zero in it; of another one all that
            differ.
        validation: pairs on which the loss is measured; a search needs them.
        seed: of which pairs are drawn.
        tell: is given a line on each step, on what was restored, and on what it gave.

    Raises `InputError` for networks that do not fit, parts that are not there and a budget that
    cannot be, and `JobError` where no block within the budget lowers the loss.
    """
    place = Path(out)
    _check_asked(layers, budget, validation)
    if reason := unlike(network, base):
        raise InputError(
            f"{network.directory}: no part of {base.directory} fits into it: {reason}; give the "
            "network that it was made from"
        )
    refuse_taken(place)
    of_parts = costs(network, base)
    parts = chosen(layers, of_parts)
    if layers and not any(of_parts[part].num_changed for part in parts):
        raise InputError(
            f"layers: {','.join(layers)}: {network.directory} has there what {base.directory} has, "
            "so that there is nothing to restore; name other parts, or another base"
        )
    text = validation.drawn(network, seed) if validation else None
    steps: tuple[Repair[Part], ...] = ()
    calibrated = None
    if validation and text:
        losses = _losses(network, base, validation, text)
        [before] = losses([()])
        if budget is not None:
            tell(f"before: {before / text.num_words:.4f} nats per target word")
            steps = tuple(_searched(of_parts, budget, losses, before, text, tell))
            found = [step.unit for step in steps]
            parts = tuple(part for part in of_parts if part in found)
        [after] = losses([parts])
        calibrated = Calibrated(validation, text, before / text.num_words, after / text.num_words)
    restored = Restored(
        network=network,
        base=base,
        parts=parts,
        cost=sum((of_parts[part] for part in parts), start=Cost()),
        whole=sum(of_parts.values(), start=Cost()),
        steps=steps,
        calibrated=calibrated,
        seed=seed,
    )
    sweep_beside(place)
    with folder_appearing(place) as unfinished:
        write_restored(network, base, parts, restored.card(), unfinished)
    for what, said in restored.rows():
        tell(f"{what}: {said}")
    return Network(place, conventions=network.conventions)


def _check_asked(
    layers: Sequence[str], budget: float | None, validation: CalibrationFiles | None
) -> None:
    if bool(layers) == (budget is not None):
        raise InputError(
            "restore: give either layers, such as encoder.1,decoder.3.feed_forward, or a budget, "
            "such as 0.1 for a tenth of the weights of the base"
        )
    if budget is None:
        return
    if not 0 < budget <= 1:
        raise InputError(f"budget: {budget:g}; give a share above 0 and not above 1, such as 0.1")
    if validation is None:
        raise InputError(
            "budget: the loss has to be measured to find what helps; give pairs: --validation "
            "PREFIX --source en --target de for PREFIX.en and PREFIX.de"
        )


Losses = Callable[[Sequence[tuple[Part, ...]]], Sequence[float]]
"""Gives the loss of all pairs, in nats, with each of several sets of parts restored."""


def _losses(
    network: Network, base: Network, validation: CalibrationFiles, text: CalibrationText
) -> Losses:
    pairs = validation.read(network, text).pairs
    own, other = (
        one.load(device=validation.device, dtype=validation.dtype) for one in (network, base)
    )
    both = Pair(own, other, parts_of(tensors(own), network.shape))

    def losses(choices: Sequence[tuple[Part, ...]]) -> Sequence[float]:
        found = both.losses(choices, pairs, max_tokens=validation.batch_tokens).sum(axis=1)
        if not np.isfinite(found).all():
            raise JobError(
                f"{network.directory}: the loss on the pairs is not finite with parts of "
                f"{base.directory} in it; nothing was written"
            )
        return [float(loss) for loss in found]

    return losses


def _searched(
    of_parts: Mapping[Part, Cost],
    budget: float,
    losses: Losses,
    before: float,
    text: CalibrationText,
    tell: Callable[[str], None],
) -> Iterator[Repair[Part]]:
    whole = sum(of_parts.values(), start=Cost())
    is_sparse = whole.num_back * _SPARSE >= whole.num_there
    prices = {
        part: cost.num_back if is_sparse else cost.num_changed for part, cost in of_parts.items()
    }
    most = int(Fraction(str(budget)) * whole.num_weights)
    counted = "that come back" if is_sparse else "that differ"
    tell(f"budget: {most:,} weights {counted}, {budget:.1%} of the base's {whole.num_weights:,}")
    number = 0
    for number, step in enumerate(repairs(prices, most, losses, before), 1):
        tell(
            f"{number}. {step.unit.name}: {step.loss / text.num_words:.4f} nats per target word, "
            f"{step.num:,} weights, {step.total / whole.num_weights:.1%} in all"
        )
        yield step
    if not number:
        raise JobError(
            f"no block within the budget of {budget:.1%} lowers the loss on the validation pairs "
            f"({before / text.num_words:.4f} nats per target word), so nothing was written; in a "
            "network that was trained on, blocks of the base may no longer fit one by one"
        )
