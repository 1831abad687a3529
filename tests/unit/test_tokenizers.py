"""Tokenizers of each kind cut and frame text as transformers' classes do."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ticketscope.networks.tokenizers import open_tokenizer
from tokenizer_kinds import KINDS, SENTENCES

quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=30) | st.text(
    "ab Zdie thé½ⅧﬁÄ…\u200b\u0301ｶﾞ日☃\t", max_size=25
)


@pytest.fixture(scope="module", params=KINDS)
def opened(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    kind = KINDS[request.param]
    stored = kind.write(folder)
    return open_tokenizer(folder, stored, kind.conventions), kind.oracle(folder)


def framed(tokenizer, text):
    frame = tokenizer.frame
    return [*frame.source_before, *tokenizer.source.encode([text])[0], *frame.source_after]


def test_every_kind_gives_the_ids_of_transformers(opened):
    tokenizer, oracle = opened
    for text in [*SENTENCES[:200], "", " ", "a  b", "Ä ½ e\u0301 ☃☃ 日本"]:
        assert framed(tokenizer, text) == oracle(text).input_ids, text
        target = oracle(text_target=text).input_ids
        around = {*tokenizer.frame.target_before, *tokenizer.frame.target_after}
        expected = [number for number in target if number not in around]
        assert tokenizer.target.encode([text])[0] == expected, text
