"""Files of scores that others gave sentences: read line by line, and no fault passed over."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.config import Study
from ticketscope.controls import printable
from ticketscope.errors import InputError, did_you_mean
from ticketscope.measures.translation_scores import BETTER
from ticketscope.runs.store import LevelId
from ticketscope.text.lines import text_lines

COLUMNS: Final = ("test_set", "line", "network", "metric", "value")
DIRECTION: Final = "better"
"""The column that may come with them: higher or lower."""
_LARGEST: Final = 1e9
_METRIC: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OURS: Final = (*BETTER, "accuracy", "tied")
"""Names of metrics that our own tables have."""


@dataclass(frozen=True)
class Known:
    """What a line may be about.

    Args:
        networks: by name as `names_of` gives it.
        num_sentences: of each test set.
        better: of metrics, as the settings say it.
    """

    networks: Mapping[str, LevelId]
    num_sentences: Mapping[str, int]
    better: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class GivenScores:
    """All scores that were given.

    Args:
        better: of each metric whether `higher` or `lower` is better.
        values: by metric, network and test set the score of each sentence, NaN where there is none.
        files: by metric the names of the files that it came from.
    """

    better: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, LevelId, str], NDArray[np.float64]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)


def names_of(study: Study) -> dict[str, LevelId]:
    """Every network of a study by the name that files of scores give it.

    In a lottery that is REPLICATE/ARM/LEVEL, such as ``0/lr_rewinding/3``, as our tables have
    these; in a dissection the name of the network in the column `arm`, and a further base, a twin,
    has its replicate in front: ``1/base``.
    """
    cast, replicates = study.cast, range(study.replicates)
    base = cast.dense.name
    if cast.is_given:
        twins = {f"{each}/{base}": LevelId(each, base, 0) for each in replicates if each}
        others = {arm.name: LevelId(0, arm.name, 1) for arm in cast.arms}
        return {base: LevelId(0, base, 0), **twins, **others}
    labels = [LevelId(each, base, 0) for each in replicates]
    for each in replicates:
        levels = range(1, study.last_level + 1)
        labels += [LevelId(each, arm.name, level) for level in levels for arm in cast.arms]
    return {f"{label.replicate}/{label.arm}/{label.level}": label for label in labels}


def read_scores(paths: Sequence[Path], known: Known) -> GivenScores:
    """All scores of these files. Raises `InputError`, naming file and line, for the first fault."""
    found = GivenScores()
    seen: dict[tuple[str, LevelId, str], NDArray[np.int64]] = {}
    for number, path in enumerate(paths):
        for line in _lines(path, known, found.better):
            key = (line.metric, line.network, line.test_set)
            num = known.num_sentences[line.test_set]
            values = found.values.setdefault(key, np.full(num, np.nan))
            places = seen.setdefault(key, np.zeros((num, 2), dtype=np.int64))
            if not np.isnan(values[line.place]):
                file, earlier = places[line.place]
                raise InputError(
                    f"{line.where}: the same sentence, network and metric as "
                    f"{paths[file]}:{earlier}; leave one of them out"
                )
            values[line.place] = line.value
            places[line.place] = number, line.number
            files = found.files.setdefault(line.metric, [])
            if path.name not in files:
                files.append(path.name)
    return found


# ----------------------------------------------------------------------------- one line


@dataclass(frozen=True, slots=True)
class _Line:
    where: str
    number: int
    test_set: str
    place: int
    network: LevelId
    metric: str
    value: float


def _lines(path: Path, known: Known, better: dict[str, str]) -> Iterator[_Line]:
    """The lines of one file; `better` is completed by what it says of metrics."""
    lines = enumerate(text_lines(path), start=1)
    columns = _header(f"{path}:1", next(lines, (1, ""))[1])
    has_scores = False
    for number, line in lines:
        where = f"{path}:{number}"
        cells = line.split("\t")
        if len(cells) != len(columns):
            raise InputError(
                f"{where}: {len(cells)} cells between tabs; the header has {len(columns)} columns: "
                f"{', '.join(columns)}"
            )
        of = dict(zip(columns, cells, strict=True))
        metric = _metric(where, of["metric"])
        _direction(where, metric, of.get(DIRECTION), known, better)
        test_set = _one_of(where, "test set", of["test_set"], known.num_sentences)
        name = _one_of(where, "network", of["network"], known.networks)
        place = _place(where, of["line"], test_set, known.num_sentences[test_set])
        value = _value(where, of["value"])
        has_scores = True
        yield _Line(where, number, test_set, place, known.networks[name], metric, value)
    if not has_scores:
        raise InputError(f"{path}: no score in it; give one line per sentence, network and metric")


def _header(where: str, line: str) -> list[str]:
    columns = line.split("\t")
    needed = f"the first line names the columns: {', '.join(COLUMNS)}, and perhaps {DIRECTION}"
    if lacking := [name for name in COLUMNS if name not in columns]:
        raise InputError(f"{where}: no column {', '.join(lacking)}; {needed}, with tabs between")
    if unknown := [name for name in columns if name not in (*COLUMNS, DIRECTION)]:
        shown = ", ".join(map(printable, unknown))
        raise InputError(f"{where}: unknown column {shown}; {needed}")
    if len(set(columns)) < len(columns):
        raise InputError(f"{where}: a column comes twice; {needed}")
    return columns


def _metric(where: str, name: str) -> str:
    if not _METRIC.fullmatch(name):
        raise InputError(
            f"{where}: metric {printable(name)!r}: a name has letters, digits, _ and -, and begins "
            "with a letter"
        )
    if name in _OURS:
        raise InputError(f"{where}: {name} is measured here; give the metric another name")
    return name


def _direction(
    where: str, metric: str, said: str | None, known: Known, better: dict[str, str]
) -> None:
    """Note whether higher is better. Raises `InputError` where nothing says so, or two differ."""
    if said not in (None, "", "higher", "lower"):
        raise InputError(f"{where}: {DIRECTION}: {printable(said)!r}; write higher or lower")
    set_so = known.better.get(metric)
    if not (said or set_so):
        raise InputError(
            f"{where}: is a higher {metric} better, or a lower one? Add a column {DIRECTION} with "
            f"higher or lower, or --set scores.better.{metric}=higher (or lower)"
        )
    if len({each for each in (said, set_so, better.get(metric)) if each}) > 1:
        raise InputError(
            f"{where}: here {said} is better for {metric}, and elsewhere it is the other way "
            "round; make them agree"
        )
    better[metric] = said or set_so or ""


def _one_of(where: str, noun: str, name: str, known: Mapping[str, object]) -> str:
    if name not in known:
        listed = ", ".join([*known][:20]) + (", …" if len(known) > 20 else "")
        raise InputError(
            f"{where}: {printable(name)!r} is no {noun} of this run; {did_you_mean(name, known)}"
            f"valid: {listed}"
        )
    return name


def _place(where: str, cell: str, test_set: str, num: int) -> int:
    if not re.fullmatch("[0-9]{1,9}", cell) or not 1 <= int(cell) <= num:
        raise InputError(
            f"{where}: line {printable(cell)!r}: {test_set} has lines 1 to {num}, as in "
            "sentences.csv.gz"
        )
    return int(cell) - 1


def _value(where: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not abs(value) < _LARGEST:
        raise InputError(
            f"{where}: value {printable(cell)!r} is no finite number; leave the line out where a "
            "sentence has no score"
        )
    return value
