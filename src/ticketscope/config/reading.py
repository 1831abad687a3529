"""From TOML, ``--set`` or plain data to an experiment, or to one line that says what is wrong."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ticketscope.config.corpus import FilesCorpus, GrammarCorpus, TableCorpus
from ticketscope.config.experiment import PATHS, Experiment
from ticketscope.config.kinds import Section
from ticketscope.config.paths import seen_from
from ticketscope.errors import InputError
from ticketscope.files import explained


def load(path: Path, overrides: Iterable[str] = ()) -> Experiment:
    """Read an experiment from a TOML file; its paths are seen from the folder of that file.

    Raises `InputError` for an unreadable file, bad TOML, unknown keys and wrong types.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise explained(error, path) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not valid TOML: {error}") from None
    raw.setdefault("name", path.stem)
    return _completed(_located(raw, path.parent), overrides, where=str(path))


def override(experiment: Experiment, overrides: Iterable[str]) -> Experiment:
    """Apply ``path=value`` settings, values written as in TOML (a bare word is a string)."""
    return _completed(experiment.model_dump(mode="json"), overrides, where="--set")


def _completed(raw: dict[str, Any], overrides: Iterable[str], *, where: str) -> Experiment:
    """With the overrides; what is no absolute path yet is seen from the working directory."""
    return from_mapping(_located(_overridden(raw, overrides), Path()), where=where)


def _located(raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    plain = json.loads(json.dumps(raw, default=str))  # a TOML date is a string here
    located: dict[str, Any] = seen_from(folder, plain, PATHS)
    return located


def from_mapping(raw: Mapping[str, Any], *, where: str) -> Experiment:
    """Validate plain data; `where` names its origin in errors."""
    text = json.dumps(raw, default=str)
    try:
        return Experiment.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{where}: {_explain(error)}") from None


def _overridden(raw: dict[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    for setting in overrides:
        path, equals, text = setting.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(keys):
            raise InputError(f"--set {setting}: expected path=value, e.g. training.updates=500")
        node = raw
        for depth, key in enumerate(keys[:-1]):
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise InputError(f"--set {setting}: {'.'.join(keys[: depth + 1])} has no parts")
        node[keys[-1]] = _toml_value(text.strip())
    return raw


def _toml_value(text: str) -> Any:
    try:
        document = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return document["value"] if list(document) == ["value"] else text


def _explain(error: ValidationError) -> str:
    """One line for the first problem: where it is, what is wrong, what would be valid."""
    first = error.errors(include_url=False)[0]
    loc = [str(part) for part in first["loc"]]
    # pydantic names the kind of the corpus behind the key.
    kind = loc.pop(1) if loc[:1] == ["corpus"] and len(loc) > 1 else ""
    place = ".".join(loc)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    match first["type"]:
        case "extra_forbidden":
            problem = f"unknown key; valid here: {', '.join(_valid_keys(loc[:-1], kind))}"
        case "union_tag_not_found" | "union_tag_invalid":
            found = json.dumps(first["input"].get("kind"))
            problem = f"kind must be one of {', '.join(_CORPORA)}, not {found}"
        case "missing":
            problem = "missing; it has no default"
        case "value_error":
            problem = str(first["ctx"]["error"])
        case _:
            problem = f"{first['msg'].lower()}, not {json.dumps(first['input'])}"
    return " ".join(f"{place or 'experiment'}: {problem}{more}".splitlines())


_CORPORA: dict[str, type[Section]] = {
    "grammar": GrammarCorpus,
    "files": FilesCorpus,
    "table": TableCorpus,
}


def _valid_keys(path: Iterable[str], corpus_kind: str) -> list[str]:
    section: Any = Experiment
    for key in path:
        section = _CORPORA[corpus_kind] if key == "corpus" else section.model_fields[key].annotation
    return sorted(section.model_fields)
