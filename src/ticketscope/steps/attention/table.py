"""The table and the view of attention, from what `attention` and `head_importance` measured."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Literal

import numpy as np
from scipy.stats import spearmanr

from ticketscope.networks.panel import Panel
from ticketscope.runs.store import LevelId
from ticketscope.steps.attention import ATTENTION, HEAD_IMPORTANCE
from ticketscope.steps.attention.maps_shown import maps_shown
from ticketscope.steps.bench import Bench
from ticketscope.steps.left_out import Figure, beside_control
from ticketscope.tables.attention import LOCALIZATION

_log = logging.getLogger(__name__)
_OF_LAYERS = ("pearson", "jensen_shannon", "cka")
_OF_SAME_LAYER = ("pearson_assigned", "matched")
_OF_HEADS = ("pearson", "jensen_shannon", "matched_head")
_SHARE = "matched"
"""The share of a layer's heads that match themselves moves in steps of one head, which no block of
sentences left out makes small: a jackknife of it is no interval."""

Figures = Mapping[str, Any]


def rows(bench: Bench) -> Iterator[dict[str, Any]]:
    """The rows of attention.csv, without the columns that every table begins with."""
    controls = _with_dense(bench)
    for level in bench.panel.with_states:
        measured = bench.results.read(ATTENTION, level)
        control = bench.panel.control(level)
        for compared in measured["similarity"]:
            one, other = (LevelId(*label) for label in compared["pair"])
            _say_how(one, other, compared)
            same_dense = other == bench.panel.reference(level)
            for kind, figures in compared["kinds"].items():
                of_control = controls.get(control, {}).get(kind) if control and same_dense else None
                relation = _relation(one, other, bench.panel)
                of_pair = _comparison(figures, relation, of_control)
                yield from (_completed(row, one, kind, other) for row in of_pair)
                if other == bench.panel.reference_or_self(one):
                    yield from (_completed(row, one, kind) for row in _localizations(figures))
        yield from (_completed(row, level, kind) for kind, row in _described(measured))
    yield from _importance_rows(bench)


def _say_how(one: LevelId, other: LevelId, compared: Figures) -> None:
    """Say it where networks are compared word by word and sentences are left out. Results from
    before there were such, and those of one tokenizer, are of pieces."""
    if compared.get("unit") == "word" and compared["num_left_out"]:
        _log.warning(
            "attention: %s and %s have other tokenizers, so their heads are compared word by word, "
            "without %d sentences in which a word has no piece or that are too long",
            *(one, other, compared["num_left_out"]),
        )


def _completed(
    row: dict[str, Any], level: LevelId, kind: str, other: LevelId | None = None
) -> dict[str, Any]:
    named = (
        {"other_arm": other.arm, "other_replicate": other.replicate, "other_level": other.level}
        if other
        else {}
    )
    return {"level_id": level, "kind": kind, **named, **row}


# ----------------------------------------------------------------------------- similarity


def _with_dense(bench: Bench) -> dict[LevelId, Figures]:
    """What each network has in common with the dense model of its replicate, by kind."""
    found = {}
    for level in bench.panel.with_states:
        for compared in bench.results.read(ATTENTION, level)["similarity"]:
            one, other = (LevelId(*label) for label in compared["pair"])
            if one == level and other == bench.panel.reference_or_self(level):
                found[level] = compared["kinds"]
    return found


_Relation = Literal["own dense network", "dense network of another seed", "any"]


def _relation(level: LevelId, other: LevelId, panel: Panel) -> _Relation:
    """What another network is to one; a network has no relation to itself."""
    if other == level or other not in panel.dense:
        return "any"
    own = other == panel.reference(level)
    return "own dense network" if own else "dense network of another seed"


def _comparison(
    figures: Figures, relation: _Relation, of_control: Figures | None
) -> Iterator[dict[str, Any]]:
    """Of two networks and one kind: all layers with all, then what a layer shares with the same."""
    num_layers, num_other = np.shape(figures["cka"])
    are_as_deep = num_layers == num_other
    for measure in _OF_LAYERS:
        for layer in range(num_layers):
            for other_layer in range(num_other):
                row = {
                    "layer": layer + 1,
                    "other_layer": other_layer + 1,
                    "measure": measure,
                    "value": figures[measure][layer][other_layer],
                    "num_rows": _num_rows(figures, measure, layer, other_layer),
                }
                if are_as_deep and layer == other_layer:
                    row |= _intervals(figures, measure, layer, of_control)
                yield row
    if relation == "any" or not are_as_deep:
        return
    own = relation == "own dense network"
    for layer in range(num_layers):
        place = {"layer": layer + 1, "other_layer": layer + 1}
        for measure in _OF_SAME_LAYER if own else _OF_SAME_LAYER[:1]:
            if measure not in figures:
                continue  # no head is in the same place where layers differ in their number
            yield {
                **place,
                "measure": measure,
                "value": figures[measure][layer],
                **_intervals(figures, measure, layer, of_control),
                "num_rows": _num_rows(figures, measure, layer, layer),
            }
        if own:
            for measure in _OF_HEADS:
                for head, value in enumerate(figures["heads"][measure][layer]):
                    # A head without a row to compare has no match.
                    if not (measure == "matched_head" and value < 0):
                        yield {**place, "head": head, "measure": measure, "value": value}


def _localizations(figures: Figures) -> Iterator[dict[str, Any]]:
    """Do heads agree more than layers do? For each layer, with the other layers of the dense model:
    the mean of the similarity of heads less that of layers."""
    heads, layers = np.array(figures["pearson"]), np.array(figures["cka"])
    if heads.shape[0] != heads.shape[1]:
        return  # no layer of the two is the same
    for layer in range(len(heads) if len(heads) > 1 else 0):
        others = np.arange(len(heads)) != layer
        yield {
            "layer": layer + 1,
            "measure": LOCALIZATION,
            "value": float((heads - layers)[layer, others].mean()),
            "num_rows": int(np.array(figures["num_rows_used"])[layer, others].min()),
        }


def _num_rows(figures: Figures, measure: str, layer: int, other_layer: int) -> int:
    """How many rows a figure rests on; of correlations the fewest of any pair of heads."""
    if measure == "cka":
        return int(figures["num_rows"])
    if measure == "jensen_shannon":
        return int(figures["num_rows_with_choice"])
    return int(figures["num_rows_used"][layer][other_layer])


def _intervals(
    figures: Figures, measure: str, layer: int, control: Figures | None
) -> dict[str, float]:
    """The interval of a layer's similarity with the same layer of another network, and its
    difference to the control's."""
    has_same = control is not None and measure in control and layer < len(control[measure])
    of_control = _same_layer(control, measure, layer) if control and has_same else None
    return beside_control(_same_layer(figures, measure, layer), of_control, measure)


def _same_layer(figures: Figures, measure: str, layer: int) -> Figure:
    found = figures[measure][layer]
    has_blocks = "left_out" in figures and measure != _SHARE
    return Figure(
        found[layer] if measure in _OF_LAYERS else found,
        figures["left_out"][measure][layer] if has_blocks else (),
    )


# ----------------------------------------------------------------------------- single heads


def _described(measured: Figures) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, measures in measured["heads"].items():
        for measure, layers in measures.items():
            for place, value in _heads(layers):
                yield kind, {**place, "measure": measure, "value": value}
        for place, (name, share) in _heads(measured["roles"][kind]):
            yield kind, {**place, "measure": "role", "value": share, "role": name}


def _heads(layers: Sequence[Sequence[Any]]) -> Iterator[tuple[dict[str, int], Any]]:
    for layer, heads in enumerate(layers, start=1):
        for head, value in enumerate(heads):
            yield {"layer": layer, "head": head}, value


def _importance_rows(bench: Bench) -> Iterator[dict[str, Any]]:
    if not bench.study.attention.importance_sentences:
        return
    panel = bench.panel
    labels = panel.with_states
    kinds = {level: bench.results.read(HEAD_IMPORTANCE, level)["kinds"] for level in labels}
    ranks = {
        level: _rank_correlations(kinds[level], kinds[reference])
        for level, reference in panel.references.items()
        if level in labels and reference in labels
    }
    for level in labels:
        for kind, measures in kinds[level].items():
            for measure, layers in measures.items():
                for place, figures in _heads(layers):
                    yield _completed({**place, "measure": measure, **figures}, level, kind)
        for (kind, measure), value in ranks.get(level, {}).items():
            row = {"measure": f"{measure}_rank", "value": value}
            control = panel.control(level)
            if control and (kind, measure) in ranks.get(control, {}):
                row["difference_control"] = value - ranks[control][kind, measure]
            yield _completed(row, level, kind, panel.reference(level))


def _rank_correlations(ours: Figures, dense: Figures) -> dict[tuple[str, str], float]:
    """Spearman's, over all heads of a kind; none where all heads are equally important, or where
    the other network has not as many in each layer."""
    found = {}
    for kind, measures in ours.items():
        for measure, layers in measures.items():
            values = [
                [figures["value"] for figures in chain.from_iterable(of_network)]
                for of_network in (layers, dense[kind][measure])
            ]
            are_alike = [*map(len, layers)] == [*map(len, dense[kind][measure])]
            if are_alike and all(len(set(of_network)) > 1 for of_network in values):
                found[kind, measure] = float(spearmanr(*values).statistic)
    return found


# ----------------------------------------------------------------------------- the view


def view(bench: Bench, last_held: int) -> dict[str, Any]:
    """views/attention.json: what the figures rest on, and the maps that people can look at.

    `last_held`: as of `maps_shown`.
    """
    replicates = []
    notes: list[str] = []
    panel = bench.panel
    for level in (label for label in panel.dense if label in panel.with_states):
        measured = bench.results.read(ATTENTION, level)
        notes = measured["gold"]
        own, gold = measured["similarity"][0]["kinds"], measured["num_gold"]
        replicates.append(
            {
                "num_sentences": measured["num_sentences"],
                "num_words": measured["num_words"],
                "num_without_piece": measured["num_without_piece"],
                "num_empty": measured["num_empty"],
                "num_too_long": measured["num_too_long"],
                "num_gold_empty": gold["num_empty"],
                "num_gold_too_long": gold["num_too_long"],
                "num_words_with_syntactic_head": gold.get("syntactic_head", 0),
                "num_words_with_antecedent": gold.get("coreferent", 0),
                "num_aligned_words": gold.get("aligned_read", 0),
                "num_rows_of_one_key": {
                    kind: figures["num_rows"] - figures["num_rows_with_choice"]
                    for kind, figures in own.items()
                },
                "num_rows_without_variance": {
                    kind: figures["num_rows_with_choice"]
                    - int(np.diagonal(figures["num_rows_used"]).min())
                    for kind, figures in own.items()
                },
            }
        )
    return {
        "replicates": replicates,
        "gold": notes,
        "maps": maps_shown(bench, last_held),
    }
