"""What a stored network does with texts, against transformers' own forward pass.

test_translate.py has its translations, beside a trained network.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from ticketscope import InputError, Network, config
from ticketscope.corpus.prepare import HeldOutStreams
from ticketscope.dissection.room import check_room
from ticketscope.networks import model
from ticketscope.networks.positions import longest_translation, positions_needed
from ticketscope.networks.translate import generation_settings
from ticketscope.runs.store import LevelId
from ticketscope.study.networks_table import network_row
from ticketscope.tables.networks import NETWORKS
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

# Without sacremoses, which takes no part in encoding, transformers recommends it.
pytestmark = pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
SHAPE = config.Model(
    encoder_layers=2, decoder_layers=3, d_model=16, ffn=32, heads=2, max_positions=32
)
WORDS = [consonant + vowel for consonant in "bdfk" for vowel in "aeiou"]


def texts(number: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(WORDS, k=draw.randint(1, 6))) for _ in range(number)]


SOURCES, TARGETS = texts(40, 2), texts(40, 3)


@pytest.fixture(scope="module", params=["pre", "post"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    """It has learnt nothing; its weights are wide, so that its figures lie apart."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("network")
    train_sentencepiece(texts(200, 1), config.Vocabulary(size=40), request.param, root / "x.model")
    vocabulary = Vocabulary(root / "x.model", request.param)
    built = model.build(SHAPE.model_copy(update={"norm": request.param}), vocabulary.size, seed=1)
    with torch.no_grad():
        for tensor in model.prunable(model.parameters(built), embeddings=True).values():
            tensor *= 6.0
    settings = generation_settings(vocabulary, beam=1, length_penalty=1.0, max_decoding_length=8)
    model.save(built, root / "ticket", settings)
    vocabulary.save_tokenizer(root / "ticket")
    return Network.from_directory(root / "ticket")


def forward(network: Network, source: str, target: str) -> tuple[Any, list[int]]:
    """What transformers makes of one pair, and the target's ids with the end of sentence."""
    tokenizer = AutoTokenizer.from_pretrained(network.directory)
    loaded = AutoModelForSeq2SeqLM.from_pretrained(network.directory, attn_implementation="eager")
    labels = tokenizer(target).input_ids
    start = loaded.config.decoder_start_token_id
    with torch.no_grad():
        made = loaded(
            input_ids=torch.tensor([tokenizer(source).input_ids]),
            decoder_input_ids=torch.tensor([[start, *labels[:-1]]]),
            output_hidden_states=True,
            output_attentions=True,
            use_cache=False,
        )
    return made, labels


def test_losses_are_those_of_transformers_without_pad(network: Network) -> None:
    found = network.losses(SOURCES, TARGETS)
    pad = network.shape.pad_token_id
    for number in (0, 7, 39):
        made, labels = forward(network, SOURCES[number], TARGETS[number])
        logits = made.logits[0].double()
        # An M2M100 network has a bos symbol before pad, of which no target has one either.
        first = pad + 1 if pad == 1 else 0
        last = None if pad == 1 else pad
        chances = logits[:, first:last].log_softmax(-1)
        expected = -sum(chances[place, label - first] for place, label in enumerate(labels))
        assert found.negative_log_likelihood[number] == pytest.approx(float(expected), rel=1e-4)
        assert found.num_tokens[number] == len(labels)
    assert found.mean == found.negative_log_likelihood.sum() / found.num_tokens.sum()


def test_attention_is_that_of_transformers_and_names_its_positions(network: Network) -> None:
    found = network.attention(SOURCES, TARGETS)
    for number in (0, 7, 39):
        made, labels = forward(network, SOURCES[number], TARGETS[number])
        expected = {
            "encoder_self": made.encoder_attentions,
            "decoder_self": made.decoder_attentions,
            "encoder_decoder": made.cross_attentions,
        }
        one = found[number]
        assert set(one.maps) == set(expected)
        for kind, layers in expected.items():
            np.testing.assert_allclose(one.maps[kind], torch.cat(layers).numpy(), atol=1e-5)
        assert one.maps["encoder_decoder"].shape == (3, 2, len(one.target), len(one.source))
        names = network.tokenizer.source.names
        assert one.source == (*network.tokenizer.source.pieces(SOURCES[number]), "</s>")
        start = network.shape.decoder_start_token_id
        assert one.target == tuple(names[i] for i in (start, *labels[:-1]))
    [alone] = network.attention(SOURCES[:1])
    assert set(alone.maps) == {"encoder_self"}
    assert alone.target == ()


def test_activations_are_the_means_of_transformers_states(network: Network) -> None:
    found = network.activations(SOURCES, TARGETS, states="raw")
    of_words = network.activations(SOURCES, states="raw")
    normed = network.activations(SOURCES)
    is_pre_norm = network.shape.norm == "pre"
    for layer, (raw, read) in enumerate(zip(of_words.encoder, normed.encoder, strict=True)):
        assert np.allclose(raw, read) == (not is_pre_norm or layer == 2)
    assert len(found.encoder) == 3
    assert len(found.decoder) == 4
    assert of_words.decoder == ()
    for number in (0, 7, 39):
        made, _ = forward(network, SOURCES[number], TARGETS[number])
        sides = (
            (SOURCES, found.encoder, found.sentences, made.encoder_hidden_states, 0),
            (TARGETS, found.decoder, found.decoder_sentences, made.decoder_hidden_states, 1),
        )
        for side, layers, sentences, states, start in sides:
            # Pieces never cross a blank here, so each word has those that it has alone.
            lengths = [len(network.tokenizer.source.pieces(word)) for word in side[number].split()]
            for layer, of_layer in zip(layers, states, strict=True):
                words = of_layer[0, start : start + sum(lengths)].split(lengths)
                expected = torch.stack([word.mean(0) for word in words]).numpy()
                np.testing.assert_allclose(layer[sentences == number], expected, atol=1e-4)
    for whole, alone in zip(found.encoder, of_words.encoder, strict=True):
        np.testing.assert_allclose(whole, alone, atol=1e-4)


LONG = "ba " * 40
WRONG: dict[str, tuple[Callable[[Network], object], str]] = {
    "a text": (lambda it: it.translate("ba bi"), "texts: one text where a list of texts belongs"),
    "a target": (lambda it: it.losses(["ba"], "bi"), "targets: one text where a list"),
    "no sources": (lambda it: it.losses([], []), "sources: no sentences; give at least one"),
    "no targets": (lambda it: it.attention(["ba"], []), "targets: 0 for 1 sources"),
    "no such states": (
        lambda it: it.activations(["ba"], states="norm"),  # type: ignore[arg-type]
        "states: 'norm'; give normed or raw",
    ),
    "no sentences": (lambda it: it.activations([]), "sources: no sentences; give at least one"),
    "long": (lambda it: it.losses([LONG], ["ba"]), "positions, special symbol included, but the"),
    "long target": (lambda it: it.attention(["ba"], [LONG]), "but the model has 32; leave it out"),
    "no beam": (lambda it: it.translate(["ba"], beam=0), "beam: 0; give 1 or more"),
    "no threads": (lambda it: it.translate(["ba"], threads=0), "threads: 0; give 1 or more"),
    "length": (
        lambda it: it.translate(["ba"], max_decoding_length=33),
        "max_decoding_length: 33 pieces, but the model has 32 positions",
    ),
    "no length": (
        lambda it: it.translate(["ba"], max_decoding_length=0),
        "max_decoding_length: 0; give 1 or more, or None",
    ),
}


@pytest.mark.parametrize(("use", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_one_line(
    network: Network, use: Callable[[Network], object], words: str
) -> None:
    with pytest.raises(InputError, match=f"^.*{words}") as raised:
        use(network)
    assert "\n" not in str(raised.value)


def test_a_long_text_is_read_in_windows_by_what_reads_words(network: Network) -> None:
    found = network.activations([LONG])
    assert found.num_windowed == 1
    assert len(found.encoder[0]) == 40


def test_nothing_is_left_behind(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    network.translate(["ba"], beam=1)
    assert list(tmp_path.iterdir()) == []


def test_pairs_and_translations_that_have_no_room_are_refused_before_any_work(
    network: Network,
) -> None:
    """Of M2M100 they would be computed at positions that it has never seen, Marian has no row."""
    texts_of = [("ba", "ba")] * 2
    fits = longest_translation(network.tokenizer, network.max_positions)
    assert fits == 32

    def check(*more: tuple[str, str], longest: int = fits) -> None:
        check_room(network, HeldOutStreams({"news": [*texts_of, *more]}), longest)

    num_target = len(network.tokenizer.target.encode(["ba be " * 20])[0]) + 1
    assert positions_needed(network.tokenizer, ["ba"], ["ba be " * 20]).tolist() == [num_target]
    check(("", ""))
    for pair in (("ba be " * 20, "ba"), ("ba", "ba be " * 20)):
        with pytest.raises(InputError, match=f"news: line 3 has {num_target} pieces, .* 32 pos"):
            check(pair)
        with pytest.raises(InputError, match=r", and lines 5, 6 are too long, too; .* leave every"):
            check(pair, ("ba", "ba"), pair, pair)
    with pytest.raises(InputError, match=r", and 29 more \(lines 4, 5, .*, 23, …\) are too long"):
        check(*[("ba", "ba be " * 20)] * 30)
    with pytest.raises(InputError, match=f"--set quality.max_decoding_length={fits}"):
        check(longest=fits + 1)


def test_the_row_of_a_network_says_what_transformers_counts(network: Network) -> None:
    row = network_row(replace(network, label=LevelId(0, "mine", 1)))
    loaded = AutoModelForSeq2SeqLM.from_pretrained(network.directory)
    # Positions of Marian are computed, not trained, and transformers counts them.
    trained = {
        name: one for name, one in loaded.named_parameters() if "embed_positions" not in name
    }
    assert row["num_parameters"] == sum(one.numel() for one in trained.values())
    assert row["network_class"] == type(loaded).__name__
    assert (row["arm"], row["replicate"], row["level"]) == ("mine", 0, 1)
    assert (row["encoder_layers"], row["decoder_layers"], row["width"]) == (2, 3, 16)
    start_D = loaded.get_decoder().embed_tokens.weight[loaded.config.decoder_start_token_id]
    assert row["decoder_start"] == ("piece" if start_D.any() else "nothing")
    assert row["vocabulary"] == len(network.tokenizer.source.names)
    assert row["bytes"] == (network.directory / "model.safetensors").stat().st_size
    assert row["sparsity_total"] == network.sparsity.total
    assert row.keys() <= set(NETWORKS.names), "no cell is lost"
