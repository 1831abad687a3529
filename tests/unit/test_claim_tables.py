"""What claims and casualties are decided on: test sets, intervals, means, all others."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ticketscope.claims import attention_stays
from ticketscope.config import (
    ConlluCorpus,
    Corpus,
    FilesCorpus,
    GrammarCorpus,
    TableCorpus,
    in_domain,
)
from ticketscope.steps.behaviour import casualties

OF_FILES = {"source": "en", "target": "de", "path": "data/x"}
TREEBANK = {"train": "train", "validation": "dev"}


@pytest.mark.parametrize(
    ("corpus", "names"),
    [
        (GrammarCorpus(num_novel=10), ("test",)),
        (TableCorpus(**OF_FILES, tests=("wmt/new",)), ("test",)),
        (TableCorpus(**OF_FILES, tests=("near", "/wmt/new")), ("test", "near")),
        (FilesCorpus(**OF_FILES, tests=("2016", "../wmt/new", "2017")), ("2016", "2017")),
        (FilesCorpus(**OF_FILES, tests=("../wmt/new",)), ()),
        (ConlluCorpus(**OF_FILES, **TREEBANK, tests=("a.conllu.gz", "b")), ("a", "b")),
    ],
)
def test_what_lies_elsewhere_is_of_another_domain(corpus: Corpus, names: tuple[str, ...]) -> None:
    assert in_domain(corpus) == names


def test_kinds_of_attention_count_alike_however_many_layers_they_have() -> None:
    places = ["encoder_self 0001", "encoder_self 0002", "encoder_self 0010", "encoder_decoder 0001"]
    weights = attention_stays._weights(
        pd.DataFrame({"place": [*reversed(places), *places], "arm": "x"}),
        SimpleNamespace(arm="x"),
    )
    assert dict(zip(sorted(places), weights, strict=True)) == {
        place: pytest.approx(1 / 2 if "decoder" in place else 1 / 6) for place in places
    }


def test_a_sentence_rose_where_it_is_better_than_all_others() -> None:
    def system(*chrf: float) -> casualties.System:
        scores = np.array(chrf)
        return casualties.System([""] * len(chrf), scores, scores > 90)

    ours, dense, control = system(60, 60, 95), system(40, 40, 95), system(55, 45, 40)
    assert casualties._rose(ours, [dense, control], False).tolist() == [False, True, False]
    assert casualties._rose(ours, [dense, control], True).tolist() == [False, False, False]
    assert casualties._rose(ours, [control], True).tolist() == [False, False, True]
