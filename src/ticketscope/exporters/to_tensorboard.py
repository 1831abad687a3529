"""TensorBoard: one event file per network, to which what is new is appended.

A network's folder is `OUT/PROJECT-IDENTITY/replicate-R/ARM/level-LL`. What the file has is read
back first: a step is never written twice, a figure only where it has changed, and what a kill left
half-written at the end is cut off, since TensorBoard would never read past it.
"""

import fcntl
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ticketscope.exporters.exporter import Exported, Exporter, Place
from ticketscope.exporters.tracked import TrackedNetwork, new_rows
from ticketscope.files import disk_errors_named, make_folder

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

_FILE: Final = "events.out.tfevents.0000000000.ticketscope"
_FORMAT: Final = "brain.Event:2"
_LENGTH, _CHECKSUM, _VALUE = struct.Struct("<Q"), struct.Struct("<I"), struct.Struct("<f")
_DEFAULT: Final = Path("tensorboard")


@dataclass
class _Known:
    """What an event file has: where its last whole record ends, the last step of the training, the
    last value of each figure, and whether it says which network it is."""

    end: int = 0
    last_step: int | None = None
    values: dict[str, float] = field(default_factory=dict)
    is_named: bool = False


def write(networks: Sequence[TrackedNetwork], place: Place) -> Exported:
    """Append what the event files lack."""
    out = place.out or _DEFAULT
    make_folder(out)
    with _alone(out):
        new = [_add(network, out / f"{place.project}-{network.group}") for network in networks]
    return Exported(sum(map(bool, new)), sum(new), f"tensorboard --logdir {out}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one export at a time append, where the file system has locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _add(network: TrackedNetwork, folder: Path) -> int:
    """Append what the file of a network lacks; returns how many rows that is."""
    file = folder / str(network.label) / _FILE
    known = _known(file)
    events = list(_new_events(network, known))
    if events:
        names = [] if known.is_named else [_name_of(network)]
        _append(file, known, [*names, *events])
    return len(events)


def _new_events(network: TrackedNetwork, known: _Known) -> Iterator["Event"]:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    def event(step: int, time: float, values: dict[str, float]) -> "Event":
        scalars = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        return Event(step=step, wall_time=time, summary=Summary(value=scalars))

    for row in new_rows(network, known.last_step):
        yield event(row.step, row.time, dict(row.values))
    changed = {
        tag: value
        for tag, value in network.figures.items()
        if known.values.get(tag) != _as_kept(value)
    }
    if changed:
        yield event(network.last_step, network.last_time, changed)


def _as_kept(value: float) -> float:
    """A number as the file has it, in 32 bits."""
    [kept] = _VALUE.unpack(_VALUE.pack(value))
    return float(kept)


def _name_of(network: TrackedNetwork) -> "Event":
    """The row of the network in TensorBoard's table (HPARAMS)."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    start = SessionStartInfo(group_name=f"{network.group}/{network.label}")
    for name, value in network.facts.items():
        if isinstance(value, str):
            start.hparams[name].string_value = value
        else:
            start.hparams[name].number_value = value
    content = HParamsPluginData(session_start_info=start, version=metadata.PLUGIN_DATA_VERSION)
    data = SummaryMetadata.PluginData(
        plugin_name=metadata.PLUGIN_NAME, content=content.SerializeToString()
    )
    tag = metadata.SESSION_START_INFO_TAG
    named = Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=data))
    time = network.rows[0].time if network.rows else 0.0
    return Event(step=0, wall_time=time, summary=Summary(value=[named]))


# ----------------------------------------------------------------------------- the file


def _known(file: Path) -> _Known:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.hparams.metadata import SESSION_START_INFO_TAG

    known = _Known()
    if not file.exists():
        return known
    with disk_errors_named(file):
        content = file.read_bytes()
    for end, record in _records(content):
        known.end = end
        event = Event.FromString(record)
        values = {value.tag: value.simple_value for value in event.summary.value}
        known.is_named |= SESSION_START_INFO_TAG in values
        known.values |= values
        if any(tag.startswith(("train/", "validation/")) for tag in values):
            known.last_step = event.step
    return known


def _records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each whole record ends, and what it holds; a crash may leave zeros behind the last."""
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    place, head = 0, _LENGTH.size + _CHECKSUM.size
    while place + head <= len(content):
        [length] = _LENGTH.unpack_from(content, place)
        [checksum] = _CHECKSUM.unpack_from(content, place + _LENGTH.size)
        end = place + head + length + _CHECKSUM.size
        if end > len(content) or checksum != masked_crc32c(_LENGTH.pack(length)):
            return
        yield end, content[place + head : end - _CHECKSUM.size]
        place = end


def _append(file: Path, known: _Known, events: Sequence["Event"]) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    make_folder(file.parent)
    with disk_errors_named(file), file.open("ab") as opened:
        opened.truncate(known.end)
        writer = RecordWriter(opened)
        if known.end == 0:
            writer.write(Event(file_version=_FORMAT).SerializeToString())
        for event in events:
            writer.write(event.SerializeToString())


TENSORBOARD: Final = Exporter("TensorBoard", "tensorboard", write)
