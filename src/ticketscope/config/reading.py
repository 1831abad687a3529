"""From TOML, ``--set`` or plain data to a study, or to one line that says what is wrong."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args

from pydantic import ValidationError

from ticketscope.config.corpus import CORPORA
from ticketscope.config.dissection import Dissection, folder_name, spelled_out
from ticketscope.config.experiment import Experiment
from ticketscope.config.kinds import Section
from ticketscope.config.paths import path_settings, seen_from
from ticketscope.config.study import Study
from ticketscope.errors import InputError, did_you_mean
from ticketscope.files import explained

Recipes = Mapping[str, Callable[[], Experiment]]
"""Complete experiments by name, which a file can start from."""
_NONE: Recipes = MappingProxyType({})
_Section = TypeVar("_Section", bound=Section)
_Study = TypeVar("_Study", bound=Study)
GIVEN_UP: Mapping[str, str] = MappingProxyType(
    {
        "probing.epochs": "probes are trained by updates now: set probing.max_updates, or take it "
        "out",
        "lottery.layers_per_level": "levels of structured arms are steps of speed now: set "
        "lottery.speed_up, or take it out",
        "execution.tensorboard": "take it out; ticketscope export RUN --to tensorboard --follow "
        "shows a run while it goes on",
    }
)
"""Settings that older versions had, and what there is in their place."""


def load(path: Path, overrides: Iterable[str] = (), recipes: Recipes = _NONE) -> Experiment:
    """Read an experiment from a TOML file; its paths are seen from the folder of that file.

    With ``extends`` it starts from a recipe or from another file, and has its own name.
    Raises `InputError` for an unreadable file, bad TOML, unknown keys and wrong types, for an
    unknown recipe, and for files that extend one another in a circle.
    """
    raw = _extended(path, recipes, ())
    raw["name"] = raw.get("name", path.stem)
    return _completed(Experiment, raw, overrides, where=str(path))


def load_dissection(path: Path) -> dict[str, Any]:
    """The plain data of a TOML file that describes a dissection, for `dissection`; its paths are
    seen from the folder of that file.

    Raises `InputError` for an unreadable file and bad TOML.
    """
    raw = _located(Dissection, spelled_out(parsed(path)), path.parent)
    return {"name": path.stem, **raw}


def dissection(raw: Mapping[str, Any], overrides: Iterable[str] = (), *, where: str) -> Dissection:
    """A dissection of plain data, whose relative paths are seen from the working directory.

    `where` names its origin in errors. Without a name it is called after its base. Raises
    `InputError` for unknown keys, wrong types and what does not go together.
    """
    given = spelled_out(raw)
    base = given.get("base")
    if isinstance(base, dict) and isinstance(base.get("network"), str):
        given = {"name": base.get("name") or folder_name(base["network"]), **given}
    return _completed(Dissection, given, overrides, where=where)


def _extended(path: Path, recipes: Recipes, above: tuple[Path, ...]) -> dict[str, Any]:
    """The plain data of a file over those of what it extends, all paths absolute.

    `above`: the files that led here; none of them may come again.
    """
    here = path.resolve()
    if here in above:
        chain = " extends ".join(str(file) for file in (*above[above.index(here) :], here))
        raise InputError(f"{path}: extends itself: {chain}; take one of these lines out")
    raw = _located(Experiment, parsed(path), path.parent)
    base = raw.pop("extends", None)
    if base is None:
        return raw
    if not isinstance(base, str):
        raise InputError(f"{path}: extends: name a recipe or a file ending in .toml, in quotes")
    if base.endswith(".toml"):
        below = _extended(path.parent / base, recipes, (*above, here))
        below.pop("name", None)
    elif base in recipes:
        plain = recipes[base]().model_dump(mode="json", exclude={"name"})
        below = _located(Experiment, plain, Path())
    else:
        raise InputError(
            f"{path}: extends: {base}: no such recipe; {did_you_mean(base, recipes)}valid: "
            f"{', '.join(recipes)}, or a file ending in .toml"
        )
    return _over(below, raw)


def _over(below: dict[str, Any], raw: dict[str, Any]) -> dict[str, Any]:
    """`raw` over `below`, section by section, key by key.

    A corpus of another kind has other keys: nothing of the one below shows through.
    """
    merged = dict(below)
    for key, value in raw.items():
        under = below.get(key)
        if isinstance(value, dict) and isinstance(under, dict) and not _replaces(key, value, under):
            value = _over(under, value)
        merged[key] = value
    return merged


def _replaces(key: str, value: dict[str, Any], under: dict[str, Any]) -> bool:
    return key == "corpus" and "kind" in value and value["kind"] != under.get("kind")


def parsed(path: Path) -> dict[str, Any]:
    """The plain data of a TOML file. Raises `InputError` for an unreadable one and bad TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise explained(error, path) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; convert it to UTF-8") from None
    except (ValueError, RecursionError) as error:  # as for a number of 5,000 digits
        problem = str(error).splitlines()[0]
        raise InputError(f"{path}: not valid TOML: {problem}") from None


def override(experiment: Experiment, overrides: Iterable[str]) -> Experiment:
    """Apply ``path=value`` settings, values written as in TOML (a bare word is a string)."""
    return _completed(Experiment, experiment.model_dump(mode="json"), overrides, where="--set")


def _completed(
    kind: type[_Study], raw: dict[str, Any], overrides: Iterable[str], *, where: str
) -> _Study:
    """With the overrides; relative paths are seen from the working directory."""
    settings = tuple(overrides)
    located = _located(kind, _overridden(raw, settings), Path())
    return _validated(kind, located, where=where, overrides=settings)


def _located(kind: type[Study], raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    plain = json.loads(json.dumps(raw, default=str))  # a TOML date is a string here
    located: dict[str, Any] = seen_from(folder, plain, dict(path_settings(kind)))
    return located


def from_mapping(raw: Mapping[str, Any], *, where: str) -> Experiment:
    """Validate plain data; `where` names its origin in errors."""
    return _validated(Experiment, raw, where=where)


def _validated(
    kind: type[_Study], raw: Mapping[str, Any], *, where: str, overrides: Iterable[str] = ()
) -> _Study:
    """`where` names the origin of plain data in errors, but of what is in the overrides."""
    text = json.dumps(raw, default=str)
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        problem = _explain(error, kind)
        keys = (setting.partition("=")[0].strip() for setting in overrides)
        if any(re.match(rf"{re.escape(key)}[.:]", problem) for key in keys):
            where = "--set"
        raise InputError(f"{where}: {problem}") from None


def from_stored(raw: Mapping[str, Any], *, where: str) -> Study:
    """Read the settings that a run directory keeps, which an older version may have written: of a
    dissection, which has a base, or of a lottery.

    What is `GIVEN_UP` is left out: it no longer changes anything, and what it once made is measured
    again.
    """
    kept = {
        name: {key: value for key, value in section.items() if f"{name}.{key}" not in GIVEN_UP}
        if isinstance(section, dict)
        else section
        for name, section in raw.items()
    }
    return _validated(Dissection if "base" in kept else Experiment, kept, where=where)


def section_of(kind: type[_Section], settings: Mapping[str, Any]) -> _Section:
    """One section alone. Raises `InputError` naming the first setting that cannot be."""
    try:
        return kind(**settings)
    except ValidationError as error:
        raise InputError(_explain(error, kind)) from None


def plain_section(kind: type[_Section], raw: Mapping[str, Any]) -> _Section:
    """The same of plain data, as a file has them: lists stand for tuples."""
    try:
        return kind.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        raise InputError(_explain(error, kind)) from None


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
                whole = ".".join(keys[: depth + 1])
                raise InputError(f"--set {setting}: {whole} has no parts; set it as a whole")
        node[keys[-1]] = _toml_value(text.strip())
    return raw


def _toml_value(text: str) -> Any:
    """TOML wants a digit before the point; at a command line .5 is a number, too."""
    quotes = '"' in text or "'" in text  # within them nothing is a number
    for written in (text, text if quotes else _NO_DIGIT_BEFORE.sub("0.", text)):
        try:
            document = tomllib.loads(f"value = {written}")
        except (ValueError, RecursionError):
            continue
        if list(document) == ["value"]:
            return document["value"]
    return text  # no TOML: a bare word


_NO_DIGIT_BEFORE: Final = re.compile(r"(?<![\w.])\.(?=\d)")


def _explain(error: ValidationError, kind: type[Section]) -> str:
    """One line for the first problem: where it is, what is wrong, what would be valid.

    An unknown key comes first: it may be a misspelling of a key that seems to be missing.
    """
    first = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    loc = [str(part) for part in first["loc"]]
    # pydantic names the kind of the corpus behind the key.
    of_corpus = loc.pop(1) if loc[:1] == ["corpus"] and len(loc) > 1 else ""
    place = ".".join(loc)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    match first["type"]:
        case "json_invalid":
            problem = "holds text that is not valid UTF-8, or lists too deep in one another"
        case "extra_forbidden" if place in GIVEN_UP:
            problem = f"this setting was given up; {GIVEN_UP[place]}"
        case "extra_forbidden":
            problem = f"unknown key; {_valid_keys(loc, kind, of_corpus)}"
        case "union_tag_not_found" | "union_tag_invalid":
            found = first["input"].get("kind")
            meant = did_you_mean(found, CORPORA) if isinstance(found, str) else ""
            problem = f"kind must be one of {', '.join(CORPORA)}, not {_shown(found)}"
            problem += f"; {meant.strip()}" if meant else ""
        case "missing":
            problem = "missing; it has no default"
        case "too_short":
            problem = f"give at least {first['ctx']['min_length']}"
        case "value_error":
            problem = str(first["ctx"]["error"])
        case _:
            message = first["msg"]
            problem = f"{message[0].lower()}{message[1:]}, not {_shown(first['input'])}"
    return " ".join(f"{place or kind.__name__.lower()}: {problem}{more}".splitlines())


def _shown(value: Any) -> str:
    """A wrong value as JSON, cut where it is long."""
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_LONGEST_SHOWN = 80


def _valid_keys(loc: Sequence[str], kind: type[Section], corpus_kind: str) -> str:
    """Which key was meant, and which there are where `loc` has one that is unknown."""
    *path, unknown = loc
    section: Any = kind
    for key in path:
        if key == "corpus":
            section = CORPORA[corpus_kind]
        elif parts := get_args(section):  # of a list of sections, or of some by name
            section = next(part for part in parts if part is not str)
        else:
            section = section.model_fields[key].annotation
    meant = _elsewhere(unknown, kind) or did_you_mean(unknown, section.model_fields)
    return f"{meant}valid here: {', '.join(sorted(section.model_fields))}"


def _elsewhere(key: str, kind: type[Section]) -> str:
    """In which other section there is a key of this name, where it is one only."""
    sections = [
        f"{name}.{key}"
        for name, field in kind.model_fields.items()
        if isinstance(field.annotation, type)
        and issubclass(field.annotation, Section)
        and key in field.annotation.model_fields
    ]
    return f"did you mean {sections[0]}? " if len(sections) == 1 else ""
