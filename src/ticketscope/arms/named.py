"""An arm by its name, which may say another criterion: `one_shot-random` is `one_shot`, but random.

A hyphen parts the two: names of arms have underscores only. So a run may have an arm several times,
once by each criterion, and an arm that takes the masks of another takes those by the same one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from ticketscope.arms.arm import Arm
from ticketscope.arms.dense_continued import DENSE_CONTINUED
from ticketscope.arms.dense_repeated import DENSE_REPEATED
from ticketscope.arms.fine_tuning import FINE_TUNING
from ticketscope.arms.lr_rewinding import LR_REWINDING
from ticketscope.arms.one_shot_pruning import ONE_SHOT
from ticketscope.arms.random_pruning import RANDOM_PRUNING
from ticketscope.arms.reinitialised import REINITIALISED
from ticketscope.arms.scratch import SCRATCH
from ticketscope.arms.scratch_layers import SCRATCH_LAYERS
from ticketscope.arms.scratch_longer import SCRATCH_LONGER
from ticketscope.arms.shuffled_mask import SHUFFLED_MASK
from ticketscope.arms.structured_ffn import STRUCTURED_FFN
from ticketscope.arms.structured_layers import STRUCTURED_LAYERS
from ticketscope.arms.weight_rewinding import WEIGHT_REWINDING
from ticketscope.errors import did_you_mean

ARMS: Final[dict[str, Arm]] = {
    "lr_rewinding": LR_REWINDING,
    "weight_rewinding": WEIGHT_REWINDING,
    "fine_tuning": FINE_TUNING,
    "one_shot": ONE_SHOT,
    "structured_ffn": STRUCTURED_FFN,
    "structured_layers": STRUCTURED_LAYERS,
    "dense_continued": DENSE_CONTINUED,
    "dense_repeated": DENSE_REPEATED,
    "random_pruning": RANDOM_PRUNING,
    "shuffled_mask": SHUFFLED_MASK,
    "reinitialised": REINITIALISED,
    "scratch": SCRATCH,
    "scratch_longer": SCRATCH_LONGER,
    "scratch_layers": SCRATCH_LAYERS,
}
"""By name, in the order of legends."""


@dataclass(frozen=True)
class InName:
    """A criterion that the name of an arm may say."""

    title: str
    """What people call it."""
    prunes: str
    """Which weights it prunes, with its source."""
    colour: str
    """Of what is pruned by it; each arm tints it with its own."""
    is_control: bool = False
    """What an arm prunes by it tells what a finding is worth, and is no finding."""
    trains: bool = False
    """It trains to find them, before the level does."""


CRITERIA_IN_NAMES: Final[dict[str, InName]] = {
    "random": InName("by chance", "weights chosen by chance", "#3CC3E1", is_control=True),
    "snip": InName(
        "by SNIP",
        "the weights without which the loss changes least to first order (SNIP, Lee et al. 2019)",
        "#FF0F2D",
    ),
    "fisher": InName(
        "by Fisher",
        "the weights without which the loss changes least to second order (empirical Fisher, "
        "Theis et al. 2018)",
        "#0087F0",
    ),
    "wanda": InName(
        "by Wanda",
        "the weights of each row of least magnitude times the norm of their input (Wanda, Sun et "
        "al. 2024)",
        "#3CC3A5",
    ),
    "sparsegpt": InName(
        "by SparseGPT",
        "the weights of each row that the others can make up for best, and these do (SparseGPT, "
        "Frantar and Alistarh 2023)",
        "#8F8F00",
    ),
    "movement": InName(
        "by movement",
        "the weights that training takes towards zero (movement pruning, Sanh et al. 2020)",
        "#C87800",
        trains=True,
    ),
    "soft_movement": InName(
        "by soft movement",
        "the weights that training takes towards zero against a penalty on all that stay (soft "
        "movement pruning, Sanh et al. 2020)",
        "#B464C8",
        trains=True,
    ),
}
"""By name, in the order of legends; `ticketscope.pruning.criteria` has what each does."""


_TINT: Final = 0.3
"""Share of the arm's colour: the criterion is seen first."""


def arm_of(name: str) -> Arm:
    """The arm of that name. Raises `ValueError`, in words for users, where there is none."""
    own, hyphen, criterion = name.partition("-")
    if own not in ARMS:
        meant = _instead(name.replace("-", "_"), ARMS)
        raise ValueError(f"{name}: no such arm; {meant}")
    arm = ARMS[own]
    if not hyphen:
        return arm
    if arm.removes or (arm.criterion in (None, "random") and not arm.takes_from):
        raise ValueError(f"{name}: {own} has no other criterion: leave out -{criterion}")
    if criterion not in CRITERIA_IN_NAMES:
        instead = _instead(criterion, CRITERIA_IN_NAMES)
        raise ValueError(
            f"{name}: no such criterion, or none that {own} has but by its name alone; {instead}"
        )
    said = CRITERIA_IN_NAMES[criterion]
    named = replace(
        arm,
        name=name,
        title=f"{arm.title}, {said.title}",
        colour=_mixed(said.colour, arm.colour),
        is_control=arm.is_control or said.is_control,
    )
    if not arm.takes_from:
        sentence = f"It does what {own} does, but prunes {said.prunes}."
        return replace(named, criterion=criterion, sentence=sentence)
    mask_of, counts_of = (
        taken and f"{taken}-{criterion}" for taken in (arm.mask_of, arm.counts_of)
    )
    sentence = f"It does what {own} does, but with the masks of {mask_of or counts_of}."
    return replace(named, mask_of=mask_of, counts_of=counts_of, sentence=sentence)


def in_order(names: Iterable[str]) -> list[str]:
    """Names of arms in the order of legends."""
    arms, criteria = list(ARMS), ["", *CRITERIA_IN_NAMES]

    def place(name: str) -> tuple[int, int]:
        own, _, criterion = name.partition("-")
        return arms.index(own), criteria.index(criterion)

    return sorted(names, key=place)


def _instead(name: str, known: Iterable[str]) -> str:
    names = tuple(known)
    return f"{did_you_mean(name, names)}valid: {', '.join(names)}"


def _mixed(colour: str, tint: str) -> str:
    parts = (
        (1 - _TINT) * int(colour[at : at + 2], 16) + _TINT * int(tint[at : at + 2], 16)
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{round(part):02X}" for part in parts)
