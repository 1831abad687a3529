"""Which rows of the table of speed a reader needs, and what tells them apart."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from ticketscope.report.parts.wording import plural

TORCH: Final = "transformers-float32"
HOW: Final = ("engine", "threads", "batch")


def first_rows(speed: pd.DataFrame) -> pd.DataFrame:
    """All networks in the first engine, with the first number of threads and size of batches."""
    return at(speed, *speed.iloc[0][[*HOW]])


def own_rows(speed: pd.DataFrame) -> pd.DataFrame:
    """One row per network, likewise; of one that the first engine does not compute, such as an
    int8 directory of CTranslate2, that of the first one that does."""
    first = speed.iloc[0]
    rows = speed[speed["threads"].eq(first["threads"]) & speed["batch"].eq(first["batch"])]
    return rows.drop_duplicates(["arm", "replicate", "level"])


def at(speed: pd.DataFrame, engine: str, threads: int, batch: int) -> pd.DataFrame:
    """All networks in one engine, with one number of threads and size of batches."""
    same = (speed["engine"] == engine) & (speed["threads"] == threads) & (speed["batch"] == batch)
    return speed[same]


def engines(speed: pd.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Each engine, number of threads and size of batches in which networks are compared."""
    for row in _distinct(speed[speed["engine"] != TORCH], *HOW):
        yield row["engine"], row["threads"], row["batch"]


def settings(speed: pd.DataFrame) -> Iterator[tuple[int, int]]:
    """Each number of threads and size of batches."""
    for row in _distinct(speed, "threads", "batch"):
        yield row["threads"], row["batch"]


def _distinct(speed: pd.DataFrame, *columns: str) -> list[dict[Any, Any]]:
    return speed[[*columns]].drop_duplicates().to_dict("records")


def where(threads: int, batch: int) -> str:
    """ "2 threads, batches of 32"."""
    how = "single sentences" if batch == 1 else f"batches of {batch}"
    return f"{plural(threads, 'thread')}, {how}"


def with_ratio(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their `value` and its interval: speed against the dense network in the same
    engine; of a run from before that was measured, against that in float32, without interval."""
    is_old = rows["same_engine"].isna().all()
    of = "against_dense" if is_old else "same_engine"
    found = rows[rows[of].notna()]
    return found.assign(value=found[of], lower=found[f"{of}_lower"], upper=found[f"{of}_upper"])
