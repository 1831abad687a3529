"""Who plays in a run: the network that all others come from, and the arms compared with it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ticketscope.arms.arm import Arm
from ticketscope.arms.dense import DENSE_MODEL
from ticketscope.arms.dense_continued import DENSE_CONTINUED
from ticketscope.arms.named import arm_of, in_order

BASE: Final = "base"
"""What the network of others that all variants come from is labelled with, in place of an arm."""
_GREYS: Final = ("#7F7F7F", "#A6A6A6", "#595959")
"""Of the base, and of controls by turns: what no finding is about."""
_COLOURS: Final = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    *("#AA4499", "#44AA99", "#999933", "#CC6677"),
)
"""Of variants: those of Okabe and Ito (2008) that are seen on light and dark pages, then those of
Tol (2021). After the last they come again: rows and tooltips have the names."""


@dataclass(frozen=True)
class Nouns:
    """What sentences call the networks of a run."""

    dense: str
    """What all others are made from."""
    own: str
    """Likewise, of one of them."""
    twins: str
    """The same from other seeds."""
    over_levels: str
    """What ends a sentence on a mean over levels; "" where there are none."""
    ticket: str
    """One of the networks under study, as each of them may be called."""
    tickets: str
    """Several of them."""


_OF_LOTTERY: Final = Nouns(
    dense="the dense model",
    own="its dense model",
    twins="the dense models of other seeds",
    over_levels=", the mean over levels",
    ticket="ticket",
    tickets="tickets",
)
_OF_PRETRAINED: Final = replace(_OF_LOTTERY, ticket="pruned network", tickets="pruned networks")
"""No ticket is claimed where the first weights are not known (Frankle et al. 2020)."""
_OF_GIVEN: Final = Nouns(
    dense="the base",
    own="the base",
    twins="the twins of the base, which differ by seed",
    over_levels="",
    ticket="variant",
    tickets="variants",
)


@dataclass(frozen=True)
class Cast:
    """The dense model and all other arms of a run, in the order of legends.

    Args:
        dense: what the networks are labelled with that all others are made from.
        arms: all others.
        control_name: of what was treated like the arms under study, but for what is studied, be it
            in the run or not; "" where there is none.
        finds_tickets: whether what is pruned may be called a lottery ticket.
        dense_differ: whether other seeds made the dense models of other replicates; else all are
            one and the same.
        is_given: whether others made the networks: then an arm is one network, at level 1, and
            no level follows from another.
    """

    dense: Arm
    arms: tuple[Arm, ...]
    control_name: str = ""
    is_given: bool = False
    finds_tickets: bool = True
    dense_differ: bool = True

    def __post_init__(self) -> None:
        names = list(self)
        assert len(set(names)) == len(names), names

    def __iter__(self) -> Iterator[str]:
        """The names, the dense model's first."""
        yield self.dense.name
        yield from (arm.name for arm in self.arms)

    def __contains__(self, name: object) -> bool:
        return name in tuple(self)

    def __getitem__(self, name: str) -> Arm:
        """The arm of that name; `KeyError` for a name that the run does not have."""
        for arm in (self.dense, *self.arms):
            if arm.name == name:
                return arm
        raise KeyError(name)

    @property
    def nouns(self) -> Nouns:
        """What sentences call its networks."""
        if self.is_given:
            return _OF_GIVEN
        return _OF_LOTTERY if self.finds_tickets else _OF_PRETRAINED

    @property
    def studied(self) -> tuple[Arm, ...]:
        """The arms that are no controls."""
        return tuple(arm for arm in self.arms if not arm.is_control)

    @property
    def first(self) -> Arm | None:
        """The first arm under study: what the views and the first screen show."""
        return next(iter(self.studied), None)

    @property
    def first_name(self) -> str:
        """Its name; "" where there is none."""
        return self.first.name if self.first else ""

    @property
    def compressed(self) -> tuple[Arm, ...]:
        """The arms whose networks are made smaller: those under study, and controls that prune."""
        return tuple(arm for arm in self.arms if arm.prunes or not arm.is_control)

    @property
    def removes_units(self) -> bool:
        """Whether networks of some arms have lost whole units, and so have a sparsity and a size of
        their own."""
        return any(arm.removes for arm in self.arms)

    @property
    def pairs(self) -> tuple[tuple[Arm, Arm | None], ...]:
        """What verdicts are given on: all that is `compressed`, each with its control; None where
        the run has no such arm."""
        return tuple(
            (arm, self[arm.control] if arm.control and arm.control in self else None)
            for arm in self.compressed
        )

    @property
    def control(self) -> Arm | None:
        """What was treated like the arms under study, but for what is studied; None where the run
        does not have it."""
        found = (arm for arm in self.arms if arm.name == self.control_name)
        return next(found, None)

    @property
    def repeated(self) -> Arm | None:
        """The control once more, as other seeds of the same training make it."""
        return next((arm for arm in self.arms if arm.draws_own_seeds), None)


def lottery_cast(
    names: Iterable[str], *, pretrained: bool = False, dense_differ: bool = True
) -> Cast:
    """Of a lottery with these arms. From a pretrained network come pruned networks, no tickets."""
    cast = Cast(
        DENSE_MODEL,
        tuple(map(arm_of, in_order(names))),
        DENSE_CONTINUED.name,
        finds_tickets=not pretrained,
        dense_differ=dense_differ,
    )
    if cast.finds_tickets:
        return cast
    called = cast.nouns.tickets
    titled = (replace(arm, title=arm.title.replace("tickets", called)) for arm in cast.arms)
    return replace(cast, arms=tuple(titled))


def dissection_cast(base: str, variants: Sequence[str], controls: Sequence[str] = ()) -> Cast:
    """Of networks that the user gave.

    base, variants, controls: the names of the folders; those of the last two are names of arms.

    The first control is that of all variants; further ones are the control repeated.
    """
    control = controls[0] if controls else None
    shown = (
        Arm(
            name=name,
            title=name,
            criterion=None,
            control=control,
            is_control=False,
            colour=_COLOURS[place % len(_COLOURS)],
            sentence="A variant of the base, given by the user.",
        )
        for place, name in enumerate(variants)
    )
    beside = (
        Arm(
            name=name,
            title=f"{name} (control)",
            criterion=None,
            control=control if place else None,
            is_control=True,
            colour=_GREYS[1 + place % 2],
            sentence="A control, given by the user: the base trained on, with nothing removed.",
            draws_own_seeds=place > 0,
        )
        for place, name in enumerate(controls)
    )
    dense = Arm(
        name=BASE,
        title=f"{base} (base)",
        criterion=None,
        control=None,
        is_control=False,
        colour=_GREYS[0],
        sentence="The network that all others come from, given by the user.",
    )
    return Cast(dense, (*shown, *beside), control or "", is_given=True)
