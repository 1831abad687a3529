"""What decides the last bits of figures: it is noted, compared, and fixed where it can be."""

import os
import platform
import re

import pytest
import torch

from ticketscope import machine


@pytest.fixture(autouse=True)
def no_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variables but those of the test."""
    for name in machine.description()["machine"]:
        monkeypatch.delenv(name, raising=False)


def test_the_machine_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")  # what `use_threads` sets is no property
    monkeypatch.setenv("PATH_OMP_", "x")
    found = machine.description()
    assert found["versions"]["python"] == platform.python_version()
    assert found["versions"]["torch"] == torch.__version__
    assert found["machine"].pop("processor")
    assert re.fullmatch(r"[A-Z0-9_ ]+", found["machine"].pop("instructions"))
    assert found["machine"] == {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}


def test_changes_are_told_with_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CT2_FORCE_CPU_ISA", "AVX2")
    before = machine.description()
    assert machine.changes(before, machine.description()) == []
    before["versions"]["torch"] = "2.9.0"
    monkeypatch.delenv("CT2_FORCE_CPU_ISA")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    assert machine.changes(before, machine.description()) == [
        f"torch 2.9.0 (now {torch.__version__})",
        "CT2_FORCE_CPU_ISA AVX2 (now not set)",
        "ONEDNN_MAX_CPU_ISA not set (now SSE41)",
    ]


def test_what_an_earlier_version_did_not_note_is_no_change() -> None:
    now = machine.description()
    assert machine.changes({"versions": now["versions"], "config": {}}, now) == []
    assert machine.changes({}, now) == []


def test_threads_are_those_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{library}_NUM_THREADS" for library in ("MKL", "OMP", "OPENBLAS")]
    for name in names:
        monkeypatch.setenv(name, "9")
    machine.use_threads(2)
    assert [os.environ[name] for name in names] == ["2", "2", "2"]
