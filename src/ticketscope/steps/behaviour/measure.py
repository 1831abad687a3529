"""What every ticket makes of the minimal pairs: the log-probability of right and wrong."""

from pathlib import Path
from typing import Any

from ticketscope.config import Experiment, analysis_identity, digest
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.preference import log_probabilities
from ticketscope.runs.store import LevelId, Run
from ticketscope.steps.behaviour.contrasts import kept
from ticketscope.steps.measured import measured_once
from ticketscope.text.vocabulary import Vocabulary

STEP = "behaviour"
VERSION = 1
"""Raised when a figure is computed in another way: all tickets are then measured again."""


def measure_ticket(root: Path, level: LevelId, experiment: Experiment) -> bool:
    """Ask one ticket all minimal pairs of the run and keep both log-probabilities of each.

    Does nothing that is done already; returns whether there was anything to do.
    Raises `JobError` for a ticket that is damaged.
    """
    run = Run(root)
    corpus = EncodedCorpus(run.corpus)
    identity = {
        **analysis_identity(experiment, STEP, VERSION),
        "pairs": digest(kept(run)),
        "vocabulary": corpus.report["vocabulary"]["sha256"],
        "ticket": run.level(level).digest(),
    }
    return measured_once(
        run.analysis(STEP, level), identity, lambda: _measure(run, level, experiment)
    )


def _measure(run: Run, level: LevelId, experiment: Experiment) -> dict[str, Any]:
    """By set of pairs ``[num_pairs, 2]``: right, wrong; in nats."""
    device = experiment.training.device
    network = ModelFolder(run.level(level).ticket).network().to(device)
    encode = Vocabulary(EncodedCorpus(run.corpus).model_file, experiment.model.norm).encode
    return {
        name: log_probabilities(
            network,
            encode([contrast.source for contrast in contrasts]),
            encode([contrast.right for contrast in contrasts]),
            encode([contrast.wrong for contrast in contrasts]),
            max_tokens=experiment.batches.max_tokens,
            device=device,
        ).tolist()
        for name, contrasts in kept(run).items()
    }
