"""A network in the format of CTranslate2.

Its own converters load a directory again, in their own way, with whatever the files there name, and
ask a tokenizer of transformers' for a vocabulary that need not have as many names as the embedding
has rows (CTranslate2 832, 836, 1039). Here a network goes in that was checked and loaded already,
and the vocabulary is the names of its rows, in their order.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import torch

from ticketscope import files
from ticketscope.networks.families import family_of
from ticketscope.networks.folder import ModelFolder
from ticketscope.text.tokenizer import Tokenizer

ComputeType = Literal["float32", "int8"]

_UNKNOWN: Final = "<unk>"
"""The row of what has no name. No such name is ever given, so this is for other readers."""


def convert(
    source: ModelFolder,
    tokenizer: Tokenizer,
    folder: Path,
    compute_type: ComputeType = "float32",
    change: Callable[[Any], None] | None = None,
) -> None:
    """Write a network to `folder` in CTranslate2's format; the folder appears complete.

    `change`: of the specification, before it is written.

    Raises `InputError` or, for a ticket of a run, `JobError` for a weight that is not finite.
    """
    model = source.network()
    with torch.no_grad():
        spec = family_of(model).specification(model)
        _name_rows(spec, tokenizer)
        if change:
            change(spec)
        spec.validate()
        spec.optimize(quantization=compute_type)
    with files.folder_appearing(folder) as partial:
        spec.save(str(partial))


def _name_rows(spec: Any, tokenizer: Tokenizer) -> None:
    """Give a specification its vocabularies, and the symbols that it has to know itself."""
    [read_VD], said_VD = spec.encoder.embeddings, spec.decoder.embeddings
    spec.register_source_vocabulary(_names(tokenizer.source.names, len(read_VD.weight)))
    names = _names(tokenizer.target.names, len(said_VD.weight))
    spec.register_target_vocabulary(names)
    frame, config = tokenizer.frame, spec.config
    config.unk_token = _UNKNOWN
    config.eos_token = names[frame.target_after[-1]]
    # Whatever is fed to a decoder that starts from nothing: it has no row.
    starts_from_nothing = spec.decoder.start_from_zero_embedding
    config.decoder_start_token = (
        config.eos_token if starts_from_nothing else names[frame.target_before[0]]
    )


def _names(names: Sequence[str], num_rows: int) -> list[str]:
    """One name per row. A row of pad at the end may have been dropped."""
    assert len(names) - num_rows in (0, 1), f"{len(names)} names for {num_rows} rows"
    assert len(set(names)) == len(names), "two rows of one name"
    return list(names[:num_rows])
