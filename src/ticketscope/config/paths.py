"""Settings that are paths, and where they are seen from.

One rule: a path in a TOML file is seen from the folder of that file; one of `--set`, of an option
or of a recipe from the working directory. A setting says in its type that it is a path, and past
the loader every path is absolute, so that what a run keeps means the same from everywhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from ticketscope.errors import InputError

Key = tuple[str, ...]


@dataclass(frozen=True)
class IsPath:
    """Marks a setting, or each item of a list, as a path of a file, a folder or a prefix of files.

    Args:
        or_name: a text without a slash is a name and no path, and stays as it is.
        or_hub: what reads like OWNER/NAME is an id of the Hugging Face hub and stays as it is,
            where there is no such folder.
    """

    or_name: bool = False
    or_hub: bool = False

    def is_name(self, text: str) -> bool:
        """Whether a text is no path, but one of these names."""
        return (self.or_name and "/" not in text) or (self.or_hub and is_hub_id(text))


PathSetting = Annotated[str, IsPath()]
"""A path; empty for none."""
NameOrPath = Annotated[str, IsPath(or_name=True)]
"""A name, or a path, which has a slash: ``./mine`` where it lies beside the TOML file."""

NetworkSetting = Annotated[str, Field(min_length=1), IsPath(or_hub=True)]
"""The directory of a network, or its id on the Hugging Face hub."""


def is_hub_id(network: str) -> bool:
    """Whether a network is named by its id on the hub: past the loader other names are absolute."""
    return re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", network, re.ASCII) is not None


def path_settings(kind: Any, key: Key = ()) -> Iterator[tuple[Key, IsPath]]:
    """The place of every path in this kind of settings, through sections, unions and lists.

    A key of a union is a path in each of its sections or in none.
    """
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from path_settings(field.rebuild_annotation(), (*key, name))
        return
    for part in get_args(kind):
        if isinstance(part, IsPath):
            yield key, part
        else:
            yield from path_settings(part, key)


def path_mark(field: FieldInfo) -> IsPath | None:
    """How one setting, or each item of it, is a path, if it is."""
    marks = (mark for key, mark in path_settings(field.rebuild_annotation()) if not key)
    return next(marks, None)


def seen_from(folder: Path, raw: Any, settings: Mapping[Key, IsPath], key: Key = ()) -> Any:
    """A copy of plain data in which every path is absolute; a relative one is seen from `folder`.

    Raises `InputError` where a path is not UTF-8, which config.json could not hold.
    """
    if isinstance(raw, dict):
        return {name: seen_from(folder, raw[name], settings, (*key, name)) for name in raw}
    if isinstance(raw, list):
        return [seen_from(folder, item, settings, key) for item in raw]
    mark = settings.get(key)
    if not isinstance(raw, str) or not raw or mark is None:
        return raw
    if mark.is_name(raw) and not (mark.or_hub and (folder / raw).exists()):
        return raw
    path = str(folder.absolute() / raw)
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
        raise InputError(
            f"{'.'.join(key)}: the path {shown} is not UTF-8; rename the folder or file"
        ) from None
    return path


def paths_in(raw: Any, settings: Mapping[Key, IsPath], key: Key = ()) -> Iterator[tuple[Key, str]]:
    """Every path that plain data hold, with the place of its setting."""
    if isinstance(raw, dict):
        for name in raw:
            yield from paths_in(raw[name], settings, (*key, name))
    elif isinstance(raw, list):
        for item in raw:
            yield from paths_in(item, settings, key)
    elif raw and (mark := settings.get(key)) and not mark.is_name(raw):
        yield key, raw
