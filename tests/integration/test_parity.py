"""A ticket trained by the real loop translates the same through CTranslate2 and transformers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import GenerationConfig

from ticketscope.config import (
    Batches,
    Experiment,
    GrammarCorpus,
    Lottery,
    Model,
    Training,
    Vocabulary,
)
from ticketscope.corpus.encoded import EncodedCorpus
from ticketscope.corpus.prepare import prepare
from ticketscope.files import write_json
from ticketscope.lottery.levels import make_level
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.masks import Mask, check_exact_zeros
from ticketscope.runs.store import LevelId, Run, dense_of
from ticketscope.study.main_job import describe
from ticketscope.text.vocabulary import Vocabulary as Pieces

NUM_SENTENCES = 200


@pytest.fixture(scope="module", params=["pre", "post"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Dense model and one ticket on the embedded grammar, trained well enough to translate."""
    experiment = Experiment(
        name="parity",
        corpus=GrammarCorpus(num_train=4_000, num_validation=100, num_test=NUM_SENTENCES),
        vocabulary=Vocabulary(size=500),
        model=Model(
            norm=request.param, encoder_layers=1, decoder_layers=1, d_model=64, ffn=128, heads=4
        ),
        batches=Batches(max_tokens=1_024),
        training=Training(updates=450, peak_rate=4e-3, warmup_updates=150, validate_every=450),
        lottery=Lottery(arms=("lr_rewinding",), levels=1, prune_fraction=0.5, rewind_to=(0.7,)),
    )
    run = Run(tmp_path_factory.mktemp(request.param))
    write_json(run.config, describe(experiment))
    prepare(experiment, run.corpus, lambda _: None)
    for level in (dense_of(0), LevelId(0, "lr_rewinding", 1)):
        make_level(run.root, level, experiment)
    return run


def of_one_length(ids: list[list[int]]) -> Iterator[dict[int, list[int]]]:
    """Sources by their index, in batches without padding, so that each is read as if alone."""
    for length in sorted(set(map(len, ids))):
        yield {index: row for index, row in enumerate(ids) if len(row) == length}


@pytest.mark.parametrize("level", [dense_of(0), LevelId(0, "lr_rewinding", 1)], ids=str)
@pytest.mark.parametrize(("beam", "least_share"), [(1, 1.0), (4, 0.99)])
def test_ctranslate2_agrees_with_generate(
    beam: int, least_share: float, level: LevelId, trained: Run, tmp_path: Path
) -> None:
    ticket, corpus = trained.level(level).ticket, EncodedCorpus(trained.corpus)
    network = ModelFolder(ticket).network()
    network.generation_config = GenerationConfig.from_pretrained(ticket)
    vocabulary = Pieces(
        corpus.model_file, "post" if network.config.model_type == "marian" else "pre"
    )
    sources = corpus.text("test").source
    converted = tmp_path / "converted"
    convert(ModelFolder(ticket), vocabulary.tokenizer(), converted)
    engine = Engine(converted, vocabulary.frame, threads=1, compute_type="float32")
    ours = engine.translate(
        vocabulary.encode(sources),
        beam=beam,
        length_penalty=1.0,
        max_decoding_length=60,
        batch_size=32,
    )
    theirs = [""] * len(sources)
    for rows in of_one_length(vocabulary.encode(sources)):
        with torch.no_grad():
            output = network.generate(
                torch.tensor([[*ids, vocabulary.eos_id] for ids in rows.values()]),
                num_beams=beam,
                early_stopping=beam > 1,
                max_new_tokens=60,
            )
        for index, ids in zip(rows, output.tolist(), strict=True):
            theirs[index] = vocabulary.decode(ids)
    same = sum(vocabulary.decode(pieces) == text for pieces, text in zip(ours, theirs, strict=True))
    distinct = len(set(theirs))
    assert distinct > NUM_SENTENCES / 2, "the model must have learned to translate"
    assert same >= least_share * NUM_SENTENCES


def test_pad_row_is_zero_and_pruned_weights_too_in_the_stored_ticket(trained: Run) -> None:
    folder = trained.level(LevelId(0, "lr_rewinding", 1))
    weights, network = ModelFolder(folder.ticket).weights(), ModelFolder(folder.ticket).network()
    assert not weights["model.shared.weight"][network.config.pad_token_id].any()
    check_exact_zeros(Mask.load(folder.masks), weights)
