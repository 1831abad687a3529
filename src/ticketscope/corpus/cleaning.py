"""Which training pairs are left out, and why. Memory does not grow with the corpus."""

import errno
import hashlib
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ticketscope.config import Cleaning
from ticketscope.corpus.parallel import Pair

Reason = Literal[
    "untranslated",
    "held_out",
    "empty",
    "duplicate",
    "test_overlap",
    "over_long",
    "length_ratio",
]
"""Why a pair is left out, in the order of testing; a pair counts under the first that holds.

untranslated: a sentence of a treebank that has no translation; held_out: its source was drawn from
the training data for validation or test; empty: a side has no text (or no piece); duplicate: the
same pair came before; test_overlap: its source is one of a validation or test set; over_long and
length_ratio: see `config.Cleaning`.
"""

REASONS: tuple[Reason, ...] = get_args(Reason)
KEPT = -1
"""What stands for a pair that is kept where others have the place of their reason in `REASONS`."""

_SHORT = 10
"""With fewer pieces on the longer side a length ratio says nothing."""

_CACHE_KIB = 16 * 1024


class SeenPairs:
    """Which pairs came before: 16-byte digests in a database on disk, a bounded part in memory."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def add(self, pair: Pair) -> bool:
        """Remember a pair; True when it is new."""
        source, target = (side.encode() for side in pair)
        # The length of the source keeps ("a", "bc") and ("ab", "c") apart.
        text = len(source).to_bytes(8, "little") + source + target
        key = hashlib.blake2b(text, digest_size=16).digest()
        cursor = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,))
        return cursor.rowcount == 1


@contextmanager
def seen_pairs(scratch: Path) -> Iterator[SeenPairs]:
    """Give an empty `SeenPairs` kept in the file `scratch`, which is removed afterwards."""
    # One transaction, no journal, no syncing: nobody needs this file after a crash.
    with _disk_errors(), closing(sqlite3.connect(scratch, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        database.execute("BEGIN")
        yield SeenPairs(database)
        database.execute("COMMIT")
    scratch.unlink()


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turns errors of the database, whose file nobody else touches, into those of the system."""
    try:
        yield
    except sqlite3.OperationalError as error:
        full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
        code = errno.ENOSPC if full else errno.EIO
        raise OSError(code, os.strerror(code)) from error


@dataclass(frozen=True)
class TextFilter:
    """The reasons that can be seen before the vocabulary exists."""

    settings: Cleaning
    drawn_sources: Collection[str]
    """Sources of the sets that were drawn from the training data."""
    test_sources: Collection[str]
    """Sources of all validation and test sets."""
    seen: SeenPairs

    def reason(self, pair: Pair) -> Reason | None:
        """Why to leave the pair out, or None; to be asked once for each pair, in order."""
        source, target = pair
        if source in self.drawn_sources:
            return "held_out"
        if not (source and target):
            return "empty"
        if self.settings.remove_duplicates and not self.seen.add(pair):
            return "duplicate"
        if self.settings.remove_test_overlap and source in self.test_sources:
            return "test_overlap"
        return None


def pieces_reasons(
    num_source_N: npt.NDArray[Any], num_target_N: npt.NDArray[Any], settings: Cleaning
) -> npt.NDArray[np.int8]:
    """Why to leave out each pair with these numbers of pieces (without end of sentence), as the
    place of the reason in `REASONS`; `KEPT` for the others."""
    shorter_N = np.minimum(num_source_N, num_target_N)
    longer_N = np.maximum(num_source_N, num_target_N)
    holds: dict[Reason, npt.NDArray[np.bool_]] = {
        "empty": shorter_N == 0,  # e.g. nothing but a zero-width space
        "over_long": longer_N > settings.max_pieces,
        "length_ratio": (longer_N >= _SHORT) & (longer_N > settings.max_length_ratio * shorter_N),
    }
    places = [np.int8(REASONS.index(reason)) for reason in holds]
    return np.select(list(holds.values()), places, np.int8(KEPT))
