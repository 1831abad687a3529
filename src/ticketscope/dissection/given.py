"""The networks of a dissection, and which is compared with which."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ticketscope.arms.cast import BASE
from ticketscope.config import Dissection, Side, digest, from_stored
from ticketscope.dissection.hub import directory_of
from ticketscope.networks import model
from ticketscope.networks.decoding.engine_folder import is_engine_folder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.model import Sparsity
from ticketscope.networks.network import Network
from ticketscope.networks.panel import Extent, Fresh, Panel
from ticketscope.runs.seals import DamagedError, read_sealed
from ticketscope.runs.store import OPENED, LevelId, Run
from ticketscope.text.tokenizer import Conventions


@dataclass(frozen=True)
class Given:
    """A network as the user gave it.

    Args:
        label: its place among all.
        name: what to call it.
        side: the settings.
    """

    label: LevelId
    name: str
    side: Side


def given_networks(study: Dissection) -> Iterator[Given]:
    """All networks: the base and its twins, then the variants and the controls."""
    named = iter(zip(study.names, study.sides, strict=True))
    base, side = next(named)
    found = [
        Given(LevelId(0, name, 1), name, side)
        for name, side in (next(named) for _ in (*study.variants, *study.controls))
    ]
    yield Given(LevelId(0, BASE, 0), base, side)
    for replicate, (name, side) in enumerate(named, start=1):
        yield Given(LevelId(replicate, BASE, 0), name, side)
    yield from found


def named_as_before(study: Dissection, run: Run) -> Dissection:
    """The same networks, those that the run has already under the names that they have there.

    A name that the user gives goes first. All others hang on the whole set of networks, so a
    further one that is called alike would take an earlier one away from what was measured of it.
    Raises `InputError` where two would then have one name.
    """
    if not run.config.exists():
        return study
    before = from_stored(run.stored("config"), where=str(run.config))
    if not isinstance(before, Dissection):  # this is refused with all that cannot go on
        return study
    called = {
        (side.network, side.revision): name
        for side, name in zip(before.sides, before.names, strict=True)
    }

    def named(side: Side) -> dict[str, Any]:
        name = side.name or called.get((side.network, side.revision), "")
        return side.model_copy(update={"name": name}).model_dump(mode="json")

    raw = study.model_dump(mode="json") | {
        "base": named(study.base),
        "variants": [*map(named, study.variants)],
        "controls": [*map(named, study.controls)],
        "twins": [*map(named, study.twins)],
    }
    found = from_stored(raw, where=str(run.config))
    assert isinstance(found, Dissection)
    return found


def panel_of_dissection(run: Run, study: Dissection) -> Panel:
    """Every network of a dissection. None is read yet."""
    networks = {
        given.label: network_of(given.side, study, given.label, run)
        for given in given_networks(study)
    }
    base = next(iter(networks))
    arms = {label: study.cast[label.arm] for label in networks if label.level}
    return Panel(
        networks=networks,
        references=dict.fromkeys(arms, base),
        controls={label: LevelId(0, arm.control, 1) for label, arm in arms.items() if arm.control},
        studied=frozenset(label for label, arm in arms.items() if not arm.is_control),
        pruned=frozenset(label for label, arm in arms.items() if not arm.is_control),
        extent=_extent_of(networks.__getitem__),
        fresh=_fresh_of(networks.__getitem__),
        tokenizer=lambda label: networks[label].tokenizer,
    )


def network_of(side: Side, study: Dissection, label: LevelId, run: Run) -> Network:
    """One network, and what is known of it from when it was opened before."""
    directory = directory_of(side, run)
    # That of all is for those of CTranslate2 alone; the others have their own.
    beside = side.tokenizer or (study.tokenizer if is_engine_folder(directory) else "")
    network = Network(
        directory,
        label,
        Conventions(
            source_code=side.source_code or study.source_code,
            target_code=side.target_code or study.target_code,
            prefix=side.prefix or study.prefix,
        ),
        Path(beside) if beside else None,
        dtype=study.compute.dtype,
    )
    known = known_of(network, run)
    return replace(network, counted=Sparsity(**known["sparsity"])) if known else network


# ----------------------------------------------------------------------------- what is known


def known_of(network: Network, run: Run) -> dict[str, Any] | None:
    """What a network proved to be, as long as none of its files has changed; None before that."""
    kept = _kept(network, run)
    if kept is None or kept["about"]["identity"] != digest(files_of(network)):
        return None
    return dict(kept["result"])


def last_known_of(network: Network, run: Run) -> dict[str, Any] | None:
    """The same, though files may have changed."""
    kept = _kept(network, run)
    return None if kept is None else dict(kept["result"])


def _kept(network: Network, run: Run) -> dict[str, Any] | None:
    """What was kept of a network; None for nothing, and where that is damaged: the network is
    opened again."""
    assert network.label is not None
    path = run.analysis(OPENED, network.label)
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = read_sealed(path, "it is opened again")
    except DamagedError:
        return None
    return found


def files_of(network: Network) -> dict[str, Any]:
    """What tells that a network may be another one now, without reading it."""
    beside = network.tokenizer_directory
    return {
        "files": _stamps(network.directory),
        "conventions": asdict(network.conventions),
        "dtype": network.dtype,
        "tokenizer": [str(beside), _stamps(beside)] if beside else "",
    }


def _stamps(directory: Path) -> dict[str, list[int]]:
    """Size and time of change of every file below a directory."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            about = path.stat()
            found[str(path.relative_to(directory))] = [about.st_size, about.st_mtime_ns]
    return found


def described(network: Network, line: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a network that has proved itself."""
    return {
        "directory": str(network.directory),
        "digest": network.digest,
        "sparsity": asdict(network.sparsity),
        "line": line,
        "generation": settings,
    }


# ----------------------------------------------------------------------------- sizes


def _extent_of(network: Callable[[LevelId], Network]) -> Callable[[LevelId], Extent]:
    def extent(label: LevelId) -> Extent:
        of = network(label)
        if not of.has_states:  # nobody asks for the layers of one that shows none
            return Extent(0, 0, of.max_positions)
        return Extent(of.shape.d_model, of.shape.layers["encoder"], of.shape.max_positions)

    return extent


def _fresh_of(network: Callable[[LevelId], Network]) -> Callable[[LevelId], Fresh]:
    @cache
    def fresh(label: LevelId) -> Fresh:
        of = network(label)

        def make(seed: int) -> LoadedNetwork:
            loaded = of.load()
            return replace(loaded, model=model.untrained(loaded.model, seed))

        shape = {"shape": of.shape.model_dump(mode="json"), "tokenizer": of.tokenizer.digest}
        return Fresh(shape, make)

    return fresh
