"""What templates/examples.js shows, as plain data.

`places` (test set and line), `texts` (source, reference, then the translations in the order of
`networks`) and `slices` have an entry per sentence, in one order. `scores` have for each metric and
network a figure per sentence. The slices of a cut lie side by side in `slice_names`, from `first`
on. `damage` has for each sentence what broke in it (network, kind, how much, of how many), and
`every_time` how it breaks in all networks like one (network, failure).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from ticketscope.arms.cast import Cast
from ticketscope.damage import KINDS as DAMAGE_KINDS
from ticketscope.report.behaviour.figures import KINDS
from ticketscope.report.parts.example_links import network_id
from ticketscope.report.parts.wording import about
from ticketscope.report.reading.translated import Translated
from ticketscope.tables.examples import ExamplesView, ShownNetwork, Slice


@dataclass(frozen=True)
class SentenceMetric:
    """A metric of sentences.csv.gz; `better`: 1 where higher is better, -1 where lower is."""

    name: str
    title: str
    better: int
    digits: int
    margin: float
    """By how much more a change has to be, unless the reader asks for another one."""


METRICS: Final = (
    SentenceMetric("chrf", "chrF", 1, 1, 10),
    SentenceMetric("ter", "TER", -1, 1, 20),
    SentenceMetric("loss", "loss", -1, 3, 0.5),
)
TITLES: Final = {
    "exact": "not the reference",
    "chrf": "chrF far below",
    **{kind.name: kind.title for kind in DAMAGE_KINDS},
}
"""Ways in which a sentence breaks, and kinds of damage, as the lists of the page name them."""
_KEPT: Final = 2
"""Digits of scores beyond those that are shown, so that changes are what the tables have."""


def browser_data(found: Translated, cast: Cast) -> dict[str, Any]:
    """The data as they stand in the page."""
    view = found.view
    translations = [rows["translation"].tolist() for rows in found.rows]
    sides = ([one.source for one in view.sentences], [one.reference for one in view.sentences])
    names = [test_set.name for test_set in view.test_sets]
    by_kind = sorted(range(len(view.slices)), key=lambda place: _rank(view.slices[place].kind))
    moved = {place: new for new, place in enumerate(by_kind)}
    slices = [view.slices[place] for place in by_kind]
    kinds = sorted(set(found.damaged["kind"]), key=[*TITLES].index)
    failures = sorted(set(found.every_time["failure"]), key=[*TITLES].index)
    networks = [
        {"id": _id(network, cast), "title": title(network, cast), "control": network.control}
        for network in view.networks
    ]
    return {
        "networks": networks,
        "first": networks[next(iter(studied(view, cast)), 0)]["id"],
        "metrics": [asdict(metric) for metric in METRICS],
        "test_sets": names,
        "cuts": _cuts(slices),
        "slice_names": [one.name for one in slices],
        "places": [[names.index(one.test_set), one.line] for one in view.sentences],
        "texts": [list(each) for each in zip(*sides, *translations, strict=True)],
        "slices": [sorted(moved[place] for place in one.slices) for one in view.sentences],
        "scores": {
            metric.name: [
                rows[metric.name].round(metric.digits + _KEPT).tolist() for rows in found.rows
            ]
            for metric in METRICS
        },
        "kinds": [[name, TITLES[name]] for name in kinds],
        "damage": _damage(found, kinds),
        "failures": [[name, TITLES[name]] for name in failures],
        "every_time": _every_time(found, failures),
    }


def title(network: ShownNetwork, cast: Cast) -> str:
    """What a network is called."""
    called = cast[network.arm].title
    if cast.is_given or not network.level:
        return called
    zero = f" ({about(network.sparsity_prunable)} zero)" if network.sparsity_prunable else ""
    return f"{called}, level {network.level}{zero}"


def studied(view: ExamplesView, cast: Cast) -> list[int]:
    """The places of the networks under study: neither the first nor a control."""
    return [
        place
        for place, network in enumerate(view.networks)
        if place and not cast[network.arm].is_control
    ]


def _id(network: ShownNetwork, cast: Cast) -> str:
    return network_id(network.arm, network.level, is_given=cast.is_given)


def _rank(kind: str) -> int:
    return list(KINDS).index(kind) if kind in KINDS else len(KINDS)


def _damage(found: Translated, kinds: Sequence[str]) -> list[list[tuple[int, int, int, int]]]:
    by_sentence: list[list[tuple[int, int, int, int]]] = [[] for _ in found.view.sentences]
    for row in found.damaged.to_dict("records"):
        what = (row["network"], kinds.index(row["kind"]), row["num_broken"], row["num_events"])
        by_sentence[row["sentence"]].append(what)
    return by_sentence


def _every_time(found: Translated, failures: Sequence[str]) -> list[list[tuple[int, int]]]:
    by_sentence: list[list[tuple[int, int]]] = [[] for _ in found.view.sentences]
    for row in found.every_time.to_dict("records"):
        by_sentence[row["sentence"]].append((row["network"], failures.index(row["failure"])))
    return by_sentence


def _cuts(slices: Sequence[Slice]) -> list[dict[str, Any]]:
    """Each kind of slices, with its names and the place of its first."""
    found: dict[str, dict[str, Any]] = {}
    for place, one in enumerate(slices):
        cut = {"kind": one.kind, "title": KINDS.get(one.kind, one.kind), "first": place}
        found.setdefault(one.kind, {**cut, "names": []})["names"].append(one.name)
    return [*found.values()]
