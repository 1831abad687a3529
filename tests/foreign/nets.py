"""A trained network of each family and its variants, each made once."""

import fcntl
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import GenerationConfig, PreTrainedModel

from foreign import texts
from foreign.families import FOREIGN, PAD, Foreign
from foreign.figures import Reference
from foreign.training import train
from foreign.variants import VARIANTS, Variant
from foreign.version_4 import as_version_4

_DERIVED: dict[str, Variant] = {**VARIANTS, "version_4": as_version_4}
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
        return self._once(name, lambda folder: make(name, folder))

    def variant(self, name: str, variant: str) -> Path:
        """The directory of a variant of it."""
        base = self.base(name)
        return self._once(
            f"{name}-{variant}", lambda folder: _DERIVED[variant](base, FOREIGN[name], folder)
        )

    def reference(self, name: str, variant: str | None = None) -> Reference:
        """The same opened by transformers."""
        directory = self.variant(name, variant) if variant else self.base(name)
        return Reference.open(directory, FOREIGN[name])

    def _once(self, name: str, write: Callable[[Path], object]) -> Path:
        self.root.mkdir(exist_ok=True)
        made, unfinished = self.root / name, self.root / f"{name}-unfinished"
        with (self.root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.is_dir():
                write(unfinished)
                unfinished.rename(made)
        return made


def make(name: str, folder: Path, updates: int = UPDATES) -> float:
    """Write tokenizer and trained network of a family into a folder; gives the last loss."""
    foreign = FOREIGN[name]
    folder.mkdir(parents=True)
    foreign.tokenizer(folder)
    tokenizer = foreign.open_tokenizer(folder)
    torch.manual_seed(5)
    network = foreign.network(tokenizer)
    sources, targets = zip(*texts.train_pairs(), strict=True)
    ids = foreign.encode(tokenizer, sources, targets)
    loss = train(network, *ids, updates=updates, rate=foreign.rate)
    store(network, foreign, folder)
    return loss


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
