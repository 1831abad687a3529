"""A folder with a translation model, of ticketscope or of others: checked, then loaded.

This is the one way in which a network comes from disk. Before anything is built, the files are
compared with their checksums (if the folder is a ticket of a run, `DONE` beside it has them), then
with one another: sizes in config.json, names and shapes in the headers of safetensors files, the
pieces of the SentencePiece model in vocab.json, and the rows of the embedding. No other file is
read, so nothing in the folder can name code to run or a place to fetch from.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor
from transformers import PreTrainedModel

from ticketscope.errors import InputError, JobError
from ticketscope.files import require_utf8
from ticketscope.networks.families import CONFIG, family_of, read_shape
from ticketscope.networks.families.family import Matrices
from ticketscope.networks.families.shape import Dropouts
from ticketscope.networks.model import untie
from ticketscope.networks.needed_tensors import check, check_sizes, tensors_of
from ticketscope.networks.precision import Dtype, in_type
from ticketscope.networks.stored_weights import (
    WEIGHTS,
    Shape,
    StoredWeights,
    impossible,
    weights_in,
)
from ticketscope.networks.tokenizer_files import (
    existing_file,
    no_model_folder,
    stored_tokenizer,
)
from ticketscope.runs.store import level_of
from ticketscope.text.tokenizer import PLAIN, Conventions, Tokenizer


class ModelFolder:
    """A model folder whose config and weight file fit together.

    Attributes:
        path: the folder.
        config: the shape of the network.
        stored: its weights on disk.
        num_unread: how many other tensors are stored, which no network of its kind ever reads.
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
        everything = self._stored_weights()
        self.stored = everything.without(family_of(self.config).unread)
        self.num_unread = len(everything.shapes) - len(self.stored.shapes)
        check_sizes(self.config, self.stored)
        self._wanted = tensors_of(self.config, self.stored.shapes)
        check(self.stored, self._wanted)

    def network(
        self,
        *,
        attention: Literal["sdpa", "eager"] = "sdpa",
        dtype: Dtype = "float32",
        dropouts: Dropouts | None = None,
    ) -> PreTrainedModel:
        """The network in evaluation mode. Ask for eager attention to see its maps, and give
        dropouts to train it."""
        config = self.config.for_transformers()
        if dropouts:
            self.config.set_dropouts(config, dropouts)
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
            config=config,
            state_dict={**needed, **zeros, **given},
            dtype=torch.float32,
            attn_implementation=attention,
            local_files_only=True,
            output_loading_info=True,
        )
        assert not any(info.values()), info
        if output is not None and not self._is_tied(network.get_output_embeddings().weight, output):
            untie(network, output)
        self._check_bits(network, stored)
        return in_type(network.eval(), dtype)

    @property
    def _matrices(self) -> Matrices:
        return family_of(self.config).matrices(self.config)

    def _is_tied(self, embedding_VD: Tensor, output_VD: Tensor) -> bool:
        return self._matrices.may_be_tied and torch.equal(embedding_VD, output_VD)

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
        """Whether the output has a matrix of its own, in words; what is stored decides."""
        matrices = self._matrices
        if matrices.output not in self.parameter_names:
            return f"{matrices.output} tied to {matrices.output_is}"
        though = " although config.json ties it" if matrices.may_be_tied else ""
        return f"{matrices.output} of its own{though}"

    @cached_property
    def parameter_names(self) -> frozenset[str]:
        """The names of the trainable parameters. Reads the matrices that may be tied."""
        names, output = self._wanted.parameters, self._wanted.output
        if output is None:
            return names
        tied_to = self._matrices.output_is
        tied_to = self._wanted.stored_as.get(tied_to, tied_to)
        pair = self.stored.read((output, tied_to))
        return names - {output} if self._is_tied(pair[tied_to], pair[output]) else names

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

    def row_said(self, piece: int) -> Tensor:
        """The row of a piece in the embedding that the decoder reads, as it is stored."""
        name = self._matrices.output_is
        return self.stored.row(self._wanted.stored_as.get(name, name), piece)

    def tokenizer(self, conventions: Conventions = PLAIN) -> Tokenizer:
        """The tokenizer of the network.

        Raises `InputError` unless its files, config.json and the rows of the embeddings agree.
        """
        return stored_tokenizer(self.path, self.config, conventions)

    def _file(self, name: str) -> Path:
        """The path of a file that must be there."""
        return existing_file(self.path, name)

    def _stored_weights(self) -> StoredWeights:
        if found := weights_in(self.path):
            return found
        raise no_model_folder(self.path, WEIGHTS)

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
