"""The table of compute."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache, partial
from typing import Any

from ticketscope.config import Experiment
from ticketscope.lottery.spent import (
    Spent,
    spent_by_criterion,
    spent_on,
    times_seen,
    updates_taken,
    with_all_before,
)
from ticketscope.lottery.starts import training_seed
from ticketscope.steps.bench import Bench


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of compute.csv, without the columns that every table begins with."""
    assert isinstance(bench.study, Experiment)
    study, networks = bench.study, bench.panel.networks
    pairs = bench.encoded.split("train")
    # All arms see the same at a level, and come one after the other in the plan.
    seen = lru_cache(maxsize=1)(partial(times_seen, pairs, study))
    alone = {}
    for level, network in networks.items():
        updates = updates_taken(bench.run.level(level))
        times = seen(training_seed(study, level), updates)
        alone[level] = spent_on(network, pairs, times, updates)
    with_search = {
        level: alone[level] + spent_by_criterion(network, study, bench.run)
        for level, network in networks.items()
    }
    for level, levels in with_all_before(networks).items():
        in_all = sum((with_search[each] for each in levels), start=Spent())
        yield {
            "level_id": level,
            **asdict(alone[level]),
            **{f"{name}_in_all": value for name, value in asdict(in_all).items()},
        }
