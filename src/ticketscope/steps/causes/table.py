"""The table of causes, from what was measured of every network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ticketscope.measures.bounds import SHARE, Bounds
from ticketscope.measures.translation_scores import scores_of_sums
from ticketscope.runs.store import LevelId
from ticketscope.steps.bench import Bench
from ticketscope.steps.causes import CAUSES
from ticketscope.steps.left_out import Figure
from ticketscope.tables.causes import LENS, RESTORED, TRANSPLANTED, WHOLE

Sums = NDArray[np.float64]
"""Of all sentences, then without each block."""
_BOUNDS: Final[Mapping[str, Bounds]] = {"settled": SHARE, "bleu": Bounds(0.0, 100.0)}


@dataclass(frozen=True, kw_only=True)
class Key:
    """What a figure is of: the columns of the same names."""

    experiment: str
    measure: str
    unit: str = ""
    part: str = ""
    map: str = ""
    frequency: str = ""


_LOSS: Final = Key(experiment=WHOLE, measure="loss")
_BLEU: Final = Key(experiment=WHOLE, measure="bleu")


@dataclass(frozen=True)
class Found:
    """A figure, the target tokens that it rests on, and further cells, which come first."""

    sums: Sums
    num_events: int
    cells: Mapping[str, Any]


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of causes.csv, without the columns that every table begins with."""
    if not bench.study.causes.num_sentences:
        return
    labels = bench.panel.with_states
    results = {label: bench.results.read(CAUSES, label) for label in labels}
    by_label = {label: _figures(label, results, bench) for label in labels}
    for label in labels:
        for key, found in by_label[label].items():
            figure, bounds = _figure(found), _BOUNDS.get(key.measure)
            row = {
                "level_id": label,
                **{name: getattr(key, name) for name in Key.__dataclass_fields__},
                **figure.cells(bounds),
                "num_sentences": results[label]["num_sentences"],
                "num_events": found.num_events,
                **found.cells,
            }
            for name, other in bench.panel.baselines(label).items():
                of_other = by_label.get(other, {})
                beside = of_other.get(_beside(key, name))
                if beside and _are_comparable(key, results[label], results[other]):
                    difference = figure - _figure(beside)
                    row |= difference.cells(bounds and bounds.of_differences, f"difference_{name}")
            yield row


def _figure(found: Found) -> Figure:
    value, *left_out = found.sums.tolist()
    return Figure(value, left_out)


def _beside(key: Key, baseline: str) -> Key:
    """What a figure is compared with; nothing is stitched to the dense network."""
    of_dense = {_LOSS.measure: _LOSS, _BLEU.measure: _BLEU}
    return of_dense.get(key.measure, key) if baseline == "dense" else key


def _are_comparable(key: Key, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Tokens have to be the same, but for BLEU, and layers to be as many."""
    if key.measure == _BLEU.measure:
        return True
    same = ours["tokenizer"] == theirs["tokenizer"]
    if key.experiment == LENS:
        same &= ours["lens"]["num_layers"] == theirs["lens"]["num_layers"]
    return bool(same)


# ----------------------------------------------------------------------------- figures


def _figures(
    label: LevelId, results: Mapping[LevelId, Mapping[str, Any]], bench: Bench
) -> dict[Key, Found]:
    result = results[label]
    tokens, loss = _sums(result["num_tokens"]), _sums(result["loss"])
    num = int(tokens[0])
    figures: dict[Key, Found] = {_LOSS: Found(loss / tokens, num, {})}
    if "bleu" in result:
        figures[_BLEU] = _bleu(result["bleu"], result["num_translated"])
    figures |= _of_lens(result["lens"])
    reference = bench.panel.reference(label)
    if reference and "restored" in result:
        dense = _sums(results[reference]["loss"])
        gap = (loss - dense) / tokens
        for experiment, measure, base, sign in (
            (RESTORED, "regained", loss, -1.0),
            (TRANSPLANTED, "added", dense, 1.0),
        ):
            changes = {
                unit: sign * (_sums(nats) - base) / tokens
                for unit, nats in result[experiment].items()
            }
            for unit in ("layer", "block"):
                names = result[f"{unit}s"]
                parts = {name: changes[name] for name in names}
                key = Key(experiment=experiment, measure=measure, unit=unit)
                for part, change in parts.items():
                    cells = _cost(result, part) if experiment == RESTORED else {}
                    figures |= _with_share(replace(key, part=part), change, gap, num, cells)
                total = np.sum(list(parts.values()), axis=0)
                figures |= _with_share(
                    replace(key, unit="sum", part=f"{unit}s"), total, gap, num, {}
                )
        for stitched in result["stitched"]:
            where = {name: stitched[name] for name in ("experiment", "part", "map")}
            figures[Key(**where, measure="loss")] = Found(_sums(stitched["loss"]) / tokens, num, {})
            if "bleu" in stitched:
                key = Key(**where, measure="bleu")
                figures[key] = _bleu(stitched["bleu"], result["num_translated"])
    return figures


def _bleu(kept: Any, num_sentences: int) -> Found:
    """From the sums of sacreBLEU's statistics; the second is the number of tokens of references."""
    sums = _sums(kept)
    return Found(scores_of_sums("bleu", sums.T), int(sums[1, 0]), {"num_sentences": num_sentences})


def _sums(kept: Any) -> Sums:
    return np.asarray(kept, dtype=np.float64)


def _with_share(
    key: Key, change: Sums, gap: Sums, num: int, cells: Mapping[str, Any]
) -> dict[Key, Found]:
    """A change of the loss, and where there is a gap that is no chance, its share of that."""
    found = {key: Found(change, num, cells)}
    if _is_above_zero(gap):
        share = replace(key, measure=f"{key.measure}_share")
        found[share] = Found(change / gap, num, cells)
    return found


def _is_above_zero(sums: Sums) -> bool:
    value, *left_out = sums.tolist()
    cells = Figure(value, left_out).cells(None)
    return bool(cells.get("lower", value) > 0)


def _cost(result: Mapping[str, Any], unit: str) -> dict[str, Any]:
    of_unit, every = result["costs"][unit], result["costs"]
    num_there = sum(every[name]["num_there"] for name in result["blocks"])
    return {
        **{name: of_unit[name] for name in ("num_weights", "num_back", "num_changed")},
        "share_back": of_unit["num_back"] / num_there,
    }


def _of_lens(lens: Mapping[str, Any]) -> dict[Key, Found]:
    found: dict[Key, Found] = {}
    for name, of_class in lens["classes"].items():
        num = _sums(of_class["num"])
        if (num > 0).all():
            key = Key(experiment=LENS, measure="mean_layer", frequency=name)
            found[key] = Found(_sums(of_class["layers"]) / num, int(num[0]), {})
    every = _sums(lens["classes"][""]["num"])
    for layer, of_layer in enumerate(lens["settled"], 1):
        key = Key(experiment=LENS, measure="settled", part=f"decoder.{layer}")
        found[key] = Found(_sums(of_layer) / every, int(every[0]), {})
    return found
