"""What exports have written, read back without the code that wrote it."""

import json
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Points = list[tuple[int, str, float]]
"""Step, name and value of everything that a tool has of one network, in the order of its file."""


def from_tensorboard(folder: Path, project: str) -> dict[str, Points]:
    """By label; read by TensorBoard itself."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util.tensor_util import make_ndarray

    found: dict[str, Points] = {}
    for file in sorted(folder.rglob("events.out.tfevents.*")):
        top, _, label = str(file.parent.relative_to(folder)).partition("/")
        assert top.startswith(f"{project}-")
        found[label] = [
            (event.step, value.tag, float(make_ndarray(value.tensor)))
            for event in EventFileLoader(str(file)).Load()
            for value in event.summary.value
            if value.metadata.plugin_data.plugin_name == "scalars"
        ]
    return found


def from_trackio(folder: Path, project: str) -> dict[str, Points]:
    """By label, from the tables of its database."""
    with sqlite3.connect(folder / f"{project}.db") as database:
        rows = database.execute("SELECT run_name, step, metrics FROM metrics ORDER BY id")
        found: dict[str, Points] = {}
        for label, step, metrics in rows:
            values = json.loads(metrics).items()
            found.setdefault(label, []).extend((step, name, value) for name, value in values)
    database.close()
    return found


def from_wandb(folder: Path, project: str) -> dict[str, Points]:
    """By label: rows of the history, and of the summary what no row has."""
    found: dict[str, Points] = {}
    for file in sorted(folder.glob("wandb/offline-run-*/run-*.wandb")):
        label, points, summary = "", [], {}
        for record in wandb_records(file):
            match record.WhichOneof("record_type"):
                case "run":
                    assert record.run.project == project
                    label = record.run.display_name
                case "history":
                    values = _values(record.history.item)
                    points += [(values["_step"], name, value) for name, value in values.items()]
                case "summary":
                    summary |= _values(record.summary.update)
        named = {name for _, name, _ in points}
        last = max((step for step, _, _ in points), default=0)
        points += [(last, name, value) for name, value in summary.items() if name not in named]
        assert label not in found, "one folder per network"
        found[label] = [point for point in points if not point[1].startswith("_")]
    return found


def wandb_records(file: Path) -> Iterator[Any]:
    """Records of a .wandb file: seven bytes, then LevelDB's log of blocks of 32 KiB."""
    from wandb.proto.wandb_internal_pb2 import Record

    content, place, record = file.read_bytes(), 7, b""
    while place + 7 <= len(content):
        left = 32_768 - place % 32_768
        if left < 7:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", content, place)
        record += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(record)
            record = b""


def _values(items: Any) -> dict[str, Any]:
    return {
        "/".join([*item.nested_key] or [item.key]): json.loads(item.value_json) for item in items
    }
