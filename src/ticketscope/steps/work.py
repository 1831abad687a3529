"""The jobs by which the steps of a run are done."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from ticketscope.config import Study
from ticketscope.runs.jobs import Job, name_of
from ticketscope.runs.store import LevelId
from ticketscope.steps import STEPS
from ticketscope.steps.bench import Bench
from ticketscope.steps.step import PanelStep, PerNetwork, Step


def asked(study: Study) -> list[Step]:
    """The steps that a study asks for."""
    return [step for step in STEPS if step.is_asked(study)]


def with_networks(bench: Bench) -> list[Step]:
    """Those of them that have a network to measure: where the base is a directory of CTranslate2,
    no step does that looks into networks."""
    return [step for step in asked(bench.study) if step.bench(bench).panel.networks]


def left_out(bench: Bench) -> Iterator[str]:
    """A line on networks that steps leave out since nothing can be seen in them."""
    unseen = [label for label in bench.panel.labels if label not in bench.panel.of_states.labels]
    if unseen:
        steps = ", ".join(step.name for step in asked(bench.study) if step.needs_states)
        yield (
            f"{len(unseen)} of {len(bench.panel.labels)} networks show no states, since they or "
            f"what they come from are directories of CTranslate2: {', '.join(map(str, unseen))}; "
            f"left out of {steps}; all losses come from CTranslate2"
        )


def preparing_jobs(bench: Bench) -> list[Job]:
    """What is made once for all networks, before any is trained."""
    return [
        Job(step.preparation, None, _prepare, (step, bench.run.root, bench.study), tells=True)
        for step in with_networks(bench)
        if step.preparation
    ]


def measuring_jobs(bench: Bench, training: Iterable[Job] = ()) -> list[Job]:
    """One job per step and network, network by network; then those that run alone.

    training: the jobs that make networks; the others are there already.
    """
    trained = {job.network: job.name for job in training}
    steps = with_networks(bench)
    jobs = []
    for step, label in _measured(steps, bench):
        others = step.compared_with(label, step.bench(bench))
        needs = frozenset(trained[each] for each in (label, *others) if each in trained)
        needs |= {name_of(*result) for result in step.reads(label, step.bench(bench))}
        arguments = (step, label, bench.run.root, bench.study)
        jobs.append(Job(step.name, label, _measure, arguments, needs, tells=True))
    for alone in (step for step in steps if isinstance(step, PanelStep)):
        everything = frozenset((*trained.values(), *(job.name for job in jobs)))
        of_panel = (alone, bench.run.root, bench.study)
        jobs.append(Job(alone.name, None, _measure_all, of_panel, everything, tells=True))
    return jobs


def remarks(bench: Bench) -> list[str]:
    """What lacks in what was measured, step by step."""
    return [line for step in with_networks(bench) for line in step.remarks(step.bench(bench))]


def places(bench: Bench) -> dict[LevelId, list[Path]]:
    """Where the results of each network will lie, of whatever steps measure it by itself."""
    found: dict[LevelId, list[Path]] = {label: [] for label in bench.panel.labels}
    for step in _per_network(with_networks(bench)):
        names = step.result_names(step.bench(bench))
        for label in step.subjects(step.bench(bench)):
            of_network = found.setdefault(label, [])
            of_network += [bench.results.place(name, label) for name in names]
    return found


def _measured(steps: list[Step], bench: Bench) -> Iterator[tuple[PerNetwork, LevelId]]:
    """Each network with the steps that measure it; networks of the plan first."""
    subjects = {step: step.subjects(step.bench(bench)) for step in _per_network(steps)}
    for label in dict.fromkeys(chain(bench.panel.labels, *subjects.values())):
        for step, labels in subjects.items():
            if label in labels:
                yield step, label


def _per_network(steps: list[Step]) -> list[PerNetwork]:
    return [step for step in steps if isinstance(step, PerNetwork)]


def _prepare(step: Step, root: Path, study: Study) -> bool:
    return step.prepare(step.bench(Bench.of(root, study)))


def _measure(step: PerNetwork, label: LevelId, root: Path, study: Study) -> bool:
    return step.do(label, step.bench(Bench.of(root, study)))


def _measure_all(step: PanelStep, root: Path, study: Study) -> bool:
    return step.do(step.bench(Bench.of(root, study)))
