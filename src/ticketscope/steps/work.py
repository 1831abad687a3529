"""The jobs by which the steps of a run are done."""

from collections.abc import Iterator
from pathlib import Path

from ticketscope.config import Experiment
from ticketscope.runs.jobs import Job, name_of
from ticketscope.runs.stages import TRAIN
from ticketscope.runs.store import LevelId
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.steps.step import PanelStep, PerNetwork, Step


def asked(experiment: Experiment) -> list[Step]:
    """The steps that an experiment asks for."""
    return [step for step in STEPS if step.is_asked(experiment)]


def preparing_jobs(bench: Bench) -> list[Job]:
    """What is made once for all networks, before any is trained."""
    return [
        Job(step.preparation, None, _prepare, (step, bench.run.root, bench.experiment))
        for step in asked(bench.experiment)
        if step.preparation
    ]


def measuring_jobs(bench: Bench) -> list[Job]:
    """One job per step and network, network by network; then those that run alone."""
    trained = {label: name_of(TRAIN, label) for label in bench.panel.labels}
    steps = asked(bench.experiment)
    jobs = []
    for step, label in _measured(steps, bench):
        others = step.compared_with(label, bench)
        needs = frozenset(trained[each] for each in (label, *others) if each in trained)
        arguments = (step, label, bench.run.root, bench.experiment)
        jobs.append(Job(step.name, label, _measure, arguments, needs))
    everything = frozenset((*trained.values(), *(job.name for job in jobs)))
    return [
        *jobs,
        *(
            Job(step.name, None, _measure_all, (step, bench.run.root, bench.experiment), everything)
            for step in steps
            if isinstance(step, PanelStep)
        ),
    ]


def is_measured(label: LevelId, bench: Bench) -> bool:
    """Whether all results of a network are there, of whatever steps measure it by itself."""
    steps = asked(bench.experiment)
    return all(
        place.exists()
        for step, other in _measured(steps, bench)
        if other == label
        for place in step.places(label, bench)
    )


def _measured(steps: list[Step], bench: Bench) -> Iterator[tuple[PerNetwork, LevelId]]:
    """Each network with the steps that measure it; networks of the plan first."""
    of_steps = {step: step.subjects(bench) for step in steps if isinstance(step, PerNetwork)}
    others = [label for subjects in of_steps.values() for label in subjects]
    for label in dict.fromkeys((*bench.panel.labels, *others)):
        for step, subjects in of_steps.items():
            if label in subjects:
                yield step, label


def _prepare(step: Step, root: Path, experiment: Experiment) -> bool:
    return step.prepare(Bench.of(root, experiment))


def _measure(step: PerNetwork, label: LevelId, root: Path, experiment: Experiment) -> bool:
    return step.do(label, Bench.of(root, experiment))


def _measure_all(step: PanelStep, root: Path, experiment: Experiment) -> bool:
    return step.do(Bench.of(root, experiment))
