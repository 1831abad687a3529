"""The networks of a run, and which is compared with which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.network import Network
from ticketscope.runs.store import LevelId
from ticketscope.text.tokenizer import Tokenizer


@dataclass(frozen=True)
class Extent:
    """How large a network is, which is known before it is there.

    Args:
        width: of its layers.
        encoder_layers: how many its encoder has.
        positions: how many pieces it reads at once, end of sentence included.
    """

    width: int
    encoder_layers: int
    positions: int


@dataclass(frozen=True)
class Fresh:
    """Networks as they are before any training.

    Args:
        identity: what decides their weights, but for the seed.
        make: one of them, from its seed.
    """

    identity: Mapping[str, Any]
    make: Callable[[int], LoadedNetwork]


@dataclass(frozen=True)
class Panel:
    """Networks by label, in the order of the plan: what a network starts from is before it.

    Args:
        networks: all of them.
        references: of each network the dense one that it was made from; references have none.
        controls: of each network that has one its control, at the same level of its replicate.
        studied: the labels whose findings are asked for: neither references nor controls.
        pruned: the labels of networks that have lost weights.
        shrunk: those of them that have lost whole units, and so have other shapes.
        extent: how large a network is.
        fresh: what a network was before any training.
        tokenizer: how a network wants its text, which is known before it is there.
        dense_differ: whether other seeds made the dense networks of other replicates; else all are
            one and the same.
    """

    networks: Mapping[LevelId, Network]
    references: Mapping[LevelId, LevelId]
    controls: Mapping[LevelId, LevelId]
    studied: frozenset[LevelId]
    pruned: frozenset[LevelId]
    extent: Callable[[LevelId], Extent]
    fresh: Callable[[LevelId], Fresh]
    tokenizer: Callable[[LevelId], Tokenizer]
    dense_differ: bool = True
    shrunk: frozenset[LevelId] = frozenset()

    @property
    def largest(self) -> Extent:
        """As large as the largest of them in everything, but for positions: the fewest."""
        extents = [self.extent(label) for label in self.labels]
        return Extent(
            width=max(extent.width for extent in extents),
            encoder_layers=max(extent.encoder_layers for extent in extents),
            positions=min(extent.positions for extent in extents),
        )

    @property
    def scores_by_engine(self) -> bool:
        """Whether all losses come from CTranslate2, since a network can be scored by nothing else:
        figures of two engines are never compared."""
        return not all(network.has_states for network in self.networks.values())

    @property
    def of_states(self) -> "Panel":
        """The networks that can be looked into and were made from one that can be, too."""
        seen = {label for label, network in self.networks.items() if network.has_states}
        seen &= {label for label in seen if self.reference_or_self(label) in seen}
        if len(seen) == len(self.networks):
            return self
        return replace(
            self,
            networks={label: self[label] for label in self.labels if label in seen},
            references={a: b for a, b in self.references.items() if a in seen},
            controls={a: b for a, b in self.controls.items() if {a, b} <= seen},
            studied=self.studied & seen,
            pruned=self.pruned & seen,
            shrunk=self.shrunk & seen,
        )

    @property
    def labels(self) -> tuple[LevelId, ...]:
        """All labels, in the order of the plan."""
        return tuple(self.networks)

    @property
    def with_states(self) -> tuple[LevelId, ...]:
        """The labels of networks that can be looked into, in the same order."""
        return tuple(label for label, network in self.networks.items() if network.has_states)

    def __getitem__(self, label: LevelId) -> Network:
        return self.networks[label]

    def reference(self, label: LevelId) -> LevelId | None:
        """The dense network that one was made from; None for a dense one."""
        return self.references.get(label)

    def reference_or_self(self, label: LevelId) -> LevelId:
        """The dense network of its replicate, which a dense network is itself."""
        return self.references.get(label, label)

    @property
    def first_arm(self) -> str:
        """The first arm under study; "" where there is none."""
        return next((label.arm for label in self.labels if label in self.studied), "")

    def control(self, label: LevelId) -> LevelId | None:
        """The network of the same level that was treated alike, but for what is studied."""
        return self.controls.get(label)

    def baselines(self, label: LevelId) -> dict[str, LevelId]:
        """What its figures are less by in columns `difference_…`, where there is such."""
        found = {"dense": self.reference(label), "control": self.control(label)}
        return {name: other for name, other in found.items() if other}

    @property
    def dense(self) -> tuple[LevelId, ...]:
        """The networks that others are made from, one per replicate."""
        return tuple(label for label in self.labels if label not in self.references)

    def dense_of(self, replicate: int) -> LevelId:
        """The dense network of a replicate."""
        return next(label for label in self.dense if label.replicate == replicate)

    def twins(self, label: LevelId) -> tuple[LevelId, ...]:
        """The dense networks of all replicates before that of a dense one: what other seeds gave.

        Each pair comes once, at the later of the two, so that no further replicate adds to those
        that a network has.
        """
        return self.dense[: self.dense.index(label)] if self.dense_differ else ()

    def before(self, label: LevelId) -> tuple[LevelId, ...]:
        """The labels before one in the plan."""
        return self.labels[: self.labels.index(label)]

    def shown(self, last_held: int) -> tuple[LevelId, ...]:
        """What a reader looks at: the first reference, and of the first arm under study the last
        level at which quality holds and the last of all."""
        first = self.labels[0]
        studied = [label for label in self.labels if label in self.studied]
        of_arm = [
            label
            for label in studied
            if (label.replicate, label.arm) == (studied[0].replicate, studied[0].arm)
        ]
        return (first, *(x for x in of_arm if x.level == last_held or x == of_arm[-1]))
