"""A dissection: networks that others trained, and how they are measured."""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from ticketscope.arms.cast import BASE, Cast, dissection_cast
from ticketscope.arms.dense import DENSE
from ticketscope.config.corpus import GrammarCorpus
from ticketscope.config.kinds import FewOrZero, Section, Size
from ticketscope.config.paths import NetworkSetting, PathSetting, is_hub_id
from ticketscope.config.study import Languages, Study, StudyName

TAKEN: Final = (BASE, DENSE, "random_encoder")
"""Names in place of an arm that a variant or a control cannot have: others are labelled so."""
_VALIDATION: Final = "validation"
Dtype = Literal["float32", "bfloat16", "float16"]


class Side(Section):
    """A network that somebody trained, and how it wants its texts."""

    network: NetworkSetting
    """A model directory, or OWNER/NAME of the Hugging Face hub."""
    name: str = ""
    """What to call it; empty: as its folder is called."""
    revision: str = ""
    """Of the hub: a branch, a tag or a commit; empty: its main branch."""
    source_code: str = ""
    target_code: str = ""
    prefix: str = ""
    """Where it wants others than the dissection says."""
    tokenizer: PathSetting = ""
    """The directory with the tokenizer of a CTranslate2 network, where it does not lie beside."""


class Compute(Section):
    """How networks compute."""

    device: Literal["cpu", "cuda"] = "cpu"
    dtype: Dtype = "float32"
    """In which type the networks compute, whatever they are stored in."""
    threads: FewOrZero = 0
    """Of one job; 0: as many as this machine has cores, so that one job is done at a time."""
    batch_tokens: Size = 4_096
    """Padded positions of a batch at the most; lower it where memory is short."""


class _Given(Section):
    """What the user gives: networks and texts."""

    name: StudyName
    base: Side
    """The network that all others come from."""
    variants: Annotated[tuple[Side, ...], Field(min_length=1)]
    """What became of it: pruned, quantised, distilled."""
    controls: tuple[Side, ...] = ()
    """The base trained on with nothing removed; the first is that of all variants."""
    twins: tuple[Side, ...] = ()
    """The base from other seeds: how far these alone take a network."""
    source: Annotated[str, Field(min_length=1)]
    target: Annotated[str, Field(min_length=1)]
    """Languages: the endings of the test files."""
    source_code: str = ""
    target_code: str = ""
    """Languages as the networks' own tokenizers write them: eng_Latn, en_XX."""
    prefix: str = ""
    """A text in front of every source, such as ``>>deu<< ``."""
    tests: Annotated[tuple[PathSetting, ...], Field(min_length=1)]
    """Prefixes of test files ``PREFIX.{language}``, plain or compressed."""
    validation: PathSetting = ""
    """Likewise of sentences that no claim is decided on."""
    tokenizer: PathSetting = ""
    """The directory with the tokenizer of CTranslate2 networks, where it does not lie beside."""
    compute: Compute = Compute()


class Dissection(Study, _Given):
    """Networks that others trained, compared with the one that they come from."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.source == self.target:
            raise ValueError(f"source and target are both {self.source}; give two languages")
        names = self.in_domain
        for name in names:
            if name in (_VALIDATION, "train", "", ".."):
                raise ValueError(f"tests: {name!r} is no free name of a test set; rename its files")
        if twice := _twice(names):
            raise ValueError(f"tests: two are called {twice}; rename the files of one")
        _distinct(self)  # or it says which are not
        return self

    @model_validator(mode="after")
    def _measured_on_what_there_is(self) -> Self:
        """Without a validation set what is measured on it by default is on the first test set."""
        if not self.validation:
            for key in ("representations", "attention", "connectivity", "causes"):
                section = getattr(self, key)
                if "sentences" not in section.model_fields_set:
                    on_first = section.model_copy(update={"sentences": self.in_domain[:1]})
                    # The one way to complete a frozen model from within.
                    object.__setattr__(self, key, on_first)
        return self

    @property
    def sides(self) -> tuple[Side, ...]:
        """All networks: the base, variants, controls, twins."""
        return (self.base, *self.variants, *self.controls, *self.twins)

    @property
    def names(self) -> tuple[str, ...]:
        """What to call each of `sides`."""
        return _distinct(self)

    @property
    def cast(self) -> Cast:
        base, *others = self.names[: 1 + len(self.variants) + len(self.controls)]
        num = len(self.variants)
        return dissection_cast(base, others[:num], others[num:])

    @property
    def languages(self) -> Languages:
        return Languages(self.source, self.target)

    @property
    def threads(self) -> int:
        return self.compute.threads or len(os.sched_getaffinity(0))

    @property
    def device(self) -> str:
        return self.compute.device

    @property
    def max_tokens(self) -> int:
        return self.compute.batch_tokens

    @property
    def replicates(self) -> int:
        return 1 + len(self.twins)

    @property
    def last_level(self) -> int:
        return 1

    @property
    def seed(self) -> int:
        return self.probing.seed

    @property
    def in_domain(self) -> tuple[str, ...]:
        return tuple(Path(prefix).name for prefix in self.tests)

    @property
    def grammar(self) -> GrammarCorpus | None:
        return None


def spelled_out(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data in which a network that is a mere text has a section of its own."""

    def section(side: Any) -> Any:
        return {"network": side} if isinstance(side, str) else side

    found = dict(raw)
    if "base" in found:
        found["base"] = section(found["base"])
    for key in ("variants", "controls", "twins"):
        if isinstance(found.get(key), list):
            found[key] = [section(side) for side in found[key]]
    return found


def with_revision(raw: Mapping[str, Any], revision: str) -> dict[str, Any]:
    """Plain data in which every network of the hub without a revision of its own has this one."""

    def revised(side: Any) -> Any:
        if not isinstance(side, dict) or not is_hub_id(str(side.get("network"))):
            return side
        return {"revision": revision, **side}

    found = spelled_out(raw)
    for key in ("variants", "controls", "twins"):
        if isinstance(found.get(key), list):
            found[key] = [revised(side) for side in found[key]]
    return {**found, "base": revised(found.get("base"))}


# ----------------------------------------------------------------------------- names


def folder_name(network: str) -> str:
    """What a network is called that nothing else speaks against: its folder, or its id's end."""
    return _joined(_parts(network), 1)


def _distinct(study: _Given) -> tuple[str, ...]:
    """A name for each network: its folder's, with those of folders above in front where that is not
    enough to tell it from others, or is taken.

    Raises `ValueError` where nothing tells two apart.
    """
    compared = (study.base, *study.variants, *study.controls)
    if twice := _twice([_place(side) for side in (*compared, *study.twins)]):
        raise ValueError(f"{twice} is given twice; leave one out")
    sides = compared
    parts = [_parts(side.network) for side in sides]
    used = [1] * len(sides)
    while True:
        names = [
            side.name or _joined(of_side, num)
            for side, of_side, num in zip(sides, parts, used, strict=True)
        ]
        counts = Counter(names)
        unclear = [
            place
            for place, name in enumerate(names)
            if counts[name] > 1 or (name in TAKEN and 0 < place < len(compared))
        ]
        if not unclear:
            return (*names, *(side.name or folder_name(side.network) for side in study.twins))
        longer = [
            place for place in unclear if not sides[place].name and used[place] < len(parts[place])
        ]
        if not longer:
            name = names[unclear[0]]
            raise ValueError(
                f"two networks are called {name}; give one of them another name"
                if counts[name] > 1
                else f"no network can be called {name} here; give it another name"
            )
        for place in longer:
            used[place] += 1


def _place(side: Side) -> str:
    """What is the same for one network however it is written, through links, too."""
    if is_hub_id(side.network):
        return f"{side.network} {side.revision}".strip()
    return os.path.realpath(side.network)


def _parts(network: str) -> Sequence[str]:
    parts = network.split("/") if is_hub_id(network) else Path(network).parts
    return [part for part in parts if part != "/"]


def _joined(parts: Sequence[str], num: int) -> str:
    """The last of these folders as one plain name."""
    plain = re.sub(r"[^A-Za-z0-9_.+-]", "_", "-".join(parts[-num:]))
    return plain if re.match(r"[A-Za-z0-9_]", plain) else f"_{plain}"


def _twice(names: Sequence[str]) -> str:
    return next((name for name, number in Counter(names).items() if number > 1), "")
