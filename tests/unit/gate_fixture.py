"""Runs as a gate sees them, of tables that are written by hand."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ticketscope.arms.cast import Cast, dissection_cast, lottery_cast
from ticketscope.gate.judging import judge
from ticketscope.gate.material import Material
from ticketscope.gate.rules_file import read_rules
from ticketscope.gate.verdict import GateOutcome
from ticketscope.steps import all_tables
from ticketscope.tables.behaviour import BEHAVIOUR
from ticketscope.tables.quality import QUALITY
from ticketscope.tables.speed import SPEED
from ticketscope.tables.table import SPARSITIES, Table
from ticketscope.tables.typed import read_table
from ticketscope.tables.written import Row, write_table

GIVEN = dissection_cast("big", ["small", "tiny"], ["trained_on"])
LOTTERY = lottery_cast(["lr_rewinding", "dense_continued", "random_pruning"])
NONE = dict.fromkeys(SPARSITIES, 0.0)
Tables = Mapping[Table, Iterable[Row]]


def material(folder: Path, tables: Tables, cast: Cast = GIVEN, replicates: int = 1) -> Material:
    """A run with these tables; its test set has 500 sentences."""
    for table, rows in tables.items():
        write_table(folder, table, rows, cast)
    return Material(
        cast=cast,
        num_replicates=replicates,
        schema={table.name: table for table in all_tables()},
        read=cache(lambda table: read_table(folder, table, cast)),
        in_domain=("test",),
        num_sentences={"test": 500},
    )


def judged(folder: Path, rules: str, made: Material) -> GateOutcome:
    """What a file with these rules decides."""
    file = folder / "gate.toml"
    file.write_text(rules, encoding="utf-8")
    asked, places = read_rules(file)
    return judge(asked, made, places)


def network(arm: str, level: int = 1, replicate: int = 0) -> Row:
    return {"arm": arm, "replicate": replicate, "level": level, **NONE}


def ends(column: str, value: float, reach: float) -> Row:
    """A figure in the middle of its interval."""
    before = "" if column == "value" else f"{column}_"
    return {column: value, f"{before}lower": value - reach, f"{before}upper": value + reach}


def bleu(
    arm: str,
    value: float,
    difference: float | None = None,
    *,
    reach: float = 0.3,
    test_set: str = "test",
    metric: str = "bleu",
    **where: int,
) -> Row:
    """A row of quality.csv."""
    cells: dict[str, Any] = {"test_set": test_set, "metric": metric, "signature": "made up"}
    paired = {} if difference is None else ends("difference_dense", difference, reach)
    return network(arm, **where) | cells | ends("value", value, 1.0) | paired


def phenomenon(
    arm: str, bucket: str, difference: float | None, *, reach: float = 0.01, num: int = 200
) -> Row:
    """A row of behaviour.csv."""
    cells: dict[str, Any] = {
        "bucket_kind": "phenomenon",
        "bucket": bucket,
        "test_set": "grammar",
        "metric": "accuracy",
        "num_sentences": num,
        **ends("value", 0.9, 0.02),
    }
    paired = {} if difference is None else ends("difference_dense", difference, reach)
    return network(arm) | cells | paired


def timed(arm: str, level: int, engine: str, p95: float, num_bytes: int) -> Row:
    """A row of speed.csv."""
    cells: dict[str, Any] = {
        "engine": f"ctranslate2-{engine}",
        "threads": 1,
        "batch": 1,
        "latency_p95": p95,
        "bytes": num_bytes,
        "tokens_per_second": 100.0,
        "num_rounds": 6,
        "num_sentences": 50,
        **ends("against_dense", 1.2, 0.1),
    }
    return network(arm, level) | cells


WHOLE: Tables = {
    QUALITY: [
        bleu("base", 40.0, level=0),
        bleu("small", 39.9, -0.1),
        bleu("tiny", 38.0, -2.0),
        bleu("trained_on", 40.2, 0.2),
    ],
    BEHAVIOUR: [
        phenomenon("small", "case", -0.001),
        phenomenon("small", "gender", 0.01),
        phenomenon("tiny", "case", 0.0),
        phenomenon("tiny", "gender", -0.2),
        phenomenon("trained_on", "case", 0.0),
        phenomenon("trained_on", "gender", 0.0),
    ],
    SPEED: [
        timed("base", 0, "float32", 100.0, 4_000_000),
        timed("base", 0, "int8", 60.0, 1_000_000),
        timed("small", 1, "int8", 50.0, 1_000_000),
        timed("tiny", 1, "int8", 30.0, 300_000),
        timed("trained_on", 1, "int8", 61.0, 1_000_000),
    ],
}
"""A dissection in which `small` is good and `tiny` is not."""
