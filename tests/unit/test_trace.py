"""Word vectors of all layers, against a network asked one sentence and one word at a time."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ticketscope import config
from ticketscope.errors import InputError
from ticketscope.networks import model
from ticketscope.networks import trace as tracing
from ticketscope.networks.families import role
from ticketscope.networks.trace import Trace, raw_words, read_trace, write_trace
from ticketscope.text.vocabulary import Vocabulary
from ticketscope.text.words import RawSentence, join_words

LAYERS = {"encoder_layers": 2, "decoder_layers": 3}
SHAPE = {**LAYERS, "d_model": 16, "ffn": 32, "heads": 2, "max_positions": 64}
WORDS = "one two three seven ten red green blue big small . , xyz grün".split()  # noqa: SIM905
VANISHES = "\u200b"  # a zero-width space, which normalisation removes
BATCHES = {"states": "raw", "max_tokens": 60, "max_positions": 64, "device": "cpu"}


@pytest.fixture(scope="module", params=["pre", "post"])
def norm(request):
    return request.param


@pytest.fixture(scope="module")
def vocabulary(norm, toy_corpus):
    return Vocabulary(toy_corpus.model_file, norm)


@pytest.fixture(scope="module")
def network(norm, vocabulary):
    """Its weights are large, so that what a position attends to shows in its state."""
    built = model.build(config.Model(norm=norm, **SHAPE), vocabulary.size, seed=1).eval()
    with torch.no_grad():
        for tensor in model.prunable(model.parameters(built), embeddings=True).values():
            tensor *= 12.0
    return built


def sentences(number, seed, longest=12):
    generator = np.random.default_rng(seed)
    return [
        raw_words(" ".join(generator.choice(WORDS, size=generator.integers(0, longest))))
        for _ in range(number)
    ]


# ------------------------------------------------------------------------------------- the oracle


def windows_of(aligned, longest):
    """Pieces of whole words, as many a window as fit; a blank goes with the word behind it."""
    windows = [[]]
    end = 0
    for pieces in aligned.pieces_of_words:
        begin, end = end, pieces[-1] + 1
        if len(windows[-1]) + end - begin > longest:
            windows.append([])
        windows[-1].extend(range(begin, end))
    assert end == len(aligned.ids)
    return windows


def trace(network, vocabulary, sources, *, targets=None, **options) -> Trace:
    """From raw sentences."""
    aligned = None if targets is None else [vocabulary.align(target) for target in targets]
    return tracing.trace(
        model.own(network),
        [vocabulary.align(source) for source in sources],
        targets=aligned,
        **options,
    )


@torch.no_grad()
def naive(network, vocabulary, source, target, max_positions=64):
    """Vectors of the words of one pair, `(encoder, decoder)`, each `[layers][words][d]`.

    For sentences whose pieces belong to one word each.
    """
    ids = model.own_frame(network)
    aligned = [vocabulary.align(sentence) for sentence in (source, target)]
    memory, layers_of_windows = [], [[], []]
    cut = [windows_of(side, max_positions - 1) for side in aligned]
    for window in cut[0]:
        read = [*(aligned[0].ids[piece] for piece in window), ids.source_after[0]]
        out = network.model.encoder(input_ids=torch.tensor([read]), output_hidden_states=True)
        memory.append(out.last_hidden_state)
        layers_of_windows[0].append([layer[0, :-1] for layer in out.hidden_states])
    for window in cut[1]:
        read = [ids.target_before[0], *(aligned[1].ids[piece] for piece in window)]
        out = network.model.decoder(
            input_ids=torch.tensor([read]),
            encoder_hidden_states=torch.cat(memory, dim=1),
            output_hidden_states=True,
        )
        layers_of_windows[1].append([layer[0, 1:] for layer in out.hidden_states])
    found = []
    for side, of_windows in zip(aligned, layers_of_windows, strict=True):
        layers = [torch.cat(parts) for parts in zip(*of_windows, strict=True)]
        found.append(
            [
                [layer[list(pieces)].mean(dim=0).numpy() for pieces in side.pieces_of_words]
                for layer in layers
            ]
        )
    return found


def assert_as_naive(network, vocabulary, sources, targets, **options):
    traced = trace(network, vocabulary, sources, targets=targets, **{**BATCHES, **options})
    pairs = [
        naive(network, vocabulary, source, target, options.get("max_positions", 64))
        for source, target in zip(sources, targets, strict=True)
    ]
    for side, layers in enumerate((traced.encoder, traced.decoder)):
        for number, layer in enumerate(layers):
            expected = [word for pair in pairs for word in pair[side][number]]
            assert layer.dtype == np.float32
            np.testing.assert_allclose(layer, np.array(expected), atol=1e-5, rtol=1e-5)
    return traced


# ------------------------------------------------------------------------------------- the tests


def test_every_word_of_every_layer_is_that_of_its_sentence_alone(network, vocabulary) -> None:
    sources, targets = sentences(30, seed=1), sentences(30, seed=2)
    traced = assert_as_naive(network, vocabulary, sources, targets)
    assert len(traced.encoder) == 1 + LAYERS["encoder_layers"]
    assert len(traced.decoder) == 1 + LAYERS["decoder_layers"]
    for side, numbers in ((sources, traced.sentences), (targets, traced.decoder_sentences)):
        expected = [i for i, sentence in enumerate(side) for _ in sentence.spans]
        assert numbers.dtype == np.int64
        assert numbers.tolist() == expected
    assert (traced.num_without_piece, traced.num_windowed) == (0, 0)


@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), max_size=15), min_size=1, max_size=12),
    max_tokens=st.integers(1, 400),
)
@settings(deadline=None, max_examples=15)
def test_batching_changes_no_value(network, vocabulary, texts, max_tokens) -> None:
    sources = [raw_words(" ".join(words)) for words in texts]
    targets = sources[::-1]
    one_by_one = trace(
        network, vocabulary, sources, targets=targets, **{**BATCHES, "max_tokens": 1}
    )
    together = trace(
        network, vocabulary, sources, targets=targets, **{**BATCHES, "max_tokens": max_tokens}
    )
    for alone, batched in zip(
        one_by_one.encoder + one_by_one.decoder, together.encoder + together.decoder, strict=True
    ):
        np.testing.assert_allclose(batched, alone, atol=1e-5, rtol=0)
    np.testing.assert_array_equal(one_by_one.sentences, together.sentences)


def test_targets_change_nothing_in_the_encoder(network, vocabulary) -> None:
    sources = sentences(20, seed=3)
    without = trace(network, vocabulary, sources, **BATCHES)
    with_targets = trace(network, vocabulary, sources, targets=sentences(20, seed=4), **BATCHES)
    for one, other in zip(without.encoder, with_targets.encoder, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, rtol=0)
    assert without.decoder == ()
    assert without.decoder_sentences.shape == (0,)


def test_no_decoder_pass_unless_targets_are_given(network, vocabulary, monkeypatch) -> None:
    def refuse(**_):
        raise AssertionError("the decoder was asked")

    monkeypatch.setattr(network.model.decoder, "forward", refuse)
    trace(network, vocabulary, sentences(5, seed=5), **BATCHES)


@torch.no_grad()
def test_the_last_layer_is_what_the_whole_network_gives(network, vocabulary) -> None:
    source, target = raw_words("seven big xyz ."), raw_words("grün small ten")
    ids = model.own_frame(network)
    pieces = [vocabulary.align(sentence) for sentence in (source, target)]
    whole = network(
        input_ids=torch.tensor([[*pieces[0].ids, ids.source_after[0]]]),
        decoder_input_ids=torch.tensor([[ids.target_before[0], *pieces[1].ids]]),
        output_hidden_states=True,
    )
    traced = trace(network, vocabulary, [source], targets=[target], **BATCHES)
    encoder, decoder = whole.encoder_last_hidden_state[0], whole.decoder_hidden_states[-1][0, 1:]
    for states, side, layers in (
        (encoder, pieces[0], traced.encoder),
        (decoder, pieces[1], traced.decoder),
    ):
        expected = [states[list(of_word)].mean(dim=0).numpy() for of_word in side.pieces_of_words]
        np.testing.assert_allclose(layers[-1], np.array(expected), atol=1e-5)


def test_normed_states_are_those_that_the_attention_of_the_layer_above_is_given(
    network, vocabulary
) -> None:
    """In a trained network every norm has gains and shifts of its own."""
    trained = deepcopy(network)
    generator = torch.Generator().manual_seed(2)
    for name, weights in model.parameters(trained).items():
        if role(name).block == "layer_norm":
            weights.data += 0.5 * torch.randn(weights.shape, generator=generator)
    read = {"encoder": [], "decoder": []}
    for name, seen in read.items():

        def watch(_, places, named, seen=seen):
            seen.append((*places, *named.values())[0][0])

        for layer in getattr(trained.model, name).layers:
            layer.self_attn.register_forward_pre_hook(watch, with_kwargs=True)
    source, target = raw_words("seven big xyz ."), raw_words("grün small ten")
    raw = trace(trained, vocabulary, [source], targets=[target], **BATCHES)
    normed = trace(
        trained, vocabulary, [source], targets=[target], **{**BATCHES, "states": "normed"}
    )
    for name, sentence, special in (("encoder", source, 0), ("decoder", target, 1)):
        *below, last = getattr(normed, name)
        assert len(read[name]) == 2 * len(below), "each layer was asked twice"
        for found, seen in zip(below, read[name], strict=False):
            places = [torch.tensor(p) + special for p in vocabulary.align(sentence).pieces_of_words]
            expected = torch.stack([seen[of_word].mean(dim=0) for of_word in places])
            np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-5)
        np.testing.assert_array_equal(last, getattr(raw, name)[-1])


@pytest.mark.parametrize("norm", ["post"], indirect=True)
def test_states_of_a_post_norm_network_are_the_same_either_way(network, vocabulary) -> None:
    sources = sentences(9, seed=13)
    raw, normed = (
        trace(network, vocabulary, sources, targets=sources, **{**BATCHES, "states": states})
        for states in ("raw", "normed")
    )
    for one, other in zip(raw.encoder + raw.decoder, normed.encoder + normed.decoder, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_piece_that_straddles_two_words_counts_for_both(network, vocabulary) -> None:
    # ▁seven is one piece and holds sev, en; xyz has a piece for the blank or each letter.
    sentence = join_words(["sev", "enxyz"], space_after=[False, False])
    aligned = vocabulary.align(sentence)
    first, second = aligned.pieces_of_words
    shared = set(first) & set(second)
    assert shared, "the toy vocabulary has no piece that straddles the words"
    assert len(second) > len(first)
    ids = [*aligned.ids, vocabulary.eos_id]
    with torch.no_grad():
        states = network.model.encoder(input_ids=torch.tensor([ids])).last_hidden_state[0].numpy()
    found = trace(network, vocabulary, [sentence], **BATCHES).encoder[-1]
    for vector, pieces in zip(found, (first, second), strict=True):
        by_hand = sum(states[piece] for piece in pieces) / len(pieces)
        np.testing.assert_allclose(vector, by_hand, atol=1e-5)


def test_the_end_of_sentence_is_read_but_is_no_part_of_a_word(network, vocabulary) -> None:
    """Another embedding of the symbol reaches the words by attention only, from layer 1 on."""
    sources = [raw_words("one seven two")]
    before = trace(network, vocabulary, sources, **BATCHES)
    row = network.get_input_embeddings().weight.data[vocabulary.eos_id]
    kept = row.clone()
    row += torch.linspace(-1.0, 1.0, 16).sin()
    after = trace(network, vocabulary, sources, **BATCHES)
    row.copy_(kept)
    np.testing.assert_array_equal(before.encoder[0], after.encoder[0])
    assert np.abs(before.encoder[1] - after.encoder[1]).max() > 1e-3


def test_long_sentences_are_cut_between_words(network, vocabulary) -> None:
    sources, targets = sentences(25, seed=6, longest=14), sentences(25, seed=7, longest=14)
    traced = assert_as_naive(network, vocabulary, sources, targets, max_positions=9)
    num_pieces = [len(vocabulary.align(sentence).ids) for sentence in sources + targets]
    assert traced.num_windowed == sum(number > 8 for number in num_pieces)
    assert 10 < traced.num_windowed < 50
    assert max(num_pieces) > 3 * 8


def test_no_batch_exceeds_the_budget_and_no_row_the_positions(
    network, vocabulary, monkeypatch
) -> None:
    shapes = {"encoder": [], "decoder": []}
    for name in shapes:
        module = getattr(network.model, name)

        def watched(*, input_ids, forward=module.forward, seen=shapes[name], **options):
            seen.append(tuple(input_ids.shape))
            return forward(input_ids=input_ids, **options)

        monkeypatch.setattr(module, "forward", watched)
    sources, targets = sentences(40, seed=8, longest=20), sentences(40, seed=9, longest=20)
    options = {**BATCHES, "max_tokens": 200, "max_positions": 12}
    trace(network, vocabulary, sources, targets=targets, **options)
    for seen in shapes.values():
        assert 5 < len(seen) < 40
        assert all(rows * width <= 200 and width <= 12 for rows, width in seen)


def test_a_word_longer_than_a_window_is_the_mean_over_windows(network, vocabulary) -> None:
    sentence = raw_words("xyz" * 8 + " one")
    aligned = vocabulary.align(sentence)
    long_word, _ = aligned.pieces_of_words
    assert len(long_word) > 12
    traced = trace(network, vocabulary, [sentence], **{**BATCHES, "max_positions": 8})
    starts = range(0, long_word[-1] + 1, 7)
    states = []
    for start in starts:  # the last window goes on with the other word
        ids = aligned.ids[start:] if start == starts[-1] else aligned.ids[start : start + 7]
        assert len(ids) <= 7
        read = torch.tensor([[*ids, vocabulary.eos_id]])
        with torch.no_grad():
            states.append(network.model.encoder(input_ids=read).last_hidden_state[0, :-1])
    expected = torch.cat(states)[list(long_word)].mean(dim=0).numpy()
    np.testing.assert_allclose(traced.encoder[-1][0], expected, atol=1e-5)
    assert (traced.num_windowed, len(traced.encoder[0])) == (1, 2)


def test_words_without_a_piece_are_left_out_and_counted(network, vocabulary) -> None:
    sources = [raw_words("one two"), raw_words(f"{VANISHES} red"), raw_words(VANISHES)]
    targets = [raw_words("ten"), raw_words(""), raw_words(f"ten {VANISHES} ten")]
    traced = trace(network, vocabulary, sources, targets=targets, **BATCHES)
    assert traced.num_without_piece == 3
    assert traced.sentences.tolist() == [0, 0, 1]
    assert traced.decoder_sentences.tolist() == [0, 2, 2]
    assert {layer.shape for layer in traced.encoder + traced.decoder} == {(3, 16)}
    assert all(np.isfinite(layer).all() for layer in traced.encoder + traced.decoder)


def test_sentences_without_a_word_have_layers_without_rows(network, vocabulary) -> None:
    traced = trace(network, vocabulary, [raw_words("")], **BATCHES)
    assert [layer.shape for layer in traced.encoder] == [(0, 16)] * 3


def test_the_same_input_gives_the_same_bytes_also_from_a_file(
    network, vocabulary, tmp_path
) -> None:
    sources, targets = sentences(20, seed=10), sentences(20, seed=11)

    def run() -> Trace:
        return trace(network, vocabulary, sources, targets=targets, **BATCHES)

    one, kept = run(), tmp_path / "kept.npz"
    write_trace(run(), kept)
    other = read_trace(kept)
    assert [len(one.encoder), len(one.decoder)] == [len(other.encoder), len(other.decoder)]
    assert (one.num_without_piece, one.num_windowed) == (
        other.num_without_piece,
        other.num_windowed,
    )
    for name in ("sentences", "decoder_sentences", "words", "decoder_words"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
    for layer, again in zip(one.encoder + one.decoder, other.encoder + other.decoder, strict=True):
        assert layer.tobytes() == again.tobytes()


def test_a_network_in_training_mode_is_traced_without_dropout_and_left_so(
    network, vocabulary
) -> None:
    sources = sentences(5, seed=12)
    expected = trace(network, vocabulary, sources, **BATCHES).encoder[-1]
    assert not network.training
    network.train()
    try:
        found = trace(network, vocabulary, sources, **BATCHES).encoder[-1]
        assert network.training
    finally:
        network.eval()
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("num_sources", "num_targets", "max_positions", "message"),
    [
        (0, None, 64, "sources: no sentences; give at least one"),
        (2, 1, 64, "targets: 1 for 2 sources; give one translation per source"),
        (1, None, 65, "max_positions: 65, but the model has 64; give 2 to 64"),
        (1, None, 1, "max_positions: 1, but the model has 64; give 2 to 64"),
    ],
)
def test_bad_input(network, vocabulary, num_sources, num_targets, max_positions, message) -> None:
    sources = [raw_words("one")] * num_sources
    targets = None if num_targets is None else [raw_words("one")] * num_targets
    options = {**BATCHES, "max_positions": max_positions}
    with pytest.raises(InputError) as caught:
        trace(network, vocabulary, sources, targets=targets, **options)
    assert str(caught.value) == message


def test_raw_words() -> None:
    assert raw_words(" Ein  Hund,\tja\n") == RawSentence(
        " Ein  Hund,\tja\n", ((1, 4), (6, 11), (12, 14))
    )
    assert raw_words("") == RawSentence("", ())


@given(st.text())
def test_raw_words_are_those_between_blanks(text) -> None:
    sentence = raw_words(text)
    assert [text[start:end] for start, end in sentence.spans] == text.split()
