"""Pruning a stored network once: another model directory, with its mask and a card in it."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import folder_appearing, sweep_beside, write_text
from ticketscope.networks import model
from ticketscope.networks.families import CONFIG
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.mask_file import MASKS
from ticketscope.networks.network import Network
from ticketscope.networks.stored_weights import all_files, may_hold_weights
from ticketscope.pruning.calibration import Calibration, CalibrationFiles
from ticketscope.pruning.card import CARD, Calibrated, pruned_card
from ticketscope.pruning.criteria import CRITERIA, Evidence, Pruned
from ticketscope.pruning.cuts import Cut, Global, Pattern, PerRow, PerTensor, WithinTensors

Per = Literal["global", "tensor", "row"]
_SCOPES: dict[Per, type[Global | PerTensor | PerRow]] = {
    "global": Global,
    "tensor": PerTensor,
    "row": PerRow,
}


def prune(
    network: Network,
    *,
    out: Path | str,
    sparsity: float | None = None,
    criterion: str = "magnitude",
    per: Per | None = None,
    pattern: str | None = None,
    seed: int = 1,
    calibration: CalibrationFiles | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Network:
    """Prune a network once, without training, and store it as another model directory.

    Weights and biases of attention and feed-forward blocks may go. What the network has lost before
    stays lost and counts in. Weights are stored in the type that they had; every other file of the
    directory is copied, but for what `left_out` names.

    Args:
        network: the network; its directory is only read.
        out: the new directory; it must not be there yet, or be empty.
        sparsity: which share of the weights that compete shall be zero; a pattern says it itself.
        criterion: by what they are ranked: a name in `CRITERIA`, such as "magnitude".
        per: which weights compete: all together ("global"), those of a "tensor", or those of a
            "row" of a matrix; then biases stay. None: rows where the criterion is of that kind,
            else all together.
        pattern: such as "2:4": of each four consecutive weights of a row two are left.
        seed: of the criterion random, and of which pairs are drawn.
        calibration: pairs for the criteria that read text; with any criterion the loss before and
            after is measured on them.
        tell: is given a line on the pairs that were drawn, and one on the loss.

    Raises `InputError` for settings that cannot be, a pattern that does not fit the matrices, and a
    network that is as sparse already.
    """
    if criterion not in CRITERIA:
        meant = did_you_mean(criterion, CRITERIA)
        raise InputError(
            f"criterion: {criterion}: no such criterion; {meant}valid: {', '.join(CRITERIA)}"
        )
    found = CRITERIA[criterion]
    cut = cut_of(sparsity, per, pattern, default="row" if found.by_input else "global")
    if found.reads_text and calibration is None:
        raise InputError(
            f"criterion: {criterion} ranks weights by what the network makes of text; give pairs: "
            "--calibration PREFIX --source en --target de for PREFIX.en and PREFIX.de"
        )
    place = Path(out)
    refuse_taken(place)
    before = network.kept
    if isinstance(cut, WithinTensors):
        cut.groups(before)  # which refuses a pattern that does not fit before anything is computed
    text, reading = None, None
    if calibration:
        text = calibration.drawn(network, seed)
        reading = calibration.read(network, text)
    weights = StoredTensors(network.folder, tuple(before.kept))
    pruned = found.prune(Evidence(weights=weights, calibration=reading), before, cut, seed)
    assert pruned.mask.within(before), f"{criterion} gave pruned weights back"
    if pruned.mask == before:
        raise InputError(
            f"{network.name}: {before.num_pruned:,} of its {before.num_weights:,} prunable weights "
            "are zero already, and no more would go; give a higher sparsity"
        )
    stored = network.folder.stored
    pruned = replace(pruned, changed=stored.rounded(pruned.changed))
    calibrated = None
    if calibration and text and reading:
        calibrated = Calibrated(calibration, text, *_losses(reading, pruned, text.num_words))
        for line in calibrated.lines:
            tell(line)
    card = pruned_card(
        network, pruned, criterion=criterion, cut=cut, seed=seed, calibrated=calibrated
    )
    sweep_beside(place)
    with folder_appearing(place) as partial:
        stored.copy_with(pruned.mask.kept, pruned.changed, partial)
        pruned.mask.save(partial / MASKS)
        write_text(partial / CARD, card)
        # Without config.json, which comes last, nobody loads what a kill leaves.
        for file in sorted(copied(network.directory), key=lambda file: file.name == CONFIG):
            if file.name != CARD:
                shutil.copyfile(file, partial / file.name)
    return Network(place, conventions=network.conventions)


@torch.no_grad()
def _losses(calibration: Calibration, pruned: Pruned, num_words: int) -> tuple[float, float]:
    """Nats per target word of the network as it was and as it is stored."""
    network = calibration.network()
    before = calibration.loss(network)
    weights = model.parameters(network.model)
    for name, kept in pruned.mask.kept.items():
        if name in pruned.changed:
            weights[name].copy_(pruned.changed[name])
        weights[name].masked_fill_(~kept.to(weights[name].device), 0.0)
    return before / num_words, calibration.loss(network) / num_words


def cut_of(
    sparsity: float | None, per: Per | None, pattern: str | None, default: Per = "global"
) -> Cut:
    """The cut that was asked for; `default`: which weights compete where nothing is said.

    Raises `InputError` for one that cannot be.
    """
    if pattern is not None:
        return _pattern(sparsity, per, pattern)
    if per not in (None, *_SCOPES):
        raise InputError(f"per: {per}: no such scope; valid: {', '.join(_SCOPES)}")
    if sparsity is None or not 0 < sparsity < 1:
        given = "is missing" if sparsity is None else f"is {sparsity:g}"
        raise InputError(f"sparsity {given}; give a share between 0 and 1, such as 0.5")
    return _SCOPES[per or default](_decimal(sparsity))


def _pattern(sparsity: float | None, per: Per | None, pattern: str) -> Pattern:
    found = re.fullmatch(r"([1-9]\d{0,3}):([1-9]\d{0,3})", pattern)
    kept, group = map(int, found.groups()) if found else (0, 0)
    if kept >= group:
        raise InputError(
            f"pattern: {pattern}; give how many of how many consecutive weights are left, "
            "such as 2:4"
        )
    if per is not None:
        raise InputError(f"per: {per}; a pattern says itself which weights compete: leave out per")
    if sparsity is not None and _decimal(sparsity) != 1 - Fraction(kept, group):
        raise InputError(
            f"sparsity: {sparsity:g}, but {pattern} takes {group - kept} of {group}: leave out "
            "sparsity or pattern"
        )
    return Pattern(kept, group)


def _decimal(share: float) -> Fraction:
    """The number that was written: 100 · 0.29 is 28.999… in floats."""
    return Fraction(str(share))


def left_out(network: Network) -> list[str]:
    """What of a model directory is not in the one that `prune` makes of it: folders, and weights in
    further files, which would be those from before."""
    directory = network.directory
    kept = (*all_files(network.folder.stored), *copied(directory))
    made = {MASKS, *(path.name for path in kept)}
    return sorted({path.name for path in directory.iterdir()} - made)


def copied(directory: Path) -> list[Path]:
    """The files of a model directory that are taken over: all but weights."""
    return [path for path in directory.iterdir() if path.is_file() and not may_hold_weights(path)]


def refuse_taken(place: Path) -> None:
    """Raise `InputError` unless a new directory can be made there."""
    if place.is_dir() and not any(place.iterdir()):
        return
    if place.exists() or place.is_symlink():
        raise InputError(f"{place}: is there already; name a new directory")


class StoredTensors(Mapping[str, Tensor]):
    """Tensors of a stored network, each read when it is asked for."""

    def __init__(self, folder: ModelFolder, names: tuple[str, ...]) -> None:
        self._folder, self._names = folder, names

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        return self._folder.weight(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
