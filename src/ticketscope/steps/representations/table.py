"""The tables of similarity, neurons and complexity, from what `representations` measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean
from typing import Any

from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.left_out import Figure, beside_control
from ticketscope.steps.representations import REPRESENTATIONS
from ticketscope.tables.representations import LOCALIZATION

_Layer = tuple[LevelId, str, int]
_Depths = dict[tuple[LevelId, str], int]
_OTHER = ("other_arm", "other_replicate", "other_level", "other_layer")


def view(bench: Bench) -> dict[str, Any]:
    """What the figures were measured on, by replicate, and what was left out of it; and what each
    network lacks."""
    names = ("num_sentences", "num_words", "num_without_piece", "num_windowed")
    panel = bench.panel
    measured = [label for label in panel.dense if label in panel.with_states]
    results = [bench.results.read(REPRESENTATIONS, label) for label in measured]
    return {
        "replicates": [{name: result[name] for name in names} for result in results],
        "unread": [{**asdict(label), **counts} for label, counts in _unread(bench)],
    }


def remarks(bench: Bench) -> Iterator[str]:
    """A line per set of networks in which as many words have no piece, or that read as many
    sentences in windows."""
    alike: dict[tuple[int, int], list[LevelId]] = {}
    for label, counts in _unread(bench):
        alike.setdefault((counts["num_without_piece"], counts["num_windowed"]), []).append(label)
    for (num_words, num_windowed), (first, *more) in alike.items():
        others = f" and {len(more):,} more" if more else ""
        yield (
            f"representations: {num_words:,} words have no piece and are left out, "
            f"{num_windowed:,} sentences were read in windows: {first}{others}"
        )


def _unread(bench: Bench) -> Iterator[tuple[LevelId, dict[str, int]]]:
    for label in bench.panel.with_states:
        measured = bench.results.read(REPRESENTATIONS, label)
        counts = {name: measured[name] for name in ("num_without_piece", "num_windowed")}
        if any(counts.values()):
            yield label, counts


def similarity_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of similarity.csv, without the columns that every table begins with."""
    controls = _controls(bench)
    for level in bench.panel.with_states:
        rows = bench.results.read(REPRESENTATIONS, level)["similarity"]
        depths = _depths(rows)
        for row in rows:
            ours, theirs = (_layer(side) for side in row["pair"])
            control = bench.panel.control(level)
            of_control = (
                controls.get((control, *ours[1:]))
                if control and _same_dense_layer(ours, theirs, depths, bench.panel)
                else None
            )
            for measure, figures in row["measures"].items():
                yield {
                    **_this(row["pair"][0]),
                    **_other(row["pair"][1]),
                    "measure": measure,
                    "floor": figures["floor"],
                    **beside_control(
                        _figure(figures),
                        _figure(of_control[measure]) if of_control else None,
                        measure,
                    ),
                    "num_words": row["num_words"],
                }
        yield from _localizations(rows, depths, bench.panel)


def _controls(bench: Bench) -> dict[_Layer, Mapping[str, Any]]:
    """What each layer of the control has in common with the same layer of its dense model."""
    found = {}
    controls = set(bench.panel.controls.values())
    for level in filter(controls.__contains__, bench.panel.with_states):
        rows = bench.results.read(REPRESENTATIONS, level)["similarity"]
        depths = _depths(rows)
        for row in rows:
            ours, theirs = (_layer(side) for side in row["pair"])
            if _same_dense_layer(ours, theirs, depths, bench.panel):
                found[ours] = row["measures"]
    return found


def _depths(rows: Sequence[Mapping[str, Any]]) -> _Depths:
    """The last layer of each module of each network that some pairs are of."""
    depths: _Depths = {}
    for row in rows:
        for level, module, layer in map(_layer, row["pair"]):
            depths[level, module] = max(layer, depths.get((level, module), 0))
    return depths


def _same_layer(ours: _Layer, theirs: _Layer, depths: _Depths) -> bool:
    """Whether two networks have this layer in common: those of different depth have none."""
    return ours[1:] == theirs[1:] and depths[ours[:2]] == depths[theirs[:2]]


def _same_dense_layer(ours: _Layer, theirs: _Layer, depths: _Depths, panel: Panel) -> bool:
    """Whether one is a layer of a network and the other the same of its own dense model."""
    return theirs[0] == panel.reference(ours[0]) and _same_layer(ours, theirs, depths)


def _figure(stored: Mapping[str, Any]) -> Figure:
    return Figure(stored["value"], stored.get("left_out", ()))


def _localizations(
    rows: list[dict[str, Any]], depths: _Depths, panel: Panel
) -> Iterator[dict[str, Any]]:
    found: dict[_Layer, list[dict[str, Any]]] = {}
    for row in rows:
        ours, theirs = (_layer(side) for side in row["pair"])
        are_as_deep = depths[ours[:2]] == depths[theirs[:2]]
        is_of_dense = theirs[0] == panel.reference_or_self(ours[0])
        if is_of_dense and are_as_deep and ours[2] != theirs[2]:
            found.setdefault(ours, []).append(row)
    for (level, module, layer), of_layer in found.items():
        yield {
            "level_id": level,
            "module": module,
            "layer": layer,
            "measure": LOCALIZATION,
            "value": fmean(row["localization"] for row in of_layer),
            "num_words": of_layer[0]["num_words"],
        }


def neurons_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of neurons.csv: the same layer of two networks as deep and as wide, or layer 1 and
    another of one."""
    for level in bench.panel.with_states:
        rows = bench.results.read(REPRESENTATIONS, level)["similarity"]
        depths = _depths(rows)
        for row in rows:
            ours, theirs = row["pair"]
            same_layer = _same_layer(_layer(ours), _layer(theirs), depths)
            inside_one = ours["level"] == theirs["level"] and ours["layer"] == 1
            if (same_layer or inside_one) and row["num_matched"] is not None:
                yield {
                    **_this(ours),
                    **_other(theirs),
                    "num_matched": row["num_matched"],
                    "num_neurons": row["num_neurons"],
                }


def strongest_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of strongest_neurons.csv: the same layer of a network and of a dense one."""
    for level in bench.panel.with_states:
        for row in bench.results.read(REPRESENTATIONS, level)["similarity"]:
            ours, theirs = row["pair"]
            for rank, correlation, num_matched in row.get("strongest", ()):
                yield {
                    **_this(ours),
                    **_other(theirs),
                    "rank": rank,
                    "correlation": correlation,
                    "num_matched": num_matched,
                }


def complexity_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of complexity.csv."""
    for level in bench.panel.with_states:
        for row in bench.results.read(REPRESENTATIONS, level)["complexity"]:
            for measure, figures in row["measures"].items():
                yield {**_this(row["layer"]), "measure": measure, **figures}


def _layer(stored: Mapping[str, Any]) -> _Layer:
    return LevelId(*stored["level"]), stored["module"], stored["layer"]


def _this(stored: Mapping[str, Any]) -> dict[str, Any]:
    level, module, layer = _layer(stored)
    return {"level_id": level, "module": module, "layer": layer}


def _other(stored: Mapping[str, Any]) -> dict[str, Any]:
    level, _, layer = _layer(stored)
    values = (level.arm, level.replicate, level.level, layer)
    return dict(zip(_OTHER, values, strict=True))
