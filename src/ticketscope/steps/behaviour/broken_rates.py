"""How many sentences break every time, beside what chance would give, and what they share."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.proportions import fisher, newcombe, paired_difference, wilson
from ticketscope.measures.shared_failures import by_chance
from ticketscope.probing.statistics import holm
from ticketscope.steps.behaviour.broken import (
    CHRF,
    EXACT,
    Failures,
    Group,
    all_failures,
    damages,
    groups,
)
from ticketscope.steps.behaviour.slices import Bucket, cuts
from ticketscope.steps.bench import Bench

Mask = NDArray[np.bool_]


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of broken.csv."""
    for group in groups(bench.panel, is_given=bench.study.cast.is_given):
        for test_set, buckets in bench.once(cuts).items():
            beyond = _beyond_controls(bench, group, test_set)
            for failures in all_failures(bench, group.labels, test_set):
                if not failures.could.any():
                    continue
                shares = [bench.panel[label].sparsity.prunable for label in group.labels]
                place = {
                    "failure": failures.kind,
                    "test_set": test_set,
                    "arm": group.arm,
                    "level": group.level,
                    "sparsity_prunable": float(np.mean(shares)),
                    "num_networks": len(group.labels),
                }
                whole = of_all(failures, _length_bins(buckets, len(failures.could)))
                yield place | whole | beyond.get(failures.kind, {})
                cut = [*buckets, *_damaged(bench, group, test_set, failures)]
                for row in of_buckets(failures, cut):
                    yield place | row


def of_all(failures: Failures, lengths: NDArray[np.int64]) -> dict[str, Any]:
    """The share of all sentences that could break, beside chance; `lengths`: the bin of each."""
    could = failures.could
    cells = _share(failures.broken, could)
    failed = failures.failed[:, could]
    if len(failed) > 1:
        for name, strata in (("chance", None), ("chance_by_length", lengths[could])):
            chance = by_chance(failed, strata)
            cells |= chance.cells(name) | {f"p_{name}": chance.p}
    return cells


def of_buckets(failures: Failures, buckets: list[Bucket]) -> list[dict[str, Any]]:
    """Of each slice the share beside that of all other sentences; none where nothing breaks."""
    broken, could = failures.broken, failures.could
    if not broken.any():
        return []
    found: list[dict[str, Any]] = []
    for bucket in buckets:
        inside = np.zeros(len(could), dtype=np.bool_)
        inside[bucket.places] = True
        ours, others = could & inside, could & ~inside
        if not (ours.any() and others.any()):
            continue
        counts = [int((broken & mask).sum()) for mask in (ours, others)]
        sizes = [int(mask.sum()) for mask in (ours, others)]
        a, b = ((count / size, float(size)) for count, size in zip(counts, sizes, strict=True))
        found.append(
            {
                "bucket_kind": bucket.kind,
                "bucket": bucket.name,
                **_share(broken, ours),
                **newcombe(a, b, 0.0).cells("difference_others"),
                "p_others": fisher(counts[0], sizes[0], counts[1], sizes[1]),
            }
        )
    corrected = holm([row["p_others"] for row in found])
    return [
        row | {"p_others_holm": float(p)} for row, p in zip(found, corrected.tolist(), strict=True)
    ]


# ----------------------------------------------------------------------------- details


def _share(broken: Mask, among: Mask) -> dict[str, Any]:
    num, of = int((broken & among).sum()), int(among.sum())
    return {"num_sentences": of, "num_broken": num, **wilson(num, of).cells()}


def _beyond_controls(bench: Bench, group: Group, test_set: str) -> dict[str, dict[str, float]]:
    """By kind of failing how many more sentences break every time than in the controls, both beside
    the dense networks alone, on the sentences that these get right."""
    found = (bench.panel.control(label) for label in group.labels)
    controls = tuple(dict.fromkeys(control for control in found if control))
    if len(controls) != len(group.labels):
        return {}
    ours, theirs = (
        {each.kind: each for each in all_failures(bench, labels, test_set, ("dense",))}
        for labels in (group.labels, controls)
    )
    cells = {}
    for kind in ours.keys() & theirs.keys():
        could = ours[kind].could & theirs[kind].could
        if could.any():
            both = (each[kind].broken[could] for each in (ours, theirs))
            cells[kind] = paired_difference(*both).cells("difference_control")
    return cells


def _length_bins(buckets: list[Bucket], num: int) -> NDArray[np.int64]:
    bins = np.zeros(num, dtype=np.int64)
    for number, bucket in enumerate(bucket for bucket in buckets if bucket.kind == "length"):
        bins[bucket.places] = number
    return bins


def _damaged(bench: Bench, group: Group, test_set: str, failures: Failures) -> Iterator[Bucket]:
    """The sentences that any network of the group damages, by kind: what is seen in those that
    break."""
    if failures.kind not in (EXACT, CHRF) or not bench.study.damage.sentences:
        return
    of = [bench.once(damages)(label, test_set) for label in group.labels]
    for kind in of[0]:
        places = np.flatnonzero(np.any([each[kind].num_broken > 0 for each in of], axis=0))
        if len(places):
            yield Bucket("damage", kind, places)
