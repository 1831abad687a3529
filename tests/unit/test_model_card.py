"""The card that lies beside a ticket: its first lines are YAML."""

import pytest
import yaml
from tiny_networks import make

from ticketscope.config import Experiment, FilesCorpus, Training
from ticketscope.networks.families.m2m100 import M2M100Shape
from ticketscope.networks.model import Sparsity
from ticketscope.networks.model_card import model_card
from ticketscope.runs.store import LevelId


@pytest.mark.parametrize("target", ["de", "no"])
def test_languages_are_text_also_norwegian(target: str) -> None:
    experiment = Experiment(
        name="x",
        corpus=FilesCorpus(source="en", target=target, path="here"),
        training=Training(updates=10),
    )
    shape = M2M100Shape.model_validate(make("m2m100").config.to_dict())
    card = model_card(LevelId(0, "dense", 0), experiment, Sparsity(0.0, 0.0, 0.0), 1.0, shape)
    assert yaml.safe_load(card.split("---")[1])["language"] == ["en", target]
