"""What the networks of a lottery are before any training: new ones, or one that others trained."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedModel

from ticketscope.config import Experiment, Model
from ticketscope.corpus.encoded import NETWORK, EncodedCorpus
from ticketscope.errors import InputError
from ticketscope.files import read_json, write_json
from ticketscope.networks import model
from ticketscope.networks.families import CONFIG, Shape, read_shape
from ticketscope.networks.families.shape import Dropouts, Sizes
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.loaded import LoadedNetwork
from ticketscope.networks.mask_file import mask_inside
from ticketscope.networks.masks import Mask
from ticketscope.networks.panel import Extent
from ticketscope.networks.tokenizer_files import stored_tokenizer
from ticketscope.networks.translate import MAX_DECODING_LENGTH, generation_settings
from ticketscope.runs.store import Run, dense_of
from ticketscope.text.tokenizer import Conventions, Frame, Tokenizer
from ticketscope.text.vocabulary import Vocabulary, num_rows


class Origin(ABC):
    """What level 0 of a run starts from, and the files that every ticket has beside its weights."""

    @property
    @abstractmethod
    def extent(self) -> Extent:
        """How large its networks are."""

    @property
    @abstractmethod
    def tokenizer(self) -> Tokenizer:
        """How its networks want their text."""

    @property
    def frame(self) -> Frame:
        """The ids around the pieces of its texts."""
        return self.tokenizer.frame

    @abstractmethod
    def first(self, seed: int) -> LoadedNetwork:
        """The network of level 0 before any update; `seed` draws what is random of it."""

    @abstractmethod
    def again(self, ticket: Path) -> LoadedNetwork:
        """A network of the shape of the stored one, to train it on; what trains of it is set
        anew."""

    def mask(self, prunable: Mapping[str, Tensor]) -> Mask:
        """Which prunable weights of `first` are there."""
        return Mask.dense(prunable)

    @abstractmethod
    def untrained(self, seed: int, like: Path | None = None) -> LoadedNetwork:
        """A network with random weights, of the shape of the stored one; None: of level 0."""

    @abstractmethod
    def store(self, network: PreTrainedModel, folder: Path) -> None:
        """Write a model directory: weights, config, tokenizer, settings of generation."""


def origin_of(run: Run, experiment: Experiment) -> Origin:
    """The origin of a run whose corpus is encoded."""
    return Given(run, experiment) if experiment.model.pretrained else New(run, experiment)


def conventions_of(shape: Model) -> Conventions:
    """How the network of these settings wants its texts."""
    return Conventions(shape.source_code, shape.target_code, shape.prefix)


class New(Origin):
    """Networks with random weights, and a vocabulary of the corpus."""

    def __init__(self, run: Run, experiment: Experiment) -> None:
        self._run, self._shape = run, experiment.model

    @property
    def extent(self) -> Extent:
        """As of every origin."""
        shape = self._shape
        return Extent(shape.d_model, shape.encoder_layers, shape.max_positions)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """As of every origin."""
        return self._vocabulary.tokenizer()

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(EncodedCorpus(self._run.corpus).model_file, self._shape.norm)

    def first(self, seed: int) -> LoadedNetwork:
        """As of every origin."""
        return self.untrained(seed)

    def again(self, ticket: Path) -> LoadedNetwork:
        """As of every origin."""
        return self.untrained(0, ticket)

    def untrained(self, seed: int, like: Path | None = None) -> LoadedNetwork:
        """As of every origin."""
        settings = self._shape if like is None else _of_size(self._shape, read_shape(like / CONFIG))
        return model.own(model.build(settings, self._vocabulary.size, seed))

    def store(self, network: PreTrainedModel, folder: Path) -> None:
        """As of every origin."""
        generation = generation_settings(
            self._vocabulary,
            beam=4,
            length_penalty=1.0,
            max_decoding_length=min(MAX_DECODING_LENGTH, self._shape.max_positions),
        )
        model.save(network, folder, generation)
        self._vocabulary.save_tokenizer(folder)


def _of_size(settings: Model, shape: Shape) -> Model:
    """The settings of a network that may have lost layers and neurons."""
    [ffn] = set(shape.widths.values())  # as many neurons are removed from either stack
    layers = {f"{stack}_layers": number for stack, number in shape.layers.items()}
    return settings.model_copy(update={**layers, "ffn": ffn})


class Given(Origin):
    """A network that others trained, with its own tokenizer.

    The files beside its weights are kept with the corpus.
    """

    def __init__(self, run: Run, experiment: Experiment) -> None:
        self._run, self._settings = run, experiment.model
        self._files = run.corpus / NETWORK

    @cached_property
    def _shape(self) -> Shape:
        return read_shape(self._files / CONFIG)

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """As of every origin."""
        conventions = conventions_of(self._settings)
        return stored_tokenizer(self._files, self._shape, conventions)

    @property
    def extent(self) -> Extent:
        """As of every origin."""
        shape = self._shape
        return Extent(shape.d_model, shape.layers["encoder"], shape.max_positions)

    def first(self, seed: int) -> LoadedNetwork:  # noqa: ARG002 (nothing is random of it)
        """As of every origin."""
        return self._loaded(Path(self._settings.pretrained))

    def again(self, ticket: Path) -> LoadedNetwork:
        """As of every origin."""
        return self._loaded(ticket)

    def _loaded(self, place: Path) -> LoadedNetwork:
        settings = self._settings
        dropouts = Dropouts(
            settings.dropout, settings.attention_dropout, settings.activation_dropout
        )
        network = ModelFolder(place).network(dropouts=dropouts)
        return LoadedNetwork(network, self.frame, self._shape.max_positions)

    def mask(self, prunable: Mapping[str, Tensor]) -> Mask:
        """As of every origin: a network that `ticketscope prune` made has lost some."""
        inside = mask_inside(ModelFolder(Path(self._settings.pretrained)))
        whole = Mask.dense(prunable)
        return whole if inside is None else Mask({**whole.kept, **inside.kept})

    def untrained(self, seed: int, like: Path | None = None) -> LoadedNetwork:
        """As of every origin."""
        dense = self._run.level(dense_of(0))
        place = like or (dense.ticket if dense.is_done() else None)
        trained = self.again(place) if place else self.first(seed)
        return replace(trained, model=model.untrained(trained.model, seed))

    def store(self, network: PreTrainedModel, folder: Path) -> None:
        """As of every origin: the files that came with the network, and weights in float32."""
        network.save_pretrained(folder)
        shape = read_shape(folder / CONFIG)
        for path in self._files.iterdir():
            shutil.copyfile(path, folder / path.name)
        settings = read_json(self._files / CONFIG)
        settings.pop("torch_dtype", None)
        if (shape.layers, shape.widths) != (self._shape.layers, self._shape.widths):
            sizes = Sizes(shape.layers, shape.widths, None)
            settings = self._shape.resized_config(settings, sizes)
        write_json(folder / CONFIG, {**settings, "dtype": "float32"})


# ----------------------------------------------------------------------------- before a run


def given_tokenizer(experiment: Experiment) -> Tokenizer | None:
    """The tokenizer of the pretrained network, where there is one; its files are checked.

    Raises `InputError` for a directory without a network, and for conventions that do not fit.
    """
    settings = experiment.model
    if not settings.pretrained:
        return None
    folder = ModelFolder(Path(settings.pretrained))
    tokenizer, positions = folder.tokenizer(conventions_of(settings)), folder.config.max_positions
    num_of_frame = max(tokenizer.frame.num_source, tokenizer.frame.num_target)
    for key, length in experiment.positions_asked(num_of_frame).items():
        if length > positions:
            raise InputError(
                f"{key} asks for {length} positions, but the pretrained network has {positions}: "
                "lower it"
            )
    return tokenizer


def planned_parameters(experiment: Experiment) -> dict[str, Tensor]:
    """The trainable parameters of the networks by name, without memory for them."""
    settings = experiment.model
    if settings.pretrained:
        shapes = ModelFolder(Path(settings.pretrained)).parameter_shapes
        return {name: torch.empty(size, device="meta") for name, size in shapes.items()}
    rows = num_rows(experiment.vocabulary, settings.norm)
    return model.parameters(model.build_on_meta(settings, rows))


def planned_shapes(experiment: Experiment, run: Run | None = None) -> dict[str, tuple[int, ...]]:
    """The shapes of the trainable parameters of the dense networks by name; of a run that has its
    first one by that."""
    if run and (dense := run.level(dense_of(0))).is_done():
        return ModelFolder(dense.ticket).parameter_shapes
    return {name: tuple(tensor.shape) for name, tensor in planned_parameters(experiment).items()}
