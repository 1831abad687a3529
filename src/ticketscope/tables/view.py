"""What a view of a run is: JSON beside the tables, of one shape for those who write and read it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ticketscope.errors import InputError
from ticketscope.files import write_json
from ticketscope.tables.table import MEND, NotMeasured

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Shape(BaseModel):
    """A frozen part of a view; a key that it does not name is an error."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False, extra="forbid")


@dataclass(frozen=True)
class View(Generic[T_co]):
    """A view by the name of its file, without ending, and the shape of what it holds."""

    name: str
    shape: TypeAdapter[T_co]

    @property
    def file(self) -> str:
        """Where it lies in a run directory."""
        return f"views/{self.name}.json"


def write_view(run: Path, view: View[Any], value: Any) -> Path:
    """Write a view of a run directory; returns the path of its file.

    A value that the reader would refuse is a mistake of ticketscope.
    """
    try:
        view.shape.validate_json(json.dumps(value))
    except ValidationError as error:
        raise AssertionError(f"{view.file}: {error}") from error
    path = run / view.file
    write_json(path, value)
    return path


def read_view(run: Path, view: View[T]) -> T | NotMeasured:
    """Read a view of a run directory; `NotMeasured` where it is not there.

    Raises `InputError`, naming file and place, for what is not of its shape.
    """
    path = run / view.file
    try:
        return checked_json(path, view.shape, MEND)
    except (FileNotFoundError, NotADirectoryError):
        return NotMeasured(f"{view.file} is not there: the run has not measured it yet.")


def checked_json(path: Path, shape: TypeAdapter[T], mend: str) -> T:
    """A JSON file of this shape. Raises `InputError` for another one, and says how to `mend` it."""
    try:
        return shape.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        message = f"{first['msg'].lower()}, not {json.dumps(first['input'], default=str)[:80]}"
        raise InputError(f"{path}: {place}: {message}; {mend}") from None
