"""The table of compute."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ticketscope.config import Experiment
from ticketscope.lottery.spent import Spent, spent_by_criterion, spent_on, with_all_before
from ticketscope.steps.bench import Bench


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of compute.csv, without the columns that every table begins with."""
    assert isinstance(bench.study, Experiment)
    networks = bench.panel.networks
    alone = {
        level: spent_on(network, bench.study, bench.run) for level, network in networks.items()
    }
    with_search = {
        level: alone[level] + spent_by_criterion(network, bench.study, bench.run)
        for level, network in networks.items()
    }
    for level, levels in with_all_before(networks).items():
        in_all = sum((with_search[each] for each in levels), start=Spent())
        yield {
            "level_id": level,
            **asdict(alone[level]),
            **{f"{name}_in_all": value for name, value in asdict(in_all).items()},
        }
