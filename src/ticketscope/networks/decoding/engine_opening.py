"""A stored network, of transformers' or of CTranslate2's, and the engine that computes it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticketscope import files
from ticketscope.errors import InputError
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.decoding.engine_folder import EngineFolder, is_engine_folder
from ticketscope.networks.folder import ModelFolder
from ticketscope.text.tokenizer import Tokenizer

Stored = ModelFolder | EngineFolder


def stored_network(directory: Path, tokenizer: Path | None = None) -> Stored:
    """The network in a directory, checked as far as its kind allows without reading weights.

    `tokenizer`: the directory with the tokenizer of a network of CTranslate2's, where it does not
    lie beside. Raises `InputError` for a directory without a complete network.
    """
    if is_engine_folder(directory):
        return EngineFolder(directory, tokenizer)
    if tokenizer:
        raise InputError(
            f"{tokenizer}: a tokenizer of its own is for a directory of CTranslate2, which "
            f"{directory} is not; leave it out"
        )
    return ModelFolder(directory)


@contextmanager
def engine_of(
    network: Stored, tokenizer: Tokenizer, scratch: Path | None, *, threads: int
) -> Iterator[Engine]:
    """A network as CTranslate2 computes it: one of transformers' in float32, one of CTranslate2's
    as it is stored.

    `scratch`: a folder to convert it in; None for the one that the system has for such.
    """
    frame = tokenizer.frame
    if isinstance(network, EngineFolder):
        yield Engine(network.path, frame, threads=threads, compute_type="default")
        return
    with files.scratch_folder(scratch or Path(tempfile.gettempdir())) as folder:
        convert(network, tokenizer, folder / "model")
        yield Engine(folder / "model", frame, threads=threads, compute_type="float32")
