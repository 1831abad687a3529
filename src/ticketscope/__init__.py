"""ticketscope: lottery tickets in translation Transformers, and what pruning did to them.

This is the public face, for notebooks and scripts; docs/api.md shows it by task. A name is imported
when it is first asked for, so that `import ticketscope` is quick: torch and pandas come with what
needs them.
"""

# Nothing is imported here: `python -m ticketscope` comes by before `__main__` has seen to it that
# no file of the working directory is taken for a module.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from ticketscope import measures
    from ticketscope.config import Experiment
    from ticketscope.errors import InputError, JobError
    from ticketscope.gate.rules import GateRule, GateRules
    from ticketscope.gate.verdict import GateOutcome
    from ticketscope.networks.network import Network
    from ticketscope.networks.panel import Panel
    from ticketscope.pruning.calibration import CalibrationFiles
    from ticketscope.pruning.one_shot import prune
    from ticketscope.restoring.restore import restore
    from ticketscope.shrinking.shrink import shrink
    from ticketscope.steps.probes.single import ProbeResult, probe
    from ticketscope.study.dissecting import dissect
    from ticketscope.study.opened_run import OpenedRun, open_run, run
    from ticketscope.study.recipes import recipe

__version__ = "0.1.0"

__all__ = [
    "CalibrationFiles",
    "Experiment",
    "GateOutcome",
    "GateRule",
    "GateRules",
    "InputError",
    "JobError",
    "Network",
    "OpenedRun",
    "Panel",
    "ProbeResult",
    "__version__",
    "dissect",
    "measures",
    "open_run",
    "probe",
    "prune",
    "recipe",
    "restore",
    "run",
    "shrink",
]

_HOMES = {
    "CalibrationFiles": "ticketscope.pruning.calibration",
    "Experiment": "ticketscope.config",
    "GateOutcome": "ticketscope.gate.verdict",
    "GateRule": "ticketscope.gate.rules",
    "GateRules": "ticketscope.gate.rules",
    "InputError": "ticketscope.errors",
    "JobError": "ticketscope.errors",
    "Network": "ticketscope.networks.network",
    "OpenedRun": "ticketscope.study.opened_run",
    "Panel": "ticketscope.networks.panel",
    "ProbeResult": "ticketscope.steps.probes.single",
    "dissect": "ticketscope.study.dissecting",
    "open_run": "ticketscope.study.opened_run",
    "probe": "ticketscope.steps.probes.single",
    "prune": "ticketscope.pruning.one_shot",
    "recipe": "ticketscope.study.recipes",
    "restore": "ticketscope.restoring.restore",
    "run": "ticketscope.study.opened_run",
    "shrink": "ticketscope.shrinking.shrink",
}
"""The module of each name that is imported later. None may be called as one of these names: once
imported, a module `ticketscope.run` would stand in the place of the function."""

if not TYPE_CHECKING:  # so that a name which is not there is an error for who checks types

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name == "measures":
            return import_module("ticketscope.measures")
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module 'ticketscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
