"""A criterion is one function and one line: a toy one, defined here, prunes an arm."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from ticketscope.arms import ARMS
from ticketscope.config import Experiment, Lottery
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.lottery.levels import make_level
from ticketscope.networks.masks import Mask
from ticketscope.pruning.criteria import CRITERIA, Criterion, Evidence, Pruned
from ticketscope.pruning.cuts import Cut
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.study.plan import plan_sizes, print_sizes


def first_come(evidence: Evidence, mask: Mask, cut: Cut, seed: int) -> Pruned:
    """The first weights go, whatever they are: equal scores go by their place."""
    del seed
    scores = ((name, np.zeros(evidence.weights[name].shape)) for name in mask.kept)
    found = dict(scores)
    return Pruned(mask=cut.prune(lambda: iter(found.items()), mask))


@pytest.fixture(autouse=True)
def criterion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CRITERIA, "first come", Criterion(prune=first_come, ranks="the first"))
    toy = replace(ARMS["lr_rewinding"], name="toy", criterion="first come", colour="#123456")
    monkeypatch.setitem(ARMS, "toy", toy)


def test_an_arm_prunes_by_it(toy: Experiment, toy_corpus: EncodedCorpus, tmp_path: Path) -> None:
    lottery = Lottery(arms=("toy",), levels=1, prune_fraction=0.25)
    experiment = toy.model_copy(update={"lottery": lottery})
    run = Run(tmp_path / "run")
    run.root.mkdir()
    run.corpus.symlink_to(toy_corpus.model_file.parent)
    for level in (dense_of(0), LevelId(0, "toy", 1)):
        make_level(run.root, level, experiment)
    kept = Mask.load(run.level(LevelId(0, "toy", 1)).masks).kept
    together = torch.cat([tensor.view(-1) for tensor in kept.values()])
    assert torch.equal(together, torch.arange(len(together)) >= round(0.25 * len(together)))


def test_a_dry_run_names_it(toy: Experiment) -> None:
    experiment = toy.model_copy(update={"lottery": Lottery(arms=("toy",))})
    output = io.StringIO()
    print_sizes(plan_sizes(experiment), experiment, Console(file=output, width=200))
    assert "toy (criterion: first come)" in output.getvalue()
