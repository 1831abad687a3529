"""Figures that others published, to stand beside the run's: package data, read and checked.

Each table is ticketscope/published/NAME.csv. docs/published.md says where the figures come from and
how the studies differ from a run.
"""

import functools
from importlib.resources import files
from typing import Final

import pandas as pd

_LEVEL: Final = {"level": "int64", "sparsity_prunable": "float64", "sparsity_total": "float64"}
"""Which model of the study: its round of pruning."""

TABLES: Final[dict[str, dict[str, str]]] = {
    "sources": dict.fromkeys(("source", "label", "system", "citation", "url"), "str"),
    "quality": {"source": "str", "method": "str", "sparsity": "float64", "bleu": "float64"},
    "bleu": {"source": "str"} | _LEVEL | {"bleu": "float64"},
    "sparsity": dict.fromkeys(("source", "module", "block", "projection", "kind"), "str")
    | _LEVEL
    | {"sparsity": "float64"},
    "similarity": {"source": "str", "measure": "str", "layer": "int64"}
    | _LEVEL
    | {"value": "float64"},
    "layer_pairs": dict.fromkeys(("source", "measure", "module"), "str")
    | _LEVEL
    | dict.fromkeys(("layer", "other_level", "other_layer"), "int64")
    | {"value": "float64"},
    "neurons": {"source": "str"}
    | _LEVEL
    | {"layer": "Int64", "other_level": "int64", "other_layer": "Int64"}
    | dict.fromkeys(("lowest", "highest", "num_neurons"), "int64"),
    "complexity": {"source": "str", "measure": "str", "layer": "int64"}
    | _LEVEL
    | {"value": "float64", "num_neurons": "int64"},
    "attention": {"source": "str", "kind": "str", "measure": "str"}
    | {"first_layer": "int64", "last_layer": "int64"}
    | _LEVEL
    | {"lowest": "float64", "highest": "float64"},
    "probes": {"source": "str", "task": "str"} | _LEVEL | {"value": "float64"},
    "probe_groups": {"source": "str", "group": "str", "layer": "int64"}
    | _LEVEL
    | {"gain_percent": "float64"},
}
"""The tables and the types of their columns."""
_OPTIONAL: Final = {
    "neurons": {"layer", "other_layer"},  # of every layer, with the same layer
    "probes": {"value"},  # the study has no figure
}
"""The columns that have empty cells."""


@functools.cache
def published(name: str) -> pd.DataFrame:
    """One of the `TABLES`. A cell or column that is not as declared is a mistake of ticketscope."""
    columns = TABLES[name]
    with (files("ticketscope") / "published" / f"{name}.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=columns, keep_default_na=False, na_values=[""])
    assert list(table) == list(columns), f"{name}: columns {list(table)}"
    incomplete = {column for column in table if table[column].isna().any()}
    assert incomplete <= _OPTIONAL.get(name, set()), f"{name}: empty cells in {incomplete}"
    return table


def labels() -> dict[str, str]:
    """How each source is named on the page."""
    sources = published("sources")
    return dict(zip(sources["source"], sources["label"], strict=True))


def with_labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Name whose figures these are, as legends do."""
    return rows.assign(whose="published: " + rows["source"].map(labels()))
