"""Decoding: parity with transformers' own generate on small trained models, and the rules."""

import itertools
import random

import pytest
import sentencepiece
import torch
from ctranslate2.converters import TransformersConverter
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    GenerationConfig,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
)

from ticketscope import config, files
from ticketscope.errors import InputError
from ticketscope.networks.decoding.conversion import convert
from ticketscope.networks.decoding.engine import Engine
from ticketscope.networks.folder import ModelFolder
from ticketscope.networks.network import Network
from ticketscope.networks.translate import generation_settings, translate_lines
from ticketscope.text.vocabulary import Vocabulary, train_sentencepiece

SEARCH = {"length_penalty": 1.4, "max_decoding_length": 40}
MAX_POSITIONS = 64
# Without sacremoses, which takes no part in encoding, transformers recommends it.
pytestmark = pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")


def toy_pairs(count, seed):
    """Sentences of made-up words; a translation gives every word one of two endings."""
    rng = random.Random(seed)
    stems = ["".join(letters) for letters in itertools.product("bdfk", "aeiou")]
    for _ in range(count):
        words = rng.choices(stems, k=rng.randint(1, 5))
        yield " ".join(words), " ".join(word + rng.choice(["n", "n", "st"]) for word in words)


def special_ids(vocabulary):
    return {
        "pad_token_id": vocabulary.pad_id,
        "bos_token_id": vocabulary.bos_id,
        "eos_token_id": vocabulary.eos_id,
        "decoder_start_token_id": vocabulary.decoder_start_id,
    }


def build(norm, vocabulary):
    shape = {
        "vocab_size": vocabulary.size,
        "d_model": 32,
        "encoder_layers": 1,
        "decoder_layers": 1,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "dropout": 0.0,
        "activation_function": "relu",
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "max_position_embeddings": MAX_POSITIONS,
        "forced_eos_token_id": None,
        "scale_embedding": True,
        **special_ids(vocabulary),
    }
    torch.manual_seed(1)
    if norm == "post":
        model = MarianMTModel(MarianConfig(**shape))
    else:
        model = M2M100ForConditionalGeneration(M2M100Config(**shape))
    with torch.no_grad():
        embedding = model.get_input_embeddings().weight
        embedding.normal_(0.0, 32**-0.5)
        embedding[vocabulary.pad_id] = 0.0
    return model


def train(model, vocabulary, updates):
    """Plain training without the pad column, whose row thereby stays zero."""
    pad, eos, start = vocabulary.pad_id, vocabulary.eos_id, vocabulary.decoder_start_id
    optimiser = torch.optim.Adam(model.parameters(), lr=4e-3, betas=(0.9, 0.98))
    hidden = torch.zeros(vocabulary.size)
    hidden[pad] = float("-inf")
    pairs = toy_pairs(48 * updates, seed=1)

    def padded(texts):
        rows = [torch.tensor([*ids, eos]) for ids in vocabulary.encode(texts)]
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)

    for _ in range(updates):
        sources, targets = (padded(side) for side in zip(*itertools.islice(pairs, 48), strict=True))
        starts = torch.full((len(targets), 1), start)
        logits = model(
            input_ids=sources,
            attention_mask=(sources != pad).long(),
            decoder_input_ids=torch.cat([starts, targets[:, :-1]], dim=1),
        ).logits
        loss = torch.nn.functional.cross_entropy(
            (logits + hidden).flatten(0, 1), targets.flatten(), ignore_index=pad
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (model.get_input_embeddings().weight[pad] == 0.0).all()


def save(model, vocabulary, folder):
    folder.mkdir(exist_ok=True)
    vocabulary.save_tokenizer(folder)
    settings = generation_settings(vocabulary, beam=4, **SEARCH)
    model.generation_config = GenerationConfig(**settings)
    model.save_pretrained(folder)


@pytest.fixture(scope="module", params=["pre", "post"])
def norm(request):
    return request.param


@pytest.fixture(scope="module")
def vocabulary(norm, tmp_path_factory):
    path = tmp_path_factory.mktemp(norm) / "sentencepiece.model"
    text = itertools.chain.from_iterable(toy_pairs(500, seed=2))
    train_sentencepiece(text, config.Vocabulary(size=60), norm, path)
    return Vocabulary(path, norm)


@pytest.fixture(scope="module")
def ticket(norm, vocabulary, tmp_path_factory):
    """A model that has learnt most of the toy language: beams differ and positions matter."""
    torch.set_num_threads(1)
    model = build(norm, vocabulary)
    train(model, vocabulary, updates=500)
    folder = tmp_path_factory.mktemp(norm) / "ticket"
    save(model.eval(), vocabulary, folder)
    return folder


@pytest.fixture(scope="module")
def converted(ticket):
    return converted_to(ticket.parent / "converted", ticket)


def converted_to(folder, ticket):
    stored = ModelFolder(ticket)
    convert(stored, stored.tokenizer(), folder)
    return folder


@pytest.fixture(scope="module")
def translator(converted, vocabulary):
    return Engine(converted, vocabulary.frame, threads=1, compute_type="float32")


@pytest.fixture(scope="module")
def sources(vocabulary):
    return vocabulary.encode([source for source, _ in toy_pairs(200, seed=3)])


def generated(ticket, texts, *, beam):
    """Ids that transformers generates with the ticket's own settings, which are for beam 4."""
    changes = {} if beam == 4 else {"num_beams": beam, "early_stopping": False}
    tokenizer = AutoTokenizer.from_pretrained(ticket)
    model = AutoModelForSeq2SeqLM.from_pretrained(ticket)
    batch = tokenizer(texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        rows = model.generate(**batch, **changes)
    special = {tokenizer.eos_token_id, tokenizer.pad_token_id}
    return [[number for number in row if number not in special] for row in rows[:, 1:].tolist()]


@pytest.mark.parametrize(("beam", "least_equal"), [(1, 200), (4, 198)])
def test_generate_agrees_on_a_trained_model(
    ticket, translator, vocabulary, sources, beam, least_equal
):
    ours = translator.translate(sources, beam=beam, batch_size=32, **SEARCH)
    texts = [source for source, _ in toy_pairs(200, seed=3)]
    theirs = generated(ticket, texts, beam=beam)
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) >= least_equal

    stems = [[word[:2] for word in vocabulary.decode(each).split()] for each in ours]
    right = sum(a == b.split() for a, b in zip(stems, texts, strict=True))
    assert right > 50, "the model has learnt too little for parity to mean something"


def test_a_network_translates_as_generate_does(ticket, vocabulary):
    texts = [source for source, _ in toy_pairs(50, seed=3)]
    found = Network.from_directory(ticket).translate([*texts, ""], **SEARCH)
    expected = [vocabulary.decode(pieces) for pieces in generated(ticket, texts, beam=4)]
    assert sum(a == b for a, b in zip(found, [*expected, ""], strict=True)) >= 50
    assert found[-1] == ""
    assert len(set(found)) > 25


def test_order_and_batches_do_not_matter(translator, sources):
    ours = translator.translate(sources, beam=4, batch_size=32, **SEARCH)
    backwards = translator.translate(sources[::-1], beam=4, batch_size=7, **SEARCH)
    assert backwards[::-1] == ours
    assert translator.translate([], beam=4, batch_size=7, **SEARCH) == []


def test_batches_are_neighbours_in_length(translator, sources, monkeypatch):
    """The rule that makes results reproducible: float32 sums depend on who is in the batch."""
    sizes = []

    class Watched:
        def __init__(self, engine):
            self.engine = engine

        def translate_batch(self, batch, **settings):
            sizes.append([len(pieces) for pieces in batch])
            return self.engine.translate_batch(batch, **settings)

    monkeypatch.setattr(translator, "_engine", Watched(translator._engine))
    translator.translate(sources, beam=1, batch_size=32, **SEARCH)
    assert [len(batch) for batch in sizes] == [32] * 6 + [8]
    assert list(itertools.chain.from_iterable(sizes)) == sorted(len(s) + 1 for s in sources)


def test_a_sentence_without_pieces_stays_empty(translator, sources):
    mixed = [[], sources[0], []]
    translations = translator.translate(mixed, beam=4, batch_size=2, **SEARCH)
    assert translations[0] == translations[2] == []
    assert translations[1]


def test_a_sentence_longer_than_the_model_is_translated_in_windows(translator, sources):
    long = list(itertools.chain.from_iterable(sources))[: 2 * (MAX_POSITIONS - 1) + 5]
    windows = [long[:63], long[63:126], long[126:]]
    parts = translator.translate(windows, beam=4, batch_size=8, **SEARCH)
    [whole] = translator.translate([long], beam=4, batch_size=8, **SEARCH)
    assert whole == list(itertools.chain.from_iterable(parts))


def test_decoding_stops_at_the_length_asked_for(translator, sources):
    longest = max(sources, key=len)
    settings = {"beam": 4, "length_penalty": 1.4, "batch_size": 1}
    [cut] = translator.translate([longest], max_decoding_length=3, **settings)
    assert len(cut) == 3
    with pytest.raises(InputError, match="65 pieces, but the model has 64 positions"):
        translator.translate([longest], max_decoding_length=65, **settings)


def test_int8_is_chosen_when_loading(converted, vocabulary, translator, sources):
    quantised = Engine(converted, vocabulary.frame, threads=1, compute_type="int8")
    ours = translator.translate(sources, beam=4, batch_size=32, **SEARCH)
    theirs = quantised.translate(sources, beam=4, batch_size=32, **SEARCH)
    assert quantised._engine.compute_type.startswith("int8")
    assert translator._engine.compute_type == "float32"
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) > 100


def test_specials_are_never_produced(norm, vocabulary, tmp_path):
    """A model whose every prediction is a special symbol, as far as it may be."""
    model = build(norm, vocabulary)
    decoder = model.model.decoder
    last = decoder.layer_norm if norm == "pre" else decoder.layers[-1].final_layer_norm
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(1.0)  # what reaches the output matrix: ones, whatever the input
        embedding = model.get_input_embeddings().weight
        embedding.copy_(-embedding.abs())
        embedding[vocabulary.pad_id] = 0.0
        if vocabulary.bos_id is not None:
            embedding[vocabulary.bos_id] = 1.0
    save(model, vocabulary, tmp_path / "ticket")
    folder = converted_to(tmp_path / "converted", tmp_path / "ticket")
    translator = Engine(folder, vocabulary.frame, threads=1, compute_type="float32")
    source = next(toy_pairs(1, seed=4))[0]
    for beam in (1, 4):
        [ours] = translator.translate(
            vocabulary.encode([source]), beam=beam, batch_size=1, **SEARCH
        )
        assert ours
        assert not {vocabulary.pad_id, vocabulary.bos_id} & set(ours)
        [theirs] = generated(tmp_path / "ticket", [source], beam=beam)
        assert theirs == ours


def test_conversion_gives_the_bytes_of_ctranslate2s_own_and_replaces_what_was_there(
    ticket, converted, tmp_path
):
    folder = tmp_path / "converted"
    folder.mkdir()
    (folder / "stale").touch()
    converted_to(folder, ticket)
    assert [path.name for path in tmp_path.iterdir()] == ["converted"]
    contents = [
        {path.name: files.sha256(path) for path in each.iterdir()} for each in (folder, converted)
    ]
    assert contents[0] == contents[1]
    TransformersConverter(str(ticket)).convert(str(tmp_path / "theirs"))
    for name in ("model.bin", "config.json", "shared_vocabulary.json"):
        assert files.sha256(tmp_path / "theirs" / name) == contents[0][name]


def test_lines_are_translated_one_for_one(ticket, translator, vocabulary):
    texts = [source for source, _ in toy_pairs(10, seed=5)]
    lines = [f"{texts[0]}\n", "\n", *[f"{text}\n" for text in texts[1:]], "  \r\n", texts[0]]
    translated = list(translate_lines(ticket, lines, beam=4, **SEARCH, threads=1, chunk=4))
    pieces = translator.translate(vocabulary.encode(texts), beam=4, batch_size=32, **SEARCH)
    expected = [vocabulary.decode(each) for each in pieces]
    assert translated == [expected[0], "", *expected[1:], "", expected[0]]


def test_lines_are_read_a_chunk_ahead_at_most(ticket):
    read = []

    def watched():
        for source, _ in toy_pairs(1_000, seed=6):
            read.append(source)
            yield source

    translated = translate_lines(ticket, watched(), beam=1, **SEARCH, threads=1, chunk=5)
    next(translated)
    assert len(read) == 5
    for _ in range(5):
        next(translated)
    assert len(read) == 10
    translated.close()


def test_what_is_no_ticket_is_refused(tmp_path):
    """All else that is wrong with a folder: test_model_folder.py."""
    lines = translate_lines(tmp_path / "none", [], beam=4, **SEARCH, threads=1, chunk=5)
    with pytest.raises(InputError, match=r"none: not a model folder \(config.json is missing\)"):
        next(lines)


def test_one_line_comes_out_though_every_piece_ends_one(norm, tmp_path):
    """A piece may hold any character and, with byte fallback, stand for any byte."""
    with (tmp_path / "bytes.model").open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(source for source, _ in toy_pairs(100, seed=1)),
            model_writer=file,
            vocab_size=280,
            byte_fallback=True,
            user_defined_symbols=["b\nb"],
            minloglevel=5,
        )
    vocabulary = Vocabulary(tmp_path / "bytes.model", norm)
    for piece, text in (("b\nb", ("b\nb" * 40).replace("\n", " ")), ("<0x0A>", "")):
        ticket = tmp_path / piece.strip("<>")
        save(always(norm, vocabulary, piece), vocabulary, ticket)
        found = list(translate_lines(ticket, ["ba", ""], beam=1, **SEARCH, threads=1, chunk=2))
        assert found == [text, ""]


def always(norm, vocabulary, piece):
    """A model that predicts one piece, whatever the input."""
    model = build(norm, vocabulary)
    decoder = model.model.decoder
    last = decoder.layer_norm if norm == "pre" else decoder.layers[-1].final_layer_norm
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(1.0)  # what reaches the output matrix
        embedding = model.get_input_embeddings().weight
        embedding.copy_(-embedding.abs())
        embedding[vocabulary.names.index(piece)] = 1.0
    return model
