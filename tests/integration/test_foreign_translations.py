"""Translations of networks that ticketscope did not make are those of transformers' `generate`."""

from pathlib import Path

import pytest

from both import Both, network_of
from foreign import texts
from foreign.families import FOREIGN
from foreign.figures import sacrebleu
from foreign.nets import Nets
from ticketscope.measures.translation_scores import score, sentence_statistics

SOURCES, TARGETS = (list(side) for side in zip(*texts.test_pairs(), strict=True))


@pytest.fixture(scope="module", params=FOREIGN)
def both(request: pytest.FixtureRequest, nets: Nets) -> Both:
    """The base of each family."""
    name = request.param
    return Both(network_of(FOREIGN[name], nets.base(name)), nets.reference(name))


@pytest.mark.parametrize(("beam", "number"), [(1, 24), (4, 12)])
def test_translations_are_those_of_generate(both: Both, beam: int, number: int) -> None:
    found = both.network.translate(SOURCES[:number], beam=beam, max_decoding_length=40)
    never = both.network.tokenizer.frame.silent(both.network.shape.target_vocab_size)
    assert found == both.reference.translate(SOURCES[:number], beam=beam, never=never)
    assert len(set(found)) > number / 2, "the network must have learned to translate"


@pytest.mark.parametrize("name", ["marian", "nllb", "t5"])
def test_bleu_is_that_of_sacrebleu_on_the_command_line(
    name: str, nets: Nets, tmp_path: Path
) -> None:
    network = network_of(FOREIGN[name], nets.base(name))
    found = network.translate(SOURCES, beam=1, max_decoding_length=40)
    bleu = score(sentence_statistics(found, TARGETS)["bleu"])
    assert bleu == pytest.approx(sacrebleu(found, TARGETS, tmp_path), abs=1e-5)
    assert bleu > 20
