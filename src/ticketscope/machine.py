"""What decides the last bits of figures beside the settings: libraries, processor, threads.

A sum has other last bits when its terms are added in another order, and each of these has a say in
the order.
"""

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

Description = dict[str, dict[str, str]]

_VERSIONS_OF = ("torch", "transformers", "ctranslate2", "sentencepiece", "sacrebleu", "numpy")
# How the names of the variables begin that steer numerical libraries.
_LIBRARIES = (
    "ATEN_",
    "CT2_",
    "DNNL_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "NPY_",
    "OMP_",
    "ONEDNN_",
    "OPENBLAS_",
)
_THREADS = "_NUM_THREADS"


def use_threads(number: int) -> None:
    """Have numpy and torch compute with so many threads, whatever the environment or the number of
    cores says; to be called before they are imported."""
    os.environ.update(thread_variables(number))


def compute_with(number: int) -> None:
    """The same, and torch told besides, which is imported here: for a process that only does
    jobs."""
    use_threads(number)
    import torch

    torch.set_num_threads(number)


def thread_variables(number: int) -> dict[str, str]:
    """The variables of the environment that say so."""
    return {library + _THREADS: str(number) for library in ("MKL", "OMP", "OPENBLAS")}


def orders_to_libraries() -> dict[str, str]:
    """The variables of the environment that give orders to numerical libraries, but for numbers of
    threads."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith(_LIBRARIES) and not name.endswith(_THREADS)
    }


def description() -> Description:
    """What config.json says of it, part of no digest: `versions`, and the `machine`: its processor,
    the instruction set that torch takes, and the variables that give orders to libraries."""
    import torch

    return {
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _VERSIONS_OF},
        },
        "machine": {
            "processor": _processor(),
            "instructions": torch.backends.cpu.get_cpu_capability(),
            **orders_to_libraries(),
        },
    }


def changes(before: Mapping[str, Any], now: Description) -> list[str]:
    """What differs from `before`, a config.json, each with both values.

    A part that it lacks, since an earlier version wrote it, is taken to be the same.
    """
    found = []
    for part, present in now.items():
        then = before.get(part, present)
        for name in sorted({*then, *present}):
            old, new = (each.get(name, "not set") for each in (then, present))
            if old != new:
                found.append(f"{name} {old} (now {new})")
    return found


def _processor() -> str:
    """The model that the system names, or the kind of processor where it names none."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text(encoding="utf-8").splitlines() if cpus.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(models), platform.machine())
