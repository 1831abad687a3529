"""The tokenizer in a model directory, whoever trained the network."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ticketscope.errors import InputError
from ticketscope.networks.families import CONFIG, Shape
from ticketscope.networks.tokenizers import StoredIds, forced_bos, open_tokenizer
from ticketscope.text.input_files import read_input, read_json_object
from ticketscope.text.tokenizer import PLAIN, Conventions, Tokenizer
from ticketscope.text.vocabulary import Vocabulary


def stored_tokenizer(directory: Path, shape: Shape, conventions: Conventions) -> Tokenizer:
    """The tokenizer of the network in `directory`, which has this shape.

    Raises `InputError` unless its files, config.json and the rows of the embeddings agree, and for
    conventions that do not fit.
    """
    if vocabulary := _own_vocabulary(directory, shape):
        if conventions != PLAIN:
            raise InputError(
                f"{directory}: its network knows no language codes and no prefix; leave out "
                "source_code, target_code and prefix"
            )
        return vocabulary.tokenizer()
    return open_tokenizer(directory, _stored_ids(directory, shape), conventions)


def existing_file(directory: Path, name: str) -> Path:
    """The path of a file of a model directory that must be there."""
    path = directory / name
    if path.is_file():
        return path
    if path.is_symlink() or path.exists():
        raise InputError(f"{path}: a plain file is needed in its place")
    raise no_model_folder(directory, name)


def no_model_folder(directory: Path, name: str) -> InputError:
    """What to say of a directory that lacks a file."""
    if (adapter := directory / "adapter_config.json").is_file():
        return InputError(
            f"{adapter}: an adapter alone is no network; merge it into its base "
            "(merge_and_unload() of peft) and store that with save_pretrained(FOLDER)"
        )
    return InputError(
        f"{directory}: not a model folder ({name} is missing); "
        "give the folder of a network, such as RUN/replicate-0/dense/level-00/ticket"
    )


def _stored_ids(directory: Path, shape: Shape) -> StoredIds:
    """What the network's files say of ids."""
    return StoredIds(
        model_type=shape.model_type,
        source_rows=shape.vocab_size,
        target_rows=shape.target_vocab_size,
        pad=shape.pad_token_id,
        eos=shape.eos_token_id,
        decoder_start=shape.decoder_start_token_id,
        forced_bos=forced_bos(directory),
    )


def _own_vocabulary(directory: Path, shape: Shape) -> Vocabulary | None:
    """The vocabulary of a network that ticketscope has trained; None for another one.

    It has Marian's files, whatever its class, of one joint SentencePiece model whose pieces
    vocab.json numbers as `Vocabulary` does.
    """
    names = ("source.spm", "target.spm")
    is_marian = shape.model_type == "marian"
    if not is_marian and not any(os.path.lexists(directory / name) for name in names):
        return None
    source, target, ids = (existing_file(directory, name) for name in (*names, "vocab.json"))
    if read_input(source) != read_input(target):
        if is_marian:
            return None
        raise InputError(
            f"{directory}: source.spm and target.spm differ; a network of kind "
            f"{shape.model_type} with these files has one joint vocabulary"
        )
    vocabulary = Vocabulary(source, shape.norm)
    if is_marian and read_json_object(ids) != vocabulary.ids:
        return None
    _check_ids(read_json_object(ids), vocabulary, ids)
    if vocabulary.size != shape.vocab_size:
        raise InputError(
            f"{source}: gives {vocabulary.size} rows, but the embedding has "
            f"{shape.vocab_size}; take the file that was stored with the network"
        )
    _check_special_ids(vocabulary, shape, directory / CONFIG)
    return vocabulary


def _check_special_ids(vocabulary: Vocabulary, shape: Shape, file: Path) -> None:
    right = {
        "pad_token_id": vocabulary.pad_id,
        "eos_token_id": vocabulary.eos_id,
        "decoder_start_token_id": vocabulary.decoder_start_id,
    }
    for key, number in right.items():
        if (found := getattr(shape, key)) != number:
            raise InputError(
                f"{file}: {key} is {found}, not {number}: networks of "
                f"kind {shape.model_type} are read with that layout only"
            )


def _check_ids(stored: Mapping[str, Any], vocabulary: Vocabulary, file: Path) -> None:
    """Raise `InputError` unless vocab.json gives every piece the row that it has here."""
    mend = "take source.spm and vocab.json that were stored together"
    for number, name in enumerate(vocabulary.names):
        if name not in stored:
            raise InputError(f"{file}: lacks {name!r}, a piece of source.spm; {mend}")
        if stored[name] != number:
            raise InputError(f"{file}: {name!r} is not {number}, its row by source.spm; {mend}")
    if foreign := stored.keys() - vocabulary.ids.keys():
        raise InputError(f"{file}: has {min(foreign)!r}, which source.spm has not; {mend}")
