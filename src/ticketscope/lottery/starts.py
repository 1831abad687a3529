"""What a level starts from: a network, the mask that it is held to, and a course.

An arm says which network is pruned, by what, and what the weights are that are left
(`ticketscope.arms.arm`); nothing here knows an arm by its name. At the same level every arm of a
replicate sees the same batches in the same order, with the same dropout, for as many updates, and
gets the same treatment of the optimiser's moments. Only an arm that draws its own seeds differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor

from ticketscope.arms import arm_of
from ticketscope.arms.dense import DENSE
from ticketscope.config import Experiment, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.lottery import training
from ticketscope.lottery.course import (
    Course,
    course_of,
    dense_updates,
    early_update,
    learning_rate,
)
from ticketscope.lottery.early_weights import EarlyWeights, early_weights
from ticketscope.lottery.lineage import parent, sources, taken_from
from ticketscope.lottery.origins import Origin
from ticketscope.lottery.smaller_levels import (
    sliced,
    sliced_moments,
    smaller_network,
    units_left,
    units_of,
)
from ticketscope.lottery.speed_ups import Layout
from ticketscope.networks import model
from ticketscope.networks.batches import PairsInMemory
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.masks import Mask
from ticketscope.pruning.calibration import Calibration, drawn_of
from ticketscope.pruning.criteria import CRITERIA, Evidence, Pruned
from ticketscope.pruning.cuts import AsManyAs, Cut, OfTheRest, OfTheRestPerRow, num_to_prune
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.seeds import derive
from ticketscope.shrinking.kept import Kept
from ticketscope.shrinking.smaller import Smaller


@dataclass(frozen=True)
class Start:
    """What a level starts from.

    Args:
        network: with its weights.
        mask: which of them stay.
        course: of its training.
        moments: the optimiser's (empty: zero).
        early: the weights to keep on the way, by update.
        units: what is left of the layers and neurons of the dense network, where some are removed.
    """

    network: LoadedNetwork
    mask: Mask
    course: Course
    moments: Mapping[str, Tensor] = field(default_factory=dict)
    early: Mapping[int, EarlyWeights] = field(default_factory=dict)
    units: Kept | None = None

    def for_early(self, early: Mapping[int, EarlyWeights]) -> "Start":
        """The same, but only as far as to these weights."""
        last = max(early)
        course = replace(self.course, last_update=last, num_updates=last, patience=0)
        return replace(self, course=course, early=early)


def start_of(run: Run, level: LevelId, experiment: Experiment, origin: Origin) -> Start:
    """What a level starts from; the levels that it is made from are there."""
    if level.arm == DENSE:
        return _dense_start(run, level, experiment, origin)
    arm = arm_of(level.arm)
    course = course_of(
        arm,
        level.level,
        experiment.lottery,
        _whole_schedule(run, level, experiment),
        training_seed(experiment, level),
    )
    course = replace(course, origin=digest_of_sources(run, level, experiment))
    pruned = _pruned(run, level, experiment, origin)
    network, moments = _network(run, level, experiment, origin)
    if arm.weights == "parent":
        network.model.load_state_dict(dict(pruned.changed), strict=False)
    start = Start(network, pruned.mask, course, moments)
    if not arm.removes:
        return start
    if other := taken_from(level):
        return replace(start, units=units_of(run.level(other)))
    return _without_units(run, level, experiment, origin, start)


def _without_units(
    run: Run, level: LevelId, experiment: Experiment, origin: Origin, start: Start
) -> Start:
    """The start of a level, less the units of its parent that go."""
    source = run.level(parent(level))
    shape = ModelFolder(source.ticket).config
    reading = _calibration(run, level, experiment, origin)
    dense = Layout(ModelFolder(run.level(dense_of(level.replicate)).ticket).parameter_shapes)
    left = units_left(arm_of(level.arm), reading, shape, dense, level.level, experiment.lottery)
    smaller = Smaller(shape, left)
    before = units_of(source)
    return replace(
        start,
        network=smaller_network(start.network, smaller),
        mask=Mask(sliced(smaller, start.mask.kept)),
        moments=sliced_moments(smaller, start.moments),
        units=before.then(left) if before else left,
    )


def digest_of_sources(run: Run, level: LevelId, experiment: Experiment) -> str:
    """Identity of all that a level is made from: of one level that one's digest."""
    digests = [run.level(source).digest() for source in sources(level)]
    if level.arm != DENSE and arm_of(level.arm).weights == "early":
        digests.append(_early(run, level, experiment).digest)
    return digest(digests) if len(digests) > 1 else "".join(digests)


def training_seed(experiment: Experiment, level: LevelId) -> int:
    """What decides the order of batches, and dropout, of the training of a level."""
    return _seed(experiment, level, "training")


def calibration_pairs(run: Run, level: LevelId, experiment: Experiment) -> PairsInMemory:
    """The pairs of the training text that a criterion of this level has, the same in every arm."""
    split, seed = EncodedCorpus(run.corpus).split("train"), _seed(experiment, level, "calibration")
    return drawn_of(split, experiment.lottery.calibration, seed)


def num_kept_at(level: int, num_prunable: int, fraction: float) -> int:
    """Weights left after so many rounds, each to the nearest whole weight."""
    kept = num_prunable
    for _ in range(level):
        kept -= num_to_prune(kept, fraction)
    return kept


def _dense_start(run: Run, level: LevelId, experiment: Experiment, origin: Origin) -> Start:
    network = origin.first(_seed(experiment, level, "initialisation"))
    prunable = model.prunable(
        model.parameters(network.model), embeddings=experiment.lottery.prune_embeddings
    )
    trains = experiment.model.trains_dense
    num_updates = dense_updates(experiment, EncodedCorpus(run.corpus)) if trains else 0
    patience = experiment.training.patience if trains else 0
    course = Course(
        first_update=0,
        last_update=num_updates,
        num_updates=num_updates,
        patience=patience,
        seed=training_seed(experiment, level),
    )
    # With patience it shows only at the end how many updates it has.
    early = {} if patience else early_weights(run.level(level), experiment.lottery, num_updates)
    return Start(network, origin.mask(prunable), course, early=early)


def _network(
    run: Run, level: LevelId, experiment: Experiment, origin: Origin
) -> tuple[LoadedNetwork, Mapping[str, Tensor]]:
    """A network with the weights that a level starts from, and the moments that belong to them."""
    starts_from = arm_of(level.arm).weights
    if starts_from == "new":
        like = run.level(taken_from(level) or parent(level)).ticket
        return origin.untrained(_seed(experiment, level, "initialisation"), like), {}
    source, keeps = run.level(parent(level)), experiment.lottery.moments == "keep"
    network = origin.again(source.ticket)
    if starts_from == "early":
        weights, moments = _early(run, level, experiment).read()
    else:
        weights = ModelFolder(source.ticket).weights()
        moments = training.moments(source.moments) if keeps else {}
    assert weights.keys() == model.parameters(network.model).keys()
    # Position tables and what is tied are not in it.
    network.model.load_state_dict(weights, strict=False)
    return network, moments


def _pruned(run: Run, level: LevelId, experiment: Experiment, origin: Origin) -> Pruned:
    """Which weights a level keeps, and what its criterion changes of these."""
    arm, other = arm_of(level.arm), taken_from(level)
    if other and arm.mask_of:
        return Pruned(mask=Mask.load(run.level(other).masks_verified()))
    source = run.level(parent(level))
    mask = Mask.load(source.masks)
    if arm.criterion is None:
        return Pruned(mask=mask)
    criterion, embeddings = CRITERIA[arm.criterion], experiment.lottery.prune_embeddings
    cut: Cut
    if other:
        cut = AsManyAs(Mask.load(run.level(other).masks_verified()))
    else:
        share = _share(level, mask, experiment.lottery.prune_fraction)
        cut = OfTheRestPerRow(share) if criterion.by_input else OfTheRest(share)
    folder = ModelFolder(source.ticket)
    evidence = Evidence(
        weights=model.prunable(folder.weights(), embeddings=embeddings),
        calibration=_calibration(run, level, experiment, origin) if criterion.reads_text else None,
    )
    pruned = criterion.prune(evidence, mask, cut, _seed(experiment, level, "pruning"))
    assert pruned.mask.within(mask), f"{arm.criterion} gave pruned weights back"
    return pruned


def _calibration(run: Run, level: LevelId, experiment: Experiment, origin: Origin) -> Calibration:
    """Pairs of the training text, and the network that is pruned to read them."""
    folder = ModelFolder(run.level(parent(level)).ticket)

    def network() -> LoadedNetwork:
        loaded = LoadedNetwork(folder.network(), origin.frame, origin.extent.positions)
        return loaded.to(experiment.training.device)

    dense_updates = _whole_schedule(run, level, experiment)
    return Calibration(
        network=network,
        pairs=calibration_pairs(run, level, experiment),
        max_tokens=experiment.batches.max_tokens,
        rate=learning_rate(dense_updates - 1, experiment.training, dense_updates),
    )


def _share(level: LevelId, mask: Mask, fraction: float) -> float:
    """The share of the weights left that a level removes."""
    if not arm_of(level.arm).cuts_dense:
        return fraction
    num_left = mask.num_weights - mask.num_pruned
    return 1 - num_kept_at(level.level, num_left, fraction) / num_left


def _early(run: Run, level: LevelId, experiment: Experiment) -> EarlyWeights:
    """The early weights that a level goes back to."""
    updates = _whole_schedule(run, level, experiment)
    dense = run.level(dense_of(level.replicate))
    return EarlyWeights(dense.early(early_update(experiment.lottery, level.level, updates)))


def _whole_schedule(run: Run, level: LevelId, experiment: Experiment) -> int:
    """The updates of the dense model of its replicate."""
    facts = run.level(dense_of(level.replicate)).facts()
    # A pretrained network that goes on as it is has no schedule of its own to go back on.
    return facts["num_updates"] or dense_updates(experiment, EncodedCorpus(run.corpus))


def _seed(experiment: Experiment, level: LevelId, purpose: str) -> int:
    """The same for every arm at the same level of a replicate, unless it draws its own."""
    own = (level.arm,) if level.arm != DENSE and arm_of(level.arm).draws_own_seeds else ()
    return derive(experiment.lottery.seed, level.replicate, level.level, *own, purpose)
