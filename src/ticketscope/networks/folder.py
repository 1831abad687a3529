"""A folder with a translation model, of ticketscope or of others: checked, then loaded.

This is the one way in which a network comes from disk. Before anything is built, the files are
compared with their checksums (if the folder is a ticket of a run, `DONE` beside it has them), then
with one another: sizes in config.json, names and shapes in the headers of safetensors files, the
pieces of the SentencePiece model in vocab.json, and the rows of the embedding. No other file is
read, so nothing in the folder can name code to run or a place to fetch from.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from ticketscope.errors import InputError, JobError
from ticketscope.files import require_utf8
from ticketscope.networks.families import CONFIG, family_of, read_shape
from ticketscope.networks.needed_tensors import check, check_sizes, tensors_of
from ticketscope.networks.stored_weights import (
    WEIGHTS,
    Shape,
    StoredWeights,
    impossible,
    weights_in,
)
from ticketscope.networks.tokenizers import StoredIds, open_tokenizer
from ticketscope.runs.store import level_of
from ticketscope.text.input_files import read_input, read_json_object
from ticketscope.text.tokenizer import PLAIN, Conventions, Tokenizer
from ticketscope.text.vocabulary import Vocabulary

Dtype = Literal["float32", "float16", "bfloat16"]


class ModelFolder:
    """A model folder whose config and weight file fit together.

    Attributes:
        path: the folder.
        config: the shape of the network.
        stored: its weights on disk.
    """

    def __init__(self, path: Path) -> None:
        """Check all that can be checked without reading a weight.

        Raises `InputError` for a folder without a complete network, and `JobError` when
        it is a ticket of a run and a file of it is missing or altered.
        """
        require_utf8(path)
        self.path = path
        self._level = level_of(path)
        if self._level:
            self._level.verify()
        self.config = read_shape(self._file(CONFIG))
        self.stored = self._stored_weights()
        check_sizes(self.config, self.stored)
        self._wanted = tensors_of(self.config, self.stored.shapes)
        check(self.stored, self._wanted)

    def network(
        self, *, attention: Literal["sdpa", "eager"] = "sdpa", dtype: Dtype = "float32"
    ) -> PreTrainedModel:
        """The network in evaluation mode. Ask for eager attention to see its maps."""
        stored = self._tensors()
        wanted = self._wanted
        needed = {name: stored[wanted.stored_as.get(name, name)] for name in wanted.needed}
        zeros = {
            name: torch.zeros(shape)
            for name, shape in wanted.optional.items()
            if name not in stored
        }
        output = needed.pop(wanted.output) if wanted.output else None
        given = {name: stored[name] for name in wanted.optional if name in stored}
        network: PreTrainedModel
        # Given no folder, transformers reads and fetches nothing: neither weights nor adapters,
        # settings of `generate`, or kernels.
        network, info = self.config.network_class.from_pretrained(
            None,
            config=self.config.for_transformers(),
            state_dict={**needed, **zeros, **given},
            dtype=torch.float32,
            attn_implementation=attention,
            local_files_only=True,
            output_loading_info=True,
        )
        assert not any(info.values()), info
        if output is not None and not torch.equal(network.get_output_embeddings().weight, output):
            _untie(network, output)
        self._check_bits(network, stored)
        return network.eval().to(getattr(torch, dtype))

    def _check_bits(self, network: PreTrainedModel, stored: Mapping[str, Tensor]) -> None:
        """Whether the network computes with just what is stored."""
        state = network.state_dict()
        for name, tensor in stored.items():
            if not torch.equal(state[name], tensor):
                assert name in self._wanted.derived, f"{name} was not loaded as it is stored"
                raise InputError(
                    f"{self.stored.place}: {name} differs from what the network computes with: one "
                    "embedding matrix is stored in two ways, or other numbers than sinusoids for "
                    "positions; store the network again with save_pretrained(FOLDER)"
                )

    @property
    def num_stored(self) -> int:
        """How many tensors are stored."""
        return len(self.stored.shapes)

    @property
    def ties(self) -> str:
        """Whether the output has a matrix of its own, in words."""
        output = family_of(self.config).matrices(self.config).output
        is_own = output in self.parameter_names
        return "output matrix of its own" if is_own else "output tied to the embedding"

    @cached_property
    def parameter_names(self) -> frozenset[str]:
        """The names of the trainable parameters. Reads the matrices that may be tied."""
        names, output = self._wanted.parameters, self._wanted.output
        if output is None:
            return names
        tied_to = family_of(self.config).matrices(self.config).output_is
        pair = self.stored.read((output, self._wanted.stored_as.get(tied_to, tied_to)))
        return names - {output} if torch.equal(*pair.values()) else names

    @property
    def parameter_shapes(self) -> dict[str, Shape]:
        """The shapes of the trainable parameters by name, in the order of names."""
        return {name: self._wanted.needed[name] for name in sorted(self.parameter_names)}

    def weights(self) -> dict[str, Tensor]:
        """The trainable parameters by name."""
        stored = self._tensors()
        as_stored = self._wanted.stored_as
        return {name: stored[as_stored.get(name, name)] for name in self.parameter_names}

    def weight(self, name: str) -> Tensor:
        """One trainable parameter, for whoever must not have all of a large network in memory."""
        stored = self._wanted.stored_as.get(name, name)
        [tensor] = self._checked(self.stored.read((stored,))).values()
        return tensor

    def tokenizer(self, conventions: Conventions = PLAIN) -> Tokenizer:
        """The tokenizer of the network.

        Raises `InputError` unless its files, config.json and the rows of the embeddings agree.
        """
        if vocabulary := self._own_vocabulary():
            if conventions != PLAIN:
                raise InputError(
                    f"{self.path}: its network knows no language codes and no prefix; leave out "
                    "source_code, target_code and prefix"
                )
            return vocabulary.tokenizer()
        return open_tokenizer(self.path, self._stored_ids(), conventions)

    def _stored_ids(self) -> StoredIds:
        """What the network's files say of ids."""
        config = self.config
        forced = [
            read_json_object(path).get("forced_bos_token_id")
            for path in (self.path / "generation_config.json", self.path / CONFIG)
            if path.is_file()
        ]
        return StoredIds(
            model_type=config.model_type,
            source_rows=config.vocab_size,
            target_rows=config.target_vocab_size,
            pad=config.pad_token_id,
            eos=config.eos_token_id,
            decoder_start=config.decoder_start_token_id,
            forced_bos=next((number for number in forced if isinstance(number, int)), None),
        )

    def _own_vocabulary(self) -> Vocabulary | None:
        """The vocabulary of a network that ticketscope has trained; None for another one.

        It has Marian's files, whatever its class, of one joint SentencePiece model whose pieces
        vocab.json numbers as `Vocabulary` does.
        """
        names = ("source.spm", "target.spm")
        is_marian = self.config.model_type == "marian"
        if not is_marian and not any(os.path.lexists(self.path / name) for name in names):
            return None
        source, target, ids = map(self._file, (*names, "vocab.json"))
        if read_input(source) != read_input(target):
            if is_marian:
                return None
            raise InputError(
                f"{self.path}: source.spm and target.spm differ; a network of kind "
                f"{self.config.model_type} with these files has one joint vocabulary"
            )
        vocabulary = Vocabulary(source, self.config.norm)
        if is_marian and read_json_object(ids) != vocabulary.ids:
            return None
        _check_ids(read_json_object(ids), vocabulary, ids)
        if vocabulary.size != self.config.vocab_size:
            raise InputError(
                f"{source}: gives {vocabulary.size} rows, but the embedding has "
                f"{self.config.vocab_size}; take the file that was stored with the network"
            )
        self._check_special_ids(vocabulary)
        return vocabulary

    def _check_special_ids(self, vocabulary: Vocabulary) -> None:
        right = {
            "pad_token_id": vocabulary.pad_id,
            "eos_token_id": vocabulary.eos_id,
            "decoder_start_token_id": vocabulary.decoder_start_id,
        }
        for key, number in right.items():
            if (found := getattr(self.config, key)) != number:
                raise InputError(
                    f"{self.path / CONFIG}: {key} is {found}, not {number}: networks of "
                    f"kind {self.config.model_type} are read with that layout only"
                )

    def _file(self, name: str) -> Path:
        """The path of a file that must be there."""
        path = self.path / name
        if path.is_file():
            return path
        if path.is_symlink() or path.exists():
            raise InputError(f"{path}: a plain file is needed in its place")
        raise _no_model_folder(self.path, name)

    def _stored_weights(self) -> StoredWeights:
        if found := weights_in(self.path):
            return found
        raise _no_model_folder(self.path, WEIGHTS)

    def _tensors(self) -> dict[str, Tensor]:
        """Every stored tensor. Raises if a value cannot be a weight."""
        return self._checked(self.stored.read())

    def _checked(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        if not (name := impossible(tensors)):
            return tensors
        if self._level:
            raise JobError(
                f"{self.path}: {name} has a weight that is not finite: the training diverged; "
                "lower training.peak_rate"
            )
        raise InputError(
            f"{self.stored.place}: {name} has a weight that is not finite, or too large to compute "
            "with; the file is damaged or the training diverged: get another"
        )


def _no_model_folder(path: Path, lacking: str) -> InputError:
    return InputError(
        f"{path}: not a model folder ({lacking} is missing); "
        "give the folder of a network, such as RUN/replicate-0/dense/level-00/ticket"
    )


def _untie(network: PreTrainedModel, output: Tensor) -> None:
    """Give a network an output matrix of its own."""
    layer = network.get_output_embeddings()
    layer.weight = nn.Parameter(output.clone())
    network.config.tie_word_embeddings = False


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
