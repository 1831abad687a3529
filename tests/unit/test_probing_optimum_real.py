"""On real parts of speech, probes that are trained come to what the convex optimum scores."""

import numpy as np
import pytest
import torch

from tests_support import data_folder
from ticketscope.annotation.examples import SPLITS
from ticketscope.probing import optimum
from ticketscope.probing.items import Items
from ticketscope.probing.normalised import standardise_
from ticketscope.probing.probes import train
from ticketscope.probing.suites import Limits, TaskData, real

pytestmark = pytest.mark.slow


def tagged() -> tuple[list[str], list[Items], int]:
    """The forms of all words, and the items of each split with their parts of speech."""
    folder = data_folder("ud_english_ewt")
    data = real(folder.parent, ["pos"], Limits(3_000, 6_000), 1)["pos"]
    assert isinstance(data, TaskData)
    forms: list[str] = []
    tags: dict[str, int] = {}
    splits = []
    for split in SPLITS:
        gold, sentences, start = [], [], len(forms)
        for number, example in enumerate(data.splits[split]):
            for target in example.targets:
                forms.append(example.words[target.span1[0]])
                gold.append(tags.setdefault(str(target.label), len(tags)))
                sentences.append(number)
        rows = np.arange(start, len(forms))
        splits.append(Items(rows, None, np.array(gold), np.array(sentences)))
    return forms, splits, len(tags)


def test_vectors_by_word_type_are_read_as_well_as_they_can_be_at_any_scale() -> None:
    """The optimum has the penalty that validation chooses of `optimum.PENALTIES`."""
    forms, splits, num_classes = tagged()
    distinct, numbers = np.unique(forms, return_inverse=True)
    vectors = np.random.default_rng(1).standard_normal((len(distinct), 128), dtype=np.float32)
    scales = torch.tensor([0.01, 1.0, 30.0])[:, None, None]
    features = (scales * torch.from_numpy(vectors[numbers])).contiguous()
    standardise_(features, splits[0])
    best = optimum.fit(features[:1], *splits, num_classes=num_classes, penalties=[1e-2])
    expected = (best.test.predictions == splits[2].gold).mean()
    probed = train(features, *splits, num_classes=num_classes, seeds=[1])
    accuracies = (probed.test.predictions == splits[2].gold).mean(axis=(1, 2))
    assert accuracies == pytest.approx(expected, abs=0.01)
    assert np.ptp(accuracies) < 0.002
    assert (probed.validation.losses < 1.005 * best.validation.losses).all()
    assert (probed.stopped != "capped").all()
