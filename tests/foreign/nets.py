"""A trained network of each family and its variants, each made once."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedModel

from foreign import texts
from foreign.families import FOREIGN, PAD, STUDENT, Foreign
from foreign.figures import Reference
from foreign.training import train
from foreign.variants import VARIANTS, Variant, trained_on
from foreign.version_4 import as_version_4
from tests_support import made_once

_DERIVED: dict[str, Variant] = {
    **VARIANTS,
    "trained_on": trained_on,
    "version_4": as_version_4,
}
UPDATES = 120


@dataclass(frozen=True)
class Nets:
    """Networks, made when they are first asked for; whoever asks at the same time waits.

    Args:
        root: the folder for all of them, the same for all workers of a session.
    """

    root: Path

    def base(self, name: str) -> Path:
        """The directory of the network of a family."""
        return made_once(self.root, name, lambda folder: make(FOREIGN[name], folder))

    def twin(self, name: str) -> Path:
        """That of the same network from another seed."""
        return made_once(
            self.root, f"{name}-twin", lambda folder: make(FOREIGN[name], folder, seed=6)
        )

    def student(self) -> Path:
        """That of a network of NLLB's kind of other width, depth and tokenizer."""
        return made_once(self.root, "student", lambda folder: make(STUDENT, folder, 2 * UPDATES))

    def variant(self, name: str, variant: str) -> Path:
        """The directory of a variant of it."""
        base = self.base(name)
        return made_once(
            self.root,
            f"{name}-{variant}",
            lambda folder: _DERIVED[variant](base, FOREIGN[name], folder),
        )

    def reference(self, name: str, variant: str | None = None) -> Reference:
        """The same opened by transformers."""
        directory = self.variant(name, variant) if variant else self.base(name)
        return Reference.open(directory, FOREIGN[name])


def make(foreign: Foreign, folder: Path, updates: int = UPDATES, seed: int = 5) -> float:
    """Write tokenizer and trained network of a family into a folder; gives the last loss."""
    folder.mkdir(parents=True)
    foreign.tokenizer(folder)
    tokenizer = foreign.open_tokenizer(folder)
    torch.manual_seed(seed)
    network = foreign.network(tokenizer)
    sources, targets = zip(*texts.train_pairs(), strict=True)
    ids = foreign.encode(tokenizer, sources, targets)
    loss = train(network, *ids, updates=updates, rate=foreign.rate)
    store(network, foreign, folder)
    return loss


def make_untrained(name: str, folder: Path) -> None:
    """Write tokenizer and untrained network of a family into a folder, with no bias at 0 and no
    norm at 1."""
    foreign = FOREIGN[name]
    folder.mkdir()
    foreign.tokenizer(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = foreign.network(foreign.open_tokenizer(folder))
        with torch.no_grad():
            for parameter in network.parameters():
                parameter += 0.1 * torch.randn_like(parameter) * (parameter.ndim == 1)
    store(network, foreign, folder)


def store(network: PreTrainedModel, foreign: Foreign, folder: Path) -> None:
    """Write a network with its settings as the hub has them."""
    settings = dict(foreign.generation)
    if "bad_words_ids" in settings:
        ids = settings["bad_words_ids"]
        settings["bad_words_ids"] = [
            [network.config.pad_token_id if i == PAD else i for i in row] for row in ids
        ]
    network.generation_config = GenerationConfig.from_model_config(network.config)
    network.generation_config.update(**settings)
    network.save_pretrained(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8")) | foreign.stored
    if "tie_word_embeddings" in foreign.stored:
        config.pop("scale_decoder_outputs", None)
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
